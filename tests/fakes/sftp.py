"""An SFTP server on loopback, for one account with a key: what OpenSSH's sshd gives a chrooted sender."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paramiko


@dataclass(frozen=True)
class Account:
    """Where the server listens, and the file of the key that it lets in."""

    port: int
    key: Path

    def client(self) -> str:
        """Return the command of OpenSSH's client that connects to it."""
        options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "IdentitiesOnly=yes")
        return f"sftp -q -P {self.port} -i {self.key} {' '.join(f'-o {option}' for option in options)}"


@contextmanager
def serving(root: Path, key: Path) -> Iterator[Account]:
    """Serve a folder as the root of everything until the block ends; the key is made."""
    made = paramiko.RSAKey.generate(2048)
    made.write_private_key_file(str(key))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        over = threading.Event()
        thread = threading.Thread(target=_accept, args=(listener, root, made, over))
        thread.start()
        try:
            yield Account(listener.getsockname()[1], key)
        finally:
            over.set()
            thread.join(timeout=10)


def _accept(listener: socket.socket, root: Path, key: paramiko.PKey, over: threading.Event) -> None:
    transports = []
    while not over.is_set():
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        transport = paramiko.Transport(connection)
        transport.add_server_key(key)
        transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files, root)
        transport.start_server(server=_Doorman(key))
        transports.append(transport)
    for transport in transports:
        transport.close()
        transport.join(timeout=5)


class _Doorman(paramiko.ServerInterface):
    def __init__(self, key: paramiko.PKey) -> None:
        self._key = key

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return paramiko.AUTH_SUCCESSFUL if key == self._key else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


class _Files(paramiko.SFTPServerInterface):
    """The calls that a sender needs; modes are the client's and a plain rename replaces nothing, as in OpenSSH's."""

    def __init__(self, server: paramiko.ServerInterface, root: Path) -> None:
        super().__init__(server)
        self._root = root

    def _path(self, path: str) -> Path:
        return self._root / self.canonicalize(path).lstrip("/")

    def list_folder(self, path: str) -> Any:
        folder = self._path(path)
        try:
            return [paramiko.SFTPAttributes.from_stat(p.lstat(), p.name) for p in folder.iterdir()]
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    def stat(self, path: str) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat(self._path(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    lstat = stat

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> Any:
        try:
            descriptor = os.open(self._path(path), flags, (attr.st_mode or 0o660) & 0o777)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        handle = paramiko.SFTPHandle(flags)
        handle.readfile = handle.writefile = os.fdopen(descriptor, "wb" if flags & os.O_WRONLY else "r+b")
        return handle

    def chattr(self, path: str, attr: paramiko.SFTPAttributes) -> int:
        if attr.st_mode is not None:
            self._path(path).chmod(attr.st_mode & 0o777)
        return paramiko.SFTP_OK

    def rename(self, oldpath: str, newpath: str) -> int:
        try:
            os.link(self._path(oldpath), self._path(newpath))
            self._path(oldpath).unlink()
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        return paramiko.SFTP_OK

    def remove(self, path: str) -> int:
        try:
            self._path(path).unlink()
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        return paramiko.SFTP_OK

"""A server of our own on loopback, as tests look at it; and OpenSSH's beside it."""

import atexit
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paramiko

from syncd.core.audit import Deed
from syncd.sftp.dropbox.box import Box
from syncd.sftp.serving.host_key import fingerprint, host_key
from syncd.sftp.serving.server import Server

PASSWORD = "grön stad"


def waited(check: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Return the first true answer, or the last one when the time is over."""
    end = time.monotonic() + seconds
    while not (answer := check()) and time.monotonic() < end:
        time.sleep(0.01)
    return answer


def put(client: paramiko.SFTPClient, name: str, content: bytes = b"x", mode: str = "wb") -> None:
    """Send a file."""
    with client.open(name, mode) as file:
        file.write(content)


@dataclass(frozen=True)
class Keys:
    """A key pair on the disk, and its public half as bytes."""

    path: Path
    blob: bytes


def new_keys(folder: Path) -> Keys:
    """Make the key of a sender, as OpenSSH writes one."""
    host_key(folder / "id")
    made = paramiko.Ed25519Key(filename=str(folder / "id"))
    (folder / "id.pub").write_text(f"ssh-ed25519 {made.get_base64()} sis\n")
    return Keys(folder / "id", made.asbytes())


@dataclass
class Post:
    """A running server with the account ladok, and what a test does with it."""

    home: Path
    keys: Keys
    server: Server
    box: Box
    told: list[tuple[Deed, dict[str, str]]]
    shown: dict[str, Path] = field(default_factory=dict)
    open: list[paramiko.Transport] = field(default_factory=list)

    waited = staticmethod(waited)
    put = staticmethod(put)
    password = PASSWORD

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.server.port

    @property
    def folder(self) -> Path:
        """The drop folder of the account."""
        return self.box.folder

    def connect(self, **how: Any) -> paramiko.Transport:
        """Log in, by key unless a password is given."""
        transport = paramiko.Transport(("127.0.0.1", self.port))
        self.open.append(transport)
        key = None if "password" in how else paramiko.Ed25519Key(filename=str(self.keys.path))
        transport.connect(username=how.get("username", "ladok"), password=how.get("password", ""), pkey=key)
        return transport

    def client(self, **how: Any) -> paramiko.SFTPClient:
        """Log in and begin a session."""
        client = paramiko.SFTPClient.from_transport(self.connect(**how))
        assert client
        return client

    def left(self) -> list[str]:
        """Return the names of what is complete."""
        return sorted(path.name for path in self.folder.iterdir() if path.is_file())

    def parts(self) -> list[str]:
        """Return the names of what is not."""
        return sorted(path.name for path in self.box.places.parts.iterdir())

    def did(self, what: Deed) -> list[dict[str, str]]:
        """Return what was told of such acts."""
        return [facts for deed, facts in self.told if deed is what]


@dataclass(frozen=True)
class Sshd:
    """OpenSSH's server, for the user root or whoever runs the tests."""

    port: int
    folder: Path
    fingerprint: str
    key: Path


_EMPTY = Path("/run/sshd")
"""The folder in which Debian's sshd locks up its unprivileged half; the first start of the service makes it."""


def sshd_program() -> str | None:
    """Return where OpenSSH's server is, if it is."""
    return shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")


@contextmanager
def openssh(folder: Path, keys: Keys) -> Iterator[Sshd]:
    """Run a real sshd that knows one key.

    Raises:
        OSError: it does not start.
    """
    (folder / "export").mkdir(parents=True)
    if os.getuid() == 0:
        _EMPTY.mkdir(mode=0o755, exist_ok=True)
    made = host_key(folder / "host_key")
    port = kept_port()
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host_key'}\nPidFile none\nStrictModes no\n"
        f"AuthorizedKeysFile {keys.path}.pub\nUsePAM no\nPermitRootLogin yes\nMaxStartups 100\n"
        "Subsystem sftp internal-sftp\n"
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sshd_program() or "sshd", "-D", "-e", "-f", str(folder / "config")], stderr=log)
    try:
        if not waited(lambda: listens(port) or process.poll() is not None) or process.poll() is not None:
            raise OSError((folder / "log").read_text()[-300:])
        yield Sshd(port, folder / "export", fingerprint(made), keys.path)
    finally:
        process.terminate()
        process.wait(timeout=60)


def kept_port() -> int:
    """Return a port for one server: nobody gets it by chance, since it is bound as long as this process lives."""
    kept = socket.socket()
    atexit.register(kept.close)
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))
    return int(kept.getsockname()[1])


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True

"""The two SFTP servers that case (h) sends to: the daemon's, and OpenSSH's, both on loopback."""

import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import CommandError, Measured, run

PROGRAMS = ("sftp", "ssh-keygen")
_START_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server that runs. folder: where files of the account come to stand; below: what is put before remote names."""

    port: int
    user: str
    key: Path
    folder: Path
    below: str = ""

    def command(self, batch: Path) -> list[str]:
        """Return the command that carries out a batch of OpenSSH's client."""
        options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes", "LogLevel=ERROR")
        words = [word for option in options for word in ("-o", option)]
        return [
            "sftp",
            "-q",
            *words,
            "-i",
            str(self.key),
            "-P",
            str(self.port),
            "-b",
            str(batch),
            f"{self.user}@127.0.0.1",
        ]

    def send(self, batch: Path) -> Measured:
        """Carry out a batch."""
        return run(self.command(batch))

    def empty(self) -> None:
        """Remove what was sent; and let the disk finish what others wrote, since ours waits for it file by file."""
        for path in self.folder.rglob("*"):
            if path.is_file():
                path.unlink()
        os.sync()


def sshd() -> str | None:
    """Return where OpenSSH's server is, None where it is not."""
    return shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")


def new_key(path: Path) -> Path:
    """Make a key pair."""
    path.unlink(missing_ok=True)
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path])
    return path


@contextmanager
def ours(folder: Path, key: Path) -> Iterator[Target]:
    """Run the daemon; a lock of the sender keeps it from taking what comes."""
    home, port = folder / "home", _free_port()
    run([sys.executable, "-m", "syncd", "init", "--home", home])
    (home / "config" / "syncd.toml").write_text(
        f'[sftp]\nenabled = true\naddress = "127.0.0.1"\nport = {port}\n[[sftp.account]]\nname = "sis"\n'
        f'keys = ["{key.absolute()}.pub"]\n'
    )
    (home / "sync" / "alock.txt").touch()
    command = [sys.executable, "-m", "syncd", "daemon", "--home", str(home)]
    with _running(command, port, folder / "syncd.log"):
        yield Target(port=port, user="sis", key=key, folder=home / "sync" / "sis")


@contextmanager
def openssh(folder: Path, key: Path) -> Iterator[Target]:
    """Run sshd."""
    port, inbox = _free_port(), folder / "inbox"
    inbox.mkdir()
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {new_key(folder / 'host_key').absolute()}\nPidFile none\n"
        f"AuthorizedKeysFile {key.absolute()}.pub\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nMaxStartups 100\n"
        "Subsystem sftp internal-sftp\n"
    )
    command = [sshd() or "sshd", "-D", "-e", "-f", str((folder / "sshd_config").absolute())]
    with _running(command, port, folder / "sshd.log"):
        yield Target(port=port, user=getpass.getuser(), key=key, folder=inbox, below=f"{inbox.absolute()}/")


@contextmanager
def _running(command: list[str], port: int, log: Path) -> Iterator[None]:
    with log.open("wb") as written:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=written, stderr=written)
    try:
        end = time.monotonic() + _START_SECONDS
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > end:
                raise CommandError(f"{command[0]} does not serve: {log.read_text()[-500:]}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=_START_SECONDS)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True

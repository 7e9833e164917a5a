"""Real clients, without special options: those that this machine has."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from syncd.core.audit import Deed

DATA = os.urandom(300_000)
OPTIONS = ("-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null", "-oIdentitiesOnly=yes", "-oLogLevel=ERROR")


class Bench:
    """A server and the programs that send to it."""

    def __init__(self, here: Any, folder: Path) -> None:
        self.here = here
        self.folder = folder
        (folder / "users.csv").write_bytes(b"username\nada\n")
        (folder / "big.bin").write_bytes(DATA)
        (folder / "empty.csv").touch()
        os.utime(folder / "users.csv", (1_600_000_000, 1_600_000_000))

    def run(self, *words: object, given: str = "", fails: bool = False) -> str:
        """Run a program in the folder of files; skip where it is not installed."""
        if not shutil.which(str(words[0])):
            pytest.skip(f"{words[0]} is not installed")
        done = subprocess.run(
            [str(word) for word in words],
            cwd=self.folder,
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=os.environ | {"HOME": str(self.folder.parent)},
        )
        assert fails == bool(done.returncode), done.stderr + done.stdout
        return done.stdout + done.stderr

    def sftp(self, given: str, *, fails: bool = False) -> str:
        """Run OpenSSH's sftp with a batch of commands."""
        how = ("-q", *OPTIONS, "-i", self.here.keys.path, "-P", self.here.port, "-b", "-")
        return self.run("sftp", *how, "ladok@127.0.0.1", given=given, fails=fails)

    def scp(self, *words: str, fails: bool = False) -> str:
        """Run OpenSSH's scp."""
        return self.run("scp", "-q", *OPTIONS, "-i", self.here.keys.path, "-P", self.here.port, *words, fails=fails)

    def lftp(self, commands: str) -> str:
        """Run lftp with these commands."""
        ssh = f"ssh -a -x {' '.join(OPTIONS)} -i {self.here.keys.path}"
        where = f"open -p {self.here.port} sftp://ladok:x@127.0.0.1"
        return self.run("lftp", "-c", f"set sftp:connect-program '{ssh}'; {where}; {commands}")

    def read(self, name: str) -> bytes:
        """Return what arrived."""
        return bytes((self.here.folder / name).read_bytes())

    def broken(self, name: str, content: bytes) -> None:
        """Make it so that an upload broke off."""
        (self.here.box.places.parts / name).write_bytes(content)


@pytest.fixture
def bench(post: Callable[..., Any], tmp_path: Path) -> Bench:
    """Give a server and files to send."""
    (tmp_path / "files").mkdir()
    return Bench(post(), tmp_path / "files")


def test_openssh_sftp_puts_gets_lists_renames_and_removes(bench):
    """The client of most scripts."""
    bench.sftp("put users.csv\nput -p users.csv kept.csv\nput users.csv x.part\nrename x.part x.csv\nls -l\nrm x.csv\n")
    assert ["kept.csv", "users.csv"] == bench.here.left()
    assert 1_600_000_000 == (bench.here.folder / "kept.csv").stat().st_mtime
    bench.sftp("get users.csv back.csv\n")
    assert bench.read("users.csv") == (bench.folder / "back.csv").read_bytes()
    bench.sftp("put users.csv /reports/\n", fails=True)


def test_openssh_sftp_goes_on_with_a_broken_upload(bench):
    """`reput`, and `put -a`."""
    bench.broken("big.bin", DATA[:100_000])
    bench.sftp("reput big.bin\n")
    assert DATA == bench.read("big.bin")


def test_a_person_at_openssh_reads_why_a_file_is_refused(bench):
    """Its clients make "Failure" of every answer; what is said beside the answers, they show."""
    said = bench.sftp("-put users.csv reports/users.csv\nput users.csv lock.txt\n", fails=True)
    assert "syncd: /reports/users.csv: " in said
    assert "syncd: /lock.txt: lock.txt belongs to the receiver\n" in said
    (bench.folder / "tree").mkdir()
    said = bench.sftp("put -r tree\n", fails=True)
    assert "syncd: /tree: files are dropped here without folders\n" in said


def test_what_is_said_beside_the_answers_is_bounded(post):
    """A client that never reads it must not be kept from reading its answers."""
    here = post()
    client = here.client()
    for _ in range(300):
        with pytest.raises(OSError, match="belongs to the receiver"):
            here.put(client, "lock.txt")
    said = client.get_channel().recv_stderr(1 << 20)
    assert (1 << 10) < len(said) <= (4 << 10)
    here.put(client, "users.csv")


def test_openssh_scp_sends_several_files_an_empty_one_and_times(bench):
    """Scp has spoken SFTP since version 9; it writes over a file from its start without cutting it."""
    bench.scp("users.csv", "empty.csv", "big.bin", "ladok@127.0.0.1:")
    bench.scp("-p", "users.csv", "ladok@127.0.0.1:/times.csv")
    bench.scp("users.csv", "ladok@127.0.0.1:in/", fails=True)
    bench.scp("users.csv", "ladok@127.0.0.1:big.bin")
    assert ["big.bin", "empty.csv", "times.csv", "users.csv"] == bench.here.left()
    assert (b"", DATA, 1_600_000_000) == (
        bench.read("empty.csv"),
        bench.read("big.bin"),
        (bench.here.folder / "times.csv").stat().st_mtime,
    )
    (waits,) = bench.here.box.places.waiting.iterdir()
    assert (bench.folder / "users.csv").read_bytes() == waits.read_bytes()


def test_lftp_puts_goes_on_and_mirrors(bench):
    """With its own options; ssh alone is told of the key."""
    bench.broken("big.bin", DATA[:100_000])
    (bench.folder / "m").mkdir()
    shutil.copy(bench.folder / "users.csv", bench.folder / "m" / "mirrored.csv")
    bench.lftp("put users.csv; put -c big.bin; mirror -R m/ .")
    assert ["big.bin", "mirrored.csv", "users.csv"] == bench.here.left()
    assert DATA == bench.read("big.bin")


@pytest.mark.parametrize(
    "commands",
    ["put -e users.csv", "set xfer:use-temp-file yes; put users.csv", "mirror -R m/ .", "rm users.csv; put users.csv"],
)
def test_lftp_replaces_a_file_that_waits_and_none_is_lost(bench, commands):
    """It removes the one that is there before it sends, or renames, its own."""
    bench.here.put(bench.here.client(), "users.csv", b"username\nof the earlier export\n")
    (bench.folder / "m").mkdir()
    (bench.folder / "m" / "users.csv").write_bytes((bench.folder / "users.csv").read_bytes())
    bench.lftp(commands)
    assert bench.here.did(Deed.REMOVE)
    assert bench.here.waited(lambda: bench.here.left() == ["users.csv"])
    assert b"username\nof the earlier export\n" == bench.read("users.csv")
    (waits,) = bench.here.box.places.waiting.iterdir()
    assert b"username\nada\n" == waits.read_bytes()


def test_lftp_goes_on_with_a_file_that_is_complete(bench):
    """`put -c` again and again is how its scripts retry; nothing is sent twice."""
    bench.lftp("put users.csv; put -c users.csv; put -c users.csv")
    assert (["users.csv"], []) == (bench.here.left(), list(bench.here.box.places.waiting.iterdir()))
    assert (b"username\nada\n", []) == (bench.read("users.csv"), bench.here.did(Deed.UPLOAD_REFUSED))


def test_rclone_copies_checks_and_renames(bench):
    """It sends under another name, sets the time, and looks after size and time."""
    where = f":sftp,host=127.0.0.1,port={bench.here.port},user=ladok,key_file={bench.here.keys.path}:"
    bench.run("rclone", "copy", ".", where)
    assert ["big.bin", "empty.csv", "users.csv"] == bench.here.left()
    assert 1_600_000_000 == (bench.here.folder / "users.csv").stat().st_mtime


def test_rclone_does_not_notice_that_its_files_are_taken_at_once(bench):
    """Else it would send them again and again."""
    where = f":sftp,host=127.0.0.1,port={bench.here.port},user=ladok,key_file={bench.here.keys.path}:"
    taken = []

    def take():
        for path in bench.here.folder.glob("*.*"):
            if path.is_file():
                taken.append(path.name)
                path.unlink(missing_ok=True)

    bench.here.box.delivered = take
    bench.run("rclone", "copy", ".", where, "--retries", "1")
    assert ["big.bin", "empty.csv", "users.csv"] == sorted(taken)


def test_curl_sends_and_goes_on(bench):
    """By password, as the exporters of some systems do."""
    if "sftp" not in bench.run("curl", "--version"):
        pytest.skip("this curl has no SFTP")
    where = f"sftp://127.0.0.1:{bench.here.port}"
    login = ("curl", "-sS", "--insecure", "-u", f"ladok:{bench.here.password}")
    bench.run(*login, "--upload-file", "users.csv", f"{where}/")
    bench.broken("big.bin", DATA[:100_000])
    bench.run(*login, "-C", "-", "--upload-file", "big.bin", f"{where}/big.bin")
    assert (["big.bin", "users.csv"], DATA) == (bench.here.left(), bench.read("big.bin"))


def test_psftp_and_pscp_send(bench):
    """PuTTY's clients, as on Windows."""
    pin = str(bench.here.server._serving.keys[0].fingerprint)
    how = ("-P", bench.here.port, "-pw", bench.here.password, "-batch", "-hostkey", pin)
    (bench.folder / "commands").write_text("put users.csv\nput big.bin\nquit\n")
    bench.run("psftp", *how, "-b", "commands", "ladok@127.0.0.1")
    bench.run("pscp", *how, "empty.csv", "ladok@127.0.0.1:")
    assert ["big.bin", "empty.csv", "users.csv"] == bench.here.left()


def test_a_mounted_folder_works(bench, tmp_path):
    """sshfs: copied, copied again, moved, touched, removed."""
    mount = tmp_path / "mount"
    mount.mkdir()
    if not shutil.which("sshfs") or not os.access("/dev/fuse", os.W_OK):
        pytest.skip("sshfs or /dev/fuse is not there")
    options = f"IdentityFile={bench.here.keys.path},StrictHostKeyChecking=no,UserKnownHostsFile=/dev/null"
    bench.run("sshfs", "-o", options, "-p", bench.here.port, "ladok@127.0.0.1:/", mount)
    try:
        for _ in range(2):
            bench.run("cp", "-p", "users.csv", mount / "a.csv")
        bench.run("cp", "big.bin", mount / "b.tmp")
        bench.run("mv", mount / "b.tmp", mount / "b.bin")
        bench.run("touch", mount / "alock.txt")
        assert "alock.txt" in bench.run("ls", mount)
        bench.run("rm", mount / "alock.txt")
    finally:
        subprocess.run(["fusermount", "-u", mount], check=True)
    assert (["a.csv", "b.bin"], DATA) == (bench.here.left(), bench.read("b.bin"))
    assert 1 == len(list(bench.here.box.places.waiting.iterdir()))


def test_openssh_opens_no_shell_and_runs_no_command(bench):
    """SFTP alone."""
    ssh = ("ssh", "-q", *OPTIONS, "-i", bench.here.keys.path, "-p", bench.here.port, "ladok@127.0.0.1")
    begun = time.monotonic()
    bench.run(*ssh, "id", fails=True)
    bench.run(*ssh, fails=True)
    bench.run(*ssh[:-1], "-N", "-oExitOnForwardFailure=yes", "-R", "0:127.0.0.1:22", ssh[-1], fails=True)
    assert time.monotonic() - begun < 60

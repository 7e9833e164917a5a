"""The sender's script for the shell, tried against a home: over a mounted folder and over SFTP."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sftp

SCRIPT = Path(__file__).parents[2] / "packaging" / "sender" / "send.sh"
USERS = "username;firstname;lastname\nada;Ada;X\n"
COURSES = "shortname;fullname\nALG;Algebra\n"
QUICK = {"SYNCD_WAIT": "60", "SYNCD_PAUSE": "1"}


@pytest.fixture(params=["dash", "bash --posix"])
def shell(request: pytest.FixtureRequest) -> list[str]:
    """Give each shell that is here and claims to be POSIX."""
    words = str(request.param).split()
    if not shutil.which(words[0]):
        pytest.skip(f"{words[0]} is not installed")
    return words


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Give two files to send, in a folder whose name needs quoting."""
    folder = tmp_path / "to send"
    folder.mkdir()
    for name, text in (("userimport.csv", USERS), ("uploadcourses.csv", COURSES)):
        (folder / name).write_text(text)
    return [str(folder / "userimport.csv"), str(folder / "uploadcourses.csv")]


@pytest.fixture
def slowly(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    """Give an environment in which `cp` writes half a file, does something, and writes the rest."""

    def make(between: str) -> dict[str, str]:
        programs = tmp_path / "programs"
        programs.mkdir()
        (programs / "cp").write_text(f'#!/bin/sh\nhead -c 20 "$2" > "$3"\n{between}\ntail -c +21 "$2" >> "$3"\n')
        (programs / "cp").chmod(0o755)
        return {"PATH": f"{programs}:{os.environ['PATH']}"}

    return make


def send(shell: list[str], *words: object, **variables: str) -> subprocess.Popen[str]:
    """Start the script in a process group of its own."""
    return subprocess.Popen(
        [*shell, str(SCRIPT), *map(str, words)],
        env=os.environ | QUICK | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )


def ended(sender: subprocess.Popen[str]) -> tuple[int, str]:
    """Return the exit code and what was said."""
    out, err = sender.communicate(timeout=60)
    return sender.returncode, out + err


def appears(path: Path) -> bool:
    """Wait until something is there, a minute at most."""
    return any(path.exists() or time.sleep(0.02) for _ in range(3000))


def test_files_are_handed_over_and_worked(home, shell, files):
    """The whole way, from the sender's disk to the roster."""
    assert (0, "") == ended(send(shell, home.sync_folder, *files))
    assert ["uploadcourses.csv", "userimport.csv"] == home.left("sync")
    assert 0 == home.run("sync").code
    assert (["ada"], ["ALG"]) == (home.names("user", "username"), home.names("course", "shortname"))


def test_nothing_is_written_while_syncd_takes_files(home, shell, files):
    """lock.txt is syncd's half of the handshake."""
    lock = home.sync_folder / "lock.txt"
    lock.touch()
    sender = send(shell, home.sync_folder, *files)
    time.sleep(1.5)
    assert ["lock.txt"] == home.left("sync")
    lock.unlink()
    assert (0, "") == ended(sender)
    assert ["uploadcourses.csv", "userimport.csv"] == home.left("sync")


@pytest.mark.parametrize("there", ["alock.txt", "userimport.csv"])
def test_a_busy_folder_is_left_as_it_is(home, shell, files, there):
    """Another sender's lock is not ours to remove, and a file that was not taken yet is not to be replaced."""
    home.drop(there, "theirs")
    code, said = ended(send(shell, home.sync_folder, *files, SYNCD_WAIT="0"))
    assert (75, [there]) == (code, home.left("sync"))
    assert there in said
    assert "theirs" == (home.sync_folder / there).read_text()


def test_a_half_written_file_is_never_taken(home, shell, files, slowly, tmp_path):
    """While the sender writes, syncd finds its lock and leaves everything."""
    go_on = tmp_path / "go-on"
    wait = f"n=0; while [ ! -e {go_on} ] && [ $n -lt 600 ]; do sleep 0.1; n=$((n + 1)); done"
    sender = send(shell, home.sync_folder, *files, **slowly(wait))
    assert appears(home.sync_folder / ".userimport.csv.part")
    assert 5 == home.run("sync").code
    go_on.touch()
    assert (0, "") == ended(sender)
    assert 0 == home.run("sync").code
    assert [b"shortname;fullname\nALG;Algebra\n", USERS.encode()] == sorted(data for _, data in home.files("archives"))


def test_a_failure_leaves_no_lock_and_no_half_file(home, shell, files, slowly):
    """Else one full disk would stop every later delivery."""
    code, _ = ended(send(shell, home.sync_folder, *files, **slowly("exit 1")))
    assert (1, []) == (code, home.left("sync"))


def test_a_sender_that_is_stopped_takes_its_lock_along(home, shell, files, slowly):
    """Ctrl-C, or the end of the job's time."""
    sender = send(shell, home.sync_folder, *files, **slowly("sleep 60"))
    assert appears(home.sync_folder / ".userimport.csv.part")
    os.killpg(sender.pid, signal.SIGTERM)
    code, _ = ended(sender)
    assert (1, []) == (code, home.left("sync"))


@pytest.mark.parametrize(
    "name",
    [
        *(".hidden.csv", "_later.csv", "lock.txt", "alock.txt", "line\nend.csv", "a b.csv"),
        *("users.csv.part", "users.TMP", "users.csv~"),
    ],
)
def test_a_name_that_would_not_arrive_is_refused(home, shell, tmp_path, name):
    """Better now than a file that nobody ever takes."""
    (tmp_path / name).write_text(USERS)
    code, said = ended(send(shell, home.sync_folder, tmp_path / name))
    assert (2, []) == (code, home.left("sync"))
    assert "usage" in said


@pytest.fixture
def remote(home, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Give the environment in which `sis@localhost:/sync` is the drop folder of the home, behind SFTP."""
    if not shutil.which("sftp"):
        pytest.skip("OpenSSH's sftp is not installed: apt-get install openssh-client")
    with sftp.serving(home.path, tmp_path / "key") as account:
        yield {"SYNCD_SFTP": account.client()}


def test_files_are_handed_over_by_sftp(home, files, remote):
    """The usual way of a remote system; the folder's own name may need quoting, too."""
    (home.path / "drop here").symlink_to(home.sync_folder)
    assert (0, "") == ended(send(["sh"], "sis@localhost:/drop here", *files, **remote))
    assert ["uploadcourses.csv", "userimport.csv"] == home.left("sync")
    assert USERS == (home.sync_folder / "userimport.csv").read_text()


def readable(path: Path) -> bool:
    """Tell whether the group may read a file."""
    return bool(path.stat().st_mode & 0o040)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o644])
def test_what_arrives_can_be_read_by_the_group(home, files, mode):
    """An export is private at its sender's, and syncd is another user: the file would stay unread."""
    for file in files:
        Path(file).chmod(mode)
    assert (0, "") == ended(send(["sh", "-c", 'umask 0077; exec sh "$0" "$@"'], home.sync_folder, *files))
    assert [True, True] == [readable(home.sync_folder / name) for name in home.left("sync")]


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_what_arrives_by_sftp_can_be_read_by_the_group(home, files, remote, mode):
    """OpenSSH's sftp gives an upload the mode that the original has, and the server's umask only takes away."""
    for file in files:
        Path(file).chmod(mode)
    assert (0, "") == ended(send(["sh"], "sis@localhost:/sync", *files, **remote))
    modes = {(home.sync_folder / name).stat().st_mode & 0o777 for name in home.left("sync")}
    assert {mode | 0o040} == modes


@pytest.mark.parametrize("there", ["lock.txt", "alock.txt", "userimport.csv"])
def test_a_busy_folder_behind_sftp_is_left_as_it_is(home, files, remote, there):
    """The same handshake, whatever lies between."""
    home.drop(there, "theirs")
    code, said = ended(send(["sh"], "sis@localhost:/sync", *files, SYNCD_WAIT="0", **remote))
    assert (75, [there]) == (code, home.left("sync"))
    assert there in said
    assert "theirs" == (home.sync_folder / there).read_text()


def test_a_folder_that_cannot_be_reached_is_a_failure(home, files, remote):
    """It must not look like one without locks."""
    code, said = ended(send(["sh"], "sis@localhost:/nowhere", *files, **remote))
    assert 1 == code
    assert "cannot look into /nowhere" in said

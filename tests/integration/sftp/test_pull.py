"""Fetching: from OpenSSH's server and from our own; each file once, whatever breaks in between."""

import hashlib
import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncd.core.errors import PassingError, UsageError
from syncd.disk import documents
from syncd.sftp import pull as pulling
from syncd.sftp.box import Box
from syncd.sftp.pull import After, Fetched, Pull, Puller, Ready
from syncd.sftp.remote import Remote, StrangerError, Visit

DATA = random.Random(3).randbytes(1_500_000)


class Crash(BaseException):
    """The process is gone."""


class Here:
    """What a test knows of a pull."""

    def __init__(self, home: Path, remote: Remote, there: Path) -> None:
        self.there = there
        self.box = Box(home / "sync" / "hr", home / "sync")
        self.pull = Pull(remote=remote, ready=Ready.ALOCK, tries=1)
        self.memory = home / "state" / "hr.json"
        self.slept: list[float] = []
        self.came: list[Fetched] = []

    def run(self, **changes: Any) -> list[str]:
        """Do the pull; return the names that came."""
        self.came = []
        Puller(replace(self.pull, **changes), self.box, self.memory, self.slept.append).run(self.came.append)
        return [each.seen.name for each in self.came]

    def left(self) -> list[str]:
        """Return the names of what is to be taken."""
        return (
            sorted(path.name for path in self.box.folder.iterdir() if path.is_file())
            if self.box.folder.exists()
            else []
        )

    def offered(self) -> list[str]:
        """Return the names of the files that stand on the remote."""
        return sorted(path.name for path in self.there.iterdir() if path.is_file())


@pytest.fixture
def here(tmp_path: Path, sshd: Any) -> Here:
    """Give a pull from a real sshd."""
    remote = Remote(
        host="127.0.0.1",
        port=sshd.port,
        username=_user(),
        host_key=sshd.fingerprint,
        key_file=sshd.key,
        folder=str(sshd.folder),
        timeout=5,
    )
    return Here(tmp_path, remote, sshd.folder)


def _user() -> str:
    import getpass

    return getpass.getuser()


def test_what_is_new_comes_once_whole_and_with_its_hash(here):
    """Never the same file twice."""
    (here.there / "users.csv").write_bytes(DATA)
    assert ["users.csv"] == here.run()
    assert DATA == (here.box.folder / "users.csv").read_bytes()
    assert hashlib.sha256(DATA).hexdigest() == here.came[0].sha256
    (here.box.folder / "users.csv").unlink()
    assert [] == here.run()
    assert [] == here.left()
    (here.there / "users.csv").write_bytes(DATA[1:])
    assert ["users.csv"] == here.run()


def test_only_files_that_fit_the_pattern_come(here):
    """Locks, hidden and unfinished files, folders and links do not."""
    for name in ("a.csv", "b.txt", ".c.csv", "d.csv.part", "lock.txt", "_e.csv"):
        (here.there / name).write_text(name)
    (here.there / "f.csv").mkdir()
    (here.there / "g.csv").symlink_to("/etc/passwd")
    assert ["a.csv"] == here.run(pattern="*.csv")
    assert ["b.txt"] == here.run()


def test_nothing_comes_while_the_sender_holds_its_lock(here):
    """The handshake of the remote holds."""
    (here.there / "alock.txt").touch()
    (here.there / "a.csv").write_text("a")
    assert [] == here.run()
    (here.there / "alock.txt").unlink()
    assert ["a.csv"] == here.run()


def test_a_lock_that_comes_while_a_file_is_fetched_keeps_it_out(here, monkeypatch):
    """The sender may be writing it anew."""
    (here.there / "a.csv").write_text("a")
    real = Visit.fetch

    def fetch(self, seen, into):
        found = real(self, seen, into)
        (here.there / "alock.txt").touch()
        return found

    monkeypatch.setattr(Visit, "fetch", fetch)
    assert ([], []) == (here.run(), here.left())
    (here.there / "alock.txt").unlink()
    monkeypatch.setattr(Visit, "fetch", real)
    assert ["a.csv"] == here.run()


def test_a_marker_says_that_a_file_is_complete_and_goes_with_it(here):
    """Some export jobs write users.csv and then users.csv.ok."""
    for name in ("a.csv", "b.csv", "b.csv.ok"):
        (here.there / name).write_text(name)
    assert ["b.csv"] == here.run(ready=Ready.MARKER, after=After.DELETE)
    assert ["a.csv"] == here.offered()


def test_a_file_that_still_changes_waits(here):
    """Without lock or marker, resting is the sign."""
    for name in ("a.csv", "b.csv"):
        (here.there / name).write_text("x")
    grows = lambda seconds: (here.there / "a.csv").write_text("xy" * int(seconds))  # noqa: E731
    here.slept = type("", (), {"append": staticmethod(grows)})()
    assert ["b.csv"] == here.run(ready=Ready.QUIET)


@pytest.mark.parametrize(("after", "stays"), [(After.LEAVE, ["a.csv"]), (After.MOVE, []), (After.DELETE, [])])
def test_the_remote_copy_is_left_moved_or_deleted(here, after, stays):
    """As the settings say; only when ours is safe."""
    (here.there / "a.csv").write_text("a")
    move_to = str(here.there / "done")
    assert ["a.csv"] == here.run(after=after, move_to=move_to)
    assert stays == here.offered()
    assert (after is After.MOVE) == (here.there / "done" / "a.csv").exists()


@pytest.mark.parametrize("step", ["note", "deliver_durably", "clear", "fetch"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_anywhere_brings_each_file_once_and_loses_none(here, monkeypatch, step, when):
    """Kill -9 between any two steps, then again."""
    (here.there / "a.csv").write_text("a")
    owner, name = {
        "note": (Puller, "_note"),
        "deliver_durably": (Box, "deliver_durably"),
        "clear": (Puller, "_clear"),
        "fetch": (Puller, "_fetch"),
    }[step]
    real: Callable[..., Any] = getattr(owner, name)

    def crash(*given):
        if when == "after":
            real(*given)
        raise Crash

    monkeypatch.setattr(owner, name, crash)
    with pytest.raises(Crash):
        here.run(after=After.DELETE)
    monkeypatch.setattr(owner, name, real)
    assert here.left() == ["a.csv"] or here.offered() == ["a.csv"] or here.box.places.part("a.csv").exists()
    taken = [path.read_text() for path in here.box.folder.glob("*.csv")]
    for path in here.box.folder.glob("*.csv"):
        path.unlink()
    here.run(after=After.DELETE)
    taken += [path.read_text() for path in here.box.folder.glob("*.csv")]
    assert (["a"], []) == (taken, here.offered())


def test_a_connection_that_breaks_is_tried_again_and_the_part_gone_on_with(here, monkeypatch):
    """A night's export over a bad line."""
    (here.there / "a.csv").write_bytes(DATA)
    real = Visit.fetch
    resumed = []

    def fetch(self, seen, into):
        if not resumed:
            into.write_bytes(DATA[:700_000])
            resumed.append(True)
            self._client.get_channel().get_transport().sock.close()
        else:
            resumed.append(into.stat().st_size)
        return real(self, seen, into)

    monkeypatch.setattr(Visit, "fetch", fetch)
    assert ["a.csv"] == here.run(tries=3)
    assert ([True, 700_000], [2.0]) == (resumed, here.slept)
    assert (DATA, hashlib.sha256(DATA).hexdigest()) == ((here.box.folder / "a.csv").read_bytes(), here.came[0].sha256)


def test_a_part_of_another_state_of_the_file_is_not_gone_on_with(here):
    """Two halves of two files make none."""
    (here.there / "a.csv").write_bytes(DATA)
    here.box.prepare()
    here.box.places.part("a.csv").write_bytes(b"x" * 700_000)
    documents.replace(_made(here.memory.with_name("hr-part.json")), {"name": "a.csv", "size": 1, "modified": 2})
    here.run()
    assert DATA == (here.box.folder / "a.csv").read_bytes()


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def test_another_host_key_stops_before_anything_is_sent(here, tmp_path):
    """Somebody may stand in between."""
    (here.there / "a.csv").write_text("a")
    wrong = replace(here.pull.remote, host_key="SHA256:" + "A" * 43)
    with pytest.raises(StrangerError, match="not the pinned one"):
        here.run(remote=wrong)
    (tmp_path / "known").write_text(f"[127.0.0.1]:{here.pull.remote.port} ssh-ed25519 {'A' * 68}\n")
    with pytest.raises((StrangerError, PassingError)):
        here.run(remote=replace(here.pull.remote, host_key=str(tmp_path / "known")))
    assert [] == here.left()


def test_a_known_hosts_file_pins_too(here, sshd, tmp_path):
    """What ssh-keyscan and a look at the fingerprint gave."""
    (here.there / "a.csv").write_text("a")
    import paramiko

    key = paramiko.Ed25519Key(filename=str(sshd.folder.parent / "host_key"))
    (tmp_path / "known").write_text(f"[127.0.0.1]:{sshd.port} ssh-ed25519 {key.get_base64()}\n")
    assert ["a.csv"] == here.run(remote=replace(here.pull.remote, host_key=str(tmp_path / "known")))


def test_what_cannot_work_says_why(here, tmp_path):
    """A sentence, not a traceback."""
    remote = here.pull.remote
    for change, error, said in (
        ({"key_file": tmp_path / "none"}, UsageError, "cannot be read"),
        ({"host_key": str(tmp_path / "none")}, UsageError, "cannot be read"),
        ({"username": "nobody-there"}, UsageError, "does not accept"),
        ({"port": 1}, PassingError, "cannot be used"),
        ({"folder": "/nowhere"}, PassingError, "No such file"),
    ):
        with pytest.raises(error, match=said):
            here.run(remote=replace(remote, **change))


def test_a_copy_that_cannot_be_removed_does_not_keep_others_from_coming(here, monkeypatch):
    """All come first, then it is said."""
    for name in ("a.csv", "b.csv"):
        (here.there / name).write_text(name)

    def refuse(self, name):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Visit, "remove", refuse)
    with pytest.raises(PassingError, match="Permission denied"):
        here.run(after=After.DELETE)
    assert ["a.csv", "b.csv"] == here.left()
    with pytest.raises(PassingError):
        here.run(after=After.DELETE)
    assert [] == here.came


def test_a_hostile_server_cannot_name_a_path(here, monkeypatch):
    """A listing may say anything."""
    import paramiko

    def evil(self, path="."):
        found = []
        for name in ("../../evil", "/tmp/evil", "..", "a\nb", "ok.csv"):
            told = paramiko.SFTPAttributes()
            told.filename, told.st_mode, told.st_size, told.st_mtime = name, 0o100644, 2, 3
            found.append(told)
        return found

    monkeypatch.setattr(paramiko.SFTPClient, "listdir_attr", evil)
    (here.there / "ok.csv").write_text("ok")
    os.utime(here.there / "ok.csv", (3, 3))
    assert ["ok.csv"] == here.run()


def test_our_own_server_can_be_fetched_from(tmp_path, post, keys):
    """Two syncds, one after the other."""
    served = post()
    served.put(served.client(), "users.csv", DATA)
    remote = Remote(
        host="127.0.0.1",
        port=served.port,
        username="ladok",
        host_key=str(served.server._serving.key.fingerprint),
        key_file=keys.path,
        folder="/",
        timeout=5,
    )
    here = Here(tmp_path / "other", remote, served.folder)
    assert ["users.csv"] == here.run(after=After.DELETE)
    assert DATA == (here.box.folder / "users.csv").read_bytes()
    assert ([], pulling.Ready.ALOCK) == (served.left(), here.pull.ready)

"""Fetching: from OpenSSH's server and from our own; each file once, whatever breaks in between."""

import hashlib
import os
import random
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import paramiko
import pytest

from syncd.core.errors import PassingError, UsageError
from syncd.disk import documents
from syncd.sftp.dropbox.box import Box
from syncd.sftp.fetching import pull as pulling
from syncd.sftp.fetching.answers import DeniedError
from syncd.sftp.fetching.client import Client
from syncd.sftp.fetching.marks import Marks
from syncd.sftp.fetching.pinned import Remote, StrangerError
from syncd.sftp.fetching.pull import After, Fetched, Hearing, Pull, Puller, Ready
from syncd.sftp.fetching.remote import Visit
from syncd.sftp.packets import Attributes
from syncd.sftp.serving.gate import Gate
from syncd.sftp.serving.requests import Requests
from syncd.sftp.serving.session import Session

DATA = random.Random(3).randbytes(1_500_000)


class Crash(BaseException):
    """The process is gone."""


class Here:
    """What a test knows of a pull."""

    def __init__(self, home: Path, remote: Remote, there: Path) -> None:
        self.there = there
        self.box = Box(home / "sync" / "hr", home / "sync")
        self.pull = Pull(remote=remote, ready=Ready.ALOCK, tries=1)
        self.memory = home / "state" / "hr.jsonl"
        self.now = datetime(2027, 3, 28, 3, 30, tzinfo=ZoneInfo("Europe/Stockholm"))
        self.slept: list[float] = []
        self.came: list[Fetched] = []

    def run(self, **changes: Any) -> list[str]:
        """Do the pull; return the names that came."""
        self.came = []
        pull = replace(self.pull, **changes)
        Puller(pull, self.box, self.memory, lambda: self.now, self.slept.append).run(Hearing(self.came.append))
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
        timeout=60,
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

    def fetch(self, seen, into, moved):
        found = real(self, seen, into, moved)
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
        "note": (Marks, "add"),
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

    def fetch(self, seen, into, moved):
        if not resumed:
            into.write_bytes(DATA[:700_000])
            resumed.append(True)
            self._client.channel.get_transport().sock.close()
        else:
            resumed.append(into.stat().st_size)
        return real(self, seen, into, moved)

    monkeypatch.setattr(Visit, "fetch", fetch)
    assert ["a.csv"] == here.run(tries=3)
    assert ([True, 700_000], [2.0]) == (resumed, here.slept)
    assert (DATA, hashlib.sha256(DATA).hexdigest()) == ((here.box.folder / "a.csv").read_bytes(), here.came[0].sha256)


def test_a_part_of_another_state_of_the_file_is_not_gone_on_with(here):
    """Two halves of two files make none."""
    (here.there / "a.csv").write_bytes(DATA)
    here.box.prepare()
    here.box.places.part("a.csv").write_bytes(b"x" * 700_000)
    documents.replace(_made(here.memory.with_name("hr-part.json")), ["a.csv", 1, 2])
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

    (here.there / "a.csv").chmod(0o644)
    real = Visit.remove

    def refuse(self, name):
        with self._asked(f"{name} cannot be removed"):
            if name == "a.csv":
                raise DeniedError("Permission denied")
            real(self, name)

    monkeypatch.setattr(Visit, "remove", refuse)
    with pytest.raises(PassingError, match=r"a\.csv cannot be removed: Permission denied"):
        here.run(after=After.DELETE)
    assert (["a.csv", "b.csv"], ["a.csv"]) == (here.left(), here.offered())
    with pytest.raises(PassingError):
        here.run(after=After.DELETE)
    assert [] == here.came


def test_a_hostile_server_cannot_name_a_path(here, monkeypatch):
    """A listing may say anything."""
    real = Client.entries

    def evil(self, folder):
        entry = next(entry for entry in real(self, folder) if entry.name == b"ok.csv")
        for name in (b"../../evil", b"/tmp/evil", b"..", b"a\nb", b"a\0b", b"x" * 5000, b"ok.csv", b"ok.csv"):
            yield replace(entry, name=name)

    monkeypatch.setattr(Client, "entries", evil)
    (here.there / "ok.csv").write_text("ok")
    assert ["ok.csv"] == here.run()


def test_a_new_version_of_a_file_is_not_cleared_away_with_the_old(here, monkeypatch):
    """The sender wrote it while others were fetched: it comes next time."""
    for name in ("a.csv", "b.csv"):
        (here.there / name).write_text("old")
    real = Visit.fetch

    def fetch(self, seen, into, moved):
        found = real(self, seen, into, moved)
        (here.there / seen.name).write_text("newer")
        return found

    monkeypatch.setattr(Visit, "fetch", fetch)
    assert ["a.csv", "b.csv"] == here.run(after=After.DELETE)
    monkeypatch.setattr(Visit, "fetch", real)
    assert ["a.csv", "b.csv"] == here.offered()
    assert ["a.csv", "b.csv"] == here.run(after=After.DELETE)
    assert [] == here.offered()


def test_a_marker_goes_before_its_file(here, monkeypatch):
    """Left behind, it would say of the next file, half written, that it is complete."""
    (here.there / "a.csv").write_text("whole")
    (here.there / "a.csv.ok").touch()
    real = Visit.remove

    def crash(self, name):
        real(self, name)
        raise Crash

    monkeypatch.setattr(Visit, "remove", crash)
    with pytest.raises(Crash):
        here.run(ready=Ready.MARKER, after=After.DELETE)
    monkeypatch.setattr(Visit, "remove", real)
    assert ["a.csv"] == here.offered()
    assert [] == here.run(ready=Ready.MARKER, after=After.DELETE)
    assert [] == here.offered()


def test_a_folder_that_is_empty_for_once_brings_nothing_twice(here):
    """It was not mounted, say; after a month a file of the same name, size and time is another one."""
    (here.there / "a.csv").write_text("a")
    assert ["a.csv"] == here.run()
    here.there.rename(here.there.with_name("away"))
    here.there.mkdir()
    assert [] == here.run()
    here.there.rmdir()
    here.there.with_name("away").rename(here.there)
    assert [] == here.run()
    here.now += timedelta(days=40)
    Marks(here.memory, lambda: here.now).settle([])
    assert ["a.csv"] == here.run()


def test_what_stands_in_the_folder_that_files_are_moved_to_stays(here):
    """A night's export has the same name every night; the stamp before it is the time of the home."""
    for night in ("one", "two"):
        (here.there / "a.csv").write_text(night)
        assert ["a.csv"] == here.run(after=After.MOVE, move_to="done")
    kept = {path.name: path.read_text() for path in (here.there / "done").iterdir()}
    assert "one" == kept.pop("a.csv")
    ((name, text),) = kept.items()
    assert ("20270328-033000_a.csv", "two") == (name, text)


def test_a_name_that_is_not_utf8_comes_as_its_bytes(here):
    """Elsewhere people write names in Latin-1."""
    name = os.fsdecode(b"l\xe4rare.csv")
    (here.there / name).write_text("x")
    assert [name] == here.run(after=After.DELETE)
    assert ([name], []) == (here.left(), here.offered())


def test_a_file_that_the_server_does_not_give_keeps_no_other_from_coming(here, monkeypatch):
    """It is told when the others have come."""
    for name in ("a.csv", "b.csv"):
        (here.there / name).write_text(name)
    real = Visit.fetch

    def fetch(self, seen, into, moved):
        if seen.name == "a.csv":
            (here.there / "a.csv").write_text("it grows")
        return real(self, seen, into, moved)

    monkeypatch.setattr(Visit, "fetch", fetch)
    with pytest.raises(PassingError, match=r"a\.csv changed"):
        here.run()
    assert ["b.csv"] == here.left()


def test_known_hosts_may_hold_lines_that_say_nothing_to_us(here, sshd, tmp_path):
    """Of other servers, or spoilt; but a key that is revoked there is not the pinned one."""
    (here.there / "a.csv").write_text("a")
    key = paramiko.Ed25519Key(filename=str(sshd.folder.parent / "host_key"))
    place, known = f"[127.0.0.1]:{sshd.port}", tmp_path / "known"
    remote = replace(here.pull.remote, host_key=str(known))
    good = f"{place} ssh-ed25519 {key.get_base64()}\n"
    known.write_bytes(b"other ssh-ed25519 not!base64\n\xff\xfe\n@cert-authority * ssh-rsa AAAA\n" + good.encode())
    assert ["a.csv"] == here.run(remote=remote)
    known.write_text(f"{good}@revoked {good}")
    with pytest.raises(StrangerError):
        here.run(remote=remote)


def test_a_connection_that_breaks_anywhere_up_to_the_files_is_tried_again(here):
    """It is no refusal, at the login neither: nobody has to look at the key."""
    (here.there / "a.csv").write_text("a")
    came, broken = [], 0
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_cut_off, args=(listener, here.pull.remote.port, 1000), daemon=True).start()
        remote = replace(here.pull.remote, port=listener.getsockname()[1])
        while not came and broken < 80:
            try:
                came = here.run(remote=remote)
            except PassingError:
                broken += 1
    assert (["a.csv"], True) == (came, broken > 5)


def _cut_off(listener, port, size):
    """Hand on so many bytes that the server says, and then no more; a little more with each connection."""
    while True:
        try:
            asking, _ = listener.accept()
        except OSError:
            return
        with asking, socket.create_connection(("127.0.0.1", port)) as server:
            threading.Thread(target=_hand_on, args=(asking, server), daemon=True).start()
            left = size
            while left > 0 and (piece := server.recv(min(left, 4096))):
                asking.sendall(piece)
                left -= len(piece)
            asking.shutdown(socket.SHUT_RDWR)
        size += 100


def _hand_on(source, target):
    with suppress(OSError):
        while piece := source.recv(4096):
            target.sendall(piece)


def test_how_far_it_is_can_be_shown(here):
    """Of a large file one wants to know."""
    (here.there / "a.csv").write_bytes(DATA)
    moved = []
    pull = Puller(here.pull, here.box, here.memory, lambda: here.now)
    pull.run(Hearing(moved=lambda name, have, size: moved.append((name, have, size))))
    assert ("a.csv", len(DATA), len(DATA)) == moved[-1]
    assert len(moved) > 3


@pytest.fixture
def other(tmp_path: Path, post: Callable[..., Any], keys: Any) -> tuple[Any, Here]:
    """Give a server of our own, and a pull from it."""
    served = post()
    remote = Remote(
        host="127.0.0.1",
        port=served.port,
        username="ladok",
        host_key=str(served.server._serving.keys[0].fingerprint),
        key_file=keys.path,
        folder="/",
        timeout=60,
    )
    return served, Here(tmp_path / "other", remote, served.folder)


def test_our_own_server_can_be_fetched_from(other):
    """Two syncds, one after the other."""
    served, here = other
    served.put(served.client(), "users.csv", DATA)
    assert ["users.csv"] == here.run(after=After.DELETE)
    assert DATA == (here.box.folder / "users.csv").read_bytes()
    assert ([], pulling.Ready.ALOCK) == (served.left(), here.pull.ready)


def test_a_copy_that_is_only_said_to_be_gone_is_not_fetched_again(here, monkeypatch):
    """Some servers nod and do nothing; the same file came with every visit."""
    (here.there / "a.csv").write_text("a")
    monkeypatch.setattr(Visit, "remove", lambda *_: None)
    for _ in range(2):
        with pytest.raises(PassingError, match=r"a\.csv is said to be gone, and stands there still"):
            here.run(after=After.DELETE)
    assert (["a.csv"], []) == (here.left(), here.came)


def test_a_file_for_which_there_is_no_room_keeps_no_other_from_coming(here):
    """It is not fetched until the disk is full, to be thrown away then."""
    with (here.there / "a.csv").open("wb") as file:
        file.truncate(1 << 42)
    (here.there / "b.csv").write_text("b")
    with pytest.raises(PassingError, match=r"there is no room for a\.csv \(4,398,046,511,104 bytes\)"):
        here.run()
    assert ["b.csv"] == here.left()


def test_a_listing_that_says_little_is_asked_about(here, monkeypatch):
    """Some servers tell neither size nor kind in it; a file was passed over in silence."""
    (here.there / "a.csv").write_text("a")
    (here.there / "b").mkdir()
    real = Client.entries
    monkeypatch.setattr(Client, "entries", lambda *asked: (replace(each, told=Attributes()) for each in real(*asked)))
    assert ["a.csv"] == here.run()


def test_a_server_that_wants_more_than_a_key_is_not_tried_on(other, monkeypatch):
    """Somebody has to change the account there."""
    _, here = other
    monkeypatch.setattr(Gate, "check_auth_publickey", lambda *_: paramiko.AUTH_PARTIALLY_SUCCESSFUL)
    with pytest.raises(UsageError, match="wants more than one key or password: also "):
        here.run()


def test_garbage_at_the_beginning_leaves_no_thread(other, monkeypatch):
    """Nor is it an error of syncd's own."""
    _, here = other
    monkeypatch.setattr(Session, "_take", lambda session, *_: session._channel.sendall(b"\xff" * 40))
    with pytest.raises(PassingError, match="cannot be used: it answers what was not asked"):
        here.run()
    clients = [each for each in threading.enumerate() if isinstance(each, paramiko.Transport) and not each.server_mode]
    for each in clients:
        each.join(5)
    assert not any(each.is_alive() for each in clients)


def test_another_service_is_named_as_such(here):
    """A wrong port, mostly."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_say, args=(listener, b"HTTP/1.1 400 Bad Request\r\n\r\n"), daemon=True).start()
        with pytest.raises(PassingError, match="it does not answer as an SSH server does"):
            here.run(remote=replace(here.pull.remote, port=listener.getsockname()[1]))


def _say(listener, words):
    asking, _ = listener.accept()
    with asking:
        asking.recv(1000)
        asking.sendall(words)


@pytest.mark.parametrize("silent", ["open_session", "invoke_subsystem", "_send_version"])
def test_a_server_that_falls_silent_is_left_after_the_time_for_it(other, monkeypatch, silent):
    """Paramiko waits an hour for a session and for ever for the protocol; all other pulls waited with it."""
    _, here = other
    stop = threading.Event()
    if silent == "open_session":
        monkeypatch.setattr(Gate, "check_channel_request", lambda *_: stop.wait(60))
    elif silent == "invoke_subsystem":
        monkeypatch.setattr(Gate, "check_channel_subsystem_request", lambda *_: stop.wait(60))
    else:
        monkeypatch.setattr(Session, "_take", lambda *_: stop.wait(60))
    begun = time.monotonic()
    with pytest.raises(PassingError, match="it did not answer in time, or broke off"):
        here.run(remote=replace(here.pull.remote, timeout=1))
    stop.set()
    assert 1 <= time.monotonic() - begun < 30


def test_a_server_that_sends_more_than_it_may_is_left(other, monkeypatch):
    """Paramiko keeps in memory whatever comes, also what nobody reads."""
    served, here = other
    served.put(served.client(), "users.csv", DATA)
    sent: list[int] = []

    def flood(requests: Requests, _: int, __: object) -> bytes:
        (session,) = [each for each in threading.enumerate() if getattr(each, "_requests", None) is requests]
        session._channel.out_window_size = 1 << 40
        while sum(sent) < 100 << 20:
            sent.append(session._channel.send_stderr(bytes(30_000)))
        return b""

    monkeypatch.setattr(Requests, "_read", flood)
    with pytest.raises(PassingError, match="broke off"):
        here.run()
    assert 2 << 20 < sum(sent) < 100 << 20

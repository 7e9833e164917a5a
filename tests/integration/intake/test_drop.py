"""The drop folder: what is taken, what stays, and who is told."""

import errno
import json
import os
import stat
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncd.core.errors import PassingError, UsageError
from syncd.core.handshake import LOCK, SENDER_LOCK, AlarmKind, Owner, render
from syncd.core.runs import Trigger
from syncd.intake import lock
from syncd.intake.process import this_process
from syncd.intake.work import Delivery

ODD_NAMES = [
    b"new\nline.csv",
    b"r\xe4tt.csv",
    b"\xff\xfe",
    b"a" * 251 + b".csv",
    b'it\'s "quoted".csv',
    b"-rf",
    b"--help.csv",
    b" ",
    b"*",
    b"0",
    "blåbär.csv".encode(),
]

TIMED_CLAIM = """
import json, sys, time
from datetime import UTC, datetime
from pathlib import Path
from syncd.core.runs import Trigger
from syncd.intake.drop import DropFolder, DropSettings
root = Path(sys.argv[1])
folder = DropFolder(DropSettings(sync=root / "sync", work=root / "state" / "work"), lambda: datetime.now(UTC))
begun = time.process_time()
claim = folder.claim(Trigger.CLI, "timed")
print(json.dumps([len(claim.taken), len(claim.left), time.process_time() - begun]))
"""


def files(claim) -> list[str]:
    return [work.file for work in claim.taken]


def wrong(claim) -> list[AlarmKind]:
    """Return what a claim found wrong, and what happened."""
    return [*claim.found, *(kind for kind, _ in claim.events)]


def test_a_dropped_file_stands_in_its_workroom(place):
    """The bytes as they came, private, with what is known of them beside."""
    place.drop("users.csv", b"username\nanna\n")
    work = place.claim().taken[0]
    assert ("users.csv", Trigger.CLI, "tester", None, 14, place.now) == (
        work.file,
        work.trigger,
        work.by,
        work.parent,
        work.size,
        work.received,
    )
    assert b"username\nanna\n" == work.input.read_bytes()
    assert (0o600, 0o700) == (stat.S_IMODE(work.input.stat().st_mode), stat.S_IMODE(work.path.stat().st_mode))
    assert [] == place.standing()


def test_files_come_in_the_byte_order_of_their_names(place):
    """The same delivery must give the same runs on every machine."""
    for name in ("b.csv", "å.csv", "B.csv", "a.csv"):
        place.drop(name)
    assert ["B.csv", "a.csv", "b.csv", "å.csv"] == files(place.claim())


def test_workrooms_sort_as_the_files_were_taken(place):
    """After a crash the works come back in the same order."""
    for number in range(300):
        place.drop(f"{number:03}.csv")
    taken = place.claim().taken
    assert list(taken) == place.folder().works()


def test_a_missing_folder_is_made_for_the_group_only(place):
    """0777 would let everybody on the machine send orders (W22)."""
    place.sync.rmdir()
    place.claim()
    assert (0o770, 0o700) == (stat.S_IMODE(place.sync.stat().st_mode), stat.S_IMODE(place.work.stat().st_mode))


def test_a_file_in_the_folders_place_is_a_sentence(place):
    """An operator reads why; the daemon goes on."""
    place.sync.rmdir()
    place.sync.write_text("")
    claim = place.claim()
    assert ((), [AlarmKind.FOLDER_REFUSED]) == (claim.taken, wrong(claim))
    assert "cannot be used" in claim.blocked


def test_names_that_only_contain_lock_are_taken(place):
    """The model ignored clock.csv for ever (W3); only the two exact names are locks."""
    for name in ("clock.csv", "LOCKED.csv", "alock.txt.csv", "ALOCK.TXT", "block.txt"):
        place.drop(name)
    assert ["ALOCK.TXT", "LOCKED.csv", "alock.txt.csv", "block.txt", "clock.csv"] == files(place.claim())


def test_hidden_names_and_folders_stay(place):
    """`.part` and `_part` names are how senders hide what is not whole yet."""
    place.drop(".users.csv.part")
    place.drop("_users.csv")
    (place.sync / "old").mkdir()
    claim = place.claim()
    assert ((), (), ["_users.csv", "old"]) == (claim.taken, claim.left, place.standing()[1:])


@pytest.mark.parametrize("name", ["users.csv.filepart", "users.csv.PART", "users.csv~", "users.csv.bak"])
def test_an_unfinished_name_stays_until_it_is_renamed(place, name):
    """A client writes under it for as long as it takes, and may stall half way for hours."""
    path = place.drop(name, b"half", age=86_400)
    claim = place.claim()
    assert ((), [name], False, [name]) == (claim.taken, [n for n, _ in claim.left], claim.unsettled, place.standing())
    assert "it is taken once it is renamed" in claim.left[0][1]
    path.rename(place.sync / "users.csv")
    assert ["users.csv"] == files(place.claim())


def test_links_and_special_files_stay_and_are_named(place):
    """A link to /etc/passwd must not end in a report, a fifo must not hang the daemon."""
    (place.sync / "passwd.csv").symlink_to("/etc/passwd")
    (place.sync / "dangling.csv").symlink_to("nowhere")
    os.mkfifo(place.sync / "pipe.csv")
    place.drop("users.csv")
    begun = time.monotonic()
    claim = place.claim()
    assert time.monotonic() - begun < 30
    assert (["users.csv"], ["dangling.csv", "passwd.csv", "pipe.csv"]) == (files(claim), [n for n, _ in claim.left])
    assert ["dangling.csv", "passwd.csv", "pipe.csv"] == place.standing()


def test_odd_names_are_taken_and_told_apart(place):
    """Bytes that are no text, line ends, quotes, 255 bytes: names are the sender's business."""
    for name in ODD_NAMES:
        place.drop(name, b"of " + name)
    taken = place.claim().taken
    assert sorted(ODD_NAMES) == [os.fsencode(work.file) for work in taken]
    assert [b"of " + name for name in sorted(ODD_NAMES)] == [work.input.read_bytes() for work in taken]
    assert list(taken) == place.folder().works()
    assert all((work.path / "delivery.json").read_text("ascii").count("\n") == 0 for work in taken)


def test_two_deliveries_of_one_name_both_survive(place):
    """A new drop never overwrites an unprocessed one (promise 1, W4)."""
    place.drop("users.csv", b"first")
    place.claim()
    place.drop("users.csv", b"second")
    place.claim()
    assert [b"first", b"second"] == sorted(work.input.read_bytes() for work in place.folder().works())


def test_while_the_sender_writes_nothing_is_taken(place):
    """Promise 8, first sentence."""
    place.drop("users.csv")
    (place.sync / SENDER_LOCK).touch()
    claim = place.claim()
    assert ((), [], ["alock.txt", "users.csv"]) == (claim.taken, wrong(claim), place.standing())
    assert "alock.txt" in claim.blocked


def test_the_senders_lock_is_looked_for_again_under_our_own(place, monkeypatch):
    """The sender may begin between our look and our lock (promise 8)."""
    place.drop("users.csv")
    real = os.link

    def link_as_the_sender_begins(*arguments, **named):
        (place.sync / SENDER_LOCK).touch()
        real(*arguments, **named)

    monkeypatch.setattr(os, "link", link_as_the_sender_begins)
    claim = place.claim()
    assert ((), ["alock.txt", "users.csv"]) == (claim.taken, place.standing())
    assert "alock.txt" in claim.blocked


def test_a_sender_that_begins_between_two_files_keeps_the_rest(place, monkeypatch):
    """From that moment on the folder is the sender's."""
    for name in ("a.csv", "b.csv", "c.csv"):
        place.drop(name)
    real = os.rename

    def rename_then_sender(*arguments):
        real(*arguments)
        (place.sync / SENDER_LOCK).touch()

    monkeypatch.setattr(os, "rename", rename_then_sender)
    claim = place.claim()
    assert (["a.csv"], ["b.csv", "c.csv"]) == (files(claim), [name for name, _ in claim.left])
    assert ["alock.txt", "b.csv", "c.csv"] == place.standing()
    assert 1 == len(place.rooms())


def test_lock_txt_stands_exactly_while_files_are_taken(place, monkeypatch):
    """The sender looks for it (promise 8); an idle daemon must not blink with it either."""
    seen = []
    place.while_asleep = lambda: seen.append(("waiting", (place.sync / LOCK).exists()))
    real = os.rename
    monkeypatch.setattr(os, "rename", lambda *a: (seen.append(("taking", (place.sync / LOCK).exists())), real(*a))[1])
    place.drop("users.csv", age=0)
    place.claim()
    assert [("waiting", False), ("taking", True)] == seen
    assert [] == place.standing()


def test_a_stale_senders_lock_is_wrong_until_it_is_gone(place):
    """Whoever tells people makes one incident of it (promise 8)."""
    place.drop("users.csv")
    (place.sync / SENDER_LOCK).touch()
    place.age(place.sync / SENDER_LOCK, 10801)
    first, second = place.claim(), place.claim()
    (place.sync / SENDER_LOCK).unlink()
    third = place.claim()
    stale = AlarmKind.SENDER_LOCK_STALE
    assert [[stale], [stale], []] == [wrong(claim) for claim in (first, second, third)]
    assert all(stale in claim.examined for claim in (first, second, third))
    assert "3 h 0 min" in first.found[stale]
    assert ["users.csv"] == files(third)


def test_a_senders_lock_of_the_future_becomes_stale_by_the_steady_clock(place):
    """The sender's clock may be wrong for years; three hours are three hours all the same."""
    (place.sync / SENDER_LOCK).touch()
    place.age(place.sync / SENDER_LOCK, -86400)
    folder = place.folder()
    seen = []
    for hours in (0, 2, 2):
        place.pass_time(hours=hours)
        seen.append(wrong(folder.claim(Trigger.WATCH, "")))
    assert [[], [], [AlarmKind.SENDER_LOCK_STALE]] == seen


@pytest.mark.parametrize("jump", [timedelta(days=30), timedelta(days=-30)])
def test_a_clock_that_jumps_makes_no_lock_stale(place, jump):
    """A false alarm at night is worse than none; and nothing may crash."""
    (place.sync / SENDER_LOCK).touch()
    place.age(place.sync / SENDER_LOCK, 60)
    place.drop("users.csv")
    folder = place.folder()
    before = wrong(folder.claim(Trigger.WATCH, ""))
    place.now += jump
    after = wrong(folder.claim(Trigger.WATCH, ""))
    (place.sync / SENDER_LOCK).unlink()
    assert ([], [], ["users.csv"]) == (before, after, files(folder.claim(Trigger.WATCH, "")))


def test_a_live_syncd_blocks(place):
    """Exit code 5: nothing was taken, and it says by whom."""
    place.drop("users.csv")
    (place.sync / LOCK).write_text(render(Owner(pid=os.getppid(), host="here", since=place.now)))
    claim = place.claim()
    assert ((), [], ["lock.txt", "users.csv"]) == (claim.taken, wrong(claim), place.standing())
    assert f"process {os.getppid()} on here" in claim.blocked


def test_a_live_syncd_that_hangs_is_wrong(place):
    """It is not pushed aside, but somebody must look."""
    (place.sync / LOCK).write_text(render(Owner(pid=os.getppid(), host="here", since=place.now)))
    place.age(place.sync / LOCK, 10801)
    claim = place.claim()
    assert ((), [AlarmKind.LOCK_STALE]) == (claim.taken, wrong(claim))


def test_a_dead_owners_lock_is_taken_over_with_an_alarm(place):
    """After a crash the next pass works on, and the admin hears of it."""
    place.drop("users.csv")
    me = this_process("here", place.now)
    dead = Owner(pid=me.pid, host="here", boot=me.boot, started=me.started - 1, since=place.now)
    (place.sync / LOCK).write_text(render(dead))
    claim = place.claim()
    assert (["users.csv"], [AlarmKind.LOCK_TAKEN_OVER], []) == (files(claim), wrong(claim), place.standing())


def test_a_dead_owners_lock_is_cleared_away_in_an_empty_folder_too(place):
    """The sender waits while lock.txt is there: it would wait for ever."""
    (place.sync / LOCK).write_text(render(Owner(pid=1, host="here", boot="of-before", since=place.now)))
    assert [AlarmKind.LOCK_TAKEN_OVER] == wrong(place.claim())
    assert [] == place.standing()


def test_a_foreign_lock_blocks_then_is_taken_over_with_an_alarm(place):
    """Another machine's syncd cannot be looked for: three hours, and never silently."""
    place.drop("users.csv")
    (place.sync / LOCK).write_text(render(this_process("elsewhere", place.now)))
    place.age(place.sync / LOCK, 60)
    folder = place.folder()
    young = folder.claim(Trigger.WATCH, "")
    place.pass_time(hours=3)
    old = folder.claim(Trigger.WATCH, "")
    assert ([], ["users.csv"], [AlarmKind.LOCK_TAKEN_OVER]) == (files(young), files(old), wrong(old))
    assert "on elsewhere" in young.blocked


def test_a_growing_file_stays_until_it_rests(place):
    """Half a file must not become a roster."""
    path = place.drop("users.csv", age=0)

    def grow() -> None:
        with path.open("ab") as file:
            file.write(b"more")

    place.while_asleep = grow
    growing = place.claim()
    place.while_asleep = lambda: None
    resting = place.claim()
    assert ([], True, ["users.csv"], False) == (files(growing), growing.unsettled, files(resting), resting.unsettled)
    assert "still grows" in growing.left[0][1]


def test_a_file_that_is_exchanged_while_we_wait_stays(place):
    """Same name, same size, another file."""
    path = place.drop("users.csv", b"1", age=0)

    def exchange() -> None:
        path.unlink()
        place.drop("users.csv", b"2", age=0)

    place.while_asleep = exchange
    assert ([], True) == (files(place.claim()), place.standing() == ["users.csv"])


def test_a_file_that_changes_though_its_time_is_old_stays(place):
    """Some senders set the time of the original before the bytes are there."""
    path = place.drop("old.csv", age=600)
    place.drop("young.csv", age=0)

    def grow_with_old_time() -> None:
        path.write_bytes(b"longer")
        place.age(path, 600)

    place.while_asleep = grow_with_old_time
    assert ["young.csv"] == files(place.claim())


def test_young_files_are_waited_for_once_and_old_ones_not_at_all(place):
    """Ten thousand young files are one second, not ten thousand."""
    place.drop("old.csv")
    place.claim()
    for number in range(50):
        place.drop(f"{number}.csv", age=0)
    claim = place.claim()
    assert (50, [1.0]) == (len(claim.taken), place.slept)


def test_a_file_with_a_time_of_the_future_is_taken_after_two_equal_looks(place):
    """The sender's clock may run fast; its files must not wait for ours."""
    place.drop("users.csv", age=-86400)
    assert (["users.csv"], [1.0]) == (files(place.claim()), place.slept)


def test_a_file_that_cannot_be_moved_stays_and_the_others_go_on(place, monkeypatch):
    """One bad file must not hold up the night's delivery."""
    for name in ("a.csv", "b.csv", "c.csv"):
        place.drop(name)
    real = os.rename

    def rename(source, target):
        if source.name == "b.csv":
            raise OSError(errno.EIO, "Input/output error")
        real(source, target)

    monkeypatch.setattr(os, "rename", rename)
    first, second = place.claim(), place.claim()
    monkeypatch.undo()
    third = place.claim()
    assert (["a.csv", "c.csv"], [], ["b.csv"]) == (files(first), files(second), files(third))
    assert [[AlarmKind.NOT_TAKEN], [AlarmKind.NOT_TAKEN], []] == [wrong(claim) for claim in (first, second, third)]
    assert "b.csv: it could not be moved (Input/output error)" in first.found[AlarmKind.NOT_TAKEN]


def test_a_link_put_in_a_files_place_at_the_last_instant_is_not_taken(place, monkeypatch):
    """Whoever may write into the folder must not read other people's files through us."""
    path = place.drop("users.csv")
    real = os.rename

    def swap_then_rename(source, target):
        path.unlink()
        path.symlink_to("/etc/passwd")
        real(source, target)

    monkeypatch.setattr(os, "rename", swap_then_rename)
    claim = place.claim()
    assert ((), True, []) == (claim.taken, path.is_symlink(), place.rooms())


def test_a_file_written_to_at_the_last_instant_goes_back(place, monkeypatch):
    """The look was of other bytes."""
    path = place.drop("users.csv", b"half")
    real = os.rename

    def write_then_rename(source, target):
        path.write_bytes(b"half and half")
        real(source, target)

    monkeypatch.setattr(os, "rename", write_then_rename)
    claim = place.claim()
    assert ((), True, b"half and half") == (claim.taken, claim.unsettled, path.read_bytes())


def test_a_folder_that_goes_away_in_the_middle_and_comes_back_is_worked_on(place, monkeypatch):
    """A network drive: our own lock.txt comes back with it, and we live; nobody else may remove it."""
    place.drop("users.csv")
    folder, real, away = place.folder(), lock.take, place.root / "away"

    def take_then_go(*arguments):
        attempt = real(*arguments)
        place.sync.rename(away)
        return attempt

    monkeypatch.setattr(lock, "take", take_then_go)
    before = folder.claim(Trigger.WATCH, "")
    monkeypatch.undo()
    away.rename(place.sync)
    claim = folder.claim(Trigger.WATCH, "")
    assert ([], ["users.csv"]) == (files(before), files(claim))
    assert ([AlarmKind.LOCK_TAKEN_OVER], []) == (wrong(claim), place.standing())
    assert "this very one, when the folder was away" in claim.events[0][1]


def test_losing_the_lock_in_the_middle_stops_the_taking(place, monkeypatch):
    """A process that slept for hours and was taken over must not go on when it wakes."""
    for name in ("a.csv", "b.csv"):
        place.drop(name)
    real = os.rename

    def rename_then_lose(*arguments):
        real(*arguments)
        (place.sync / LOCK).unlink()
        (place.sync / LOCK).write_text("another's")

    monkeypatch.setattr(os, "rename", rename_then_lose)
    claim = place.claim()
    assert (["a.csv"], ["b.csv", "lock.txt"]) == (files(claim), place.standing())


def test_our_lock_that_could_not_be_removed_is_removed_by_the_next_claim(place, monkeypatch):
    """Rights may come and go; we must not be locked out by ourselves."""
    place.drop("users.csv")
    folder = place.folder()
    real = os.unlink

    def refuse(path, *rest, **named):
        if Path(path).name == LOCK:
            raise PermissionError(errno.EACCES, "Permission denied")
        real(path, *rest, **named)

    monkeypatch.setattr(os, "unlink", refuse)
    first, second = folder.claim(Trigger.WATCH, ""), folder.claim(Trigger.WATCH, "")
    monkeypatch.undo()
    third = folder.claim(Trigger.WATCH, "")
    assert (["users.csv"], [AlarmKind.LOCK_STALE]) == (files(first), wrong(second))
    assert ([], True) == (wrong(third), AlarmKind.LOCK_STALE in third.examined)
    assert ("", []) == (third.blocked, place.standing())


def test_ten_thousand_files_at_once_are_one_quick_pass(place):
    """The night's delivery of a large site."""
    for number in range(10_000):
        place.drop(f"{number:05}.csv", b"username\n", age=60)
    # A process of its own, and its own time in it: neither what measures coverage nor who else uses the disk counts.
    run = subprocess.run([sys.executable, "-c", TIMED_CLAIM, place.root], check=True, capture_output=True)
    taken, left, took = json.loads(run.stdout)
    assert (10_000, 0, []) == (taken, left, place.standing())
    assert took < 20, f"{took:.1f} s"


def test_a_file_costs_three_syncs_at_most(place, monkeypatch):
    """What a large delivery waits for is the disk; each sync may be a write of its journal."""
    for number in range(300):
        place.drop(f"{number:03}.csv")
    real, calls = os.fsync, []
    monkeypatch.setattr(os, "fsync", lambda descriptor: (calls.append(descriptor), real(descriptor))[1])
    place.claim()
    assert len(calls) <= 3 * 300 + 10


BY_ANNA = Delivery(file="users.csv", trigger=Trigger.CLI, received=datetime(2026, 1, 1, tzinfo=UTC), by="anna")


def test_a_deposit_is_a_copy_with_its_details(place, tmp_path):
    """`syncd sync FILE` must leave the operator's file where it is."""
    file = tmp_path / "mine.csv"
    file.write_bytes(b"username\n")
    details = {"dialect": "moodle", "options": {"delimiter": ";"}}
    work = place.folder().deposit(file, replace(BY_ANNA, trigger=Trigger.REQUEUE, parent=7, details=details))
    assert (b"username\n", b"username\n", 9) == (file.read_bytes(), work.input.read_bytes(), work.size)
    assert ("users.csv", 7, {"dialect": "moodle", "options": {"delimiter": ";"}}) == (
        work.file,
        work.parent,
        work.details,
    )
    assert [work] == place.folder().works()


@pytest.mark.parametrize("make", [lambda path: None, os.mkdir, os.mkfifo])
def test_a_deposit_of_no_file_is_a_usage_error(place, tmp_path, make):
    """A sentence and exit code 2, not a traceback, and no waiting on a fifo."""
    make(tmp_path / "what")
    with pytest.raises(UsageError, match="what"):
        place.folder().deposit(tmp_path / "what", BY_ANNA)


def test_a_deposit_on_a_full_disk_leaves_nothing_behind(place, tmp_path, monkeypatch):
    """It may be tried again once there is room."""
    (tmp_path / "mine.csv").write_bytes(b"x")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PassingError, match="No space left"):
        place.folder().deposit(tmp_path / "mine.csv", BY_ANNA)
    assert [] == place.rooms()


def test_a_released_work_is_gone(place):
    """At the end of a run nothing of it stays in the spool."""
    place.drop("users.csv")
    folder = place.folder()
    work = folder.claim(Trigger.CLI, "").taken[0]
    (work.path / "plan.arrow").write_bytes(b"p")
    folder.release(work.name)
    assert ([], []) == (place.rooms(), folder.works())


def test_works_clear_away_what_never_became_one(place):
    """Crashes leave a room without input, or half a copy; neither may be run."""
    place.drop("users.csv")
    kept = place.claim().taken[0]
    (kept.path / "input.part").write_bytes(b"ha")
    for name, inside in (("20260101T000000.000000Z-0", "delivery.json"), ("20260101T000000.000000Z-1", "input.part")):
        (place.work / name).mkdir()
        (place.work / name / inside).write_text("{}")
    assert [kept] == place.folder().works()
    assert ([kept.name], ["delivery.json", "input"]) == (
        place.rooms(),
        sorted(path.name for path in kept.path.iterdir()),
    )


@pytest.mark.parametrize("contents", ["", "[]", "{}", '{"file": 1', "\x00"])
def test_an_input_without_a_readable_description_is_kept(place, contents):
    """No file is lost: it is run under its room's name and ends in the archive."""
    place.drop("users.csv", b"bytes")
    room = place.claim().taken[0].path
    (room / "delivery.json").write_text(contents)
    adopted = place.folder().works()
    assert [(room.name, b"bytes")] == [(work.file, work.input.read_bytes()) for work in adopted]


def test_damaged_memory_is_no_memory(place):
    """What intake keeps beside the spool may be lost without harm."""
    place.work.parent.mkdir()
    (place.work.parent / "taken.json").write_text(json.dumps([{"name": []}, 5]))
    place.drop("users.csv")
    assert ["users.csv"] == files(place.claim())

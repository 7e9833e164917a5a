"""Taking single files while somebody else is at them."""

import errno
import os
import stat
from collections.abc import Callable

import pytest

from syncd.core.errors import FatalError
from syncd.core.runs import Trigger
from syncd.intake.scan import Look, scan
from syncd.intake.taking import BATCH, Taken, Taking, put_back, take


def taking_at(place, stop: Callable[[], str] = lambda: "") -> Taking:
    place.work.mkdir(parents=True, exist_ok=True)
    return Taking(
        drop=place.sync,
        work=place.work,
        trigger=Trigger.CLI,
        by="tester",
        received=place.now,
        stop=stop,
        remember=lambda _: None,
    )


def looks(place) -> list[Look]:
    return list(scan(place.sync).files.values())


def refuse(number: int):
    def refused(*_):
        raise OSError(number, os.strerror(number))

    return refused


def files(taken: Taken) -> list[str]:
    return [work.file for work in taken.works]


def test_a_file_that_changed_since_the_look_stays(place):
    """It is the look that was judged to be at rest."""
    path = place.drop("users.csv", b"half")
    seen = looks(place)
    path.write_bytes(b"half and half")
    taken = take(seen, taking_at(place))
    assert ([], True, [], b"half and half") == (files(taken), taken.growing, place.rooms(), path.read_bytes())


def test_a_file_that_went_away_is_no_error(place):
    """Its sender may take it back until the last instant."""
    path = place.drop("users.csv")
    seen = looks(place)
    path.unlink()
    taken = take(seen, taking_at(place))
    assert ([], [], ["users.csv"], []) == (files(taken), taken.failed, [name for name, _ in taken.left], place.rooms())


def test_a_file_that_may_not_be_read_stays_with_the_reason(place, monkeypatch):
    """Moved away unread it could never be worked, and nobody would find it."""
    place.drop("users.csv")
    seen = looks(place)
    real = os.open
    monkeypatch.setattr(
        os,
        "open",
        lambda path, *more, **named: (
            refuse(errno.EACCES)() if path == place.sync / "users.csv" else real(path, *more, **named)
        ),
    )
    taken = take(seen, taking_at(place))
    monkeypatch.undo()
    assert ([], [("users.csv", "it cannot be read (Permission denied); let syncd read it")]) == (
        files(taken),
        taken.failed,
    )
    assert (["users.csv"], []) == (place.standing(), place.rooms())


def test_a_stop_keeps_all_later_batches(place):
    """No workroom is made for files that will not be taken."""
    for number in range(2 * BATCH):
        place.drop(f"{number:04}")
    count = iter(range(10_000))
    taken = take(looks(place), taking_at(place, lambda: "enough" if next(count) > 3 else ""))
    assert (3, 2 * BATCH - 3, {"enough"}) == (len(taken.works), len(taken.left), {why for _, why in taken.left})
    assert 3 == len(place.rooms())


def test_workrooms_that_the_disk_does_not_keep_are_not_used(place, monkeypatch):
    """Moved into a room that a power cut takes away, a file would be lost."""
    place.drop("users.csv")
    seen = looks(place)
    monkeypatch.setattr(os, "fsync", refuse(errno.ENOSPC))
    taken = take(seen, taking_at(place))
    assert ([], ["users.csv"], []) == (files(taken), place.standing(), place.rooms())


def test_moved_files_that_the_disk_does_not_keep_stop_the_process(place, monkeypatch):
    """Whoever goes on after a failed fsync works on bytes that may be gone."""
    place.drop("users.csv")
    seen = looks(place)
    real = os.rename

    def rename_then_break(*arguments):
        real(*arguments)
        monkeypatch.setattr(os, "fsync", refuse(errno.EIO))

    monkeypatch.setattr(os, "rename", rename_then_break)
    with pytest.raises(FatalError, match="does not keep"):
        take(seen, taking_at(place))
    monkeypatch.undo()
    assert ["users.csv"] == [work.file for work in place.folder().works()]


def test_a_file_system_that_cannot_sync_folders_is_left_alone(place, monkeypatch):
    """Some network file systems cannot; they keep names by themselves."""
    place.drop("users.csv")
    seen = looks(place)
    real = os.fsync
    monkeypatch.setattr(
        os,
        "fsync",
        lambda descriptor: refuse(errno.EINVAL)() if stat.S_ISDIR(os.fstat(descriptor).st_mode) else real(descriptor),
    )
    assert ["users.csv"] == files(take(seen, taking_at(place)))


def test_a_file_that_grows_while_it_is_copied_stays(place, monkeypatch):
    """A copy takes time, and a sender that ignores the handshake uses it."""
    path = place.drop("users.csv", b"half")
    seen = looks(place)

    def no_rename_and_more_bytes(*_):
        with path.open("ab") as file:
            file.write(b" and half")
        refuse(errno.EXDEV)()

    monkeypatch.setattr(os, "rename", no_rename_and_more_bytes)
    taken = take(seen, taking_at(place))
    assert ([], True, b"half and half", []) == (files(taken), taken.growing, path.read_bytes(), place.rooms())


def test_a_new_file_of_the_name_is_not_removed_with_the_old_one(place, monkeypatch):
    """The copy is of the old file; the new one has not been taken yet (promise 1)."""
    path = place.drop("users.csv", b"old")
    seen = looks(place)
    real = os.fsync

    def exchange_at_the_last_sync(descriptor):
        if any(place.work.glob("*/input")) and path.read_bytes() == b"old":
            path.unlink()
            path.write_bytes(b"newer")
        real(descriptor)

    monkeypatch.setattr(os, "rename", refuse(errno.EXDEV))
    monkeypatch.setattr(os, "fsync", exchange_at_the_last_sync)
    taken = take(seen, taking_at(place))
    assert ([b"old"], b"newer") == ([work.input.read_bytes() for work in taken.works], path.read_bytes())


def test_an_exchanged_file_whose_name_is_taken_again_is_kept_as_taken(place, monkeypatch):
    """It cannot go back without overwriting, so it is a delivery of its own: both survive."""
    path = place.drop("users.csv", b"looked at")
    seen = looks(place)
    real = os.rename

    def exchange_around_rename(source, target):
        path.unlink()
        path.write_bytes(b"second")
        real(source, target)
        path.write_bytes(b"third")

    monkeypatch.setattr(os, "rename", exchange_around_rename)
    taken = take(seen, taking_at(place))
    assert ([(b"second", 6)], b"third") == (
        [(work.input.read_bytes(), work.size) for work in taken.works],
        path.read_bytes(),
    )


def test_a_link_in_a_files_place_is_dropped_where_its_name_is_taken_again(place, monkeypatch):
    """It is no file, and no input may lead anywhere else."""
    path = place.drop("users.csv", b"looked at")
    seen = looks(place)
    real = os.rename

    def exchange_around_rename(source, target):
        path.unlink()
        path.symlink_to("/etc/passwd")
        real(source, target)
        path.write_bytes(b"third")

    monkeypatch.setattr(os, "rename", exchange_around_rename)
    taken = take(seen, taking_at(place))
    assert ([], b"third", []) == (files(taken), path.read_bytes(), place.rooms())


def test_a_folder_in_a_files_place_goes_back_whole(place, monkeypatch):
    """Whatever stands in it is not ours."""
    path = place.drop("users.csv", b"looked at")
    seen = looks(place)
    real = os.rename

    def exchange_then_rename(source, target):
        if source == path:
            path.unlink()
            path.mkdir()
            (path / "inside").write_bytes(b"theirs")
        real(source, target)

    monkeypatch.setattr(os, "rename", exchange_then_rename)
    taken = take(seen, taking_at(place))
    assert ([], b"theirs", []) == (files(taken), (path / "inside").read_bytes(), place.rooms())


def test_what_a_crash_left_that_is_no_file_goes_back(place):
    """Killed between the rename and the second look, an exchanged link must not be run."""
    place.drop("users.csv")
    room = place.claim().taken[0].path
    (room / "input").unlink()
    (room / "input").symlink_to("/etc/passwd")
    assert ([], True, []) == (place.folder().works(), (place.sync / "users.csv").is_symlink(), place.rooms())


def test_nothing_is_put_back_over_another_file(place, tmp_path):
    """A new drop is never overwritten (promise 1)."""
    (tmp_path / "taken").write_bytes(b"old")
    path = place.drop("users.csv", b"new")
    assert (False, b"new", True) == (
        put_back(tmp_path / "taken", path),
        path.read_bytes(),
        (tmp_path / "taken").exists(),
    )

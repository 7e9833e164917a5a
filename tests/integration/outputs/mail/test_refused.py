"""Letters that were set aside: kept, known, taken back or dropped, whatever happens in between."""

import stat
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.outputs.mail import letter_files, outbox

WHY = "550 no such user"


def put_aside(desk, key: str = "a", *to: str, left: tuple[str, ...] = ()):
    """Put a letter in, and set it aside for some, all but those that are left."""
    box = desk.put(key, *(*to, *left))
    (waiting,) = [letter for letter in box.waiting() if letter.subject == key]
    return box.set_aside(waiting, {name: WHY for name in waiting.to if name not in left}, desk.now)


def test_what_is_set_aside_is_kept_as_it_was_and_does_not_wait(desk):
    """With envelope, reasons and every byte of the message; of another process, too."""
    made = put_aside(desk)
    (kept,) = desk.outbox.refused.all()
    assert ("a", {"it@school.example": WHY}, desk.now, []) == (
        kept.subject,
        dict(kept.reasons),
        kept.since,
        desk.subjects(),
    )
    assert (made.mark, b"Subject: a\r\n\r\nx\r\n") == (kept.mark, desk.outbox.refused.message(kept))
    assert 0o600 == stat.S_IMODE(next((desk.outbox.folder / "refused").glob("*")).stat().st_mode)


def test_a_letter_that_is_set_aside_is_known(desk):
    """A run that is taken up again after a crash would else tell it once more."""
    put_aside(desk)
    assert desk.outbox.knows("a")
    desk.put("a")
    assert [] == desk.subjects()


def test_set_aside_for_one_it_goes_on_waiting_for_the_others(desk):
    """Then for the next of them: one letter, with the reason for each, since the first time."""
    put_aside(desk, "a", "x@x.example", left=("y@x.example", "z@x.example"))
    (waiting,) = desk.outbox.waiting()
    assert ("y@x.example", "z@x.example") == waiting.to
    desk.outbox.set_aside(waiting, {"y@x.example": "554"}, desk.now + timedelta(days=1))
    (aside,) = desk.outbox.refused.all()
    assert ({"x@x.example": WHY, "y@x.example": "554"}, desk.now) == (dict(aside.reasons), aside.since)
    desk.outbox.sent(desk.outbox.waiting()[0], desk.now)
    assert ([], 1) == (desk.subjects(), len(desk.outbox.refused.all()))


def test_its_file_has_the_time_at_which_it_was_last_set_aside(desk):
    """Retention counts from that, by the clock of the home and not by that of the disk."""
    put_aside(desk, "a", "x@x.example", left=("y@x.example",))
    times = [path.stat().st_mtime for path in desk.outbox.laid_aside()]
    later = desk.now + timedelta(days=400)
    desk.outbox.set_aside(desk.outbox.waiting()[0], {"y@x.example": WHY}, later)
    times += [path.stat().st_mtime for path in desk.outbox.laid_aside()]
    assert [desk.now.timestamp(), later.timestamp()] == times


def test_taken_back_it_is_due_at_once_for_those_who_are_named(desk):
    """Also where the others have got it meanwhile: its marker must not hide it."""
    aside = put_aside(desk, "a", "x@x.example", left=("y@x.example",))
    desk.outbox.sent(desk.outbox.waiting()[0], desk.now)
    later = desk.now + timedelta(days=9)
    desk.outbox.take_back(aside, ("w@x.example",), b"Subject: a\r\n\r\nx\r\n", later)
    (waiting,) = desk.outbox.waiting()
    assert (("w@x.example",), later, 0, None) == (waiting.to, waiting.at, waiting.tries, waiting.after)
    assert [] == desk.outbox.refused.all()


def test_taken_back_it_does_not_forget_for_whom_it_waits_anyway(desk):
    """One address was wrong, another mailbox is full: the second is still tried."""
    aside = put_aside(desk, "a", "x@x.example", left=("y@x.example",))
    desk.outbox.take_back(aside, ("w@x.example", "y@x.example"), b"Subject: a\r\n\r\nx\r\n", desk.now)
    assert [("y@x.example", "w@x.example")] == [waiting.to for waiting in desk.outbox.waiting()]


@pytest.mark.parametrize("left", [(), ("y@x.example",)])
def test_dropped_it_is_gone_and_stays_known(desk, left):
    """But it goes on waiting for those for whom it waits."""
    aside = put_aside(desk, "a", "x@x.example", left=left)
    desk.outbox.drop(aside, desk.now)
    assert ([], True, ["a"] if left else []) == (desk.outbox.refused.all(), desk.outbox.knows("a"), desk.subjects())
    desk.put("a")
    assert (["a"] if left else []) == desk.subjects()


@pytest.mark.parametrize("damage", [b"", b"{", b"[]\n", b'{"subject": 5, "reasons": []}\nx', b"null\n", b"\xff\n"])
def test_one_that_cannot_be_read_is_put_out_of_the_way(desk, damage):
    """It must neither stop a status nor be thrown away before its time."""
    put_aside(desk, "a")
    (path,) = (desk.outbox.folder / "refused").glob("*.letter")
    path.write_bytes(damage)
    put_aside(desk, "b")
    assert ["b"] == [aside.subject for aside in desk.outbox.refused.all()]
    assert 2 == len(desk.outbox.laid_aside())


def test_what_the_disk_refused_to_take_may_be_set_aside_once_it_does(desk):
    """A letter held in memory is one like any other."""
    box = desk.put("warm up")
    waiting = box.waiting()[0]
    (desk.outbox.folder / "refused").write_text("a file is in the way")
    with pytest.raises(outbox.PassingError):
        box.set_aside(waiting, {waiting.to[0]: WHY}, desk.now)
    (desk.outbox.folder / "refused").unlink()
    box._in_memory["held"] = (replace(waiting, name="held", subject="held"), b"Subject: held\r\n\r\n")
    held = next(letter for letter in box.waiting() if letter.subject == "held")
    box.set_aside(held, {held.to[0]: WHY}, desk.now)
    assert (["held"], ["warm up"]) == (
        [aside.subject for aside in desk.outbox.refused.all()],
        [letter.subject for letter in box.waiting()],
    )


@pytest.mark.parametrize("step", range(1, 9))
@pytest.mark.parametrize("deed", ["set aside", "take back", "drop"])
def test_a_crash_in_between_loses_no_letter_and_is_done_again(desk, deed, step, die_at, monkeypatch):
    """Each write and each removal gets its turn to be the last; what was begun is done again by the same deed."""
    box = desk.put("a")
    waiting = box.waiting()[0]
    message = box.message(waiting)
    if deed != "set aside":
        aside = box.set_aside(waiting, {waiting.to[0]: WHY}, desk.now)

    def do(box) -> None:
        if deed == "set aside" and box.waiting():
            box.set_aside(waiting, {waiting.to[0]: WHY}, desk.now)
        elif deed == "take back" and box.refused.all():
            box.take_back(aside, waiting.to, message, desk.now)
        elif deed == "drop" and box.refused.all():
            box.drop(aside, desk.now)

    die_at(step, (Path, "unlink"), (Path, "mkdir"), (outbox, "write_durably"), (letter_files, "write_durably"))
    with suppress(KeyboardInterrupt):
        do(box)
    monkeypatch.undo()
    assert desk.outbox.knows("a")
    do(desk.outbox)
    expected = {"set aside": ([], 1), "take back": (["a"], 0), "drop": ([], 0)}[deed]
    assert (*expected, True) == (desk.subjects(), len(desk.outbox.refused.all()), desk.outbox.knows("a"))

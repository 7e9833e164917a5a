"""The outbox on the disk: nothing lost, nothing twice, whatever happens in between."""

import errno
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from syncd.core.errors import PassingError
from syncd.disk import durable
from syncd.outputs.mail.outbox import Outbox, ServerTrouble

BEGUN = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)


def test_a_letter_is_there_after_a_restart_as_it_was_put(desk):
    """The process that wrote it may be gone."""
    desk.put("run 12 failed", "a@x.example", "b@x.example")
    (waiting,) = desk.outbox.waiting()
    assert ("run 12 failed", ("a@x.example", "b@x.example"), 0) == (waiting.subject, waiting.to, waiting.tries)
    assert b"Subject: run 12 failed\r\n\r\nx\r\n" == desk.outbox.message(waiting)


def test_letters_are_their_owners_alone(desk):
    """They name people and what is wrong with them."""
    box = desk.put("a")
    box.sent(box.waiting()[0], BEGUN)
    box = desk.put("b")
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (box.folder, *box.folder.rglob("*"))}
    assert {0o700, 0o600} == set(modes.values()), modes


def test_the_same_occasion_makes_one_letter(desk):
    """A run that is taken up again after a crash tells again."""
    desk.put("run 12")
    desk.put("run 12")
    assert ["run 12"] == desk.subjects()


def test_a_letter_that_was_sent_is_not_put_in_again(desk):
    """The crash came after it was sent and before its run was over."""
    box = desk.put("run 12")
    box.sent(box.waiting()[0], BEGUN)
    assert desk.put("run 12").knows("run 12")
    assert [] == desk.subjects()


def test_a_crash_between_the_marker_and_the_removal_sends_nothing_twice(desk):
    """The marker decides; the file is cleared away later."""
    box = desk.put("run 12")
    (letter,) = box.folder.glob("*.letter")
    kept = letter.read_bytes()
    box.sent(box.waiting()[0], BEGUN)
    letter.write_bytes(kept)
    assert [] == desk.subjects()
    desk.outbox.clear_away(BEGUN)
    assert not letter.exists()


def test_markers_go_after_a_month(desk):
    """A crash is taken up again long before; the folder must not grow for years."""
    box = desk.put("run 12")
    box.sent(box.waiting()[0], BEGUN)
    box.clear_away(BEGUN + timedelta(days=29))
    assert desk.outbox.knows("run 12")
    box.clear_away(BEGUN + timedelta(days=31))
    assert not desk.outbox.knows("run 12")


def test_letters_tried_least_come_first_then_the_oldest(desk):
    """One that the server does not like must not hold up the others."""
    for key in ("a", "b", "c"):
        desk.put(key)
    box = desk.outbox
    first = box.waiting()[0]
    box.delay(replace(first, tries=1, error="500 no", after=BEGUN + timedelta(hours=1)))
    assert ["b", "c", "a"] == desk.subjects()
    last = desk.outbox.waiting()[-1]
    assert (1, "500 no", BEGUN + timedelta(hours=1)) == (last.tries, last.error, last.after)
    assert desk.outbox.message(last).startswith(b"Subject: a")


def test_a_full_disk_is_said_and_leaves_nothing_half(desk, monkeypatch):
    """The run is then tried again (PassingError)."""
    desk.put("a")

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(durable.os, "fsync", refuse)
    with pytest.raises(PassingError, match="No space left on device"):
        desk.put("b")
    monkeypatch.undo()
    assert ["a"] == desk.subjects()
    assert ["a"] == [path.name[0] for path in desk.outbox.folder.glob("*.letter")]


def test_what_must_get_out_waits_in_memory_where_the_disk_refuses(desk, monkeypatch):
    """The alarm about the full disk is the one that matters."""
    box = Outbox(desk.home / "no" / "such")
    (desk.home / "no").write_text("a file is in the way")
    desk.put("warm up")
    waiting = desk.outbox.waiting()[0]
    box.put_or_hold("alarm", replace(waiting, subject="alarm"), b"Subject: alarm\r\n\r\n")
    box.put_or_hold("alarm", replace(waiting, subject="alarm"), b"Subject: alarm\r\n\r\n")
    (held,) = box.waiting()
    assert ("alarm", b"Subject: alarm\r\n\r\n", True) == (held.subject, box.message(held), box.fresh.is_set())
    box.delay(replace(held, tries=1))
    assert [1] == [letter.tries for letter in box.waiting()]
    box.sent(box.waiting()[0], BEGUN)
    box.put_or_hold("alarm", waiting, b"")
    assert [] == box.waiting()


@pytest.mark.parametrize("damage", [b"", b"{", b"[]\n", b'{"to": 5}\nx', b"\xff\n"])
def test_a_letter_that_cannot_be_read_is_set_aside(desk, damage):
    """It must neither stop the others nor be thrown away."""
    box = desk.put("a")
    (letter,) = box.folder.glob("*.letter")
    letter.write_bytes(damage)
    desk.put("b")
    assert ["b"] == desk.subjects()
    assert [damage] == [path.read_bytes() for path in box.folder.glob("*.unreadable")]


def test_the_trouble_of_a_server_is_kept_and_forgotten(desk):
    """`syncd status` of another process tells it."""
    trouble = ServerTrouble(error="refused", since=BEGUN, tries=3, after=BEGUN + timedelta(minutes=4))
    desk.outbox.note_trouble(trouble)
    assert trouble == desk.outbox.trouble()
    desk.outbox.note_trouble(None)
    assert desk.outbox.trouble() is None


def test_an_empty_outbox_is_not_even_made(desk):
    """A home without mail has no folder for it."""
    assert ([], None, False) == (desk.outbox.waiting(), desk.outbox.trouble(), desk.outbox.knows("x"))
    assert [] == list(desk.home.iterdir())

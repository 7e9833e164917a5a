"""Writing the audit on a thread."""

import threading
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from syncd.app import scribe as module
from syncd.app.scribe import Scribe
from syncd.core.audit import Deed, Entry
from syncd.core.errors import PassingError


def entry(number):
    """Return an entry."""
    return Entry(at=datetime.now(UTC), what=Deed.UPLOAD, who="sis", account="syncd", how="sftp", file=str(number))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Wait hundredths of seconds instead of seconds."""
    monkeypatch.setattr(module, "_LINGER", 0.01)
    monkeypatch.setattr(module, "_PAUSE", 0.01)


def test_entries_are_written_in_order_and_together():
    """A commit for each would slow down a sender of many files."""
    written = []
    scribe = Scribe(lambda *entries: written.append([each.file for each in entries]))
    for number in range(1200):
        scribe.note(entry(number))
    scribe.start()
    scribe.stop()
    assert [str(number) for number in range(1200)] == [file for batch in written for file in batch]
    assert len(written) <= 4


def test_a_database_that_is_away_is_waited_for():
    """Nothing of the audit is lost while it is busy."""
    refused, done = [True, True], threading.Event()
    written = []

    def write(*entries):
        if refused:
            refused.pop()
            raise PassingError("busy")
        written.extend(each.file for each in entries)
        done.set()

    scribe = Scribe(write)
    scribe.start()
    scribe.note(entry(1))
    assert done.wait(60)
    scribe.stop()
    assert ["1"] == written


def test_what_cannot_be_written_at_all_does_not_stop_the_rest():
    """A fault of our own must not end the audit."""
    written, first = [], threading.Event()

    def write(*entries):
        if not first.is_set():
            first.set()
            raise ZeroDivisionError
        written.extend(each.file for each in entries)

    scribe = Scribe(write)
    scribe.start()
    scribe.note(entry(1))
    assert first.wait(60)
    scribe.note(entry(2))
    scribe.stop()
    assert ["2"] == written


def test_a_full_memory_loses_entries_of_the_table_and_never_waits(monkeypatch):
    """Who sends files must not stand still because the database is away for days; the log has them."""
    monkeypatch.setattr(module, "_MOST", 2)
    scribe = Scribe(lambda *_: None)
    for number in range(5):
        scribe.note(entry(number))
    assert 2 == scribe._waiting.qsize()


def test_a_database_that_is_away_for_long_fills_no_log(monkeypatch):
    """It is tried every second; a night of that would be thirty thousand lines."""
    monkeypatch.setattr(module, "_PAUSE", 0.0)
    tries, done = [], threading.Event()

    def write(*entries):
        tries.append(entries)
        if len(tries) <= 100:
            raise PassingError("the database is away")
        done.set()

    scribe = Scribe(write)
    with capture_logs() as lines:
        scribe.note(entry(1))
        scribe.start()
        assert done.wait(60)
        scribe.stop()
    assert [1, 2, 3, 4, 5, 8, 16, 32, 64] == [line["tries"] for line in lines]

"""What a database's errors mean to the engine."""

import sqlite3

import pytest

from syncd.core.errors import FatalError, PassingError, RosterMoved, SyncdError
from syncd.store.faults import explained


@pytest.mark.parametrize(
    ("raised", "meaning"),
    [
        (sqlite3.OperationalError("database is locked"), PassingError),
        (sqlite3.OperationalError("database or disk is full"), PassingError),
        (OSError("[SQLite] Failed to step query: disk I/O error"), PassingError),
        (sqlite3.DatabaseError("database disk image is malformed"), FatalError),
        (sqlite3.IntegrityError("UNIQUE constraint failed: users.username"), SyncdError),
    ],
)
def test_an_error_says_what_to_do_next(raised: Exception, meaning: type[SyncdError]) -> None:
    """A full disk is waited out, a damaged database stops the process, a contradiction fails the run."""
    with pytest.raises(SyncdError) as caught, explained():
        raise raised
    assert meaning is type(caught.value)
    assert str(raised) in str(caught.value)


@pytest.mark.parametrize("raised", [KeyError("id"), sqlite3.OperationalError("no such table: nowhere"), RosterMoved()])
def test_what_is_not_the_databases_trouble_passes_as_it_is(raised: Exception) -> None:
    """A mistake in the program must not look like a busy database that is tried again for ever."""
    with pytest.raises(type(raised)) as caught, explained():
        raise raised
    assert raised is caught.value

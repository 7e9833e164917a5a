"""What is remembered of a remote's files."""

from datetime import UTC, datetime

import pytest

from syncd.sftp.fetching.marks import Marks, Seen

DAY = 86_400
A, B = Seen("a.csv", 1, 2), Seen("b\udce4.csv", 3, 4)


class Memory:
    """Marks on a disk, read anew each time, on a day that a test sets."""

    def __init__(self, path):
        self.path = path
        self.day = 20_000

    def marks(self):
        return Marks(self.path, lambda: datetime.fromtimestamp(self.day * DAY + 1.5, UTC))


@pytest.fixture
def memory(tmp_path):
    """Give an empty memory."""
    return Memory(tmp_path / "hr.jsonl")


def test_a_mark_is_on_the_disk_at_once(memory):
    """The process may be gone the next moment; and names may be any bytes."""
    memory.marks().add(A)
    memory.marks().add(B)
    assert (True, True) == (A in memory.marks(), B in memory.marks())
    assert 0o600 == memory.path.stat().st_mode & 0o777


def test_another_size_or_time_is_another_file(memory):
    """It was sent again."""
    memory.marks().add(A)
    assert (False, False) == (A._replace(size=9) in memory.marks(), A._replace(modified=9) in memory.marks())


@pytest.mark.parametrize("torn", [b'["b.csv", 3', b"\xff\xfe", b"[1]", b'{"name": 1}', b"null"])
def test_a_line_that_was_cut_off_spoils_no_other(memory, torn):
    """A crash or a full disk."""
    memory.marks().add(A)
    with memory.path.open("ab") as file:
        file.write(torn)
    memory.marks().add(B)
    assert (True, True) == (A in memory.marks(), B in memory.marks())


def test_what_is_gone_is_forgotten_after_a_month_and_not_before(memory):
    """The folder may not have been mounted; and the memory must not grow for ever."""
    memory.marks().add(A)
    memory.day += 30
    memory.marks().settle([])
    assert A in memory.marks()
    memory.day += 1
    memory.marks().settle([])
    assert A not in memory.marks()


def test_what_stands_there_is_remembered_for_ever(memory):
    """It would come again."""
    memory.marks().add(A)
    for _ in range(10):
        memory.day += 20
        memory.marks().settle([A, B])
    assert (True, False) == (A in memory.marks(), B in memory.marks())


def test_a_clock_that_ran_ahead_makes_no_mark_eternal(memory):
    """Once it is right again, the days count from then."""
    memory.day += 10_000
    memory.marks().add(A)
    memory.day -= 10_000
    memory.marks().settle([])
    memory.day += 31
    memory.marks().settle([])
    assert A not in memory.marks()


def test_what_was_cleared_away_is_forgotten(memory):
    """What comes in its place is another file, even of the same size and time."""
    memory.marks().add(A)
    marks = memory.marks()
    marks.forget(A)
    marks.settle([])
    assert A not in memory.marks()

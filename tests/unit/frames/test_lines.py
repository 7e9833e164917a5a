"""Which line a row stands on."""

import numpy as np
import pytest

from syncd.frames.lines import jumps, line_of

# A plain file; one with a value of two lines in row 2 and a blank line after row 3; a list without header.
FILES = {"plain": [2, 3, 4, 5], "folded": [2, 3, 5, 7], "list": [1, 2, 3, 4]}


@pytest.mark.parametrize("name", FILES)
def test_every_row_finds_its_line_again(name: str) -> None:
    """A text editor must agree."""
    rows, lines = np.arange(1, 5), np.array(FILES[name])
    kept = jumps(rows, lines)
    assert FILES[name] == [line_of(kept, row) for row in range(1, 5)]


def test_of_a_plain_file_nothing_is_kept() -> None:
    """A million rows below one header line cost nothing."""
    assert [0, 2, 1] == [len(jumps(np.arange(1, 5), np.array(lines))) for lines in FILES.values()]


def test_rows_that_were_passed_over_do_not_matter() -> None:
    """Known rows are not looked at; those that are find their lines all the same."""
    kept = jumps(np.array([2, 4]), np.array([3, 7]))
    assert [3, 7] == [line_of(kept, row) for row in (2, 4)]

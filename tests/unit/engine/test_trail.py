"""The trail of a run, and whose work stands last."""

from collections.abc import Sequence

import pytest

from syncd.engine.trail import last_standing

WHO = {2: None, 3: 2, 4: 3, 5: None, 6: 5, 9: 1}


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ((), 1),
        ((2,), 2),
        ((2, 3), 1),
        ((2, 3, 4), 4),
        ((2, 5, 6, 3), 1),
        ((2, 5, 3), 3),
        ((9,), 0),
        ((9, 5), 5),
    ],
    ids=["alone", "later", "undone", "undone twice", "in order", "not the uppermost", "itself", "itself and later"],
)
def test_an_undo_takes_away_what_is_uppermost(later: Sequence[int], expected: int) -> None:
    """Only then the record is as it was before that; any other undo is a change like every other."""
    assert expected == last_standing(1, later, WHO)

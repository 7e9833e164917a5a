"""Waves: rows that work on the same record follow each other."""

import polars as pl
import pytest

from syncd.frames import waves as module
from syncd.frames.waves import entangled, ranked, waves


def tokens(*pairs: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema={"row": pl.Int64, "token": pl.UInt64}, orient="row")


def order(*pairs: tuple[int, int]) -> dict[int, int]:
    return dict(entangled(tokens(*pairs)).sort("row").iter_rows())


def test_rows_are_ranked_by_file_order_within_their_record() -> None:
    """Whatever order the frame has."""
    rows = pl.DataFrame({"row": [3, 1, 2, 4], "u": [7, 7, 8, 7]})
    assert {1: 0, 2: 0, 3: 1, 4: 2} == dict(ranked(rows, ["u"]).select("row", "_wave").iter_rows())


def test_rows_of_which_no_two_meet_are_one_wave_as_they_stand() -> None:
    """The usual file costs no sorting."""
    rows = pl.DataFrame({"row": [3, 1], "u": [7, 8]})
    assert [(3, 0), (1, 0)] == ranked(rows, ["u"]).select("row", "_wave").rows()


def test_parts_of_one_row_keep_their_order() -> None:
    """A user's course1 and course2 may name the same course."""
    rows = pl.DataFrame({"row": [1] * 50, "n": range(50), "u": [7] * 50})
    assert list(range(50)) == ranked(rows, ["u"]).sort("_wave").get_column("n").to_list()


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], {}),
        ([(1, 10), (2, 20)], {}),
        ([(1, 10), (1, 10)], {}),
        ([(1, 10), (2, 10)], {1: 0, 2: 1}),
        ([(2, 10), (1, 10), (3, 10)], {1: 0, 2: 1, 3: 2}),
        ([(1, 10), (2, 10), (2, 20), (3, 20)], {1: 0, 2: 1, 3: 2}),
        ([(1, 10), (3, 10), (2, 20), (4, 20)], {1: 0, 2: 0, 3: 1, 4: 1}),
        ([(1, 10), (4, 10), (2, 20), (3, 20), (4, 30), (2, 30)], {1: 0, 2: 1, 3: 2, 4: 3}),
    ],
)
def test_chains_of_common_tokens_bind_rows_together(pairs: list[tuple[int, int]], expected: dict[int, int]) -> None:
    """A names B's username and B names C's idnumber: all three are worked one after the other."""
    assert expected == order(*pairs)


def test_a_long_chain_is_one_group() -> None:
    """Row n shares a token with row n + 1, a thousand times."""
    links = [(row, token) for row in range(1, 1001) for token in (row, row + 1)]
    assert {row: row - 1 for row in range(1, 1001)} == order(*links)


def test_waves_come_in_order_and_hold_every_row_once() -> None:
    """Wave by wave the file is worked as row by row."""
    rows = pl.DataFrame({"row": [1, 2, 3], "_wave": [0, 1, 0]})
    assert [[1, 3], [2]] == [wave.get_column("row").to_list() for wave in waves(rows)]


def test_no_rows_are_no_wave() -> None:
    """A header alone."""
    assert [] == list(waves(pl.DataFrame(schema={"row": pl.Int64, "_wave": pl.Int64})))


def test_waves_beyond_the_limit_are_not_worked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for waves has refused the rows beyond before."""
    monkeypatch.setattr(module, "WAVE_LIMIT", 2)
    rows = pl.DataFrame({"row": [1, 2, 3], "_wave": [0, 1, 2]})
    assert [[1], [2]] == [wave.get_column("row").to_list() for wave in waves(rows)]

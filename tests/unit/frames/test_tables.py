"""Frames without needless copies."""

import polars as pl
import pytest

from syncd.frames.tables import joined_left, kept_where, with_columns_of, with_order, without_rows

ROWS = pl.DataFrame({"row": [1, 2, 3], "name": ["a", None, "a"]})


def test_a_condition_that_holds_for_all_gives_the_frame_itself() -> None:
    """A copy of a million rows costs more than the question."""
    assert ROWS is kept_where(ROWS, pl.col("row") > 0)
    assert [1, 3] == kept_where(ROWS, pl.col("name") == "a").get_column("row").to_list()


def test_what_is_not_known_does_not_hold() -> None:
    """Null is no yes."""
    assert kept_where(ROWS, pl.lit(None, pl.Boolean)).is_empty()


@pytest.mark.parametrize("numbers", [[1, 2, 3], [3, 1], []])
def test_columns_of_another_frame_come_beside_the_rows_that_both_have(numbers: list[int]) -> None:
    """In the order of the rows, however the other one stands."""
    other = pl.DataFrame({"row": numbers, "x": [n * 10 for n in numbers]}, schema={"row": pl.Int64, "x": pl.Int64})
    found = with_columns_of(ROWS, other)
    assert [(n, n * 10) for n in sorted(numbers)] == found.select("row", "x").rows()


def test_rows_without_an_order_belong_to_the_first_wave() -> None:
    """Only entangled rows are in the order."""
    order = pl.DataFrame({"row": [3], "_wave": [1]})
    assert [0, 0, 1] == with_order(ROWS, order).get_column("_wave").to_list()
    assert [0, 0, 0] == with_order(ROWS, order.clear()).get_column("_wave").to_list()


def test_a_left_join_keeps_every_row_and_null_meets_nobody() -> None:
    """Two people without an idnumber are not one."""
    other = pl.DataFrame({"name": ["a", None], "id": [7, 8]})
    assert [7, None, 7] == joined_left(ROWS, other, "name").get_column("id").to_list()
    nothing = joined_left(ROWS, other.clear(), "name")
    assert ([None] * 3, pl.Int64) == (nothing.get_column("id").to_list(), nothing.schema["id"])


def test_rows_are_left_out_by_their_numbers() -> None:
    """As often as they stand there."""
    assert [2] == without_rows(ROWS, pl.DataFrame({"row": [1, 3, 3]})).get_column("row").to_list()
    assert ROWS is without_rows(ROWS, ROWS.clear())

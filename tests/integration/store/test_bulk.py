"""Frames into a database and back, whatever stands in their cells."""

from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

NASTY = [
    "",
    None,
    "\\.",
    "\\N",
    "NULL",
    "a\n\\.\nb",
    "\n",
    "\r",
    "\r\n",
    '"',
    '""',
    "'",
    ",",
    ";",
    "\t",
    "  x ",
    "0012",
    "é😀",
]


@pytest.mark.parametrize("first", [0, NASTY.index("\\."), NASTY.index("\r"), NASTY.index("\r\n")])
def test_text_comes_back_as_it_went_in(scene: Any, first: int) -> None:
    """Empty text and null stay apart, and no value ends the data or the line, alone in a row or beside others."""
    text = pl.Series(NASTY[first:] + NASTY[:first], dtype=pl.String)
    frame = pl.DataFrame({"number": range(len(text)), "text": text, "long": ["x" * 1_000_000, *text[1:]]})
    with scene.store._database.bulk(lambda _: 0) as bulk:
        bulk.stage("alone", frame.select("text"))
        bulk.stage("beside", frame)
        alone = bulk.query("SELECT text FROM alone", {"text": pl.String()})
        beside = bulk.query("SELECT number, text, long FROM beside ORDER BY number", dict(frame.schema))
    assert sorted(map(repr, NASTY)) == sorted(map(repr, alone.get_column("text")))
    assert_frame_equal(frame, beside)


def test_a_column_that_begins_with_many_nulls_keeps_its_type(scene: Any) -> None:
    """ADBC guesses types from the first rows."""
    count = 200_000
    empty = pl.Series([None] * count)
    frame = pl.DataFrame({"number": empty.cast(pl.Int64), "text": empty.cast(pl.String)})
    frame = pl.concat([frame, pl.DataFrame({"number": [2**62], "text": ["last"]})])
    with scene.store._database.bulk(lambda _: 0) as bulk:
        bulk.stage("nulls", frame)
        back = bulk.query("SELECT number, text FROM nulls", dict(frame.schema))
    assert (count + 1, [(2**62, "last")]) == (len(back), back.drop_nulls().rows())


def test_no_rows_are_a_frame_with_the_right_columns(scene: Any) -> None:
    """An empty result has types like a full one."""
    schema = {"number": pl.Int64(), "text": pl.String()}
    with scene.store._database.bulk(lambda _: 0) as bulk:
        bulk.stage("hollow", pl.DataFrame(schema=schema))
        assert_frame_equal(pl.DataFrame(schema=schema), bulk.query("SELECT number, text FROM hollow", schema))


def test_a_statement_that_fails_while_it_is_read_says_so(scene: Any) -> None:
    """An error in the middle of a result must not look like its end."""
    failing = "SELECT 1 / (n - n) FROM (SELECT abs(-9223372036854775807 - id) AS n FROM runs) t"
    scene.run()
    with pytest.raises(Exception, match=r"overflow|out of range"), scene.store._database.bulk(lambda _: 0) as bulk:
        bulk.query(failing, {"n": pl.Int64()})

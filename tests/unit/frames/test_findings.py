"""Findings as columns."""

import polars as pl
import pytest

from syncd.core.findings import CATALOGUE, Severity, finding, sentence
from syncd.frames.findings import SCHEMA, erroneous, from_values, gather, none, remarks, to_values

ROWS = pl.DataFrame({"row": [1, 2], "line": [2, 4], "name": ["a{b}", None], "count": [3, 4]})


def test_a_remark_says_the_same_in_columns_as_one_by_one() -> None:
    """Both are made from the one catalogue."""
    found = remarks(ROWS, "ambiguous", column="email", by="email", value=pl.col("name"), count=pl.col("count"))
    alone = finding("ambiguous", row=1, line=2, column="email", by="email", value="a{b}", count=3)
    assert alone == to_values(found)[0]


def test_what_is_not_there_fills_its_place_with_nothing() -> None:
    """A null must not make the whole sentence null."""
    found = remarks(ROWS, "value-username", value=pl.col("name"))
    assert sentence("value-username", value="") == found.get_column("message")[1]


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_sentence_can_be_made_in_columns(code: str) -> None:
    """Placeholders are found in all of them."""
    names = [part.split("}")[0] for part in CATALOGUE[code].sentence.split("{")[1:]]
    found = remarks(ROWS, code, **{name: f"<{name}>" for name in names if name != "column"}, column="<column>")
    expected = sentence(code, **{name: f"<{name}>" for name in names})
    assert [expected] * 2 == found.get_column("message").to_list()


def test_no_rows_no_findings() -> None:
    """With the columns that every frame of findings has."""
    assert pl.Schema(SCHEMA) == remarks(ROWS.clear(), "internal").schema == none().schema == gather([]).schema


def test_findings_are_gathered_in_order_of_rows_and_those_of_a_row_as_they_came() -> None:
    """The file as a whole comes first."""
    later = remarks(ROWS, "user-gone", value="x")
    first = from_values([finding("file-empty")])
    both = gather([later, none(), remarks(ROWS, "row-nul"), first])
    codes = ["file-empty", *["user-gone", "row-nul"] * 2]
    assert ([0, 1, 1, 2, 2], codes) == (both.get_column("row").to_list(), both.get_column("code").to_list())


def test_only_errors_fail_their_rows_and_each_row_once() -> None:
    """Remarks and warnings do not."""
    error = remarks(ROWS.head(1), "rename-forbidden")
    assert [1] == erroneous(gather([error, error, remarks(ROWS, "user-gone", value="x")])).to_list()


def test_single_findings_survive_the_way_into_columns_and_back() -> None:
    """Stored plans are read again."""
    values = [finding("file-empty"), finding("value-required", row=2, line=3, column="email")]
    assert values == to_values(from_values(values))
    assert {Severity.ERROR} == {value.severity for value in to_values(from_values(values))}

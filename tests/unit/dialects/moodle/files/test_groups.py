"""The groups file: its types, and what an absent and an empty column say."""

from collections.abc import Callable

import polars as pl
import pytest

from syncd.core.findings import sentence
from syncd.dialects.moodle.files.groups import GROUPS
from syncd.dialects.moodle.options import MoodleOptions
from syncd.formats.reading import check_header, read

Parsed = Callable[..., pl.DataFrame]
OPTIONS = MoodleOptions()
COLUMNS = [
    *("row", "line", "course", "name", "type", "idnumber", "updateid", "description", "selfgrouping", "grouping")
]


def test_every_column_has_its_canonical_value(parsed: Parsed) -> None:
    """The planner relies on these names and types."""
    header = "type;courseid;name;idnumber;updateid;description;selfgrouping;grouping"
    commands = read(GROUPS, parsed(header, "GROUPING; C1 ;Labs;LABS;OLD;Room 12;Yes;G"), OPTIONS)
    assert [(1, 2, "C1", "Labs", "grouping", "LABS", "OLD", "Room 12", 1, "G")] == commands.frame.rows()
    assert COLUMNS == commands.frame.columns
    assert commands.findings.is_empty()


def test_absent_columns_are_null_and_the_type_is_group(parsed: Parsed) -> None:
    """W12: a column that the file lacks must not wipe an idnumber."""
    frame = read(GROUPS, parsed("courseid;name", "C1;Lab"), OPTIONS).frame
    assert [(1, 2, "C1", "Lab", "group", *[None] * 5)] == frame.rows()
    assert {"selfgrouping": pl.Int64(), "idnumber": pl.String()}.items() <= frame.schema.items()


@pytest.mark.parametrize(("means", "expected"), [("clear", ""), ("keep", None)])
def test_an_empty_idnumber_or_description_clears_unless_told_otherwise(
    parsed: Parsed, means: str, expected: str | None
) -> None:
    """Appendix C, decision 2; an empty updateid or grouping names nothing all the same."""
    table = parsed("courseid;name;idnumber;description;updateid;grouping;type", "C1;Lab;;;;;")
    frame = read(GROUPS, table, MoodleOptions(empty_means=means)).frame
    assert [(expected, expected)] == frame.select("idnumber", "description").rows()
    assert [(None, None, "group")] == frame.select("updateid", "grouping", "type").rows()


def test_a_type_that_is_none_fails_the_row(parsed: Parsed) -> None:
    """The model system takes every other word for grouping."""
    commands = read(GROUPS, parsed("courseid;name;type", "C1;Lab;gruop"), OPTIONS)
    expected = sentence("value-choice", column="type", value="gruop", choices="group or grouping")
    assert ([expected], True) == (commands.findings.get_column("message").to_list(), commands.frame.is_empty())


@pytest.mark.parametrize("line", [";Lab", "C1;"])
def test_course_and_name_must_be_filled(parsed: Parsed, line: str) -> None:
    """No group of no course, and none without a name."""
    assert ["value-required"] == read(GROUPS, parsed("courseid;name", line), OPTIONS).findings.get_column(
        "code"
    ).to_list()


def test_the_header_needs_course_and_name() -> None:
    """So that an operator is told which is missing."""
    assert ["header-required", "header-required"] == [f.code for f in check_header(GROUPS, ("type",), OPTIONS)]

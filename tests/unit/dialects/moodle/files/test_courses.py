"""The courses file: every column with its range, category paths, topics and teachers."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from syncd.core.kinds import SPECS, Kind
from syncd.dialects.moodle.files.courses import COLUMNS, COURSES
from syncd.dialects.moodle.options import MoodleOptions
from syncd.formats.reading import Commands, read

Parsed = Callable[..., pl.DataFrame]
OPTIONS = MoodleOptions(zone="Europe/Paris")


def one(parsed: Parsed, options: MoodleOptions = OPTIONS, /, **written: str) -> Commands:
    table = parsed("shortname;fullname", "ANAT1;Anatomy 1")
    return read(COURSES, table.with_columns(pl.lit(value).alias(name) for name, value in written.items()), options)


@pytest.mark.parametrize(
    ("column", "written", "expected"),
    [
        ("shortname", " ANAT1 ", "ANAT1"),
        ("fullname", "Anatomy; 1", "Anatomy; 1"),
        ("idnumber", "0012", "0012"),
        ("idnumber", "", ""),
        ("summary", "one\n\ttwo", "one\n\ttwo"),
        ("format", "Weeks", "weeks"),
        ("format", "flexsections", "flexsections"),
        ("format", "", None),
        ("lang", "FR", "fr"),
        ("theme", "boost", "boost"),
        ("template", "MODEL", "MODEL"),
        ("template", "", None),
        ("sortorder", "4294967295", 4294967295),
        ("visible", "0", 0),
        ("visible", "", None),
        ("visibleold", "1", 1),
        ("showgrades", "yes", 1),
        ("showreports", "no", 0),
        ("newsitems", "10", 10),
        ("legacyfiles", "0", 0),
        ("maxbytes", "1048576", 1048576),
        ("groupmode", "2", 2),
        ("groupmodeforce", "1", 1),
        ("startdate", "2025-09-01", 1756677600),
        ("startdate", "", None),
        ("timecreated", "1756677600", 1756677600),
        ("timemodified", "2025-09-01 08:00", 1756706400),
        ("marker", "0", 0),
        ("coursedisplay", "1", 1),
        ("enablecompletion", "1", 1),
        ("defaultgroupingid", "7", 7),
        ("guest", "1", 1),
        ("self", "0", 0),
    ],
)
def test_every_column_has_its_canonical_value(parsed: Parsed, column: str, written: str, expected: Any) -> None:
    """The planner relies on these names and types."""
    commands = one(parsed, **{column: written})
    assert [] == commands.findings.get_column("message").to_list()
    assert [expected] == commands.frame.get_column(column).to_list()


@pytest.mark.parametrize(
    ("column", "written", "code"),
    [
        ("shortname", "", "value-required"),
        ("shortname", "x" * 151, "value-too-long"),
        ("fullname", "", "value-required"),
        ("fullname", "x" * 255, "value-too-long"),
        ("category", "x" * 101, "value-code"),
        ("idnumber", "x" * 101, "value-too-long"),
        ("summary", "a\x00", "value-control"),
        ("format", "nonsense", "value-code"),
        ("lang", "english please", "value-code"),
        ("theme", "x" * 51, "value-too-long"),
        ("template", "x" * 1001, "value-too-long"),
        ("sortorder", "4294967296", "value-integer"),
        ("sortorder", "-1", "value-integer"),
        ("visible", "2", "value-flag"),
        ("visibleold", "x", "value-flag"),
        ("showgrades", "x", "value-flag"),
        ("showreports", "x", "value-flag"),
        ("newsitems", "11", "value-integer"),
        ("legacyfiles", "x", "value-flag"),
        ("maxbytes", "-1", "value-integer"),
        ("groupmode", "3", "value-integer"),
        ("groupmodeforce", "x", "value-flag"),
        ("startdate", "2025-02-30", "value-date"),
        ("timecreated", "x", "value-date"),
        ("timemodified", "x", "value-date"),
        ("marker", "x", "value-date"),
        ("coursedisplay", "2", "value-integer"),
        ("enablecompletion", "x", "value-flag"),
        ("defaultgroupingid", "x", "value-integer"),
        ("guest", "x", "value-flag"),
        ("self", "x", "value-flag"),
        ("topic0", "a\x00", "value-control"),
        ("teacher1_account", "x" * 256, "value-too-long"),
        ("teacher1_role", "x" * 41, "value-too-long"),
    ],
)
def test_a_bad_value_of_any_column_fails_the_row(parsed: Parsed, column: str, written: str, code: str) -> None:
    """The row is rejected, its value not replaced by nothing (W15)."""
    commands = one(parsed, **{column: written})
    assert [(1, 2, column, code)] == commands.findings.select("row", "line", "column", "code").rows()
    assert commands.frame.is_empty()


def test_every_course_column_of_the_roster_can_be_fed() -> None:
    """The table and the roster name columns alike; the category and the topics are resolved."""
    fields = {column.field for column in COLUMNS} | {"category_id", "topics"}
    assert {c.name for c in SPECS[Kind.COURSE].columns} <= fields


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Health/Year 1", "Health/Year 1"),
        ("/Health/Year 1/", "Health/Year 1"),
        ("\\Health\\Year 1", "Health/Year 1"),
        ("Health / Year 1", "Health/Year 1"),
        ("42", "42"),
        ("", None),
        ("x" * 100, "x" * 100),
    ],
)
def test_a_category_path_has_one_form(parsed: Parsed, written: str, expected: str | None) -> None:
    """The same category must not be made twice because of a stroke or a space."""
    assert [expected] == one(parsed, category=written).frame.get_column("category").to_list()


@pytest.mark.parametrize("written", ["/", "Health//Year 1", "Health/ /Year 1", f"Health/{'x' * 101}", "a\x00b", "//a"])
def test_a_category_level_without_a_name_or_with_too_long_a_one_is_refused(parsed: Parsed, written: str) -> None:
    """The model system makes a category with an empty name."""
    assert ["category"] == one(parsed, category=written).findings.get_column("column").to_list()


def test_a_category_idnumber_is_no_path(parsed: Parsed) -> None:
    """category_identifier=idnumber: a stroke is part of it."""
    options = MoodleOptions(category_identifier="idnumber")
    assert ["A/1/"] == one(parsed, options, category="A/1/").frame.get_column("category").to_list()


def test_formats_are_those_of_the_options(parsed: Parsed) -> None:
    """A plug-in is allowed by name or by pattern."""
    options = MoodleOptions(formats=("topics", "my*"))
    assert ["myformat"] == one(parsed, options, format="myformat").frame.get_column("format").to_list()
    assert one(parsed, options, format="weeks").frame.is_empty()
    assert one(parsed, options, format="topicsx").frame.is_empty()


def test_topics_become_json_in_order_of_their_numbers(parsed: Parsed) -> None:
    """Sections as they will be compared and stored: number, name, summary."""
    topics = {"topic10": "Skin", "topic2": ' Bones | "Week" one|two ', "topic1": "", "topic0": "Tab\there\\"}
    expected = r'[[0,"Tab\there\\",""],[2,"Bones","\"Week\" one|two"],[10,"Skin",""]]'
    assert [expected] == one(parsed, **topics).frame.get_column("topics").to_list()


def test_empty_topics_clear_keep_or_are_not_asked_for(parsed: Parsed) -> None:
    """No topic column at all leaves the sections as they are."""
    assert ["[]"] == one(parsed, topic0="", topic1="").frame.get_column("topics").to_list()
    keep = MoodleOptions(empty_means="keep")
    assert [None] == one(parsed, keep, topic0="", topic1="").frame.get_column("topics").to_list()
    assert [None] == one(parsed).frame.get_column("topics").to_list()


def test_teachers_become_rows_of_their_own(parsed: Parsed) -> None:
    """The role is the one given, teacher by default (the model system ignores the column)."""
    written = {
        "teacher2_account": "42",
        "teacher2_role": "editingteacher",
        "teacher1_account": "mleroux",
        "teacher1_role": "",
        "teacher3_account": "",
        "teacher4_account": "pdupont",
    }
    commands = one(parsed, **written)
    assert [
        (1, 2, 1, "mleroux", "teacher"),
        (1, 2, 2, "42", "editingteacher"),
        (1, 2, 4, "pdupont", "teacher"),
    ] == commands.parts["teachers"].rows()
    assert ["row", "line", "k", "account", "role"] == commands.parts["teachers"].columns
    columns = ["row", "line", "shortname", "fullname", "topics", "deleted", "category", "category_by"]
    assert columns == commands.frame.columns


def test_without_teacher_columns_the_part_is_empty(parsed: Parsed) -> None:
    """The planner need not ask whether it is there."""
    assert [] == one(parsed).parts["teachers"].rows()

"""The enrolments file: verbs, roles, methods, dates, and the group part."""

from collections.abc import Callable

import polars as pl
import pytest

from syncd.core.findings import sentence
from syncd.dialects.moodle.files.enrolments import ENROLMENTS
from syncd.dialects.moodle.options import MoodleOptions
from syncd.formats.reading import Commands, read

Parsed = Callable[..., pl.DataFrame]
OPTIONS = MoodleOptions(zone="Europe/Paris")
COLUMNS = ["row", "line", "verb", "user", "course", "role", "method", "start", "end", "gverb", "groups"]


def one(parsed: Parsed, options: MoodleOptions = OPTIONS, /, **written: str) -> Commands:
    table = parsed("cid;uid;rolename", "ANAT1;H100;student")
    return read(ENROLMENTS, table.with_columns(pl.lit(value).alias(name) for name, value in written.items()), options)


def test_every_column_has_its_canonical_value(parsed: Parsed) -> None:
    """The planner relies on these names, types and order."""
    header = "CMD;cid;uid;rolename;enrol;starttime;endtime;gcmd;g1;g2;g9;hidden"
    line = "Add; ANAT1 ;H100;student;Manual;2025-09-01 08:00:00;1782842400;GADDCREATE;Lab A;;Lab B;1"
    commands = read(ENROLMENTS, parsed(header, line), OPTIONS)
    expected = (1, 2, "add", "H100", "ANAT1", "student", "manual", 1756706400, 1782842400, "gaddcreate")
    assert [(*expected, ["Lab A", "Lab B"])] == commands.frame.rows()
    assert COLUMNS == commands.frame.columns
    assert commands.findings.is_empty()


def test_absent_columns_have_their_defaults(parsed: Parsed) -> None:
    """No cmd adds, no enrol assigns the role only, no dates and no groups leave them alone."""
    frame = one(parsed).frame
    assert [(1, 2, "add", "H100", "ANAT1", "student", None, None, None, None, None)] == frame.rows()
    assert COLUMNS == frame.columns
    expected = [pl.Int64()] * 2 + [pl.String()] * 5 + [pl.Int64()] * 2 + [pl.String(), pl.List(pl.String())]
    assert expected == frame.dtypes


@pytest.mark.parametrize(
    ("written", "expected"),
    [("add", "add"), ("DEL", "del"), ("delete", "del"), ("shift", "shift"), ("", "add"), (" add ", "add")],
)
def test_a_verb_is_one_of_add_del_and_shift(parsed: Parsed, written: str, expected: str) -> None:
    """An empty verb is the default one, not an error."""
    assert [expected] == one(parsed, cmd=written).frame.get_column("verb").to_list()


def test_an_unknown_verb_fails_the_row(parsed: Parsed) -> None:
    """W18: not in silence."""
    commands = one(parsed, cmd="enrol")
    expected = sentence("verb-unknown", value="enrol", choices="add, del or shift")
    assert [expected] == commands.findings.get_column("message").to_list()
    assert commands.frame.is_empty()


def test_only_a_removal_may_leave_the_role_empty(parsed: Parsed) -> None:
    """It then means every role."""
    assert [""] == one(parsed, cmd="delete", rolename="").frame.get_column("role").to_list()
    for verb in ("add", "shift", ""):
        commands = one(parsed, cmd=verb, rolename="")
        assert [("rolename", "value-required")] == commands.findings.select("column", "code").rows()
    assert one(parsed, rolename="").frame.is_empty()
    assert ["verb-unknown"] == one(parsed, cmd="zap", rolename="").findings.get_column("code").to_list()


@pytest.mark.parametrize(("written", "expected"), [("", "manual"), ("self", "self")])
def test_an_empty_method_is_manual(parsed: Parsed, written: str, expected: str) -> None:
    """Absent and empty differ: absent is a role without an enrolment."""
    for options in (OPTIONS, MoodleOptions(empty_means="keep")):
        assert [expected] == one(parsed, options, enrol=written).frame.get_column("method").to_list()


def test_an_empty_end_means_no_end_and_an_empty_start_nothing(parsed: Parsed) -> None:
    """Present and empty clears, unless empty_means=keep."""
    assert [(None, 0)] == one(parsed, starttime="", endtime="").frame.select("start", "end").rows()
    keep = MoodleOptions(empty_means="keep")
    assert [(None, None)] == one(parsed, keep, starttime="", endtime="").frame.select("start", "end").rows()


@pytest.mark.parametrize("written", ["gadd", "gaddcreate", "greplace", "greplacecreate", "GDEL", ""])
def test_a_group_verb_is_one_of_five_or_none(parsed: Parsed, written: str) -> None:
    """Section 7.3 of the reference."""
    assert [written.lower() or None] == one(parsed, gcmd=written).frame.get_column("gverb").to_list()


def test_an_unknown_group_verb_fails_the_row(parsed: Parsed) -> None:
    """Before the enrolment is worked, so that the tryback replays."""
    choices = "gadd, gaddcreate, greplace, greplacecreate or gdel"
    found = one(parsed, gcmd="gmove").findings
    assert [sentence("verb-unknown", value="gmove", choices=choices)] == found.get_column("message").to_list()
    assert ["gcmd"] == found.get_column("column").to_list()


def test_groups_come_in_order_without_the_empty_ones(parsed: Parsed) -> None:
    """Whatever the order of the columns."""
    assert [["A", "C"]] == one(parsed, g9="C", g2="", g1="A").frame.get_column("groups").to_list()
    assert [[]] == one(parsed, g1="").frame.get_column("groups").to_list()


@pytest.mark.parametrize(
    ("column", "written", "code"),
    [
        ("cid", "", "value-required"),
        ("uid", "", "value-required"),
        ("cid", "x" * 256, "value-too-long"),
        ("uid", "a\x00", "value-control"),
        ("rolename", "x" * 101, "value-too-long"),
        ("enrol", "by hand", "value-code"),
        ("starttime", "2025-02-30 08:00:00", "value-date"),
        ("endtime", "never", "value-date"),
        ("g1", "x" * 255, "value-too-long"),
    ],
)
def test_a_bad_value_of_any_column_fails_the_row(parsed: Parsed, column: str, written: str, code: str) -> None:
    """Values are checked before anything is planned."""
    commands = one(parsed, **{column: written})
    assert [(1, 2, column, code)] == commands.findings.select("row", "line", "column", "code").rows()
    assert commands.frame.is_empty()


def test_entities_are_left_as_they_are(parsed: Parsed) -> None:
    """Only the users file has them."""
    assert ["A&#44B"] == one(parsed, cid="A&#44B").frame.get_column("course").to_list()

"""The cohort bindings file: verbs, defaults, and what an empty value says."""

from collections.abc import Callable

import polars as pl
import pytest

from syncd.core.findings import sentence
from syncd.dialects.moodle.files.cohort_bindings import COHORT_BINDINGS
from syncd.dialects.moodle.options import MoodleOptions
from syncd.formats.reading import Commands, read

Parsed = Callable[..., pl.DataFrame]
OPTIONS = MoodleOptions()
KEEP = MoodleOptions(empty_means="keep")
COLUMNS = ["row", "line", "cohort", "course", "verb", "role", "method", "makegroup", "start", "end"]


def one(parsed: Parsed, options: MoodleOptions = OPTIONS, /, **written: str) -> Commands:
    table = parsed("cohort;course", "NUR;ANAT1")
    return read(COHORT_BINDINGS, table.with_columns(pl.lit(v).alias(name) for name, v in written.items()), options)


def test_every_column_has_its_canonical_value(parsed: Parsed) -> None:
    """The planner relies on these names and types; values come without the spaces around them."""
    header = "cmd;cohort;course;role;enrol;makegroup;enrolstart;enrolend"
    commands = read(
        COHORT_BINDINGS, parsed(header, "ADD; NUR ; ANAT1;teacher;Cohort;yes;500000050;2027-06-30"), OPTIONS
    )
    assert COLUMNS == commands.frame.columns
    assert [(1, 2, "NUR", "ANAT1", "add", "teacher", "cohort", 1, 500000050, 1_814_313_600)] == commands.frame.rows()
    assert [pl.Int64()] * 2 + [pl.String()] * 5 + [pl.Int64()] * 3 == commands.frame.dtypes


def test_cohort_and_course_are_enough(parsed: Parsed) -> None:
    """A row adds, as student, by the method cohort; what it does not say stays as it is."""
    commands = one(parsed)
    assert [(1, 2, "NUR", "ANAT1", "add", "student", "cohort", None, None, None)] == commands.frame.rows()
    assert COLUMNS == commands.frame.columns


@pytest.mark.parametrize("options", [OPTIONS, KEEP])
def test_an_empty_verb_role_or_method_is_the_default(parsed: Parsed, options: MoodleOptions) -> None:
    """Whatever empty values mean elsewhere."""
    frame = one(parsed, options, cmd="", role="", enrol="").frame
    assert [("add", "student", "cohort")] == frame.select("verb", "role", "method").rows()


@pytest.mark.parametrize(("options", "expected"), [(OPTIONS, (0, None, 0)), (KEEP, (None, None, None))])
def test_an_empty_value_takes_group_and_end_away(parsed: Parsed, options: MoodleOptions, expected: object) -> None:
    """Unless empty values are to be ignored; a beginning cannot be taken away."""
    frame = one(parsed, options, makegroup="", enrolstart="", enrolend="").frame
    assert [expected] == frame.select("makegroup", "start", "end").rows()


@pytest.mark.parametrize(
    ("written", "expected"),
    [("del", "del"), ("DELETE", "del"), ("restore", "restore"), ("FullDel", "fulldel"), ("add", "add")],
)
def test_a_verb_is_one_of_four(parsed: Parsed, written: str, expected: str) -> None:
    """In any case of letters."""
    assert [expected] == one(parsed, cmd=written).frame.get_column("verb").to_list()


def test_an_unknown_verb_fails_the_row(parsed: Parsed) -> None:
    """W18: and only that is said, even where the role is `*`."""
    commands = one(parsed, cmd="free", role="*")
    expected = sentence("verb-unknown", value="free", choices="add, del, restore or fulldel")
    assert [expected] == commands.findings.get_column("message").to_list()
    assert commands.frame.is_empty()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"cmd": "del"}, []),
        ({"cmd": "restore"}, []),
        ({"cmd": "fulldel"}, []),
        ({"cmd": "add"}, ["binding-every-role"]),
        ({"cmd": ""}, ["binding-every-role"]),
        ({}, ["binding-every-role"]),
    ],
)
def test_every_role_can_be_taken_away_but_not_bound(
    parsed: Parsed, written: dict[str, str], expected: list[str]
) -> None:
    """A cohort bound with each of the roles that there are is nobody's wish."""
    found = one(parsed, role="*", **written).findings
    assert expected == found.get_column("code").to_list()
    assert {"role"} >= set(found.get_column("column"))


@pytest.mark.parametrize(
    ("column", "written", "code"),
    [
        ("cohort", "", "value-required"),
        ("course", "", "value-required"),
        ("cohort", "x" * 256, "value-too-long"),
        ("role", "x" * 101, "value-too-long"),
        ("enrol", "by hand", "value-code"),
        ("makegroup", "perhaps", "value-flag"),
        ("enrolstart", "soon", "value-date"),
        ("enrolend", "2026-02-30", "value-date"),
    ],
)
def test_a_bad_value_of_any_column_fails_the_row(parsed: Parsed, column: str, written: str, code: str) -> None:
    """Values are checked before anything is planned."""
    commands = one(parsed, **{column: written})
    assert [(1, column, code)] == commands.findings.select("row", "column", "code").rows()
    assert commands.frame.is_empty()

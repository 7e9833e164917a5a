"""The cohorts file: verbs, the key column in its three kinds, and what is left alone."""

from collections.abc import Callable

import polars as pl
import pytest

from syncd.core.findings import sentence
from syncd.dialects.moodle.files.cohorts import COHORTS
from syncd.dialects.moodle.options import MoodleOptions
from syncd.formats.reading import Commands, read

Parsed = Callable[..., pl.DataFrame]
OPTIONS = MoodleOptions()
BY_NAME = MoodleOptions(cohort_identifier="name")
BY_ID = MoodleOptions(cohort_identifier="id")
COLUMNS = [
    *("row", "line", "verb", "id", "idnumber", "name", "user"),
    *("description", "component", "category_id", "category_idnumber"),
]


def one(parsed: Parsed, options: MoodleOptions = OPTIONS, /, **written: str) -> Commands:
    table = parsed("cidnumber", "NUR")
    return read(COHORTS, table.with_columns(pl.lit(value).alias(name) for name, value in written.items()), options)


def test_every_column_has_its_canonical_value(parsed: Parsed) -> None:
    """The planner relies on these names and types."""
    header = "cmd;cid;cidnumber;cname;userid;cdescription;component;ccatcontext;ccatcontextidnumber"
    commands = read(COHORTS, parsed(header, "ADD;7; NUR ;Nurses;H100;Intake;tool_x;3;HEALTH"), BY_ID)
    assert [(1, 2, "add", "7", "NUR", "Nurses", "H100", "Intake", "tool_x", "3", "HEALTH")] == commands.frame.rows()
    assert COLUMNS == commands.frame.columns
    assert commands.findings.is_empty()


def test_absent_columns_are_null(parsed: Parsed) -> None:
    """No user column is another thing than an empty user."""
    frame = one(parsed).frame
    assert [(1, 2, "add", None, "NUR", *[None] * 6)] == frame.rows()
    assert [pl.Int64()] * 2 + [pl.String()] * 9 == frame.dtypes


@pytest.mark.parametrize(("written", "expected"), [("", ""), ("U1", "U1")])
def test_an_empty_user_stays_empty(parsed: Parsed, written: str, expected: str) -> None:
    """Removing with an empty user means the whole cohort: appendix C, decision 8."""
    for options in (OPTIONS, MoodleOptions(empty_means="keep")):
        assert [expected] == one(parsed, options, userid=written).frame.get_column("user").to_list()


@pytest.mark.parametrize(("written", "expected"), [("add", "add"), ("Del", "del"), ("free", "free"), ("", "add")])
def test_a_verb_is_one_of_add_del_and_free(parsed: Parsed, written: str, expected: str) -> None:
    """An empty verb is the default one."""
    assert [expected] == one(parsed, cmd=written).frame.get_column("verb").to_list()


def test_an_unknown_verb_fails_the_row(parsed: Parsed) -> None:
    """W18: the model system ignores it in silence."""
    commands = one(parsed, cmd="remove")
    expected = sentence("verb-unknown", value="remove", choices="add, del or free")
    assert [expected] == commands.findings.get_column("message").to_list()
    assert commands.frame.is_empty()


def test_cid_stands_for_the_configured_key(parsed: Parsed) -> None:
    """The help of the model system says so, and a sample relies on it."""
    keys = ["id", "idnumber", "name"]
    table = parsed("cmd;cid", "del;Nurses")
    assert [(None, "Nurses", None)] == read(COHORTS, table, OPTIONS).frame.select(keys).rows()
    assert [(None, None, "Nurses")] == read(COHORTS, table, BY_NAME).frame.select(keys).rows()
    assert [("Nurses", None, None)] == read(COHORTS, table, BY_ID).frame.select(keys).rows()


def test_the_key_column_goes_before_cid(parsed: Parsed) -> None:
    """A file may have both, one of them empty."""
    table = parsed("cid;cname;cidnumber", "7;Nurses;", ";Nurses;NUR", "Nurses;;")
    found = read(COHORTS, table, BY_NAME).frame.select("id", "name", "idnumber").rows()
    assert [(None, "Nurses", None), (None, "Nurses", "NUR"), (None, "Nurses", None)] == found


@pytest.mark.parametrize(
    ("options", "header", "column"),
    [
        (OPTIONS, "cidnumber;cname", "cidnumber"),
        (BY_NAME, "cname;cidnumber", "cname"),
        (BY_ID, "cid;cname", "cid"),
        (OPTIONS, "cid;cname", "cid"),
        (OPTIONS, "cidnumber;cid;cname", "cidnumber"),
    ],
)
def test_a_row_without_its_key_fails(parsed: Parsed, options: MoodleOptions, header: str, column: str) -> None:
    """Nothing else says which cohort is meant."""
    commands = read(COHORTS, parsed(header, ";" * header.count(";")), options)
    assert [(1, column, "value-required")] == commands.findings.select("row", "column", "code").rows()
    assert commands.frame.is_empty()


def test_an_empty_value_never_clears_a_cohort(parsed: Parsed) -> None:
    """Rows of one cohort fill its columns once and leave them blank after."""
    written = dict.fromkeys(("cname", "cdescription", "component", "ccatcontext", "ccatcontextidnumber"), "")
    found = one(parsed, **written).frame.select("name", "description", "component", "category_id", "category_idnumber")
    assert [(None,) * 5] == found.rows()


@pytest.mark.parametrize(
    ("column", "written", "code"),
    [
        ("cidnumber", "x" * 256, "value-too-long"),
        ("cname", "x" * 255, "value-too-long"),
        ("cid", "x" * 256, "value-too-long"),
        ("userid", "x" * 256, "value-too-long"),
        ("cdescription", "a\x00", "value-control"),
        ("component", "x" * 101, "value-too-long"),
        ("ccatcontext", "x" * 21, "value-too-long"),
        ("ccatcontextidnumber", "x" * 101, "value-too-long"),
    ],
)
def test_a_bad_value_of_any_column_fails_the_row(parsed: Parsed, column: str, written: str, code: str) -> None:
    """Values are checked before anything is planned."""
    found = one(parsed, **{column: written}).findings
    assert [(1, column, code)] == found.select("row", "column", "code").rows()

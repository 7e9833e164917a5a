"""The group members file: verbs, and when the course may be left out."""

from collections.abc import Callable

import polars as pl
import pytest

from syncd.core.findings import sentence
from syncd.dialects.moodle.files.group_members import GROUP_MEMBERS
from syncd.dialects.moodle.options import MoodleOptions
from syncd.formats.reading import check_header, read

Parsed = Callable[..., pl.DataFrame]
OPTIONS = MoodleOptions()
BY_NAME = MoodleOptions(group_identifier="name")
HEAD = ("cmd", "groupid", "userid")


@pytest.mark.parametrize("column", ["cmd", "gcmd"])
@pytest.mark.parametrize(
    ("written", "expected"), [("", "add"), ("ADD", "add"), ("shift", "shift"), ("del", "del"), ("delete", "del")]
)
def test_the_verb_stands_in_cmd_or_gcmd(parsed: Parsed, column: str, written: str, expected: str) -> None:
    """The model system's help and its code name different columns; an empty verb is the default one."""
    commands = read(GROUP_MEMBERS, parsed(f"{column};courseid;groupid;userid", f"{written};C1;G;anna"), OPTIONS)
    assert [(1, 2, expected, "C1", "G", "anna")] == commands.frame.rows()
    assert ["row", "line", "verb", "course", "group", "user"] == commands.frame.columns


def test_both_verb_columns_at_once_are_refused() -> None:
    """Which of them counts must not be guessed."""
    found = check_header(GROUP_MEMBERS, ("cmd", "gcmd", "groupid", "userid"), OPTIONS)
    assert ["header-alias"] == [f.code for f in found]


def test_without_a_verb_column_rows_add(parsed: Parsed) -> None:
    """The course may be left out too."""
    assert [(1, 2, "add", "", "G", "anna")] == read(
        GROUP_MEMBERS, parsed("groupid;userid", "G;anna"), OPTIONS
    ).frame.rows()


def test_an_unknown_verb_fails_the_row(parsed: Parsed) -> None:
    """W18: the model system ignores it in silence."""
    commands = read(GROUP_MEMBERS, parsed("cmd;courseid;groupid;userid", "move;C1;G;anna"), OPTIONS)
    expected = sentence("verb-unknown", value="move", choices="add, shift or del")
    assert ([expected], True) == (commands.findings.get_column("message").to_list(), commands.frame.is_empty())


@pytest.mark.parametrize("line", ["C1;;anna", "C1;G;"])
def test_group_and_user_must_be_filled(parsed: Parsed, line: str) -> None:
    """An empty value names nobody."""
    commands = read(GROUP_MEMBERS, parsed("courseid;groupid;userid", line), OPTIONS)
    assert ["value-required"] == commands.findings.get_column("code").to_list()


def test_where_groups_go_by_name_the_course_must_be_named(parsed: Parsed) -> None:
    """Every course may have a Group 1."""
    assert ["header-required"] == [f.code for f in check_header(GROUP_MEMBERS, HEAD, BY_NAME)]
    assert () == check_header(GROUP_MEMBERS, HEAD, OPTIONS)
    table = parsed("courseid;groupid;userid", ";G;anna", "C1;G;anna")
    assert [1] == read(GROUP_MEMBERS, table, BY_NAME).findings.get_column("row").to_list()
    assert read(GROUP_MEMBERS, table, OPTIONS).findings.is_empty()

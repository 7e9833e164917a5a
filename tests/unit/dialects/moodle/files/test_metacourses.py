"""The meta-course file: verbs, the two courses, and the other name of one of them."""

from collections.abc import Callable

import polars as pl
import pytest

from syncd.core.findings import sentence
from syncd.dialects.moodle.files.metacourses import METACOURSES
from syncd.dialects.moodle.options import MoodleOptions
from syncd.formats.reading import check_header, read

Parsed = Callable[..., pl.DataFrame]
OPTIONS = MoodleOptions()


def rows(table: pl.DataFrame, options: MoodleOptions = OPTIONS) -> list[tuple[object, ...]]:
    return read(METACOURSES, table, options).frame.rows()


def test_a_row_names_a_master_and_the_course_that_takes_over(parsed: Parsed) -> None:
    """The planner relies on these names; values come without the spaces around them."""
    frame = read(METACOURSES, parsed("cmd;master;meta", "ADD; ANAT1 ;ANAT_ALL "), OPTIONS).frame
    assert ["row", "line", "verb", "master", "course"] == frame.columns
    assert [(1, 2, "add", "ANAT1", "ANAT_ALL")] == frame.rows()


def test_without_a_verb_a_row_adds(parsed: Parsed) -> None:
    """The samples have no such column; an empty value says the same."""
    assert [(1, 2, "add", "A", "B")] == rows(parsed("master;meta", "A;B"))
    assert [(1, 2, "add", "A", "B")] == rows(parsed("master;meta;cmd", "A;B;"), MoodleOptions(empty_means="keep"))


@pytest.mark.parametrize(("written", "expected"), [("del", "del"), ("Delete", "del"), ("add", "add")])
def test_a_verb_is_add_or_del(parsed: Parsed, written: str, expected: str) -> None:
    """`delete` is accepted wherever `del` is."""
    assert [(1, 2, expected, "A", "B")] == rows(parsed("cmd;master;meta", f"{written};A;B"))


def test_an_unknown_verb_fails_the_row(parsed: Parsed) -> None:
    """W18: never ignored in silence."""
    commands = read(METACOURSES, parsed("cmd;master;meta", "drop;A;B", "del;A;B"), OPTIONS)
    assert [sentence("verb-unknown", value="drop", choices="add or del")] == commands.findings["message"].to_list()
    assert [2] == commands.frame.get_column("row").to_list()


def test_course_is_another_name_of_meta_beside_a_master(parsed: Parsed) -> None:
    """The model system declares it; beside `meta` nobody could tell which is which."""
    assert [(1, 2, "add", "A", "B")] == rows(parsed("master;course", "A;B"))
    assert () == check_header(METACOURSES, ("master", "course"), OPTIONS)
    both = [finding.code for finding in check_header(METACOURSES, ("course", "meta"), OPTIONS)]
    assert ["header-required", "header-alias"] == both


@pytest.mark.parametrize(("line", "column"), [(";B", "master"), ("A;", "meta"), ("A", "meta")])
def test_both_courses_must_be_named(parsed: Parsed, line: str, column: str) -> None:
    """The model system makes links to nowhere of such rows."""
    table = parsed("master;meta", line if ";" in line else f"{line};")
    found = read(METACOURSES, table, OPTIONS)
    assert [(column, "value-required")] == found.findings.select("column", "code").rows()
    assert found.frame.is_empty()

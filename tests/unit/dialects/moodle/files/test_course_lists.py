"""Lists of courses: one identifier a line, with or without a header, and a note."""

from collections.abc import Callable

import polars as pl
import pytest

from syncd.dialects.moodle.files.course_lists import COURSES_CHECK, COURSES_DELETE
from syncd.dialects.moodle.options import MoodleOptions
from syncd.formats.dialect import CommandFile
from syncd.formats.reading import read

Parsed = Callable[..., pl.DataFrame]
LISTS = [COURSES_DELETE, COURSES_CHECK]


@pytest.mark.parametrize("command_file", LISTS)
@pytest.mark.parametrize("header", ["column_1;column_2", "shortname;note", "idnumber;description", "course;note"])
def test_a_list_gives_course_and_note(parsed: Parsed, command_file: CommandFile, header: str) -> None:
    """The same with a header and without one."""
    frame = read(command_file, parsed(header, " ANAT1 ;to be looked at", "ETHIC;"), MoodleOptions()).frame
    assert [(1, 2, "ANAT1", "to be looked at"), (2, 3, "ETHIC", "")] == frame.rows()
    assert ["row", "line", "course", "note"] == frame.columns


@pytest.mark.parametrize("command_file", LISTS)
def test_a_list_of_one_column_has_empty_notes(parsed: Parsed, command_file: CommandFile) -> None:
    """The usual deletion list."""
    frame = read(command_file, parsed("column_1", "ANAT1"), MoodleOptions()).frame
    assert [(1, 2, "ANAT1", "")] == frame.rows()


@pytest.mark.parametrize(("written", "code"), [("", "value-required"), ("x" * 256, "value-too-long")])
def test_a_line_without_a_usable_identifier_fails(parsed: Parsed, written: str, code: str) -> None:
    """Nothing is deleted by an empty identifier."""
    commands = read(COURSES_DELETE, parsed("column_1;column_2", f"{written};x"), MoodleOptions())
    assert [code] == commands.findings.get_column("code").to_list()
    assert commands.frame.is_empty()

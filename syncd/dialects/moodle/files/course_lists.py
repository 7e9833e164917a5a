"""Lists of courses, one a line and without a header: those to delete, and those to look for."""

from functools import partial

import polars as pl

from syncd.core.kinds import Kind
from syncd.dialects.moodle.files import names
from syncd.dialects.moodle.files.columns import IDENTIFIER, PROSE
from syncd.dialects.moodle.options import MoodleOptions
from syncd.dialects.moodle.plan import planners
from syncd.dialects.moodle.stages import COURSE_CHECKS, COURSE_DELETIONS
from syncd.formats.columns import Column, Commands, Empty, Sheet
from syncd.formats.dialect import CommandFile

_IDENTIFIERS = ("shortname", "idnumber", "id", "course")

_ELSEWHERE = ("courseid", "sourcedid", "courseshortname", "courseidnumber", "cid", "coursecode")
"""What the column of such a list is called elsewhere; which identifier it holds is not certain."""

COLUMNS = (
    #      header      field     rule
    Column("column_1", "course", IDENTIFIER, aliases=_IDENTIFIERS, filled=True, empty=Empty.ITSELF),
    Column("column_2", "note", PROSE, aliases=("note", "description"), empty=Empty.ITSELF),
)


def _one_of(options: MoodleOptions) -> tuple[str, ...]:
    """A list that names another identifier than the configured one would find the wrong courses."""
    return (options.course_identifier, "course")


def _shape(sheet: Sheet) -> Commands:
    note = pl.col("note") if "note" in sheet.names else pl.lit("")
    return Commands(frame=sheet.values.select("row", "line", "course", note.alias("note")))


_list = partial(
    CommandFile,
    dialect="moodle",
    kind=Kind.COURSE,
    columns=COLUMNS,
    shape=_shape,
    has_header=False,
    identifiers=(*_IDENTIFIERS, *_ELSEWHERE),
    one_of=_one_of,
    options=("course_identifier",),
)
"""What both lists have in common."""

COURSES_DELETE = _list(
    object="courses_delete",
    stage=COURSE_DELETIONS,
    plan=planners.courses_delete,
    default_names=("deletecourses.csv", "deletecourses.txt"),
    names=names.COURSES_DELETE,
    about=(
        "Deletes the listed courses, one identifier a line, with their enrolments and groups. A course that is not "
        "there fails its row. A header is not needed; a first line that names an identifier counts as one."
    ),
    example="ANAT1\nANAT2\n",
)
"""The list of courses to delete."""

COURSES_CHECK = _list(
    object="courses_check",
    stage=COURSE_CHECKS,
    plan=planners.courses_check,
    default_names=("courses.csv",),
    names=names.COURSES_CHECK,
    about=(
        "Says of each listed course whether it exists, and changes nothing. Behind the identifier a free note may "
        "stand. A course that is not there fails its row, so the tryback is the list of those that are missing."
    ),
    example="ANAT1;first year\nANAT2;\n",
)
"""The list of courses to look for, with a free note on each."""

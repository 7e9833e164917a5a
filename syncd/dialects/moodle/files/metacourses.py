"""The meta-course file: who is enrolled in the master course is enrolled in the meta course."""

import polars as pl

from syncd.dialects.moodle.files import names
from syncd.dialects.moodle.files.columns import IDENTIFIER, OTHER_VERBS
from syncd.dialects.moodle.kinds import META_LINK
from syncd.dialects.moodle.plan import planners
from syncd.dialects.moodle.stages import COURSE_LINKS
from syncd.engine.standing import Watch
from syncd.formats.columns import Column, Commands, Empty, Sheet
from syncd.formats.dialect import CommandFile
from syncd.frames import rules

_VERB = rules.choice("add", "del", aliases={"delete": "del"}, finding="verb-unknown")

COLUMNS = (
    #      header      field     rule
    Column("cmd", "verb", _VERB, aliases=OTHER_VERBS, empty=Empty.ITSELF, turns=True),
    Column(
        "master",
        "master",
        IDENTIFIER,
        required=True,
        filled=True,
        empty=Empty.ITSELF,
        about="the course whose enrolments count",
    ),
    Column(
        "meta",
        "course",
        IDENTIFIER,
        required=True,
        aliases=("course",),
        filled=True,
        empty=Empty.ITSELF,
        about="the course into which they are taken over",
    ),
)


def _shape(sheet: Sheet) -> Commands:
    verb = pl.lit("add")
    if "verb" in sheet.names:
        verb = pl.when(pl.col("verb") == "").then(pl.lit("add")).otherwise("verb")
    return Commands(frame=sheet.values.select("row", "line", verb.alias("verb"), "master", "course"))


METACOURSES = CommandFile(
    dialect="moodle",
    object="metacourses",
    kind=META_LINK,
    stage=COURSE_LINKS,
    plan=planners.metacourses,
    watch=Watch(everything=True),
    default_names=("metacourses.csv",),
    names=names.METACOURSES,
    columns=COLUMNS,
    shape=_shape,
    short_rows=True,
    instead="the column cmd says what a row does",
    about=(
        "`add` (also where `cmd` is empty) links the meta course to its master, or makes a disabled link work again: "
        "everybody whom a method other than meta enrols in the master is enrolled in the meta course by the method "
        "meta, with the same role and times. `del` disables the link and the enrolments that it made."
    ),
    options=("course_identifier",),
    example="cmd;master;meta\nadd;ANAT1;ANAT_ALL\ndel;ANAT2;ANAT_ALL\n",
)
"""The meta-course file."""

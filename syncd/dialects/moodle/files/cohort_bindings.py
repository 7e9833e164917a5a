"""The cohort bindings file: who is in the cohort is enrolled in the course."""

import polars as pl

from syncd.core.order import Stage
from syncd.dialects.moodle.files import names
from syncd.dialects.moodle.files.columns import IDENTIFIER, METHOD, OTHER_VERBS, moment
from syncd.dialects.moodle.kinds import COHORT_BINDING
from syncd.dialects.moodle.options import EVERY_ROLE
from syncd.dialects.moodle.plan import planners
from syncd.engine.standing import Watch
from syncd.formats.columns import Column, Commands, Empty, Sheet
from syncd.formats.dialect import CommandFile
from syncd.frames import rules
from syncd.frames.findings import gather
from syncd.frames.rules import flag, text

_VERB = rules.choice("add", "del", "restore", "fulldel", aliases={"delete": "del"}, finding="verb-unknown")

COLUMNS = (
    #      header      field     rule
    Column("cmd", "verb", _VERB, aliases=OTHER_VERBS, empty=Empty.ITSELF, turns=True),
    Column("cohort", "cohort", IDENTIFIER, required=True, filled=True, empty=Empty.ITSELF),
    Column("course", "course", IDENTIFIER, required=True, filled=True, empty=Empty.ITSELF),
    Column(
        "role",
        "role",
        text(100),
        empty=Empty.ITSELF,
        about="empty: student; `*` stands for every role, except with add",
    ),
    Column("enrol", "method", METHOD, empty=Empty.ITSELF, about="by which method; empty: cohort"),
    Column("makegroup", "makegroup", flag, about="put the members into a group of the course, named as the cohort"),
    Column("enrolstart", "start", moment, about="the beginning of the enrolments; empty: the time of the run, once"),
    Column("enrolend", "end", moment, about="the end of the enrolments; 0: without end"),
)
_DEFAULTS = {"verb": "add", "role": "student", "method": "cohort"}


def _shape(sheet: Sheet) -> Commands:
    frame = sheet.values.select(
        "row",
        "line",
        "cohort",
        "course",
        *(_or_default(sheet, name, value) for name, value in _DEFAULTS.items()),
        *(_number(sheet, name) for name in ("makegroup", "start", "end")),
    )
    return Commands(frame=frame, findings=gather((_without_role(sheet), sheet.complain_of_times("start", "end"))))


def _or_default(sheet: Sheet, name: str, value: str) -> pl.Expr:
    if name not in sheet.names:
        return pl.lit(value).alias(name)
    return pl.when(pl.col(name) == "").then(pl.lit(value)).otherwise(name).alias(name)


def _number(sheet: Sheet, name: str) -> pl.Expr:
    """The values of a column, null for untouched; an empty value says no group, or no end, where empty values clear."""
    if name not in sheet.names:
        return pl.lit(None, dtype=pl.Int64()).alias(name)
    if name == "start" or not sheet.clears:
        return pl.col(name)
    return pl.when(pl.lit(sheet.texts.get_column(name)) == "").then(0).otherwise(name).alias(name)


def _without_role(sheet: Sheet) -> pl.DataFrame:
    """Return findings for rows that would bind every role there is; a row with an unknown verb has its finding."""
    adds = pl.lit(value=True)
    if "verb" in sheet.names:
        adds = pl.lit(sheet.values.get_column("verb").is_in(["add", ""]).fill_null(value=False))
    every = pl.col("role") == EVERY_ROLE if "role" in sheet.names else pl.lit(value=False)
    return sheet.complain("role", adds & every, "binding-every-role")


COHORT_BINDINGS = CommandFile(
    dialect="moodle",
    object="cohort_bindings",
    kind=COHORT_BINDING,
    stage=Stage.BINDINGS,
    plan=planners.cohort_bindings,
    watch=Watch(everything=True),
    default_names=("cohortscourses.csv",),
    names=names.COHORT_BINDINGS,
    columns=COLUMNS,
    shape=_shape,
    short_rows=True,
    instead="the column cmd says what a row does",
    about=(
        "`add` (also where `cmd` is empty) binds the cohort to the course: its members are enrolled with the role, and "
        "whoever joins or leaves the cohort later follows. `del` disables the binding and the enrolments that it made, "
        "`restore` enables them again, and `add` does so too; `fulldel` takes the binding away with its enrolments. "
        "Who leaves the last enrolment of a course leaves its groups; a group that a binding made stays."
    ),
    options=("cohort_identifier", "course_identifier", "role_identifier"),
    example=(
        "cmd;cohort;course;role;enrol;makegroup;enrolstart;enrolend\n"
        "add;NUR;ANAT1;student;cohort;1;2026-09-01;2027-06-30\n"
        "del;NUR;ANAT2;*;cohort;;;\n"
        "fulldel;OLD;ANAT1;student;cohort;;;\n"
    ),
)
"""The cohort bindings file."""

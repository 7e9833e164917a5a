"""The enrolments file: enrol users in courses with a role, remove them, and put them into groups."""

import polars as pl

from syncd.core.kinds import Kind
from syncd.core.order import Stage
from syncd.dialects.moodle.files import names
from syncd.dialects.moodle.files.columns import IDENTIFIER, METHOD, NAMED, OTHER_VERBS, moment
from syncd.dialects.moodle.kinds import ROLE_ASSIGNMENT
from syncd.dialects.moodle.plan import planners
from syncd.engine.standing import Watch
from syncd.formats.columns import Column, Commands, Empty, Sheet
from syncd.formats.dialect import CommandFile
from syncd.frames import rules
from syncd.frames.findings import gather
from syncd.frames.rules import text

_VERB = rules.choice("add", "del", "shift", aliases={"delete": "del"}, finding="verb-unknown")
_GROUP_VERB = rules.choice("gadd", "gaddcreate", "greplace", "greplacecreate", "gdel", finding="verb-unknown")

COLUMNS = (
    #      header      field     rule
    Column("cmd", "verb", _VERB, aliases=OTHER_VERBS, empty=Empty.ITSELF, turns=True),
    Column("cid", "course", IDENTIFIER, required=True, filled=True, empty=Empty.ITSELF),
    Column("uid", "user", IDENTIFIER, required=True, filled=True, empty=Empty.ITSELF),
    Column(
        "rolename", "role", text(100), required=True, empty=Empty.ITSELF, about="may be empty only where `cmd` is del"
    ),
    Column(
        "enrol",
        "method",
        METHOD,
        empty=Empty.ITSELF,
        about="by which method; empty: manual. Without the column only the role is given or taken",
    ),
    Column("starttime", "start", moment, about="empty: the time of the run, once"),
    Column("endtime", "end", moment, about="0: without end"),
    Column(
        *("gcmd", "gverb", _GROUP_VERB),
        empty=Empty.NOTHING,
        turns=True,
        about="what to do with the groups of this row",
    ),
    Column("g<n>", "group", NAMED, empty=Empty.NOTHING, numbers=(1, 9), about="the name of a group of the course"),
    Column("hidden", "hidden", text(), ignored="header-ignored"),
)


def _shape(sheet: Sheet) -> Commands:
    values = sheet.values
    absent = {name: pl.lit(None, dtype=pl.String()) for name in ("verb", "method", "gverb")}
    absent |= {name: pl.lit(None, dtype=pl.Int64()) for name in ("start", "end")}
    values = values.with_columns(**{name: expression for name, expression in absent.items() if name not in sheet.names})
    end = pl.col("end")
    if "end" in sheet.names and sheet.clears:
        end = pl.when(pl.lit(sheet.texts.get_column("end")) == "").then(0).otherwise(end).alias("end")
    groups = list(sheet.family("group").values())
    frame = values.select(
        "row",
        "line",
        pl.when(pl.col("verb") == "").then(pl.lit("add")).otherwise(pl.col("verb").fill_null("add")).alias("verb"),
        "user",
        "course",
        "role",
        pl.when(pl.col("method") == "").then(pl.lit("manual")).otherwise("method").alias("method"),
        "start",
        end,
        "gverb",
        _groups(groups).alias("groups"),
    )
    return Commands(frame=frame, findings=gather((_without_role(sheet), sheet.complain_of_times("start", "end"))))


def _groups(columns: list[str]) -> pl.Expr:
    if not columns:
        return pl.lit(None, dtype=pl.List(pl.String()))
    return pl.concat_list(columns).list.drop_nulls()


def _without_role(sheet: Sheet) -> pl.DataFrame:
    """Return findings for rows without a role: only a removal can do without, and then means every role.

    A row whose verb is not known has its finding already.
    """
    excused = pl.lit(value=False)
    if "verb" in sheet.names:
        excused = pl.lit((sheet.values.get_column("verb") == "del").fill_null(value=True))
    return sheet.complain("role", (pl.col("role") == "") & ~excused, "value-required")


ENROLMENTS = CommandFile(
    dialect="moodle",
    object="enrolments",
    kind=Kind.ENROLMENT,
    stage=Stage.ENROLMENTS,
    plan=planners.enrolments,
    watch=Watch.of_links(Kind.ENROLMENT, ROLE_ASSIGNMENT, Kind.GROUP_MEMBER, places=(Kind.GROUP,)),
    remembers=lambda options: options.user_by("enrolments") != "email",
    default_names=("enrols.csv",),
    names=names.ENROLMENTS,
    columns=COLUMNS,
    shape=_shape,
    short_rows=True,
    instead="the column cmd says what a row does",
    about=(
        "`add` (also where `cmd` is empty) enrols with the role; `del` takes the enrolment of that method away, or "
        "without a method the role (every role, if none is named); `shift` ends in the role that the row names and "
        "keeps what need not go. Who leaves the last enrolment of a course leaves its groups. An enrolment that a "
        "cohort binding or a meta link made goes only with that.\n\n"
        "`gadd` puts the user into the named groups, `gaddcreate` makes them first where they are missing, "
        "`greplace` and `greplacecreate` do the same and take the user out of the course's other groups, `gdel` takes "
        "the user out of the named ones. A group that cannot be had leaves the row partial: the enrolment stands."
    ),
    options=("user_identifier", "course_identifier", "role_identifier", "protect_groups"),
    example=(
        "cmd;cid;uid;rolename;enrol;starttime;endtime;gcmd;g1;g2\n"
        "add;ANAT1;mleroux;student;manual;2026-09-01 08:00;2027-06-30 20:00;gaddcreate;Lab A;Lab B\n"
        "shift;ANAT1;pdupont;teacher;manual;;;greplace;Lab A;\n"
        "del;ANAT1;qmartin;;manual;;;;;\n"
    ),
)
"""The enrolments file."""

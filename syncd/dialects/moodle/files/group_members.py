"""The group members file: put users into the groups of courses, move them, and take them out."""

import polars as pl

from syncd.core.kinds import Kind
from syncd.core.order import Stage
from syncd.dialects.moodle.files import names
from syncd.dialects.moodle.files.columns import IDENTIFIER, OTHER_VERBS
from syncd.dialects.moodle.kinds import ROLE_ASSIGNMENT
from syncd.dialects.moodle.options import MoodleOptions
from syncd.dialects.moodle.plan import planners
from syncd.engine.standing import Watch
from syncd.formats.columns import Column, Commands, Empty, Sheet
from syncd.formats.dialect import CommandFile
from syncd.frames import rules
from syncd.frames.findings import none

_VERB = rules.choice("add", "shift", "del", aliases={"delete": "del"}, finding="verb-unknown")

COLUMNS = (
    #      header      field     rule
    Column("cmd", "verb", _VERB, aliases=("gcmd", *OTHER_VERBS), empty=Empty.ITSELF, turns=True),
    Column(
        "courseid",
        "course",
        IDENTIFIER,
        empty=Empty.ITSELF,
        about="may be left out where the id, or an idnumber that one group alone has, says which group is meant",
    ),
    Column("groupid", "group", IDENTIFIER, required=True, filled=True, empty=Empty.ITSELF),
    Column("userid", "user", IDENTIFIER, required=True, filled=True, empty=Empty.ITSELF),
)


def _one_of(options: MoodleOptions) -> tuple[str, ...]:
    """The course, where groups go by name: every course may have a group of that name."""
    return ("courseid",) if options.group_identifier == "name" else ()


def _shape(sheet: Sheet) -> Commands:
    absent = {name: pl.lit("") for name in ("verb", "course") if name not in sheet.names}
    frame = sheet.values.with_columns(**absent).select(
        "row", "line", pl.col("verb").replace("", "add"), "course", "group", "user"
    )
    nowhere = none()
    if _one_of(sheet.options) and "course" in sheet.names:
        nowhere = sheet.complain("course", pl.col("course") == "", "value-required")
    return Commands(frame=frame, findings=nowhere)


GROUP_MEMBERS = CommandFile(
    dialect="moodle",
    object="group_members",
    kind=Kind.GROUP_MEMBER,
    stage=Stage.MEMBERS,
    plan=planners.group_members,
    watch=Watch.of_links(Kind.GROUP_MEMBER, Kind.ENROLMENT, ROLE_ASSIGNMENT),
    remembers=lambda options: options.user_by("group_members") != "email",
    default_names=("groupmembers.csv",),
    names=names.GROUP_MEMBERS,
    columns=COLUMNS,
    shape=_shape,
    one_of=_one_of,
    short_rows=True,
    instead="the column cmd says what a row does",
    about=(
        "`add` (also where `cmd` is empty) puts the user into the group; `shift` does so too and takes the user out of "
        "the course's other groups; `del` takes the user out. Only who is enrolled in the course, or has a role there, "
        "can be put into its groups. With `protect_groups` a user leaves only groups into which a file put them. With "
        "`purge_empty_groups` a group that lost its last member to this file is deleted, unless a row of the file "
        "puts somebody into it; `groups+groupings` deletes also a grouping that lost its last group in this way."
    ),
    options=(
        "course_identifier",
        "group_identifier",
        "user_identifier",
        "protect_groups",
        "purge_empty_groups",
    ),
    example="cmd;courseid;groupid;userid\nshift;ANAT1;LAB-A;mleroux\ndel;ANAT1;LAB-B;pdupont\n",
)
"""The group members file."""

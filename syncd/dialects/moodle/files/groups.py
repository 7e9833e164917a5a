"""The groups file: make and change the groups and groupings of courses, and put groups into groupings."""

import polars as pl

from syncd.core.kinds import Kind
from syncd.core.order import Stage
from syncd.dialects.moodle.files import names
from syncd.dialects.moodle.files.columns import IDENTIFIER, NAME, PROSE, idnumber
from syncd.dialects.moodle.plan import planners
from syncd.formats.columns import Column, Commands, Empty, Sheet
from syncd.formats.dialect import CommandFile
from syncd.frames import rules
from syncd.frames.rules import flag

_TYPE = rules.choice("group", "grouping")

COLUMNS = (
    #      header      field     rule
    Column("courseid", "course", IDENTIFIER, required=True, filled=True, empty=Empty.ITSELF),
    Column("name", "name", NAME, required=True, filled=True, empty=Empty.ITSELF),
    Column("type", "type", _TYPE, empty=Empty.NOTHING, about="what the row makes or changes; empty: group"),
    Column("idnumber", "idnumber", idnumber(100)),
    Column(
        *("updateid", "updateid", IDENTIFIER),
        empty=Empty.NOTHING,
        turns=True,
        about="the group or grouping of the course to change",
    ),
    Column("description", "description", PROSE),
    Column("selfgrouping", "selfgrouping", flag, about="yes puts the group into a grouping of the same name"),
    Column(
        "grouping", "grouping", IDENTIFIER, empty=Empty.NOTHING, about="a grouping of the course to put the group into"
    ),
)


def _shape(sheet: Sheet) -> Commands:
    absent = {c.field: pl.lit(None, pl.String()) for c in COLUMNS if c.field not in sheet.names}
    if "selfgrouping" in absent:
        absent["selfgrouping"] = pl.lit(None, pl.Int64())
    values = sheet.values.with_columns(**absent)
    frame = values.select("row", "line", *(column.field for column in COLUMNS))
    return Commands(frame=frame.with_columns(pl.col("type").fill_null("group")))


GROUPS = CommandFile(
    dialect="moodle",
    object="groups",
    kind=Kind.GROUP,
    stage=Stage.GROUPS,
    plan=planners.groups,
    default_names=("groups.csv",),
    names=names.GROUPS,
    columns=COLUMNS,
    shape=_shape,
    short_rows=True,
    instead="they make groups, and change those that the column updateid names",
    about=(
        "Without an `updateid` a row makes its group or grouping, if the course has none of that idnumber or, where "
        "the row has no idnumber, of that name; one that is there stays as it is. With an `updateid` the row changes "
        "the one that it names, by `group_identifier` or `grouping_identifier`; one that the course does not have "
        "fails the row and is not made. Groupings are worked first, so a group may stand before the grouping that it "
        "cites."
    ),
    options=("course_identifier", "group_identifier", "grouping_identifier"),
    example=(
        "type;courseid;name;idnumber;description;selfgrouping;grouping\n"
        "grouping;ANAT1;Labs;LABS;;;\n"
        "group;ANAT1;Lab A;LAB-A;Room 12;0;LABS\n"
    ),
)
"""The groups file."""

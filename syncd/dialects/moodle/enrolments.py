"""The enrolments file: enrol users in courses with a role, remove them, and put them into groups."""

import polars as pl

from syncd.core.kinds import Kind
from syncd.dialects.model import Column, CommandFile, Commands, Empty, Sheet
from syncd.dialects.moodle import names
from syncd.dialects.moodle.columns import IDENTIFIER, METHOD, NAME, moment
from syncd.frames import rules
from syncd.frames.rules import text

_VERB = rules.choice("add", "del", "shift", aliases={"delete": "del"}, finding="verb-unknown")
_GROUP_VERB = rules.choice("gadd", "gaddcreate", "greplace", "greplacecreate", "gdel", finding="verb-unknown")

COLUMNS = (
    #      header      field     rule
    Column("cmd", "verb", _VERB, empty=Empty.ITSELF),
    Column("cid", "course", IDENTIFIER, required=True, filled=True, empty=Empty.ITSELF),
    Column("uid", "user", IDENTIFIER, required=True, filled=True, empty=Empty.ITSELF),
    Column("rolename", "role", text(100), required=True, empty=Empty.ITSELF),
    Column("enrol", "method", METHOD, empty=Empty.ITSELF),
    Column("starttime", "start", moment),
    Column("endtime", "end", moment),
    Column("gcmd", "gverb", _GROUP_VERB, empty=Empty.NOTHING),
    Column("g<n>", "group", NAME, empty=Empty.NOTHING, numbers=(1, 9)),
    Column("hidden", "hidden", text(), ignored=True),
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
    return Commands(frame=frame, findings=_without_role(sheet))


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
    default_names=("enrols.csv",),
    names=names.ENROLMENTS,
    columns=COLUMNS,
    shape=_shape,
    short_rows=True,
)
"""The enrolments file."""

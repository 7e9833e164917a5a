"""The cohorts file: make, change, free and delete cohorts, and put users into them."""

import polars as pl

from syncd.core.kinds import Kind
from syncd.core.order import Stage
from syncd.dialects.moodle.files import names
from syncd.dialects.moodle.files.columns import IDENTIFIER, NAME, OTHER_VERBS, PROSE, idnumber
from syncd.dialects.moodle.options import MoodleOptions
from syncd.dialects.moodle.plan import planners
from syncd.engine.standing import Watch
from syncd.formats.columns import Column, Commands, Empty, Sheet
from syncd.formats.dialect import CommandFile
from syncd.frames import rules
from syncd.frames.rules import text

_VERB = rules.choice("add", "del", "free", finding="verb-unknown")

COLUMNS = (
    #      header      field     rule
    Column("cmd", "verb", _VERB, aliases=OTHER_VERBS, empty=Empty.ITSELF, turns=True),
    Column("cid", "id", idnumber(), empty=Empty.NOTHING, about="stands for whatever identifies the cohort"),
    Column("cidnumber", "idnumber", idnumber(), empty=Empty.NOTHING),
    Column("cname", "name", NAME, empty=Empty.NOTHING),
    Column("userid", "user", IDENTIFIER, empty=Empty.ITSELF, about="the member"),
    Column("cdescription", "description", PROSE, empty=Empty.NOTHING),
    Column("component", "component", text(100), empty=Empty.NOTHING),
    Column("ccatcontext", "category_id", text(20), empty=Empty.NOTHING, about="the id of the category it belongs to"),
    Column(
        "ccatcontextidnumber",
        "category_idnumber",
        idnumber(100),
        empty=Empty.NOTHING,
        about="the idnumber of that category; with neither, the cohort is the whole site's",
    ),
)
_KEYS = {"id": "cid", "idnumber": "cidnumber", "name": "cname"}


def _one_of(options: MoodleOptions) -> tuple[str, ...]:
    """The key column of the configured identifier, or `cid`, which may stand for it."""
    key = _KEYS[options.cohort_identifier]
    return (key, "cid") if key != "cid" else (key,)


def _shape(sheet: Sheet) -> Commands:
    key = sheet.options.cohort_identifier
    nothing = pl.lit(None, dtype=pl.String())
    values = sheet.values.with_columns(
        nothing.alias(column.field) for column in COLUMNS if column.field not in sheet.names
    )
    keyed = {key: pl.coalesce(key, "id"), "id": pl.col("id") if key == "id" else nothing}
    verb = pl.when(pl.col("verb") == "").then(pl.lit("add")).otherwise(pl.col("verb").fill_null("add"))
    frame = values.with_columns(verb=verb, **keyed).select("row", "line", *(column.field for column in COLUMNS))
    present = [name for name in dict.fromkeys((key, "id")) if name in sheet.names]
    empty = pl.all_horizontal(pl.col(name) == "" for name in present)
    return Commands(frame=frame, findings=sheet.complain(present[0], empty, "value-required"))


COHORTS = CommandFile(
    dialect="moodle",
    object="cohorts",
    kind=Kind.COHORT,
    stage=Stage.COHORTS,
    plan=planners.cohorts,
    watch=Watch.of_links(Kind.COHORT_MEMBER, places=(Kind.COHORT,), all_names=(Kind.CATEGORY,)),
    remembers=lambda options: options.user_by("cohorts") != "email" and options.cohort_identifier != "name",
    default_names=("cohorts.csv",),
    names=names.COHORTS,
    columns=COLUMNS,
    shape=_shape,
    short_rows=True,
    instead="the column cmd says what a row does",
    marks=("cidnumber", "cname", "cid"),
    one_of=_one_of,
    about=(
        "`add` (also where `cmd` is empty) makes or changes the cohort and adds the user that the row names; `del` "
        "takes that user out, and without a user deletes the cohort; `free` takes everybody out and keeps the cohort. "
        "The header needs the column of the `cohort_identifier`, or `cid` in its stead. A user that is not known "
        "fails the row: it never turns into the deletion of a cohort."
    ),
    options=("cohort_identifier", "user_identifier", "cohort_autocreate"),
    example=(
        "cmd;cidnumber;cname;cdescription;userid\nadd;NUR;Nurses;Intake 2026;mleroux\ndel;NUR;;;pdupont\nfree;OLD;;;\n"
    ),
)
"""The cohorts file."""

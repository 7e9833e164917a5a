"""Plan a groups file: make and change the groups and groupings of courses, and put groups into groupings.

Source of the rules: Moodle's groups command file. It differs where that one does harm: whatever a row
names is looked for in its course alone; columns that the file lacks are left as they are; a group with
`selfgrouping` is put into the grouping that is made for it; and an `updateid` that the course does not
have fails the row, because who changes a group means one that is there. Groupings are worked
before groups, so that a group may stand before the grouping that it cites.
"""

import polars as pl

from syncd.core.kinds import Kind
from syncd.dialects.moodle.kinds import GROUPING
from syncd.dialects.moodle.plan.group_links import plan_links
from syncd.dialects.moodle.plan.rules import GroupRules
from syncd.engine.draft import Draft
from syncd.engine.resolve import Reference, resolve, settle
from syncd.engine.results import RowResults
from syncd.engine.rivals import Claim, note_overridden, refuse_rivals
from syncd.engine.tokens import tokens_of
from syncd.frames.tables import with_order, without_rows
from syncd.frames.waves import WAVE_LIMIT, entangled, waves

_FIELDS = ("name", "idnumber", "description")


def plan_groups(rows: pl.DataFrame, rules: GroupRules, draft: Draft, results: RowResults) -> None:
    """Enter a groups file's rows into the draft.

    rows: row, line, type (group or grouping), course, name, idnumber, updateid, description, selfgrouping (1 or 0),
        grouping; null where the row says nothing.
    """
    course = Reference(column="course", kind=Kind.COURSE, by=rules.course_by, into="course_id", header="courseid")
    rows = resolve(rows, course, draft, results)
    for kind in (GROUPING, Kind.GROUP):
        draft.load(kind, rows.select("course_id"))
    groupings = rows.filter(pl.col("type") == GROUPING.value)
    results.note(groupings.filter(pl.col("selfgrouping") == 1), "grouping-nested", "selfgrouping")
    results.note(groupings.filter(pl.col("grouping").is_not_null()), "grouping-nested", "grouping")
    _plan(groupings, GROUPING, rules.grouping_by, draft, results)
    groups = _plan(rows.filter(pl.col("type") == Kind.GROUP.value), Kind.GROUP, rules.group_by, draft, results)
    plan_links(groups.rename({"id": "group_id"}), rules.grouping_by, draft, results)


def _plan(rows: pl.DataFrame, kind: Kind, by: str, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Make and change records of one kind; return the rows that stand, with the id of theirs."""
    rows = _without_rivals(rows, kind, draft, results)
    rows = _in_order(rows, by, draft.live(kind))
    rows = results.refuse(rows, pl.col("_wave") >= WAVE_LIMIT, "row-entangled", limit=WAVE_LIMIT)
    stand = [rows.clear().with_columns(pl.lit(None, pl.Int64).alias("id"))]
    stand += [_work(wave, kind, by, draft, results) for wave in waves(rows)]
    standing = pl.concat(stand)
    if len(stand) > 2:
        note_overridden(standing.filter(pl.col("updateid").is_not_null()), ["id"], _FIELDS, kind, results)
    return standing


def _without_rivals(rows: pl.DataFrame, kind: Kind, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Fail rows that give one idnumber of a course to several names, or one name to several idnumbers.

    A row with an updateid says which record it means, and may give it any name.
    """
    columns = rows.columns
    rows = rows.with_columns(pl.lit(value=True).alias("_claims"), pl.col("updateid").is_not_null().alias("_opens"))
    for key, value in (("idnumber", "name"), ("name", "idnumber")):
        claim = Claim(key=key, value=value, by=key, of=value, header=key, within=("course_id",), decides=False)
        rows = refuse_rivals(rows, claim, draft.live(kind), results)
    return rows.select(columns)


def _in_order(rows: pl.DataFrame, by: str, records: pl.DataFrame) -> pl.DataFrame:
    """Rank rows into waves: those that mean or claim the same record of a course follow each other."""
    claims = rows.select("row", *(_scoped(c) for c in ("name", "idnumber", "updateid")))
    known = records.select("id", *(_scoped(c) for c in ("name", "idnumber")), _scoped("id").alias("key"))
    columns = {"name": "name", "idnumber": "idnumber", "updateid": "key" if by == "id" else by}
    return with_order(rows, entangled(tokens_of(claims, columns, known)))


def _scoped(column: str) -> pl.Expr:
    """A value together with its course, null where there is none: names and idnumbers are a course's own."""
    text = pl.col(column).cast(pl.String)
    return pl.when(text != "").then(pl.format("{}/{}", "course_id", text)).alias(column)


def _work(wave: pl.DataFrame, kind: Kind, by: str, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Work rows of which no two mean or claim the same record."""
    rows = _match(wave, by, draft.live(kind))
    what, updates = kind.value, pl.col("updateid").is_not_null()
    rows = results.refuse(
        rows,
        updates & pl.col("id").is_null(),
        "group-missing",
        "updateid",
        what=what,
        by=by,
        value=pl.col("updateid"),
        course=pl.col("course"),
    )
    rows = _refuse_taken(rows, what, results)
    there = rows.filter(~updates & pl.col("id").is_not_null())
    other = pl.any_horizontal(_moves(c) & (pl.col(c) != "") for c in _FIELDS)
    results.note(there.filter(other), "group-kept", "name", what=what, value=pl.col("name"))
    new = rows.filter(pl.col("id").is_null())
    new = new.with_columns(draft.new_ids(kind, len(new)))
    changing = rows.filter(updates)
    foreign = draft.foreign(kind, changing.filter("_differs"))
    results.refuse(foreign, pl.lit(value=True), "not-yours", what=f"the {what}", owner=pl.col("owner"))
    want = pl.concat([new, without_rows(changing, foreign)]).select("id", "course_id", *_FIELDS, "row", "line")
    settle(draft.put(kind, want), results, f"the {what}")
    return without_rows(pl.concat([there, new, changing]), foreign).select(*wave.columns, "id")


def _match(rows: pl.DataFrame, by: str, live: pl.DataFrame) -> pl.DataFrame:
    """Add the id of the record that each row means, null for none; `_differs` tells whether the row says otherwise.

    `_by_name` and `_by_idnumber` are the ids of those that have the row's name and idnumber, `_idnumber_of_name` and
    `_name_of_idnumber` what these are called besides.
    """
    for column, stored, other in (
        ("name", "name", "idnumber"),
        ("idnumber", "idnumber", "name"),
        ("updateid", by, "name"),
    ):
        found = live.select(
            "course_id",
            pl.col(stored).cast(pl.String).alias(column),
            pl.col("id").alias(f"_by_{column}"),
            pl.col(other).alias(f"_{other}_of_{column}"),
        )
        rows = rows.join(found.drop_nulls(column), on=["course_id", column], how="left", maintain_order="left")
    given = pl.when(pl.col("idnumber").fill_null("") != "")
    meant = given.then("_by_idnumber").otherwise("_by_name")
    rows = rows.with_columns(pl.when(pl.col("updateid").is_null()).then(meant).otherwise("_by_updateid").alias("id"))
    rows = rows.with_columns(pl.coalesce("id", pl.when(_renames(by)).then("_by_name")).alias("_id"))
    now = live.select(pl.col("id").alias("_id"), *(pl.col(c).alias(f"{c}_now") for c in _FIELDS))
    rows = rows.join(now, on="_id", how="left", maintain_order="left")
    rows = rows.with_columns(pl.any_horizontal(_moves(c) for c in _FIELDS).alias("_differs"))
    return rows.with_columns(pl.coalesce("id", pl.when(~pl.col("_differs")).then("_id")).alias("id"))


def _renames(by: str) -> pl.Expr:
    """Whether a row changes that by which it names its record.

    Sent again it names nothing any more; then the record that is as the row wants it in all that it says is the one.
    """
    if by == "id":
        return pl.lit(value=False)
    return pl.col("updateid").is_not_null() & (pl.col(by) != pl.col("updateid"))


def _moves(column: str) -> pl.Expr:
    """Whether a row wants another value than there is; an empty one is none."""
    wanted = pl.when(pl.col(column) != "").then(pl.col(column))
    return pl.col(column).is_not_null() & wanted.ne_missing(pl.col(f"{column}_now"))


def _refuse_taken(rows: pl.DataFrame, what: str, results: RowResults) -> pl.DataFrame:
    """Refuse rows whose name or idnumber another record of the course has; one that stays as it is claims none."""
    claims = pl.col("id").is_null() | pl.col("updateid").is_not_null()
    for column, other in (("name", "idnumber"), ("idnumber", "name")):
        owner = pl.col(f"_by_{column}")
        rows = results.refuse(
            rows,
            claims & owner.is_not_null() & owner.ne_missing(pl.col("id")),
            "group-taken",
            column,
            what=what,
            by=column,
            value=pl.col(column),
            course=pl.col("course"),
            owner=pl.col(f"_{other}_of_{column}").fill_null("no idnumber"),
        )
    return rows

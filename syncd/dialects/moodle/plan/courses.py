"""Plan the courses files: create and update, delete, check.

Source of the rules: Moodle's course command files. Columns that a file does not have are left as they are.
"""

import polars as pl

from syncd.core.kinds import SPECS, Kind
from syncd.dialects.moodle.kinds import ROLE_ASSIGNMENT
from syncd.dialects.moodle.plan.categories import with_categories
from syncd.dialects.moodle.plan.match_courses import match
from syncd.dialects.moodle.plan.rules import CourseRules
from syncd.engine.cascade import delete
from syncd.engine.draft import Draft
from syncd.engine.resolve import Reference, identify, resolve, settle
from syncd.engine.results import RowResults
from syncd.engine.rivals import Claim, note_overridden, refuse_rivals
from syncd.engine.tokens import tokens_of
from syncd.frames.tables import kept_where, with_order, without_rows
from syncd.frames.waves import WAVE_LIMIT, entangled, waves

_ALL = pl.lit(value=True)
_BOOKKEEPING = ("data_source", "created_run", "run")
_NOT_COMPARED = (*_BOOKKEEPING, "id", "category_id", "template")
_APPOINTMENT = ["course_id", "user_id", "role"]


def plan_courses(
    rows: pl.DataFrame, teachers: pl.DataFrame, rules: CourseRules, draft: Draft, results: RowResults
) -> None:
    """Enter a courses file's rows into the draft.

    rows: row, line, shortname, deleted, and any columns of courses, rename, category, and category_by (idnumber, path,
        null: as the rules say). teachers: row, line, account, role.
    """
    texts = ("shortname", "fullname", "idnumber", "category", "category_by", "template", "rename")
    rows = rows.with_columns(pl.lit(None, pl.String).alias(c) for c in texts if c not in rows.columns)
    rows = _with_known_template(rows, draft, results)
    columns = {"shortname": "shortname", "rename": "shortname", "idnumber": "idnumber"}
    for column, stored in columns.items():
        draft.load(Kind.COURSE, rows.select(pl.col(column).alias(stored)).filter(pl.col(stored) != ""))
    tokens = tokens_of(rows, columns, draft.live(Kind.COURSE))
    order = entangled(tokens)
    rows = _without_rivals(with_order(rows, order), order, rules, draft, results)
    rows = results.refuse(rows, pl.col("_wave") >= WAVE_LIMIT, "row-entangled", limit=WAVE_LIMIT)
    for wave in waves(rows):
        _work(wave, teachers, rules, draft, results)
    if rules.force_update and not order.is_empty():
        repeated = rows.join(order, on="row", how="semi").filter(~pl.col("row").is_in(results.failed().implode()))
        fields = [c for c in rows.columns if c in SPECS[Kind.COURSE].names or c == "category"]
        note_overridden(repeated, ["shortname"], [c for c in fields if c != "shortname"], Kind.COURSE, results)


def plan_deletions(rows: pl.DataFrame, course_by: str, draft: Draft, results: RowResults) -> None:
    """Delete the listed courses (row, line, course) with all that hangs on them."""
    rows = resolve(rows, Reference(column="course", kind=Kind.COURSE, by=course_by, into="course_id"), draft, results)
    results.scope(rows, b="course_id")
    delete(Kind.COURSE, rows, draft, results)


def plan_check(rows: pl.DataFrame, course_by: str, draft: Draft, results: RowResults) -> None:
    """Say of each listed course whether it exists; change nothing."""
    rows = resolve(rows, Reference(column="course", kind=Kind.COURSE, by=course_by, into="course_id"), draft, results)
    draft.load(Kind.COURSE, rows.select(pl.col("course_id").alias("id")))
    names = draft.live(Kind.COURSE).select(pl.col("id").alias("course_id"), "fullname")
    results.note(
        rows.join(names, on="course_id", how="left"),
        "course-found",
        value=pl.col("course"),
        fullname=pl.col("fullname"),
    )


def _without_rivals(
    rows: pl.DataFrame, order: pl.DataFrame, rules: CourseRules, draft: Draft, results: RowResults
) -> pl.DataFrame:
    """Fail rows that give one idnumber to several courses, or one shortname to several idnumbers."""
    if order.is_empty():
        return rows
    moves = pl.col("deleted") | (pl.col("rename").fill_null("") != "")
    left = suspects = rows.join(order, on="row", how="semi").with_columns(_claims=~moves, _opens=moves)
    for key, value in (("idnumber", "shortname"), ("shortname", "idnumber")):
        claim = Claim(key=key, value=value, by=key, of=value, header=key, decides=rules.course_by == key)
        left = refuse_rivals(left, claim, draft.live(Kind.COURSE), results)
    return without_rows(rows, without_rows(suspects, left))


def _with_known_template(rows: pl.DataFrame, draft: Draft, results: RowResults) -> pl.DataFrame:
    named = ~pl.col("deleted") & (pl.col("template").fill_null("") != "")
    if not rows.select(named.any()).item():
        return rows
    file = named & pl.col("template").str.to_lowercase().str.contains(".mbz", literal=True)
    rows = results.refuse(rows, file, "template-forbidden", "template", value=pl.col("template"))
    rows = identify(rows, Reference(column="template", kind=Kind.COURSE, by="shortname", into="_template_id"), draft)
    # A model that an earlier row of the file makes will do.
    making = rows.filter(~pl.col("deleted")).group_by(pl.coalesce("rename", "shortname").alias("template"))
    made = making.agg(pl.col("row").min().alias("_made"))
    rows = rows.join(made, on="template", how="left", maintain_order="left")
    earlier = (pl.col("_made") < pl.col("row")).fill_null(value=False)
    lost = named & pl.col("_template_id").is_null() & ~earlier
    return results.refuse(rows, lost, "unknown-template", "template", value=pl.col("template")).drop(
        "_template_id", "_count", "_made"
    )


def _work(wave: pl.DataFrame, teachers: pl.DataFrame, rules: CourseRules, draft: Draft, results: RowResults) -> None:
    """Work rows of which no two mean the same course."""
    rows = match(wave, rules, draft, results)
    rows = results.refuse_unclear(
        rows, pl.col("course_id").is_null() & ~pl.col("deleted"), rules.unclear.get("visible")
    )
    _delete(rows.filter("deleted"), draft, results)
    rows = _refuse_other_renames(kept_where(rows, ~pl.col("deleted")), rules, draft, results)
    teachers = _with_users(teachers.join(rows.select("row", "course_id"), on="row", how="inner"), draft)
    existing = rows.filter(pl.col("course_id").is_not_null())
    results.scope(existing, b="course_id")
    if rules.force_update:
        existing = _refuse_foreign(existing, rules, draft, results)
    else:
        existing = _leave_alone(existing, teachers, rules, draft, results)
    if rules.protect_category or not rules.force_update:
        existing = existing.with_columns(pl.lit(None, pl.String).alias("category"))
    if rules.template_mode != "none":
        _restore(existing, results)
    new = rows.filter(pl.col("course_id").is_null())
    new = results.refuse(new, pl.col("fullname").is_null(), "value-required", "fullname")
    new = new.with_columns(draft.new_ids(Kind.COURSE, len(new)).alias("course_id"))
    results.scope(new, b="course_id")
    _restore(new, results)
    writing = with_categories(pl.concat([existing, new]), rules.category_by, draft, results)
    first = draft.present(Kind.CATEGORY).get_column("id").min()
    fresh = {"format": "topics", "visible": 1, "startdate": rules.now, "category_id": first}
    want = writing.with_columns(pl.col("course_id").alias("id"))
    want = want.with_columns(
        pl.when(pl.col("row").is_in(new.get_column("row").implode())).then("template").alias("template")
    )
    columns = [c for c in SPECS[Kind.COURSE].names if c in want.columns and c not in _BOOKKEEPING]
    settle(draft.put(Kind.COURSE, want.select(*columns, "row", "line"), fresh), results, "the course")
    # A teacher is found by any of several names: a new user could make the search ambiguous. And a new course could
    # have the shortname from which a row renames.
    taught = pl.col("row").is_in(teachers.get_column("row").implode())
    results.standing(writing.filter(~taught & pl.col("rename").is_null()), b="course_id")
    teachers = teachers.drop("course_id").join(writing.select("row", "course_id"), on="row", how="inner")
    _appoint(teachers, rules, draft, results.part())


def _delete(rows: pl.DataFrame, draft: Draft, results: RowResults) -> None:
    """Delete courses with all that hangs on them; one already gone needs nothing, one that never was fails its row."""
    if rows.is_empty():
        return
    lost = rows.filter(pl.col("course_id").is_null())
    gone = lost.join(draft.present(Kind.COURSE), on="shortname", how="semi", maintain_order="left")
    results.note(gone, "course-gone", "shortname", value=pl.col("shortname"))
    never = without_rows(lost, gone)
    results.refuse(never, _ALL, "unknown-course", "shortname", by="shortname", value=pl.col("shortname"))
    rows = rows.filter(pl.col("course_id").is_not_null())
    results.scope(rows, b="course_id")
    delete(Kind.COURSE, rows, draft, results)


def _refuse_other_renames(rows: pl.DataFrame, rules: CourseRules, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Refuse rows that rename a course that is not there, unless its new name stands already, and all else as wanted.

    Else a wrong shortname would overwrite the course that happens to have the new one.
    """
    doubtful = rows.filter("_renamed")
    if doubtful.is_empty():
        return rows
    if rules.protect_category:
        doubtful = doubtful.with_columns(pl.lit(None, pl.String).alias("category"))
    nowhere = pl.col("course_id").is_null()
    other = pl.concat([_changing(doubtful.filter(~nowhere), rules, draft), doubtful.filter(nowhere)])
    results.refuse(other, _ALL, "course-rename-missing", "shortname", value=pl.col("_old"))
    return without_rows(rows, other)


def _restore(rows: pl.DataFrame, results: RowResults) -> None:
    named = rows.filter(pl.col("template").fill_null("") != "")
    results.action("template restore", named, Kind.COURSE, pl.struct("template").struct.json_encode())


def _leave_alone(
    existing: pl.DataFrame, teachers: pl.DataFrame, rules: CourseRules, draft: Draft, results: RowResults
) -> pl.DataFrame:
    """Skip existing courses that the row would change; those that it would leave as they are go on."""
    held = draft.live(ROLE_ASSIGNMENT).select(_APPOINTMENT)
    lacking = teachers.filter(pl.col("_count") == 1).join(held, on=_APPOINTMENT, how="anti")
    changing = pl.concat([_changing(existing, rules, draft), existing.join(lacking, on="row", how="semi")])
    changing = changing.unique("row", keep="first", maintain_order=True)
    results.skip(changing, "course-exists", value=pl.col("shortname"))
    return without_rows(existing, changing)


def _refuse_foreign(existing: pl.DataFrame, rules: CourseRules, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Refuse rows that would change a course of another source, before they make a category for it."""
    foreign = draft.foreign(Kind.COURSE, existing.select(pl.col("course_id").alias("id"), "row", "line"))
    theirs = existing.join(foreign.select("row", "owner"), on="row", how="inner", maintain_order="left")
    if rules.protect_category:
        theirs = theirs.with_columns(pl.lit(None, pl.String).alias("category"))
    changing = _changing(theirs, rules, draft) if foreign.height else theirs
    results.refuse(changing, _ALL, "not-yours", what="the course", owner=pl.col("owner"))
    return without_rows(existing, changing)


def _changing(existing: pl.DataFrame, rules: CourseRules, draft: Draft) -> pl.DataFrame:
    """Return the rows that would change their course."""
    draft.load_all(Kind.CATEGORY)
    paths = draft.live(Kind.CATEGORY).select(
        pl.col("id").alias("category_id"), "path", pl.col("idnumber").alias("_number")
    )
    stored = draft.live(Kind.COURSE).join(paths, on="category_id", how="left")
    fields = [c for c in existing.columns if c in SPECS[Kind.COURSE].names and c not in _NOT_COMPARED]
    both = existing.join(
        stored.select(
            pl.col("id").alias("course_id"),
            *(pl.col(c).alias(f"{c}_now") for c in fields),
            "path",
            "_number",
            pl.col("category_id").cast(pl.String).alias("_category_id"),
        ),
        on="course_id",
        how="left",
    )
    category = pl.col("category").fill_null("")
    number = pl.coalesce("category_by", pl.lit(rules.category_by)) == "idnumber"
    there = pl.when(number).then("_number").otherwise("path").fill_null("")
    by_id = pl.col("category_by").is_null() & (category == pl.col("_category_id"))
    moves = (category != "") & (category != there) & ~by_id
    differs = [pl.col(c).is_not_null() & pl.col(c).ne_missing(_stored_text(c, both.schema[c])) for c in fields]
    changing = both.filter(pl.any_horizontal(moves, *differs))
    return existing.join(changing.select("row"), on="row", how="semi", maintain_order="left")


def _stored_text(column: str, dtype: pl.DataType) -> pl.Expr:
    stored = pl.col(f"{column}_now")
    return stored.fill_null("") if dtype == pl.String else stored


def _with_users(teachers: pl.DataFrame, draft: Draft) -> pl.DataFrame:
    """Add user_id and `_count`, how many users the account could be: by id where it is a number, else by search.

    The roles that they have in the course by now are then at hand.
    """
    if teachers.is_empty():
        return teachers.with_columns(pl.lit(None, pl.Int64).alias(name) for name in ("user_id", "_count"))
    numbered = pl.col("account").str.contains(r"^\d+$")
    found = pl.concat(
        identify(rows, Reference(column="account", kind=Kind.USER, by=by, into="user_id"), draft)
        .drop_nulls("user_id")
        .select("row", "account", "user_id", "_count")
        for rows, by in (
            (teachers.filter(numbered), "id"),
            *((teachers.filter(~numbered), by) for by in ("username", "idnumber", "email")),
        )
    )
    found = found.group_by("row", "account").agg(
        pl.col("user_id").first(),
        (pl.col("user_id").n_unique() + pl.col("_count").max() - 1).cast(pl.Int64).alias("_count"),
    )
    rows = teachers.join(found, on=["row", "account"], how="left", maintain_order="left")
    draft.load(ROLE_ASSIGNMENT, rows.select("course_id", "user_id"))
    return rows


def _appoint(rows: pl.DataFrame, rules: CourseRules, draft: Draft, results: RowResults) -> None:
    """Give the named accounts their role in the course."""
    value = pl.col("account")
    rows = results.refuse(rows, pl.col("user_id").is_null(), "unknown-user", "teacher", by="account", value=value)
    rows = results.refuse(
        rows, pl.col("_count") > 1, "ambiguous", "teacher", by="account", value=value, count=pl.col("_count")
    )
    rows = results.refuse(
        rows, ~pl.col("role").is_in(list(rules.roles)), "unknown-role", "teacher", value=pl.col("role")
    )
    want = rows.select(*_APPOINTMENT, "row", "line").unique(_APPOINTMENT, keep="first", maintain_order=True)
    settle(draft.put(ROLE_ASSIGNMENT, want), results, "the role assignment")

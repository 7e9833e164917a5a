"""Course categories: a tree that course rows name by path, id or idnumber, and that grows where a path is new."""

import polars as pl

from syncd.core.kinds import Kind
from syncd.engine.draft import Draft
from syncd.engine.resolve import settle
from syncd.engine.results import RowResults
from syncd.frames.tables import without_rows

_PATH = pl.lit("path")


def with_categories(rows: pl.DataFrame, category_by: str, draft: Draft, results: RowResults) -> pl.DataFrame:
    """Return the rows with category_id; refuse those whose category is not to be had.

    rows: row, line, category (null or empty: none named), and category_by: id, idnumber or path (from the root, made
        where it is missing); null for what the rules say. category_by: idname (a number is an id, else a path) or
        idnumber.
    """
    draft.load_all(Kind.CATEGORY)
    number = pl.col("category").str.contains(r"^\d+$")
    default = pl.lit("idnumber") if category_by == "idnumber" else pl.when(number).then(pl.lit("id")).otherwise(_PATH)
    header = pl.concat_str(pl.lit("category"), pl.lit("_") + pl.col("category_by"), ignore_nulls=True)
    rows = rows.with_columns(header.alias("_header"), pl.coalesce("category_by", default).alias("category_by"))
    by_path = pl.col("category_by") == "path"
    named = pl.col("category").fill_null("") != ""
    known = pl.concat(_lookup(draft, column) for column in ("id", "idnumber"))
    missing = rows.filter(named & ~by_path).join(known, on=["category_by", "category"], how="anti")
    by, value = pl.col("category_by"), pl.col("category")
    results.refuse(missing, pl.lit(value=True), "unknown-category", pl.col("_header"), by=by, value=value)
    rows = without_rows(rows, missing)
    _grow(rows.filter(named & by_path), draft, results)
    known = pl.concat([known, _lookup(draft, "path")])
    return rows.drop("_header").join(known, on=["category_by", "category"], how="left", maintain_order="left")


def _lookup(draft: Draft, column: str) -> pl.DataFrame:
    return (
        draft.live(Kind.CATEGORY)
        .select(
            pl.lit(column).alias("category_by"),
            pl.col(column).cast(pl.String).alias("category"),
            pl.col("id").alias("category_id"),
        )
        .drop_nulls("category")
    )


def _grow(rows: pl.DataFrame, draft: Draft, results: RowResults) -> None:
    """Make the levels that the rows' paths lack; each belongs to the first row that needs it."""
    have: dict[str, int] = dict(draft.live(Kind.CATEGORY).select("path", "id").iter_rows())
    firsts = rows.sort("row").unique("category", keep="first", maintain_order=True).select("category", "row", "line")
    made: dict[str, tuple[int, int]] = {}
    for path, row, line in firsts.iter_rows():
        levels = path.split("/")
        for depth in range(1, len(levels) + 1):
            above = "/".join(levels[:depth])
            if above not in have:
                made.setdefault(above, (row, line))
    if not made:
        return
    have |= dict(zip(made, draft.new_ids(Kind.CATEGORY, len(made)).to_list(), strict=True))
    want = pl.DataFrame(
        [
            {
                "id": have[path],
                "path": path,
                "name": path.rpartition("/")[2],
                "parent_id": have.get(path.rpartition("/")[0]),
                "row": row,
                "line": line,
            }
            for path, (row, line) in made.items()
        ],
        schema_overrides={"parent_id": pl.Int64},
    )
    settle(draft.put(Kind.CATEGORY, want, {"visible": 1}), results, "the category")

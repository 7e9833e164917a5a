"""Course categories: a tree that course rows name by path, id or idnumber, and that grows where a path is new."""

import polars as pl

from syncd.core.kinds import Kind
from syncd.engine.draft import Draft
from syncd.engine.resolve import settle
from syncd.engine.sheet import Sheet


def with_categories(rows: pl.DataFrame, category_by: str, draft: Draft, sheet: Sheet) -> pl.DataFrame:
    """Return the rows with category_id; refuse those whose category is not to be had.

    rows: row, line, category (null or empty: none named). category_by: idname (a number is an id, else
        a path from the root, made where it is missing) or idnumber.
    """
    draft.load_all(Kind.CATEGORY)
    named = pl.col("category").fill_null("") != ""
    if category_by == "idnumber":
        rows = rows.join(
            _lookup(draft, "idnumber"), left_on="category", right_on="_value", how="left", maintain_order="left"
        )
        return sheet.refuse(
            rows,
            named & pl.col("category_id").is_null(),
            "unknown-category",
            "category",
            by="idnumber",
            value=pl.col("category"),
        )
    number = pl.col("category").str.contains(r"^\d+$").fill_null(value=False)
    ids = _lookup(draft, "id").rename({"category_id": "_by_id"})
    rows = rows.join(ids, left_on="category", right_on="_value", how="left", maintain_order="left")
    rows = sheet.refuse(
        rows, number & pl.col("_by_id").is_null(), "unknown-category", "category", by="id", value=pl.col("category")
    )
    _grow(rows.filter(named & ~number), draft, sheet)
    rows = rows.join(_lookup(draft, "path"), left_on="category", right_on="_value", how="left", maintain_order="left")
    return rows.with_columns(pl.coalesce("_by_id", "category_id").alias("category_id")).drop("_by_id")


def _lookup(draft: Draft, column: str) -> pl.DataFrame:
    return (
        draft.live(Kind.CATEGORY)
        .select(pl.col(column).cast(pl.String).alias("_value"), pl.col("id").alias("category_id"))
        .drop_nulls("_value")
    )


def _grow(rows: pl.DataFrame, draft: Draft, sheet: Sheet) -> None:
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
    settle(draft.put(Kind.CATEGORY, want, {"visible": 1}), sheet, "the category")

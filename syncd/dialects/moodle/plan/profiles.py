"""Custom profile fields: one JSON object on the user, of which a file may bring only some fields."""

import json

import polars as pl

from syncd.core.kinds import Kind
from syncd.engine.draft import Draft

PREFIX = "profile."


def with_profile(rows: pl.DataFrame, draft: Draft) -> pl.DataFrame:
    """Return the rows with `profile`, the user's fields as they shall be, made from their `profile.<name>` columns.

    A field that is null stays as it is, an empty one goes; other fields of the user stay.
    """
    columns = [c for c in rows.columns if c.startswith(PREFIX)]
    if not columns:
        return rows
    stored = draft.present(Kind.USER).select(pl.col("id").alias("user_id"), pl.col("profile").alias("_profile"))
    rows = rows.join(stored, on="user_id", how="left", maintain_order="left")
    merging = rows.filter(pl.col("_profile").is_not_null()).select("row", "_profile", *columns)
    merged = pl.DataFrame(
        {"row": merging.get_column("row"), "_merged": [_merge(record) for record in merging.iter_rows(named=True)]},
        schema={"row": pl.Int64, "_merged": pl.String},
    )
    rows = rows.join(merged, on="row", how="left", maintain_order="left")
    return rows.with_columns(pl.coalesce("_merged", _encoded(sorted(columns))).alias("profile"))


def _merge(record: dict[str, str | None]) -> str:
    """Return the stored fields with those that the row brings put over them, as canonical JSON."""
    fields: dict[str, str] = json.loads(record["_profile"] or "{}")
    for name, value in record.items():
        if name.startswith(PREFIX) and value is not None:
            fields[name.removeprefix(PREFIX)] = value
    kept = {name: fields[name] for name in sorted(fields) if fields[name] != ""}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")) if kept else ""


def _encoded(columns: list[str]) -> pl.Expr:
    """The columns that hold something as a canonical JSON object; an empty text where none does."""
    parts = [
        pl.when(pl.col(c).fill_null("") != "").then(
            pl.lit(json.dumps(c.removeprefix(PREFIX), ensure_ascii=False) + ":") + _json_text(pl.col(c))
        )
        for c in columns
    ]
    inner = pl.concat_str(parts, separator=",", ignore_nulls=True)
    return pl.when(inner == "").then(pl.lit("")).otherwise(pl.lit("{") + inner + pl.lit("}"))


def _json_text(value: pl.Expr) -> pl.Expr:
    """A text as JSON writes it, quotes and escapes included."""
    encoded = pl.struct(value.alias("v")).struct.json_encode()
    return encoded.str.slice(len('{"v":')).str.strip_suffix("}")

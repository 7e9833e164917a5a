"""Order within a file: rows that work on the same record are done one after the other, the rest as columns.

A wave is a set of rows of which no two work on the same record. The first rows of every
record make wave 0, the second ones wave 1, and so on; worked in this order the file has the same
effect as row by row.
"""

from collections.abc import Iterator, Sequence

import polars as pl

from syncd.frames.tables import has_repeats

WAVE_LIMIT = 1000
"""Waves worked of one file. More rows on one record are an accident of the sender; those beyond fail."""


def ranked(rows: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Return the rows with `_wave`, the number of earlier rows that have the same values in `by`."""
    if not has_repeats(rows.select(pl.struct(by).hash(seed=0)).to_series()):
        return rows.with_columns(pl.lit(0, pl.Int64).alias("_wave"))
    return rows.sort("row", maintain_order=True).with_columns(
        pl.int_range(pl.len(), dtype=pl.Int64).over(list(by)).alias("_wave")
    )


def entangled(tokens: pl.DataFrame) -> pl.DataFrame:
    """Return the order of rows that are bound together by tokens, as columns row and `_wave`.

    tokens: columns row and token (a hash); two rows with a common token (a username, an id) work
    on the same record, and so do two rows that a chain of such pairs joins. Rows
    that share no token with another are not returned: they belong to wave 0.
    """
    nobody = pl.DataFrame(schema={"row": pl.Int64(), "_wave": pl.Int64()})
    if not has_repeats(tokens.get_column("token")):
        return nobody
    shared = tokens.filter(pl.col("token").is_duplicated()).unique().filter(pl.col("token").is_duplicated())
    if shared.is_empty():
        return nobody
    parent: dict[int, int] = {}
    for _, rows in shared.group_by("token"):
        numbers = rows.get_column("row").to_list()
        for number in numbers[1:]:
            parent[_root(parent, number)] = _root(parent, numbers[0])
    numbers = sorted(set(shared.get_column("row").to_list()))
    groups = pl.DataFrame(
        {"row": numbers, "_group": [_root(parent, n) for n in numbers]}, schema={"row": pl.Int64, "_group": pl.Int64}
    )
    return groups.select("row", pl.int_range(pl.len(), dtype=pl.Int64).over("_group").alias("_wave"))


def waves(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the rows wave by wave, up to WAVE_LIMIT waves; rows carry `_wave`."""
    if rows.is_empty():
        return
    last = rows.select(pl.col("_wave").max()).item()
    if not last:
        yield rows
        return
    for wave in range(min(last + 1, WAVE_LIMIT)):
        yield rows.filter(pl.col("_wave") == wave)


def _root(parent: dict[int, int], number: int) -> int:
    while (above := parent.get(number, number)) != number:
        parent[number] = parent.get(above, above)
        number = above
    return number

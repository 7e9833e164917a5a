"""What a rule makes of values that a test writes."""

from dataclasses import dataclass

import polars as pl

from syncd.frames.rules import Rule, complaints


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a rule makes of values, and what it says of those that it refuses, by row."""

    values: list[str | int | None]
    said: dict[int, str]
    codes: list[str]


def applied(rule: Rule, *written: str | None) -> Outcome:
    count = len(written)
    frame = pl.DataFrame(
        {"row": range(1, count + 1), "line": range(2, count + 2), "c": list(written)},
        schema={"row": pl.Int64(), "line": pl.Int64(), "c": pl.String()},
    ).with_columns(rule.trimmed("c"))
    values = frame.select(rule.convert(pl.col("c"))).to_series()
    assert rule.type == values.dtype
    found = complaints(frame.filter(values.is_null() & (pl.col("c") != "")), rule, column="c")
    said = dict(found.select("row", "message").iter_rows())
    return Outcome(values=values.to_list(), said=said, codes=found.get_column("code").to_list())

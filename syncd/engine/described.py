"""Records in words, as findings name them: `the course 'ALG'`, `the enrolment 'ada/ALG/manual/student'`."""

import polars as pl

from syncd.core.kinds import SPECS, Kind
from syncd.engine.ports import RosterView


def with_words(kind: Kind, records: pl.DataFrame, roster: RosterView) -> pl.DataFrame:
    """Return the records with `_words`, what people call each. A record that is gone keeps its name."""
    if SPECS[kind].printed:
        records, names = _with_names(kind, records, roster)
        called: pl.Expr = pl.concat_str(names, separator="/", ignore_nulls=True)
    else:
        called = _called(kind)
    word = kind.value.replace("_", " ")
    words = records.with_columns(pl.format(f"the {word} '{{}}'", called).alias("_words"))
    return words.drop([name for name in words.columns if name.startswith("_name_")])


def _called(kind: Kind) -> pl.Expr:
    return pl.coalesce(*SPECS[kind].natural, pl.col("id").cast(pl.String))


def _with_names(kind: Kind, links: pl.DataFrame, roster: RosterView) -> tuple[pl.DataFrame, list[pl.Expr]]:
    """Return the links with the names of what they join, and the parts of their printed keys."""
    refers, parts = SPECS[kind].refers(), []
    for column in SPECS[kind].printed:
        if column not in refers:
            parts.append(pl.col(column))
            continue
        target, name = refers[column], f"_name_{column}"
        ids = links.select(pl.col(column).alias("id")).unique()
        known = roster.find(target, ("id",), ids, only=("id", *SPECS[target].natural))
        links = links.join(
            known.select(pl.col("id").alias(column), _called(target).alias(name)),
            on=column,
            how="left",
            maintain_order="left",
        )
        parts.append(pl.coalesce(name, pl.col(column).cast(pl.String)))
    return links, parts

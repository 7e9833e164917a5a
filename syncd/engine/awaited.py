"""Why something is missing: what other files of the same delivery would have made, had they not failed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from syncd.core.kinds import Kind
from syncd.core.runs import Run, RunState
from syncd.frames.absent import SCHEMA
from syncd.frames.findings import remarks
from syncd.frames.folding import comparable

_MISSING: Mapping[str, Kind] = {
    "unknown-user": Kind.USER,
    "unknown-course": Kind.COURSE,
    "unknown-cohort": Kind.COHORT,
}
"""Findings of rows that miss a record, which they name by the place `by` and its `value`."""

Undone = list[tuple[Run, pl.DataFrame]]
"""Runs that left something undone, each with the names that it would have made (`frames.absent`)."""

_NAMED = SCHEMA | {"run": pl.String(), "held": pl.Boolean()}


@dataclass(slots=True)
class Awaited:
    """Explains what rows miss.

    earlier: gives the runs of the delivery that left something undone, each with the names that it would have made;
    asked only if something is missing. own: what earlier files of the same run would have made.
    """

    earlier: Callable[[], Undone]
    own: list[pl.DataFrame] = field(default_factory=list)
    _names: pl.DataFrame | None = None
    _whole: list[Run] = field(default_factory=list)

    def explained(
        self, rows: pl.DataFrame, code: str, column: str | pl.Expr, places: Mapping[str, str | int | pl.Expr]
    ) -> list[pl.DataFrame]:
        """Return findings on rows that were refused with this code; none where nothing is known of what they miss."""
        by, value = places.get("by"), places.get("value")
        if code not in _MISSING or not isinstance(by, str) or not isinstance(value, pl.Expr):
            return []
        kind = _MISSING[code]
        here = [_named(names, "", held=pl.lit(value=False)) for names in self.own]
        of_kind = (pl.col("kind") == kind.value) & (pl.col("by") == by)
        names = pl.concat([self._known(), *here]).filter(of_kind).rename({"line": "_of"})
        names = names.with_columns(comparable(pl.col("value"), kind, by))
        names = names.unique("value", keep="last").select("value", "_of", "run", "file", "held")
        named = comparable(value.cast(pl.String), kind, by).alias("value")
        missed = rows.select("row", "line", named, _text(column).alias("_column"))
        missed = missed.join(names, on="value", how="inner", maintain_order="left")
        told: dict[str, str | pl.Expr] = {"what": kind.value, "file": pl.col("file"), "run": pl.col("run")}
        rows_of, plans = missed.filter(~pl.col("held")), missed.filter("held")
        found = [remarks(rows_of, "awaited-row", column=pl.col("_column"), line_of=pl.col("_of"), **told)]
        found.append(remarks(plans, "awaited-plan", column=pl.col("_column"), **told))
        return [*found, *self._about_files()]

    def _about_files(self) -> list[pl.DataFrame]:
        """Return, once, what there is to say of files that failed as a whole."""
        whole, self._whole = self._whole, []
        of_file = pl.DataFrame({"row": [0], "line": [0]}, schema={"row": pl.Int64, "line": pl.Int64})
        return [remarks(of_file, "awaited-file", file=run.title, run=_number(run)) for run in whole]

    def _known(self) -> pl.DataFrame:
        if self._names is None:
            frames = [pl.DataFrame(schema=_NAMED)]
            for run, names in self.earlier():
                if run.state is RunState.FAILED:
                    self._whole.append(run)
                held = pl.lit(value=run.state is RunState.HELD) & (pl.col("line") == 0)
                file = pl.when(pl.col("file") == "").then(pl.lit(run.title)).otherwise("file")
                frames.append(_named(names.with_columns(file.alias("file")), _number(run), held=held))
            self._names = pl.concat(frames)
        return self._names


def _named(names: pl.DataFrame, run: str, *, held: pl.Expr) -> pl.DataFrame:
    return names.with_columns(pl.lit(run).alias("run"), held.alias("held"))


def _number(run: Run) -> str:
    """Return the run to stand behind a sentence; a dry run has no number."""
    return f" (run {run.id})" if run.id else ""


def _text(column: str | pl.Expr) -> pl.Expr:
    return column if isinstance(column, pl.Expr) else pl.lit(column)

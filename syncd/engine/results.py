"""The results of rows: what became of each row that was looked at, and what there is to say about it."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from syncd.core.kinds import Kind
from syncd.core.runs import Outcome
from syncd.engine.awaited import Awaited
from syncd.formats.columns import Flag
from syncd.frames import findings
from syncd.frames.actions import actions_of, no_actions
from syncd.frames.tables import has_repeats

ANYONE = -1
"""In the place of a person's id: the row works on everyone at that place."""

_STANDING = {"row": pl.Int64(), "a": pl.Int64(), "b": pl.Int64()}


@dataclass(slots=True)
class RowResults:
    """Collects outcomes and findings of rows while planners work.

    Every method that takes rows wants a frame with the columns `row` and `line`. Those made by
    `part` belong to the further parts of rows (a course column of a user, a group of an
    enrolment): what fails there makes the row partial.
    """

    _findings: list[pl.DataFrame] = field(default_factory=list)
    _rows: dict[Outcome, list[pl.Series]] = field(default_factory=lambda: {outcome: [] for outcome in Outcome})
    _standing: list[pl.DataFrame] = field(default_factory=list)
    _scopes: list[pl.DataFrame] = field(default_factory=list)
    _actions: list[pl.DataFrame] = field(default_factory=list)
    _acted: list[pl.Series] = field(default_factory=list)
    _refused: Outcome = Outcome.FAILED
    awaited: Awaited | None = None

    def part(self) -> "RowResults":
        """Return results for further parts of the same rows: a failure there leaves the row partial."""
        return RowResults(
            _findings=self._findings,
            _rows=self._rows,
            _standing=self._standing,
            _scopes=self._scopes,
            _actions=self._actions,
            _acted=self._acted,
            awaited=self.awaited,
            _refused=Outcome.PARTIAL,
        )

    def refuse(
        self, rows: pl.DataFrame, where: pl.Expr, code: str, column: str | pl.Expr = "", **places: str | int | pl.Expr
    ) -> pl.DataFrame:
        """Fail the rows where the condition holds; return the others."""
        bad = rows.filter(where.fill_null(value=False))
        if bad.is_empty():
            return rows
        self._take(bad, self._refused, findings.remarks(bad, code, column=column, **places))
        if self.awaited:
            self._findings += self.awaited.explained(bad, code, column, places)
        return rows.filter(~where.fill_null(value=False))

    def refuse_unclear(self, rows: pl.DataFrame, new: pl.Expr, flag: Flag | None) -> pl.DataFrame:
        """Fail rows that make a record and leave a flag empty that may mean no; return the others."""
        if flag is None:
            return rows
        return self.refuse(rows, new & pl.col("row").is_in(flag.empty.implode()), "flag-unclear-new", flag.name)

    def skip(self, rows: pl.DataFrame, code: str, column: str = "", **places: str | int | pl.Expr) -> None:
        """Leave these rows undone on purpose."""
        self._take(rows, Outcome.SKIPPED, findings.remarks(rows, code, column=column, **places))

    def note(self, rows: pl.DataFrame, code: str, column: str = "", **places: str | int | pl.Expr) -> None:
        """Remark on rows without consequence for them."""
        self._findings.append(findings.remarks(rows, code, column=column, **places))

    def add(self, found: pl.DataFrame) -> None:
        """Take findings made elsewhere; rows with an error among them fail."""
        self._findings.append(found)
        self._rows[self._refused].append(findings.erroneous(found))

    def changed(self, rows: pl.Series) -> None:
        """Take note that these rows changed something, for now: a later row may take it back."""
        self._rows[Outcome.APPLIED].append(rows.cast(pl.Int64))

    def scope(self, rows: pl.DataFrame, a: str = "", b: str = "") -> None:
        """Tell which person and place each row works on, by the columns that hold their ids."""
        self._scopes.append(_scoped(rows, a, b))

    def scope_of_all(self, rows: pl.DataFrame, b: str) -> None:
        """Tell that each of these rows works on everyone at its place."""
        self._scopes.append(_scoped(rows, "", b).with_columns(pl.lit(ANYONE, pl.Int64).alias("a")))

    def standing(self, rows: pl.DataFrame, a: str = "", b: str = "") -> None:
        """Tell which rows, where they succeed, hold as long as nothing else touches their person and place."""
        self._standing.append(_scoped(rows, a, b))

    def action(self, name: str, rows: pl.DataFrame, kind: Kind, arguments: pl.Expr | None = None) -> None:
        """Ask learning platforms for something that only they can do, for the record of each of these rows.

        See `frames.actions.actions_of`. What a row asks for is done only if the row does not fail.
        """
        if not rows.is_empty():
            self._actions.append(actions_of(rows, name, kind, arguments))

    def acted(self, rows: pl.DataFrame) -> None:
        """Tell that these rows do something of which the roster shows nothing."""
        self._acted.append(rows.get_column("row").cast(pl.Int64))

    def actions(self) -> pl.DataFrame:
        """Return what is asked of learning platforms by rows that did not fail, each thing once."""
        asked = pl.concat([no_actions(), *self._actions])
        sound = asked.filter(~pl.col("row").is_in(self._all(Outcome.FAILED).implode()))
        return sound.unique(["action", "kind", "id", "arguments"], keep="first", maintain_order=True)

    def failed(self) -> pl.Series:
        """Return the rows that failed."""
        return self._all(Outcome.FAILED)

    def applied(self) -> pl.Series:
        """Return the rows that changed something so far."""
        return self._all(Outcome.APPLIED)

    def findings(self) -> pl.DataFrame:
        """Return every finding, in order of rows; actions that wait are summed up for the file."""
        waiting = [
            findings.remarks(pl.DataFrame({"row": [0], "line": [0]}), "action-waits", action=f"{name} ({count})")
            for name, count in self.actions().group_by("action", maintain_order=True).len().iter_rows()
        ]
        return findings.gather([*waiting, *self._findings])

    def outcomes(self, rows: pl.Series, applied: pl.Series | None = None) -> pl.DataFrame:
        """Return row and outcome of each of these rows, given in order; the gravest that happened to it counts.

        applied: rows that have a part in what the run changes in the end.
        """
        numbers = rows.to_numpy()
        outcome_of = np.zeros(len(numbers), np.int8)
        order = (Outcome.UNCHANGED, Outcome.APPLIED, Outcome.SKIPPED, Outcome.PARTIAL, Outcome.FAILED)
        for code, outcome in enumerate(order):
            happened = self._effective(applied) if outcome is Outcome.APPLIED else self._all(outcome)
            if code and len(happened):
                wanted = happened.to_numpy()
                places = np.searchsorted(numbers, wanted)
                inside = places < len(numbers)
                inside[inside] = numbers[places[inside]] == wanted[inside]
                outcome_of[places[inside]] = code
        names = pl.Series([outcome.value for outcome in order])
        return pl.DataFrame({"row": rows.cast(pl.Int64), "outcome": names.gather(outcome_of)})

    def scopes(self) -> pl.DataFrame:
        """Return the persons and places (columns a, b) that any row of the file works on."""
        return pl.concat([pl.DataFrame(schema=_STANDING), *self._scopes])

    def remembered(self) -> pl.DataFrame:
        """Return row, a, b of the rows to remember as standing.

        A row that has a remark, that did not fully succeed, or that shares its person and place
        with another row of the file is not remembered: it will be looked at again.
        """
        frame = pl.concat([pl.DataFrame(schema=_STANDING), *self._standing])
        if frame.is_empty():
            return frame
        scopes = self.scopes()
        whole = scopes.filter(pl.col("a") == ANYONE).get_column("b").unique()
        for column, out in (("row", self.marked()), ("b", whole), ("row", _sharing(scopes))):
            if len(out):
                frame = frame.filter(~pl.col(column).is_in(out.implode()))
        if len(self._standing) > 1:
            frame = frame.unique("row", keep="first", maintain_order=True)
        return frame

    def marked(self) -> pl.Series:
        """Return the rows, each once, that have a remark or did not fully succeed; 0 for the file as a whole."""
        marked = [found.get_column("row") for found in self._findings]
        marked += [self._all(outcome) for outcome in (Outcome.SKIPPED, Outcome.PARTIAL, Outcome.FAILED)]
        return pl.concat(marked).unique()

    def _all(self, outcome: Outcome) -> pl.Series:
        rows = [each for each in self._rows[outcome] if len(each)]
        return pl.concat(rows).unique() if rows else pl.Series(dtype=pl.Int64)

    def _effective(self, applied: pl.Series | None) -> pl.Series:
        return pl.concat([pl.Series("row", dtype=pl.Int64), *([] if applied is None else [applied]), *self._acted])

    def _take(self, rows: pl.DataFrame, outcome: Outcome, found: pl.DataFrame) -> None:
        if not rows.is_empty():
            self._rows[outcome].append(rows.get_column("row").cast(pl.Int64))
            self._findings.append(found)


def _sharing(scopes: pl.DataFrame) -> pl.Series:
    """Return the rows whose person and place another row works on too."""
    key = scopes.get_column("a") * 2**32 + scopes.get_column("b")
    if not has_repeats(key):
        return pl.Series("row", dtype=pl.Int64)
    several = scopes.filter(key.is_duplicated()).unique()
    return several.filter(pl.struct("a", "b").is_duplicated()).get_column("row").unique()


def _scoped(rows: pl.DataFrame, a: str, b: str) -> pl.DataFrame:
    return rows.select(
        pl.col("row").cast(pl.Int64),
        (pl.col(a) if a else pl.lit(0)).cast(pl.Int64).alias("a"),
        (pl.col(b) if b else pl.lit(0)).cast(pl.Int64).alias("b"),
    )

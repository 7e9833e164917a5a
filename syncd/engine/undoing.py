"""Plan an undo: the change set that takes back what a run did, and what has to stay, with the reason.

A record stays as it is where taking it back would spoil later work: a later run touched it, something
that lives needs it, it would need something that is gone, or its name belongs to another by now. One
that stays can be the reason why another has to; so it is looked again until nothing more stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from syncd.core.claims import Claim, Foreign
from syncd.core.kinds import SPECS, Kind, State
from syncd.core.runs import RowCounts, Run
from syncd.engine.described import with_words
from syncd.engine.differing import differing
from syncd.engine.draft import Draft
from syncd.engine.overlay import Overlay
from syncd.engine.ports import RosterView, Store
from syncd.engine.recognising import Recognition
from syncd.engine.reliances import Reliance
from syncd.engine.trail import Steps, touched_later, trail_of
from syncd.frames.changes import ChangeSet, no_records
from syncd.frames.findings import gather, remarks
from syncd.frames.plan import FilePlan, Plan

_LIVE = pl.col("state") != State.DELETED.value


def plan_undo(run: Run, store: Store, recognition: Recognition, now: int) -> Plan:
    """Return the plan that takes back what a run did; now: Unix seconds.

    Every record that the run touched is a row. What follows from memberships, bindings and
    links follows them here, too, and belongs to the row of the one that it follows.
    """
    undoing = Undoing(store=store, trail=trail_of(run, store), reliances=tuple(recognition.reliances()))
    undoing.leave_touched(run)
    while undoing.leave_bound():
        continue
    draft = Draft(store, Claim(data_source=run.data_source, foreign=Foreign.UPDATE))
    for kind, steps in undoing.trail.items():
        undoing.tell_owners(kind, steps)
        draft.restore(kind, steps.now, steps.then)
    recognition.derive(draft, now)
    changes, population = draft.changes(), store.population()
    applied = sum(len(steps.now) for steps in undoing.trail.values())
    return Plan(
        changes=changes,
        findings=gather(undoing.findings),
        files=(FilePlan(rows=RowCounts(applied=applied, unchanged=undoing.alike, failed=undoing.left)),),
        before={kind: population.get(kind, 0) for kind in changes.counts()},
    )


@dataclass(slots=True)
class Undoing:
    """What is still to be taken back, and what was found of the rest.

    alike: records that are as they were before the run already. left: records that stay as they are.
    """

    store: Store
    trail: dict[Kind, Steps]
    reliances: Sequence[Reliance]
    findings: list[pl.DataFrame] = field(default_factory=list)
    alike: int = 0
    left: int = 0

    def tell_owners(self, kind: Kind, steps: Steps) -> None:
        """Say which records come to belong to another data source again."""
        then = steps.then.filter(_LIVE).select("row", pl.col("data_source").alias("_then"))
        both = steps.now.filter(_LIVE).join(then, on="row", how="inner", maintain_order="left")
        back = both.filter(pl.col("data_source").ne_missing(pl.col("_then")))
        if not back.is_empty():
            records = with_words(kind, back, self.store).with_columns(line=pl.lit(0, pl.Int64))
            self.findings.append(remarks(records, "undo-owner", what=pl.col("_words"), owner=pl.col("_then")))

    def leave_touched(self, run: Run) -> None:
        """Leave records that are as they were, and those that a later run touched."""
        for kind, steps in list(self.trail.items()):
            differ = differing(kind, steps.then, steps.now)
            rows = differ.get_column("_row") if not differ.is_empty() else pl.Series(dtype=pl.Int64)
            alike = steps.now.filter(~pl.col("row").is_in(rows.implode())).get_column("row")
            self.alike += len(alike)
            self.trail[kind] = steps.without(alike)
            self._leave(kind, touched_later(kind, self.trail[kind], run, self.store), "undo-touched")

    def leave_bound(self) -> bool:
        """Leave records that others need, that lack others, or whose name is taken; tell whether there were any."""
        before = self.left
        for reliance in self.reliances:
            if reliance.made_by is None or self.store.holds(reliance.made_by):
                self._leave_lacking(reliance)
                self._leave_needed(reliance)
        for kind, spec in SPECS.items():
            for group in spec.unique:
                self._leave_nameless(kind, group)
        return self.left > before

    def _leave_lacking(self, reliance: Reliance) -> None:
        """Leave records that would live again, or refer again, where what they need is gone."""
        lacking = self._coming(reliance.kind, reliance.columns).filter(reliance.needs)
        if lacking.is_empty():
            return
        after = self._after()
        for kind, of in reliance.on.items():
            there = after.find(kind, of, _renamed(lacking, reliance.columns, of).unique())
            there = there.filter(_LIVE & reliance.will_do)
            lacking = lacking.join(_renamed(there, of, reliance.columns), on=reliance.columns, how="anti")
        if lacking.is_empty():
            return
        gone = []
        for kind, of in reliance.on.items():
            found = after.find(kind, of, _renamed(lacking, reliance.columns, of).unique())
            gone.append(_renamed(_worded(kind, found, after), of, reliance.columns, "by", "needs"))
        reasons = pl.concat(gone).unique(reliance.columns, keep="last", maintain_order=True)
        why = lacking.select("row", *reliance.columns).join(reasons, on=reliance.columns, how="left")
        self._leave(reliance.kind, why, "undo-lacks")

    def _leave_needed(self, reliance: Reliance) -> None:
        """Leave records that something needs which lives on."""
        going = {
            kind: _renamed(self._going(kind, of).filter(reliance.will_do), of, reliance.columns, "row")
            for kind, of in reliance.on.items()
            if kind in self.trail
        }
        lost = pl.concat([frame.drop("row") for frame in going.values()]).unique() if going else pl.DataFrame()
        if lost.is_empty():
            return
        after, columns = self._after(), reliance.columns
        needing = after.find(reliance.kind, reliance.looked_up_by, lost.select(reliance.looked_up_by).unique())
        needing = needing.filter(_LIVE & reliance.needs).join(lost, on=columns, how="semi")
        for kind, of in reliance.on.items():
            there = after.find(kind, of, _renamed(needing, columns, of).unique()).filter(_LIVE & reliance.will_do)
            needing = needing.join(_renamed(there, of, columns), on=columns, how="anti")
        last = needing.sort("run", *SPECS[reliance.kind].key).unique(columns, keep="last", maintain_order=True)
        reasons = _worded(reliance.kind, last, after).select(*columns, "by", "needs")
        for kind, frame in going.items():
            self._leave(kind, frame.join(reasons, on=columns, how="inner"), "undo-needed")

    def _leave_nameless(self, kind: Kind, group: tuple[str, ...]) -> None:
        """Leave records whose name another live one has by now."""
        coming, keys = self._coming(kind, group), SPECS[kind].key
        if coming.is_empty():
            return
        after = self._after()
        owners = _worded(kind, after.find(kind, group, coming.select(group).unique()).filter(_LIVE), after)
        owners = owners.select(*group, *(pl.col(key).alias(f"{key}_of") for key in keys), "by", "needs")
        both = coming.join(owners, on=group, how="inner", maintain_order="left")
        both = both.filter(pl.any_horizontal(pl.col(key) != pl.col(f"{key}_of") for key in keys))
        why = both.select("row", "by", "needs", value=pl.col(group[-1]))
        self._leave(kind, why, "undo-name-taken", group[-1])

    def _coming(self, kind: Kind, columns: tuple[str, ...]) -> pl.DataFrame:
        """Return, as they would be, the records that would live again, or live with other values in these columns."""
        if kind not in self.trail:
            return no_records(kind).with_columns(row=pl.lit(0, pl.Int64))
        now = self.trail[kind].now.select("row", *(pl.col(c).alias(f"{c}_now") for c in (*columns, "state")))
        both = self.trail[kind].then.filter(_LIVE).join(now, on="row", how="inner", maintain_order="left")
        moves = pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c}_now")) for c in columns)
        return both.filter((pl.col("state_now") == State.DELETED.value) | moves).drop_nulls(columns)

    def _going(self, kind: Kind, columns: tuple[str, ...]) -> pl.DataFrame:
        """Return, as they are, the records that would not live any longer, or with other values in these columns."""
        then = self.trail[kind].then.select("row", *(pl.col(c).alias(f"{c}_then") for c in (*columns, "state")))
        both = self.trail[kind].now.filter(_LIVE).join(then, on="row", how="inner", maintain_order="left")
        moves = pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c}_then")) for c in columns)
        return both.filter((pl.col("state_then") == State.DELETED.value) | moves).drop_nulls(columns)

    def _after(self) -> Overlay:
        """Return the roster as it would be."""
        return Overlay(self.store, ChangeSet(changed={kind: steps.then for kind, steps in self.trail.items()}))

    def _leave(self, kind: Kind, why: pl.DataFrame, code: str, column: str = "") -> None:
        """Leave records as they are: why has row, `by` (a run), and what else the sentence says."""
        if why.is_empty():
            return
        why = why.unique("row", keep="first", maintain_order=True)
        places = why.select(name for name in ("row", "by", "needs", "value") if name in why.columns)
        records = self.trail[kind].now.join(places, on="row", how="inner", maintain_order="left")
        records = with_words(kind, records, self.store).with_columns(pl.lit(0, pl.Int64).alias("line"))
        named = {"needs": pl.col("needs").fill_null("what it needs"), "value": pl.col("value")}
        self.findings.append(remarks(records, code, column=column, what=pl.col("_words"), run=pl.col("by"), **named))
        self.trail[kind] = self.trail[kind].without(why.get_column("row"))
        self.left += len(why)


def _renamed(frame: pl.DataFrame, columns: tuple[str, ...], names: tuple[str, ...], *others: str) -> pl.DataFrame:
    """Return these columns under other names, and further ones as they are."""
    return frame.select(*(pl.col(c).alias(n) for c, n in zip(columns, names, strict=True)), *others)


def _worded(kind: Kind, records: pl.DataFrame, roster: RosterView) -> pl.DataFrame:
    """Return the records with `needs`, what people call each, and `by`, the run that touched it last."""
    return with_words(kind, records, roster).with_columns(needs=pl.col("_words"), by=pl.col("run"))

"""A roster in memory: what the engine reads and changes in unit tests, without a database.

It is strict where a database is: a change set that a table would refuse (a key twice, a unique
value of two live records, a reference to nobody) is an AssertionError here.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Set
from dataclasses import replace
from typing import Any

import polars as pl

from syncd.core.audit import Entry
from syncd.core.errors import RosterMoved
from syncd.core.kinds import SPECS, Kind, State
from syncd.core.runs import Run, RunState
from syncd.frames.changes import ChangeSet, no_records, record_schema
from syncd.frames.folding import stored
from syncd.frames.keys import key_text

TOUCHES = {"kind": pl.String, "action": pl.String, "a": pl.Int64, "b": pl.Int64, "identity": pl.Boolean}
CHANGES = {"seq": pl.Int64, "run": pl.Int64, "kind": pl.String, "key": pl.String, "action": pl.String}
CHANGES |= {"row": pl.Int64, "before": pl.String, "after": pl.String}
DELETED = State.DELETED.value


class MemoryRoster:
    """Fulfils `engine.ports.Store` with polars frames."""

    def __init__(self) -> None:
        self.tables = {kind: no_records(kind) for kind in SPECS}
        self.runs: dict[int, Run] = {}
        self.looked_up: Counter[Kind] = Counter()
        self._touches = pl.DataFrame(schema=TOUCHES | {"seq": pl.Int64})
        self.entries: list[Entry] = []
        self._changes = pl.DataFrame(schema=CHANGES)
        self._seq = 0
        self._memories: dict[str, tuple[str, int]] = {}

    # what tests do

    def add(self, kind: Kind, **fields: Any) -> int:
        """Put one record into the roster; return its id, 0 for a link."""
        record = {"state": State.ENABLED.value, "data_source": "sis", "created_run": 1, "run": 1} | fields
        if SPECS[kind].is_entity:
            record = {"id": self.next_id(kind)} | record
        row = pl.DataFrame([record], schema=record_schema(kind))
        self.tables[kind] = pl.concat([self.tables[kind], row])
        self._check({kind})
        return int(record.get("id", 0))

    def records(self, kind: Kind, *, deleted: bool = False) -> list[dict[str, Any]]:
        """Return live records, or all, in order of their keys."""
        frame = self.tables[kind].sort(SPECS[kind].key)
        return (frame if deleted else frame.filter(pl.col("state") != DELETED)).to_dicts()

    def one(self, kind: Kind, **fields: Any) -> dict[str, Any]:
        """Return the only live record that has these values."""
        (found,) = (r for r in self.records(kind) if all(r[name] == value for name, value in fields.items()))
        return found

    # the roster as the engine reads it

    def holds(self, kind: Kind) -> bool:
        return not self.tables[kind].is_empty()

    def find(
        self, kind: Kind, columns: tuple[str, ...], values: pl.DataFrame | None, *, only: tuple[str, ...] = ()
    ) -> pl.DataFrame:
        self.looked_up[kind] += 1
        found = self.tables[kind]
        if values is not None:
            compared = [stored(kind, name) for name in columns]
            found = found.join(
                values.select(columns).drop_nulls().unique(), left_on=compared, right_on=columns, how="semi"
            )
        return found.select(only) if only else found

    def names(self, kind: Kind, column: str, values: pl.DataFrame | None) -> pl.DataFrame:
        columns = list(dict.fromkeys(("id", column, "state")))
        if values is None:
            return self.tables[kind].select(columns)
        return self.find(kind, (column,), values).select(columns)

    def next_id(self, kind: Kind) -> int:
        return int(self.tables[kind].get_column("id").max() or 0) + 1

    def population(self) -> Mapping[Kind, int]:
        return {kind: len(self.records(kind)) for kind in SPECS}

    # its changes

    def installation(self) -> tuple[str, int]:
        return "fake", 7

    def seq(self) -> int:
        return self._seq

    def touches(self, since: int) -> pl.DataFrame:
        return self._touches.filter(pl.col("seq") > since).drop("seq")

    def touched_kinds(self, since: int) -> frozenset[Kind]:
        return frozenset(Kind(kind) for kind in self.touches(since).get_column("kind").unique())

    def memory(self, feed: str) -> tuple[str, int] | None:
        return self._memories.get(feed)

    def apply(
        self,
        changes: ChangeSet,
        run: Run,
        memories: Mapping[str, str],
        before_commit: Callable[[], None] = lambda: None,
    ) -> int:
        if run.roster_seq != self._seq:
            raise RosterMoved
        before_commit()
        self.take(changes, run.id)
        for feed, token in memories.items():
            self._memories[feed] = (token, self._seq)
        self.save_run(run)
        return self._seq

    def take(self, changes: ChangeSet, run: int = 2) -> None:
        """Apply a change set; complain of what a database would refuse."""
        before = self._seq
        for kind, frame in changes.changed.items():
            self._change(kind, frame, run)
        for kind, frame in changes.created.items():
            columns = record_schema(kind)
            number = pl.lit(run, pl.Int64)
            made = frame.with_columns(created_run=number, run=number)
            made = made.select(column for column in columns if column in made.columns)
            made = pl.concat([no_records(kind), made], how="diagonal")
            self.tables[kind] = pl.concat([self.tables[kind], made])
        if self._seq == before and not changes.is_empty:
            self._seq += 1
        self._check({*changes.changed, *changes.created})

    def _change(self, kind: Kind, frame: pl.DataFrame, run: int) -> None:
        spec, keys = SPECS[kind], list(SPECS[kind].key)
        held = self.tables[kind]
        assert len(frame) == len(held.join(frame, on=keys, how="semi")), f"{kind}: changed records are not there, once"
        altered = frame.select(list(record_schema(kind))).with_columns(run=pl.lit(run, pl.Int64))
        self.tables[kind] = pl.concat([held.join(frame, on=keys, how="anti"), altered])
        a, b = (pl.col(name).fill_null(0) if name else pl.lit(0, pl.Int64) for name in spec.scope)
        touched = frame.select(
            pl.lit(kind.value).alias("kind"),
            pl.col("_action").alias("action"),
            a.alias("a"),
            b.alias("b"),
            pl.col("_identity").alias("identity"),
            pl.int_range(self._seq + 1, self._seq + 1 + pl.len()).alias("seq"),
        )
        self._touches = pl.concat([self._touches, touched])
        change = frame.select(
            pl.int_range(self._seq + 1, self._seq + 1 + pl.len()).alias("seq"),
            pl.lit(run, pl.Int64).alias("run"),
            pl.lit(kind.value).alias("kind"),
            key_text(kind).alias("key"),
            pl.col("_action").alias("action"),
            pl.col("_row").alias("row"),
            pl.col("_before").alias("before"),
            pl.col("_after").alias("after"),
        )
        self._changes = pl.concat([self._changes, change])
        self._seq += len(frame)

    def _check(self, moved: Set[Kind]) -> None:
        """Check the tables of these kinds, and what refers to them."""
        for kind, spec in SPECS.items():
            refers = {column: target for column, target in spec.refers().items() if moved & {kind, target}}
            if self.tables[kind].is_empty() or not (kind in moved or refers):
                continue
            live = self.tables[kind].filter(pl.col("state") != DELETED)
            if kind in moved:
                assert not self.tables[kind].select(spec.key).is_duplicated().any(), f"{kind}: a key twice"
                for group in spec.unique:
                    claims = live.select(group).drop_nulls()
                    assert not claims.is_duplicated().any(), f"{kind}: {group} of two live records"
            for column, target in refers.items():
                named = live.get_column(column).drop_nulls()
                ids = self.tables[target].filter(pl.col("state") != DELETED).get_column("id")
                assert named.is_in(ids.implode()).all(), f"{kind}: {column} of a {target} that is not live"

    # its runs

    def add_run(self, run: Run) -> Run:
        stored = replace(run, id=len(self.runs) + 1)
        self.runs[stored.id] = stored
        return stored

    def save_run(self, run: Run, entry: Entry | None = None) -> None:
        assert run.id in self.runs
        self.runs[run.id] = run
        self.entries += [entry] if entry else []

    def run(self, id: int) -> Run | None:
        return self.runs.get(id)

    # what runs did

    def created_by(self, kind: Kind, run: Run) -> pl.DataFrame:
        return self.tables[kind].filter(pl.col("created_run") == run.id).sort(SPECS[kind].key)

    def changes_of(self, run: Run) -> pl.DataFrame:
        return self._changes.filter((pl.col("run") == run.id) & (pl.col("seq") > run.roster_seq)).drop("run")

    def later_changes(self, kind: Kind, keys: pl.Series, since: int) -> pl.DataFrame:
        of_kind = self._changes.filter((pl.col("kind") == kind.value) & pl.col("key").is_in(keys.implode()))
        return of_kind.filter(pl.col("seq") > since).select("key", "run")

    def settled_run(self, sha256: str, fingerprint: str) -> Run | None:
        known = [r for r in self.runs.values() if (r.sha256, r.fingerprint) == (sha256, fingerprint)]
        return next((r for r in reversed(known) if r.settled_seq is not None), None)

    def done_of_delivery(self, run: Run) -> list[Run]:
        done = (RunState.PUSHING, RunState.COMPLETED, RunState.COMPLETED_WITH_FAILURES)
        return [r for r in self.runs.values() if r.received == run.received and r.id != run.id and r.state in done]

    def undone_of_delivery(self, run: Run) -> list[Run]:
        undone = (RunState.HELD, RunState.FAILED, RunState.COMPLETED_WITH_FAILURES)
        return [r for r in self.runs.values() if r.received == run.received and r.id != run.id and r.state in undone]

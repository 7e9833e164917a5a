"""What runs left behind in the database: records and changes by run, what descends from a run, and the audit."""

from typing import Any

import polars as pl

from syncd.core.audit import Entry
from syncd.core.kinds import SPECS, Kind
from syncd.core.runs import Run
from syncd.frames.changes import record_schema
from syncd.store import audit, history, roster, runs
from syncd.store.bulk import Schema, quoted
from syncd.store.database import Database
from syncd.store.schema import RUNS

_CHANGES: Schema = {
    "seq": pl.Int64(),
    "kind": pl.String(),
    "action": pl.String(),
    "key": pl.String(),
    "row": pl.Int64(),
    "before": pl.String(),
    "after": pl.String(),
}
_LATER: Schema = {"seq": pl.Int64(), "key": pl.String(), "run": pl.Int64()}
_STAGE = "traced"
_TOGETHER = 500
"""Ids in one statement."""


class Traces:
    """The part of the store that tells what came of which run."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def created_by(self, kind: Kind, run: Run) -> pl.DataFrame:
        """Return the records of a kind that a run created, as they are now, in the order of their keys."""
        schema = record_schema(kind)
        counted = run.changes.get(kind)
        with self._database.bulk(lambda _: counted.created if counted else 0) as bulk:
            sql = f'SELECT {quoted(*schema)} FROM "{SPECS[kind].table}" WHERE created_run = {run.id:d}'
            return bulk.query(sql, schema).sort(SPECS[kind].key)

    def changes_of(self, run: Run) -> pl.DataFrame:
        """Return what a run changed of records that were there before, in the order in which it did.

        Columns: seq, kind, action, key (as `frames.keys` writes it), row, before and after (as JSON).
        """
        where = f"seq > {run.roster_seq:d} AND run = {run.id:d}"
        with self._database.bulk(lambda bulk: roster.seq(bulk) - run.roster_seq) as bulk:
            return bulk.query(f"SELECT {quoted(*_CHANGES)} FROM changes WHERE {where}", _CHANGES).sort("seq")

    def later_changes(self, kind: Kind, keys: pl.Series, since: int) -> pl.DataFrame:
        """Return key and run of every change of these records after that change, in the order of time."""
        with self._database.bulk(lambda _: len(keys)) as bulk:
            bulk.stage(_STAGE, pl.DataFrame({"key": keys}))
            sql = (
                f'SELECT c.seq, c.key, c.run FROM "{_STAGE}" w JOIN changes c ON c.key = w.key '
                f"WHERE c.kind = '{kind.value}' AND c.seq > {since:d}"
            )
            return bulk.query(sql, _LATER).sort("seq").drop("seq")

    def children(self, *ids: int) -> list[Run]:
        """Return the runs that were made from these, newest first: requeued, handed in as tryback, or undoing them."""
        found: list[Run] = []
        with self._database.reading() as connection:
            for start in range(0, len(ids), _TOGETHER):
                found += runs.listed(connection, RUNS.c.parent.in_(ids[start : start + _TOGETHER]))
        return sorted(found, key=lambda run: run.id, reverse=True)

    def history(self, kind: Kind, key: str) -> list[dict[str, Any]]:
        """Return what happened to the records that a key means, in the order of time; see `history.history`."""
        with self._database.reading() as connection:
            return history.history(connection, kind, key)

    def record_entry(self, *entries: Entry) -> None:
        """Write entries of the audit down together, for what changes nothing else in the database."""
        with self._database.writing() as connection:
            for entry in entries:
                audit.add(connection, entry)

    def audit(self, run: int | None = None, limit: int | None = None) -> list[Entry]:
        """Return entries of the audit, the newest first; those about one run where it is given."""
        with self._database.reading() as connection:
            return audit.listed(connection, run, limit)

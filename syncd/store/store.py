"""The store: everything that syncd knows of rosters and runs, in one database."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from syncd.core.audit import Entry
from syncd.core.kinds import SPECS, Kind
from syncd.core.runs import Run, RunState
from syncd.frames.changes import ChangeSet
from syncd.store import audit, contents, records, roster, runs
from syncd.store.apply import apply
from syncd.store.database import Database
from syncd.store.schema import CHANGES, MEMORIES, META, POPULATION, RECORDS, RUN_FILES, RUNS
from syncd.store.traces import Traces

_SAME_FILE = 20
"""Runs of the same bytes that are looked through for one whose rows all stood."""


_PAGE = 1000
"""Runs that are held at once where all of them are looked through."""


_OF_DELIVERY = 100
"""Runs of one delivery that are looked through for what a row misses."""


class Store(Traces):
    """The roster and the journal of runs. Safe to use from several threads and processes."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._installation: tuple[str, int] | None = None

    @classmethod
    def open(cls, url: str) -> "Store":
        """Open the store at `sqlite:////absolute/path` or `postgresql://…`; make or upgrade it where needed.

        Raises:
            UsageError: the URL cannot be used, or a newer syncd made the database.
            PassingError: the database cannot be reached.
        """
        return cls(Database.open(url))

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def copy_to(self, path: Path) -> None:
        """Write a copy of a SQLite database, whole and of one moment, to a new file."""
        self._database.copy_to(path)

    def installation(self) -> tuple[str, int]:
        """Return the UUID of this roster and its 63-bit seed, both made with it."""
        if self._installation is None:
            with self._database.reading() as connection:
                facts = {fact.name: fact.value for fact in connection.execute(sa.select(META))}
            self._installation = facts["installation"], int(facts["seed"])
        return self._installation

    def add_runs(self, wanted: Iterable[tuple[Run, Entry | None]]) -> list[Run]:
        """Store new runs, and with each the entry of the audit that says who wanted it; return them with their ids."""
        stored = []
        with self._database.writing() as connection:
            for run, entry in wanted:
                stored.append(runs.add(connection, run))
                if entry:
                    audit.add(connection, replace(entry, run=stored[-1].id))
        return stored

    def add_run(self, run: Run, entry: Entry | None = None) -> Run:
        """Store one new run; see `add_runs`."""
        return self.add_runs([(run, entry)])[0]

    def save_run(self, run: Run, entry: Entry | None = None) -> None:
        """Store how a run stands, and with it the entry of the audit that says who decided so.

        Raises:
            SyncdError: it was never added.
        """
        with self._database.writing() as connection:
            runs.save(connection, run)
            if entry:
                audit.add(connection, entry)

    def run(self, id: int) -> Run | None:
        """Return a run by its id."""
        return next(iter(self._listed(RUNS.c.id == id)), None)

    def runs_of_works(self, works: Iterable[str]) -> dict[str, Run]:
        """Return the runs to which work folders belong, by the folders; one that has no run yet is left out."""
        names = list(works)
        found: dict[str, Run] = {}
        for start in range(0, len(names), _PAGE):
            of_page = RUN_FILES.c.work.in_(names[start : start + _PAGE])
            found |= {file.work: run for run in self._listed(runs.has_file(of_page)) for file in run.files}
        return found

    def run_of_tryback(self, tryback: str) -> Run | None:
        """Return the run that wrote a tryback, given as a path below the home."""
        found = self._listed(runs.has_file(RUN_FILES.c.tryback == tryback)) if tryback else []
        return next((run for run in found if run.of_tryback(tryback)), None)

    def settled_run(self, sha256: str, fingerprint: str) -> Run | None:
        """Return the newest run of these bytes, read in this way, of which every row stood."""
        same = self._listed(RUNS.c.sha256 == sha256, limit=_SAME_FILE)
        return next((run for run in same if run.fingerprint == fingerprint and run.settled_seq is not None), None)

    def runs(self, *, state: RunState | None = None, limit: int | None = None) -> list[Run]:
        """Return runs, newest first."""
        where = (RUNS.c.state == state.value,) if state else ()
        return self._listed(*where, limit=limit)

    def every_run(self) -> Iterator[Run]:
        """Give every run, the oldest first, a page at a time."""
        last = 0
        while page := self._listed(RUNS.c.id > last, oldest_first=True, limit=_PAGE):
            yield from page
            last = page[-1].id

    def save_runs(self, changed: Iterable[Run]) -> None:
        """Store how several runs stand, in one transaction."""
        with self._database.writing() as connection:
            for run in changed:
                runs.save(connection, run)

    def contents(self) -> frozenset[str]:
        """Return the SHA-256 of every content, such as a picture, that a record has or had."""
        with self._database.reading() as connection:
            return contents.in_use(connection)

    def memories(self) -> frozenset[str]:
        """Return the feeds of which rows are remembered."""
        with self._database.reading() as connection:
            return frozenset(connection.scalars(sa.select(MEMORIES.c.feed)))

    def forget_memories(self, feeds: Iterable[str]) -> None:
        """Remember nothing of the rows of these feeds any longer."""
        with self._database.writing() as connection:
            for feed in feeds:
                connection.execute(sa.delete(MEMORIES).where(MEMORIES.c.feed == feed))

    def runs_of_feed(self, feed: str, limit: int) -> list[Run]:
        """Return the newest runs of a feed, newest first."""
        return self._listed(RUNS.c.feed == feed, limit=limit)

    def runs_of_sender(self, sender: str, data_source: str, feeds: Iterable[str], limit: int) -> list[Run]:
        """Return the newest runs of the files that an account sent, of a data source ("" for none) and of feeds."""
        own = [RUNS.c.sender == sender, RUNS.c.feed.in_(tuple(feeds))]
        if data_source:
            own.append(RUNS.c.data_source == data_source)
        return self._listed(sa.or_(*own), limit=limit)

    def done_of_delivery(self, run: Run) -> list[Run]:
        """Return the other runs of the same delivery that were carried out."""
        same = RUNS.c.received == run.received.isoformat()
        done = (RunState.PUSHING, RunState.COMPLETED, RunState.COMPLETED_WITH_FAILURES)
        return self._listed(same, RUNS.c.state.in_([state.value for state in done]), RUNS.c.id != run.id)

    def undone_of_delivery(self, run: Run) -> list[Run]:
        """Return the other runs of the same delivery that are held, failed, or have failed rows; the newest of them."""
        same = RUNS.c.received == run.received.isoformat()
        undone = (RunState.HELD, RunState.FAILED, RunState.COMPLETED_WITH_FAILURES)
        states = RUNS.c.state.in_([state.value for state in undone])
        return self._listed(same, states, RUNS.c.id != run.id, limit=_OF_DELIVERY)

    def unfinished(self) -> list[Run]:
        """Return the runs that are neither final nor held, oldest first."""
        return self._listed(runs.is_unfinished(), oldest_first=True)

    def seq(self) -> int:
        """Return the number of the last change, 0 when there was none."""
        with self._database.reading() as connection:
            return int(connection.scalars(sa.select(META.c.value).where(META.c.name == "seq")).one())

    def population(self) -> dict[Kind, int]:
        """Return how many live records of each kind there are."""
        with self._database.reading() as connection:
            live = {count.kind: count.live for count in connection.execute(sa.select(POPULATION))}
        return {kind: live.get(kind.value, 0) for kind in SPECS}

    def holds(self, kind: Kind) -> bool:
        """Return whether there is any record of this kind, deleted ones included."""
        with self._database.reading() as connection:
            held = connection.scalar(sa.select(POPULATION.c.held).where(POPULATION.c.kind == kind.value))
        return bool(held)

    def find(
        self,
        kind: Kind,
        columns: tuple[str, ...],
        values: pl.DataFrame | None,
        *,
        only: tuple[str, ...] = (),
    ) -> pl.DataFrame:
        """Return the records, deleted ones included, whose `columns` equal a row of `values`.

        Args:
            kind: the kind of record.
            columns: columns of the kind, named alike in `values`.
            values: what to look for; null finds nothing. None for every record.
            only: the columns to return; empty for whole records.

        Returns:
            A frame as `frames.changes.record_schema` describes it, in no particular order.
        """
        with self._database.bulk(partial(roster.at_stake, kind=kind, columns=columns, values=values)) as bulk:
            return roster.find(bulk, kind, columns, values, only)

    def names(self, kind: Kind, column: str, values: pl.DataFrame | None) -> pl.DataFrame:
        """Return columns id, `column` and state of all records so named, and maybe of others; of every one for None.

        Args:
            kind: a kind that has an id.
            column: the identifier.
            values: the names wanted, each once, in a column of that name.
        """
        with self._database.bulk(partial(roster.at_stake, kind=kind, columns=(column,), values=values)) as bulk:
            return roster.names(bulk, kind, column, values)

    def next_id(self, kind: Kind) -> int:
        """Return the first id of a kind that was never used."""
        with self._database.reading() as connection:
            return int(connection.scalar(sa.select(sa.func.max(RECORDS[kind].c.id))) or 0) + 1

    def touched_kinds(self, since: int) -> frozenset[Kind]:
        """Return the kinds of which a record changed after that change."""
        with self._database.reading() as connection:
            found = connection.scalars(sa.select(CHANGES.c.kind).where(CHANGES.c.seq > since).distinct())
            return frozenset(Kind(kind) for kind in found)

    def touches(self, since: int) -> pl.DataFrame:
        """Return what changed after that change: kind, action, a, b (the scope's values) and identity."""
        with self._database.bulk(lambda bulk: roster.seq(bulk) - since) as bulk:
            return roster.touches(bulk, since)

    def memory(self, feed: str) -> tuple[str, int] | None:
        """Return the token of the side file that remembers a feed's rows, and the last change when it was written."""
        with self._database.reading() as connection:
            found = connection.execute(sa.select(MEMORIES.c.token, MEMORIES.c.seq).where(MEMORIES.c.feed == feed))
            row = found.one_or_none()
        return (row.token, row.seq) if row else None

    def apply(
        self,
        changes: ChangeSet,
        run: Run,
        memories: Mapping[str, str],
        before_commit: Callable[[], None] = lambda: None,
    ) -> int:
        """Do what the change set of one run says; see `apply_together`."""
        return self.apply_together([(changes, run)], memories, before_commit)

    def apply_together(
        self,
        parts: Sequence[tuple[ChangeSet, Run]],
        memories: Mapping[str, str],
        before_commit: Callable[[], None] = lambda: None,
    ) -> int:
        """Do what the change sets of some runs say, all or nothing, and return the number of the last change.

        Args:
            parts: what each run creates and changes, in order, and the run as it shall be stored in the same
                transaction.
            memories: the tokens of the side files that are true after these runs, by feed.
            before_commit: called when all is done but the commit; what it raises undoes everything.

        Raises:
            RosterMoved: the roster changed since the plan was made.
            SyncdError: the database refuses the changes.
            PassingError: the database is busy, full or out of reach.
        """
        with self._database.bulk(lambda _: sum(len(changes) for changes, _ in parts)) as bulk:
            return apply(bulk, parts, memories, before_commit)

    def records(self, kind: Kind, *, deleted: bool = False) -> Iterator[dict[str, Any]]:
        """Give the live records of a kind as contract JSON, the deleted ones too if wanted."""
        return records.listed(self._database, kind, deleted=deleted)

    def record(self, kind: Kind, key: str) -> list[dict[str, Any]]:
        """Return the records that a person means by an id, an identifier or a printed key, live ones first."""
        with self._database.reading() as connection:
            return records.found(connection, kind, key)

    def _listed(
        self, *where: sa.ColumnElement[bool], oldest_first: bool = False, limit: int | None = None
    ) -> list[Run]:
        with self._database.reading() as connection:
            return runs.listed(connection, *where, oldest_first=oldest_first, limit=limit)

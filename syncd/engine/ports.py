"""What the engine asks of the outside world. Adapters have these shapes; `app` joins them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

import polars as pl

from syncd.core.audit import Entry
from syncd.core.feeds import Keeps
from syncd.core.kinds import Kind
from syncd.core.runs import Run, RunFile
from syncd.frames.changes import ChangeSet
from syncd.frames.difference import RowMemory
from syncd.frames.plan import Plan, Spans
from syncd.frames.wrapping import Wrapping


class RosterView(Protocol):
    """The roster as it stands, read in columns."""

    def holds(self, kind: Kind) -> bool:
        """Return whether there is any record of this kind, deleted ones included."""
        ...

    def find(
        self, kind: Kind, columns: tuple[str, ...], values: pl.DataFrame | None, *, only: tuple[str, ...] = ()
    ) -> pl.DataFrame:
        """Return the records whose columns equal a row of the values, every one for None; whole, or these columns.

        values: as they are compared (`syncd.frames.folding`).
        """
        ...

    def names(self, kind: Kind, column: str, values: pl.DataFrame | None) -> pl.DataFrame:
        """Return columns id, `column` and state of all records so named, and maybe of others; of every one for None.

        values: as they are compared (`syncd.frames.folding`).
        """
        ...

    def next_id(self, kind: Kind) -> int:
        """Return the first id not yet used."""
        ...

    def population(self) -> Mapping[Kind, int]:
        """Return how many live records there are of each kind."""
        ...


class Store(RosterView, Protocol):
    """The database: the roster, its changes, and the runs."""

    def installation(self) -> tuple[str, int]:
        """Return the id of this installation and its random seed."""
        ...

    def seq(self) -> int:
        """Return the number of the last change; it moves with every run that changes something."""
        ...

    def touched_kinds(self, since: int) -> frozenset[Kind]:
        """Return the kinds of which a record changed after this number."""
        ...

    def touches(self, since: int) -> pl.DataFrame:
        """Return kind, action, a, b, identity of every change after this number."""
        ...

    def memory(self, feed: str) -> tuple[str, int] | None:
        """Return token and change number of the row memory that belongs to a feed."""
        ...

    def apply(
        self, changes: ChangeSet, run: Run, memories: Mapping[str, str], before_commit: Callable[[], None]
    ) -> int:
        """Apply the changes and save the run in one transaction; return the new change number.

        memories: the tokens of the row memories that are true then, by feed.
        before_commit: called when all is done but the commit; what it raises undoes everything.
        """
        ...

    def apply_together(
        self,
        parts: Sequence[tuple[ChangeSet, Run]],
        memories: Mapping[str, str],
        before_commit: Callable[[], None],
    ) -> int:
        """Apply the changes of some runs and save these in one transaction; return the new change number.

        memories: the tokens of the row memories that are true then, by feed.
        before_commit: called when all is done but the commit; what it raises undoes everything.
        """
        ...

    def add_run(self, run: Run) -> Run:
        """Store a new run; return it with its id."""
        ...

    def save_run(self, run: Run, entry: Entry | None = None) -> None:
        """Store a run as it now stands, and with it the entry of the audit that says who decided so."""
        ...

    def save_runs(self, changed: Iterable[Run]) -> None:
        """Store some runs as they now stand."""
        ...

    def run(self, id: int) -> Run | None:
        """Return a run by its id."""
        ...

    def created_by(self, kind: Kind, run: Run) -> pl.DataFrame:
        """Return the records of a kind that a run created, as they are now, in the order of their keys."""
        ...

    def changes_of(self, run: Run) -> pl.DataFrame:
        """Return seq, kind, action, key, row, before, after of each change that a run made, in order."""
        ...

    def later_changes(self, kind: Kind, keys: pl.Series, since: int) -> pl.DataFrame:
        """Return key and run of every change of these records after that change, in order."""
        ...

    def settled_run(self, sha256: str, fingerprint: str) -> Run | None:
        """Return the newest run of these bytes, read in this way, of which every row stood."""
        ...

    def done_of_delivery(self, run: Run) -> list[Run]:
        """Return the other runs of the same delivery that were carried out."""
        ...

    def undone_of_delivery(self, run: Run) -> list[Run]:
        """Return the other runs of the same delivery that are held, failed, or have failed rows."""
        ...


class Memories(Protocol):
    """The row memories, kept beside the database. A lost one only costs time."""

    def load(self, feed: str, token: str) -> RowMemory | None:
        """Return the memory of a feed if it is whole and carries this token."""
        ...

    def save(self, feed: str, token: str, memory: RowMemory) -> None:
        """Keep the memory of a feed."""
        ...


class Plans(Protocol):
    """Stored plans, one folder a run. They stay as the run's history."""

    def save(self, run: Run, plan: Plan) -> None:
        """Keep a plan; it is durable when this returns."""
        ...

    def load(self, run: Run) -> Plan:
        """Return the kept plan of a run; an empty one where nothing had to be kept."""
        ...

    def findings(self, run: Run) -> pl.DataFrame:
        """Return the findings of a kept plan."""
        ...

    def absent(self, run: Run) -> pl.DataFrame:
        """Return the names that a run would have made and did not (`frames.absent`)."""
        ...

    def discard(self, run: Run) -> None:
        """Forget the plan of a run."""
        ...


class Artefacts(Protocol):
    """Where reports, trybacks and archives are written."""

    def reserve(self, run: Run, *, mended: Sequence[bool], keeps: Keeps = ...) -> Run:
        """Return the run with names for its artefacts that nothing has yet; for those that are not kept, with none.

        mended: for each of its files whether there will be a tryback.
        """
        ...

    def write_reports(self, reports: Sequence[tuple[Run, pl.DataFrame]]) -> None:
        """Write the report of each run with its findings, as text and as JSON; nothing where it has no name for one."""
        ...

    def write_tryback(self, file: RunFile, wrapping: Wrapping, source: BinaryIO, spans: Spans) -> None:
        """Write the records from `spans`, offsets of their first and past their last byte, and what surrounds them."""
        ...

    def write_archives(self, files: Sequence[tuple[RunFile, Path]]) -> None:
        """Move files to the archives."""
        ...


class Contents(Protocol):
    """Where the bytes are kept that belong to records and are no column of theirs, such as pictures."""

    def keep(self, contents: Iterable[tuple[str, bytes]]) -> None:
        """Keep every content, its SHA-256 and its bytes; all of them are durable when this returns."""
        ...


class Letters(Protocol):
    """Where it is put down that people are to hear of a run."""

    def tell(self, run: Run, findings: pl.DataFrame) -> None:
        """See to it that people hear of a run that is over or held, once; certain when this returns.

        Called again for the same run in the same state it does nothing.
        """
        ...


class Journal(Protocol):
    """Told of every step that a run has reached, so that one can look, show and test what comes between."""

    def reached(self, run: Run, step: str) -> None:
        """Take note of a step. Whatever happens after this call must not undo what came before."""
        ...

    def progress(self, run: Run, step: str, done: int, total: int) -> None:
        """Hear how far a long step has come; 0 of 0 where that is not known."""
        ...


class Clock(Protocol):
    """What time it is."""

    def now(self) -> datetime:
        """Return local time with its offset."""
        ...

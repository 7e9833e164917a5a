"""A delivered archive: every file in it is a row, in the order of names."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import polars as pl

from syncd import __version__
from syncd.core.claims import Claim
from syncd.core.errors import FileError
from syncd.core.findings import finding
from syncd.core.runs import RowCounts
from syncd.engine.delivered import Delivered
from syncd.engine.drawing import Basis, Task, draw, populations
from syncd.engine.planning import stands_whole, to_mend
from syncd.engine.presence import Told
from syncd.engine.recognised import RULES
from syncd.engine.results import RowResults
from syncd.engine.work import Work
from syncd.formats.columns import Commands
from syncd.formats.dialect import ArchiveFile, FileKind, Operation
from syncd.frames.changes import ChangeSet
from syncd.frames.difference import RowMemory
from syncd.frames.lines import jumps
from syncd.frames.plan import FilePlan, Plan, Spans, count_rows
from syncd.frames.wrapping import Wrapping
from syncd.frames.zips import Entry, read_listing, unpack, wrapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive(Delivered):
    """An archive of which it is known what it holds. Its entries are read one at a time, never unpacked to a disk."""

    file: ArchiveFile
    options: Any

    @property
    def file_kind(self) -> FileKind:
        """Which kind of file it is."""
        return self.file

    @property
    def holds_secrets(self) -> bool:
        """No entry is a password."""
        return False

    def fingerprint(self, operation: Operation, claim: Claim) -> str:
        """Return what, beside its bytes, decides what an entry means."""
        parts = (__version__, RULES, self.dialect, self.object, self.options, operation.name, claim)
        return sha256(repr(parts).encode()).hexdigest()

    def plan(self, room: Path, memory: RowMemory, basis: Basis) -> Plan:
        """Make the plan of the archive.

        Raises:
            FileError: it is no archive, damaged, or over a limit.
        """
        results = RowResults()
        with room.open("rb") as source:
            entries = self._entries(source)
            commands = self._read(source, entries, results, lambda done, total: basis.tell("reading", done, total))
        basis.tell("planning", 0, 0)
        work = Work(commands=commands, operation=basis.operation, options=self.options, now=basis.now, secret=b"")
        told = Told(rows=_rows(entries), known=np.empty(0, np.uint64))
        drawn = draw([Task(kind=self.file, work=work, told=told)], basis, results)
        changes = drawn.draft.changes()
        outcomes = results.outcomes(_rows(entries), drawn.draft.effective(changes))
        return Plan(
            changes=changes,
            actions=results.actions(),
            findings=results.findings(),
            files=(FilePlan(rows=count_rows(outcomes, 0), spans=_spans(entries, to_mend(outcomes))),),
            before=populations(basis.roster, changes),
            complete=stands_whole(self.file, outcomes),
            absences=drawn.absences,
            jumps=jumps(_rows(entries).to_numpy(), np.array([entry.ordinal for entry in entries], dtype=np.int64)),
        )

    def check(self, source: BinaryIO) -> tuple[RowCounts, pl.DataFrame]:
        """Return the rows, failed or unchanged, and the findings, without a roster.

        Raises:
            FileError: it is no archive, damaged, or over a limit.
        """
        entries, results = self._entries(source), RowResults()
        self._read(source, entries, results, lambda _done, _total: None)
        return count_rows(results.outcomes(_rows(entries)), 0), results.findings()

    def wrapping(self, source: BinaryIO, spans: Spans) -> Wrapping:
        """Return what makes the entries at these spans an archive of their own."""
        return wrapping(read_listing(source, self.file.limits(self.options)), spans)

    def contents(self, source: BinaryIO, changes: ChangeSet) -> Iterator[tuple[str, bytes]]:
        """Yield digest and bytes of every entry that gave a new or changed record its content, one at a time."""
        frames = [frame for part in (changes.created, changes.changed) for frame in part.values()]
        rows = {row for frame in frames for row in frame.get_column("_row").drop_nulls().to_list()}
        entries = self._entries(source)
        for row in sorted(rows - {0}):
            data = unpack(source, entries[row - 1])
            if data is not None:
                yield sha256(data).hexdigest(), data

    def _entries(self, source: BinaryIO) -> list[Entry]:
        """Return the entries that are files, in the order of their names."""
        listing = read_listing(source, self.file.limits(self.options))
        entries = [entry for entry in listing.entries if not entry.is_folder]
        if not entries:
            raise FileError(finding("archive-empty"))
        return sorted(entries, key=lambda entry: (entry.name, entry.ordinal))

    def _read(
        self, source: BinaryIO, entries: list[Entry], results: RowResults, tell: Callable[[int, int], None]
    ) -> Commands:
        """Return the entries as commands; what cannot be taken is entered in the results."""
        commands = self.file.read(source, entries, self.options, tell)
        results.add(commands.findings)
        results.skip(commands.parts["litter"], "entry-litter")
        return commands


def _rows(entries: list[Entry]) -> pl.Series:
    return pl.int_range(1, len(entries) + 1, dtype=pl.Int64, eager=True)


def _spans(entries: list[Entry], mend: npt.NDArray[np.bool_]) -> Spans:
    """Return where the entries to mend begin and stop, in the order of the file."""
    failed = sorted((entry.start, entry.stop) for entry, wrong in zip(entries, mend, strict=True) if wrong)
    spans = np.array(failed, dtype=np.int64).reshape(-1, 2)
    return spans[:, 0].copy(), spans[:, 1].copy()

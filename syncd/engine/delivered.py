"""A delivered file of which it is known what it is: a table of lines, or an archive.

What a run does with a file, it asks for in one way; how the file is built is the business of what stands behind.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import polars as pl

from syncd.core.claims import Claim
from syncd.core.runs import RowCounts
from syncd.engine import planning
from syncd.engine.drawing import Basis
from syncd.engine.planning import Member
from syncd.engine.reading import about_lines, read
from syncd.engine.recognised import Recognised, about_flags, read_rows
from syncd.engine.results import RowResults
from syncd.formats.dialect import FileKind, Operation
from syncd.frames.changes import ChangeSet
from syncd.frames.difference import RowMemory, empty_memory
from syncd.frames.findings import gather
from syncd.frames.plan import Plan, Spans, count_rows
from syncd.frames.wrapping import Wrapping


class Delivered(Protocol):
    """What a run asks of its file. `room` is where its bytes are; `source` is the file, open and seekable."""

    @property
    def file_kind(self) -> FileKind:
        """Which kind of file it is."""
        ...

    @property
    def dialect(self) -> str:
        """The dialect to which it belongs."""
        return self.file_kind.dialect

    @property
    def object(self) -> str:
        """What it holds, such as users."""
        return self.file_kind.object

    @property
    def holds_secrets(self) -> bool:
        """Whether it may hold passwords."""
        ...

    def fingerprint(self, operation: Operation, claim: Claim) -> str:
        """Return what, beside its bytes, decides what a row means."""
        ...

    def plan(self, room: Path, memory: RowMemory, basis: Basis) -> Plan:
        """Make the plan of the file. memory: the rows of it that are known to stand."""
        ...

    def check(self, source: BinaryIO) -> tuple[RowCounts, pl.DataFrame]:
        """Return the rows, failed or unchanged, and the findings, without a roster."""
        ...

    def wrapping(self, source: BinaryIO, spans: Spans) -> Wrapping:
        """Return what makes a file of the same form of the rows at these spans."""
        ...

    def contents(self, source: BinaryIO, changes: ChangeSet) -> Iterator[tuple[str, bytes]]:
        """Yield digest and bytes of what the changed records hold that is no column."""
        ...


def plan_together(
    names: Sequence[str],
    files: Sequence[Delivered],
    rooms: Sequence[Path],
    memories: Sequence[RowMemory],
    basis: Basis,
) -> Plan:
    """Make the plan of the files of a batch. Several are tables; their names are for the findings.

    Raises:
        FileError: one of them cannot be worked.
    """
    if len(files) == 1:
        return files[0].plan(rooms[0], memories[0], basis)
    tables = [file for file in files if isinstance(file, Table)]
    members, before = [], 0
    for name, table, room, memory in zip(names, tables, rooms, memories, strict=True):
        members.append(Member.opened(name, table.file, room, memory, basis, before))
        before += room.stat().st_size
    return planning.plan(members, basis)


@dataclass(frozen=True, slots=True)
class Table(Delivered):
    """A command file: rows under a header, or a plain list."""

    file: Recognised

    @property
    def file_kind(self) -> FileKind:
        """Which kind of file it is."""
        return self.file.command_file

    @property
    def holds_secrets(self) -> bool:
        """Whether it has a column for passwords."""
        return self.file.holds_secrets

    def fingerprint(self, operation: Operation, claim: Claim) -> str:
        """Return what, beside its bytes, decides what a row means."""
        return self.file.fingerprint(operation, claim)

    def may_have_company(self, basis: Basis) -> bool:
        """Whether its rows may be planned together with those of other files: each stands for itself."""
        return self.file.remembers and not basis.operation.is_snapshot

    def plan(self, room: Path, memory: RowMemory, basis: Basis) -> Plan:
        """Make the plan of the file."""
        return planning.plan([Member.opened("", self.file, room, memory, basis)], basis)

    def check(self, source: BinaryIO) -> tuple[RowCounts, pl.DataFrame]:
        """Return the rows, failed or unchanged, and the findings, without a roster."""
        reading, results = read(source, self.file.layout, empty_memory(), seed=0), RowResults()
        results.add(about_flags(read_rows(self.file, reading, results)))
        rows = count_rows(results.outcomes(pl.Series(reading.rows)), known=0)
        return rows, gather([about_lines(reading, self.file.layout), self.file.findings, results.findings()])

    def wrapping(self, source: BinaryIO, spans: Spans) -> Wrapping:
        """Return the header."""
        return self.file.layout.wrapping

    def contents(self, source: BinaryIO, changes: ChangeSet) -> Iterator[tuple[str, bytes]]:
        """Yield nothing: what a table brings stands in columns."""
        return iter(())

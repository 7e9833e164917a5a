"""The contract of a dialect: its kinds of file, what makes a plan of each, and what follows from a plan."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from syncd.core.claims import Foreign
from syncd.core.kinds import Kind
from syncd.formats.columns import Column, Commands, Sheet
from syncd.formats.options import Options
from syncd.frames.headers import nearest, plain
from syncd.frames.zips import Entry, ZipLimits

if TYPE_CHECKING:
    from syncd.engine.draft import Draft
    from syncd.engine.presence import Presence
    from syncd.engine.reliances import Reliance
    from syncd.engine.results import RowResults
    from syncd.engine.standing import Watch
    from syncd.engine.work import Work


@dataclass(frozen=True, kw_only=True)
class FileKind:
    """One kind of file that a dialect knows.

    stage: its place among the files of one pass, by `core.order.Stage`. kind: what its rows are mainly about.
    plan: enters the commands of a file into the draft, and what became of each row; of a snapshot it returns what it
        says by leaving out.
    watch: what its rows depend on; None where rows are always looked at, also those of the same file again.
    remembers: whether rows may be remembered one by one under given options. They may not where they name records by
        something that several may have: a new record could then make a row ambiguous that was not so before.
    about: what the file does and what its verbs mean, in sentences for the reference.
    options: the options of the dialect that change what the file does.
    example: a header and rows as somebody would send them; of an archive, names of files, one a line.
    """

    dialect: str
    object: str
    kind: Kind
    default_names: tuple[str, ...]
    stage: int
    plan: "Callable[[Work, Draft, RowResults], Iterable[Presence] | None]"
    watch: "Watch | None" = None
    remembers: Callable[[Any], bool] = lambda _options: False
    about: str = ""
    options: tuple[str, ...] = ()
    example: str = ""


@dataclass(frozen=True, kw_only=True)
class CommandFile(FileKind):
    """A table of rows under a header, or a plain list.

    names: regular expressions over file names, as `syncd.formats.recognition` prepares them.
    shape: what makes commands of the checked values. has_header: False for a plain list; one of
        `identifiers` as its first line counts as a header all the same.
    marks: where no column is required, a header of this file has at least one of these.
    one_of: under given options, the columns of which the header must have at least one.
    entities: `&#44` stands for a comma and `&#59` for a semicolon.
    short_rows: a row may end before the header does; the columns it leaves out are untouched.
    instead: how such a file asks for what other systems ask by a column of their own (delete, status …).
    """

    names: str
    columns: tuple[Column, ...]
    shape: Callable[[Sheet], Commands]
    has_header: bool = True
    identifiers: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    one_of: Callable[[Any], tuple[str, ...]] | None = None
    entities: bool = False
    short_rows: bool = False
    instead: str = ""

    @cached_property
    def exact(self) -> Mapping[str, Column]:
        """The columns that are no families, by each of their names."""
        return {name: column for column in self.columns for name in column.spellings(())}

    @cached_property
    def families(self) -> tuple[Column, ...]:
        """The columns that are families, by one of their names at least."""
        return tuple(c for c in self.columns if any("<" in header for header in (c.header, *c.aliases)))

    def column_of(self, name: str) -> Column | None:
        """Return the column of a header name in lower case, None where the file knows none."""
        found = self.exact.get(name)
        if found is None:
            found = next((column for column in self.families if column.field_of(name) is not None), None)
        return found

    def missing(self, names: Collection[str]) -> tuple[str, ...]:
        """Return the required columns that a header, given as names in lower case, lacks."""
        found = {c.field for name in names if (c := self.column_of(name))}
        lacking = (c for c in self.columns if c.required and c.field not in found)
        return tuple(column.header for column in lacking if not set(column.unless) & set(names))

    def nearest(self, name: str, taken: Collection[str] = ()) -> str:
        """Return the column name that a misspelt one in lower case surely means, "" for none; see `frames.headers`."""
        numbers = tuple(int(number) for number in re.findall(r"[0-9]{1,3}", name)) or (1,)
        known = (spelling for c in self.columns if not c.ignored for spelling in c.spellings(numbers))
        return nearest(name, known, taken)

    @cached_property
    def spellings(self) -> frozenset[str]:
        """The header names of this file, numbered ones up to 9."""
        return frozenset(name for column in self.columns for name in column.spellings(tuple(range(10))))


class ArchiveReader(Protocol):
    """What makes commands of the entries of an archive."""

    def __call__(
        self, source: BinaryIO, entries: Sequence[Entry], options: Any, tell: Callable[[int, int], None], /
    ) -> Commands:
        """Return the commands, and in the part `litter` row and line of entries that mean nothing.

        entries: the files of the archive; the first is row 1. tell: hears how many are read, and of how many.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class ArchiveFile(FileKind):
    """A zip archive, of which every file is a row.

    claims: whether a file of this name is one, under given options. read: makes commands of its
        entries. limits: what such an archive may hold.
    """

    claims: Callable[[str, Any], bool]
    read: ArchiveReader
    limits: Callable[[Any], ZipLimits]


def _nothing_follows(_draft: "Draft", _now: int) -> None:
    """Derive nothing: what the files of most dialects change stands by itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A table of a delivery, before it is read further: its name, and which kind of file it is."""

    name: str
    kind: FileKind


Batches = Sequence[Sequence[Head]]
"""Which tables of a delivery are one run each, in the order in which they are planned."""


def each_alone(heads: Sequence[Head]) -> Batches:
    """Let every file be a run of its own."""
    return [[head] for head in heads]


def all_together(heads: Sequence[Head]) -> Batches:
    """Let all files of a delivery be one run, in order of dependence."""
    return [sorted(heads, key=lambda head: (head.kind.stage, head.name))]


@dataclass(frozen=True, slots=True)
class Operation:
    """What a file may ask for as a whole. is_snapshot: records that it leaves out go away."""

    name: str
    is_snapshot: bool = False


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """A family of files: how they are read, planned, and what follows from their plans.

    objects: everything that a file of this dialect can be, by object. options: the model of its options.
    operations: what a file may ask for as a whole; the first is what it asks for where nobody says. batches: which
    tables that came together, and of which the same was said, are one run; each is in one of them. foreign: what
    becomes of records of other data sources; None where the settings decide. derive: what follows from what was
    planned, whichever dialect's file it was; given the draft and Unix time. reliances: which records make no sense
    without which others, beyond what the references of the kinds say.
    """

    name: str
    objects: Mapping[str, FileKind]
    options: type[Options] = Options
    operations: tuple[Operation, ...] = (Operation("command"),)
    batches: Callable[[Sequence[Head]], Batches] = each_alone
    foreign: Foreign | None = None
    derive: "Callable[[Draft, int], None]" = _nothing_follows
    reliances: "tuple[Reliance, ...]" = ()

    @property
    def operation_names(self) -> tuple[str, ...]:
        """The names of what a file may ask for as a whole."""
        return tuple(each.name for each in self.operations)

    def knows(self, operation: str) -> bool:
        """Whether files of this dialect may ask for that as a whole; "" for what they ask for where nobody says."""
        return not operation or operation in self.operation_names

    def operation(self, name: str) -> Operation:
        """Return the operation of that name, which the dialect knows; "" for the first."""
        return next(each for each in self.operations if name in ("", each.name))

    @cached_property
    def files(self) -> Mapping[str, CommandFile]:
        """The tables and lists, by object."""
        return {name: file for name, file in self.objects.items() if isinstance(file, CommandFile)}

    @cached_property
    def archives(self) -> Mapping[str, ArchiveFile]:
        """The archives, by object."""
        return {name: file for name, file in self.objects.items() if isinstance(file, ArchiveFile)}

    @cached_property
    def known_names(self) -> frozenset[str]:
        """The plain names (see `frames.headers.plain`) of every column of every kind of file."""
        return frozenset(plain(name) for file in self.files.values() for name in file.spellings)

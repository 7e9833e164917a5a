"""The shape of a dialect: command files, their columns, and what reading one gives."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum
from functools import cached_property, reduce
from typing import Any, BinaryIO, Protocol

import polars as pl

from syncd.core.kinds import Kind
from syncd.frames.findings import gather, none, remarks
from syncd.frames.headers import nearest
from syncd.frames.rules import Rule
from syncd.frames.zips import Entry, ZipLimits

RuleFor = Callable[[Any], Rule]
"""A rule that depends on the options of the dialect, such as the time zone."""


class Empty(StrEnum):
    """What an empty text value means: as the option empty_means says, nothing (null), or itself ("")."""

    BY_OPTION = "by option"
    NOTHING = "nothing"
    ITSELF = "itself"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a command file, or one family of columns.

    header: its name. `<n>` stands for a number within `numbers` (course<n>), `<name>` at
        the end for any further text (profile_field_<name>).
    field: the canonical column; a family's are `field.1`, `field.site` and so on.
    required: the header must have it. filled: no row may leave it empty.
    aliases: other names for it, of the same form.
    ignored: the code of the finding that says why it has no effect; "" for a column that has one.
    turns: it decides what a row does, so a misspelt name of it refuses the file.
    unless: names of columns; a header that has one of them may lack this one, although it is required.
    about: what it is for, where its names do not tell; half a sentence for the reference.
    """

    header: str
    field: str
    rule: Rule | RuleFor
    required: bool = False
    aliases: tuple[str, ...] = ()
    _: KW_ONLY
    filled: bool = False
    empty: Empty = Empty.BY_OPTION
    numbers: tuple[int, int] = (1, 999)
    ignored: str = ""
    turns: bool = False
    unless: tuple[str, ...] = ()
    about: str = ""

    def field_of(self, name: str) -> str | None:
        """Return the canonical column of a header name in lower case, None where the name is not this column's."""
        for header in (self.header, *self.aliases):
            start, mark, end = re.split(r"(<n>|<name>|$)", header, maxsplit=1)
            if not mark and name == start:
                return self.field
            if not mark or not (name.startswith(start) and name.endswith(end) and len(name) > len(start + end)):
                continue
            inner = name[len(start) : len(name) - len(end)]
            if mark == "<name>" or (re.fullmatch(r"0|[1-9][0-9]{0,3}", inner) and self._counts(int(inner))):
                return f"{self.field}.{inner}"
        return None

    def spellings(self, numbers: tuple[int, ...]) -> list[str]:
        """Return the names that a header may use, families of numbered columns with each of the numbers."""
        names = []
        for header in (self.header, *self.aliases):
            if "<n>" in header:
                names += [header.replace("<n>", str(n)) for n in numbers if self._counts(n)]
            elif "<name>" not in header:
                names.append(header)
        return names

    def rule_for(self, options: object) -> Rule:
        """Return the rule under these options."""
        return self.rule if isinstance(self.rule, Rule) else self.rule(options)

    def _counts(self, number: int) -> bool:
        return self.numbers[0] <= number <= self.numbers[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """What a column of yes and no holds in a file: its name, whether a row says yes or no, and which rows are empty."""

    name: str
    yes: bool
    no: bool
    empty: pl.Series

    def joined(self, other: "Flag") -> "Flag":
        """Return what the same column holds in this and another piece of the file."""
        empty = pl.concat([self.empty, other.empty])
        return Flag(name=self.name, yes=self.yes or other.yes, no=self.no or other.no, empty=empty)

    @property
    def is_unclear(self) -> bool:
        """Whether an empty value may mean no: exporters of several languages write false as nothing."""
        return self.yes and not self.no and not self.empty.is_empty()


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """What a file asks for.

    frame: row, line and the canonical columns of every row without an error. parts: what hangs
    on the rows in any number (courses of a user), as long frames with row and line.
    has_secrets: the file has a column for passwords. refused: row, line and, as written, the columns of
    rows with an error. damaged: values that some program damaged on the way. flags: the columns of yes and no by
    canonical column, unless the options say what an empty value means there.
    """

    frame: pl.DataFrame
    findings: pl.DataFrame = field(default_factory=none)
    parts: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    has_secrets: bool = False
    refused: pl.DataFrame = field(default_factory=pl.DataFrame)
    damaged: frozenset[str] = frozenset()
    flags: Mapping[str, Flag] = field(default_factory=dict)

    @property
    def unclear(self) -> Mapping[str, Flag]:
        """The columns of yes and no in which an empty value may mean no."""
        return {name: flag for name, flag in self.flags.items() if flag.is_unclear}


def joined(pieces: Sequence[Commands]) -> Commands:
    """Return the commands of consecutive pieces of one file as one."""
    return Commands(
        frame=pl.concat([piece.frame for piece in pieces]),
        findings=gather(piece.findings for piece in pieces),
        parts={name: pl.concat([piece.parts[name] for piece in pieces]) for name in pieces[0].parts},
        has_secrets=any(piece.has_secrets for piece in pieces),
        refused=pl.concat([piece.refused for piece in pieces], how="diagonal"),
        damaged=frozenset[str]().union(*(piece.damaged for piece in pieces)),
        flags={name: reduce(Flag.joined, (piece.flags[name] for piece in pieces)) for name in pieces[0].flags},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file whose values are checked one by one, before its rows are looked at as a whole.

    values: row, line and the canonical columns. texts: the same as written, trimmed.
    names: what the header calls each canonical column. clears: an empty value clears.
    """

    values: pl.DataFrame
    texts: pl.DataFrame
    names: Mapping[str, str]
    clears: bool
    options: Any

    def family(self, stem: str) -> dict[int, str]:
        """Return the canonical columns of a numbered family that the file has, by number."""
        found = {name.removeprefix(f"{stem}."): name for name in self.names if name.startswith(f"{stem}.")}
        return {int(number): found[number] for number in sorted(found, key=int)}

    def complain(self, column: str, where: pl.Expr, code: str, **places: str | pl.Expr) -> pl.DataFrame:
        """Return a finding for each row where the expression over the texts is true."""
        return remarks(self.texts.filter(where), code, column=self.names.get(column, column), **places)


@dataclass(frozen=True, kw_only=True)
class CommandFile:
    """One kind of file that a dialect knows.

    names: regular expressions over file names, as `syncd.dialects.registry` prepares them.
    shape: what makes commands of the checked values. has_header: False for a plain list; one of
        `identifiers` as its first line counts as a header all the same.
    marks: where no column is required, a header of this file has at least one of these.
    one_of: under given options, the columns of which the header must have at least one.
    entities: `&#44` stands for a comma and `&#59` for a semicolon.
    short_rows: a row may end before the header does; the columns it leaves out are untouched.
    instead: how such a file asks for what other systems ask by a column of their own (delete, status …).
    about: what the file does and what its verbs mean, in sentences for the reference.
    options: the options of the dialect that change what the file does.
    example: a header and rows as somebody would send them.
    """

    dialect: str
    object: str
    kind: Kind
    default_names: tuple[str, ...]
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
    about: str = ""
    options: tuple[str, ...] = ()
    example: str = ""

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
class ArchiveFile:
    """One kind of zip archive that a dialect knows.

    claims: whether a file of this name is one, under given options. read: makes commands of its
        entries. limits: what such an archive may hold. about, options: as for `CommandFile`.
    example: names of files as somebody would pack them, one a line.
    """

    dialect: str
    object: str
    kind: Kind
    default_names: tuple[str, ...]
    claims: Callable[[str, Any], bool]
    read: ArchiveReader
    limits: Callable[[Any], ZipLimits]
    about: str = ""
    options: tuple[str, ...] = ()
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A family of files: its command files and its archives by object, and how its options are read from text."""

    name: str
    files: Mapping[str, CommandFile]
    read_options: Callable[[Mapping[str, str]], Any]
    archives: Mapping[str, ArchiveFile] = field(default_factory=dict)

    @property
    def objects(self) -> Mapping[str, CommandFile | ArchiveFile]:
        """Everything that a file of this dialect can be, by object."""
        return {**self.files, **self.archives}

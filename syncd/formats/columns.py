"""The columns of a kind of file, and what reading a file gives: its commands."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from enum import StrEnum
from functools import cache, reduce
from typing import Any

import polars as pl

from syncd.frames.findings import gather, none, remarks
from syncd.frames.rules import Rule

RuleFor = Callable[[Any], Rule]
"""A rule that depends on the options of the dialect, such as the time zone."""


@cache
def _parted(header: str) -> tuple[str, str, str]:
    """Return what stands before the mark in the name of a column, the mark, "" for none, and what stands behind it."""
    start, mark, end = re.split(r"(<n>|<name>|$)", header, maxsplit=1)
    return start, mark, end


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
            start, mark, end = _parted(header)
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

    def condensed(self) -> "Flag":
        """Return the same with only the first of the empty rows: whether there are any is all that it tells."""
        return replace(self, empty=self.empty.head(1))

    @property
    def is_unclear(self) -> bool:
        """Whether an empty value may mean no: exporters of several languages write false as nothing."""
        return self.yes and not self.no and not self.empty.is_empty()


_DOUBTED = {"row": pl.Int64(), "field": pl.String()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """What a file asks for.

    frame: row, line and the canonical columns of every row without an error. parts: what hangs
    on the rows in any number (courses of a user), as long frames with row and line.
    has_secrets: the file has a column for passwords. refused: row, line and, as written, the columns of
    rows with an error. doubted: row and canonical column of each value with an error, "" for the row as a whole.
    damaged: values that some program damaged on the way. flags: the columns of yes and no by
    canonical column, unless the options say what an empty value means there.
    """

    frame: pl.DataFrame
    findings: pl.DataFrame = field(default_factory=none)
    parts: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    has_secrets: bool = False
    refused: pl.DataFrame = field(default_factory=pl.DataFrame)
    damaged: frozenset[str] = frozenset()
    flags: Mapping[str, Flag] = field(default_factory=dict)
    doubted: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_DOUBTED))

    def certain(self, *columns: str) -> pl.DataFrame:
        """Return row, line and these columns, as text, of every row whose values there are certain, and not empty.

        Rows with errors elsewhere are among them. So a snapshot tells which records its rows name.
        """
        whole = self.doubted.filter(pl.col("field").is_in(["", *columns]))
        frames = [frame for frame in (self.frame, self.refused) if set(columns) <= set(frame.columns)]
        rows = [frame.select("row", "line", *(pl.col(name).cast(pl.String) for name in columns)) for frame in frames]
        found = pl.concat(rows) if rows else pl.DataFrame(schema=["row", "line", *columns])
        sound = found.join(whole.select("row"), on="row", how="anti", maintain_order="left")
        return sound.filter(pl.all_horizontal(pl.col(name).str.len_bytes() > 0 for name in columns))

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
        doubted=pl.concat([piece.doubted for piece in pieces]),
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

    def complain_of_times(self, start: str, end: str) -> pl.DataFrame:
        """Return a finding for each row that gives an end, 0 being none, before its start."""
        if not {start, end} <= set(self.names):
            return none()
        times = self.values.select(pl.col(end).is_between(1, pl.col(start) - 1).alias("late")).to_series()
        return self.complain(end, pl.lit(times), "end-before-start")

    def complain(self, column: str, where: pl.Expr, code: str, **places: str | pl.Expr) -> pl.DataFrame:
        """Return a finding for each row where the expression over the texts is true."""
        return remarks(self.texts.filter(where), code, column=self.names.get(column, column), **places)

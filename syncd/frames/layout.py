"""How a file is written: its encoding, delimiter, line ends, header, and where its rows begin."""

import re
import sys
from collections import Counter
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np

from syncd.core.errors import FileError
from syncd.core.findings import finding
from syncd.frames import encoding as enc
from syncd.frames.cleaning import clean
from syncd.frames.head import DELIMITERS, Head, Line
from syncd.frames.headers import is_header
from syncd.frames.quotes import Quoting, Walk, find_quotes, split_fields
from syncd.frames.wrapping import Wrapping

LIST_DELIMITERS = (";", "\t")
"""What is tried in a list without header: an identifier may well hold a comma or a colon."""

HEADER_DELIMITERS = (";", ",", "\t", "|")
"""By what the first line of a list is split to see whether it is a header; colons are common in identifiers."""

_SEPARATOR = re.compile(r"\"?sep=(\\t|\t|[!#-/:-@\[-`{-~])\"?[;,]*", re.IGNORECASE)
"""The line by which a file tells a spreadsheet program its delimiter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a file is written.

    encoding: Python's name of the codec of everything after the byte-order mark. bom: the mark.
    unit: bytes of a code unit, 1, 2 or 4. delimiter: between values. quoting: how quotes are meant. terminator: what
    ends the rows, as delivered (`Head.end_of_rows`); LF where the file has no line end.
    header: column names as written, cleaned and unquoted; empty for a list. unnamed: columns at the end of the header
    that have no name. header_bytes: what a tryback begins with, as delivered: the mark, a line that declares the
    delimiter, and the header line with its terminator. body: where the first row may stand (byte offset), and
    body_line: the number of that line. skipped: comment and blank lines before the header or, in a list,
    before the first row.
    """

    encoding: str
    bom: bytes
    unit: int
    delimiter: str
    quoting: Quoting = Quoting.UNSURE
    terminator: bytes
    header: tuple[str, ...]
    unnamed: int = 0
    header_bytes: bytes
    body: int
    body_line: int
    skipped: int

    @property
    def wrapping(self) -> Wrapping:
        """The header as delivered; it ends its line also where the file had none that followed."""
        unended = self.header and not self.header_bytes.endswith(
            ("\n".encode(self.encoding), "\r".encode(self.encoding))
        )
        return Wrapping(head=self.header_bytes + (self.terminator if unended else b""))

    @property
    def columns(self) -> tuple[str, ...]:
        """The header names as frames carry them: in lower case."""
        return tuple(name.lower() for name in self.header)

    @property
    def line_end(self) -> str:
        """The terminator as text."""
        return self.terminator.decode(self.encoding)

    @property
    def encoding_of_units(self) -> str:
        """The codec of the file's code units as numpy holds them."""
        order = "le" if sys.byteorder == "little" else "be"
        return self.encoding if self.unit == 1 else f"utf-{8 * self.unit}-{order}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What is known of a file before it is read.

    encodings: those it may be in, the likeliest first. delimiter: the declared one, if any. quoting: how quotes are
    meant. known: column names in lower case; the delimiter that yields most of them is taken. has_header: False for
    lists of identifiers, for which `known` holds plain names (see `frames.headers`) that only a header has beside
    others. identifier_names: plain names; a list whose first line is just one of these has a header all the same.
    """

    encodings: tuple[str, ...] = ("utf-8",)
    delimiter: str | None = None
    quoting: Quoting = Quoting.UNSURE
    known: frozenset[str] = frozenset()
    has_header: bool = True
    identifier_names: frozenset[str] = frozenset()


def read_layout(source: BinaryIO, hints: Hints) -> Layout:
    """Find out how a file is written, from its first lines.

    Reads no further than the header, unless several encodings must be told apart.

    Raises:
        FileError: the file is empty or not text, its encoding cannot be used, or its header makes no sense.
    """
    head = Head(source, hints.encodings, hints.delimiter or ";")
    line = _first(head, head.line(len(head.bom), 1))
    said = _SEPARATOR.fullmatch(line.text.strip(" ")) if line else None
    if line is not None and said:
        head.opening += head.delivered(line)
        hints = replace(hints, delimiter=hints.delimiter or said[1].replace("\\t", "\t"))
        line = _first(head, head.line(line.stop, line.number + 1))
    if line is None:
        raise FileError(finding("file-empty"))
    layout = _list_layout(head, line, hints) if not hints.has_header else _header_layout(head, line, hints)
    if not enc.can_be_cut(head.encoding, layout.delimiter):
        raise enc.unsupported(head.encoding)
    return layout


def _first(head: Head, line: Line | None) -> Line | None:
    """Return the first line from this one on that is neither blank nor a comment."""
    while line is not None and line.is_skipped:
        line = head.line(line.stop, line.number + 1)
    return line


def _list_layout(head: Head, line: Line, hints: Hints) -> Layout:
    """Describe a list of identifiers: no header, unless its first line can only be one.

    A table of another kind must not pass for a list, or its rows would be taken for identifiers: so a first line with
    several delimiters counts as a header, too.
    """
    delimiter = hints.delimiter or next((d for d in LIST_DELIMITERS if d in line.text), LIST_DELIMITERS[0])
    for each in dict.fromkeys((delimiter, *HEADER_DELIMITERS)):
        names = _names(line.text, each, hints.quoting)
        if is_header(names, hints.known, hints.identifier_names):
            _demand_names(_named(names), line.number)
            return _layout(head, line, each, names, hints.quoting)
    return _layout(head, line, delimiter, (), hints.quoting)


def _header_layout(head: Head, line: Line, hints: Hints) -> Layout:
    head.demand_text(line)
    delimiter = _find_delimiter(line, hints)
    walk = _walk(line.text, delimiter, hints.quoting)
    if walk.open[0]:
        raise FileError(finding("row-quote", line=line.number))
    if walk.torn[0]:
        raise FileError(finding("header-torn", line=line.number))
    names = _names(line.text, delimiter, hints.quoting)
    _demand_names(_named(names), line.number)
    return _layout(head, line, delimiter, names, hints.quoting)


def _layout(head: Head, line: Line, delimiter: str, header: tuple[str, ...], quoting: Quoting) -> Layout:
    """Describe a file by its first line that counts. header: its names; none where the line is a row already."""
    is_header = bool(header)
    return Layout(
        encoding=head.encoding,
        bom=head.bom,
        unit=enc.unit_of(head.encoding),
        delimiter=delimiter,
        quoting=quoting,
        terminator=head.end_of_rows(line, delimiter),
        header=_named(header),
        unnamed=len(header) - len(_named(header)),
        header_bytes=head.opening + (head.delivered(line) if is_header else b""),
        body=line.stop if is_header else line.start,
        body_line=line.number + is_header,
        skipped=line.number - 1,
    )


def _find_delimiter(line: Line, hints: Hints) -> str:
    """Return the declared delimiter if it splits the header; else the one with most known names, then most columns."""

    def yields(delimiter: str) -> tuple[int, int]:
        names = _names(line.text, delimiter, hints.quoting)
        return len(hints.known.intersection(name.lower() for name in names)), len(names)

    best = max(DELIMITERS, key=yields)
    declared = hints.delimiter
    if declared is None:
        return best
    if yields(declared) <= (0, 1) and yields(best) > (0, 1):
        expected, found = (_spelt(delimiter) for delimiter in (declared, best))
        raise FileError(finding("header-separator", line=line.number, expected=expected, found=found))
    return declared


def _names(text: str, delimiter: str, quoting: Quoting) -> tuple[str, ...]:
    return tuple(clean(name) for name in split_fields(text, delimiter, quoting))


def _named(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of a header without the columns at its end that have none."""
    return names[: max((position for position, name in enumerate(names, 1) if name), default=0)]


def _demand_names(names: tuple[str, ...], line: int) -> None:
    """Raise FileError where a column has no name, or two have the same but for case."""
    problems = [
        finding("header-empty-name", line=line, position=position) for position, name in enumerate(names, 1) if not name
    ]
    counts = Counter(name.lower() for name in names if name)
    problems += [
        finding("header-duplicate", line=line, column=next(n for n in names if n.lower() == name), count=count)
        for name, count in counts.items()
        if count > 1
    ]
    if problems:
        raise FileError(*problems)


def _walk(text: str, delimiter: str, quoting: Quoting) -> Walk:
    units = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    return find_quotes(units, np.array([0]), np.array([len(units)]), ord(delimiter), quoting).walk(inside=False)


def _spelt(delimiter: str) -> str:
    return "tab" if delimiter == "\t" else f"'{delimiter}'"

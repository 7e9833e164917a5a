"""How a file is written: its encoding, delimiter, line ends, header, and where its rows begin."""

from collections import Counter
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from syncd.core.errors import FileError
from syncd.core.findings import finding
from syncd.frames import encoding as enc
from syncd.frames.headers import is_header
from syncd.frames.quotes import find_quotes, split_fields
from syncd.frames.wrapping import Wrapping

DELIMITERS = (";", ",", "\t", ":", "|")
"""What is tried where no delimiter is declared, in this order."""

LIST_DELIMITERS = (";", "\t")
"""What is tried in a list without header: an identifier may well hold a comma or a colon."""

HEADER_DELIMITERS = (";", ",", "\t", "|")
"""By what the first line of a list is split to see whether it is a header; colons are common in identifiers."""

LINE_LIMIT = 256 << 20
"""The most bytes of one line or record: beyond, the file is not one of rows."""

_HEAD = 64 << 10
_BLANKS = " \t\v\f\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a file is written.

    encoding: Python's name of the codec of everything after the byte-order mark. bom: the mark.
    unit: bytes of a code unit, 1, 2 or 4. delimiter: between values. terminator: the end of the header
    line (without header: of the first line) as delivered; LF where the file has no line end.
    header: column names as written, trimmed and unquoted; empty for a list. header_bytes: the mark
    and the header line with its terminator as delivered, which a tryback begins with. body: where the first row
    may stand (byte offset), and body_line: the number of that line. skipped: comment and blank lines before the header
    or, in a list, before the first row.
    """

    encoding: str
    bom: bytes
    unit: int
    delimiter: str
    terminator: bytes
    header: tuple[str, ...]
    header_bytes: bytes
    body: int
    body_line: int
    skipped: int

    @property
    def wrapping(self) -> Wrapping:
        """The header as delivered; it ends its line also where the file had none that followed."""
        unended = self.header and not self.header_bytes.endswith(self.terminator)
        return Wrapping(head=self.header_bytes + (self.terminator if unended else b""))

    @property
    def columns(self) -> tuple[str, ...]:
        """The header names as frames carry them: in lower case."""
        return tuple(name.lower() for name in self.header)

    @property
    def ends_by_cr(self) -> bool:
        """True where a lone carriage return ends lines, as on old Macs."""
        return self.terminator == "\r".encode(self.encoding)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What is known of a file before it is read.

    encodings: those it may be in, the likeliest first. delimiter: the declared one, if any. known: column names
    in lower case; the delimiter that yields most of them is taken. has_header: False for lists of identifiers, for
    which `known` holds plain names (see `frames.headers`) that only a header has beside others.
    identifier_names: plain names; a list whose first line is just one of these has a header all the same.
    """

    encodings: tuple[str, ...] = ("utf-8",)
    delimiter: str | None = None
    known: frozenset[str] = frozenset()
    has_header: bool = True
    identifier_names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One physical line of the head: its text, byte offsets, and number from 1."""

    text: str
    start: int
    stop: int
    number: int
    terminator: bytes

    @property
    def is_skipped(self) -> bool:
        return self.text.startswith("#") or not self.text.strip(_BLANKS)


def read_layout(source: BinaryIO, hints: Hints) -> Layout:
    """Find out how a file is written, from its first lines.

    Reads no further than the header, unless several encodings must be told apart.

    Raises:
        FileError: the file is empty or not text, its encoding cannot be used, or its header makes no sense.
    """
    head = _Head(source, hints)
    line = head.line(len(head.bom), 1)
    while line is not None and line.is_skipped:
        line = head.line(line.stop, line.number + 1)
    if line is None:
        raise FileError(finding("file-empty"))
    layout = _list_layout(head, line, hints) if not hints.has_header else _header_layout(head, line, hints)
    if not enc.can_be_cut(head.encoding, layout.delimiter):
        raise enc.unsupported(head.encoding)
    return layout


class _Head:
    """The beginning of a file, read as far as needed."""

    def __init__(self, source: BinaryIO, hints: Hints) -> None:
        self._source = source
        source.seek(0)
        self._data = b""
        self._ended = False
        self._read(_HEAD)
        self.bom, self.encoding = enc.byte_order_mark(self._data)
        if not self._data[len(self.bom) :]:
            raise FileError(finding("file-empty"))
        if not self.bom:
            self.encoding = self._choose(hints)
        if not enc.can_be_cut(self.encoding, hints.delimiter or ";"):
            raise enc.unsupported(self.encoding)
        self.newline = self._line_end()

    def line(self, start: int, number: int) -> _Line | None:
        """Return the physical line at an offset; None at the end of the file."""
        stop = self._after(self.newline, start)
        if stop <= start:
            return None
        raw = self._data[start:stop]
        crlf = "\r\n".encode(self.encoding)
        terminator = next((end for end in (crlf, self.newline) if raw.endswith(end)), b"")
        text = raw[: len(raw) - len(terminator)].decode(self.encoding, "replace")
        return _Line(text=text, start=start, stop=stop, number=number, terminator=terminator)

    def delivered(self, line: _Line) -> bytes:
        """Return a line with its terminator as delivered."""
        return self._data[line.start : line.stop]

    def demand_text(self, line: _Line) -> None:
        """Raise FileError where the line is not text of the chosen encoding."""
        if "\0" in line.text:
            raise FileError(finding("file-binary", guess="binary data with NUL bytes"))
        try:
            self.delivered(line).decode(self.encoding)
        except UnicodeDecodeError:
            guess = enc.guess(self.delivered(line)) or "no text at all"
            problem = finding("header-undecodable", line=line.number, encoding=self.encoding, guess=guess)
            raise FileError(problem) from None

    def _choose(self, hints: Hints) -> str:
        if kind := enc.magic(self._data):
            raise FileError(finding("file-binary", guess=kind))
        encoding = enc.choose(self._source, self._data, hints.encodings)
        if enc.unit_of(encoding) == 1 and enc.is_nul_ridden(self._data):
            raise FileError(finding("file-binary", guess="binary data with NUL bytes"))
        self._source.seek(len(self._data))
        return encoding

    def _read(self, size: int) -> None:
        while size > 0 and not self._ended:
            more = self._source.read(size)
            self._data += more
            self._ended = not more
            size -= len(more)

    def _line_end(self) -> bytes:
        """Return what ends lines: LF; CR where the whole head has no LF but a CR."""
        newline, cr = "\n".encode(self.encoding), "\r".encode(self.encoding)
        while True:
            if self._find(newline, 0) >= 0:
                return newline
            if self._find(cr, 0) >= 0:
                return cr
            if self._ended:
                return newline
            self._grow()

    def _after(self, newline: bytes, start: int) -> int:
        """Return the offset after the next line end, or the end of the file."""
        while (found := self._find(newline, start)) < 0 and not self._ended:
            self._grow()
        return found + len(newline) if found >= 0 else len(self._data)

    def _grow(self) -> None:
        if len(self._data) > LINE_LIMIT:
            raise FileError(finding("header-missing"))
        self._read(len(self._data))

    def _find(self, mark: bytes, start: int) -> int:
        found = self._data.find(mark, start)
        while found >= 0 and found % len(mark):
            found = self._data.find(mark, found + 1)
        return found


def _list_layout(head: _Head, line: _Line, hints: Hints) -> Layout:
    """Describe a list of identifiers: no header, unless its first line can only be one.

    A table of another kind must not pass for a list, or its rows would be taken for identifiers: so a first line with
    several delimiters counts as a header, too.
    """
    delimiter = hints.delimiter or next((d for d in LIST_DELIMITERS if d in line.text), LIST_DELIMITERS[0])
    for each in dict.fromkeys((delimiter, *HEADER_DELIMITERS)):
        names = _names(line.text, each)
        if is_header(names, hints.known, hints.identifier_names):
            _demand_names(names, line.number)
            return _layout(head, line, each, names)
    return _layout(head, line, delimiter, ())


def _header_layout(head: _Head, line: _Line, hints: Hints) -> Layout:
    head.demand_text(line)
    delimiter = _find_delimiter(line, hints)
    if _is_open(line.text, delimiter):
        raise FileError(finding("row-quote", line=line.number))
    names = _names(line.text, delimiter)
    _demand_names(names, line.number)
    return _layout(head, line, delimiter, names)


def _layout(head: _Head, line: _Line, delimiter: str, header: tuple[str, ...]) -> Layout:
    """Describe a file by its first line that counts. header: its names; none where the line is a row already."""
    is_header = bool(header)
    return Layout(
        encoding=head.encoding,
        bom=head.bom,
        unit=enc.unit_of(head.encoding),
        delimiter=delimiter,
        terminator=line.terminator or "\n".encode(head.encoding),
        header=header,
        header_bytes=head.bom + (head.delivered(line) if is_header else b""),
        body=line.stop if is_header else line.start,
        body_line=line.number + is_header,
        skipped=line.number - 1,
    )


def _find_delimiter(line: _Line, hints: Hints) -> str:
    """Return the declared delimiter if it splits the header; else the one with most known names, then most columns."""

    def yields(delimiter: str) -> tuple[int, int]:
        names = _names(line.text, delimiter)
        return len(hints.known.intersection(name.lower() for name in names)), len(names)

    best = max(DELIMITERS, key=yields)
    declared = hints.delimiter
    if declared is None:
        return best
    if yields(declared) <= (0, 1) and yields(best) > (0, 1):
        expected, found = (_spelt(delimiter) for delimiter in (declared, best))
        raise FileError(finding("header-separator", line=line.number, expected=expected, found=found))
    return declared


def _names(text: str, delimiter: str) -> tuple[str, ...]:
    return tuple(name.strip().strip("\ufeff").strip() for name in split_fields(text, delimiter))


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


def _is_open(text: str, delimiter: str) -> bool:
    units = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    quotes = find_quotes(units, np.array([0]), np.array([len(units)]), ord(delimiter))
    return bool(quotes.walk(inside=False).open[0])


def _spelt(delimiter: str) -> str:
    return "tab" if delimiter == "\t" else f"'{delimiter}'"

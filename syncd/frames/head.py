"""The beginning of a file, read line by line as far as needed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from syncd.core.errors import FileError
from syncd.core.findings import finding
from syncd.frames import encoding as enc
from syncd.frames.cleaning import INVISIBLE, SPACES

DELIMITERS = (";", ",", "\t", ":", "|")
"""What is tried where no delimiter is declared, in this order."""

LINE_LIMIT = 256 << 20
"""The most bytes of one line or record: beyond, the file is not one of rows."""

_HEAD = 64 << 10
_NOTHING = SPACES + INVISIBLE + "".join(DELIMITERS) + '"\x1a'
_LINE_END = "\r\n|\r|\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One physical line of the head: its text, byte offsets, and number from 1."""

    text: str
    start: int
    stop: int
    number: int
    terminator: bytes

    @property
    def is_skipped(self) -> bool:
        """Whether the line is a comment or holds nothing but white space, delimiters and quotes."""
        return self.text.startswith("#") or not self.text.strip(_NOTHING)


class Head:
    """The beginning of a file, read as far as needed."""

    def __init__(self, source: BinaryIO, encodings: Sequence[str], delimiter: str) -> None:
        self._source = source
        source.seek(0)
        self._data = b""
        self._ended = False
        self._read(_HEAD)
        self.bom, self.encoding = enc.byte_order_mark(self._data)
        if not self._data[len(self.bom) :]:
            raise FileError(finding("file-empty"))
        if not self.bom:
            self.encoding = self._choose(encodings)
        if not enc.can_be_cut(self.encoding, delimiter):
            raise enc.unsupported(self.encoding)
        self.opening = self.bom

    def line(self, start: int, number: int) -> Line | None:
        """Return the physical line at an offset; None at the end of the file."""
        end, terminator = self._line_end(start)
        stop = end + len(terminator)
        if stop <= start:
            return None
        text = self._data[start:end].decode(self.encoding, "replace")
        return Line(text=text, start=start, stop=stop, number=number, terminator=terminator)

    def delivered(self, line: Line) -> bytes:
        """Return a line with its terminator as delivered."""
        return self._data[line.start : line.stop]

    def end_of_rows(self, header: Line, delimiter: str) -> bytes:
        """Return what ends the rows: what ends the header, unless the first rows all end otherwise.

        They do if they all end alike and have the same number of values: pieces of a broken row have not.
        """
        own = header.terminator or "\n".encode(self.encoding)
        behind = self._data[header.stop :].decode(self.encoding, "replace")
        ends = set(re.findall(_LINE_END, behind if self._ended else behind[:-1]))
        lines = re.split(_LINE_END, behind)[: None if self._ended else -1]
        sizes = {line.count(delimiter) for line in lines if line.strip(_NOTHING)}
        return ends.pop().encode(self.encoding) if len(ends) == len(sizes) == 1 else own

    def demand_text(self, line: Line) -> None:
        """Raise FileError where the line is not text of the chosen encoding."""
        if "\0" in line.text:
            raise FileError(finding("file-binary", guess="binary data with NUL bytes"))
        try:
            self.delivered(line).decode(self.encoding)
        except UnicodeDecodeError:
            guess = enc.guess(self.delivered(line)) or "no text at all"
            problem = finding("header-undecodable", line=line.number, encoding=self.encoding, guess=guess)
            raise FileError(problem) from None

    def _choose(self, encodings: Sequence[str]) -> str:
        if kind := enc.magic(self._data):
            raise FileError(finding("file-binary", guess=kind))
        encoding = enc.choose(self._source, self._data, encodings)
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

    def _line_end(self, start: int) -> tuple[int, bytes]:
        """Return where the line from an offset on ends, and by what: CR LF, LF, CR, or nothing at the end."""
        newline, cr = "\n".encode(self.encoding), "\r".encode(self.encoding)
        while True:
            feed = self._find(newline, start)
            found = self._find(cr, start, feed)
            behind = found + len(cr)
            if found >= 0 and (behind < len(self._data) or self._ended):
                return found, cr + newline if behind == feed else cr
            if found < 0 <= feed:
                return feed, newline
            if self._ended:
                return len(self._data), b""
            self._grow()

    def _grow(self) -> None:
        if len(self._data) > LINE_LIMIT:
            raise FileError(finding("header-missing"))
        self._read(len(self._data))

    def _find(self, mark: bytes, start: int, stop: int = -1) -> int:
        """Return where a line end stands from `start` on and before `stop`; -1 for nowhere, or no bound."""
        bound = len(self._data) if stop < 0 else stop
        found = self._data.find(mark, start, bound)
        while found >= 0 and found % len(mark):
            found = self._data.find(mark, found + 1, bound)
        return found

"""The end of a zip archive: where its listing is, and how many entries that has.

Source of the form: PKWARE's APPNOTE, sections 4.3.14 to 4.3.16. Many programs write the records of zip64 into small
archives, too; others put a line end behind the archive.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from syncd.core.errors import FileError
from syncd.core.findings import finding

END = struct.Struct("<4s4H2LH")
"""The end record."""

_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_END64_BEFORE = 12
"""Bytes of a zip64 end record that its own length leaves out."""

_FULL = (0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
"""The numbers of an end record where only its zip64 record has the true ones."""

_SEARCHED = 1 << 17
"""Bytes at the end of a file in which its end record is looked for: twice what a record and its comment can have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """An end record, with the numbers of its zip64 record where its own are full.

    place: where it begins, or its zip64 record. is_last: nothing stands behind it. is_part: the archive has more than
    one file. is_torn: the zip64 record is missing or contradicts it. count: entries. length, offset: of the listing.
    """

    place: int
    is_last: bool
    is_part: bool
    is_torn: bool
    count: int
    length: int
    offset: int

    @property
    def gap(self) -> int:
        """Bytes between the listing and the record: none, unless the numbers are wrong or bytes were added before."""
        return self.place - self.offset - self.length


def read_end(source: BinaryIO) -> End:
    """Return the end record: the last one before which its listing ends, whatever stands behind; else that at the end.

    Raises:
        FileError: there is none, or its numbers cannot be used.
    """
    ends = list(_ends(source))
    end = next((end for end in ends if not end.gap), None) or next((end for end in ends if end.is_last), None)
    begins = _at(source, 0) == b"PK\3\4"
    if (end is None or end.gap) and not begins and any(_is_moved(source, end) for end in ends):
        raise damaged("other bytes stand before its first entry")
    if end is None:
        raise damaged("its end is missing") if begins else FileError(finding("archive-not-zip"))
    if end.is_torn:
        raise damaged("its zip64 end record is missing or contradicts its end record")
    if end.is_part:
        raise damaged("it is one part of several")
    return end


def damaged(reason: str) -> FileError:
    """Return the error of an archive that cannot be used as a whole."""
    return FileError(finding("archive-damaged", reason=reason))


def _ends(source: BinaryIO) -> Iterator[End]:
    """Yield what may be the end record, the last first."""
    first = max(source.seek(0, 2) - _SEARCHED, 0)
    source.seek(first)
    tail = source.read(_SEARCHED)
    at = max(len(tail) - END.size + 4, 0)
    while (at := tail.rfind(b"PK\5\6", 0, at)) >= 0:
        _, *plain, comment = END.unpack_from(tail, at)
        place, large = _zip64(source, first + at)
        both = list(zip(plain, large or plain, _FULL, strict=True))
        disk, listing_disk, here, count, length, offset = (two if one == full else one for one, two, full in both)
        yield End(
            place=place,
            is_last=at + END.size + comment == len(tail),
            is_part=bool(disk or listing_disk or here != count),
            is_torn=any(one not in (two, full) for one, two, full in both) or _FULL[-1] in (length, offset),
            count=count,
            length=length,
            offset=offset,
        )


def _zip64(source: BinaryIO, place: int) -> tuple[int, Sequence[int]]:
    """Return place and numbers of the zip64 record of an end record; that record's own place and none without one."""
    locator = place - _LOCATOR.size
    mark, _, said, _ = _LOCATOR.unpack(_at(source, locator, _LOCATOR.size))
    # Where bytes stand before the archive, the zip64 record is not where the locator says.
    for at in (said, locator - _END64.size) if mark == b"PK\6\7" else ():
        mark, length, _, _, *numbers = _END64.unpack(_at(source, min(at, place), _END64.size))
        if mark == b"PK\6\6" and at + _END64_BEFORE + length == locator:
            return at, numbers
    return place, ()


def _is_moved(source: BinaryIO, end: End) -> bool:
    """Return whether the listing, and the first entry, are as far behind their places as the end record is."""
    listing, entry = _at(source, end.place - end.length), _at(source, end.gap)
    return end.gap > 0 and (listing, entry) == (b"PK\1\2", b"PK\3\4")


def _at(source: BinaryIO, place: int, size: int = 4) -> bytes:
    """Return bytes of the file; zeros where it has none."""
    source.seek(max(place, 0))
    return (source.read(size) if place >= 0 else b"").ljust(size, b"\0")

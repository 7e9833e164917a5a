"""Zip archives of strangers: what they hold, without trust in a single number of theirs.

Nothing is unpacked to a disk and no name of an archive becomes a path. An archive that lies about where its entries
stand is refused as a whole; what is wrong with one entry concerns that entry alone.

Source of the form: PKWARE's APPNOTE, sections 4.3 to 4.6. docs/decisions/0010-zip-archives.md says why this is not
done by Python's zipfile.
"""

import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np

from syncd.core.errors import FileError
from syncd.core.findings import finding
from syncd.frames.plan import Spans
from syncd.frames.wrapping import Wrapping
from syncd.frames.zip_ends import END, damaged, read_end

MOST_ENTRIES = 65_534
"""The most entries that an end record counts without zip64."""

_LISTED = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_FIELD = struct.Struct("<2H")
_LARGE = struct.Struct("<Q")
_ZIP64, _UNICODE_NAME = 0x0001, 0x7075
_FULL = 0xFFFFFFFF
_OFFSET_AT = 42
_LISTING_LIMIT = 32 << 20
_ENCRYPTED, _UTF8 = 0x0001, 0x0800
_STORED, _DEFLATED = 0, 8
_UNIX = (3, 19)


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipLimits:
    """The most that an archive may hold.

    entries: files and folders. unpacked: bytes of all entries together. largest: bytes of one entry, packed or
    not. ratio: how many times larger than packed an entry may be. depth: folders above an entry.
    """

    entries: int = 60_000
    unpacked: int = 4 << 30
    largest: int = 10 << 20
    ratio: int = 100
    depth: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the listing.

    ordinal: its place there, from 1. name: as text; raw: as bytes. start, stop: where in the file its own header
    begins, and where the next entry does. begin, end: where it stands in the bytes of the listing. start_at: where in
    these `start` stands as a number of zip64, 0 where it is none.
    """

    ordinal: int
    name: str
    raw: bytes
    flags: int
    method: int
    checksum: int
    packed: int
    size: int
    mode: int
    start: int
    stop: int
    begin: int
    end: int
    start_at: int

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder, which holds nothing itself."""
        return stat.S_ISDIR(self.mode) or (self.name.endswith(("/", "\\")) and not self.size)

    def trouble(self, limits: ZipLimits) -> tuple[str, dict[str, int]] | None:
        """Return why the entry is not to be unpacked: the code of a finding and its places; None if it may be."""
        if self.flags & _ENCRYPTED:
            return "entry-encrypted", {}
        if stat.S_IFMT(self.mode) not in (0, stat.S_IFREG):
            return "entry-link", {}
        if max(self.size, self.packed) > limits.largest:
            return "entry-large", {"found": max(self.size, self.packed), "limit": limits.largest}
        if self.size > max(self.packed, 1) * limits.ratio:
            return "entry-bomb", {"limit": limits.ratio}
        if self.method not in (_STORED, _DEFLATED):
            return "entry-method", {"method": self.method}
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The entries of an archive in its own order, and the bytes of the listing."""

    entries: tuple[Entry, ...]
    raw: bytes


def read_listing(source: BinaryIO, limits: ZipLimits) -> Listing:
    """Read what an archive says that it holds.

    Raises:
        FileError: it is no zip archive, damaged, or over a limit.
    """
    end = read_end(source)
    if end.count > min(limits.entries, MOST_ENTRIES):
        most = min(limits.entries, MOST_ENTRIES)
        raise FileError(finding("archive-large", what="entries", found=end.count, limit=most))
    if end.gap < 0:
        raise damaged("its listing is not where it should be")
    if end.length > _LISTING_LIMIT:
        raise FileError(finding("archive-large", what="bytes in its listing", found=end.length, limit=_LISTING_LIMIT))
    source.seek(end.offset)
    raw = source.read(end.length)
    listed = list(_listed(raw, end.count))
    unpacked = sum(entry.size for entry in listed)
    if unpacked > limits.unpacked:
        raise FileError(finding("archive-large", what="unpacked bytes", found=unpacked, limit=limits.unpacked))
    return Listing(entries=_with_stops(listed, end.offset), raw=raw)


def unpack(source: BinaryIO, entry: Entry) -> bytes | None:
    """Return the bytes of an entry of which `trouble` says nothing; None where it is damaged.

    No more is made than the entry announces, whatever its bytes would grow to.
    """
    source.seek(entry.start)
    head = source.read(_LOCAL.size)
    if len(head) < _LOCAL.size:
        return None
    mark, _, flags, method, _, _, _, _, _, name, extra = _LOCAL.unpack(head)
    if mark != b"PK\3\4" or flags & _ENCRYPTED or method != entry.method or source.read(name) != entry.raw:
        return None
    source.seek(extra, 1)
    if source.tell() + entry.packed > entry.stop:
        return None
    data: bytes | None = source.read(entry.packed)
    if method == _DEFLATED and data is not None:
        data = _inflated(data, entry.size)
    return data if data is not None and len(data) == entry.size and zlib.crc32(data) == entry.checksum else None


def wrapping(listing: Listing, spans: Spans) -> Wrapping:
    """Return what makes the entries at these spans of a file an archive of their own: a listing of them, and its end.

    spans: where entries begin and stop, in the order of the file.
    """
    starts, stops = spans
    lengths = stops - starts
    moved = dict(zip(starts.tolist(), (np.cumsum(lengths) - lengths).tolist(), strict=True))
    listed = bytearray()
    kept = [entry for entry in listing.entries if entry.start in moved]
    for entry in kept:
        record = bytearray(listing.raw[entry.begin : entry.end])
        form, at = ("<Q", entry.start_at - entry.begin) if entry.start_at else ("<L", _OFFSET_AT)
        struct.pack_into(form, record, at, moved[entry.start])
        listed += record
    end = END.pack(b"PK\5\6", 0, 0, len(kept), len(kept), len(listed), int(lengths.sum()), 0)
    return Wrapping(head=b"", tail=bytes(listed) + end)


def _listed(raw: bytes, count: int) -> Iterator[Entry]:
    begin = 0
    for ordinal in range(1, count + 1):
        if len(raw) - begin < _LISTED.size or raw[begin : begin + 4] != b"PK\1\2":
            raise damaged("its listing is cut short")
        entry = _entry(raw, begin, ordinal)
        yield entry
        begin = entry.end
    if begin != len(raw):
        raise damaged("its listing holds more than it says")


def _entry(raw: bytes, begin: int, ordinal: int) -> Entry:
    _, made_by, _, flags, method, _, _, checksum, packed, size, name, extra, comment, _, _, mode, start = (
        _LISTED.unpack_from(raw, begin)
    )
    name_at, extra_at = begin + _LISTED.size, begin + _LISTED.size + name
    end = extra_at + extra + comment
    if end > len(raw):
        raise damaged("its listing is cut short")
    written, fields = raw[name_at:extra_at], _fields(raw, extra_at, extra)
    field = fields.get(_ZIP64, range(0))
    places = iter(range(field.start, field.stop - 7, 8))
    found = [next(places, -1) if number == _FULL else 0 for number in (size, packed, start)]
    if -1 in found:
        raise damaged("the zip64 numbers of an entry are missing")
    size, packed, start = (
        _LARGE.unpack_from(raw, at)[0] if at else number
        for at, number in zip(found, (size, packed, start), strict=True)
    )
    return Entry(
        ordinal=ordinal,
        name=_unicode_name(raw, fields.get(_UNICODE_NAME, range(0)), written) or _text(written, flags),
        raw=written,
        flags=flags,
        method=method,
        checksum=checksum,
        packed=packed,
        size=size,
        mode=mode >> 16 if made_by >> 8 in _UNIX else 0,
        start=start,
        stop=0,
        begin=begin,
        end=end,
        start_at=found[2],
    )


def _fields(raw: bytes, begin: int, length: int) -> dict[int, range]:
    """Return where the data of each extra field stands, of the first where two have one number.

    Bytes that are no field are passed over, as other programs do.
    """
    found: dict[int, range] = {}
    end = begin + length
    while begin + _FIELD.size <= end:
        number, size = _FIELD.unpack_from(raw, begin)
        begin += _FIELD.size + size
        if begin <= end:
            found.setdefault(number, range(begin - size, begin))
    return found


def _unicode_name(raw: bytes, place: range, written: bytes) -> str:
    """Return the name in UTF-8 of Info-ZIP's field 0x7075; "" where it is missing or was added to another name."""
    data = raw[place.start : place.stop]
    if len(data) <= 5 or data[0] != 1 or int.from_bytes(data[1:5], "little") != zlib.crc32(written):
        return ""
    try:
        return data[5:].decode("utf-8")
    except UnicodeDecodeError:
        return ""


def _with_stops(listed: list[Entry], end: int) -> tuple[Entry, ...]:
    """Return the entries with where each stops: where the next one begins, or the listing.

    Entries that share bytes are refused: by them an archive of a few kilobytes grows to terabytes.
    """
    in_file = sorted(listed, key=lambda entry: entry.start)
    stops = [*(entry.start for entry in in_file), end][1:]
    stop_of = {}
    for entry, stop in zip(in_file, stops, strict=True):
        if entry.start + _LOCAL.size + len(entry.raw) + entry.packed > stop:
            raise damaged("its entries overlap, or reach beyond its end")
        stop_of[entry.ordinal] = stop
    return tuple(replace(entry, stop=stop_of[entry.ordinal]) for entry in listed)


def _text(written: bytes, flags: int) -> str:
    """Return a name as text. Many programs write UTF-8 without saying so; what cannot be that is of code page 437."""
    try:
        return written.decode("utf-8")
    except UnicodeDecodeError:
        return written.decode("utf-8", "backslashreplace") if flags & _UTF8 else written.decode("cp437")


def _inflated(data: bytes, size: int) -> bytes | None:
    """Return the data unpacked, None where it is damaged, goes on after its end, or grows beyond this size."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        made = unpacker.decompress(data, size + 1)
    except zlib.error:
        return None
    return made if unpacker.eof and not unpacker.unused_data else None

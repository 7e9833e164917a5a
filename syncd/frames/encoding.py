"""How text is written as bytes: byte-order marks, which codecs can be cut into records, which one a file is in.

A file is cut into records before it is decoded, so line ends, quotes and the delimiter must be found
in the bytes themselves. That works for UTF-16 and UTF-32 by code units, and for every codec that
writes those characters as single ASCII bytes which stand for nothing else.
"""

import codecs
import re
from collections.abc import Sequence
from functools import cache
from typing import BinaryIO

from syncd.core.errors import FileError
from syncd.core.findings import finding

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""The marks with their codecs; UTF-32 before UTF-16, whose mark begins the same way."""

GUESSED = ("utf_8", "cp1252", "utf_16")
"""What a guess is chosen from: asked without limits, a guesser renames people."""

_ALIASES = {"utf-8-sig": "utf-8"}
_UNITS = {"utf-16": 2, "utf-16-le": 2, "utf-16-be": 2, "utf-32": 4, "utf-32-le": 4, "utf-32-be": 4}
_SPECIALS = '\0\n\r"# '
_PROBE = b"~{+A-\\n\\u0041\x1b$B"
_LEADS = tuple(bytes((lead,)) + middle for lead in range(0x80, 0x100) for middle in (b"", b"\x30\x81", b"\xa1"))
_CHUNK = 1 << 20
_ASCII = 0x80
_UTF_8_LINE = re.compile(
    r"(?m)(?:^|(?<=\r))[^\r\n\udc80-\udcff]*[^\0-\x7f\udc80-\udcff][^\r\n\udc80-\udcff]*(?=[\r\n])"
)
"""A line with non-ASCII characters that is valid UTF-8; invalid bytes are decoded as surrogates."""
_DOUBT = 0.5
_SAMPLE = 4096

_MAGIC = (
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a rar archive"),
    (b"%PDF-", "a PDF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document (xls, doc)"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x7fELF", "a program"),
    (b"PAR1", "a Parquet file"),
)


def byte_order_mark(head: bytes) -> tuple[bytes, str]:
    """Return the byte-order mark that a file begins with and its codec; both empty where there is none."""
    return next(((mark, codec) for mark, codec in BYTE_ORDER_MARKS if head.startswith(mark)), (b"", ""))


def magic(head: bytes) -> str:
    """Return what kind of binary file begins like this, in words; empty where none is known."""
    for beginning, kind in _MAGIC:
        if head.startswith(beginning):
            sheet = kind == "a zip archive" and (b"xl/" in head or b"[Content_Types]" in head)
            return "an Office document (xlsx)" if sheet else kind
    return ""


def is_nul_ridden(head: bytes) -> bool:
    """Return whether a quarter of the first 4 KiB is NUL; fewer are the matter of the rows they stand in."""
    sample = head[:_SAMPLE]
    return 4 * sample.count(0) >= max(len(sample), 1)


def unit_of(encoding: str) -> int:
    """Return the bytes of one code unit of a codec: 1, 2 or 4."""
    return _UNITS.get(encoding, 1)


def normal(encoding: str) -> str:
    """Return Python's own name of a codec.

    Raises FileError for a name that is no text codec.
    """
    try:
        name = codecs.lookup(encoding).name
        str(b"\0" * 4, name)
    except (LookupError, UnicodeError):
        raise unsupported(encoding) from None
    return _ALIASES.get(name, name)


def unsupported(encoding: str) -> FileError:
    """Return the error of a codec whose text cannot be cut into rows."""
    return FileError(finding("encoding-unsupported", encoding=encoding))


@cache
def can_be_cut(encoding: str, delimiter: str) -> bool:
    """Return whether line ends, quotes and the delimiter can be found in the undecoded bytes.

    True for UTF-16 and UTF-32. Else the codec is asked: each of these characters must be its one
    ASCII byte, text without bytes above 0x7F must have no shifts or escapes, and none of these bytes
    may be the last of a longer sequence (as 0x7C is in Shift-JIS, GB 18030 and Big5).
    """
    if unit_of(encoding) > 1:
        return True
    specials = _SPECIALS + delimiter
    try:
        alone = all(char.encode("ascii").decode(encoding) == char for char in specials)
        if not alone or len(_PROBE.decode(encoding, "replace")) != len(_PROBE):
            return False
    except UnicodeError:
        return False
    return not any(_swallows(encoding, lead, char) for lead in _LEADS for char in specials)


def choose(source: BinaryIO, head: bytes, declared: Sequence[str]) -> str:
    """Return the codec of a file without byte-order mark.

    The only declared codec holds. Of several, the first that strictly decodes the whole file; the file is read in
    pieces for it. Where none does, or where only one-byte codecs do, which fit almost any bytes, a file of which
    at least one line beyond ASCII is UTF-8 is a damaged file of UTF-8: its other lines fail one by one, and no
    name is read wrongly. Else it is the last codec. UTF-16 and UTF-32 are told by where their NUL bytes stand.

    Raises FileError where it looks like UTF-16 or UTF-32 and none of them is declared, or the
    codec cannot be used.
    """
    shape = _shape(head[:_SAMPLE])
    names = tuple(declared) or ("utf-8",)
    wide = [name for name in names if _is_wide(name)]
    if shape:
        for name in wide:
            if normal(name) in (shape, shape[:6]):
                return shape
        raise FileError(finding("header-undecodable", encoding=names[0], guess=f"{shape} without a byte-order mark"))
    narrow = [name for name in names if name not in wide]
    if not narrow:
        name = normal(wide[0])
        return name if name[-3:] in ("-le", "-be") else f"{name}-le"
    *first, last = dict.fromkeys(normal(name) for name in narrow)
    for name in first:
        if _decodes(source, name):
            return name
    if "utf-8" in first and not (_proves_something(last) and _decodes(source, last)) and _has_utf_8(source):
        return "utf-8"
    return last


def guess(sample: bytes) -> str:
    """Return the codec that a sample looks like, only to word an error with; empty where there is no idea."""
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(GUESSED), threshold=_DOUBT).best()
    return best.encoding if best else ""


def _is_wide(name: str) -> bool:
    try:
        return unit_of(normal(name)) > 1
    except FileError:
        return False


def _swallows(encoding: str, lead: bytes, char: str) -> bool:
    try:
        return not (lead + char.encode("ascii")).decode(encoding).endswith(char)
    except UnicodeError:
        return False


def _shape(sample: bytes) -> str:
    """Return the wide codec whose pattern of NUL bytes mostly Western text has; empty for none."""
    if len(sample) < 4:
        return ""
    lanes = [sample[lane::4] for lane in range(4)]
    share = [lane.count(0) / max(len(lane), 1) for lane in lanes]
    none, some, all_ = 0.1, 0.4, 0.9
    if share[0] < none and min(share[2:]) > all_:
        return "utf-32-le"
    if share[3] < none and min(share[:2]) > all_:
        return "utf-32-be"
    if max(share[0], share[2]) < none and min(share[1], share[3]) > some:
        return "utf-16-le"
    if max(share[1], share[3]) < none and min(share[0], share[2]) > some:
        return "utf-16-be"
    return ""


def _proves_something(encoding: str) -> bool:
    """Return whether decoding tells text of this codec from other bytes: one-byte codecs fit nearly all bytes."""
    return len(bytes(range(_ASCII, 0x100)).decode(encoding, "replace")) != _ASCII


def _has_utf_8(source: BinaryIO) -> bool:
    """Return whether a line with characters beyond ASCII is strictly UTF-8, reading a piece at a time."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    source.seek(0)
    rest = ""
    while chunk := source.read(_CHUNK):
        text = rest + decoder.decode(chunk)
        if _UTF_8_LINE.search(text):
            return True
        rest = text[max(text.rfind("\n"), text.rfind("\r"), len(text) - _CHUNK) + 1 :]
    return bool(_UTF_8_LINE.search(rest + "\n"))


def _decodes(source: BinaryIO, encoding: str) -> bool:
    """Return whether the whole file is strictly text of this codec, reading a piece at a time."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    source.seek(0)
    whole = True
    try:
        while chunk := source.read(_CHUNK):
            if whole and encoding == "utf-8" and chunk.isascii():
                continue
            decoder.decode(chunk)
            whole = not decoder.getstate()[0]
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True

"""Pictures by their bytes: of which format they are, and whether they are whole.

What a picture shows is not decoded. Its structure is followed from the first byte to the end that its format
prescribes, so that a cut or garbled file is found out; a name or an extension proves nothing.

Sources of the forms: PNG (W3C), JPEG (ITU T.81), GIF89a, and the WebP container (Google).
"""

import re
import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType

Size = tuple[int, int]

MOST_PIXELS = 50_000_000
"""The most pixels of a picture: whoever shows it holds four bytes for each."""

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_KNOWN = (
    (b"PK", "a zip archive"),
    (b"%PDF", "a PDF document"),
    (b"BM", "a BMP picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"<svg", "an SVG drawing"),
    (b"<", "a page or drawing in XML"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
)


def format_of(data: bytes) -> str | None:
    """Return the format that the first bytes announce: png, jpeg, gif or webp; None for anything else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    marks = ((_PNG, "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF87a", "gif"), (b"GIF89a", "gif"))
    return next((name for mark, name in marks if data.startswith(mark)), None)


def size_of(data: bytes, kind: str) -> Size | None:
    """Return width and height in pixels of a picture that is whole, None where it is damaged or cut short."""
    try:
        width, height = _READERS[kind](data)
    except (IndexError, ValueError):
        return None
    return (width, height) if width and height else None


def guess(data: bytes) -> str:
    """Return what the bytes of something that is no picture look like, in words."""
    begun = data.lstrip()
    if data[4:12] in (b"ftypheic", b"ftypmif1", b"ftypavif"):
        return "a HEIC or AVIF picture"
    return next((words for mark, words in _KNOWN if begun.startswith(mark)), "something else" if begun else "empty")


def _png(data: bytes) -> Size:
    size, place, seen, images = (0, 0), len(_PNG), b"", 0
    while seen != b"IEND":
        length, seen = _number(data, place, 4), data[place + 4 : place + 8]
        body = data[place + 8 : place + 8 + length]
        if zlib.crc32(seen + body) != _number(data, place + 8 + length, 4):
            raise ValueError
        if place == len(_PNG):
            if seen != b"IHDR" or length != 13 or body[8] not in _PNG_DEPTHS.get(body[9], ()):
                raise ValueError
            size = (_number(body, 0, 4), _number(body, 4, 4))
        images += seen == b"IDAT"
        place += 12 + length
    if not images:
        raise ValueError
    return size


def _jpeg(data: bytes) -> Size:
    size, place = (0, 0), 2
    while True:
        if data[place] != 0xFF:
            raise ValueError
        while data[place] == 0xFF:
            place += 1
        marker, place = data[place], place + 1
        if marker == 0xD9:
            return size
        if marker in _JPEG_ALONE:
            continue
        length = _number(data, place, 2)
        if length < 2:
            raise ValueError
        if marker in _JPEG_FRAMES:
            size = (_number(data, place + 5, 2), _number(data, place + 3, 2))
        place += length
        if marker == 0xDA:
            if size == (0, 0) or not (found := _JPEG_MARKER.search(data, place)):
                raise ValueError
            place = found.start()


def _gif(data: bytes) -> Size:
    size = (_number(data, 6, 2, "little"), _number(data, 8, 2, "little"))
    place, images = 13 + _table(data[10]), 0
    while data[place] != 0x3B:
        if data[place] == 0x21:
            place += 2
        elif data[place] == 0x2C:
            place += 10 + _table(data[place + 9]) + 1
            images += 1
        else:
            raise ValueError
        while length := data[place]:
            place += 1 + length
        place += 1
    if not images:
        raise ValueError
    return size


def _table(flags: int) -> int:
    """Return the bytes of a GIF's colour table."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _webp(data: bytes) -> Size:
    end = 8 + _number(data, 4, 4, "little")
    if end > len(data):
        raise ValueError
    size, place, images = (0, 0), 12, 0
    while place < end:
        name, length = data[place : place + 4], _number(data, place + 4, 4, "little")
        body = data[place + 8 : place + 8 + length]
        if len(body) != length or place + 8 + length > end:
            raise ValueError
        if name == b"VP8X":
            size = (_number(body, 4, 3, "little") + 1, _number(body, 7, 3, "little") + 1)
        elif name in (b"VP8 ", b"VP8L"):
            size = size if size != (0, 0) else _webp_frame(name, body)
        images += name in (b"VP8 ", b"VP8L", b"ANMF")
        place += 8 + length + length % 2
    if not images:
        raise ValueError
    return size


def _webp_frame(name: bytes, body: bytes) -> Size:
    if name == b"VP8L":
        if body[0] != 0x2F:
            raise ValueError
        packed = _number(body, 1, 4, "little")
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    if body[3:6] != b"\x9d\x01\x2a":
        raise ValueError
    return _number(body, 6, 2, "little") & 0x3FFF, _number(body, 8, 2, "little") & 0x3FFF


def _number(data: bytes, place: int, length: int, order: str = "big") -> int:
    found = data[place : place + length]
    if len(found) != length:
        raise IndexError
    return int.from_bytes(found, "little" if order == "little" else "big")


_READERS: Mapping[str, Callable[[bytes], Size]] = MappingProxyType(
    {"png": _png, "jpeg": _jpeg, "gif": _gif, "webp": _webp}
)

"""Pictures and archives of them, as small as their formats allow; a number makes each differ from the others."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping

FORMATS = ("png", "jpeg", "gif", "webp")


def png(number: int = 0, width: int = 2, height: int = 2) -> bytes:
    """Return a PNG; its pixels are left out where it is to be huge."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">L", len(body)) + name + body + struct.pack(">L", zlib.crc32(name + body))

    head = struct.pack(">LLBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0\x7f\x7f" * 2 + str(number).encode())
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def jpeg(number: int = 0, width: int = 2, height: int = 2) -> bytes:
    """Return what has the structure of a JPEG: a comment, a frame, a scan with an escaped byte and a restart."""

    def segment(marker: int, body: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body

    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0"
    scan = segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x12\xff\0\x34\xff\xd0\x56"
    return b"\xff\xd8" + segment(0xFE, str(number).encode()) + segment(0xC0, frame) + scan + b"\xff\xd9"


def gif(number: int = 0, width: int = 2, height: int = 2) -> bytes:
    """Return a GIF with a comment."""
    comment = str(number).encode()
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    image = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\2\2\x44\1\0"
    return head + b"\x21\xfe" + bytes([len(comment)]) + comment + b"\0" + image + b"\x3b"


def webp(number: int = 0, width: int = 2, height: int = 2) -> bytes:
    """Return what has the structure of a lossless WebP."""
    body = b"\x2f" + struct.pack("<L", (width - 1) | (height - 1) << 14) + struct.pack("<L", number)
    chunk = b"VP8L" + struct.pack("<L", len(body)) + body + b"\0" * (len(body) % 2)
    return b"RIFF" + struct.pack("<L", 4 + len(chunk)) + b"WEBP" + chunk


def drawn(kind: str, number: int = 0, width: int = 2, height: int = 2) -> bytes:
    """Return a picture of one of the formats."""
    return {"png": png, "jpeg": jpeg, "gif": gif, "webp": webp}[kind](number, width, height)


def zipped(
    files: Mapping[str, bytes] | Iterable[tuple[str | zipfile.ZipInfo, bytes]], packed: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """Return a zip archive of these files, in this order; a name may be given twice, or as a ZipInfo."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", packed) as archive:
        for name, data in files.items() if isinstance(files, Mapping) else files:
            archive.writestr(name, data)
    return made.getvalue()


def unzipped(data: bytes) -> list[tuple[str, bytes]]:
    """Return names and bytes of an archive in its own order, as another program reads it."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return [(info.filename, archive.read(info)) for info in archive.infolist()]

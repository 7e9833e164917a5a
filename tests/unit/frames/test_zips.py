"""Archives of strangers: read whole, refused where they lie, and cut into archives of their own."""

import io
import struct
import zipfile
from typing import Any

import numpy as np
import pytest

from syncd.core.errors import FileError
from syncd.frames.zips import Entry, Listing, ZipLimits, read_listing, unpack, wrapping

FILES = {"a.txt": b"aaaa" * 50, "b/c.txt": b"cc", "d.txt": b""}
LIMITS = ZipLimits()


def listed(data: bytes, **limits: int) -> Listing:
    return read_listing(io.BytesIO(data), ZipLimits(**limits))


def contents(data: bytes) -> list[tuple[str, bytes | None]]:
    """Return names and bytes of the entries as they are read here."""
    return [(entry.name, unpack(io.BytesIO(data), entry)) for entry in listed(data).entries]


def refused(data: bytes, **limits: int) -> str:
    """Return code and sentence with which an archive is refused as a whole."""
    with pytest.raises(FileError) as caught:
        listed(data, **limits)
    return f"{caught.value.findings[0].code}: {caught.value}"


def part(data: bytes, *names: str) -> bytes:
    """Return an archive of some entries of another one."""
    listing = listed(data)
    spans = sorted((e.start, e.stop) for e in listing.entries if e.name in names)
    starts, stops = (np.array(column, dtype=np.int64) for column in zip(*spans, strict=True))
    around = wrapping(listing, (starts, stops))
    return around.head + b"".join(data[a:b] for a, b in spans) + around.tail


@pytest.mark.parametrize("packed", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_entries_are_read_in_the_order_of_the_listing(drawings: Any, packed: int) -> None:
    """Stored and deflated, the two ways that every program can."""
    data = drawings.zipped(FILES, packed)
    assert list(FILES.items()) == contents(data)
    assert [1, 2, 3] == [entry.ordinal for entry in listed(data).entries]


def test_an_archive_written_in_one_stream_is_read(drawings: Any) -> None:
    """Its sizes stand behind the data, which the tryback takes along."""

    class Stream(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.data += data
            return len(data)

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for name, text in FILES.items():
            archive.writestr(name, text)
    data = bytes(stream.data)
    assert list(FILES.items()) == contents(data)
    assert [("b/c.txt", b"cc")] == drawings.unzipped(part(data, "b/c.txt"))


def test_some_entries_make_an_archive_that_any_program_reads(drawings: Any) -> None:
    """Promise 3 for archives: the bytes of the entries are those that were sent, packed as they were."""
    data = drawings.zipped(FILES)
    some = part(data, "d.txt", "a.txt")
    assert [("a.txt", FILES["a.txt"]), ("d.txt", b"")] == drawings.unzipped(some)
    assert (contents(some), some) == ([("a.txt", FILES["a.txt"]), ("d.txt", b"")], part(some, "a.txt", "d.txt"))


@pytest.mark.parametrize(
    ("raw", "flags", "expected"),
    [
        ("åsa".encode(), 0x800, "åsa"),
        ("åsa".encode(), 0, "åsa"),
        (b"\x86sa", 0, "åsa"),
        (b"\x86sa", 0x800, "\\x86sa"),
    ],
)
def test_names_are_utf8_or_code_page_437(drawings: Any, raw: bytes, flags: int, expected: str) -> None:
    """Half of all programs write UTF-8 and do not say so."""
    plain = "n" * len(raw)
    data = bytearray(drawings.zipped({plain: b"x"}).replace(plain.encode(), raw))
    struct.pack_into("<H", data, 6, flags)
    struct.pack_into("<H", data, data.index(b"PK\1\2") + 8, flags)
    assert [(expected, b"x")] == contents(bytes(data))


@pytest.mark.parametrize("data", [b"", b"hello", b"username;firstname\n" * 5000])
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    """A table by the name of an archive."""
    assert refused(data).startswith("archive-not-zip")


def test_an_archive_cut_short_anywhere_is_refused(drawings: Any) -> None:
    """Half an upload must not pass for a small archive."""
    data = drawings.zipped(FILES)
    assert {"archive-damaged", "archive-not-zip"} == {refused(data[:end]).split(":")[0] for end in range(len(data))}
    assert refused(data[:200]).startswith("archive-damaged")


def test_limits_hold_before_anything_is_unpacked(drawings: Any) -> None:
    """An archive of 42 kilobytes can promise petabytes."""
    data = drawings.zipped(FILES)
    assert "3 entries, 2 are allowed" in refused(data, entries=2)
    assert "202 unpacked bytes, 201 are allowed" in refused(data, unpacked=201)
    assert 3 == len(listed(data, entries=3, unpacked=202).entries)


def entry_of(data: bytes) -> Entry:
    (entry,) = listed(data).entries
    return entry


def test_an_entry_that_would_grow_too_far_is_not_unpacked(drawings: Any) -> None:
    """By its ratio, and by its size."""
    entry = entry_of(drawings.zipped({"bomb": bytes(1 << 20)}))
    assert ("entry-bomb", {"limit": 100}) == entry.trouble(LIMITS)
    assert ("entry-large", {"found": 1 << 20, "limit": 9}) == entry.trouble(ZipLimits(largest=9))
    assert entry.trouble(ZipLimits(ratio=5000)) is None


def test_an_entry_that_lies_about_its_size_is_damaged(drawings: Any) -> None:
    """It is unpacked no further than it announces."""
    data = bytearray(drawings.zipped({"bomb": bytes(1 << 20)}))
    struct.pack_into("<L", data, data.index(b"PK\1\2") + 24, 10)
    entry = entry_of(bytes(data))
    assert (10, None, None) == (entry.size, entry.trouble(LIMITS), unpack(io.BytesIO(data), entry))


@pytest.mark.parametrize(
    ("at", "value", "expected"),
    [(8, 1, "entry-encrypted"), (10, 12, "entry-method"), (10, 99, "entry-method")],
)
def test_what_is_not_handled_is_named(drawings: Any, at: int, value: int, expected: str) -> None:
    """Passwords, and methods that not every program has."""
    data = bytearray(drawings.zipped({"a": b"text"}))
    struct.pack_into("<H", data, data.index(b"PK\1\2") + at, value)
    trouble = entry_of(bytes(data)).trouble(LIMITS)
    assert trouble is not None
    assert expected == trouble[0]


@pytest.mark.parametrize(("mode", "expected"), [(0o120777, "entry-link"), (0o010600, "entry-link"), (0o100644, "")])
def test_links_and_devices_are_no_files(drawings: Any, mode: int, expected: str) -> None:
    """W22: a link in an archive points to whatever its maker wants to see."""
    info = zipfile.ZipInfo("anna.png")
    info.create_system, info.external_attr = 3, mode << 16
    trouble = entry_of(drawings.zipped([(info, b"/etc/passwd")])).trouble(LIMITS)
    assert expected == (trouble[0] if trouble else "")


def test_folders_are_told_apart(drawings: Any) -> None:
    """By the slash at the end of their names."""
    data = drawings.zipped({"sub/": b"", "sub/a": b"x"})
    assert [True, False] == [entry.is_folder for entry in listed(data).entries]


@pytest.mark.parametrize("place", [0, 14, 18, 26, 31, 40])
def test_an_entry_of_which_a_byte_changed_is_damaged(drawings: Any, place: int) -> None:
    """In its own header, where the listing knows better, or in its data; the listing alone is believed."""
    data = bytearray(drawings.zipped({"a.txt": b"some text"}, zipfile.ZIP_STORED))
    data[place] ^= 1
    ((_, found),) = contents(bytes(data))
    assert found in (None, b"some text")
    assert (found is None) == (place in (0, 26, 31, 40))


def test_entries_that_share_bytes_are_refused(drawings: Any) -> None:
    """By them an archive grows beyond any ratio of a single entry."""
    data = bytearray(drawings.zipped({"a": b"x" * 90, "b": b"x" * 90}, zipfile.ZIP_STORED))
    second = data.index(b"PK\1\2", data.index(b"PK\1\2") + 4)
    struct.pack_into("<L", data, second + 42, 0)
    assert "overlap" in refused(bytes(data))
    struct.pack_into("<L", data, second + 42, len(data))
    assert "overlap" in refused(bytes(data))


@pytest.mark.parametrize(
    ("at", "form", "value", "expected"),
    [
        (4, "<H", 1, "one part of several"),
        (8, "<H", 9, "one part of several"),
        (12, "<L", 5, "cut short"),
        (16, "<L", 1 << 20, "not where it should be"),
    ],
)
def test_an_end_that_lies_is_found_out(drawings: Any, at: int, form: str, value: int, expected: str) -> None:
    """Every number in it is a stranger's."""
    data = bytearray(drawings.zipped(FILES))
    struct.pack_into(form, data, len(data) - 22 + at, value)
    assert expected in refused(bytes(data))


def test_a_listing_with_more_than_it_says_is_refused(drawings: Any) -> None:
    """Other programs would see other files than we do."""
    data = bytearray(drawings.zipped(FILES))
    struct.pack_into("<HH", data, len(data) - 14, 2, 2)
    assert "more than it says" in refused(bytes(data))


def test_zip64_is_refused_with_what_to_do(drawings: Any) -> None:
    """So many pictures are better sent as several archives."""
    data = bytearray(drawings.zipped(FILES))
    struct.pack_into("<HH", data, len(data) - 14, 0xFFFF, 0xFFFF)
    assert "send several" in refused(bytes(data), entries=100_000)


def test_a_comment_does_not_hide_the_end(drawings: Any) -> None:
    """Not even one that looks like an end."""
    made = io.BytesIO(drawings.zipped(FILES))
    with zipfile.ZipFile(made, "a") as archive:
        archive.comment = b"PK\5\6 made by hand"
    assert 3 == len(listed(made.getvalue()).entries)

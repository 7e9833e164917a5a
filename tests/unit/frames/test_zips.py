"""Archives of strangers: read whole, refused where they lie, and cut into archives of their own."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
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


@pytest.mark.parametrize("data", [b"", b"hello", b"username;firstname\n" * 5000, b"PK\5\6", b"x PK\5\6 and so on"])
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


def test_more_entries_than_an_end_record_counts_are_refused_with_what_to_do(drawings: Any) -> None:
    """So many pictures are better sent as several archives; a tryback could not list them without zip64."""
    data = bytearray(drawings.zipped(FILES))
    struct.pack_into("<HH", data, len(data) - 14, 0xFFFF, 0xFFFF)
    assert "send several" in refused(bytes(data), entries=100_000)


def test_a_listing_too_large_for_memory_is_refused_before_it_is_read() -> None:
    """However many gigabytes of it a file has; names and extra fields may have 64 KiB each."""
    length = (32 << 20) + 1
    data = bytes(length) + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, length, 0, 0)
    assert "bytes in its listing" in refused(data)


def test_a_comment_does_not_hide_the_end(drawings: Any) -> None:
    """Not even one that looks like an end."""
    made = io.BytesIO(drawings.zipped(FILES))
    with zipfile.ZipFile(made, "a") as archive:
        archive.comment = b"PK\5\6 made by hand"
    assert 3 == len(listed(made.getvalue()).entries)


FULL2, FULL4 = 0xFFFF, 0xFFFFFFFF
NAMES = {b"eva.png": b"one picture", b"b/ada.png": b"another picture" * 9}


def end(count: int, length: int, offset: int, *, comment: bytes = b"", disk: int = 0) -> bytes:
    return struct.pack("<4s4H2LH", b"PK\5\6", disk, disk, count, count, length, offset, len(comment)) + comment


def end64(place: int, count: int, length: int, offset: int, more: bytes = b"") -> bytes:
    """Return a zip64 end record that stands at this place, and its locator. more: what a later version may add."""
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44 + len(more), 45, 45, 0, 0, count, count, length, offset) + more
    return record + struct.pack("<4sLQL", b"PK\6\7", 0, place, 1)


def entries(
    files: Mapping[bytes, bytes] = NAMES,
    *,
    large: str = "",
    extra: Callable[[bytes], bytes] = lambda name: b"",
    start: int = 0,
) -> tuple[bytes, bytes]:
    """Return the stored entries of an archive that begins at `start`, and their listing.

    large: which numbers, of size, packed and offset, zip64 has. extra: further fields for a name.
    """
    stored, listing = b"", b""
    for name, data in files.items():
        numbers = {"size": len(data), "packed": len(data), "offset": start + len(stored)}
        size, packed, offset = (FULL4 if key in large else number for key, number in numbers.items())
        zip64 = b"".join(struct.pack("<Q", number) for key, number in numbers.items() if key in large)
        fields = (struct.pack("<2H", 1, len(zip64)) + zip64 if zip64 else b"") + extra(name)
        head = 20, 0, 0, 0, 33, zlib.crc32(data)
        stored += struct.pack("<4s5H3L2H", b"PK\3\4", *head, len(data), len(data), len(name), 0) + name + data
        rest = len(name), len(fields), 0, 0, 0, 0
        listing += struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, *head, packed, size, *rest, offset) + name + fields
    return stored, listing


def archive(behind: bytes = b"", before: bytes = b"", **how: Any) -> bytes:
    stored, listing = entries(start=len(before), **how)
    return before + stored + listing + end(2, len(listing), len(before + stored)) + behind


def archive64(number: str = "count length offset disk", more: bytes = b"", **how: Any) -> bytes:
    """Return an archive with a zip64 end record. number: the numbers that are full in the other one."""
    stored, listing = entries(**how)
    place, numbers = len(stored + listing), (2, len(listing), len(stored))
    full = {"count": FULL2, "length": FULL4, "offset": FULL4}
    told = [full[key] if key in number else own for key, own in zip(full, numbers, strict=True)]
    return stored + listing + end64(place, *numbers, more) + end(*told, disk=FULL2 if "disk" in number else 0)


def unicode_path(name: str, of: bytes | None = None, version: int = 1) -> Callable[[bytes], bytes]:
    """Return what makes Info-ZIP's field of a name. of: the raw name to which it was added, if another."""
    data = name.encode("utf-8", "surrogateescape")
    return lambda raw: struct.pack("<2HBL", 0x7075, 5 + len(data), version, zlib.crc32(of or raw)) + data


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(archive64(), id="every number of the end record in zip64"),
        pytest.param(archive64("count length offset"), id="but the disks"),
        pytest.param(archive64("count"), id="the count in zip64"),
        pytest.param(archive64("offset"), id="the offset in zip64"),
        pytest.param(archive64(""), id="a zip64 record without need"),
        pytest.param(archive64(more=b"\1\0\4\0\0\0more"), id="a longer zip64 record"),
        pytest.param(archive64() + b"\n", id="a zip64 record, and a line end behind"),
        pytest.param(archive64(large="size packed offset"), id="zip64 throughout"),
        pytest.param(archive(large="size packed"), id="sizes of entries in zip64"),
        pytest.param(archive(large="size"), id="one size in zip64"),
        pytest.param(archive(large="offset"), id="places of entries in zip64"),
        pytest.param(archive(b"\n"), id="a line end behind"),
        pytest.param(archive(b"\r\n"), id="a line end of Windows behind"),
        pytest.param(archive(bytes(70_000)), id="zeros behind"),
        pytest.param(archive(b"xPK\5\6" + b"x" * 99), id="what looks like an end behind"),
        pytest.param(archive(before=b"#!/bin/sh\n"), id="a program before, which the offsets know of"),
        pytest.param(archive(before=b"PK00"), id="the mark of an archive that was to be cut"),
        pytest.param(archive(extra=lambda _: b"\x55\x54\xff\0ab"), id="an extra field that is cut"),
        pytest.param(archive(extra=lambda _: bytes(7)), id="an extra field of zeros"),
    ],
)
def test_what_other_programs_write_and_read_is_read(drawings: Any, data: bytes) -> None:
    """Streams and several libraries write zip64 always; scripts add a line end. The tryback is readable, too."""
    expected = [(name.decode(), text) for name, text in NAMES.items()]
    assert expected == contents(data)
    some = part(data, "b/ada.png")
    assert expected[1:] == contents(some)
    assert some == part(some, "b/ada.png")


def test_an_archive_in_an_archive_is_not_taken_for_it() -> None:
    """Stored as it is, its end stands among the last bytes of the file, and other bytes before it."""
    inner = archive()
    names = {b"inner.zip": inner, b"eva.png": b"one picture"}
    for before in (b"", b"#!/bin/sh\n"):
        stored, listing = entries(names, start=len(before))
        whole = before + stored + listing + end(2, len(listing), len(before + stored))
        assert [("inner.zip", inner), ("eva.png", b"one picture")] == contents(whole)
    assert "its end is missing" in refused(stored)


@pytest.mark.parametrize("large", ["", "size", "size packed", "size packed offset", "offset"])
def test_a_part_of_an_archive_with_zip64_is_read_by_another_program(drawings: Any, large: str) -> None:
    """The place of an entry is written where its first one was."""
    assert [("b/ada.png", NAMES[b"b/ada.png"])] == drawings.unzipped(part(archive64(large=large), "b/ada.png"))


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (unicode_path("\xe5sa.png"), "\xe5sa.png"),
        (unicode_path("\u0444.png"), "\u0444.png"),
        (unicode_path("\xe5sa.png", of=b"another.png"), "\u03c3sa.png"),
        (unicode_path("\xe5sa.png", version=2), "\u03c3sa.png"),
        (unicode_path(""), "\u03c3sa.png"),
        (unicode_path("\udce5sa.png"), "\u03c3sa.png"),
        (lambda raw: b"\x75\x70\xff\0" + unicode_path("x")(raw)[4:], "\u03c3sa.png"),
        (lambda raw: b"\1\2\2\0ab" + unicode_path("\xe5sa.png")(raw), "\xe5sa.png"),
        (lambda raw: unicode_path("a.png")(raw) + unicode_path("b.png")(raw), "a.png"),
    ],
)
def test_a_name_added_in_utf8_counts_where_it_was_added_to_this_name(
    field: Callable[[bytes], bytes], expected: str
) -> None:
    """Who renames an entry may leave the field; the checksum in it is that of the old name, in code page 437."""
    data = archive(files={b"\xe5sa.png": b"her picture", b"ada.png": b""}, extra=field)
    assert expected == listed(data).entries[0].name
    assert b"her picture" == unpack(io.BytesIO(data), listed(data).entries[0])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\n" + archive(), "other bytes stand before"),
        (b"\n" + archive() + b"\n", "other bytes stand before"),
        (b"\r\n\r\n" + archive64(), "other bytes stand before"),
        (archive64().replace(b"PK\6\7", b"PK\0\0"), "zip64 end record is missing"),
        (archive64().replace(b"PK\6\6", b"PK\0\0"), "zip64 end record is missing"),
        (archive64("offset")[:-14] + struct.pack("<2H", 1, 1) + archive64("offset")[-10:], "contradicts"),
        (archive(large="size").replace(b"\1\0\x08\0", b"\1\0\7\0"), "zip64 numbers of an entry are missing"),
        (archive(large="offset").replace(b"\1\0\x08\0", b"\2\0\x08\0"), "zip64 numbers of an entry are missing"),
        (archive()[:-30] + archive()[-22:], "its listing"),
        (archive()[:60] + b"\n", "its end is missing"),
    ],
)
def test_the_reason_given_is_the_true_one(data: bytes, reason: str) -> None:
    """Making it anew does not help where the program writes it so each time."""
    assert reason in refused(data)


def test_a_place_in_zip64_beyond_the_file_is_found_out() -> None:
    """Numbers of 64 bits are a stranger's, too."""
    data = bytearray(archive(large="offset"))
    at = data.index(b"\1\0\x08\0") + 4
    for place in (1 << 40, (1 << 64) - 1):
        struct.pack_into("<Q", data, at, place)
        assert "overlap" in refused(bytes(data))
    locator = bytearray(archive64())
    struct.pack_into("<Q", locator, locator.index(b"PK\6\7") + 8, (1 << 64) - 1)
    assert 2 == len(listed(bytes(locator)).entries)

"""Pictures are known by their bytes, and known to be whole."""

import random
from typing import Any

import pytest

from syncd.frames.pictures import format_of, guess, size_of

FORMATS = ("png", "jpeg", "gif", "webp")


@pytest.mark.parametrize("kind", FORMATS)
def test_format_and_size_are_read_from_the_bytes(drawings: Any, kind: str) -> None:
    """Whatever the file is called."""
    data = drawings.drawn(kind, 3, width=300, height=200)
    assert (kind, (300, 200)) == (format_of(data), size_of(data, kind))


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_cut_short_at_any_byte_is_damaged(drawings: Any, kind: str) -> None:
    """An upload that broke off leaves the head intact."""
    data = drawings.drawn(kind, 12345)
    assert not [end for end in range(len(data)) if size_of(data[:end], kind)]


@pytest.mark.parametrize("kind", FORMATS)
def test_what_stands_behind_the_end_does_not_matter(drawings: Any, kind: str) -> None:
    """Cameras and mailers add to pictures."""
    assert (2, 2) == size_of(drawings.drawn(kind) + b"\0more", kind)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_without_extent_is_none(drawings: Any, kind: str) -> None:
    """It could not be shown."""
    if kind != "webp":
        assert size_of(drawings.drawn(kind, width=0), kind) is None


@pytest.mark.parametrize("kind", FORMATS)
def test_garbled_bytes_never_raise(drawings: Any, kind: str) -> None:
    """What a stranger sends is a finding, never a traceback; a PNG notices any changed byte by its checksums."""
    whole, chance = drawings.drawn(kind, 7), random.Random(7)
    for _ in range(500):
        data = bytearray(whole)
        data[chance.randrange(8 if kind == "png" else 0, len(data))] ^= 1 << chance.randrange(8)
        found = size_of(bytes(data), kind)
        assert found is None or kind != "png"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"PK\3\4rest", "a zip archive"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\n<svg xmlns", "an SVG drawing"),
        (b"\0\0\0\x18ftypheic", "a HEIC or AVIF picture"),
        (b"MZ\x90", "a program"),
        (b"hello", "something else"),
        (b"", "empty"),
    ],
)
def test_what_is_no_picture_is_named_by_its_bytes(data: bytes, expected: str) -> None:
    """So that the operator knows what somebody put there."""
    assert (None, expected) == (format_of(data), guess(data))

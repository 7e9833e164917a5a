"""The limits of picture archives as settings."""

import pytest
from pydantic import ValidationError

from syncd.config.models import Settings
from syncd.config.pictures import Pictures
from syncd.dialects.moodle.options import MoodleOptions
from syncd.frames.zips import ZipLimits


def test_the_defaults_are_those_of_the_reader() -> None:
    """Said in one place."""
    assert MoodleOptions().archive_limits == Settings().pictures.limits() == ZipLimits()


@pytest.mark.parametrize(
    ("text", "expected"),
    [(5000, 5000), ("5000", 5000), ("500KiB", 512_000), ("2 MiB", 2 << 20), ("1GiB", 1 << 30), ("1mb", 1_000_000)],
)
def test_sizes_are_written_as_people_write_them(text: object, expected: int) -> None:
    """In bytes without a unit."""
    assert expected == Pictures.model_validate({"largest": text}).largest


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("largest", "much"), ("largest", True), ("largest", "0"), ("largest", "2GiB"), ("unpacked", "-5MiB")),
        *(("entries", 0), ("entries", 70_000), ("ratio", 0), ("depth", -1)),
    ],
)
def test_what_makes_no_sense_is_refused(name: str, value: object) -> None:
    """An archive without limits could fill any memory."""
    with pytest.raises(ValidationError):
        Pictures.model_validate({name: value})


def test_sizes_are_shown_in_the_largest_unit_that_divides_them() -> None:
    """`syncd config show` writes what one would write."""
    shown = Pictures(largest=10 << 20, unpacked=1500).model_dump()
    assert ("10MiB", "1500") == (shown["largest"], shown["unpacked"])

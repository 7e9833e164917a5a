"""The settings of archives of user pictures: how much of a stranger's archive is looked at."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer

from syncd.config.table import Table
from syncd.formats.options import Options
from syncd.frames.zips import MOST_ENTRIES, ZipLimits

_DEFAULT = Options().archive_limits
_UNITS = {"": 1, "b": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "kb": 10**3, "mb": 10**6, "gb": 10**9}
_SIZE = re.compile(r"(?P<number>[0-9]{1,15})\s*(?P<unit>[a-z]*)")


def _size(value: object) -> object:
    """Read `5000`, `"500KiB"`, `"10 MiB"` or `"4GiB"`; a number without a unit is in bytes."""
    match = None if isinstance(value, bool) else _SIZE.fullmatch(str(value).strip().lower())
    if not match or match["unit"] not in _UNITS:
        raise ValueError('it takes a size such as "500KiB", "10MiB" or "4GiB"')
    return int(match["number"]) * _UNITS[match["unit"]]


def spoken(value: int) -> str:
    """Write a size in the largest unit that divides it."""
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if value % size == 0:
            return f"{value // size}{unit}"
    return str(value)


Size = Annotated[int, BeforeValidator(_size), PlainSerializer(spoken)]
"""A number of bytes."""


class Pictures(Table):
    """The most that a zip archive of user pictures may hold.

    An archive over `entries` or `unpacked` is refused as a whole; what is wrong with one picture fails that one.
    Nothing is ever unpacked to the disk under a name that an archive gives.
    """

    entries: int = Field(
        default=_DEFAULT.entries,
        ge=1,
        le=MOST_ENTRIES,
        description="Files and folders in one archive.",
        examples=[5000],
    )
    unpacked: Size = Field(
        default=_DEFAULT.unpacked, ge=1, description="All pictures of one archive together.", examples=["500MiB"]
    )
    largest: Size = Field(default=_DEFAULT.largest, ge=1, le=1 << 30, description="One picture.", examples=["2MiB"])
    ratio: int = Field(
        default=_DEFAULT.ratio,
        ge=1,
        description="How many times larger than packed a picture may be. Pictures hardly shrink; bombs do.",
        examples=[20],
    )
    depth: int = Field(default=_DEFAULT.depth, ge=0, description="Folders above a picture.", examples=[2])

    def limits(self) -> ZipLimits:
        """Return the limits as the reader of archives takes them."""
        return ZipLimits(
            entries=self.entries,
            unpacked=self.unpacked,
            largest=self.largest,
            ratio=self.ratio,
            depth=self.depth,
        )

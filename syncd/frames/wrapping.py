"""What stands around the rows of a file, so that some of them make a file of the same form again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapping:
    """The bytes before the first and after the last row: a header line, or the listing of an archive."""

    head: bytes
    tail: bytes = b""

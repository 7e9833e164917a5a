"""What a planner is given of a file."""

from dataclasses import dataclass
from typing import Any

from syncd.formats.columns import Commands
from syncd.formats.dialect import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Commands, the operation they stand under, the options they were read with, Unix time, the installation's key."""

    commands: Commands
    operation: Operation
    options: Any
    now: int
    secret: bytes

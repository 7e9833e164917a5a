"""What a planner is given of a file."""

from dataclasses import dataclass
from typing import Any

from syncd.formats.columns import Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Commands, the dialect's options they were read with, Unix time, and the installation's key."""

    commands: Commands
    options: Any
    now: int
    secret: bytes

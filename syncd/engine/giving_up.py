"""Why syncd itself could not work a file, for people."""

import traceback
from pathlib import Path

from syncd.core.errors import SyncdError
from syncd.core.findings import Finding, finding
from syncd.engine.world import Rooms


def why_given_up(error: Exception, rooms: Rooms) -> Finding:
    """Return the finding that tells why a run ends here. rooms: where the bytes of its files should be."""
    if isinstance(error, SyncdError):
        return finding("file-refused", reason=str(error))
    if isinstance(error, FileNotFoundError) and not all(room.exists() for room in rooms):
        return finding("file-unreadable", reason="it is no longer in its workroom")
    return finding("internal", error=type(error).__name__, place=_place_of(error))


def _place_of(error: Exception) -> str:
    """Return file and line where an error arose; its words stay out, they may hold what must not be shown."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"

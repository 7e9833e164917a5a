"""Removing files that syncd itself wrote, and nothing else."""

import stat
from pathlib import Path

from syncd.core.errors import PassingError
from syncd.core.naming import shown


def size_of_file(path: Path) -> int | None:
    """Return the size of a regular file in bytes; None for a link, a folder, or nothing: these are not ours."""
    try:
        status = path.lstat()
    except (OSError, ValueError):
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def modified(path: Path) -> float:
    """Return when a file was last written, in Unix seconds; 0 where there is none."""
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def remove_file(path: Path) -> None:
    """Remove a file; a link that took its place since it was looked at goes itself, not what it points to.

    Raises:
        PassingError: the disk refuses; it stands where it was.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        place = shown(f"{path.parent.name}/{path.name}")
        raise PassingError(f"{place} could not be removed: {error.strerror}; see to whom it belongs") from error

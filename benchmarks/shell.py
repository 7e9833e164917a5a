"""Floors and rivals: what the usual commands take for the same work."""

import shutil
from pathlib import Path

from benchmarks.measure import Measured, run

_SQL = Path(__file__).parent / "sql"


def missing(*commands: str) -> str:
    """Return why a rival cannot be run, "" where all its commands are there."""
    lacking = [command for command in commands if not shutil.which(command)]
    return f"no {' and no '.join(lacking)} here" if lacking else ""


def sqlite_sync(database: Path, kind: str, file: Path) -> Measured:
    """Let the sqlite3 shell sync a file of users or enrolments into a database of syncd."""
    return run(["sqlite3", database], feed=script(database.parent, f"{kind}.sqlite.sql", file))


def script(folder: Path, name: str, file: Path) -> Path:
    """Return one of the SQL scripts, written to a folder for one file."""
    written = folder / name
    written.write_text((_SQL / name).read_text(encoding="utf-8").replace("@FILE@", str(file)), encoding="utf-8")
    return written


def sha256sum(file: Path) -> Measured:
    """Hash a file with coreutils."""
    return run(["sha256sum", file])


def python_sha256(file: Path) -> Measured:
    """Hash a file with hashlib; `output` is the seconds it took once Python was up."""
    code = (
        "import hashlib, sys, time; begin = time.perf_counter(); "
        "hashlib.file_digest(open(sys.argv[1], 'rb'), 'sha256'); print(time.perf_counter() - begin)"
    )
    return run(["python3", "-c", code, file])


def sort_comm(old: Path, new: Path) -> Measured:
    """Find the lines of a file that a sorted one lacks; they go to a file."""
    found = old.with_suffix(".found")
    command = 'LC_ALL=C sort --parallel=2 "$1" | LC_ALL=C comm -13 "$0" - > "$2"'
    return run(["sh", "-c", command, old, new, found])


def copy_durably(source: Path, target: Path) -> Measured:
    """Copy a file and make it durable."""
    target.unlink(missing_ok=True)
    return run(["sh", "-c", 'cp --reflink=never "$0" "$1" && sync "$1"', source, target])

"""The product as the benchmarks run it: the command `syncd` in a fresh process."""

import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import syncd
from benchmarks.measure import CommandError, Measured, run

SYNCD = Path(sys.executable).with_name("syncd")
_DONE, _SOME_FAILED = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How the rows of a file must come out. None: any number."""

    applied: int | None = None
    unchanged: int | None = None
    failed: int | None = 0


def source() -> str:
    """Return a digest of the product's source, by which one sees whether two figures are of the same code."""
    folder = Path(syncd.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def sync(home: Path, expected: Expected, program: Path = SYNCD) -> Measured:
    """Run one pass over a home in whose sync/ one file stands.

    program: the command `syncd` of the build that does it.

    Raises:
        CommandError: it did not come out as expected.
    """
    measured = run([program, "sync", "--home", home, "--json"], codes=(_DONE, _SOME_FAILED))
    rows = json.loads(measured.output.splitlines()[0])["rows"]
    check(rows, expected)
    return measured


def check(rows: dict[str, int], expected: Expected) -> None:
    """See that the rows came out as expected.

    Raises:
        CommandError: they did not.
    """
    for name in ("applied", "unchanged", "failed"):
        wanted = getattr(expected, name)
        if wanted is not None and rows[name] != wanted:
            raise CommandError(f"{wanted} rows should be {name}, the run says {rows}")

"""A process that has loaded everything and forks one `syncd` for each line it reads; some of them are to die.

A line is a JSON object: `words` (the command line), `out` and `err` (files for its streams), `points` (which
kind of point counts: journal, disk, database), `die` (the point at which the process kills itself with
SIGKILL, 0 for never), `after` (seconds until it is killed from outside). It answers with `code` (minus
the signal's number for a process that was killed) and `seen` (the points that it passed, 0 where it was killed).

Arguments name dialects of tests, MODULE:NAME, which it registers beside those that there are.
"""

import gc
import json
import os
import signal
import struct
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from syncd.dialects import registry

for module, _, name in (argument.partition(":") for argument in sys.argv[1:]):
    dialect = getattr(import_module(module), name)
    registry.DIALECTS = {**registry.DIALECTS, dialect.name: dialect}

import syncd.store.bulk_rows  # noqa: E402 - the registry is read when the rest is loaded
from syncd.app import building  # noqa: E402
from syncd.cli.main import main  # noqa: E402

# What most commands load only when they come to it: a quarter of a second for each child that would do it by itself.
LOADED_LATE = (
    "adbc_driver_sqlite.dbapi",
    "encodings.utf_8_sig",
    "pandas",
    "polars_hash",
    "psycopg",
    "pyarrow.compute",
    "pyarrow.pandas_compat",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite",
    "tzdata.zoneinfo",
)
_DISK = ("os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir")


class Points:
    """Counts points and ends the process at one of them."""

    def __init__(self, die: int) -> None:
        self.seen = 0
        self._die = die

    def passed(self) -> None:
        """Pass one more point, or die there."""
        self.seen += 1
        if self.seen == self._die:
            os.kill(os.getpid(), signal.SIGKILL)


def _around(owner: Any, name: str, points: Points) -> None:
    """Make a point before and after each call of a function."""
    inner = getattr(owner, name)

    def call(*args: Any, **named: Any) -> Any:
        points.passed()
        result = inner(*args, **named)
        points.passed()
        return result

    setattr(owner, name, call)


def _journal(points: Points) -> None:
    reached = building.StepLog.reached

    def told(journal: building.StepLog, run: Any, step: str) -> None:
        reached(journal, run, step)
        points.passed()

    building.StepLog.reached = told  # type: ignore[method-assign]


def _disk(points: Points) -> None:
    _around(os, "fsync", points)
    sys.addaudithook(lambda event, _: points.passed() if event in _DISK else None)


def _database(points: Points) -> None:
    for name in ("begin", "execute", "append", "stage", "commit"):
        _around(syncd.store.bulk_rows.RowsBulk, name, points)


_WATCHES: dict[str, Callable[[Points], None]] = {"journal": _journal, "disk": _disk, "database": _database}


def _child(request: dict[str, Any], answer: int) -> None:
    """Be `syncd` once."""
    for stream, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    points = Points(request.get("die", 0))
    if request.get("points"):
        _WATCHES[request["points"]](points)
    sys.argv = ["syncd", *request["words"]]
    code: Any = 1
    try:
        main()
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(answer, struct.pack("q", points.seen))
        os._exit(int(code))


def _serve(line: str) -> dict[str, int]:
    request = json.loads(line)
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        _child(request, theirs)
    os.close(theirs)
    timer = threading.Timer(request.get("after") or 300, os.kill, (child, signal.SIGKILL))
    timer.start()
    _, status = os.waitpid(child, 0)
    timer.cancel()
    seen = os.read(ours, 8)
    os.close(ours)
    return {"code": os.waitstatus_to_exitcode(status), "seen": struct.unpack("q", seen)[0] if seen else 0}


if __name__ == "__main__":
    for late in LOADED_LATE:
        if find_spec(late.partition(".")[0]):
            import_module(late)
    # What stands is not looked through again in each child, which would copy it all.
    gc.collect()
    gc.freeze()
    for asked in sys.stdin:
        sys.stdout.write(json.dumps(_serve(asked)) + "\n")
        sys.stdout.flush()

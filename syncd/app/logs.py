"""Logging to standard error: one canonical line a run, as key=value for people or as JSON for collectors.

A line is one line whatever a stranger called his file: in text every value that is not one plain word is
quoted, and what cannot be printed is spelt out; JSON is ASCII. Of an error only kind and place are
written, since its words may hold what must not be shown; with SYNCD_TRACEBACK set, everything is.

A line that cannot be written (the terminal is gone, the reader of the pipe died, the disk is full) is lost;
the work it tells of goes on, and reports, history and audit have it.
"""

import json
import logging
import os
import re
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, TextIO, cast

import structlog

from syncd.app.pruning import Pruned
from syncd.core.naming import shown
from syncd.core.runs import Run

Format = Literal["auto", "text", "json"]

_PLAIN = re.compile(r"[^\s\"'=\\]+")
_FIRST = ("timestamp", "level", "event")
_FRAMES = 5
_HASH = 12


def configure(level: int, format: Format = "auto") -> None:  # noqa: A002 - the name of the setting
    """Set up logging for this process: lines of this level and above; other libraries' from warnings on."""
    text = format == "text" or (format == "auto" and sys.stderr.isatty())
    renderer = as_text if text else structlog.processors.JSONRenderer()
    lines = cast(TextIO, _Lossy(sys.stderr))
    stages: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        fault_as_place,
    ]
    structlog.configure(
        processors=[*stages, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(lines),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *stages],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(lines)
    handler.setFormatter(formatter)
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)


class _Lossy:
    """A stream to which writing never fails."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Hand on what was written, where somebody still takes it."""
        with suppress(OSError):
            self._stream.flush()


def as_text(_logger: object, _method: str, entry: structlog.typing.EventDict) -> str:
    """Return an entry as one line of key=value, time, level and event first."""
    names = [name for name in _FIRST if name in entry] + [name for name in entry if name not in _FIRST]
    return " ".join(f"{name}={_value(entry[name])}" for name in names)


def fault_as_place(_logger: object, _method: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Put kind and place of an error where it was handed over to be told."""
    error = entry.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = error[1]
    if not isinstance(error, BaseException):
        return entry
    frames = traceback.extract_tb(error.__traceback__)
    entry["error"] = type(error).__name__
    entry["at"] = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-_FRAMES:]]
    if os.environ.get("SYNCD_TRACEBACK"):
        entry["exception"] = "".join(traceback.format_exception(error))
    return entry


def log_fault(run: Run, error: Exception) -> None:
    """Write that syncd itself failed on a run."""
    structlog.get_logger("syncd.run").error("fault", id=run.id, file=run.title, exc_info=error)


def log_run(run: Run) -> None:
    """Write the one line that says everything of a run."""
    structlog.get_logger("syncd.run").info("run", **canonical(run))


def log_pruned(done: Pruned) -> None:
    """Write what retention removed, where it removed something, and what it could not remove."""
    log = structlog.get_logger("syncd.prune")
    if done.paths:
        log.info("pruned", **{name: value for name, value in done.as_json().items() if name != "troubles"})
    for trouble in done.troubles:
        log.warning("could not be pruned", reason=trouble)


def canonical(run: Run) -> Mapping[str, Any]:
    """Return what the canonical line says of a run; nothing out of the file's rows."""
    took = (run.finished - run.started).total_seconds() if run.finished and run.started else None
    return {
        "id": run.id,
        "parent": run.parent,
        "file": run.title,
        "feed": run.feed,
        "object": run.object,
        "state": run.state.value,
        **{f"rows_{outcome}": count for outcome, count in run.outcomes.as_json().items()},
        "changes": sum(c.created + c.updated + c.disabled + c.deleted for c in run.changes.values()),
        "seconds": None if took is None else round(max(took, 0.0), 3),
        "trigger": run.trigger.value,
        "by": run.by,
        "decided_by": run.decided_by,
        "sha256": run.sha256[:_HASH],
        "bytes": run.size,
        "tryback": " ".join(run.trybacks),
    }


def _value(value: Any) -> str:
    """Write a value so that nobody can take a part of it for another key or another line."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return str(value).lower()
    text = shown(value if isinstance(value, str) else json.dumps(value, default=str))
    return text if _PLAIN.fullmatch(text) else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

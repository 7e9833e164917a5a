"""Logging: one canonical line a run, pretty on a terminal, JSON elsewhere, always to standard error."""

import logging
import os
import sys
import traceback
from pathlib import Path

import structlog

from syncd.core.runs import Run


def configure(level: int) -> None:
    """Set up logging for this process: lines of this level and above."""
    stages: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer()
        stages.pop()
    structlog.configure(
        processors=[*stages, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=max(level, logging.WARNING), stream=sys.stderr)


def log_fault(run: Run, error: Exception) -> None:
    """Write that syncd itself failed on a run; where, but not with which words: they may hold what must not be shown.

    With SYNCD_TRACEBACK set in the environment, everything is told.
    """
    told = os.environ.get("SYNCD_TRACEBACK")
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    structlog.get_logger("syncd.run").error(
        "fault", run=run.id, error=type(error).__name__, at=places[-5:], exc_info=error if told else None
    )


def log_run(run: Run) -> None:
    """Write the one line that says everything of a run."""
    took = (run.finished - run.started).total_seconds() if run.finished and run.started else None
    structlog.get_logger("syncd.run").info(
        "run",
        run=run.id,
        parent=run.parent,
        state=run.state.value,
        file=run.file,
        object=run.object,
        trigger=run.trigger.value,
        by=run.by,
        sha256=run.sha256,
        bytes=run.size,
        seconds=took,
        **run.rows.as_json(),
        changes=sum(c.created + c.updated + c.disabled + c.deleted for c in run.changes.values()),
        report=run.report,
        tryback=run.tryback,
    )

"""Lines of the log: one a run, unforgeable, without secrets."""

import io
import json
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog

from syncd.app.logs import as_text, configure, log_fault, log_run
from syncd.core.kinds import Kind
from syncd.core.limits import ChangeCounts
from syncd.core.runs import RowCounts, Run, RunState, Trigger

NOW = datetime(2026, 11, 21, 18, 30, 5, tzinfo=UTC)
RUN = Run(
    id=12,
    work="w",
    file="userimport.csv",
    trigger=Trigger.WATCH,
    received=NOW,
    state=RunState.COMPLETED_WITH_FAILURES,
    feed="users",
    object="users",
    by="sis",
    sha256="0123456789abcdef" * 4,
    size=99,
    started=NOW,
    finished=NOW + timedelta(seconds=1.2345),
    rows=RowCounts(applied=20, unchanged=2, failed=1),
    changes={Kind.USER: ChangeCounts(created=18, updated=2)},
)
HOSTILE = 'x" id=1 state=completed\n{"event": "run", "id": 1}\x1b[2J\u202e\udcff\\'


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set up the log and give what was written, line by line; afterwards all is as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def start(style: str, least: int = logging.INFO) -> Callable[[], list[str]]:
        stream = io.StringIO()
        monkeypatch.setattr(sys, "stderr", stream)
        configure(least, style)
        return lambda: stream.getvalue().split("\n")[:-1]

    yield start
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_one_line_says_everything_of_a_run(lines: Any) -> None:
    """What an operator greps for: the canonical line."""
    written = lines("json")
    log_run(RUN)
    (line,) = written()
    told = json.loads(line)
    told.pop("timestamp")
    assert {
        "event": "run",
        "level": "info",
        "id": 12,
        "parent": None,
        "file": "userimport.csv",
        "feed": "users",
        "object": "users",
        "state": "completed_with_failures",
        "rows_total": 23,
        "rows_applied": 20,
        "rows_unchanged": 2,
        "rows_skipped": 0,
        "rows_partial": 0,
        "rows_failed": 1,
        "changes": 20,
        "seconds": 1.234,
        "trigger": "watch",
        "by": "sis",
        "decided_by": "",
        "sha256": "0123456789ab",
        "bytes": 99,
        "tryback": "",
    } == told


def test_a_line_that_cannot_be_written_stops_nothing(lines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk of the log is full, or who reads it died; the work goes on."""
    lines("json")
    with open("/dev/full", "w", buffering=1) as full:  # noqa: PTH123 - a device
        monkeypatch.setattr(sys, "stderr", full)
        configure(logging.INFO, "json")
        log_run(RUN)
        logging.getLogger("apscheduler").error("of a library")
        with suppress(OSError):
            full.close()


def test_people_get_key_and_value(lines: Any) -> None:
    """It is read in `journalctl` and on a terminal."""
    written = lines("text")
    log_run(RUN)
    (line,) = written()
    assert "level=info event=run id=12 parent= file=userimport.csv feed=users object=users" in line


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_hostile_file_name_forges_no_line(lines: Any, style: str) -> None:
    """Promise 10: a name out of a drop folder that anybody may write."""
    written = lines(style)
    structlog.get_logger().info("run", file=HOSTILE, last=1)
    (line,) = written()
    assert line.isprintable()
    if style == "json":
        assert HOSTILE == json.loads(line)["file"]
    else:
        quoted = line.partition(" file=")[2].removesuffix(" last=1")
        assert ('"', '"') == (quoted[0], quoted[-1])
        assert '"' not in quoted[1:-1].replace("\\\\", "").replace('\\"', "")


def test_quotes_and_backslashes_cannot_end_a_value_early() -> None:
    """A quote that follows a backslash is what breaks careless log formats."""
    assert 'event=e v="a\\\\\\" b=1"' == as_text(None, "", {"event": "e", "v": 'a\\" b=1'})


def test_a_fault_tells_kind_and_place_and_not_its_words(lines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Promise 9: the words of an error may quote a row."""
    monkeypatch.delenv("SYNCD_TRACEBACK", raising=False)
    written = lines("json")
    try:
        int("Correct-Horse")
    except ValueError as error:
        log_fault(RUN, error)
    (line,) = written()
    told = json.loads(line)
    assert ("fault", "ValueError", 12) == (told["event"], told["error"], told["id"])
    assert told["at"][0].startswith("test_logs.py:")
    assert "Correct-Horse" not in line


def test_other_libraries_speak_in_the_same_form_and_tell_no_more(lines: Any) -> None:
    """A collector that reads JSON must not meet a bare traceback."""
    written = lines("json")
    try:
        int("Correct-Horse")
    except ValueError:
        logging.getLogger("apscheduler.executors").exception("Job failed")
    logging.getLogger("apscheduler").info("too much")
    (line,) = written()
    assert ("Job failed", "error", "ValueError") == tuple(
        json.loads(line)[name] for name in ("event", "level", "error")
    )
    assert "Correct-Horse" not in line


def test_less_than_the_level_is_not_written(lines: Any) -> None:
    """[log] level."""
    written = lines("text", logging.WARNING)
    log_run(RUN)
    assert [] == written()


def test_auto_is_json_where_no_terminal_is(lines: Any) -> None:
    """The journal of systemd and files are read by programs."""
    written = lines("auto")
    log_run(RUN)
    assert 12 == json.loads(written()[0])["id"]

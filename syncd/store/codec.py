"""A run as JSON text and back, whole."""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from syncd.core.kinds import Kind
from syncd.core.limits import Breach, ChangeCounts, Direction
from syncd.core.runs import RowCounts, Run, RunFile, RunState, Trigger


def run_to_json(run: Run) -> str:
    """Return the run as a JSON object with a name for each field; times in ISO 8601 with their offset.

    It is ASCII: a file name may hold bytes that are no text, which no database takes as they are.
    """
    return json.dumps(run, default=_plain)


def run_from_json(text: str) -> Run:
    """Return the run that `run_to_json` wrote. A field that an older version did not know has its default."""
    values: dict[str, Any] = json.loads(text)
    values.update({name: read(values[name]) for name, read in _READERS.items() if name in values})
    return Run(**values)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _time(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _populations(value: dict[str, int]) -> dict[Kind, int]:
    return {Kind(kind): count for kind, count in value.items()}


def _changes(value: dict[str, dict[str, int]]) -> dict[Kind, ChangeCounts]:
    return {Kind(kind): ChangeCounts(**counts) for kind, counts in value.items()}


def _breaches(value: list[dict[str, Any]]) -> tuple[Breach, ...]:
    return tuple(
        Breach(**plain | {"kind": Kind(plain["kind"]), "direction": Direction(plain["direction"])}) for plain in value
    )


def _parts(value: list[dict[str, Any]]) -> tuple[RunFile, ...]:
    return tuple(RunFile(**plain | {"rows": _rows(plain["rows"])}) for plain in value)


def _rows(value: dict[str, int]) -> RowCounts:
    return RowCounts(**value)


_READERS: Mapping[str, Callable[[Any], object]] = {
    "trigger": Trigger,
    "received": _time,
    "state": RunState,
    "started": _time,
    "finished": _time,
    "rows": _rows,
    "before": _populations,
    "after": _populations,
    "changes": _changes,
    "breaches": _breaches,
    "from_feed": tuple,
    "parts": _parts,
}

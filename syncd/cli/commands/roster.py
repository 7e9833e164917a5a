"""Commands about the roster: its records, all or one."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from syncd.cli import door, screen
from syncd.cli.options import View
from syncd.core.errors import UsageError

Records = Sequence[Mapping[str, Any]]
_COLUMNS = ("key", "state", "data source", "run", "fields")

KindArgument = Annotated[
    str, typer.Argument(metavar="KIND", show_default=False, help="A kind of record: user, course, enrolment and so on.")
]
KeyArgument = Annotated[
    str, typer.Argument(metavar="KEY", show_default=False, help="Its key, or the name that a person would use.")
]


def list_records(
    kind: KindArgument,
    *,
    deleted: Annotated[bool, typer.Option("--deleted", help="List the deleted records, too.")] = False,
    view: View,
) -> None:
    """List the records of a kind."""
    with door.opened(view.home) as app:
        records = app.records(kind, deleted=deleted)
        if not view.json:
            screen.table(_COLUMNS, (_row(record) for record in records))
            return
        for record in records:
            screen.emit(record)


def show_record(
    kind: KindArgument,
    key: KeyArgument,
    *,
    view: View,
) -> None:
    """Show one record with all its fields."""
    with door.opened(view.home) as app:
        records = _found(app.record(kind, key), kind, key)
    for number, record in enumerate(records):
        if view.json:
            screen.emit(record)
            continue
        screen.say(("\n" if number else "") + f"{kind} {record['key']}")
        screen.pairs({name: record[name] for name in ("state", "data_source", "run") if name in record})
        screen.pairs(_filled(record))


def why_record(
    kind: KindArgument,
    key: KeyArgument,
    *,
    view: View,
) -> None:
    """Tell why a record is as it is.

    Every row of every file, change and run behind it, in the order of time.
    """
    with door.opened(view.home) as app:
        events = _found(app.why(kind, key), kind, key)
    for number, event in enumerate(events):
        if view.json:
            screen.emit(event)
            continue
        screen.say(("\n" if number else "") + _headline(event))
        screen.pairs(_facts(event))


def _found(records: Records, kind: str, key: str) -> Records:
    """Return what was found.

    Raises:
        UsageError: nothing.
    """
    if not records:
        raise UsageError(f"the roster has no {kind} '{key}'; syncd roster list {kind} shows them")
    return records


def _headline(event: Mapping[str, Any]) -> str:
    return f"{event['time'] or 'at some time'}  {event['kind']} {event['key']} {event['action']} by run {event['run']}"


def _facts(event: Mapping[str, Any]) -> dict[str, screen.Cell]:
    """Return what is known of an event, each on its line."""
    row = f"row {event['row']}" if event["row"] else "where it is absent" if event["row"] == 0 else ""
    line = f"line {event['line']}" if event["line"] else ""
    origin = f"{event['derives_from']['kind']} {event['derives_from']['key']}" if event["derives_from"] else ""
    undoes = f"undoes run {event['undoes']}" if event["undoes"] else ""
    facts = {
        "file": ", ".join(filter(None, (event["file"], row, line, undoes))),
        "feed": event["feed"],
        "data source": event["data_source"],
        "by": event["by"],
        "approved by": event["approved_by"],
        "reason": event["reason"],
        "derives from": origin,
    }
    changes = {name: f"{_value(event['before'][name])} → {_value(value)}" for name, value in event["after"].items()}
    secret = dict.fromkeys(event["hidden"], "(another one; it is never shown)")
    return {name: fact for name, fact in facts.items() if fact} | changes | secret


def _value(value: object) -> str:
    return "(nothing)" if value in (None, "") else str(value)


def _row(record: Mapping[str, Any]) -> list[screen.Cell]:
    fields = " ".join(f"{name}={value}" for name, value in _filled(record).items())
    return [record["key"], record["state"], record["data_source"], record["run"], fields]


def _filled(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record["fields"].items() if value not in (None, "", [], {})}

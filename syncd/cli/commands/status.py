"""How things stand: a verdict first, then a line for each part, then tables of what is not in order."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from syncd.cli import door, screen
from syncd.cli.options import View
from syncd.cli.screen import amount
from syncd.core.kinds import SPECS, Kind

_LINES = frozenset(
    {"verdict", "home", "version", "daemon", "last_pass", "drop", "disk", "database", "mail", "last_run", "roster"}
)
"""Parts that have a line of their own; any other is a table, and not shown where it is empty."""


def status(view: View) -> int:
    """Show how things stand, for people and for monitoring.

    \b
    Exit codes, the first that applies:
      2  the settings are wrong, or there is no home
      3  a run is held for approval
      5  a lock in sync/ is stale; a fresh one is part of the work
      1  a run failed or left rows to mend within 24 hours and was not requeued with success;
         a run or a file in sync/ waits, or an upload stays unfinished, for more than an hour;
         the daemon died or does not look; the database or sync/ cannot be used; less than 256 MB
         are free; an alarm is open; letters wait for more than an hour, or were refused and set aside
      0  well: none of these. That no daemon runs is well where none died.
    Code 4 is kept for targets that cannot be reached. With --json the same is in verdict.code,
    and verdict.problems has a sentence for each.
    """  # noqa: D301 - the escape is meant: it keeps the lines of the help as they are
    with door.opened(view.home) as app:
        state = app.status()
    if view.json:
        screen.emit(state)
    else:
        _show(state)
    return int(state["verdict"]["code"])


def _show(state: Mapping[str, Any]) -> None:
    problems = state["verdict"]["problems"]
    screen.say("Well." if not problems else f"{len(problems)} to look at:")
    for problem in problems:
        screen.say(f"  {problem}".replace("\n", " "))
    screen.say()
    lines = dict(_lines(state))
    width = max(map(len, lines))
    for name, words in lines.items():
        screen.say(f"{name:<{width}}  {words}")
    for name, value in state.items():
        if name not in _LINES and value:
            screen.say(f"\n{name.replace('_', ' ')}:")
            _part(value)


def _lines(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "home", f"{state['home']} (syncd {state['version']})"
    yield "daemon", _daemon(state["daemon"])
    yield "last pass", _pass(state["last_pass"])
    last, drop, disk, database = state["last_run"], state["drop"], state["disk"], state["database"]
    yield "last run", f"{last['run']} {last['file']}: {last['state']}, {age(last['age'])} ago" if last else "none yet"
    waiting = f"{drop['files']} files, the oldest for {age(drop['oldest'])}" if drop["files"] else "empty"
    later = f"; {drop['waiting']} wait for the time of their feed" if drop["waiting"] else ""
    yield "sync/", f"{waiting}{later}" if drop["usable"] else "cannot be used"
    size = f", {amount(database['bytes'])}" if "bytes" in database else ""
    yield "database", f"{database['kind']}{size}" if database["reachable"] else f"{database['kind']}: cannot be used"
    yield "disk", f"{amount(disk['free'])} free ({disk['free_percent']:g} %)"
    yield "mail", _mail(state["mail"])
    yield "roster", ", ".join(_counted(kind, count) for kind, count in state["roster"].items() if count) or "empty"


def _daemon(daemon: Mapping[str, Any]) -> str:
    if daemon["state"] == "never":
        return "none was ever started"
    where = f" on {daemon['host']}" if daemon["state"] == "elsewhere" else ""
    return f"{daemon['state']}{where} (process {daemon['pid']}, since {daemon['since']})"


def _pass(last: Mapping[str, Any]) -> str:
    if not last:
        return "none yet"
    said: str = last["blocked"] or f"{len(last['runs'])} run{'s' if len(last['runs']) != 1 else ''}"
    return f"{age(last['age'])} ago by {last['trigger']}: {said}"


def _mail(mail: Mapping[str, Any]) -> str:
    if not mail["on"]:
        return str(mail.get("missing", "off"))
    count = "1 letter waits" if mail["waiting"] == 1 else f"{mail['waiting']} letters wait"
    told = [f"{count} since {mail['since']}" if mail["waiting"] else "on, no letter waits"]
    told += [f"{mail['set_aside']} set aside"] if mail["set_aside"] else []
    told += [f"{mail['digest']} run{'s' if mail['digest'] != 1 else ''} for the digest"] if mail["digest"] else []
    told += [f"the last error: {mail['error']}"] if mail["error"] else []
    return "; ".join(told)


def _part(value: object) -> None:
    if isinstance(value, Mapping):
        screen.pairs({key: _brief(item, key) for key, item in value.items()})
    elif isinstance(value, Sequence) and all(isinstance(item, Mapping) for item in value):
        columns = [key for key in dict.fromkeys(key for item in value for key in item) if _tells(key, value)]
        screen.table(
            [column.replace("_", " ") for column in columns],
            ([_brief(item.get(key), key) for key in columns] for item in value),
        )
    else:
        screen.say(f"  {_brief(value)}")


def _tells(key: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a column says something that the eye needs: times stand there as ages already."""
    timed = key in ("received", "finished") and all("age" in row for row in rows)
    return not timed and any(row.get(key) not in (None, "", []) for row in rows)


def _brief(value: object, name: str = "") -> screen.Cell:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return age(value) if name == "age" else value
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_brief(item, key)}" for key, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(str(_brief(item)) for item in value)
    return str(value)


def _counted(kind: str, count: int) -> str:
    word = kind if count == 1 else SPECS[Kind(kind)].table
    return f"{count} {word.replace('_', ' ')}"


def age(seconds: int) -> str:
    """Write an age in its two largest units: 2h 5m."""
    sizes = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
    parts = [f"{seconds // size % wrap}{unit}" for (unit, size), wrap in zip(sizes, (10**6, 24, 60, 60), strict=True)]
    first = next((place for place, part in enumerate(parts) if not part.startswith("0")), len(parts) - 1)
    return " ".join(parts[first : first + 2])

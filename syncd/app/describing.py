"""What a kind of file may hold, told from the tables of its dialect: before somebody writes the first one."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from syncd.app import building
from syncd.app.unknown import no_such
from syncd.config.models import Settings
from syncd.core.errors import UsageError
from syncd.core.feeds import Feed
from syncd.dialects.registry import DIALECTS, file_kinds
from syncd.formats.columns import Column
from syncd.formats.dialect import ArchiveFile, CommandFile, FileKind


def described(settings: Settings, name: str) -> dict[str, Any]:
    """Return the columns of an object, or of the object of a feed, as they are understood under the settings.

    An archive has no columns, but limits.

    Raises:
        UsageError: there is no such feed and no such object, or the feed does not say what its files hold.
    """
    feed = next((feed for feed in settings.feeds() if feed.name == name), None)
    if feed and not feed.object:
        raise UsageError(f"the feed {name} does not say what its files hold; set its object, or name one: users")
    known = file_kinds()
    file = DIALECTS[feed.dialect].objects.get(feed.object) if feed else known.get(name)
    if file is None:
        names = [*(feed.name for feed in settings.feeds()), *known]
        raise no_such("feed and no object", name, names)
    options: Mapping[str, str] = feed.options if feed else {}
    read = building.recognition(settings).options_for(file.dialect, options)
    head = _head(file, feed) | {"options": {option: _written(getattr(read, option)) for option in file.options}}
    match file:
        case ArchiveFile():
            return head | {"archive": True, "limits": asdict(file.limits(read))}
        case CommandFile():
            return head | {
                "archive": False,
                "header": file.has_header,
                "one_of": list(file.one_of(read)) if file.one_of else [],
                "columns": [_column(column, read) for column in file.columns],
            }
    return head


def _head(file: FileKind, feed: Feed | None) -> dict[str, Any]:
    return {
        "object": file.object,
        "dialect": file.dialect,
        "feed": feed.name if feed else "",
        "files": list(feed.files if feed else file.default_names),
        "about": file.about,
        "example": file.example,
    }


def _written(value: object) -> str:
    """Write the value of an option, a text or a yes or no, as it stands behind `--option`."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _column(column: Column, options: object) -> dict[str, Any]:
    return {
        "column": column.header,
        "needed": "every row" if column.filled else "in the header" if column.required else "",
        "takes": "anything; it has no effect" if column.ignored else column.rule_for(options).words,
        "about": column.about,
        "aliases": list(column.aliases),
    }

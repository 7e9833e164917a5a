"""The settings as a list: found by walking through the models, so that nothing is said twice."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from syncd.config.dialects import options_table
from syncd.config.feeds import FeedTable
from syncd.config.models import Settings
from syncd.config.pull import PullTable
from syncd.config.sftp import AccountTable
from syncd.dialects.registry import DIALECTS

FEED = "feed"
"""The name of the tables of feeds, `[[feed]]`, of which there may be any number."""

ACCOUNT, PULL = "sftp.account", "pull"
"""The names of the tables of senders by SFTP, and of remote servers; of these, too, there may be any number."""

_PREFIX = "SYNCD_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting. `default` and `examples` are as they would be written in the file."""

    path: str
    default: Any
    description: str
    examples: tuple[Any, ...] = ()

    @property
    def variable(self) -> str:
        """The environment variable that sets it: `SYNCD_DROP_QUIET` for `drop.quiet`."""
        return _PREFIX + self.path.upper().replace(".", "_")


@cache
def settings() -> Mapping[str, Setting]:
    """Return every setting by its path, in the order of the file."""
    found = _walk(Settings, "", Settings().model_dump(by_alias=True))
    return MappingProxyType({setting.path: setting for setting in found if setting.path not in (FEED, ACCOUNT, PULL)})


@cache
def feed_settings() -> Mapping[str, Setting]:
    """Return every setting of a feed by its path: `feed.schedule`. Those that must be set have None as default."""
    example = FeedTable(name="example", files=("*",)).model_dump(by_alias=True)
    found = [*_walk(FeedTable, FEED, example | {"name": None, "files": None})]
    for table in map(options_table, DIALECTS):
        found += _walk(table, f"{FEED}.options", table().model_dump())
    return MappingProxyType({setting.path: setting for setting in found})


@cache
def listed() -> Mapping[str, Mapping[str, Setting]]:
    """Return the settings of every kind of table of which there may be many: by the kind, then by path."""
    account = AccountTable.model_construct(name="example").model_dump(by_alias=True)
    pull = PullTable.model_construct(name="example", host="", username="", host_key="").model_dump(by_alias=True)
    needed = dict.fromkeys(("name", "host", "username", "host_key"))
    found = {ACCOUNT: _walk(AccountTable, ACCOUNT, account | needed), PULL: _walk(PullTable, PULL, pull | needed)}
    return MappingProxyType({FEED: feed_settings()} | {name: {s.path: s for s in each} for name, each in found.items()})


def children(table: str) -> list[str]:
    """Return the names that may stand in a table of the file; "" for the file itself."""
    start = f"{table}." if table else ""
    known = (*settings(), *(path for each in listed().values() for path in each))
    inside = (path.removeprefix(start) for path in known if path.startswith(start))
    return list(dict.fromkeys(path.partition(".")[0] for path in inside))


def value_at(tables: Mapping[str, Any], path: str) -> Any:
    """Return what stands at a path in nested tables.

    Raises:
        KeyError: nothing does.
    """
    value: Any = tables
    for name in path.split("."):
        if not isinstance(value, Mapping):
            raise KeyError(path)
        value = value[name]
    return value


def _walk(model: type[BaseModel], table: str, defaults: Mapping[str, Any]) -> Iterator[Setting]:
    for name, field in model.model_fields.items():
        key = field.alias or name
        path = f"{table}.{key}" if table else key
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _walk(field.annotation, path, defaults[key])
        else:
            yield Setting(
                path=path,
                default=defaults[key],
                description=field.description or "",
                examples=tuple(field.examples or ()),
            )

"""The settings as a list: found by walking through the models, so that nothing is said twice."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from syncd.config.models import Settings

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
    return MappingProxyType({setting.path: setting for setting in found})


def children(table: str) -> list[str]:
    """Return the names that may stand in a table of the file; "" for the file itself."""
    start = f"{table}." if table else ""
    inside = (path.removeprefix(start) for path in settings() if path.startswith(start))
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

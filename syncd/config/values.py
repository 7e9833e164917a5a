"""How single values are written in the settings, and what they become."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, PlainSerializer

from syncd.core import zones

SYSTEM_ZONE = "system"
"""Stands for the time zone of the machine."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"(?P<number>\d+(\.\d+)?)\s*(?P<unit>[smhd]?)")
_USER_PASSWORD = re.compile(r"(?<=://)([^:/@?]*):.*@")
_QUERY_PASSWORD = re.compile(r"(?<=[?&])(password)=[^&]*")


def duration(value: object) -> timedelta:
    """Read `90`, `"90s"`, `"5m"`, `"3h"` or `"1d"`; a number without a unit is in seconds."""
    if isinstance(value, timedelta):
        return value
    match = None if isinstance(value, bool) else _DURATION.fullmatch(str(value).strip().lower())
    if not match:
        raise ValueError('it takes a duration such as "90s", "5m", "3h" or "1d"')
    try:
        return timedelta(**{_UNITS[match["unit"] or "s"]: float(match["number"])})
    except OverflowError:
        raise ValueError("it is too long a time") from None


def spoken(value: timedelta) -> str:
    """Write a duration in the largest unit that divides it."""
    seconds = value.total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:g}s"


def _no_limit(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError('it takes a number, or "none"')  # noqa: TRY004 - pydantic gathers ValueErrors
    return None if isinstance(value, str) and value.strip().lower() == "none" else value


def names(value: object) -> object:
    """Let the environment write a list as `one, two`."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith(("[", "{")):
        raise ValueError('it takes a list of names, such as ["one", "two"]')
    return [name.strip() for name in value.split(",") if name.strip()]


def _zone(value: str) -> str:
    return value if value == SYSTEM_ZONE else zones.named(value).key


def _database(value: str) -> str:
    """Refuse what is no database address. The message must not repeat it: it may hold a password."""
    try:
        address = urlsplit(value)
        kept = address.scheme == "sqlite" and address.path.strip("/") not in ("", ":memory:") and not address.netloc
        served = address.scheme.partition("+")[0] == "postgresql" and "://" in value and address.port != 0
    except ValueError:
        kept = served = False
    if not kept and not served:
        raise ValueError('it takes "sqlite:///FILE" or "postgresql://USER@HOST/DATABASE"')
    return value


def without_password(url: str) -> str:
    """Return a database address fit to be shown."""
    return _QUERY_PASSWORD.sub(r"\1=***", _USER_PASSWORD.sub(r"\1:***@", url))


def source_key(value: str) -> str:
    """Return the name of a data source without spaces around it, if it is one."""
    if not value.strip() or not value.isprintable():
        raise ValueError("it takes a name")
    return value.strip()


Duration = Annotated[timedelta, BeforeValidator(duration), PlainSerializer(spoken)]
"""A length of time, 0 or more."""

NoLimit = BeforeValidator(_no_limit)
"""Reads "none" as no limit, since TOML has no word for it."""

Names = Annotated[tuple[str, ...], BeforeValidator(names)]
"""A list of names; in the environment separated by commas."""

ZoneName = Annotated[str, AfterValidator(_zone)]
"""A time zone by its name, or "system"."""

DatabaseUrl = Annotated[str, AfterValidator(_database), PlainSerializer(without_password)]
"""Where the roster is, as SQLAlchemy writes it. Written down or shown, it has lost its password."""

SourceKey = Annotated[str, AfterValidator(source_key)]
"""The key of a data source."""


def as_toml(value: Any) -> str:
    """Write a value as TOML would have it; None as "none"."""
    if value is None:
        return '"none"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, timedelta):
        return as_toml(spoken(value))
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {as_toml(item)}" for name, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(as_toml(item) for item in value) + "]"
    return json.dumps(str(value), ensure_ascii=False)

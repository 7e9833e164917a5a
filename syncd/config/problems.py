"""What is wrong with the settings, in sentences."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncd.config.catalogue import children
from syncd.config.values import as_toml
from syncd.core.errors import UsageError

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_SECRETS = re.compile(r"store(\..*)?|mail(\.password)?|sftp(\.account(\[[0-9]+\](\.password_hash)?)?)?")
"""Settings, and tables as a whole, whose values may hold a password."""

_SHOWN = 60
_PLACE_IN_LIST = re.compile(r"\[[0-9]+\]")
_TAKES = {
    "bool_type": "it takes true or false",
    "bool_parsing": "it takes true or false",
    "dict_type": "it takes a table",
    "finite_number": 'it takes a number, or "none"',
    "float_type": 'it takes a number, or "none"',
    "float_parsing": 'it takes a number, or "none"',
    "greater_than": "it must be more than {gt}",
    "greater_than_equal": "it must be at least {ge:g}",
    "int_type": "it takes a whole number",
    "int_parsing": "it takes a whole number",
    "int_from_float": "it takes a whole number",
    "less_than_equal": "it must be at most {le:g}",
    "literal_error": "it takes {expected}",
    "missing": "it must be set",
    "model_type": "it takes a table",
    "string_too_long": "it must be no longer than {max_length} characters",
    "string_type": "it takes text",
    "too_short": "it takes at least one name",
    "tuple_type": "it takes a list of names",
    "value_error": "{error}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with one setting. `path` is "" where the file as a whole is meant."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class ConfigError(UsageError):
    """The settings cannot be used; `problems` holds every error, not just the first."""

    def __init__(self, place: str, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = "1 error" if len(self.problems) == 1 else f"{len(self.problems)} errors"
        super().__init__("\n".join([f"the configuration ({place}) has {count}", *(f"  {p}" for p in self.problems)]))


def from_validation(error: "ValidationError", origins: Mapping[str, str]) -> Iterator[Problem]:
    """Put the errors that a model found into sentences. `origins` names the variables that were read."""
    for detail in error.errors(include_url=False):
        path = _path(detail["loc"])
        _, _, variable = origins.get(path, "").partition(" ")
        yield Problem(path=f"{path} ({variable})" if variable else path, message=_sentence(path, detail))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a question that names what was probably meant, or "" where nothing is near."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _path(places: Iterable[str | int]) -> str:
    """Write where something stands; in a list it is counted from 1, as a person counts: feed[2].schedule."""
    return "".join(f"[{place + 1}]" if isinstance(place, int) else f".{place}" for place in places).removeprefix(".")


def _plain(path: str) -> str:
    return _PLACE_IN_LIST.sub("", path)


def _elsewhere(table: str, name: str) -> str:
    """Return where a setting belongs that came into a list of tables, "" where it is not one of the table around it.

    In TOML all that follows a heading is of that table: whoever writes [[sftp.account]] before other settings of
    [sftp] gives these to the account.
    """
    around = _plain(table.rpartition(".")[0])
    if not around or not table.endswith("]") or name not in children(around):
        return ""
    return f" here, but in [{around}]; write it above the first [[{_plain(table)}]]"


def _sentence(path: str, detail: "ErrorDetails") -> str:
    if detail["type"] == "extra_forbidden":
        table, _, name = path.rpartition(".")
        return f"there is no such setting{_elsewhere(table, name) or nearest(name, children(_plain(table)))}"
    takes = _TAKES.get(detail["type"], detail["msg"]).format_map(detail.get("ctx", {}))
    if _SECRETS.fullmatch(path) or detail["type"] == "missing":
        return takes
    given = as_toml(detail["input"])
    return f"it is {given}; {takes}" if len(given) <= _SHOWN else takes

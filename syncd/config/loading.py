"""Reading the settings: from the file, over it the environment, checked as a whole."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from syncd.config.catalogue import children, settings, value_at
from syncd.config.home import Home
from syncd.config.models import Settings
from syncd.config.problems import ConfigError, Problem, from_validation, nearest

_DEFAULT, _FILE, _ENVIRONMENT = "default", "file", "environment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The settings in force, and by path where each comes from: "default", "file" or "environment NAME"."""

    settings: Settings
    origins: Mapping[str, str]

    def shown(self) -> Mapping[str, Any]:
        """Return every value by its path, as it may be shown: without passwords."""
        tables = self.settings.model_dump(by_alias=True)
        return {path: value_at(tables, path) for path in settings()}


def load(home: Home, environment: Mapping[str, str]) -> Loaded:
    """Read and check the settings of a home; where there is no file, the defaults hold.

    Raises:
        ConfigError: something is wrong; it names everything that is.
    """
    return resolve(_read(home), environment, str(home.config_file))


def resolve(tables: Mapping[str, Any], environment: Mapping[str, str], place: str) -> Loaded:
    """Put the environment over the tables of a file and check the whole. `place` is where the file stands.

    Raises:
        ConfigError: something is wrong; it names everything that is.
    """
    origins = {path: _FILE if _holds(tables, path) else _DEFAULT for path in settings()}
    for setting in settings().values():
        if setting.variable in environment:
            tables = _with(tables, setting.path.split("."), _from_text(environment[setting.variable]))
            origins[setting.path] = f"{_ENVIRONMENT} {setting.variable}"
    problems = list(_misnamed(environment))
    try:
        checked = Settings.model_validate(tables)
    except ValidationError as error:
        raise ConfigError(place, [*from_validation(error, origins), *problems]) from None
    if problems:
        raise ConfigError(place, problems)
    return Loaded(settings=checked, origins=origins)


def _read(home: Home) -> dict[str, Any]:
    """Read the file as it stands; a byte order mark, as some editors leave it, does no harm."""
    file = home.config_file
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        problem = f"this is not TOML: {error}"
    except UnicodeDecodeError as error:
        problem = f"byte {error.start + 1} is not UTF-8 text; save the file as UTF-8"
    except OSError as error:
        problem = f"the file cannot be read: {error.strerror}"
    raise ConfigError(str(file), [Problem(path="", message=problem)])


def _holds(tables: Mapping[str, Any], path: str) -> bool:
    try:
        value_at(tables, path)
    except KeyError:
        return False
    return True


def _with(tables: Mapping[str, Any], names: Iterable[str], value: object) -> dict[str, Any]:
    """Return the tables with a value put in. What stands where a table should be stays, and is reported later."""
    changed = dict(deepcopy(tables))
    *above, last = names
    table = changed
    for name in above:
        inner = table.setdefault(name, {})
        if not isinstance(inner, dict):
            return changed
        table = inner
    table[last] = value
    return changed


def _from_text(text: str) -> object:
    """Read a value out of the environment: a list or table as TOML writes it, anything else as it stands."""
    if text.lstrip().startswith(("[", "{")):
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            return text
    return text


def _misnamed(environment: Mapping[str, str]) -> Iterator[Problem]:
    """Find variables that are meant for a table of the settings and name nothing in it."""
    known = {setting.variable for setting in settings().values()}
    tables = tuple(f"SYNCD_{table.upper()}_" for table in children(""))
    for name in sorted(environment):
        if name.startswith(tables) and name not in known:
            yield Problem(path=name, message=f"no setting has this variable{nearest(name, known)}")

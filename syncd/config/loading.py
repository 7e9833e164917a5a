"""Reading the settings: from the file, over it the environment, checked as a whole."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from pydantic import ValidationError

from syncd.config.agreeing import disagreements
from syncd.config.catalogue import FEED, children, listed, settings, value_at
from syncd.config.feeds import repeated
from syncd.config.home import Home
from syncd.config.models import Settings
from syncd.config.problems import ConfigError, Problem, from_validation, nearest
from syncd.core.dues import is_ever_due

_DEFAULT, _FILE, _ENVIRONMENT = "default", "file", "environment"
_INHERITED = tuple(f"{FEED}.{name}" for name in ("limits.", "options.", "mail.", "keep_"))
"""Settings of a feed that say nothing unless they are set; then those of the home hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The settings in force, and by path where each comes from: "default", "file" or "environment NAME"."""

    settings: Settings
    origins: Mapping[str, str]

    def shown(self) -> Mapping[str, Any]:
        """Return every value by its path, as it may be shown: without passwords."""
        tables = self.settings.model_dump(by_alias=True)
        plain = {path: value_at(tables, path) for path in settings()}
        return plain | {
            shown: value_at(table, path.removeprefix(f"{kind}."))
            for kind in listed()
            for number, table in enumerate(value_at(tables, kind))
            for shown, path in self._of(kind, number)
        }

    def _of(self, kind: str, number: int) -> Iterator[tuple[str, str]]:
        """Return the paths of one table's settings, as shown and as the list has them; inherited ones are left out."""
        for path in listed()[kind]:
            shown = _numbered(path, number, kind)
            if self.origins[shown] != _DEFAULT or not path.startswith(_INHERITED):
                yield shown, path


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
    problems = [*_misnamed(environment), *_repeated(tables)]
    try:
        checked = Settings.model_validate(tables)
    except ValidationError as error:
        raise ConfigError(place, [*from_validation(error, origins), *problems]) from None
    problems += [*_never_due(checked), *disagreements(checked)]
    if problems:
        raise ConfigError(place, problems)
    return Loaded(settings=checked, origins={**origins, **_origins_of_lists(tables)})


def _read(home: Home) -> dict[str, Any]:
    """Read the file as it stands; a byte order mark, as some editors leave it, does no harm."""
    file = home.config_file
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        problem = f"this is not TOML: {error}"
        if "twice" in str(error):
            problem += "; the table is there already: put its settings below the first of its headings"
    except UnicodeDecodeError as error:
        problem = f"byte {error.start + 1} is not UTF-8 text; save the file as UTF-8"
    except OSError as error:
        problem = f"the file cannot be read: {error.strerror}"
    raise ConfigError(str(file), [Problem(path="", message=problem)])


def _origins_of_lists(tables: Mapping[str, Any]) -> Mapping[str, str]:
    return {
        _numbered(path, number, kind): _FILE if _holds(table, path.removeprefix(f"{kind}.")) else _DEFAULT
        for kind, paths in listed().items()
        for number, table in enumerate(value_at(tables, kind) if _holds(tables, kind) else ())
        for path in paths
    }


def _numbered(path: str, number: int, kind: str = FEED) -> str:
    """Return the path of a setting with the place of its table, counted from 1: feed[2].schedule."""
    return f"{kind}[{number + 1}]{path.removeprefix(kind)}"


def _repeated(tables: Mapping[str, Any]) -> Iterator[Problem]:
    for number, name, first in repeated(tables):
        yield Problem(
            path=_numbered(f"{FEED}.name", number), message=f'it is "{name}"; feed[{first + 1}] has that name'
        )


def _never_due(checked: Settings) -> Iterator[Problem]:
    """Find feeds whose times never fall on a day of their calendar."""
    for number, table in enumerate(checked.feed_tables):
        due = table.due_in(UTC)
        if due is not None and not is_ever_due(due, checked.calendar_of(table)):
            sentence = f'it is "{table.due}", which never falls on a day of its calendar'
            yield Problem(path=_numbered(f"{FEED}.due", number), message=sentence)


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
    """Find variables that are meant for a table of the settings and name nothing in it.

    Others may begin with SYNCD_ as well: a cluster sets some that are named after a service.
    """
    known = {setting.variable for setting in settings().values()}
    tables = [f"SYNCD_{table.upper()}" for table in children("")]
    for name in sorted(environment):
        meant = name in tables or name.startswith(tuple(f"{table}_" for table in tables))
        if meant and name not in known:
            yield Problem(path=name, message=f"no setting has this variable{nearest(name, known)}")

"""The options of the dialects: what may stand behind `--option` and in a feed, with values and defaults."""

from collections.abc import Callable, Iterator

from docs.generator import markdown
from docs.generator.command_files import link
from docs.generator.markdown import code
from syncd.config.values import as_toml
from syncd.dialects.registry import DIALECTS, file_kinds
from syncd.formats.dialect import Dialect
from syncd.formats.options import settable

_INTRODUCTION = """\
An option holds for one delivery where it is given as `--option NAME=VALUE`, for every delivery where it stands in
[settings](settings.md) under the name of its dialect, such as `[moodle]`."""
_HEAD = ("option", "values", "default", "what it does", "files")
_NONSENSE = "_/"


def page() -> str:
    """Return the page."""
    blocks = [_INTRODUCTION]
    for dialect in DIALECTS.values():
        blocks += [f"## {dialect.name}", markdown.table(_HEAD, _rows(dialect))]
    return markdown.page("Options of the dialects", *blocks)


def _rows(dialect: Dialect) -> Iterator[tuple[str, ...]]:
    files = {name: file for name, file in file_kinds().items() if file.dialect == dialect.name}
    defaults = dialect.options()
    for name, option in settable(dialect.options).items():
        reading = ", ".join(link(shown) for shown, file in files.items() if name in file.options)
        default = code(_written(getattr(defaults, name)))
        yield code(name), _takes(option.parse), default, option.about, reading or "all"


def _takes(parser: Callable[[str], object]) -> str:
    """Return what an option takes, in the words with which it refuses nonsense."""
    try:
        parser(_NONSENSE)
    except ValueError as error:
        return str(error)
    return "any text"


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return as_toml(value) if value == "" else str(value)

"""The options of the dialects: what may stand behind `--option` and in a feed, with values and defaults."""

from collections.abc import Callable

from docs.generator import markdown
from docs.generator.markdown import code
from syncd.config.moodle import Moodle
from syncd.config.values import as_toml
from syncd.dialects.moodle.options import PARSERS
from syncd.dialects.registry import DIALECTS

_INTRODUCTION = """\
An option holds for one delivery where it is given as `--option NAME=VALUE`, for every delivery where it stands in
[settings](settings.md) under `[moodle]`."""
_NONSENSE = "_/"


def page() -> str:
    """Return the page."""
    files = DIALECTS["moodle"].objects.values()
    rows = []
    for name, parser in PARSERS.items():
        field = Moodle.model_fields[name]
        reading = ", ".join(f"[{f.object}](command-files.md#{f.object})" for f in files if name in f.options)
        default = code(_written(field.default))
        rows.append((code(name), _takes(parser), default, field.description or "", reading or "all"))
    head = ("option", "values", "default", "what it does", "files")
    return markdown.page("Options of the Moodle dialect", _INTRODUCTION, markdown.table(head, rows))


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

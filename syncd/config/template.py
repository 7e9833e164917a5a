"""The commented settings file that `syncd init` writes: every setting with its default, switched off."""

import inspect
import textwrap
from collections.abc import Iterator

from pydantic import BaseModel

from syncd.config.catalogue import Setting, settings
from syncd.config.models import NoBound, Settings
from syncd.config.values import as_toml

_WIDTH = 98
_HEAD = """\
The settings of this syncd home. Every one has a default and is written here with it, behind
a #; take the # away to change it. A line that begins with "# " is a remark.

Check the file with: syncd config check
See what is in force, and why, with: syncd config show
A variable of the environment overrides the file: SYNCD_DROP_QUIET is quiet in [drop]."""


def template() -> str:
    """Return the text of a settings file that changes nothing."""
    parts = [_remark(_HEAD)]
    for name, field in Settings.model_fields.items():
        table = field.alias or name
        model = field.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            parts.append("\n".join([_remark(inspect.getdoc(model) or ""), f"[{table}]", *_entries(model, table)]))
    return "\n\n".join(parts) + "\n"


def _entries(model: type[BaseModel], table: str) -> Iterator[str]:
    """Write the settings of a table; the bounds of a limit stand together on one line."""
    for name, field in model.model_fields.items():
        path = f"{table}.{name}"
        inner = field.annotation
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            yield _entry(settings()[path])
        elif issubclass(inner, NoBound):
            bounds = {bound: settings()[f"{path}.{bound}"].default for bound in inner.model_fields}
            yield f"#{path.partition('.')[2]} = {as_toml(bounds)}"
        else:
            yield from _entries(inner, path)


def _entry(setting: Setting) -> str:
    remarks = [setting.description, *(f"Example: {as_toml(example)}" for example in setting.examples)]
    line = f"#{setting.path.rpartition('.')[2]} = {as_toml(setting.default)}"
    return "\n".join(["", *map(_remark, remarks), line])


def _remark(text: str) -> str:
    lines = (line for paragraph in text.splitlines() for line in textwrap.wrap(paragraph, _WIDTH) or [""])
    return "\n".join(f"# {line}".rstrip() for line in lines)

"""The commented settings file that `syncd init` writes: every setting with its default, switched off."""

import inspect
import textwrap
from collections.abc import Iterator

from pydantic import BaseModel

from syncd.config.catalogue import ACCOUNT, FEED, PULL, Setting, listed, settings
from syncd.config.feeds import FeedTable
from syncd.config.limits import NoBound
from syncd.config.models import Settings
from syncd.config.pull import PullTable
from syncd.config.sftp import AccountTable
from syncd.config.values import as_toml

_WIDTH = 98
_HEAD = """\
The settings of this syncd home. Every one has a default and is written here with it, behind
a #; take the # away to change it. A line that begins with "# " is a remark.

Check the file with: syncd config check
See what is in force, and why, with: syncd config show
A variable of the environment overrides the file: SYNCD_DROP_QUIET is quiet in [drop]."""


_EXAMPLE_ACCOUNT = """\
[[sftp.account]]
name = "ladok"
keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA… sis"]
data_source = "ladok\""""

_EXAMPLE_PULL = """\
[[pull]]
name = "hr"
host = "sftp.hr.example"
username = "syncd"
host_key = "SHA256:…"
key_file = "config/hr-key"
folder = "/export"
pattern = "*.csv"
schedule = "0 2 * * *\""""

_EXAMPLE = """\
[[feed]]
name = "users"
files = "users*.csv"
object = "users"
encoding = "cp1252"
schedule = "30 2 * * *"
due = "07:00"
calendar = "school days"
limits.user.removals = { count = 20, percent = 2 }
options.protect_emails = true"""


def template() -> str:
    """Return the text of a settings file that changes nothing."""
    parts = [_remark(_HEAD)]
    for name, field in Settings.model_fields.items():
        table = field.alias or name
        model = field.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            parts.append("\n".join([_remark(inspect.getdoc(model) or ""), f"[{table}]", *_entries(model, table)]))
    described = (
        _many(
            FEED,
            FeedTable,
            _EXAMPLE,
            "; its limits and options are written as in [limits] and in the table of its dialect",
        ),
        _many(ACCOUNT, AccountTable, _EXAMPLE_ACCOUNT),
        _many(PULL, PullTable, _EXAMPLE_PULL),
    )
    return "\n\n".join([*parts, *described]) + "\n"


def _many(kind: str, model: type[BaseModel], example: str, more: str = "") -> str:
    """Write what a table of a list is as remarks only: there may be none, one or many."""
    rest = (setting for path, setting in listed()[kind].items() if path.removeprefix(kind).count(".") == 1)
    return "\n".join(
        [
            _remark(inspect.getdoc(model) or ""),
            "#",
            *(f"# {line}" for line in example.splitlines()),
            "#",
            _remark(f"What may stand in it{more}:"),
            *(_entry_of_many(setting) for setting in rest),
        ]
    )


def _entry_of_many(setting: Setting) -> str:
    name = setting.path.rpartition(".")[2]
    default = "" if setting.default is None else f" Default: {as_toml(setting.default)}."
    return "#\n" + _remark(f"{name}: {setting.description}{default}")


def _entries(model: type[BaseModel], table: str) -> Iterator[str]:
    """Write the settings of a table; the bounds of a limit stand together on one line."""
    for name, field in model.model_fields.items():
        path = f"{table}.{field.alias or name}"
        inner = field.annotation
        if path in listed():
            continue
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

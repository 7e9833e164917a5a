"""The settings: every one with its default, from the models of `syncd.config`."""

import inspect
from collections.abc import Iterator

from pydantic import BaseModel

from docs.generator import markdown
from docs.generator.markdown import code
from syncd.config.catalogue import ACCOUNT, FEED, PULL, Setting, listed, settings
from syncd.config.feeds import FeedTable
from syncd.config.limits import NoBound
from syncd.config.models import Settings
from syncd.config.pull import PullTable
from syncd.config.sftp import AccountTable
from syncd.config.values import as_toml

_INTRODUCTION = """\
They stand in `config/syncd.toml` of the home; `syncd init` writes that file with every setting in it, each behind a
`#`. What is not set has the default. A variable of the environment goes before the file: `SYNCD_DROP_QUIET=10s` sets
`drop.quiet`. Lengths of time are written `"90s"`, `"5m"`, `"3h"` or `"1d"`. `syncd config check` names every error at
once; `syncd config show` prints what is in force, and where each value comes from."""

_HEAD = ("setting", "default", "what it does", "example")
_LISTS: tuple[tuple[str, type[BaseModel]], ...] = ((FEED, FeedTable), (ACCOUNT, AccountTable), (PULL, PullTable))
_ELSEWHERE = {
    f"{kind}.{name}": "must be set"
    for kind, model in _LISTS
    for name, field in model.model_fields.items()
    if field.is_required()
}
_ELSEWHERE |= {f"{FEED}.keep_{what}": "as in `[keep]`" for what in ("reports", "archives")}
"""What stands in the place of a default that is none of its own."""


def page() -> str:
    """Return the page."""
    blocks = [_INTRODUCTION]
    for name, field in Settings.model_fields.items():
        model = field.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            blocks += _table(model, field.alias or name)
    return markdown.page("Settings", *blocks, *_lists())


def _lists() -> Iterator[str]:
    """Return what may stand in each table of a list; limits and options of a feed are told where they stand for all."""
    for kind, model in _LISTS:
        own = [s for path, s in listed()[kind].items() if not path.startswith((f"{FEED}.limits.", f"{FEED}.options."))]
        yield f"## [[{kind}]]"
        yield inspect.getdoc(model) or ""
        more = (
            " `limits` and `options` are written as under `[limits]` and in the table of its dialect."
            if kind == FEED
            else ""
        )
        yield f"There may be any number of them.{more}"
        yield markdown.table(_HEAD, map(_row, own))


def _table(model: type[BaseModel], table: str) -> Iterator[str]:
    yield f"## [{table}]"
    yield inspect.getdoc(model) or ""
    inside = [setting for path, setting in settings().items() if path.startswith(f"{table}.")]
    single = [setting for setting in inside if setting.path.count(".") == 1]
    if single:
        yield markdown.table(_HEAD, map(_row, single))
    inner = {name: field.annotation for name, field in model.model_fields.items()}
    grouped = {n: m for n, m in inner.items() if isinstance(m, type) and issubclass(m, BaseModel)}
    if grouped:
        yield from _groups(grouped, table)


def _groups(groups: dict[str, type[BaseModel]], table: str) -> Iterator[str]:
    """Return tables within a table: the limits, by kind."""
    heads = list(next(iter(groups.values())).model_fields)
    rows = ([code(f"{table}.{name}"), *(_bounds(f"{table}.{name}.{head}") for head in heads)] for name in groups)
    yield markdown.table((table, *heads), rows)
    first = next(iter(groups))
    bounds = [settings()[f"{table}.{first}.{heads[0]}.{bound}"] for bound in NoBound.model_fields]
    words = ((code(bound.path.rpartition(".")[2]), bound.description) for bound in bounds)
    yield markdown.table(("within each", "what it is"), words)


def _bounds(path: str) -> str:
    return code(as_toml({bound: settings()[f"{path}.{bound}"].default for bound in NoBound.model_fields}))


def _row(setting: Setting) -> tuple[str, ...]:
    examples = ", ".join(code(as_toml(example)) for example in setting.examples)
    default = _ELSEWHERE.get(setting.path) or code(as_toml(setting.default))
    return code(setting.path), default, setting.description, examples

"""From a parsed file to commands: find the columns, check the header, check and convert the values."""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import polars as pl

from syncd.core.findings import Finding, finding
from syncd.dialects.model import Column, CommandFile, Commands, Empty, Sheet
from syncd.frames.findings import erroneous, gather, remarks
from syncd.frames.identifiers import doubts
from syncd.frames.rules import Rule, complaints

_ENTITIES = (("&#44;", ","), ("&#44", ","), ("&#59;", ";"), ("&#59", ";"))


class Options(Protocol):
    """What the options of every dialect say of columns and empty values."""

    @property
    def empty_means(self) -> str:
        """What an empty value does to a field: clear or keep."""

    @property
    def on_unknown_column(self) -> str:
        """What becomes of a file with a column that is not known: warn or refuse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A column of the file, found in the table: its name in the header, its canonical column, its rule."""

    name: str
    field: str
    column: Column
    rule: Rule


def check_header(command_file: CommandFile, header: Sequence[str], options: Options) -> tuple[Finding, ...]:
    """Return what is wrong with the names of a header; an error means that the file cannot be worked.

    header: the names as written; () for a list without a header, where nothing can be wrong.
    """
    if not header:
        return ()
    names = [name.strip().lower() for name in header]
    return (
        *_missing(command_file, names, options),
        *_doubled(command_file, names),
        *_odd(command_file, names, options),
    )


def read(command_file: CommandFile, parsed: pl.DataFrame, options: Options) -> Commands:
    """Return the commands of a parsed file, in whose header `check_header` found no error.

    parsed: row, line, and a String column for each name of the header in lower case, or
        column_1, column_2 … where there is none; values as written.
    """
    placed = _place(command_file, parsed.columns, options)
    texts = parsed.select("row", "line", *(_text(p) for p in placed))
    if command_file.entities:
        texts = texts.with_columns(*(_decoded(texts.get_column(p.field)) for p in placed))
    clears = options.empty_means == "clear"
    values = texts.select("row", "line", *(p.rule.convert(pl.col(p.field)).alias(p.field) for p in placed))
    findings = [_judged(texts, values, p) for p in placed]
    values = values.with_columns(*(_emptied(p.field) for p in placed if _is_nothing(p, clears=clears)))
    names = {p.field: p.name for p in placed}
    sheet = Sheet(values=values, texts=texts, names=names, clears=clears, options=options)
    commands = command_file.shape(sheet)
    found = gather([*findings, commands.findings])
    failed, open_fields = erroneous(found), [p.field for p in placed if not p.rule.secret]
    refused = texts.select("row", "line", *open_fields).join(failed.to_frame("row"), on="row", how="semi")
    secrets = any(p.rule.secret for p in placed)
    return _without_failed(replace(commands, findings=found, has_secrets=secrets, refused=refused), failed)


def _place(command_file: CommandFile, columns: Iterable[str], options: Options) -> list[_Placed]:
    placed: dict[str, _Placed] = {}
    for name in columns:
        column = command_file.column_of(name) if name not in ("row", "line") else None
        field = column.field_of(name) if column else None
        if column and field and not column.ignored and field not in placed:
            placed[field] = _Placed(name=name, field=field, column=column, rule=column.rule_for(options))
    return list(placed.values())


def _text(placed: _Placed) -> pl.Expr:
    """The values of a column, trimmed. What a short row leaves out stays null only where null means untouched."""
    trimmed = placed.rule.trimmed(placed.name).alias(placed.field)
    untouched = placed.column.empty is Empty.BY_OPTION and not placed.column.filled
    return trimmed if untouched else trimmed.fill_null("")


def _decoded(texts: pl.Series) -> pl.Series:
    if not texts.str.contains("&#", literal=True).any():
        return texts
    for entity, character in _ENTITIES:
        texts = texts.str.replace_all(entity, character, literal=True)
    return texts


def _judged(texts: pl.DataFrame, values: pl.DataFrame, placed: _Placed) -> pl.DataFrame:
    """Return the findings of one column: values that its rule could not convert, and empty ones that must be filled."""
    name, text = placed.field, texts.get_column(placed.field)
    found = [doubts(texts, placed.rule, column=name, name=placed.name)]
    if values.get_column(name).null_count():
        bad = values.get_column(name).is_null() & (text != "")
        found.append(complaints(texts.filter(bad), placed.rule, column=name, name=placed.name))
    if placed.column.filled:
        found.append(remarks(texts.filter(text == ""), "value-required", column=placed.name))
    return gather(found)


def _is_nothing(placed: _Placed, *, clears: bool) -> bool:
    """Tell whether an empty text of this column becomes null."""
    if placed.rule.type != pl.String():
        return False
    return placed.column.empty is Empty.NOTHING or (placed.column.empty is Empty.BY_OPTION and not clears)


def _emptied(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != "").then(pl.col(name)).alias(name)


def _without_failed(commands: Commands, failed: pl.Series) -> Commands:
    if failed.is_empty():
        return commands
    rows = failed.to_frame("row")

    def sound(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.join(rows, on="row", how="anti", maintain_order="left")

    parts = {name: sound(part) for name, part in commands.parts.items()}
    return replace(commands, frame=sound(commands.frame), parts=parts)


def _missing(command_file: CommandFile, names: Sequence[str], options: Options) -> Iterable[Finding]:
    known = {field for name in names if (column := command_file.column_of(name)) and (field := column.field_of(name))}
    for column in command_file.columns:
        if column.required and column.field not in known:
            yield finding("header-required", column=column.header)
    needed = command_file.one_of(options) if command_file.one_of else ()
    if needed and not set(needed) & set(names):
        yield finding("header-required", column=needed[0])


def _doubled(command_file: CommandFile, names: Sequence[str]) -> Iterable[Finding]:
    """Yield a finding for two names of one column, such as a name and its alias."""
    first: dict[str, str] = {}
    for name in names:
        column = command_file.column_of(name)
        field = column.field_of(name) if column else None
        if field and first.setdefault(field, name) != name:
            yield finding("header-alias", column=name, other=first[field])


def _odd(command_file: CommandFile, names: Sequence[str], options: Options) -> Iterable[Finding]:
    code = "header-unknown-refused" if options.on_unknown_column == "refuse" else "header-unknown"
    for name in filter(None, names):
        column = command_file.column_of(name)
        if column is None:
            yield finding(code, column=name, near=_near(command_file, name))
        elif column.ignored:
            yield finding("header-ignored", column=name)


def _near(command_file: CommandFile, name: str) -> str:
    numbers = tuple(int(number) for number in re.findall(r"[0-9]{1,3}", name)) or (1,)
    known = [spelling for column in command_file.columns for spelling in column.spellings(numbers)]
    best = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {best[0]}?" if best else ""

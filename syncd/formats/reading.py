"""From a parsed file to commands: find the columns, check the header, check and convert the values."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from syncd.core.findings import Finding, Severity, finding
from syncd.formats.columns import Column, Commands, Empty, Flag, Sheet
from syncd.formats.dialect import CommandFile
from syncd.formats.options import Options
from syncd.frames.cleaning import clean, cleaned, damaged
from syncd.frames.findings import erroneous, gather, remarks
from syncd.frames.identifiers import doubts
from syncd.frames.rules import Rule, complaints
from syncd.frames.text import Traits

_ENTITIES = (("&#44;", ","), ("&#44", ","), ("&#59;", ";"), ("&#59", ";"))
_UNKNOWN = Traits()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A column of the file, found in the table: its name in the header, its canonical column, its rule."""

    name: str
    field: str
    column: Column
    rule: Rule


def check_header(
    command_file: CommandFile, header: Sequence[str], options: Options, taken: Collection[str] = ()
) -> tuple[Finding, ...]:
    """Return what is wrong with the names of a header; an error means that the file cannot be worked.

    taken: plain names of columns of the dialect, none of which is a misspelt one.
    header: the names as written; () for a list without a header, where nothing can be wrong.
    """
    if not header:
        return ()
    names = [name.strip().lower() for name in header]
    return (
        *_missing(command_file, names, options, taken),
        *_doubled(command_file, names),
        *_odd(command_file, names, options, taken),
    )


def read(command_file: CommandFile, parsed: pl.DataFrame, options: Options, traits: Traits = _UNKNOWN) -> Commands:
    """Return the commands of a parsed file, in whose header `check_header` found no error.

    parsed: row, line, and a String column for each name of the header in lower case, or
        column_1, column_2 … where there is none; values as written, null where a row ends before the column.
    traits: what is certain of the text that was parsed.
    """
    placed = _place(command_file, parsed.columns, options)
    texts = _texts(command_file, parsed, placed, options, traits)
    damaged = [] if traits.plain else _damaged(parsed, placed)
    clears = options.empty_means == "clear"
    values = texts.select("row", "line", *(p.rule.convert(pl.col(p.field)).alias(p.field) for p in placed))
    findings = [_judged(texts, values, p) for p in placed] + _about_damage(texts, placed, damaged)
    values = values.with_columns(*(_emptied(p.field) for p in placed if _is_nothing(p, clears=clears)))
    flags = {p.field: _flag(p, texts, values) for p in placed if p.rule.flag}
    if options.empty_flag_means == "no":
        values = values.with_columns(_no_where_empty(texts, values, field) for field in flags)
    names = {p.field: p.name for p in placed}
    sheet = Sheet(values=values, texts=texts, names=names, clears=clears, options=options)
    commands = command_file.shape(sheet)
    found = gather([*findings, commands.findings])
    failed, open_fields = erroneous(found), [p.field for p in placed if not p.rule.secret]
    refused = texts.select("row", "line", *open_fields).join(failed.to_frame("row"), on="row", how="semi")
    secrets = any(p.rule.secret for p in placed)
    commands = replace(
        commands,
        findings=found,
        has_secrets=secrets,
        refused=refused,
        damaged=frozenset(damaged),
        doubted=_doubted(found, names),
        flags={} if options.empty_flag_means else flags,
    )
    return _without_failed(commands, failed)


def flags_of(command_file: CommandFile, parsed: pl.DataFrame, options: Options, traits: Traits) -> Mapping[str, Flag]:
    """Return what the columns of yes and no of a parsed file hold, as `read` does, and nothing else of it."""
    placed = [p for p in _place(command_file, parsed.columns, options) if p.rule.flag]
    texts = _texts(command_file, parsed, placed, options, traits)
    values = texts.select(p.rule.convert(pl.col(p.field)).alias(p.field) for p in placed)
    return {p.field: _flag(p, texts, values) for p in placed}


def _texts(
    command_file: CommandFile, parsed: pl.DataFrame, placed: Sequence[_Placed], options: Options, traits: Traits
) -> pl.DataFrame:
    """Return the canonical columns as written but cleaned; what the option says stands for NULL is empty."""
    texts = parsed.select("row", "line", *(p.rule.trimmed(p.name).alias(p.field) for p in placed))
    if not traits.plain:
        texts = texts.with_columns(cleaned(texts.get_column(p.field)) for p in placed if not p.rule.raw)
    if options.null:
        null = pl.lit(options.null)
        texts = texts.with_columns(pl.when(pl.col(p.field) != null).then(p.field).otherwise(_nulled(p)) for p in placed)
    texts = texts.with_columns(pl.col(p.field).fill_null("") for p in placed if not _may_be_left_out(p))
    if command_file.entities and traits.has_ampersands:
        texts = texts.with_columns(*(_decoded(texts.get_column(p.field)) for p in placed))
    return texts


def _place(command_file: CommandFile, columns: Iterable[str], options: Options) -> list[_Placed]:
    placed: dict[str, _Placed] = {}
    for name in columns:
        column = command_file.column_of(name) if name not in ("row", "line") else None
        field = column.field_of(name) if column else None
        if column and field and not column.ignored and field not in placed:
            placed[field] = _Placed(name=name, field=field, column=column, rule=column.rule_for(options))
    return list(placed.values())


def _nulled(placed: _Placed) -> pl.Expr:
    """Return "" for a value, and null for one that a short row leaves out."""
    return pl.when(pl.col(placed.field).is_not_null()).then(pl.lit("")).alias(placed.field)


def _may_be_left_out(placed: _Placed) -> bool:
    """Return whether what a short row leaves out of this column is untouched, which null stands for."""
    return placed.column.empty is Empty.BY_OPTION and not placed.column.filled


def _damaged(parsed: pl.DataFrame, placed: Sequence[_Placed]) -> list[str]:
    """Return the values that some program damaged before the file was sent."""
    texts = [parsed.get_column(p.name) for p in placed if p.rule.type == pl.String() and not p.rule.raw]
    return sorted({clean(value) for values in texts for value in damaged(values)})


def _about_damage(texts: pl.DataFrame, placed: Sequence[_Placed], values: Sequence[str]) -> list[pl.DataFrame]:
    """Return a finding for each damaged value; one that names a record fails its row."""
    found = []
    for p in placed if values else ():
        wrong = texts.filter(pl.col(p.field).is_in(list(values)))
        code = "identifier-damaged" if p.rule.identifier else "value-damaged"
        found.append(remarks(wrong, code, column=p.name, value=pl.col(p.field)))
    return found


def _flag(placed: _Placed, texts: pl.DataFrame, values: pl.DataFrame) -> Flag:
    """Return what a column of yes and no holds."""
    given, empty = values.get_column(placed.field), texts.get_column(placed.field) == ""
    return Flag(
        name=placed.name,
        yes=bool((given == 1).any()),
        no=bool((given == 0).any()),
        empty=texts.get_column("row").filter(empty.fill_null(value=False)),
    )


def _no_where_empty(texts: pl.DataFrame, values: pl.DataFrame, field: str) -> pl.Series:
    """Return a column of yes and no with no where it is empty; what a short row leaves out stays null."""
    empty = texts.get_column(field) == ""
    return values.get_column(field).zip_with(~empty.fill_null(value=False), pl.Series(field, [0]))


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


def _doubted(found: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    """Return row and canonical column of each value with an error; "" where the error is no single value's."""
    wrong = found.filter(pl.col("severity") == Severity.ERROR.value)
    field = pl.col("column").replace_strict({name: field for field, name in names.items()}, default="")
    return wrong.select(pl.col("row").cast(pl.Int64), field.cast(pl.String).alias("field"))


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


def _missing(
    command_file: CommandFile, names: Sequence[str], options: Options, taken: Collection[str]
) -> Iterable[Finding]:
    needed = command_file.one_of(options) if command_file.one_of else ()
    lacking = command_file.missing(names)
    if needed and not set(needed) & set(names):
        lacking = (*lacking, needed[0])
    meant = {command_file.nearest(name, taken): name for name in names if command_file.column_of(name) is None}
    for column in lacking:
        near = f"; is '{meant[column]}' meant for it?" if column in meant else ""
        yield finding("header-required", column=column, near=near)


def _doubled(command_file: CommandFile, names: Sequence[str]) -> Iterable[Finding]:
    """Yield a finding for two names of one column, such as a name and its alias."""
    first: dict[str, str] = {}
    for name in names:
        column = command_file.column_of(name)
        field = column.field_of(name) if column else None
        if field and first.setdefault(field, name) != name:
            yield finding("header-alias", column=name, other=first[field])


def _odd(
    command_file: CommandFile, names: Sequence[str], options: Options, taken: Collection[str]
) -> Iterable[Finding]:
    """Yield a finding for each column that is not worked.

    A file is refused for an unknown column where the option says so, in a list, which is no table, and where the
    column is a misspelt one that decides what rows do.
    """
    strict = options.on_unknown_column == "refuse" or not command_file.has_header
    for name in filter(None, names):
        column = command_file.column_of(name)
        if column is None:
            near = command_file.nearest(name, taken)
            meant = command_file.column_of(near) if near else None
            refused = strict or (meant is not None and meant.turns)
            code = "header-unknown-refused" if refused else "header-unknown"
            yield finding(code, column=name, near=f"; did you mean {near}?" if near else "")
        elif column.ignored:
            yield finding(column.ignored, column=name)

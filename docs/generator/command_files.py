"""The command files: every object of every dialect with its columns, from the dialects' own tables."""

from collections.abc import Iterator

from docs.generator import markdown
from docs.generator.markdown import code
from syncd.dialects.registry import DIALECTS, file_kinds
from syncd.formats.columns import Column
from syncd.formats.dialect import ArchiveFile, CommandFile, FileKind
from syncd.formats.options import Options

_INTRODUCTION = """\
A file is recognised by its header, by its name, or because `--object` or a feed says what it is. Date stamps, numbers
and prefixes in the name do no harm: `sis_userimport_20261121.csv` is a users file.

Header names may be written in capitals and with spaces around them; columns may stand in any order. A column that is
absent changes nothing. An empty value clears the field, or keeps it where the option `empty_means` says `keep`. White
space and invisible characters around names and values do not count, and letters are stored in normal form C.

Values may be quoted with `"`, and a quote inside a quoted value is written twice; the options `quote_escape` and
`quoting` say otherwise. Lines end in CR LF, LF or CR. Passed over and counted are lines that begin with `#` above the
header, rows in which every value is empty, a repeated header, lines of dashes, row counts such as
`(3 rows affected)`, and a first line `sep=;`, whose delimiter is believed. Columns at the end of a header without a
name are left out if they are empty.

*Required* columns must be in the header; in a column marked *filled* no row may be empty. `<n>` stands for a
number, `<name>` for any name."""


def page() -> str:
    """Return the page."""
    blocks, known = [_INTRODUCTION], file_kinds()
    for dialect in DIALECTS.values():
        own = {name: file for name, file in known.items() if file.dialect == dialect.name}
        names = ", ".join(link(name, "#") for name in own)
        blocks.append(markdown.prose(f"Objects of the dialect {code(dialect.name)}: {names}."))
        for name, file in sorted(own.items(), key=lambda each: isinstance(each[1], ArchiveFile)):
            blocks.append(f"## {name}")
            blocks += _file(file, dialect.options()) if isinstance(file, CommandFile) else _archive(file)
    return markdown.page("Command files", *blocks)


def link(name: str, page: str = "command-files.md#") -> str:
    """Return a link to a kind of file."""
    return f"[{name}]({page}{name.replace('/', '')})"


def _file(file: CommandFile, options: Options) -> Iterator[str]:
    yield markdown.prose(file.about)
    yield markdown.prose(" ".join(_facts(file)))
    if file.columns:
        head = ("column", "also", "must be", "takes", "what it is")
        yield markdown.table(head, (_row(column, options, plain=not file.has_header) for column in file.columns))
    if file.example:
        yield markdown.block(file.example)


def _archive(archive: FileKind) -> Iterator[str]:
    yield markdown.prose(archive.about)
    yield markdown.prose(
        f"{' '.join(_named(archive))} How much an archive may hold is set under [pictures](settings.md#pictures)."
    )
    yield markdown.block(archive.example)


def _named(file: FileKind) -> Iterator[str]:
    yield f"Usual name: {', '.join(code(name) for name in file.default_names)}."
    if file.options:
        yield f"Options: {', '.join(code(name) for name in file.options)}; see [options](options.md)."


def _facts(file: CommandFile) -> Iterator[str]:
    yield from _named(file)
    if file.short_rows:
        yield "A row may end before the header does; the columns that it leaves out change nothing."
    if file.entities:
        yield "`&#44` in a value stands for a comma, `&#59` for a semicolon."


def _row(column: Column, options: Options, *, plain: bool) -> tuple[str, ...]:
    marks = [word for word, is_so in (("required", column.required), ("filled", column.filled)) if is_so]
    other = ", ".join(code(alias) for alias in column.aliases)
    takes = "has no effect" if column.ignored else column.rule_for(options).words
    name = f"value {column.header.removeprefix('column_')}" if plain else code(column.header)
    return name, other, ", ".join(marks), takes, column.about or _held(column)


def _held(column: Column) -> str:
    """Say what a column holds where its name is not that already."""
    return "" if column.field in (column.header, column.header.split("<")[0]) else column.field.replace("_", " ")

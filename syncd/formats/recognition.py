"""Which kind of file of a dialect a delivered file is, by what was said of it, its name and its header."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from syncd.core.findings import Finding, finding
from syncd.formats.dialect import ArchiveFile, CommandFile, Dialect
from syncd.formats.options import Options
from syncd.formats.turning import VERBS
from syncd.frames.layout import Hints
from syncd.frames.quotes import Quoting

_TRYBACK = re.compile(r"_tryback_[0-9]{8}-[0-9]{4,6}(?:-[0-9]+)?$")
_BREAK = re.compile(r"[^a-z0-9]+|(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")
_MOST = 100
"""Columns of an unknown file that are compared with known names."""

_NOISE = frozenset({"", "csv", "txt", "sample", "samples", "chunk", "part", "list"})


def recognise(
    dialect: Dialect, file_name: str, first_names: Sequence[str], declared_object: str = ""
) -> CommandFile | None:
    """Return what kind of command file of a dialect this is, or None if that is not certain.

    first_names: the values of the first line as written, a header or, in a plain list, data.
    declared_object: what the sender or the operator says it is, "" for nothing; else nothing more is asked.

    A header decides where it holds all that one kind of file requires, and if the name
    speaks for another kind, then neither is believed. Without such a header a name decides:
    for a plain list, and for a file whose header lacks something, so that it can be said what.
    """
    files = list(dialect.files.values())
    if declared_object:
        return dialect.files.get(declared_object)
    names = [name.strip().lower() for name in first_names]
    matched = {f.object: length for f in files if (length := _match(f, file_name))}
    headed = _by_header(files, names)
    if headed:
        return _only(f for f in headed if not matched or f.object in matched)
    longest = max(matched.values(), default=0)
    named = [f for f in files if matched.get(f.object) == longest]
    if any(f.has_header and sum(f.column_of(name) is not None for name in names) > 1 for f in named):
        return _only(f for f in named if f.has_header)
    lists = [f for f in named if not f.has_header]
    return _only(lists or (f for f in named if file_name.lower() in f.default_names or _knows(f, names)))


def unrecognised(dialects: Iterable[Dialect], file_name: str, header: Sequence[str]) -> Finding:
    """Return the finding of a file that is of no known kind: its columns, the nearest kind, and what that one lacks.

    dialects: those of which it could have been. header: the values of the first line as written.
    """
    names = [name.strip().lower() for name in header if name.strip()][:_MOST]
    files = [(f, dialect.known_names) for dialect in dialects for f in dialect.files.values()]
    named = [f for f, _ in files if _match(f, file_name)]
    meant = [(f, _meant(f, names, known)) for f, known in files if f.has_header]
    near = [(f, found) for f, found in meant if found or f in named]
    nearest = ""
    if named and not any(f.has_header for f in named):
        nearest = f"; a file of {named[0].object} is a list with one identifier on each line"
    elif near:
        nearest = _difference(*max(near, key=lambda each: _nearness(*each, is_named=each[0] in named)))
    return finding("file-unrecognised", name=repr(file_name), columns=", ".join(header) or "none", nearest=nearest)


def archive(dialect: Dialect, file_name: str, declared_object: str, options: object) -> ArchiveFile | None:
    """Return what kind of archive of a dialect this is, None for anything else.

    declared_object: what the sender or the operator says it is, "" for nothing; else nothing more is asked.
    """
    if declared_object:
        return dialect.archives.get(declared_object)
    return next((each for each in dialect.archives.values() if each.claims(file_name, options)), None)


@lru_cache(maxsize=64)
def prepared(file_name: str) -> str:
    """Return the words of a file name in lower case, joined by `_`: no extension, date, number or tryback suffix."""
    stem = _TRYBACK.sub("", PurePosixPath(file_name).stem.lower())
    return "_".join(word for word in _BREAK.split(stem) if not word.isdigit() and word not in _NOISE)


def hints(dialect: Dialect, command_file: CommandFile | None, options: Options) -> Hints:
    """Return what is known of how a file is written, before it is looked at; None for a file not yet recognised."""
    files = [command_file] if command_file else list(dialect.files.values())
    is_list = command_file is not None and not command_file.has_header
    declared = (options.encoding,) if options.encoding and options.encoding != "utf-8" else ()
    return Hints(
        encodings=("utf-8", *declared),
        delimiter=options.delimiter or None,
        quoting=_quoting(options),
        known=dialect.known_names | VERBS if is_list else frozenset[str]().union(*(f.spellings for f in files)),
        has_header=not is_list,
        identifier_names=frozenset(command_file.identifiers) if command_file else frozenset(),
    )


def _quoting(options: Options) -> Quoting:
    if options.quoting == "false":
        return Quoting.NONE
    if options.quote_escape == "backslash":
        return Quoting.BACKSLASH
    return Quoting.SURE if options.quoting == "true" else Quoting.UNSURE


def _meant(command_file: CommandFile, names: Iterable[str], taken: Collection[str]) -> dict[str, str]:
    """Return the columns of this kind of file that a header has or surely means, by name in the header."""
    found = {name: name if command_file.column_of(name) else command_file.nearest(name, taken) for name in names}
    return {name: column for name, column in found.items() if column}


def _nearness(command_file: CommandFile, meant: Mapping[str, str], *, is_named: bool) -> tuple[bool, bool, int]:
    """Return how near a kind of file is: first one that lacks nothing, then one of that name, then one with most."""
    columns = set(meant.values())
    lacking = len(_lacking(command_file, columns))
    return not lacking, is_named, len(columns) - lacking


def _difference(command_file: CommandFile, meant: Mapping[str, str]) -> str:
    """Return how a header differs from the kind of file that is nearest to it."""
    misspelt = [f"{column} for '{name}'" for name, column in meant.items() if name != column]
    lacking = _lacking(command_file, list(meant.values()))
    differs = [f"lacks {', '.join(lacking)}"] if lacking else []
    differs += [f"wants {', '.join(misspelt)}"] if misspelt else []
    if not differs:
        return f"; the columns are those of {command_file.object}, but the name is not"
    return f"; the nearest kind, {command_file.object}, {' and '.join(differs)}"


def _by_header(files: Iterable[CommandFile], names: Sequence[str]) -> list[CommandFile]:
    """Return the files whose requirements the header meets, if none knows more of its names than they do."""
    known = {f.object: sum(f.column_of(name) is not None for name in names) for f in files}
    most = max(known.values(), default=0)
    return [f for f in files if f.has_header and known[f.object] == most and not _lacking(f, names)]


def _lacking(command_file: CommandFile, names: Collection[str]) -> tuple[str, ...]:
    """Return what a header needs to be that of this kind of file: required columns, or one of its marks."""
    marked = not command_file.marks or set(command_file.marks) & set(names)
    return command_file.missing(names) or (() if marked else command_file.marks[:1])


def _match(command_file: CommandFile, file_name: str) -> int:
    """Return how much of the file name speaks for this kind of file, in characters; 0 for nothing."""
    found = re.finditer(rf"(?<![a-z])(?:{command_file.names})(?![a-z])", prepared(file_name))
    return max((len(match.group()) for match in found), default=0)


def _knows(command_file: CommandFile, names: Sequence[str]) -> bool:
    return any(command_file.column_of(name) is not None for name in names)


def _only(files: Iterable[CommandFile]) -> CommandFile | None:
    found = list(files)
    return found[0] if len(found) == 1 else None

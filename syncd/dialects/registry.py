"""Which dialects there are, and which command file a delivered file is."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Protocol

from syncd.dialects.model import ArchiveFile, CommandFile, Dialect
from syncd.dialects.moodle.files import MOODLE
from syncd.frames.layout import Hints
from syncd.frames.quotes import Quoting

DIALECTS: Mapping[str, Dialect] = MappingProxyType({MOODLE.name: MOODLE})
"""Every dialect by name."""

_TRYBACK = re.compile(r"_tryback_[0-9]{8}-[0-9]{4,6}(?:-[0-9]+)?$")
_BREAK = re.compile(r"[^a-z0-9]+|(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")
_NOISE = frozenset({"", "csv", "txt", "sample", "samples", "chunk", "part", "list"})


class Options(Protocol):
    """What the options of every dialect say of how a file is written."""

    @property
    def encoding(self) -> str:
        """The declared encoding, "" for none."""

    @property
    def delimiter(self) -> str:
        """The declared delimiter, "" for none."""

    @property
    def quote_escape(self) -> str:
        """How a quote is written inside a quoted value: double or backslash."""

    @property
    def quoting(self) -> str:
        """Whether quotes surround values: true, false, or "" where nobody said."""


def recognise(
    file_name: str, first_names: Sequence[str], declared_object: str | None, *, dialect: str | None = None
) -> CommandFile | None:
    """Return what kind of command file this is, or None if that is not certain.

    first_names: the values of the first line as written, a header or, in a plain list, data.
    declared_object: what the sender or the operator says it is; then nothing else is asked.
    dialect: only files of this one.

    A header decides where it holds all that one kind of file requires, and if the name
    speaks for another kind, then neither is believed. Without such a header a name decides:
    for a plain list, and for a file whose header lacks something, so that it can be said what.
    """
    files = [f for d in DIALECTS.values() if dialect in (None, d.name) for f in d.files.values()]
    if declared_object is not None:
        return _only(f for f in files if f.object == declared_object)
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


def archive(file_name: str, declared_object: str, options: object) -> ArchiveFile | None:
    """Return what kind of archive this is, None for anything else.

    declared_object: what the sender or the operator says it is, "" for nothing; then nothing else is asked.
    """
    archives = [each for dialect in DIALECTS.values() for each in dialect.archives.values()]
    if declared_object:
        return next((each for each in archives if each.object == declared_object), None)
    return next((each for each in archives if each.claims(file_name, options)), None)


def prepared(file_name: str) -> str:
    """Return the words of a file name in lower case, joined by `_`: no extension, date, number or tryback suffix."""
    stem = _TRYBACK.sub("", PurePosixPath(file_name).stem.lower())
    return "_".join(word for word in _BREAK.split(stem) if not word.isdigit() and word not in _NOISE)


def hints(command_file: CommandFile | None, options: Options) -> Hints:
    """Return what is known of how a file is written, before it is looked at; None for a file not yet recognised."""
    files = [command_file] if command_file else [f for d in DIALECTS.values() for f in d.files.values()]
    declared = (options.encoding,) if options.encoding and options.encoding != "utf-8" else ()
    return Hints(
        encodings=("utf-8", *declared),
        delimiter=options.delimiter or None,
        quoting=_quoting(options),
        known=frozenset[str]().union(*(f.spellings for f in files)),
        has_header=command_file.has_header if command_file else True,
        identifier_names=frozenset(command_file.identifiers) if command_file else frozenset(),
    )


def _quoting(options: Options) -> Quoting:
    if options.quoting == "false":
        return Quoting.NONE
    if options.quote_escape == "backslash":
        return Quoting.BACKSLASH
    return Quoting.SURE if options.quoting == "true" else Quoting.UNSURE


def _by_header(files: Iterable[CommandFile], names: Sequence[str]) -> list[CommandFile]:
    """Return the files whose requirements the header meets, if none knows more of its names than they do."""
    known = {f.object: sum(f.column_of(name) is not None for name in names) for f in files}
    most = max(known.values(), default=0)
    return [f for f in files if f.has_header and known[f.object] == most and _meets(f, names)]


def _meets(command_file: CommandFile, names: Sequence[str]) -> bool:
    fields = {c.field for name in names if (c := command_file.column_of(name))}
    required = {column.field for column in command_file.columns if column.required}
    return required <= fields and bool(required or set(command_file.marks) & set(names))


def _match(command_file: CommandFile, file_name: str) -> int:
    """Return how much of the file name speaks for this kind of file, in characters; 0 for nothing."""
    found = re.finditer(rf"(?<![a-z])(?:{command_file.names})(?![a-z])", prepared(file_name))
    return max((len(match.group()) for match in found), default=0)


def _knows(command_file: CommandFile, names: Sequence[str]) -> bool:
    return any(command_file.column_of(name) is not None for name in names)


def _only(files: Iterable[CommandFile]) -> CommandFile | None:
    found = list(files)
    return found[0] if len(found) == 1 else None

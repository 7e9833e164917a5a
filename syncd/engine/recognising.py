"""What a delivered file is: each dialect is asked, with the header in hand, and only one may claim it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from operator import itemgetter
from typing import Any, BinaryIO

from syncd.core.errors import FileError, UsageError
from syncd.core.findings import Finding, Severity, finding
from syncd.core.runs import Run
from syncd.engine.archives import Archive
from syncd.engine.delivered import Delivered, Table
from syncd.engine.draft import Draft
from syncd.engine.recognised import Recognised
from syncd.engine.reliances import Reliance, references
from syncd.formats import recognition
from syncd.formats.dialect import CommandFile, Dialect
from syncd.formats.options import settable
from syncd.formats.reading import check_header
from syncd.frames.findings import from_values
from syncd.frames.layout import Layout, read_layout


@dataclass(frozen=True, slots=True)
class _Claim:
    """A dialect takes a file for its own. errors: why it cannot be worked all the same."""

    file: Delivered
    errors: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """The dialects that files may be of.

    options_for: makes the options of a dialect, given its name, of what was said of a delivery; raises UsageError.
    """

    dialects: Mapping[str, Dialect]
    options_for: Callable[[str, Mapping[str, str]], Any]

    def of(self, run: Run, source: BinaryIO) -> Delivered:
        """Find out what a file is: an archive by what was said of it and its name, a table also by its header.

        Raises:
            FileError: nothing fits, several dialects claim it, or its header lacks what it needs.
        """
        claims: list[_Claim] = []
        unread: list[FileError] = []
        header: Sequence[str] = ()
        candidates = self._candidates(run.dialect, run.object, run.options)
        for dialect, options in candidates:
            try:
                claim, header = self._claim(dialect, options, run, source)
            except FileError as error:
                unread.append(error)
            else:
                claims += [claim] if claim else []
        if unread and not claims:
            raise unread[0]
        if not claims:
            raise FileError(recognition.unrecognised((dialect for dialect, _ in candidates), run.file, header))
        sound = [claim for claim in claims if not claim.errors] or claims
        sound = [claim for claim in sound if self.dialects[claim.file.dialect].knows(run.operation)] or sound
        if len(sound) > 1:
            raise FileError(_claimed_twice(run, sound))
        if sound[0].errors:
            raise FileError(*sound[0].errors)
        dialect = self.dialects[sound[0].file.dialect]
        if not dialect.knows(run.operation):
            known = ", ".join(dialect.operation_names)
            raise FileError(finding("operation-unknown", operation=run.operation, dialect=dialect.name, known=known))
        return sound[0].file

    def demand_known(self, dialect: str, object_name: str, operation: str, options: Mapping[str, str]) -> None:
        """Raise UsageError where what is said of files, "" for nothing, means nothing that a dialect knows."""
        candidates = [each for each, _ in self._candidates(dialect, object_name, options)]
        for what, said, known in (
            ("object", object_name, [name for each in candidates for name in each.objects]),
            ("operation", operation, [name for each in candidates for name in each.operation_names]),
        ):
            if said and said not in known:
                near = get_close_matches(said, known, n=1) or dict.fromkeys(known)
                raise UsageError(f"there is no {what} {said}; there is {', '.join(near)}")

    def derive(self, draft: Draft, now: int) -> None:
        """Enter into the draft what follows from what was planned, whichever dialect's file it was."""
        for dialect in self.dialects.values():
            dialect.derive(draft, now)

    def reliances(self) -> Iterator[Reliance]:
        """Yield which records make no sense without which others."""
        yield from references()
        for dialect in self.dialects.values():
            yield from dialect.reliances

    def _candidates(self, dialect: str, object_name: str, said: Mapping[str, str]) -> list[tuple[Dialect, Any]]:
        """Return the dialects that a file may be of with their options: the one that was said, or all that fit."""
        if dialect and dialect not in self.dialects:
            raise UsageError(f"there is no dialect {dialect}; there is {', '.join(self.dialects)}")
        asked = [self.dialects[dialect]] if dialect else list(self.dialects.values())
        found = []
        wrong: list[tuple[tuple[int, int], UsageError]] = []
        for each in asked:
            try:
                found.append((each, self.options_for(each.name, said)))
            except UsageError as error:
                wrong.append((_strange(said, each), error))
        if not found:
            raise min(wrong, key=itemgetter(0))[1]
        return [pair for pair in found if object_name in pair[0].objects] or found

    def _claim(self, dialect: Dialect, options: Any, run: Run, source: BinaryIO) -> tuple[_Claim | None, Sequence[str]]:
        """Return the claim of one dialect, None for none, and the header of the file as that dialect reads it."""
        archive = recognition.archive(dialect, run.file, run.object, options)
        if archive is not None:
            return _Claim(Archive(file=archive, options=options)), ()
        command_file, layout = _headed(dialect, run, source, options)
        if command_file is None:
            return None, layout.header
        findings = check_header(command_file, layout.header, options, dialect.known_names)
        errors = tuple(each for each in findings if each.severity is Severity.ERROR)
        if errors and len(layout.header) > 1 and not (command_file.has_header or run.object):
            errors = (recognition.unrecognised(self.dialects.values(), run.file, layout.header),)
        file = Recognised(command_file=command_file, layout=layout, options=options, findings=from_values(findings))
        return _Claim(Table(file), errors), layout.header


def _strange(said: Mapping[str, str], dialect: Dialect) -> tuple[int, int]:
    """Return how many of the options that are said a dialect does not know, and how many are not even like its own."""
    known = settable(dialect.options)
    unknown = [name for name in said if name not in known]
    return len(unknown), sum(not get_close_matches(name, known, n=1) for name in unknown)


def _headed(dialect: Dialect, run: Run, source: BinaryIO, options: Any) -> tuple[CommandFile | None, Layout]:
    """Return what the file is and how it is written; a plain list is read again as one without a header."""
    told = recognition.recognise(dialect, run.file, (), run.object)
    command_file, layout = told, None
    if told is None or told.has_header or not run.object:
        try:
            hints = recognition.hints(dialect, told if told and told.has_header else None, options)
            layout = read_layout(source, hints)
            command_file = recognition.recognise(dialect, run.file, layout.header, run.object)
        except FileError:
            if told is None or told.has_header:
                raise
    if layout is None or (command_file is not None and not command_file.has_header):
        layout = read_layout(source, recognition.hints(dialect, command_file, options))
    return command_file, layout


def _claimed_twice(run: Run, claims: list[_Claim]) -> Finding:
    kinds = [f"{claim.file.dialect} ({claim.file.object})" for claim in claims]
    return finding("file-claimed-twice", name=repr(run.file), dialects=" and ".join(kinds))

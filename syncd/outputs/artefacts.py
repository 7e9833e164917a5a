"""Report, tryback and archive of a run, in their folders below the home."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import polars as pl

from syncd.core import naming
from syncd.core.feeds import Keeps
from syncd.core.runs import Run, RunFile
from syncd.disk.durable import Moving, Writing, make_durably, move_together, write_durably, write_together
from syncd.frames.wrapping import Wrapping
from syncd.outputs.report_json import json_chunks
from syncd.outputs.report_text import render
from syncd.outputs.tryback import Spans, tryback_chunks

_REPORTS = "reports"
_ARCHIVES = "archives"
_KEPT = "state/kept"
"""Where delivered files go that shall not be archived."""

_PRIVATE, _SHARED = 0o600, 0o640


class Artefacts:
    """Writes what a run leaves behind.

    Names are given first and kept with the run; writing under given names can be done again after a crash
    and leaves the same bytes. Whatever the disk refuses is a PassingError, and nothing stands half.
    """

    def __init__(self, home: Path) -> None:
        """Take the home folder, in which `reports/` and `archives/` stand."""
        self._home = home
        self._promised: dict[str, str] = {}

    def reserve(self, run: Run, *, mended: Sequence[bool], keeps: Keeps = Keeps()) -> Run:  # noqa: B008 - it is frozen
        """Return the run with the names of its artefacts, as paths below the home.

        Names that the run has are kept; new ones are neither on disk nor promised to another run of this process.
        A file that shall not be archived is kept all the same, where only syncd reads it.

        Args:
            run: as it is planned.
            mended: for each of its files whether there will be a tryback.
            keeps: which artefacts its feed leaves behind.
        """
        operation = run.operation if run.is_undo else run.files[0].object or run.operation or "unknown"
        report = run.report or (
            self._free(run.work, _REPORTS, lambda number: naming.report_names(run.stamp, operation, run.file, number))
            if keeps.report
            else ""
        )
        files = [
            replace(
                file,
                tryback=self._tryback(run.stamp, file) if has_tryback and keeps.tryback else "",
                archive="" if run.is_undo else self._archive(run.stamp, file, _ARCHIVES if keeps.archive else _KEPT),
            )
            for file, has_tryback in zip(run.files, mended, strict=True)
        ]
        return replace(run.with_files(files), report=report)

    def _tryback(self, stamp: str, file: RunFile) -> str:
        return file.tryback or self._free(
            file.work, _REPORTS, lambda number: (naming.tryback_name(stamp, file.file, number),)
        )

    def _archive(self, stamp: str, file: RunFile, folder: str) -> str:
        return file.archive or self._free(
            file.work, folder, lambda number: (naming.archive_name(stamp, file.file, number),)
        )

    def write_reports(self, reports: Sequence[tuple[Run, pl.DataFrame]]) -> None:
        """Write reports as text and, beside each, as JSON; nothing for a run that has no name for one.

        Args:
            reports: runs as they ended, with their names, and their findings: frames of `frames.findings.SCHEMA`, in
                order of rows.

        Raises:
            PassingError: the disk is full or refuses.
        """
        named = [(run, findings) for run, findings in reports if run.report]
        write_together([writing for run, findings in named for writing in self._report(run, findings)])
        for run, _ in named:
            self._kept(run.report)

    def _report(self, run: Run, findings: pl.DataFrame) -> tuple[Writing, Writing]:
        text = self._home / run.report
        words = render(run, findings).encode()
        return (
            Writing(path=text, chunks=(words,), mode=_mode(run)),
            Writing(path=text.with_suffix(".json"), chunks=json_chunks(run, findings), mode=_mode(run)),
        )

    def write_tryback(self, file: RunFile, wrapping: Wrapping, source: BinaryIO, spans: Spans) -> None:
        """Write the records at the spans, byte for byte, as a file of the form that was delivered.

        Args:
            file: with its names.
            wrapping: what stands before and after the records.
            source: the delivered file, open and seekable.
            spans: offsets where records begin and where they stop, line terminators included, in file order.

        Raises:
            PassingError: the disk is full or refuses, or the delivered file cannot be read.
        """
        write_durably(self._home / file.tryback, tryback_chunks(wrapping, source, spans), _mode(file))
        self._kept(file.tryback)

    def write_archives(self, files: Sequence[tuple[RunFile, Path]]) -> None:
        """Move delivered files to the archives, or where they are kept instead, bytes unchanged.

        Raises:
            PassingError: one could not be moved, and it and those behind it stand where they were.
        """
        move_together([self._moving(file, source) for file, source in files])
        for file, _ in files:
            self._kept(file.archive)

    def _moving(self, file: RunFile, source: Path) -> Moving:
        target = self._home / file.archive
        hidden = file.archive.startswith(_KEPT)
        if hidden:
            make_durably(target.parent, 0o700)
        return Moving(source=source, target=target, mode=_PRIVATE if hidden else _mode(file))

    def _free(self, work: str, folder: str, names: Callable[[int], tuple[str, ...]]) -> str:
        """Return the first of the names, with the lowest number at which none is taken; for the file of a workroom."""
        number = 1
        while any(self._is_taken(work, f"{folder}/{name}") for name in names(number)):
            number += 1
        path = f"{folder}/{names(number)[0]}"
        self._promised[path] = work
        return path

    def _is_taken(self, work: str, path: str) -> bool:
        return self._promised.get(path, work) != work or os.path.lexists(self._home / path)

    def _kept(self, path: str) -> None:
        """Forget a promise: the file on disk keeps the name now."""
        self._promised.pop(path, None)


def _mode(what: Run | RunFile) -> int:
    return _PRIVATE if what.holds_secrets else _SHARED

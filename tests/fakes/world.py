"""What surrounds a pipeline, in memory: plans, memories, artefacts, a clock, a journal and a file."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any, BinaryIO

import polars as pl

from syncd.core.runs import Run, RunFile, RunState
from syncd.frames.plan import Plan


class Room:
    """A file in its workroom: as much of a Path as the pipeline asks for."""

    def __init__(self, data: bytes) -> None:
        self.data: bytes | None = data

    def exists(self) -> bool:
        return self.data is not None

    def open(self, mode: str) -> BinaryIO:
        assert mode == "rb"
        if self.data is None:
            raise FileNotFoundError
        return BytesIO(self.data)

    def stat(self) -> SimpleNamespace:
        return SimpleNamespace(st_size=len(self.data or b""))


class Clock:
    """A clock that goes on by a second whenever it is looked at."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)

    def now(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


class Desk:
    """Plans, memories, artefacts and journal in one; `wrote` is what a person would find, in order."""

    def __init__(self) -> None:
        self.plans: dict[int, Plan] = {}
        self.memories: dict[tuple[str, str], Any] = {}
        self.contents: dict[str, bytes] = {}
        self.wrote: list[str] = []
        self.archived: bytes | None = None
        self.tryback = b""
        self.reported: list[str] = []
        self.steps: list[str] = []
        self.stop_at = ""
        self.told: list[tuple[int, RunState]] = []

    # Plans and Memories: one is kept by run, the other by feed and token

    def save(self, *what: Any) -> None:
        if len(what) == 2:
            self.plans[what[0].id] = what[1]
        else:
            self.memories[what[0], what[1]] = what[2]

    def load(self, *what: Any) -> Any:
        return self.plans.get(what[0].id, Plan()) if len(what) == 1 else self.memories.get(what)

    def findings(self, run: Run) -> pl.DataFrame:
        return self.plans.get(run.id, Plan()).findings

    def absent(self, run: Run) -> pl.DataFrame:
        return self.plans.get(run.id, Plan()).absent

    def discard(self, run: Run) -> None:
        self.plans.pop(run.id, None)

    # Artefacts

    def reserve(self, run: Run, *, mended: Sequence[bool], keeps: Any = None) -> Run:
        files = [
            replace(file, archive="archive.csv", tryback="tryback.csv" if has_tryback else "")
            for file, has_tryback in zip(run.files, mended, strict=True)
        ]
        return replace(run.with_files(files), report="report.txt")

    def write_reports(self, reports: Sequence[tuple[Run, pl.DataFrame]]) -> None:
        for run, findings in reports:
            self.wrote.append(f"report {run.state}")
            self.reported = findings.get_column("code").to_list()

    def write_tryback(self, file: RunFile, wrapping: Any, source: BinaryIO, spans: Any) -> None:
        data = source.seek(0) or source.read()
        self.tryback = wrapping.head + b"".join(data[a:b] for a, b in zip(*spans, strict=True)) + wrapping.tail
        self.wrote.append("tryback")

    def write_archives(self, files: Sequence[tuple[RunFile, Room]]) -> None:
        for _, source in files:
            self.archived, source.data = source.data, None
            self.wrote.append("archive")

    # Letters

    def tell(self, run: Run, findings: pl.DataFrame) -> None:
        if (run.id, run.state) not in self.told:
            self.told.append((run.id, run.state))

    # Contents

    def keep(self, contents: Any) -> None:
        self.contents.update(contents)

    # Journal

    def reached(self, run: Run, step: str) -> None:
        self.steps.append(step)
        if step == self.stop_at:
            raise KeyboardInterrupt(step)

    def progress(self, run: Run, step: str, done: int, total: int) -> None:
        assert done <= total or total == 0

"""Stored plans: one folder a run below `state/runs/`, one Arrow file for each part of the plan."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from syncd.core.kinds import SPECS, Kind
from syncd.core.runs import Run
from syncd.disk.durable import Writing, write_together
from syncd.frames.changes import ChangeSet
from syncd.frames.findings import none
from syncd.frames.plan import Plan, no_spans

_PRIVATE = 0o600
_BLOCK = 1 << 22


class PlanFiles:
    """Keeps plans as files. A plan that changes nothing and says nothing leaves no file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, run: Run, plan: Plan) -> None:
        """Keep a plan; every file of it is durable when this returns.

        The changes come last: by their digest a plan is known to be whole.

        Raises:
            PassingError: the disk is full or refuses; no part of the plan is left half.
        """
        self.discard(run)
        folder = self._of(run)
        for parts in (list(_remarks(plan)), list(_changes(plan))):
            if parts:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                write_together([_writing(folder / f"{name}.arrow", frame) for name, frame in parts])

    def load(self, run: Run) -> Plan:
        """Return the kept plan of a run; an empty one where nothing had to be kept."""
        spans = self._read(run, "spans")
        return Plan(
            changes=ChangeSet(created=self._read_all(run, "created"), changed=self._read_all(run, "changed")),
            findings=self.findings(run),
            spans=no_spans() if spans is None else (spans["start"].to_numpy(), spans["stop"].to_numpy()),
            rows=run.rows,
            before=run.before,
            complete=run.settled_seq is not None,
        )

    def findings(self, run: Run) -> pl.DataFrame:
        """Return the findings of a kept plan, none where nothing had to be kept."""
        found = self._read(run, "findings")
        return none() if found is None else found

    def discard(self, run: Run) -> None:
        """Forget the plan of a run."""
        shutil.rmtree(self._of(run), ignore_errors=True)

    def _of(self, run: Run) -> Path:
        return self._folder / str(run.id)

    def _read_all(self, run: Run, part: str) -> dict[Kind, pl.DataFrame]:
        found = {kind: self._read(run, f"{part}-{kind}") for kind in SPECS}
        return {kind: frame for kind, frame in found.items() if frame is not None}

    def _read(self, run: Run, name: str) -> pl.DataFrame | None:
        path = self._of(run) / f"{name}.arrow"
        return pl.read_ipc(path.read_bytes()) if path.exists() else None


def _changes(plan: Plan) -> Iterator[tuple[str, pl.DataFrame]]:
    for part, frames in (("created", plan.changes.created), ("changed", plan.changes.changed)):
        for kind, frame in frames.items():
            yield f"{part}-{kind}", frame


def _remarks(plan: Plan) -> Iterator[tuple[str, pl.DataFrame]]:
    if not plan.findings.is_empty():
        yield "findings", plan.findings
    if len(plan.spans[0]):
        yield "spans", pl.DataFrame({"start": plan.spans[0], "stop": plan.spans[1]})


def _writing(path: Path, frame: pl.DataFrame) -> Writing:
    return Writing(path=path, chunks=_encoded(frame), mode=_PRIVATE)


def _encoded(frame: pl.DataFrame) -> Iterator[bytes]:
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="lz4")
    buffer.seek(0)
    while block := buffer.read(_BLOCK):
        yield block

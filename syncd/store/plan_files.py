"""Stored plans: one folder a run below `state/runs/`, one Arrow file for each part of the plan."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from syncd.core.findings import finding
from syncd.core.kinds import SPECS, Kind
from syncd.core.runs import Run, RunState
from syncd.disk.durable import Writing, write_together
from syncd.frames import absent
from syncd.frames.actions import no_actions
from syncd.frames.changes import ChangeSet, record_schema
from syncd.frames.findings import from_values, none
from syncd.frames.keys import key_text
from syncd.frames.lines import line_of, no_jumps
from syncd.frames.plan import FilePlan, Plan, no_spans

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
        return Plan(
            changes=ChangeSet(created=self._read_all(run, "created"), changed=self._read_all(run, "changed")),
            actions=self.actions(run),
            findings=self.findings(run),
            files=tuple(self._files(run)),
            before=run.before,
            complete=run.settled_seq is not None,
        )

    def _files(self, run: Run) -> Iterator[FilePlan]:
        """Yield what is kept of the plan of each file; older versions did not say of which, as there was but one."""
        kept = self._read(run, "spans")
        for place, file in enumerate(run.files):
            own = kept if kept is None or "file" not in kept.columns else kept.filter(pl.col("file") == place)
            spans = no_spans() if own is None else (own["start"].to_numpy(), own["stop"].to_numpy())
            yield FilePlan(rows=file.rows, spans=spans)

    def findings(self, run: Run) -> pl.DataFrame:
        """Return the findings of a kept plan, none where nothing had to be kept; of a forgotten one, that it is."""
        if run.forgotten:
            return from_values([finding("history-removed", setting="history in [keep]")])
        found = self._read(run, "findings")
        return none() if found is None else _with_file(found)

    def absent(self, run: Run) -> pl.DataFrame:
        """Return the names that a run would have made and did not (`frames.absent`); a held one made none yet."""
        failed = self._read(run, "absent")
        names = [absent.nothing() if failed is None else _with_file(failed)]
        if run.state is RunState.HELD:
            for kind, created in self._read_all(run, "created").items():
                names.append(absent.names_of(kind, created.with_columns(pl.lit(0, pl.Int64).alias("line"))))
        return pl.concat(names)

    def size(self, run: Run) -> int | None:
        """Return how many bytes are kept of the plan of a run; None where there is nothing."""
        folder = self._of(run)
        if not folder.is_dir() or folder.is_symlink():
            return None
        return sum(path.lstat().st_size for path in folder.iterdir())

    def actions(self, run: Run) -> pl.DataFrame:
        """Return what a kept plan asks of learning platforms, none where nothing had to be kept."""
        asked = self._read(run, "actions")
        return no_actions() if asked is None else asked

    def row_of_creation(self, run: Run, kind: Kind, key: str) -> int | None:
        """Return the row that asked for the record with this key, as `frames.keys` writes it; None where not kept."""
        created = self._read(run, f"created-{kind}")
        if created is None:
            return None
        rows = created.filter(key_text(kind) == key).get_column("_row")
        return int(rows[0]) if len(rows) else None

    def line_of(self, run: Run, row: int) -> int | None:
        """Return the line of a run's file on which a row stands; None where that is not kept."""
        if run.forgotten:
            return None
        jumped = self._read(run, "jumps")
        return line_of(no_jumps() if jumped is None else jumped, row)

    def discard(self, run: Run) -> None:
        """Forget the plan of a run."""
        shutil.rmtree(self._of(run), ignore_errors=True)

    def _of(self, run: Run) -> Path:
        return self._folder / str(run.id)

    def _read_all(self, run: Run, part: str) -> dict[Kind, pl.DataFrame]:
        found = {kind: self._read(run, f"{part}-{kind}") for kind in SPECS}
        return {kind: _of_today(kind, frame) for kind, frame in found.items() if frame is not None}

    def _read(self, run: Run, name: str) -> pl.DataFrame | None:
        path = self._of(run) / f"{name}.arrow"
        return pl.read_ipc(path.read_bytes()) if path.exists() else None


def _with_file(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame that says of which file it speaks; older versions did not, as there was but one."""
    return frame if "file" in frame.columns else frame.with_columns(pl.lit("").alias("file"))


def _of_today(kind: Kind, frame: pl.DataFrame) -> pl.DataFrame:
    """Return records that an older version planned with the keys of this one; 0 where it had none.

    Such a plan no longer has the digest that its run knows, and is made again before it is applied.
    """
    schema = record_schema(kind)
    odd = {name: schema[name] for name in SPECS[kind].key if frame.schema.get(name) != schema[name]}
    whole = frame.with_columns(pl.lit(None).alias(name) for name in odd if name not in frame.columns)
    return whole.with_columns(pl.col(name).cast(dtype).fill_null(0) for name, dtype in odd.items()) if odd else frame


def _changes(plan: Plan) -> Iterator[tuple[str, pl.DataFrame]]:
    if not plan.actions.is_empty():
        yield "actions", plan.actions
    for part, frames in (("created", plan.changes.created), ("changed", plan.changes.changed)):
        for kind, frame in frames.items():
            yield f"{part}-{kind}", frame


def _remarks(plan: Plan) -> Iterator[tuple[str, pl.DataFrame]]:
    if not plan.findings.is_empty():
        yield "findings", plan.findings
    if any(file.to_mend for file in plan.files):
        spans = [
            pl.DataFrame({"start": file.spans[0], "stop": file.spans[1]}).with_columns(pl.lit(place).alias("file"))
            for place, file in enumerate(plan.files)
        ]
        yield "spans", pl.concat(spans)
    if not plan.absent.is_empty():
        yield "absent", plan.absent
    if not (plan.jumps.is_empty() or plan.changes.is_empty):
        yield "jumps", plan.jumps


def _writing(path: Path, frame: pl.DataFrame) -> Writing:
    return Writing(path=path, chunks=_encoded(frame), mode=_PRIVATE)


def _encoded(frame: pl.DataFrame) -> Iterator[bytes]:
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="lz4")
    buffer.seek(0)
    while block := buffer.read(_BLOCK):
        yield block

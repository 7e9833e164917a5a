"""Foresight: small files of one kind that wait in one pass are planned together; each stays a run of its own.

To plan a file costs much the same whether it has one row or a thousand. So the rows of several files are planned as if
they were one file, and each file gets its part of the plan. That part is what planning the file by itself would have
given, as long as the roster stands as foreseen and no two of the files have to do with the same person, place or
record. At the first file of which that is not certain foresight ends; it is planned by itself when its turn comes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from syncd.core.kinds import SPECS, Kind
from syncd.core.runs import Outcome, RowCounts, Run
from syncd.engine.draft import Draft
from syncd.engine.drawing import Basis, Task, draw
from syncd.engine.planning import remember, watch_of, work_of
from syncd.engine.presence import Told
from syncd.engine.reading import Reading, joined, read
from syncd.engine.recognised import Recognised, is_cut_off, read_rows
from syncd.engine.results import ANYONE, RowResults
from syncd.engine.standing import still_standing, touches_of
from syncd.frames.changes import ChangeSet, grown
from syncd.frames.difference import RowMemory, empty_memory
from syncd.frames.lines import jumps
from syncd.frames.plan import FilePlan, Plan, count_rows

_FILES = 1_000
"""Files that are planned together at most."""

_FEW = 8
"""Files below which it is not worth while."""

_SHORTER = 8
"""How much shorter the next look is where nothing of the last one could be used."""

_BYTES = 1 << 16
"""Size of a file at most that is planned with others."""

_NOBODY = np.empty(0, np.uint64)

Waiting = tuple[Run, Path]
"""A run that has not begun, and where the bytes of its file are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a plan that was made for several files gives to one of them.

    run: with what was found out about its file. seq: the last change of the roster as it stands when the turn of this
    file comes. complete: every row will stand.
    """

    run: Run
    seq: int
    changes: ChangeSet
    rows: RowCounts
    jumps: pl.DataFrame
    complete: bool


@dataclass(slots=True)
class Foresight:
    """What is foreseen of the files that wait: their parts, and the row memory as the last of them leaves it.

    held: live records of each kind when the turn of the next one comes.
    """

    _waiting: dict[str, Waiting] = field(default_factory=dict)
    _parts: dict[str, Part] = field(default_factory=dict)
    _memory: RowMemory = field(default_factory=empty_memory)
    _held: Mapping[Kind, int] = field(default_factory=dict)
    _most: int = _FILES
    _used: int = _FILES

    def expect(self, waiting: Iterable[Waiting]) -> None:
        """Take note of the files that will be worked next, in this order."""
        self._waiting = {run.work: (run, room) for run, room in waiting}
        self._parts, self._most, self._used = {}, _FILES, _FILES

    def ahead(self, run: Run) -> Sequence[Waiting]:
        """Return a run and those that wait behind it, as many as are worth looking at; none where it is alone."""
        if run.work not in self._waiting or self._most < _FEW:
            return ()
        while next(iter(self._waiting)) != run.work:
            del self._waiting[next(iter(self._waiting))]
        self._most = min(self._most, len(self._waiting))
        return list(islice(self._waiting.values(), self._most)) if self._most >= _FEW else ()

    def keep(self, parts: dict[str, Part], memory: RowMemory, held: Mapping[Kind, int]) -> None:
        """Keep what was foreseen, by workroom, of a roster that holds so many records of each kind.

        Where little of it can be used, since runs have remarks or are held, the next looks are shorter.
        """
        self._parts, self._memory, self._held = parts, memory, held
        self._most, self._used = min(max(2 * self._used, self._most // _SHORTER), _FILES), 0

    @property
    def has_more(self) -> bool:
        """Whether more is foreseen of the files that wait."""
        return bool(self._parts)

    def following(self) -> Iterator[Waiting]:
        """Yield the files of which more is foreseen, in order, as they stand when their turn comes."""
        for work, part in list(self._parts.items()):
            yield replace(part.run, roster_seq=part.seq), self._waiting[work][1]

    def drop(self) -> None:
        """Forget what is foreseen."""
        self._parts = {}

    def take(self, run: Run) -> Plan | None:
        """Return the plan of a file; None where it was not foreseen, or the roster does not stand as foreseen.

        The last plan remembers the rows of all: a memory is written as a whole.
        """
        part = self._parts.pop(run.work, None)
        if part is None or part.seq != run.roster_seq:
            self._parts = {}
            return None
        self._used += 1
        counts = part.changes.counts()
        before = {kind: self._held.get(kind, 0) for kind in counts}
        self._held = {**self._held, **grown(before, counts)}
        memory = None if self._parts else self._memory
        return Plan(
            changes=part.changes,
            files=(FilePlan(rows=part.rows, memory=memory, learned=True),),
            before=before,
            jumps=part.jumps,
            complete=part.complete,
        )


def foresee(
    files: Iterable[tuple[Run, Recognised, Path]], memory: RowMemory, basis: Basis, seq: int
) -> tuple[dict[str, Part], RowMemory]:
    """Return, by workroom, what a plan for these files together gives to each of the first of them.

    With it the row memory as the last of these leaves it.

    files: of one kind, and read in one way. memory: their rows that are known to stand. seq: the last change of the
    roster.
    """
    readings: list[tuple[Run, Reading]] = []
    file: Recognised | None = None
    for run, each, room in files:
        reading = _simple(each, room, memory, basis.seed)
        if reading is None:
            break
        file = file or each
        readings.append((run, reading))
    if file is None or len(readings) < _FEW:
        return {}, memory
    whole, results = _numbered_through([reading for _, reading in readings]), RowResults()
    commands = read_rows(file, whole, results)
    if commands.flags and len(whole.rows) > len(readings):
        # Whether an empty flag means no depends on the other rows of its file.
        return {}, memory
    work = work_of(file, replace(commands, flags={}), basis)
    told = Told(rows=pl.Series("row", whole.rows), known=_NOBODY)
    draft = draw([Task(kind=file.command_file, work=work, told=told)], basis, results).draft
    plan = _Together(readings=readings, results=results, draft=draft)
    sound = plan.sound()
    last = int(plan.ends[sound - 1]) if sound else 0
    standing = still_standing(memory, touches_of(plan.changes.until(last)), watch_of(file))
    rows = results.remembered().filter(pl.col("row") <= last)
    return dict(islice(plan.parts(seq), sound)), remember(whole, standing, rows)


def _simple(file: Recognised, room: Path, memory: RowMemory, seed: int) -> Reading | None:
    """Read a file of which there is nothing special: small, all rows new, nothing skipped, its last line ended."""
    if room.stat().st_size > _BYTES or file.layout.unnamed or not file.findings.is_empty():
        return None
    with room.open("rb") as source:
        reading = read(source, file.layout, memory, seed)
    special = not reading.total or reading.skipped or (reading.known >= 0).any() or is_cut_off(reading)
    return None if special else reading


def _numbered_through(readings: list[Reading]) -> Reading:
    """Return the rows of several files as if they were one."""
    before = np.cumsum([0, *(reading.total for reading in readings)])
    return joined([replace(each, rows=each.rows + start) for each, start in zip(readings, before[:-1], strict=True)])


class _Together:
    """A plan for several files: what it changes, and where the rows of each file end among those of all."""

    def __init__(self, readings: Sequence[tuple[Run, Reading]], results: RowResults, draft: Draft) -> None:
        self._readings, self._results, self._draft = readings, results, draft
        self.ends: npt.NDArray[np.int64] = np.cumsum([reading.total for _, reading in readings])
        self.changes = draft.changes()
        rows = pl.int_range(1, int(self.ends[-1]) + 1, dtype=pl.Int64, eager=True).alias("row")
        self._outcomes = results.outcomes(rows, draft.effective(self.changes))

    def parts(self, seq: int) -> Iterator[tuple[str, Part]]:
        """Yield workroom and part of each file; seq: the last change of the roster."""
        created, changed = (
            {kind: self._split(frame, "_row") for kind, frame in frames.items()}
            for frames in (self.changes.created, self.changes.changed)
        )
        outcomes, remembered = self._split(self._outcomes, "row"), self._split(self._results.remembered(), "row")
        for place, (run, reading) in enumerate(self._readings):
            own = ChangeSet(
                created={kind: parts[place] for kind, parts in created.items() if place in parts},
                changed={kind: parts[place] for kind, parts in changed.items() if place in parts},
            )
            yield (
                run.work,
                Part(
                    run=run,
                    seq=seq,
                    changes=own,
                    rows=count_rows(outcomes[place], known=0),
                    jumps=jumps(reading.rows, reading.lines),
                    complete=place in remembered and len(remembered[place]) == reading.total,
                ),
            )
            seq += own.steps

    def sound(self) -> int:
        """Return how many files come before the first of which a row has a remark, an action, or company elsewhere."""
        fine = self._outcomes.get_column("outcome").is_in([Outcome.APPLIED.value, Outcome.UNCHANGED.value])
        doubtful = [
            *(self._results.marked(), self._results.actions().get_column("row")),
            self._outcomes.filter(~fine).get_column("row"),
            *self._in_company(),
            *self._with_others(),
            *self._before_their_time(),
        ]
        places = self._file_of(pl.concat([each.cast(pl.Int64) for each in doubtful])).to_numpy()
        return max(int(places.min()), 0) if len(places) else len(self.ends)

    def _in_company(self) -> Iterator[pl.Series]:
        """Yield the rows of which nobody knows what they work on, and those of persons or places of several files."""
        scopes, rows = self._results.scopes(), self._outcomes.get_column("row")
        yield rows.filter(~rows.is_in(scopes.get_column("row").implode()))
        yield scopes.filter(pl.col("a") == ANYONE).get_column("row")
        met = scopes.select("row", pl.when(pl.col("a") > 0).then("a").otherwise(-pl.col("b")).alias("_met"))
        met = met.with_columns(self._file_of(met.get_column("row")))
        yield met.filter(pl.col("_file").n_unique().over("_met") > 1).get_column("row")

    def _with_others(self) -> Iterator[pl.Series]:
        """Yield the rows that had a part in a change which belongs to another file."""
        for kind, effects in self._draft.effects():
            keys = list(SPECS[kind].key)
            for frames in (self.changes.created, self.changes.changed):
                if kind in frames:
                    both = effects.join(frames[kind].select(*keys, "_row"), on=keys, how="inner")
                    files, others = self._file_of(both.get_column("row")), self._file_of(both.get_column("_row"))
                    yield both.filter(files != others).get_column("row")

    def _before_their_time(self) -> Iterator[pl.Series]:
        """Yield the rows of records that refer to one which a later file makes."""
        made_by = self.changes.created
        for frames in (self.changes.created, self.changes.changed):
            for kind, frame in frames.items():
                for column, to in SPECS[kind].refers().items():
                    if column in frame.columns and to in made_by:
                        made = made_by[to].select(pl.col("id").alias(column), pl.col("_row").alias("_made"))
                        both = frame.select(column, "_row").join(made, on=column, how="inner")
                        yield both.filter(pl.col("_made") > pl.col("_row")).get_column("_row")

    def _file_of(self, rows: pl.Series) -> pl.Series:
        """Return the place of the file of each row; -1 for row 0, which is none."""
        places = np.searchsorted(self.ends, rows.to_numpy() - 1, side="right")
        return pl.Series("_file", np.where(rows.to_numpy() > 0, places, -1), dtype=pl.Int64)

    def _split(self, frame: pl.DataFrame, row: str) -> dict[int, pl.DataFrame]:
        """Return the rows of each file by its place, counted from 1 in each."""
        if frame.is_empty():
            return {}
        places = self._file_of(frame.get_column(row))
        begin = np.concatenate([[0], self.ends])[places.to_numpy()]
        own = frame.with_columns((pl.col(row) - pl.Series(begin)).alias(row), places)
        return {int(key[0]): part for key, part in own.partition_by("_file", as_dict=True, include_key=False).items()}

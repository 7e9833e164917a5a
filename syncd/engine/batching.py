"""Which files of a delivery are one run, and in which order runs are worked."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from syncd.core.order import Stage
from syncd.core.runs import Run, Trigger
from syncd.engine.foresight import Waiting
from syncd.engine.preparing import Preparation
from syncd.engine.world import Rooms
from syncd.formats.dialect import CommandFile, FileKind, Head, each_alone


def batched(waiting: Sequence[Waiting], preparation: Preparation) -> Iterator[tuple[Run, Rooms]]:
    """Yield runs of one file each as their dialects want them: those of files that belong together as one.

    Only tables that came together, and of which the same was said, ever do. A file that cannot be worked may be part of
    a snapshot: it joins one that came with it, which fails then as a whole, as what is missing in it is not absent.
    """
    recognition = preparation.world.policy.recognition
    together: defaultdict[tuple[str, _Said], dict[Head, Waiting]] = defaultdict(dict)
    strange: defaultdict[_Said, list[Waiting]] = defaultdict(list)
    for run, room in waiting:
        kind = _kind_of(run, room, preparation)
        if isinstance(kind, CommandFile):
            together[kind.dialect, _said(run)][Head(name=run.file, kind=kind)] = run, room
        elif kind is None:
            strange[_said(run)].append((run, room))
        else:
            yield run, [room]
    for (name, said), heads in together.items():
        dialect = recognition.dialects[name]
        joins = dialect.batches is not each_alone and dialect.operation(said.operation).is_snapshot
        for batch in dialect.batches(list(heads)):
            yield _one([*(heads[head] for head in batch), *(strange.pop(said, ()) if joins else ())])
    for alone in strange.values():
        yield from ((run, [room]) for run, room in alone)


def _one(files: Sequence[Waiting]) -> tuple[Run, Rooms]:
    """Return the run of all these files."""
    runs, rooms = zip(*files, strict=True)
    return runs[0].with_files([run.files[0] for run in runs]), rooms


def place_of(run: Run, rooms: Rooms, preparation: Preparation) -> tuple[int, str]:
    """Return the place of a run in its pass; one of which a file cannot be looked at fails when its turn comes."""
    kinds = [_kind_of(run.alone(file), room, preparation) for file, room in zip(run.files, rooms, strict=True)]
    return min(kind.stage if kind else Stage.UNKNOWN for kind in kinds), run.file


def _kind_of(run: Run, room: Path, preparation: Preparation) -> FileKind | None:
    with suppress(Exception):  # one that cannot be looked at fails by itself when its turn comes, and stops no other
        return preparation.kind_of(run, room)
    return None


class _Said(NamedTuple):
    """What is the same of files that may be one run: how they came, and what was said of them."""

    received: datetime
    trigger: Trigger
    by: str
    parent: int | None
    feed: str
    from_feed: tuple[str, ...]
    dialect: str
    operation: str
    data_source: str
    options: tuple[tuple[str, str], ...]


def _said(run: Run) -> _Said:
    facts = {name: getattr(run, name) for name in _Said._fields if name != "options"}
    return _Said(**facts, options=tuple(sorted(run.options.items())))

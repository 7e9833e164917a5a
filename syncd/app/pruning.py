"""Retention: what runs left behind and has been kept long enough is removed.

Only what the journal of runs names is ever looked at, so a file that somebody else put beside
reports and archives stays, and so does everything in sync/. The caller holds the home's lock.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from syncd.config.home import Home
from syncd.core.errors import PassingError
from syncd.core.retention import Keeping, Leaving, ended, leapt, needed
from syncd.core.runs import Run, RunState
from syncd.disk.removing import modified, remove_file, size_of_file
from syncd.outputs.mail.outbox import Outbox
from syncd.store.memory_files import MemoryFiles
from syncd.store.picture_files import PictureFiles
from syncd.store.plan_files import PlanFiles
from syncd.store.store import Store

_MEMORIES, _PICTURES, _LETTERS = "memories", "pictures", "letters"
_DAY = timedelta(days=1)
_BATCH = 500
"""Runs whose plans are removed together."""


@dataclass(slots=True, kw_only=True)
class Pruned:
    """What was removed, or would be.

    counts: how many of each class; a report counts once although it is two files. size: in bytes.
    paths: below the home. troubles: why something could not be removed.
    """

    counts: Counter[str] = field(default_factory=Counter)
    size: int = 0
    paths: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """Return it for scripts; row memories go with the history of the runs that used them."""
        classes = (*(leaving.value for leaving in Leaving), _MEMORIES, _PICTURES, _LETTERS)
        return {what: self.counts[what] for what in classes} | {"bytes": self.size, "troubles": self.troubles}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """Removes what has been kept long enough.

    keeping: how long, by the name of a feed. now: the time. really: False only tells what would go.
    """

    home: Home
    store: Store
    plans: PlanFiles
    outbox: Outbox
    memories: MemoryFiles
    pictures: PictureFiles
    keeping: Callable[[str], Keeping]
    now: datetime
    really: bool = True

    def run(self) -> Pruned:
        """Look through all runs and remove; what cannot be removed is told, and the rest goes on."""
        done = Pruned()
        old: list[Run] = []
        alive: set[str] = set()
        busy = self._busy()
        for run in self.store.every_run():
            expired = frozenset() if run.id in busy else self.keeping(run.feed).expired(ended(run), self.now)
            for what, path in self._files(run, expired):
                self._remove(what, path, done)
            if Leaving.HISTORY not in expired:
                alive.update(file.fingerprint for file in run.files)
            elif (size := self.plans.size(run)) is not None:
                _count(done, Leaving.HISTORY, f"state/runs/{run.id}", size)
                old.append(run)
        if self.really:
            self._forget(old)
        self._forget_rows(alive, done)
        self._remove_pictures(done)
        self._remove_letters(done)
        return done

    def _busy(self) -> frozenset[int]:
        """Return the runs that need all they have: those not over, their parents, those with a workroom."""
        waiting = [*self.store.unfinished(), *self.store.runs(state=RunState.HELD)]
        names = [room.name for room in self.home.work.iterdir()] if self.home.work.is_dir() else []
        return needed(waiting) | {run.id for run in self.store.runs_of_works(names).values()}

    def _files(self, run: Run, expired: frozenset[Leaving]) -> Iterator[tuple[Leaving, str]]:
        """Give class and path below the home of what can go of a run's files."""
        if run.report and Leaving.REPORTS in expired:
            yield Leaving.REPORTS, run.report
        for file in run.files:
            if file.archive and Leaving.ARCHIVES in expired:
                yield Leaving.ARCHIVES, file.archive
            if file.tryback and Leaving.TRYBACKS in expired and not self._is_being_mended(run, file.tryback):
                yield Leaving.TRYBACKS, file.tryback

    def _is_being_mended(self, run: Run, tryback: str) -> bool:
        """Tell whether somebody changed a tryback within its time; a time of the future says nothing."""
        changed = min(modified(self.home.path / tryback), self.now.timestamp())
        moment = datetime.fromtimestamp(changed, tz=self.now.tzinfo)
        return Leaving.TRYBACKS not in self.keeping(run.feed).expired(max(ended(run), moment), self.now)

    def _remove(self, what: str, path: str, done: Pruned) -> None:
        file = self.home.path / path
        files = [file, file.with_suffix(".json")] if what is Leaving.REPORTS else [file]
        sizes = {one: size for one in files if (size := size_of_file(one)) is not None}
        try:
            for one in sizes:
                if self.really:
                    remove_file(one)
        except PassingError as error:
            done.troubles.append(str(error))
        else:
            if sizes:
                _count(done, what, path, sum(sizes.values()))

    def _forget(self, old: list[Run]) -> None:
        """Remove plans; first it is stored that they are gone, so that nobody takes a lost plan for an empty one."""
        for start in range(0, len(old), _BATCH):
            together = old[start : start + _BATCH]
            self.store.save_runs(replace(run, forgotten=True) for run in together)
            for run in together:
                self.plans.discard(run)

    def _forget_rows(self, alive: set[str], done: Pruned) -> None:
        """Forget the remembered rows of files that nobody has sent in this form for as long as history is kept."""
        dead = self.store.memories() - alive
        files = self.memories.others(alive)
        for path in files:
            _count(done, _MEMORIES, f"state/memory/{path.name}", size_of_file(path) or 0)
        if not self.really:
            return
        if dead:
            self.store.forget_memories(dead)
        for path in files:
            remove_file(path)

    def _remove_pictures(self, done: Pruned) -> None:
        """Remove pictures that no record has and none had: of a run that was planned anew after they were kept."""
        for path in self.pictures.others(self.store.contents()):
            self._remove(_PICTURES, str(path.relative_to(self.home.path)), done)

    def _remove_letters(self, done: Pruned) -> None:
        """Remove letters that were set aside; one that had to be put aside again since then counts from that."""
        term = self.keeping("").letters
        if term is None:
            return
        for path in self.outbox.laid_aside():
            if self.now.timestamp() - modified(path) > term.total_seconds():
                self._remove(_LETTERS, str(path.relative_to(self.home.path)), done)


def _count(done: Pruned, what: str, path: str, size: int) -> None:
    done.counts[what] += 1
    done.size += size
    done.paths.append(path)


@dataclass(slots=True)
class Daily:
    """Tells once a day that it is time, by a clock that never jumps.

    steady: seconds by such a clock. now: the clock of the wall.
    """

    steady: Callable[[], float]
    now: Callable[[], datetime]
    _last: tuple[float, datetime] | None = None

    def is_due(self) -> bool:
        """Whether a day has gone since the last time that it was; true at first."""
        steady, now = self.steady(), self.now()
        if self._last is None:
            self._last = steady, now
            return True
        before, then = self._last
        if steady - before < _DAY.total_seconds():
            return False
        self._last = steady, now
        return not leapt(now - then, timedelta(seconds=steady - before))

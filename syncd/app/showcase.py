"""Which reports and archives an account may fetch: those of the runs that are its own."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from syncd.config.home import Home
from syncd.config.sftp import AccountTable
from syncd.core.runs import Run
from syncd.store.store import Store

_NEWEST = 2000
"""Runs of an account that are shown, beside those made from them."""

_FRESH = 1.0
"""Seconds for which what was found holds: listing a folder asks for every file in it."""


@dataclass(slots=True)
class Showcase:
    """What one account may fetch: of runs of its files, its data source and its feeds, and what was made from those."""

    home: Home
    store: Callable[[], Store]
    account: AccountTable
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _found: Mapping[str, Path] = field(default_factory=dict)
    _since: float | None = None

    def files(self, folder: str) -> Mapping[str, Path]:
        """Return the files of a folder of the home, reports or archives, by their name.

        Raises:
            SyncdError: the database cannot be asked.
        """
        with self._lock:
            if self._since is None or time.monotonic() - self._since > _FRESH:
                self._found = dict(self._look())
                self._since = time.monotonic()
            found = self._found
        front = f"{folder}/"
        return {path.removeprefix(front): file for path, file in found.items() if path.startswith(front)}

    def _look(self) -> Iterable[tuple[str, Path]]:
        account, store = self.account, self.store()
        runs = store.runs_of_sender(account.name, account.data_source.strip(), account.feeds, _NEWEST)
        while runs:
            for run in runs:
                for path in _artefacts(run):
                    yield path, self.home.path / path
            runs = store.children(*(run.id for run in runs))


def _artefacts(run: Run) -> list[str]:
    """Return the paths of what a run left behind, below the home, those that were removed since included."""
    report = [run.report, str(Path(run.report).with_suffix(".json"))] if run.report else []
    return [*report, *(path for file in run.files for path in (file.tryback, file.archive) if path)]

"""An open home as far as it is only looked at: runs, records, what became of them and who did what."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from difflib import get_close_matches
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from syncd.app import building
from syncd.app.deliveries import RunReport
from syncd.app.lineage import lineages_of
from syncd.app.why import Reasons
from syncd.config.home import Home
from syncd.config.loading import load
from syncd.config.models import Settings
from syncd.core.audit import Entry
from syncd.core.errors import UsageError
from syncd.core.kinds import Kind
from syncd.core.runs import Lineage, Run, RunState
from syncd.dialects.registry import every_kind
from syncd.store.store import Store


class Looking:
    """The part of the application that changes nothing."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._settings = load(home, os.environ).settings
        self._open = ExitStack()

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._settings

    @cached_property
    def store(self) -> Store:
        """The database of the home."""
        self._home.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._opened(self._settings.store.url_for(self._home))

    def runs(self, state: RunState | None = None, limit: int = 50) -> list[Run]:
        """Return runs, the newest first."""
        return self.store.runs(state=state, limit=limit)

    def run(self, id: int) -> RunReport | None:
        """Return one run with its findings."""
        run = self.store.run(id)
        if run is None:
            return None
        findings = partial(building.plans(self._home).findings, run)
        return RunReport(run=run, load_findings=findings, lineage=self.lineages([run])[run.id])

    def lineages(self, runs: Sequence[Run]) -> dict[int, Lineage]:
        """Return what became of each of these runs, by its id."""
        return lineages_of(runs, self.store)

    def records(self, kind: str, deleted: bool) -> Iterator[dict[str, Any]]:  # noqa: FBT001
        """Return the records of a kind as contract JSON; UsageError where there is no such kind."""
        return self.store.records(_kind(kind), deleted=deleted)

    def record(self, kind: str, key: str) -> list[dict[str, Any]]:
        """Return the records that a person could mean by this key; UsageError where there is no such kind."""
        return self.store.record(_kind(kind), key)

    def why(self, kind: str, key: str) -> Sequence[Mapping[str, Any]]:
        """Return every row, change and run behind the records that a person could mean by this key.

        Raises:
            UsageError: there is no such kind.
        """
        return Reasons(self.store, building.plans(self._home)).of(_kind(kind), key)

    def audit(self, run: int | None = None, limit: int | None = None) -> list[Entry]:
        """Return who did what, the newest first; about one run where it is given."""
        return self.store.audit(run, limit)

    def _roster_to_look_at(self) -> Store:
        """Return the roster for a dry run; one not yet made is made elsewhere and thrown away."""
        url = self._settings.store.url_for(self._home)
        path = url.removeprefix("sqlite:///")
        if path == url or Path(path).exists():
            return self.store
        folder = self._open.enter_context(TemporaryDirectory(prefix="syncd-"))
        return self._opened(f"sqlite:///{folder}/empty.db")

    def _opened(self, url: str) -> Store:
        store = Store.open(url)
        self._open.callback(store.close)
        return store


def _kind(word: str) -> Kind:
    known = every_kind()
    if word not in known:
        near = get_close_matches(word, known, n=1) or list(known)
        raise UsageError(f"there is no kind of record {word}; there is {', '.join(near)}")
    return Kind(word)

"""Pulls: when they are due, that only one process does each, what is told of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import structlog
from filelock import FileLock, Timeout

from syncd.app.boxes import box
from syncd.app.building import Progress
from syncd.app.pull_times import Patience, PullTimes
from syncd.app.reception import Around
from syncd.app.unknown import no_such
from syncd.app.witness import witnessed
from syncd.config.home import Home
from syncd.config.pull import PullTable
from syncd.core.audit import Deed
from syncd.core.errors import LockedError, PassingError, SyncdError
from syncd.core.incidents import Trouble
from syncd.core.naming import shown

if TYPE_CHECKING:
    from syncd.sftp.fetching.pull import Fetched, Pull

_LOOK = 30.0
"""Seconds between two looks at what is due at most: the settings may have changed."""

_FRONT = "pull "
"""How the names of the incidents of pulls begin."""

_PASSING = (PassingError, LockedError, OSError)

_log = structlog.get_logger("syncd.pull")


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """A file that was fetched. pull: its name. size: in bytes."""

    pull: str
    file: str
    size: int
    sha256: str


@dataclass(slots=True)
class _Turn:
    """A pull under way. feeds: those that wait for it, each with the time of it that has come.

    times: as they were when it began; what is due since then is not done by it.
    """

    table: PullTable
    feeds: Mapping[str, datetime]
    times: PullTimes
    error: Exception | None = None
    over: Event = field(default_factory=Event)


@dataclass(frozen=True, slots=True)
class Fetching:
    """The pulls of a home. delivered: hears that there is something to take. fresh: set when one is wanted at once."""

    around: Around
    delivered: Callable[[], None]
    fresh: Event = field(default_factory=Event)
    _patience: Patience = field(default_factory=Patience)

    def by_hand(self, name: str, heard: Callable[[Came], None], show: Progress | None = None) -> None:
        """Do a pull, or all for "", at once. heard: told of every file as soon as it came.

        show: told of a name, the bytes of it here, and all its bytes.

        Raises:
            UsageError: there is none of that name, or its settings do not do.
            LockedError: another process does it just now.
            SyncdError: it cannot be done; what had come until then stays.
        """
        pulls = [table for table in self.around.settings().pulls if name in ("", table.name)]
        if not pulls:
            names = [table.name for table in self.around.settings().pulls]
            raise no_such("pull", name, names)
        troubles: list[SyncdError] = []
        for table in pulls:
            try:
                self._do(table, "cli", heard, show)
            except SyncdError as error:
                troubles.append(error)
        if troubles:
            raise type(troubles[0])("\n".join(map(str, troubles)))

    def deliver(self, *, go_on: Callable[[], bool]) -> float | None:
        """Do what is due; return the seconds until another look, None where there is no pull.

        Each server has a thread of its own meanwhile, so that one that is slow keeps no other from its time. A pull
        before a feed that cannot be done is tried again, later each time, until the feed waits no longer.
        """
        self._end_incidents_of_none()
        turns: dict[tuple[str, int], _Turn] = {}
        while True:
            self.fresh.clear()
            if not go_on():
                break
            self._end(turns, [server for server, turn in turns.items() if turn.over.is_set()])
            self._begin(turns)
            if not turns:
                break
            self.fresh.wait(_LOOK)
        for turn in turns.values():
            turn.over.wait()
        self._end(turns, list(turns))
        return _LOOK if self.around.settings().pulls else None

    def _begin(self, turns: dict[tuple[str, int], _Turn]) -> None:
        """Begin what is due, one at each server; let feeds go that have waited long enough."""
        times = self._times()
        for table in self.around.settings().pulls:
            has_come, feeds = times.has_come(table), times.awaiting(table)
            server = table.host, table.port
            if not feeds:
                self._patience.forget(table.name)
            elif self._patience.is_over(table.name) and server in turns:
                self._let_go(times, table, feeds)
            if server not in turns and (has_come or (feeds and self._patience.is_time(table.name))):
                turn = turns[server] = _Turn(table, feeds, times)
                Thread(target=self._take, args=(turn,), name=f"pull {table.name}", daemon=True).start()

    def _take(self, turn: _Turn) -> None:
        try:
            self._do(turn.table, "daemon")
        except Exception as error:  # noqa: BLE001 - one pull must not keep the others from being done
            turn.error = error
        finally:
            turn.over.set()
            self.fresh.set()

    def _end(self, turns: dict[tuple[str, int], _Turn], servers: list[tuple[str, int]]) -> None:
        """Note what came of turns that are over."""
        times = self._times()
        for turn in map(turns.pop, servers):
            awaited_no_more = self._is_awaited_no_more(turn)
            turn.times.tried(turn.table)
            if awaited_no_more and turn.feeds:
                self._let_go(times, turn.table, turn.feeds)

    def _let_go(self, times: PullTimes, table: PullTable, feeds: Mapping[str, datetime]) -> None:
        times.settle(table, feeds)
        self._patience.forget(table.name)
        self.delivered()

    def pending(self) -> Mapping[str, str]:
        """Return the feeds that wait for a pull, each with the words for it; the courier is told to do it at once."""
        found = self._times().pending()
        if found:
            self.fresh.set()
        return found

    def _times(self) -> PullTimes:
        return PullTimes(self.around.home.state, self.around.settings(), self.around.now())

    def _is_awaited_no_more(self, turn: _Turn) -> bool:
        """Tell what went wrong with a pull; return whether nobody should wait for it any more."""
        name, error = turn.table.name, turn.error
        if error is None:
            return True
        known = isinstance(error, SyncdError | OSError)
        _log.warning("pull not done", pull=name, **{"reason": str(error)} if known else {"exc_info": error})
        # Who is refused by key or password, and tries again and again, is locked out at last.
        return not turn.feeds or not isinstance(error, _PASSING) or self._patience.ends(name)

    def _do(
        self,
        table: PullTable,
        how: str,
        heard: Callable[[Came], None] = lambda _: None,
        show: Progress | None = None,
    ) -> None:
        self.around.home.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = self.around.home.state / "pull"
        folder.mkdir(exist_ok=True, mode=0o700)
        try:
            with FileLock(folder / f"{table.name}.lock", timeout=0):
                self._fetched(table, folder, lambda fetched: heard(self._witnessed(table, fetched, how)), show)
        except Timeout:
            raise LockedError(f"the pull {table.name} is being done by another process just now") from None

    def _fetched(
        self, table: PullTable, folder: Path, came: "Callable[[Fetched], None]", show: Progress | None
    ) -> None:
        from syncd.sftp.fetching.pinned import StrangerError
        from syncd.sftp.fetching.pull import Hearing, Puller

        general, stranger = _incidents(table)
        place = box(self.around.home, table.name, delivered=self.delivered)
        hearing = Hearing(came, show) if show else Hearing(came)
        try:
            pull, memory = _pull(self.around.home, table), folder / f"{table.name}.jsonl"
            Puller(pull, place, memory, self.around.now).run(hearing)
        except StrangerError as error:
            self.around.telling.settle({stranger: _strange(table, error)}, {stranger})
            raise
        except Exception as error:
            self.around.telling.settle({general: _undone(table, error)}, {general})
            raise
        else:
            self.around.telling.settle({}, {stranger, general})

    def _end_incidents_of_none(self) -> None:
        """End the incidents of pulls that the settings have no more."""
        here = {key for table in self.around.settings().pulls for key in _incidents(table)}
        known = {each["alarm"] for each in self.around.telling.open() if each["alarm"].startswith(_FRONT)}
        self.around.telling.settle({}, known - here)

    def _witnessed(self, table: PullTable, fetched: "Fetched", how: str) -> Came:
        came = Came(pull=table.name, file=fetched.seen.name, size=fetched.seen.size, sha256=fetched.sha256)
        detail = f"from {table.username}@{table.host}; {came.size:,} bytes, sha256 {came.sha256}"
        _log.info("fetched", pull=table.name, file=shown(came.file), detail=detail)
        entry = witnessed(Deed.FETCH, self.around.now(), how=how, detail=detail)
        self.around.store().record_entry(replace(entry, who=table.name, file=came.file))
        return came


def _incidents(table: PullTable) -> tuple[str, str]:
    """Return the names of its incidents: that it cannot be done, and that its server has another host key."""
    return f"{_FRONT}{table.name}", f"{_FRONT}{table.name} host key"


def _pull(home: Home, table: PullTable) -> "Pull":
    from syncd.sftp.fetching.pinned import Remote
    from syncd.sftp.fetching.pull import After, Pull, Ready

    is_fingerprint = table.host_key.startswith("SHA256:")
    return Pull(
        remote=Remote(
            host=table.host,
            port=table.port,
            username=table.username,
            host_key=table.host_key if is_fingerprint else str(home.path / table.host_key),
            key_file=home.path / table.key_file if table.key_file else None,
            password_file=home.path / table.password_file if table.password_file else None,
            folder=table.folder,
            timeout=table.timeout.total_seconds(),
        ),
        pattern=table.pattern,
        ready=Ready(table.ready),
        marker=table.marker,
        quiet=table.quiet.total_seconds(),
        after=After(table.after),
        move_to=table.move_to,
        tries=table.tries,
    )


def _strange(table: PullTable, error: SyncdError) -> Trouble:
    return Trouble(
        sentence=f"the server of the pull {table.name} has another host key; {error}",
        cause="The server was set up anew, its address leads to another machine, or somebody stands in between.",
        what_next=f"Ask the owner of {table.host} for the fingerprint of its key, by telephone or the like. Only if it "
        "is the one that is shown, put it into host_key of the pull. Until then nothing is fetched.",
        all_clear=f"the pull {table.name} meets no other host key any more",
    )


def _undone(table: PullTable, error: Exception) -> Trouble:
    reason = error if isinstance(error, SyncdError) else f"syncd itself failed ({type(error).__name__})"
    return Trouble(
        sentence=f"the pull {table.name} cannot be done; {reason}",
        cause="The server is away, refuses, or there is no room here.",
        what_next=f"Try it by hand: syncd pull {table.name}. It is tried again at its next time; what had come stays.",
        all_clear=f"nothing keeps the pull {table.name} from being done any more",
    )

"""Telling people what is wrong: once when it begins, once when it is over, whatever crashes in between.

    telling.alarm("overdue users", "userimport.csv did not come; it was due at 06:00", cause="…", what_next="…")
    telling.all_clear("overdue users")

All incidents of a home are kept in one file. A new phase is written down first, then its letter is put into the
outbox, then the phase counts as told: a crash anywhere leads to the same letter, once.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from syncd.core.errors import LockedError, SyncdError, UsageError
from syncd.core.incidents import Incident, Incidents, Trouble, turned
from syncd.disk import documents

FAILING = "pass-fails"
STUCK = "runs-stuck"
_PATIENCE = 10.0
"""Seconds that another process may keep the incidents to itself."""


class Telling:
    """The incidents of a home, and the way to tell them."""

    def __init__(self, path: Path, post: Callable[[Incident], None], now: Callable[[], datetime]) -> None:
        """Look at nothing yet.

        Args:
            path: the file of incidents.
            post: keeps the letter of an incident in its present phase; the same phase twice makes one letter.
            now: the time with its zone.
        """
        self._path = path
        self._post = post
        self._now = now
        self._unsaved: Incidents | None = None

    def alarm(self, key: str, sentence: str, cause: str = "", what_next: str = "") -> tuple[str, ...]:
        """Tell that something is wrong, unless that is known; return the sentences to be shown, none where it is.

        key: names the incident, in words fit for a file's name; whoever raised it ends it by the same key.
        sentence: what happened; up to the first semicolon it is the letter's subject.
        """
        return self.settle({key: Trouble(sentence=sentence, cause=cause, what_next=what_next)}, {key})

    def all_clear(self, key: str) -> tuple[str, ...]:
        """Tell that something is over, if it was told at all; return the sentences to be shown."""
        return self.settle({}, {key})

    def settle(self, found: Mapping[str, Trouble], examined: Collection[str]) -> tuple[str, ...]:
        """Tell what begins and what ends with this look, and return the sentences to be shown.

        found: what is wrong now, by key. examined: what was looked at; any other incident stays as it is.
        """
        if not found and not self._load():
            return ()
        with self._alone():
            before = self._load()
            known = self._told(before)
            after = turned(known, found, examined, self._now())
            if after != known:
                self._save(after)
            if after != before:
                self._save(self._told(after))
        return tuple(incident.sentence for key, incident in after.items() if incident != known.get(key))

    def event(self, key: str, trouble: Trouble) -> str:
        """Tell what happened in an instant and has no end of its own; return the sentence to be shown."""
        self._post(Incident(key=key, trouble=replace(trouble, lasts=False), since=self._now()))
        return trouble.sentence

    def open(self) -> list[dict[str, str]]:
        """Return the incidents that last, for a status: key, sentence, since."""
        return [
            {
                "alarm": incident.key,
                "since": incident.since.isoformat(timespec="seconds"),
                "sentence": incident.trouble.sentence,
            }
            for incident in self._load().values()
            if not incident.over
        ]

    @contextmanager
    def unless_it_fails(self) -> Iterator[None]:
        """Do a pass; where it cannot go on, tell that once, and once that it can again."""
        try:
            yield
        except (LockedError, UsageError):
            raise
        except Exception as error:
            words = str(error) if isinstance(error, SyncdError) else f"syncd itself failed ({type(error).__name__})"
            trouble = Trouble(
                sentence=f"a pass cannot go on: {words}",
                cause="Something that syncd needs is away or full: the disk, the database, a right to write.",
                what_next="Mend that. Nothing is lost: syncd tries again by itself, and files wait in sync/ meanwhile.",
                all_clear="passes go on again",
            )
            self.settle({FAILING: trouble}, {FAILING})
            raise
        self.all_clear(FAILING)

    def stuck(self, sentences: Collection[str]) -> tuple[str, ...]:
        """Tell that runs cannot go on, or that all of them do again."""
        found = {}
        if sentences:
            runs = "1 run" if len(sentences) == 1 else f"{len(sentences)} runs"
            found[STUCK] = Trouble(
                sentence=f"{runs} cannot go on; {'; '.join(sentences)}",
                cause="Something outside syncd failed while it worked: mostly a full disk, or the database.",
                what_next="Mend that. The runs stand where they stood and are tried again with every pass.",
                all_clear="no run is stuck any longer",
            )
        return self.settle(found, {STUCK})

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes out; where that cannot be had, the letters matter more."""
        lock = FileLock(self._path.with_suffix(".lock"), timeout=_PATIENCE)
        with suppress(OSError, Timeout):
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def _told(self, incidents: Incidents) -> Incidents:
        """Put every letter that is due into the outbox; return the incidents that stay."""
        for incident in incidents.values():
            if not incident.told:
                self._post(incident)
        return {key: replace(incident, told=True) for key, incident in incidents.items() if not incident.over}

    def _load(self) -> Incidents:
        if self._unsaved is not None:
            return self._unsaved
        document = documents.read(self._path)
        return dict(_incidents(document)) if isinstance(document, dict) else {}

    def _save(self, incidents: Incidents) -> None:
        """Write the incidents down. On a full disk they are kept in mind, so that nothing is told at every pass."""
        try:
            documents.replace(self._path, {key: _as_json(incident) for key, incident in incidents.items()})
        except OSError:
            self._unsaved = incidents
        else:
            self._unsaved = None


def _as_json(incident: Incident) -> dict[str, Any]:
    trouble = incident.trouble
    return {
        "sentence": trouble.sentence,
        "cause": trouble.cause,
        "what_next": trouble.what_next,
        "all_clear": trouble.all_clear,
        "since": incident.since.isoformat(),
        "until": incident.until.isoformat() if incident.until else None,
        "told": incident.told,
    }


def _incidents(document: Mapping[str, Any]) -> Iterator[tuple[str, Incident]]:
    """Yield what is kept; what cannot be read is forgotten, and told again if it still is so."""
    for key, kept in document.items():
        with suppress(KeyError, TypeError, ValueError):
            sentence, cause, what_next, all_clear = (
                str(kept[name]) for name in ("sentence", "cause", "what_next", "all_clear")
            )
            trouble = Trouble(sentence=sentence, cause=cause, what_next=what_next, all_clear=all_clear)
            until = datetime.fromisoformat(kept["until"]) if kept["until"] else None
            since = datetime.fromisoformat(kept["since"])
            incident = Incident(key=key, trouble=trouble, since=since, until=until, told=bool(kept["told"]))
            yield key, incident

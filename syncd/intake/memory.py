"""What intake remembers between two passes: files taken but not removed, and when it first saw a lock."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from syncd.core.handshake import seconds_between
from syncd.disk import documents
from syncd.intake.scan import Look


class TakenFiles:
    """The files that were taken and still stand in the drop folder because nobody may remove them.

    Such a file counts as taken until it changes. Kept in memory and in a file, so that a
    restart does not take it again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._looks: set[Look] | None = None

    def __contains__(self, look: Look) -> bool:
        return look in self._loaded()

    def names(self) -> list[str]:
        """Return their names, sorted."""
        return sorted(look.name for look in self._loaded())

    def remember(self, looks: Iterable[Look]) -> None:
        """Note further files.

        Raises:
            OSError: they could not be written down; then none of them is remembered.
        """
        together = self._loaded() | set(looks)
        self._save(together)
        self._looks = together

    def keep_only(self, standing: Collection[Look]) -> None:
        """Forget the files that do not stand there like this any longer."""
        kept = self._loaded().intersection(standing)
        if kept == self._loaded():
            return
        self._looks = kept
        with suppress(OSError):  # One line too many in the file does no harm: that file never looks the same again.
            self._save(kept)

    def _loaded(self) -> set[Look]:
        if self._looks is None:
            document = documents.read(self._path)
            looks = [Look.from_json(item) for item in document] if isinstance(document, list) else []
            self._looks = {look for look in looks if look is not None}
        return self._looks

    def _save(self, looks: set[Look]) -> None:
        ordered = sorted(looks, key=lambda look: look.name)
        documents.replace(self._path, [look.as_json() for look in ordered])


class Ages:
    """How long lock files have been there, in seconds, whatever the clock does meanwhile.

    The wall clock is asked once for each lock, when it is first seen (a time of the future
    counts as now); from then on a steady clock counts. So a clock that jumps makes no lock stale.
    """

    def __init__(self) -> None:
        self._seen: dict[str, tuple[tuple[int, int], float, float]] = {}

    def age(self, look: Look, now: datetime, steady: float) -> float:
        """Return the age of a lock that looks like this now."""
        identity = (look.inode, look.modified)
        seen = self._seen.get(look.name)
        if seen is None or seen[0] != identity:
            first = seconds_between(look.modified / 1e9, now)
            seen = self._seen[look.name] = (identity, first, steady)
        return seen[1] + steady - seen[2]

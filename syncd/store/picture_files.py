"""The bytes of user pictures, one file for each content, named by its SHA-256, for targets that will want them."""

import re
from collections import deque
from collections.abc import Container, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from syncd.core.errors import PassingError
from syncd.disk.durable import Writing, make_durably, sync, write_together

_PRIVATE = 0o600
_NAME = re.compile(r"[0-9a-f]{64}|\..+\.part")
_BATCH_FILES, _BATCH_BYTES = 128, 8 << 20
_HANDS = 4
"""Batches that are brought to the disk side by side: it waits for several in about the time that one takes."""


class PictureFiles:
    """Keeps pictures by their content. What is there already is not written again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, contents: Iterable[tuple[str, bytes]]) -> None:
        """Keep every content (its SHA-256, its bytes); all of them are durable when this returns.

        Raises:
            PassingError: the disk is full or refuses; no file is left half.
        """
        make_durably(self._folder, 0o700)
        waiting: deque[Future[None]] = deque()
        with ThreadPoolExecutor(_HANDS) as hands:
            for batch in _batches((digest, data) for digest, data in contents if not self._has(digest, data)):
                waiting.append(hands.submit(self._write, batch))
                if len(waiting) > _HANDS:
                    waiting.popleft().result()
            for each in waiting:
                each.result()
        try:
            # A file that a crash left here stands under its name, but maybe not yet for ever.
            sync(self._folder)
        except OSError as error:
            raise PassingError(f"the pictures could not be kept: {error.strerror}; syncd tries again") from error

    def others(self, used: Container[str]) -> list[Path]:
        """Return the files of contents that are not among these digests, and what was left of writing one."""
        names = (path for path in self._folder.glob("*") if _NAME.fullmatch(path.name))
        return sorted(path for path in names if path.name not in used)

    def _has(self, digest: str, data: bytes) -> bool:
        try:
            return (self._folder / digest).stat().st_size == len(data)
        except OSError:
            return False

    def _write(self, batch: dict[str, bytes]) -> None:
        write_together(
            [Writing(path=self._folder / digest, chunks=(data,), mode=_PRIVATE) for digest, data in batch.items()]
        )


def _batches(contents: Iterable[tuple[str, bytes]]) -> Iterator[dict[str, bytes]]:
    batch: dict[str, bytes] = {}
    size = 0
    written: set[str] = set()
    for digest, data in contents:
        if digest in written:
            continue
        written.add(digest)
        batch[digest] = data
        size += len(data)
        if len(batch) >= _BATCH_FILES or size >= _BATCH_BYTES:
            yield batch
            batch, size = {}, 0
    if batch:
        yield batch

"""A disk that refuses, a process that dies, and a file system that is full."""

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from syncd.disk import durable

STEPS = ("open", "fchmod", "fsync", "replace", "rename", "unlink")


class Killed(BaseException):
    """The process ends here; nothing is tidied up."""


@pytest.fixture
def interrupted() -> Callable[[int, BaseException], AbstractContextManager[list[str]]]:
    """Return a context in which the n-th call that changes the disk, counted from 0, raises instead."""

    @contextmanager
    def at(step: int, error: BaseException) -> Iterator[list[str]]:
        calls: list[str] = []

        def wrap(name: str, real: Callable[..., object]) -> Callable[..., object]:
            def call(*args: object, **named: object) -> object:
                calls.append(name)
                if len(calls) == step + 1:
                    raise error
                return real(*args, **named)

            return call

        with pytest.MonkeyPatch.context() as patch:
            for name in STEPS:
                patch.setattr(os, name, wrap(name, getattr(os, name)))
            if isinstance(error, Killed):
                patch.setattr(durable, "_discard", lambda part: None)
            yield calls

    return at


@pytest.fixture
def full() -> OSError:
    """Return what the system says when there is no room."""
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def killed() -> Killed:
    """Return what ends a process at once: no step after it is done, and no unfinished file is removed."""
    return Killed()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a file system of its own with 512 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)]
    try:
        done = subprocess.run(mounting, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if done.returncode:
        pytest.skip(f"mounting a small file system is not allowed here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)

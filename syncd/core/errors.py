"""Errors, sorted by what the engine does next.

    SyncdError
    ├── UsageError      stop the command: wrong usage or configuration (exit 2)
    ├── FileError       fail the file, go on with the next
    ├── PassingError    leave things as they are and try again later
    ├── RosterMoved     plan again: the plan was made for a roster that has changed since
    ├── LockedError     nothing was taken: the sender or another syncd has the folder (exit 5)
    └── FatalError      stop the process: going on could lose something

A row that fails raises nothing: it is a finding.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from syncd.core.findings import Finding


class SyncdError(Exception):
    """Base of all errors; the message is a sentence fit for an operator."""


class UsageError(SyncdError):
    """Wrong usage or configuration."""


class FileError(SyncdError):
    """This file cannot be worked as a whole; `findings` say why."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__("; ".join(f.message for f in findings))
        self.findings = findings


@contextmanager
def about_file(name: str) -> Iterator[None]:
    """Let findings say which of several files they are about; "" for the only one."""
    try:
        yield
    except FileError as error:
        if not name:
            raise
        raise FileError(*(replace(each, file=name) for each in error.findings)) from error


class PassingError(SyncdError):
    """A condition that may pass by itself: a full disk, a busy database."""


class RosterMoved(SyncdError):  # noqa: N818 - it says what happened, and plan and run stay as they are
    """The roster changed since the plan was made."""

    def __init__(self) -> None:
        super().__init__("the roster changed since the plan was made")


class LockedError(SyncdError):
    """The drop folder or the home is taken; nothing was done."""


class FatalError(SyncdError):
    """The process must stop."""

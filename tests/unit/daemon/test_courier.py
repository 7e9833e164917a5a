"""The courier: sends on its own thread, at once, again and again, and ends when it is told."""

import threading
import time
from collections.abc import Callable

from structlog.testing import capture_logs

from syncd.daemon.courier import Courier


class Letters:
    """Counts rounds; `answers` are what they return or raise, the last for ever."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.rounds = 0
        self.came = threading.Semaphore(0)

    def __call__(self, *, go_on: Callable[[], bool]) -> float | None:
        self.rounds += 1
        self.came.release()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def wait(self) -> None:
        assert self.came.acquire(timeout=60)


def test_it_looks_at_once_and_whenever_a_letter_comes():
    """An alarm at night should not wait for the next look."""
    letters, fresh = Letters(None), threading.Event()
    with Courier(letters, fresh):
        letters.wait()
        time.sleep(0.05)
        fresh.set()
        letters.wait()
    assert 2 == letters.rounds


def test_it_outlives_a_round_that_fails():
    """One bad answer must not be the last letter."""
    letters, fresh = Letters(ValueError("secret words"), None), threading.Event()
    with capture_logs() as logs, Courier(letters, fresh):
        letters.wait()
        time.sleep(0.05)
        fresh.set()
        letters.wait()
    assert [("letters not delivered", "error")] == [(line["event"], line["log_level"]) for line in logs]


def test_a_letter_that_is_due_but_cannot_go_does_not_make_it_spin(monkeypatch):
    """Another process may be sending."""
    monkeypatch.setattr("syncd.daemon.courier._PAUSE", 20.0)
    letters = Letters(0.0)
    with Courier(letters, threading.Event()):
        letters.wait()
        time.sleep(0.3)
    assert 1 == letters.rounds


def test_its_end_is_told_between_two_letters_and_not_waited_for_longer_than_allowed(monkeypatch):
    """SIGTERM must not wait ten minutes for a mail server."""
    monkeypatch.setattr("syncd.daemon.courier._FAREWELL", 0.2)
    going, stuck, begun = [], threading.Event(), threading.Event()

    def deliver(*, go_on: Callable[[], bool]) -> float | None:
        begun.set()
        stuck.wait(60)
        going.append(go_on())
        return None

    with Courier(deliver, threading.Event()):
        assert begun.wait(60)
        left = time.monotonic()
    assert time.monotonic() - left < 30
    stuck.set()

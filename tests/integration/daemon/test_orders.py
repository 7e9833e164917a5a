"""Who may tell a daemon what: signals, and whoever embeds it."""

import os
import signal
import threading

import pytest

from syncd.daemon.orders import by_signals

HEEDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_orders_to_stop_and_a_second_one_disturbs_nothing(number):
    """Whoever presses Ctrl-C twice must not cut off what the first one lets end."""
    with by_signals() as orders:
        assert not orders.stopped
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)
        assert orders.stopped


def test_a_hang_up_asks_once_for_the_settings():
    """They are read anew once for each time it is asked for, and nothing stops."""
    with by_signals() as orders:
        os.kill(os.getpid(), signal.SIGHUP)
        assert [True, False, False] == [orders.take_reread(), orders.take_reread(), orders.stopped]


def test_signal_handlers_are_given_back():
    """Whoever called must be able to be interrupted and hung up as before."""
    before = [signal.getsignal(number) for number in HEEDED]
    with by_signals():
        during = [signal.getsignal(number) for number in HEEDED]
    assert before == [signal.getsignal(number) for number in HEEDED]
    assert not set(before) & set(during)


def test_another_thread_hears_no_signals():
    """Python hands them to the main thread alone: there they stay whoever's they were."""
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def elsewhere() -> None:
        with by_signals() as orders:
            seen.append((orders.stopped, signal.getsignal(signal.SIGTERM)))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join(20)
    assert [(False, before)] == seen

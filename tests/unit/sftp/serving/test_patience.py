"""Making those wait who guess."""

import threading
from threading import Event

import pytest

from syncd.sftp.serving.patience import Patience


@pytest.fixture
def clock():
    """Give a clock that tests move."""
    return [0.0]


@pytest.fixture
def slept():
    """Give the list of the waits."""
    return []


@pytest.fixture
def patience(clock, slept):
    """Give a patience that does not really wait."""
    return Patience(lambda over, seconds: slept.append(seconds), lambda: clock[0])


def guess(patience, address="1.2.3.4", account="ladok"):
    """Guess wrong."""
    with patience.turn(address, Event()) as has_come:
        assert has_come
        patience.failed(address, account)


def test_each_failure_makes_the_next_answer_slower_up_to_three_seconds(patience, slept):
    """A hundred wrong passwords take minutes."""
    for _ in range(100):
        guess(patience)
    assert sorted(slept) == slept
    assert 3.0 == slept[-1]
    assert sum(slept) > 250


def test_others_do_not_wait(patience, slept):
    """One attacker must not lock out a school."""
    guess(patience)
    with patience.turn("5.6.7.8", Event()):
        assert [] == slept


def test_a_success_and_ten_minutes_forgive(patience, slept, clock):
    """People mistype."""
    guess(patience)
    patience.succeeded("1.2.3.4", "ladok")
    with patience.turn("1.2.3.4", Event()):
        assert [] == slept
    guess(patience, "b")
    clock[0] = 601
    guess(patience, "b")
    assert [] == slept


def test_a_success_forgives_nothing_of_other_accounts(patience, slept):
    """Who has an account could guess at all others between two logins of his own."""
    for account in ("ladok", "", "mine"):
        guess(patience, account=account)
    patience.succeeded("1.2.3.4", "mine")
    slept.clear()
    guess(patience)
    assert [0.2] == slept


def test_one_guess_of_an_address_is_made_at_a_time_and_in_order(patience):
    """Thirty connections must not guess thirty times as fast; and who came first is not passed over."""
    order, at_once, together = [], [], []
    begun = [Event() for _ in range(5)]

    def make(number):
        begun[number].set()
        with patience.turn("a", Event()):
            together.append(number)
            at_once.append(len(together))
            order.append(number)
            together.remove(number)

    with patience.turn("a", Event()):
        threads = []
        for number in range(5):
            threads.append(threading.Thread(target=make, args=(number,)))
            threads[-1].start()
            while len(patience._queues["a"]) < number + 2:
                begun[number].wait(0.01)
        assert [] == order
    for thread in threads:
        thread.join(10)
    assert ([0, 1, 2, 3, 4], [1] * 5) == (order, at_once)
    assert {} == patience._queues


def test_who_waits_leaves_when_the_connection_is_over(patience):
    """Else threads of connections that are long gone would pile up."""
    over, gave = Event(), []

    def wait():
        with patience.turn("a", over) as has_come:
            gave.append(has_come)

    with patience.turn("a", Event()):
        thread = threading.Thread(target=wait)
        thread.start()
        over.set()
        thread.join(10)
    assert [False] == gave


def test_the_memory_is_bounded(patience, slept):
    """Addresses are cheap."""
    for number in range(10_050):
        patience.failed(str(number), "")
    assert 10_000 == len(patience._failures)
    guess(patience, "0")
    assert [] == slept

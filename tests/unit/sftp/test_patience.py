"""Making those wait who guess."""

import pytest

from syncd.sftp.patience import Patience


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
    return Patience(slept.append, lambda: clock[0])


def test_each_failure_makes_the_next_answer_slower_up_to_three_seconds(patience, slept):
    """A hundred wrong passwords take minutes."""
    for _ in range(100):
        patience.wait("1.2.3.4")
        patience.failed("1.2.3.4")
    assert sorted(slept) == slept
    assert 3.0 == slept[-1]
    assert sum(slept) > 250


def test_others_do_not_wait(patience, slept):
    """One attacker must not lock out a school."""
    patience.failed("1.2.3.4")
    patience.wait("5.6.7.8")
    assert [] == slept


def test_a_success_and_ten_minutes_forgive(patience, slept, clock):
    """People mistype."""
    patience.failed("a")
    patience.succeeded("a")
    patience.wait("a")
    patience.failed("b")
    clock[0] = 601
    patience.wait("b")
    assert [] == slept


def test_the_memory_is_bounded(patience):
    """Addresses are cheap."""
    for number in range(10_050):
        patience.failed(str(number))
    assert 1 == patience.failed("0")
    assert 2 == patience.failed("10049")

"""Telling alike events seldom."""

from syncd.core.seldom import Seldom


def test_the_first_are_told_and_then_those_that_double_their_number():
    """A million alike lines say no more than twenty, and fill a disk."""
    seldom = Seldom()
    told = [count for _ in range(100) if (count := seldom.tells("x", 0.0))]
    assert [1, 2, 3, 4, 5, 8, 16, 32, 64] == told


def test_each_kind_is_counted_by_itself():
    """One that is told often hides no other."""
    seldom = Seldom()
    for _ in range(100):
        seldom.tells("x", 0.0)
    assert 1 == seldom.tells("y", 0.0)


def test_ten_quiet_minutes_begin_anew():
    """What comes back tomorrow is told again."""
    seldom = Seldom()
    for second in range(1000):
        seldom.tells("x", float(second))
    assert 0 == seldom.tells("x", 999 + 599.0)
    assert 1 == seldom.tells("x", 999 + 599 + 600.0)


def test_the_memory_is_bounded():
    """Kinds may be as many as there are addresses."""
    seldom = Seldom()
    for number in range(10_050):
        seldom.tells(str(number), 0.0)
    assert 10_000 == len(seldom._counts)
    assert (1, 2) == (seldom.tells("0", 0.0), seldom.tells("10049", 0.0))

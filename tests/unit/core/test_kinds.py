"""Kinds of record: their words, and what dialects declare."""

import pytest

from syncd.core.kinds import SPECS, Column, Kind, KindSpec, declare


def test_the_same_word_is_the_same_kind() -> None:
    """Kinds are compared by what they are; as text, in keys and in sentences, they are their words."""
    assert Kind("user") is Kind.USER
    assert ("user", str, {"user": 1}) == (f"{Kind.USER}", type(Kind.USER.value), {Kind.USER: 1})


def test_a_dialect_takes_no_kind_and_no_column_that_is_there() -> None:
    """Records of the one would be read as those of the other."""
    before = dict(SPECS)
    user = KindSpec(kind=Kind.USER, table="people", key=("id",), scope=("id", ""))
    with pytest.raises(ValueError, match=r"there already: user, course\.fullname$"):
        declare(user, columns={Kind.COURSE: (Column(name="fullname"), Column(name="credits"))})
    assert before == SPECS


def test_what_a_kind_refers_to_comes_before_it() -> None:
    """What comes first is created first and removed last."""
    order = list(SPECS)
    for kind, spec in SPECS.items():
        assert all(order.index(to) <= order.index(kind) for to in spec.refers().values()), kind

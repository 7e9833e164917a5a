"""Columns know their names, families and aliases."""

import pytest

from syncd.formats.columns import Column
from syncd.frames.rules import text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("course1", "course.1"),
        ("course12", "course.12"),
        ("course", None),
        ("course0", None),
        ("course01", None),
        ("coursex", None),
        ("course1000", None),
    ],
)
def test_a_numbered_column_takes_its_numbers_only(name: str, expected: str | None) -> None:
    """A loose pattern would let misspelt columns pass."""
    assert expected == Column("course<n>", "course", text()).field_of(name)


def test_a_number_may_stand_inside_and_within_bounds() -> None:
    """Columns such as teacher1_account and topic0 to topic52."""
    teacher = Column("teacher<n>_account", "account", text())
    assert ["account.3", None] == [teacher.field_of(name) for name in ("teacher3_account", "teacher_account")]
    topic = Column("topic<n>", "topic", text(), numbers=(0, 52))
    assert ["topic.0", "topic.52", None] == [topic.field_of(name) for name in ("topic0", "topic52", "topic53")]


def test_an_alias_means_the_same_column() -> None:
    """Documentation and code of the model system name the profile columns differently."""
    profile = Column("profile_field_<name>", "profile", text(), aliases=("user_profile_<name>",))
    names = ("profile_field_site", "user_profile_site", "profile_field_")
    assert ["profile.site", "profile.site", None] == [profile.field_of(name) for name in names]


def test_spellings_give_families_by_number_and_leave_open_ones_out() -> None:
    """They tell the delimiter and suggest the nearest known name."""
    column = Column("g<n>", "group", text(), aliases=("grp<n>",), numbers=(1, 2))
    assert ["g1", "g2", "grp1", "grp2"] == column.spellings((0, 1, 2, 3))
    assert [] == Column("profile_field_<name>", "profile", text()).spellings((1,))
    assert ["cmd"] == Column("cmd", "verb", text()).spellings(())

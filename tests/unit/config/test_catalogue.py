"""The settings as a list."""

import pytest

from syncd.config.catalogue import children, settings, value_at


def test_every_setting_says_what_it_is() -> None:
    """The file that `syncd init` writes is read without a manual."""
    assert [] == [path for path, setting in settings().items() if not setting.description.endswith(".")]


def test_no_two_settings_share_a_variable() -> None:
    """Underscores separate and stand within names; a clash would set the wrong one."""
    variables = [setting.variable for setting in settings().values()]
    assert len(variables) == len(set(variables))


def test_the_variable_of_a_setting_is_its_path() -> None:
    """Nobody should have to look it up."""
    assert "SYNCD_LIMITS_COHORT_MEMBER_REMOVALS_PERCENT" == settings()["limits.cohort_member.removals.percent"].variable


def test_the_children_of_a_table_are_its_names_once() -> None:
    """Suggestions for a misspelt name come from here."""
    names = children("")
    assert {"store", "drop", "roster", "school_days", "limits", "moodle", "feed"} <= set(names)
    assert len(names) == len(set(names))
    assert ["count", "percent"] == children("limits.user.growth")


@pytest.mark.parametrize("path", ["a.b.c", "a.x", "x"])
def test_a_value_that_is_not_there_is_a_key_error(path: str) -> None:
    """A default and a value that happens to equal it have different origins."""
    with pytest.raises(KeyError):
        value_at({"a": {"b": 1}}, path)

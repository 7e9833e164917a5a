"""From tables and environment to settings, or to all that is wrong with them."""

from datetime import timedelta
from typing import Any

import pytest

from syncd.config.loading import resolve
from syncd.config.problems import ConfigError

PLACE = "config/syncd.toml"


def problems(tables: dict[str, Any], environment: dict[str, str] | None = None) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        resolve(tables, environment or {}, PLACE)
    return {problem.path: problem.message for problem in caught.value.problems}


def test_nothing_configured_gives_the_defaults() -> None:
    """An empty home works."""
    loaded = resolve({}, {}, PLACE)
    assert {"default"} == set(loaded.origins.values())
    assert timedelta(hours=3) == loaded.settings.drop.stale_after


def test_each_value_tells_where_it_comes_from() -> None:
    """The first question when a setting seems to do nothing."""
    loaded = resolve({"drop": {"quiet": "9s", "rescan": "9s"}}, {"SYNCD_DROP_RESCAN": "1m"}, PLACE)
    assert ("file", "environment SYNCD_DROP_RESCAN", "default") == (
        loaded.origins["drop.quiet"],
        loaded.origins["drop.rescan"],
        loaded.origins["drop.polling"],
    )
    assert ("9s", "1m") == (loaded.shown()["drop.quiet"], loaded.shown()["drop.rescan"])


def test_the_environment_sets_every_type_of_value() -> None:
    """A container is configured without a file."""
    environment = {
        "SYNCD_DROP_POLLING": "yes",
        "SYNCD_ROSTER_PROTECTED_USERS": "admin, root",
        "SYNCD_ROSTER_METHODS": '["manual"]',
        "SYNCD_ROSTER_ROLES": "{ student = 9 }",
        "SYNCD_LIMITS_USER_REMOVALS_COUNT": "7",
        "SYNCD_LIMITS_USER_REMOVALS_PERCENT": "none",
        "SYNCD_MOODLE_FORCE_UPDATE": "no",
    }
    settings = resolve({"limits": {"user": {"removals": {"count": 1}}}}, environment, PLACE).settings
    assert settings.drop.polling
    assert (("admin", "root"), ("manual",)) == (settings.roster.protected_users, settings.roster.methods)
    assert {"student": 9} == settings.roster.roles
    removals = settings.limit_tables.user.removals
    assert (7, None) == (removals.count, removals.percent)
    assert {"force_update": "no"} == settings.options_of("moodle")


def test_reading_does_not_change_the_tables_of_the_file() -> None:
    """They may be read again with another environment."""
    tables: dict[str, Any] = {"drop": {"quiet": "9s"}}
    resolve(tables, {"SYNCD_DROP_QUIET": "1m"}, PLACE)
    assert {"drop": {"quiet": "9s"}} == tables


def test_every_error_is_named_at_once_with_its_path() -> None:
    """One round of mending, not one for each mistake."""
    tables = {
        "drop": {"quiet": "soon", "rescan": 0, "polling": "perhaps"},
        "limits": {"user": {"removals": {"percent": 101, "count": True}}},
        "roster": {"roles": {"student": "x"}, "methods": [], "time_zone": "Mars/Base", "data_source": " "},
        "moodle": {"empty_means": "delete"},
        "store": {"url": "mysql://h/x"},
    }
    assert {
        "drop.quiet",
        "drop.rescan",
        "drop.polling",
        "limits.user.removals.percent",
        "limits.user.removals.count",
        "roster.roles.student",
        "roster.methods",
        "roster.time_zone",
        "roster.data_source",
        "moodle.empty_means",
        "store.url",
    } == set(problems(tables))


def test_an_error_says_what_is_there_and_what_it_takes() -> None:
    """Promise 10: what, where, why, and what to do."""
    found = problems({"limits": {"user": {"removals": {"percent": 101}}}, "moodle": {"empty_means": "delete"}})
    assert "it is 101; it must be at most 100" == found["limits.user.removals.percent"]
    assert 'it is "delete"; it takes clear or keep' == found["moodle.empty_means"]


@pytest.mark.parametrize(
    ("tables", "path", "near"),
    [
        ({"dorp": {}}, "dorp", "drop"),
        ({"drop": {"quite": 1}}, "drop.quite", "quiet"),
        ({"limits": {"usr": {}}}, "limits.usr", "user"),
        ({"limits": {"user": {"removal": {}}}}, "limits.user.removal", "removals"),
        ({"moodle": {"force_updates": True}}, "moodle.force_updates", "force_update"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_known_one(tables: dict[str, Any], path: str, near: str) -> None:
    """A setting that is misspelt and ignored is worse than one that is missing."""
    assert f"there is no such setting; did you mean {near}?" == problems(tables)[path]


def test_an_error_out_of_the_environment_names_the_variable() -> None:
    """Who looks into the file finds nothing wrong there."""
    assert "drop.quiet (SYNCD_DROP_QUIET)" in problems({}, {"SYNCD_DROP_QUIET": "soon"})


@pytest.mark.parametrize("text", ['["manual"', "{manual}", "[manual]"])
def test_a_list_that_is_not_closed_is_no_list_of_names(text: str) -> None:
    """Its brackets must not become part of a name."""
    found = problems({}, {"SYNCD_ROSTER_METHODS": text})
    assert "it takes a list of names" in found["roster.methods (SYNCD_ROSTER_METHODS)"]


def test_a_variable_that_is_called_like_a_table_is_an_error() -> None:
    """Whoever set it meant something; what a cluster sets for a service of the name means nothing here."""
    assert ["SYNCD_MOODLE"] == list(problems({}, {"SYNCD_MOODLE": "1", "SYNCD_PORT_22_TCP": "tcp://10.0.0.1:22"}))


def test_a_misspelt_variable_is_an_error_beside_those_of_the_file() -> None:
    """It would be silently without effect."""
    found = problems({"drop": {"quiet": "soon"}}, {"SYNCD_DROP_RESCNA": "1m"})
    assert {"drop.quiet", "SYNCD_DROP_RESCNA"} == set(found)
    assert "did you mean SYNCD_DROP_RESCAN?" in found["SYNCD_DROP_RESCNA"]


def test_variables_that_mean_something_else_are_left_alone() -> None:
    """SYNCD_HOME is the command line's; others may be a test's or a container's."""
    assert resolve({}, {"SYNCD_HOME": "/srv/h", "SYNCD_TRACEBACK": "1", "HOME": "/root"}, PLACE)


def test_a_value_where_a_table_should_be_is_said() -> None:
    """The environment must not hide it."""
    assert {"drop": "it is 3; it takes a table"} == problems({"drop": 3}, {"SYNCD_DROP_QUIET": "1m"})


def test_an_error_in_the_database_address_does_not_repeat_it() -> None:
    """Promise 9: it may hold a password."""
    assert "geheim" not in str(problems({"store": {"url": "postgres://me:geheim@h/x"}}))


def test_the_message_names_the_file_and_counts() -> None:
    """It is printed as it stands."""
    with pytest.raises(ConfigError, match=r"^the configuration \(config/syncd.toml\) has 2 errors\n  drop"):
        resolve({"drop": {"quiet": "soon", "rescan": 0}}, {}, PLACE)

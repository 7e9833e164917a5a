"""The settings themselves."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import tzlocal
from pydantic import ValidationError

from syncd.config.dialects import options_table
from syncd.config.home import Home
from syncd.config.limits import Limits
from syncd.config.models import Roster, Settings, Store
from syncd.core.errors import UsageError
from syncd.core.kinds import SPECS, Kind
from syncd.core.limits import Direction, Limit
from syncd.dialects.moodle.options import MoodleOptions
from syncd.formats.options import settable

ENTITIES = {Kind.USER, Kind.COURSE, Kind.CATEGORY, Kind.COHORT}


def test_every_kind_of_record_has_limits() -> None:
    """A kind without limits could be emptied by one cut file."""
    assert {kind.value for kind in SPECS} == set(Limits.model_fields)


def test_removals_are_limited_without_any_configuration() -> None:
    """Promise 6 holds from the first hour; growth and updates are free until somebody limits them."""
    expected = {
        (kind, Direction.REMOVALS): Limit(count=50, percent=5) if kind in ENTITIES else Limit(count=1000, percent=10)
        for kind in SPECS
    }
    assert expected == Settings().limits()


def test_one_bound_of_a_limit_is_changed_without_the_other() -> None:
    """Who raises the count has said nothing about the percentage."""
    settings = Settings.model_validate({"limits": {"user": {"removals": {"count": 900}, "growth": {"percent": 20}}}})
    assert Limit(count=900, percent=5) == settings.limits()[Kind.USER, Direction.REMOVALS]
    assert Limit(percent=20) == settings.limits()[Kind.USER, Direction.GROWTH]


def test_none_takes_a_limit_away() -> None:
    """TOML has no null, so a word says it."""
    settings = Settings.model_validate({"limits": {"group": {"removals": {"count": "none", "percent": "none"}}}})
    assert (Kind.GROUP, Direction.REMOVALS) not in settings.limits()


def test_settings_do_not_change_after_reading() -> None:
    """What was checked is what is in force."""
    with pytest.raises(ValidationError, match="frozen"):
        Settings().drop.polling = True  # type: ignore[misc]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///state/syncd.db", "sqlite:////srv/h/state/syncd.db"),
        ("sqlite:////var/lib/roster.db", "sqlite:////var/lib/roster.db"),
        ("postgresql://me@host/db", "postgresql://me@host/db"),
    ],
)
def test_a_relative_database_lies_in_the_home(url: str, expected: str) -> None:
    """A daemon started from anywhere opens the same roster."""
    assert expected == Store(url=url).url_for(Home(Path("/srv/h")))


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://h/x", "postgresql://h:port/x", "roster.db", ""]
)
def test_a_database_that_could_not_hold_the_roster_is_refused(url: str) -> None:
    """A roster in memory is gone after each run."""
    with pytest.raises(ValidationError, match="it takes"):
        Store(url=url)


def test_the_password_of_the_database_is_neither_in_the_repr_nor_in_an_error() -> None:
    """Promise 9: logs print reprs."""
    store = Store(url="postgresql://me:geheim@host/db")
    assert "geheim" not in repr(store)
    assert "geheim" not in str(store.model_dump())
    with pytest.raises(ValidationError) as caught:
        Store(url="postgres://me:geheim@host/db")
    assert "geheim" not in str(caught.value)


def test_the_zone_is_the_one_that_is_set() -> None:
    """Dates in files mean the school's time."""
    assert ZoneInfo("Europe/Stockholm") == Roster(time_zone="Europe/Stockholm").zone()


def test_the_zone_is_the_systems_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is set up right needs no setting."""
    monkeypatch.delenv("TZ", raising=False)
    monkeypatch.setattr(tzlocal, "get_localzone_name", lambda: "Asia/Tokyo")
    assert ZoneInfo("Asia/Tokyo") == Roster().zone()


@pytest.mark.parametrize("name", [None, "CET-1CEST", "local/../x"])
def test_a_system_without_a_known_zone_is_said(monkeypatch: pytest.MonkeyPatch, name: str | None) -> None:
    """A guess would shift every date by hours."""
    monkeypatch.delenv("TZ", raising=False)
    monkeypatch.setattr(tzlocal, "get_localzone_name", lambda: name)
    with pytest.raises(UsageError, match="set time_zone"):
        Roster().zone()


@pytest.mark.parametrize("name", ["EST5EDT", "GMT", "Antarctica/Troll", ":Asia/Tokyo"])
def test_the_environment_names_the_systems_zone(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """As it does for every other program that is started so, whatever /etc/timezone says."""
    monkeypatch.setenv("TZ", name)
    monkeypatch.setattr(tzlocal, "get_localzone_name", lambda: "Europe/Stockholm")
    assert ZoneInfo(name.lstrip(":")) == Roster().zone()


@pytest.mark.parametrize("name", ["CET-1CEST,M3.5.0,M10.5.0/3", "Factory", "posix/Europe/Paris"])
def test_an_environment_without_a_known_zone_is_said(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The zone of /etc/timezone would be another one than the operator's."""
    monkeypatch.setenv("TZ", name)
    with pytest.raises(UsageError, match="set time_zone"):
        Roster().zone()


def test_the_moodle_table_has_exactly_the_options_of_the_dialect() -> None:
    """What `--option` takes can be configured, and nothing else."""
    assert set(settable(MoodleOptions)) == set(options_table("moodle").model_fields)


def test_moodle_options_that_are_not_set_are_left_to_the_dialect() -> None:
    """The default of an option may depend on the file."""
    assert {} == Settings().options_of("moodle")


def test_moodle_options_come_out_as_the_command_line_takes_them() -> None:
    """One way in for both: the dialect reads text."""
    table = {"force_update": False, "delimiter": "tab", "user_identifier": "EMAIL", "protect_groups": "no"}
    options = MoodleOptions.from_text(Settings.model_validate({"moodle": table}).options_of("moodle"))
    assert MoodleOptions(force_update=False, delimiter="\t", user_identifier="email", protect_groups=False) == options

"""Feeds as settings."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from syncd.config.catalogue import feed_settings
from syncd.config.feeds import FeedTable
from syncd.config.loading import Loaded, resolve
from syncd.config.problems import ConfigError
from syncd.core.calendars import Calendar, holiday
from syncd.core.kinds import Kind
from syncd.core.limits import Direction, Limit

ZONE = ZoneInfo("Europe/Stockholm")


def loaded(*feeds: dict[str, Any], **tables: Any) -> Loaded:
    return resolve(
        {**tables, "feed": [{"name": f"f{n}", "files": "*", **feed} for n, feed in enumerate(feeds)]}, {}, ""
    )


def feed(**settings: Any) -> FeedTable:
    return loaded(settings).settings.feed_tables[0]


def problems(*feeds: dict[str, Any], **tables: Any) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        loaded(*feeds, **tables)
    return {problem.path: problem.message for problem in caught.value.problems}


def test_a_feed_needs_a_name_and_files_only() -> None:
    """The rest has defaults: taken on arrival, recognised by itself, reported, archived, not waited for."""
    (found,) = loaded({}).settings.feeds()
    assert ("arrival", "", {}, True, True, True) == (
        found.schedule,
        found.object,
        found.options,
        found.keeps.report,
        found.keeps.tryback,
        found.keeps.archive,
    )
    assert None is feed().due_in(ZONE)
    assert {"feed[1].name": "it must be set", "feed[1].files": "it must be set"} == problems_of([{}])


def problems_of(feeds: list[dict[str, Any]]) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        resolve({"feed": feeds}, {}, "")
    return {problem.path: problem.message for problem in caught.value.problems}


def test_errors_of_all_feeds_are_named_at_once_each_with_its_place() -> None:
    """Counted as a person counts, so that the second table is feed[2]."""
    found = problems(
        {"schedule": "at night"},
        {"name": "f0", "files": ["ok.csv", "a/b"], "options": {"force_updates": True}},
        {"object": "user", "due": "7", "calendar": "monday", "grace": "-1s", "limits": {"usr": {}}},
        drop={"quiet": "soon"},
    )
    assert {
        "drop.quiet",
        "feed[1].schedule",
        "feed[2].name",
        "feed[2].files[2]",
        "feed[2].options.force_updates",
        "feed[3].object",
        "feed[3].due",
        "feed[3].calendar",
        "feed[3].grace",
        "feed[3].limits.usr",
    } == set(found)
    assert "feed[1] has that name" in found["feed[2].name"]
    assert "there is no such setting; did you mean force_update?" == found["feed[2].options.force_updates"]


@pytest.mark.parametrize("name", ["", " ", "a/b", "a\nb", "x" * 65, "-x"])
def test_a_name_is_fit_for_a_command_line_and_a_file(name: str) -> None:
    """It stands in both."""
    assert ["feed[1].name"] == list(problems({"name": name}))


@pytest.mark.parametrize("name", ["users", "Åsa's", "hr users-2.nightly"])
def test_letters_are_not_only_english(name: str) -> None:
    """People name things in their language; an apostrophe is none of the letters."""
    if "'" in name:
        assert ["feed[1].name"] == list(problems({"name": name}))
    else:
        assert name == feed(name=name).name


@pytest.mark.parametrize("value", ["users*.csv", ["users*.csv"]])
def test_one_pattern_needs_no_list(value: Any) -> None:
    """Most feeds have one; a comma may belong to it."""
    assert ("users*.csv",) == feed(files=value).files
    assert ("a,b.csv",) == feed(files="a,b.csv").files


@pytest.mark.parametrize("pattern", ["_users.csv", ".users*", "users*.tmp", "*.PART", "*~"])
def test_a_feed_whose_files_are_never_taken_is_refused(pattern: str) -> None:
    """Hidden names and those of unfinished uploads stay in sync/ for ever."""
    assert "never taken" in problems({"files": pattern})["feed[1].files[1]"]


def test_encoding_and_delimiter_are_options_too_and_said_once() -> None:
    """Said twice, one of them would be without effect."""
    assert {"encoding": "cp1252", "delimiter": "\t", "force_update": "no"} == dict(
        feed(encoding="CP1252", delimiter="tab", options={"force_update": False})
        .as_feed(loaded().settings.limit_tables)
        .options
    )
    assert "said twice" in problems({"encoding": "cp1252", "options": {"encoding": "utf-16"}})["feed[1]"]


def test_limits_of_a_feed_stand_over_those_of_the_home_value_by_value() -> None:
    """Who raises the count of users in one feed has said nothing about percentages, courses, or other feeds."""
    found = loaded(
        {"limits": {"user": {"removals": {"count": 900}}}},
        {},
        limits={"user": {"removals": {"percent": 7}}, "course": {"removals": {"count": 3}}},
    ).settings.feeds()
    removals = [each.limits[Kind.USER, Direction.REMOVALS] for each in found]
    assert [Limit(count=900, percent=7), Limit(count=50, percent=7)] == removals
    assert {Limit(count=3, percent=5)} == {each.limits[Kind.COURSE, Direction.REMOVALS] for each in found}


def test_a_time_of_the_day_is_due_every_day_in_the_zone() -> None:
    """07:00 is what people say."""
    assert ("0 7 * * *", "07:05") == (feed(due="7:00").due_in(ZONE).words, feed(due="7:05").due)  # type: ignore[union-attr]
    assert "30 6 * * mon" == feed(due=" 30  6 * * mon ").due_in(ZONE).words  # type: ignore[union-attr]


def test_a_schedule_is_a_word_or_a_cron_expression() -> None:
    """Arrival and hand have no times."""
    assert (None, None) == (feed().schedule_in(ZONE), feed(schedule="Hand").schedule_in(ZONE))
    assert "0 2 * * *" == feed(schedule="0 2  * * *").schedule_in(ZONE).words  # type: ignore[union-attr]


def test_a_calendar_is_said_in_words_days_or_a_table() -> None:
    """School days are said once for all feeds."""
    school = {"days": "mon-fri", "holidays": ["2026-12-21..2027-01-06"]}
    found = loaded(
        {"calendar": "school days"},
        {"calendar": "mon, sun"},
        {"calendar": {"holidays": ["2027-05-13"]}},
        {"calendar": "Every Day"},
        school_days=school,
    ).settings
    assert [
        Calendar(weekdays=frozenset(range(5)), holidays=(holiday("2026-12-21..2027-01-06"),)),
        Calendar(weekdays=frozenset({0, 6})),
        Calendar(holidays=(holiday("2027-05-13"),)),
        Calendar(),
    ] == [found.calendar_of(table) for table in found.feed_tables]


@pytest.mark.parametrize("calendar", [{"day": "mon"}, {"days": "moon"}, {"holidays": "soon"}, 3, ["mon"]])
def test_a_calendar_that_is_none_is_refused(calendar: Any) -> None:
    """A typing error in it would silence the alarm."""
    (path,) = problems({"calendar": calendar})
    assert path.startswith("feed[1].calendar")


def test_a_feed_that_is_never_due_is_refused() -> None:
    """Due on Saturdays of a school week, it would never be missed."""
    assert "never falls" in problems({"due": "0 7 * * sat", "calendar": "mon-fri"})["feed[1].due"]


def test_retention_of_a_feed_that_says_none_is_for_ever_and_one_that_says_nothing_follows_the_home() -> None:
    """Both are written without a number."""
    home = timedelta(days=9)
    assert None is feed(keep_reports="none").kept("reports", home)
    assert (timedelta(days=3), home) == (feed(keep_archives="3d").kept("archives", home), feed().kept("reports", home))


def test_what_a_feed_leaves_to_the_home_is_not_shown_as_its_own() -> None:
    """`config show` must not name a limit of the feed that is not in force."""
    shown = loaded({"limits": {"user": {"growth": {"count": 3}}}, "calendar": "mon-fri"})
    values = {path: value for path, value in shown.shown().items() if path.startswith("feed")}
    assert (3, "mon-fri", "arrival") == (
        values["feed[1].limits.user.growth.count"],
        values["feed[1].calendar"],
        values["feed[1].schedule"],
    )
    assert {"limits.user.growth.count"} == {path[8:] for path in values if ".limits." in path or ".options." in path}
    assert ("file", "default") == (shown.origins["feed[1].calendar"], shown.origins["feed[1].schedule"])


def test_every_setting_of_a_feed_says_what_it_is_and_its_examples_work() -> None:
    """The remark in the settings file is all that most people read."""
    assert [] == [path for path, setting in feed_settings().items() if not setting.description.endswith(".")]
    for path, setting in feed_settings().items():
        for example in setting.examples:
            table: Any = example
            for name in reversed(path.split(".")[1:]):
                table = {name: table}
            assert loaded(table), path


@pytest.mark.parametrize(("name", "value"), [("owns", [" "]), ("owns", ["a\0b"]), ("owns", [""]), ("data_source", " ")])
def test_a_data_source_has_a_name(name: str, value: object) -> None:
    """A blank one would silently be that of the home, or of nobody."""
    ((path, message),) = problems({name: value}).items()
    assert path.startswith(f"feed[1].{name}")
    assert "it takes a name" in message

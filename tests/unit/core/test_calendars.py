"""On which days something is expected."""

from datetime import date

import pytest

from syncd.core.calendars import Calendar, holiday, spoken, weekdays


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("Mon, wed,FRI", {0, 2, 4}),
        ("sat-mon", {5, 6, 0}),
        ("tue", {1}),
        ("mon-sun", {0, 1, 2, 3, 4, 5, 6}),
    ],
)
def test_days_of_the_week_are_written_as_people_write_them(text: str, expected: set[int]) -> None:
    """A week may begin anywhere."""
    assert expected == weekdays(text)
    assert expected == weekdays(spoken(frozenset(expected)))


@pytest.mark.parametrize("text", ["", "monday", "mon-", "1-5", "mon fri", "mon,,fri"])
def test_what_is_no_day_is_refused(text: str) -> None:
    """A feed that is never due because of a typing error would never be missed."""
    with pytest.raises(ValueError, match="mon-fri"):
        weekdays(text)


def test_both_ends_of_a_holiday_are_off() -> None:
    """That is what a school's letter means."""
    calendar = Calendar(weekdays=weekdays("mon-fri"), holidays=(holiday("2026-12-21..2027-01-06"),))
    days = {day: calendar.holds(date.fromisoformat(day)) for day in ("2026-12-18", "2026-12-21", "2027-01-06")}
    assert {"2026-12-18": True, "2026-12-21": False, "2027-01-06": False} == days
    assert (True, False) == (calendar.holds(date(2027, 1, 7)), calendar.holds(date(2027, 1, 9)))


def test_a_date_of_toml_is_a_holiday_too() -> None:
    """TOML knows dates without quotes."""
    assert (date(2027, 5, 13), date(2027, 5, 13)) == holiday(date(2027, 5, 13))


@pytest.mark.parametrize("value", ["13.5.2027", "2027-05-13..", "2027-02-30", "2027-05-13..2027-05-12", 7])
def test_a_holiday_that_is_none_is_refused(value: object) -> None:
    """Reversed ends would be a holiday of no days."""
    with pytest.raises(ValueError, match=r"it takes days|ends before"):
        holiday(value)

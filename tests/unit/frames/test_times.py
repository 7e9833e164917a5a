"""Times are read in every form that is unambiguous, and in no other."""

import pytest
from ruled import applied

from syncd.frames.times import time


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1756706400", 1756706400),
        ("0", 0),
        ("2025-09-01", 1756677600),
        ("2025-09-01 08:00", 1756706400),
        ("2025-09-01 08:00:30", 1756706430),
        ("2025-09-01T08:00", 1756706400),
        ("2025-09-01T08:00:30", 1756706430),
        ("01.09.2025", 1756677600),
        ("01.09.2025 08:00", 1756706400),
        ("01.09.2025 08:00:30", 1756706430),
        ("2024-02-29", 1709161200),
        ("1973-03-04", 100047600),
        *(
            (day, None)
            for day in ("1973-03-03", "1969-12-31 23:00", "1970-01-01", "0001-01-01", "1899-12-30", "01.01.1601")
        ),
        ("2025-09-01T06:00:00Z", 1756706400),
        ("2025-09-01 06:00Z", 1756706400),
        ("2025-09-01T08:00:00+02:00", 1756706400),
        ("2025-09-01 08:00:00 +0200", 1756706400),
        ("2025-09-01 03:30-02:30", 1756706400),
        ("01.09.2025 08:00:00.999+02", 1756706400),
        ("2025-09-01 08:00:00.000", 1756706400),
        ("2025-09-01T06:00:00,5Z", 1756706400),
        ("1756706400.75", 1756706400),
        ("100000000", 100000000),
        ("0.0", 0),
        ("", None),
    ],
)
def test_a_time_becomes_unix_seconds_of_the_local_zone(written: str, expected: int | None) -> None:
    """Schools write local dates, the roster holds instants."""
    assert [expected] == applied(time("Europe/Paris"), written).values


@pytest.mark.parametrize(
    "written",
    [
        "2025-02-30",
        "2025-13-01",
        "31.04.2025",
        "2025-09-01 24:00",
        "2025-09-01 08:60",
        "2025-09-01 08:00:60",
        "01/09/2025",
        "2025-9-1",
        "20250901",
        "46266",
        "46266.5",
        "2026",
        "99999999",
        "1",
        "00",
        "0000-00-00 00:00:00",
        "2025-09-01Z",
        "2025-09-01 08:00:00+25:00",
        "2025-09-01 08:00.5.5",
        "1.75670640E+09",
        "tomorrow",
        "-5",
        "175670640000",
        "2025-09-01 08:00:00 extra",
    ],
)
def test_what_is_no_date_or_could_be_two_is_refused(written: str) -> None:
    """A date that is guessed wrongly moves a term."""
    outcome = applied(time("Europe/Paris"), written)
    assert [None] == outcome.values
    (message,) = outcome.said.values()
    assert message.startswith(f"c is '{written}'; it takes YYYY-MM-DD or DD.MM.YYYY")
    assert ("the day number of a spreadsheet (2026-09-01)" in message) == written.startswith("46266")


def test_no_times_are_a_column_of_numbers() -> None:
    """A file of which every row is known leaves nothing to read."""
    assert [] == applied(time("UTC")).values


def test_hours_that_the_clock_skips_or_repeats_have_one_meaning() -> None:
    """Two nights a year must not fail a file."""
    outcome = applied(time("Europe/Paris"), "2025-03-30 02:30", "2025-10-26 02:30")
    assert [1743298200, 1761438600] == outcome.values


def test_the_same_date_is_another_instant_in_another_zone() -> None:
    """The zone is an argument, not the machine's."""
    assert [1756684800] == applied(time("UTC"), "2025-09-01").values

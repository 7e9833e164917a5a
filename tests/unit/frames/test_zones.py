"""Local times as instants, whole columns at a time."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from syncd.core import zones
from syncd.frames.zones import in_zone

_EPOCH = datetime.fromisoformat("1970-01-01")
_ODD = ("Australia/Lord_Howe", "Africa/Casablanca", "America/Sao_Paulo", "Asia/Gaza", "Pacific/Apia", "Europe/London")


def instants(zone: str, *moments: datetime | None) -> list[int | None]:
    column = pl.DataFrame({"m": pl.Series(moments, dtype=pl.Datetime("ms"))})
    return column.select(in_zone(pl.col("m"), zone)).to_series().to_list()


def expected(zone: ZoneInfo, moment: datetime) -> int:
    offset = moment.replace(tzinfo=zone).utcoffset()
    assert offset is not None
    return (moment - offset - _EPOCH) // timedelta(seconds=1)


@pytest.mark.parametrize("zone", ["Europe/Stockholm", "America/Vancouver", *_ODD])
@pytest.mark.parametrize("year", [1916, 2011, 2026, 2100])
def test_a_column_is_converted_as_python_converts_each_time(zone: str, year: int) -> None:
    """Every half hour of the year, and the second before it: so also each change of the clock.

    Zones: half an hour of summer time, a Ramadan without it, midnights that do not exist, a day that was left out.
    """
    hours = [datetime.fromisoformat(f"{year}-01-01") + timedelta(minutes=30 * half) for half in range(48 * 365)]
    moments = [moment + timedelta(seconds=seconds) for moment in hours for seconds in (-1, 0)]
    rules = zones.named(zone)
    assert [expected(rules, moment) for moment in moments] == instants(zone, *moments)


def test_a_time_that_the_clock_skips_is_later_and_one_that_it_repeats_is_the_first() -> None:
    """Two nights a year must not fail a file; where half an hour is skipped, the time is half an hour later."""
    assert [1743298200, 1761438600] == instants(
        "Europe/Paris", datetime.fromisoformat("2025-03-30 02:30"), datetime.fromisoformat("2025-10-26 02:30")
    )
    assert [1791042300] == instants("Australia/Lord_Howe", datetime.fromisoformat("2026-10-04 02:15"))


def test_the_laws_of_2026_hold() -> None:
    """The tables in polars are older: they have these an hour off."""
    noon = datetime.fromisoformat("2026-12-01 12:00")
    assert {
        "America/Vancouver": [1796151600],
        "America/Edmonton": [1796148000],
        "America/Winnipeg": [1796144400],
        "Africa/Casablanca": [1796126400],
    } == {
        zone: instants(zone, noon)
        for zone in ("America/Vancouver", "America/Edmonton", "America/Winnipeg", "Africa/Casablanca")
    }


def test_what_is_no_time_stays_null_and_the_ends_of_the_calendar_hold() -> None:
    """9999-12-31 stands for never in many systems; the year 0 is none of the calendar."""
    column = pl.DataFrame({"m": ["9999-12-31 23:59:59", "0001-01-01 00:00:00", "0000-06-01 00:00:00", None]})
    moments = pl.col("m").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="ms")
    assert [253402300799, -62135596800, None, None] == column.select(in_zone(moments, "UTC")).to_series().to_list()
    assert [None, None] == instants("UTC", None, None)
    assert [] == instants("UTC")


def test_fractions_of_a_second_are_dropped_towards_the_past() -> None:
    """Also before 1970, so that the order of times holds."""
    assert [-1, 0, 1] == instants(
        "UTC", *(_EPOCH + timedelta(milliseconds=milliseconds) for milliseconds in (-500, 500, 1500))
    )

"""Time zones: which names are zones, and whose rules hold."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from syncd.core import zones


@pytest.mark.parametrize("name", ["Europe/Stockholm", "UTC", "America/Argentina/Buenos_Aires", "EST5EDT", "Etc/GMT+5"])
def test_a_name_of_the_tz_database_is_a_zone(name: str) -> None:
    """Old names stay in use for decades."""
    assert ZoneInfo(name) is zones.named(name)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("localtime", "system"),
        ("posixrules", "system"),
        ("Factory", "system"),
        ("posix/Europe/Stockholm", "Europe/Stockholm"),
        ("right/America/Vancouver", "America/Vancouver"),
        ("posix/localtime", "system"),
        ("posix/Factory", "system"),
        ("europe/stockholm", "Europe/Stockholm"),
        ("EUROPE/STOCKHOLM", "Europe/Stockholm"),
        ("Europe/Stokholm", "Europe/Stockholm"),
        ("Stockholm", "Europe/Stockholm"),
        ("America/New York", "America/New_York"),
        ("utc", "UTC"),
    ],
)
def test_what_is_nearly_a_zone_is_refused_with_the_zone_that_is_meant(name: str, meant: str) -> None:
    """Some of these are files on most machines, but another thing on each, or off by the leap seconds."""
    with pytest.raises(ValueError, match=f'did you mean "{meant}"'):
        zones.named(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "CEST",
        "UTC+1",
        "GMT+2",
        "Etc/GMT+19",
        "CET-1CEST",
        "/etc/localtime",
        "../UTC",
        "Europe",
        "tzdata.zi",
        "Mars/Base",
    ],
)
def test_a_name_near_to_no_zone_is_refused_without_a_guess(name: str) -> None:
    """A zone an hour off is worse than none; folders, paths and offsets are no zones."""
    with pytest.raises(ValueError, match=r'Europe/Stockholm"$'):
        zones.named(name)


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        ("America/Vancouver", -7),
        ("America/Edmonton", -6),
        ("America/Winnipeg", -5),
        ("Africa/Casablanca", 0),
        ("Europe/Stockholm", 1),
    ],
)
def test_the_rules_are_those_of_the_package_whatever_the_machine_has(name: str, hours: int) -> None:
    """Laws of 2026 that the tables of an older system do not have: its times would be an hour off."""
    offset = datetime(2026, 12, 1, 12, tzinfo=zones.named(name)).utcoffset()
    assert offset is not None
    assert hours * 3600 == offset.total_seconds()

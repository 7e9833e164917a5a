"""How single values are written and read."""

import tomllib
from datetime import timedelta

import pytest

from syncd.config.values import as_toml, duration, spoken, without_password


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("90s", 90), ("5m", 300), ("3h", 10800), ("1d", 86400), (" 1.5 H ", 5400), (7, 7), ("0", 0)],
)
def test_a_duration_has_a_unit_or_is_in_seconds(written: object, seconds: float) -> None:
    """People write 3h; scripts write numbers."""
    assert timedelta(seconds=seconds) == duration(written)


@pytest.mark.parametrize("written", ["", "soon", "-1s", "3 weeks", True, "9" * 400 + "d", None])
def test_what_is_no_duration_is_refused_in_words(written: object) -> None:
    """A lock that goes stale after a misread time alarms always or never."""
    with pytest.raises(ValueError, match=r"it takes a duration|too long"):
        duration(written)


@pytest.mark.parametrize("written", ["0s", "2s", "90s", "5m", "3h", "1d", "0.5s"])
def test_a_duration_is_shown_as_it_is_written(written: str) -> None:
    """What `config show` prints can be copied into the file."""
    assert written == spoken(duration(written))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:p@ss:w@host/db", "postgresql://me:***@host/db"),
        ("postgresql://me@host/db?sslmode=require&password=x", "postgresql://me@host/db?sslmode=require&password=***"),
        ("postgresql://me@host/db", "postgresql://me@host/db"),
        ("sqlite:///state/syncd.db", "sqlite:///state/syncd.db"),
    ],
)
def test_a_database_address_is_shown_without_its_password(url: str, shown: str) -> None:
    """Promise 9: secrets stay put."""
    assert shown == without_password(url)


@pytest.mark.parametrize(
    "value", [True, 3, 2.5, 'a "quoted" \\ tab\t', ["a", "b"], {"student": 5}, {"count": 50, "percent": 5}, "Åsa"]
)
def test_a_value_written_as_toml_reads_back_the_same(value: object) -> None:
    """The template and `config show` are TOML that works."""
    assert {"value": value} == tomllib.loads(f"value = {as_toml(value)}")

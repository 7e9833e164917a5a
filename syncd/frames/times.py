"""Times in the forms in which systems export them, as Unix seconds."""

from collections.abc import Callable, Mapping

import polars as pl

from syncd.frames.rules import Rule
from syncd.frames.zones import in_zone

_DAY = r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}\.[0-9]{2}\.[0-9]{4})"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_OFFSET = r" ?(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)"
_MOMENT = rf"^({_DAY})(?:[T ]({_CLOCK}(?::[0-5][0-9])?)(?:[.,][0-9]+)?({_OFFSET})?)?$"
_SECONDS = r"^(0|[1-9][0-9]{8,10})(?:\.[0-9]+)?$"
_DAY_NUMBER = r"^([2-7][0-9]{4})(?:[.,][0-9]+)?$"
_FIRST_DAY = pl.date(1899, 12, 30)
_EARLIEST = 100_000_000
_EARLY = r"^(?:[01][0-9]{3}-|[0-9]{2}\.[0-9]{2}\.[01][0-9]{3})"
_FORMS = (
    "YYYY-MM-DD or DD.MM.YYYY, alone or with hh:mm[:ss[.fraction]] and Z or an offset such as +02:00; or Unix seconds, "
    "0 or at least 100000000"
)


def time(zone: str) -> Rule:
    """A time as Unix seconds: written so, or as a date with or without the time of day.

    Forms: seconds, YYYY-MM-DD and DD.MM.YYYY, each alone (midnight) or followed by a space or T
    and hh:mm or hh:mm:ss, which may have a fraction, and Z or an offset from UTC; without one it is a time of
    the zone. Fractions of a second are dropped. A day that no calendar has is refused, and so are numbers
    below 100,000,000 other than 0: they are years, dates without dashes or the day numbers of spreadsheets, not
    times of a school. Dates before them (3 March 1973) are refused as well: programs write 0001-01-01, 1899-12-30 or
    1970-01-01 for no date. A time that the clock skips in spring is read as one hour later, one that it
    passes twice in autumn as the first of the two.
    """

    def convert(value: pl.Expr) -> pl.Expr:
        return value.map_batches(lambda values: _converted(values, zone), return_dtype=pl.Int64, is_elementwise=True)

    places: Mapping[str, str | Callable[[pl.Expr], pl.Expr]] = {"forms": _FORMS, "hint": _hint}
    return Rule(type=pl.Int64(), convert=convert, words=f"a time: {_FORMS}", code="value-date", places=places)


def _converted(values: pl.Series, zone: str) -> pl.Series:
    """Return times as seconds; a file has few distinct ones, so each of them is read once."""
    if values.is_empty():
        return pl.Series(values.name, dtype=pl.Int64)
    distinct = values.unique()
    read = distinct.to_frame("written").select(_seconds(pl.col("written"), zone)).to_series()
    return values.replace_strict(distinct, read, return_dtype=pl.Int64)


def _seconds(value: pl.Expr, zone: str) -> pl.Expr:
    parts = value.str.extract_groups(_MOMENT).struct
    day, clock, offset = (parts.field(name) for name in ("1", "2", "3"))
    moment = pl.concat_str(_dashed(day), pl.lit(" "), clock.fill_null("00:00"), _missing_seconds(clock))
    local = moment.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="ms", strict=False)
    absolute = local.dt.epoch("s") - _offset(offset)
    seconds = value.str.extract(_SECONDS).cast(pl.Int64, strict=False)
    written = pl.coalesce(absolute, pl.when(offset.is_null()).then(in_zone(local, zone)))
    return pl.coalesce(seconds, pl.when(written >= _EARLIEST).then(written))


def _dashed(day: pl.Expr) -> pl.Expr:
    """Return a day as YYYY-MM-DD."""
    day_first = pl.concat_str(day.str.tail(4), pl.lit("-"), day.str.slice(3, 2), pl.lit("-"), day.str.head(2))
    return pl.when(day.str.slice(2, 1) == ".").then(day_first).otherwise(day)


def _missing_seconds(clock: pl.Expr) -> pl.Expr:
    return pl.when(clock.str.len_bytes() == 8).then(pl.lit("")).otherwise(pl.lit(":00"))


def _offset(written: pl.Expr) -> pl.Expr:
    """Return how many seconds a clock is ahead of UTC, null where nothing is written."""
    digits = written.str.replace_all(r"[^0-9]", "")
    hours, minutes = digits.str.head(2).cast(pl.Int64, strict=False), digits.str.slice(2).cast(pl.Int64, strict=False)
    seconds = hours.fill_null(0) * 3600 + minutes.fill_null(0) * 60
    return pl.when(written.str.contains("-", literal=True)).then(-seconds).when(written.is_not_null()).then(seconds)


def _hint(value: pl.Expr) -> pl.Expr:
    """Return what a value looks like that is refused; "" for nothing known."""
    days = value.str.extract(_DAY_NUMBER).cast(pl.Int64, strict=False)
    day = (_FIRST_DAY + pl.duration(days=days)).dt.to_string("%Y-%m-%d")
    looks = pl.format("; {} looks like the day number of a spreadsheet ({})", value, day)
    early = value.str.contains(_EARLY) & value.str.contains(_MOMENT)
    unset = pl.lit("; programs write dates before 1973-03-04 for no date: leave the value empty, or write 0")
    return pl.when(days.is_not_null()).then(looks).when(early).then(unset).otherwise(pl.lit(""))

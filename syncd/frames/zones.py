"""Local times as instants, whole columns at a time, by the rules of `syncd.core.zones`."""

from datetime import MAXYEAR, MINYEAR, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from syncd.core import zones

_DAY = 86_400
_SECOND = timedelta(seconds=1)


def in_zone(moment: pl.Expr, zone: str) -> pl.Expr:
    """Return local times (naive, in milliseconds) as Unix seconds; null where null or outside the years 1 to 9999.

    A time that the clock skips in spring is later by as much as is skipped: half past two is half past three. One that
    it passes twice in autumn is the first of the two. Fractions of a second are dropped.
    """
    held = pl.when(moment.dt.year().is_between(MINYEAR, MAXYEAR)).then(moment)
    return held.map_batches(lambda local: _seconds(local, zone), return_dtype=pl.Int64, is_elementwise=True)


def _seconds(local: pl.Series, zone: str) -> pl.Series:
    clock = local.cast(pl.Int64) // 1000
    years = local.dt.year().drop_nulls().unique().sort()
    if years.is_empty():
        return clock
    starts, offsets = np.array([step for year in years for step in _steps(zone, year)]).T
    at = np.searchsorted(starts, clock.fill_null(starts[0]).to_numpy(), side="right") - 1
    return clock - pl.Series(offsets[at])


@cache
def _steps(zone: str, year: int) -> tuple[tuple[int, int], ...]:
    """Return from when on the clock is how far ahead of UTC, both in seconds, for a year of the local clock.

    Python knows the offset of one time and not the times at which it changes, so each day is asked for its first and
    last second, and only days that differ are searched.
    """
    rules = zones.named(zone)
    epoch = datetime(1970, 1, 1, tzinfo=rules)
    first = (datetime(year, 1, 1, tzinfo=rules) - epoch) // _SECOND
    last = (datetime(year, 12, 31, 23, 59, 59, tzinfo=rules) - epoch) // _SECOND
    days = (*range(first, last, _DAY), last)
    return ((first, _offset(rules, first)), *(step for pair in pairwise(days) for step in _changes(rules, *pair)))


def _changes(rules: ZoneInfo, begin: int, end: int) -> list[tuple[int, int]]:
    """Return the change after `begin` and up to `end`, if their offsets differ."""
    before, after = _offset(rules, begin), _offset(rules, end)
    if before == after:
        return []
    while end - begin > 1:
        middle = (begin + end) // 2
        begin, end = (middle, end) if _offset(rules, middle) == before else (begin, middle)
    return [(end, after)]


def _offset(rules: ZoneInfo, clock: int) -> int:
    # Adding to a time of a zone moves the hands of its clock; the zone has no say in it.
    moment = datetime(1970, 1, 1, tzinfo=rules) + timedelta(seconds=clock)
    return (moment.utcoffset() or timedelta()) // _SECOND

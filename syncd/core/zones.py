"""Time zones: one set of names and rules for every time that syncd converts.

They are those of the tzdata package. The operating system's tables and those compiled into polars may be of another
year, so neither is read; docs/decisions/0009-time-zones.md has the reasons.
"""

import difflib
import zoneinfo
from functools import cache
from zoneinfo import ZoneInfo

from tzdata import IANA_VERSION

VERSION: str = IANA_VERSION
"""Release of the rules, such as 2026f."""

zoneinfo.reset_tzpath(())

_UNSET = ("factory", "localtime", "posixrules")
"""Files beside the zones that stand for whatever a machine is set to, or for a zone that was never set."""

_NEAR = 0.8


@cache
def named(name: str) -> ZoneInfo:
    """Return the zone with this name.

    Raises:
        ValueError: there is none; with the nearest name, if one is near.
    """
    known = zoneinfo.available_timezones() - {"Factory"}
    if name in known:
        return ZoneInfo(name)
    nearest = _nearest(name.casefold().replace(" ", "_"), known)
    hint = f'; did you mean "{nearest}"?' if nearest else ""
    raise ValueError(f'it takes "system" or the name of a time zone such as "Europe/Stockholm"{hint}')


def _nearest(name: str, known: set[str]) -> str | None:
    """Return what was meant: a name in another case, a city alone, a typing error, or a copy of a zone.

    Operating systems hold copies in posix/, and in right/ such as count leap seconds.
    """
    name = name.removeprefix("posix/").removeprefix("right/")
    if name in _UNSET:
        return "system"
    by_name = {zone.casefold(): zone for zone in sorted(known)}
    by_city = {key.rpartition("/")[2]: zone for key, zone in by_name.items() if not key.startswith("etc/")}
    is_place = "/" in name and name.replace("/", "").replace("_", "").isalpha()
    near = difflib.get_close_matches(name, by_name, n=1, cutoff=_NEAR) if is_place else ()
    return by_name.get(name) or by_city.get(name) or (by_name[near[0]] if near else None)

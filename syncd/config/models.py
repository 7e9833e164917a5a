"""Every setting: its name, type, default, description and example, said once.

From these models come the checks (all errors at once), `syncd config show`, and the
commented file that `syncd init` writes. A model is a table of the file, a field a setting.
"""

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tzlocal
from pydantic import Field, create_model

from syncd.config.calendar import SchoolDays
from syncd.config.dialects import OptionsTable, options_table
from syncd.config.feeds import FeedTable
from syncd.config.home import Home
from syncd.config.limits import Limits
from syncd.config.mail import Mail
from syncd.config.pictures import Pictures
from syncd.config.pull import PullTable
from syncd.config.running import Keep, Log
from syncd.config.sftp import Sftp
from syncd.config.table import Table
from syncd.config.values import SYSTEM_ZONE, DatabaseUrl, Duration, Names, SourceKey, ZoneName
from syncd.core import zones
from syncd.core.calendars import Calendar
from syncd.core.errors import UsageError
from syncd.core.feeds import Feed
from syncd.core.kinds import Kind
from syncd.core.limits import Direction, Limit
from syncd.dialects.registry import DIALECTS
from syncd.formats.options import Options

_KNOWN = Options()
_RELATIVE_SQLITE = "sqlite:///"


class Store(Table):
    """Where the roster is kept."""

    url: DatabaseUrl = Field(
        default="sqlite:///state/syncd.db",
        description="The database. A path after sqlite:/// is taken from the home; PostgreSQL needs syncd[postgres].",
        examples=["postgresql://syncd@localhost/syncd"],
        repr=False,
    )

    def url_for(self, home: Home) -> str:
        """Return the address of the database, with a relative SQLite path taken from the home."""
        path = self.url.removeprefix(_RELATIVE_SQLITE)
        if path == self.url or path.startswith("/"):
            return self.url
        return f"{_RELATIVE_SQLITE}{(home.path / path).absolute()}"


class Drop(Table):
    """How files are taken out of sync/."""

    quiet: Duration = Field(
        default=timedelta(seconds=2),
        ge=timedelta(0),
        description="How long a file must not have grown or changed before it is taken.",
        examples=["10s"],
    )
    rescan: Duration = Field(
        default=timedelta(seconds=30),
        gt=timedelta(0),
        description="How often the daemon looks into sync/ although nothing woke it.",
        examples=["5m"],
    )
    stale_after: Duration = Field(
        default=timedelta(hours=3),
        gt=timedelta(0),
        description="The age at which alock.txt or lock.txt counts as forgotten and raises the alarm.",
        examples=["45m"],
    )
    polling: bool = Field(
        default=False,
        description="Look for changes by polling: for network drives (NFS, SMB), which wake nobody.",
    )


class Roster(Table):
    """What the roster knows without being told by a file."""

    data_source: SourceKey = Field(
        default="sis",
        max_length=256,
        description="The data source of files that name none. It owns the records that they supply.",
        examples=["ladok"],
    )
    may_touch_others: bool = Field(
        default=False,
        description="Let a data source change and remove records that another one supplied.",
    )
    roles: dict[str, Annotated[int, Field(ge=1)]] = Field(
        default=dict(_KNOWN.roles),
        description="The roles that files may name, each with its id. Your list replaces this one.",
        examples=[{"student": 5, "editingteacher": 3}],
    )
    methods: Names = Field(
        default=_KNOWN.methods,
        min_length=1,
        description="The enrolment methods that courses have. Your list replaces this one.",
        examples=[["manual", "database"]],
    )
    protected_users: Names = Field(
        default=_KNOWN.protected_users,
        description="Usernames that no file may change or remove.",
        examples=[["admin", "guest", "helpdesk"]],
    )
    time_zone: ZoneName = Field(
        default=SYSTEM_ZONE,
        description="The zone of dates in files, of schedules, and of the times in the names and texts that syncd "
        'writes: a name such as "Europe/Stockholm", or "system" for the one that the machine is set to. The rules of '
        "all zones are those of the Python package tzdata, whatever the system has; update them with "
        "`pip install --upgrade tzdata`.",
        examples=["Europe/Stockholm"],
    )

    def zone(self) -> ZoneInfo:
        """Return the zone that is set, or the system's.

        Raises:
            UsageError: the system does not say in which zone it is.
        """
        try:
            return zones.named(_system_zone() if self.time_zone == SYSTEM_ZONE else self.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise UsageError("the system's time zone has no known name; set time_zone in [roster]") from None


def _system_zone() -> str:
    """Return the name of the system's zone: that of TZ, or of its files.

    tzlocal passes over a TZ that is not in its table of Windows' zones, such as EST5EDT, and names that of the files.
    """
    told = os.environ.get("TZ", "").removeprefix(":")
    return told if told and not told.startswith("/") else tzlocal.get_localzone_name() or ""


class _Common(Table):
    """All settings, as they are in force, but for the tables of the dialects."""

    store: Store = Store()
    drop: Drop = Drop()
    roster: Roster = Roster()
    school_days: SchoolDays = SchoolDays()
    mail: Mail = Mail()
    sftp: Sftp = Sftp()
    keep: Keep = Keep()
    log: Log = Log()
    limit_tables: Limits = Field(default=Limits(), alias="limits")
    pictures: Pictures = Pictures()
    feed_tables: tuple[FeedTable, ...] = Field(default=(), alias="feed")
    pulls: tuple[PullTable, ...] = Field(default=(), alias="pull")

    def options_of(self, dialect: str) -> Mapping[str, str]:
        """Return the options of a dialect that are set, by name, as text."""
        table: OptionsTable = getattr(self, dialect)
        return table.as_text()

    def limits(self) -> Mapping[tuple[Kind, Direction], Limit]:
        """Return the limits that are on, in the order of kinds."""
        return self.limit_tables.as_limits()

    def feeds(self) -> tuple[Feed, ...]:
        """Return the feeds in the order of the file, each with all limits that hold for it."""
        return tuple(table.as_feed(self.limit_tables) for table in self.feed_tables)

    def calendar_of(self, table: FeedTable) -> Calendar:
        """Return the days on which a feed is due."""
        return self.school_days.calendar() if table.calendar is None else table.calendar


if TYPE_CHECKING:
    Settings = _Common
else:
    _TABLES = {name: (options_table(name), options_table(name)()) for name in DIALECTS}
    Settings = create_model("Settings", __base__=_Common, __doc__="All settings, as they are in force.", **_TABLES)

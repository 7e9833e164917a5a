"""Every setting: its name, type, default, description and example, said once.

From these models come the checks (all errors at once), `syncd config show`, and the
commented file that `syncd init` writes. A model is a table of the file, a field a setting.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tzlocal
from pydantic import Field

from syncd.config.home import Home
from syncd.config.moodle import Moodle
from syncd.config.table import Table
from syncd.config.values import SYSTEM_ZONE, DatabaseUrl, Duration, Names, NoLimit, SourceKey, ZoneName
from syncd.core.errors import UsageError
from syncd.core.kinds import Kind
from syncd.core.limits import Direction, Limit
from syncd.dialects.moodle.options import MoodleOptions

_MOODLE = MoodleOptions()
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
        default=dict(_MOODLE.roles),
        description="The roles that files may name, each with its id. Your list replaces this one.",
        examples=[{"student": 5, "editingteacher": 3}],
    )
    methods: Names = Field(
        default=_MOODLE.methods,
        min_length=1,
        description="The enrolment methods that courses have. Your list replaces this one.",
        examples=[["manual", "database"]],
    )
    protected_users: Names = Field(
        default=_MOODLE.protected_users,
        description="Usernames that no file may change or remove.",
        examples=[["admin", "guest", "helpdesk"]],
    )
    time_zone: ZoneName = Field(
        default=SYSTEM_ZONE,
        description="The zone of dates in files, and of the times in the names and texts that syncd writes.",
        examples=["Europe/Stockholm"],
    )

    def zone(self) -> ZoneInfo:
        """Return the zone that is set, or the system's.

        Raises:
            UsageError: the system does not say in which zone it is.
        """
        try:
            return ZoneInfo(tzlocal.get_localzone_name() if self.time_zone == SYSTEM_ZONE else self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, TypeError):
            raise UsageError("the system's time zone has no known name; set time_zone in [roster]") from None


class NoBound(Table):
    """A limit that is off unless it is set."""

    count: Annotated[int | None, NoLimit] = Field(
        default=None, ge=0, description="The most records, whatever the roster holds.", examples=[50]
    )
    percent: Annotated[float | None, NoLimit] = Field(
        default=None, ge=0, le=100, description="The most records, in percent of the live ones.", examples=[5]
    )


class EntityBound(NoBound):
    """How many users, courses, … may go in one run."""

    count: Annotated[int | None, NoLimit] = Field(
        default=50, ge=0, description="The most records, whatever the roster holds.", examples=[100]
    )
    percent: Annotated[float | None, NoLimit] = Field(
        default=5, ge=0, le=100, description="The most records, in percent of the live ones.", examples=[10]
    )


class LinkBound(NoBound):
    """How many enrolments, memberships, … may go in one run."""

    count: Annotated[int | None, NoLimit] = Field(
        default=1000, ge=0, description="The most records, whatever the roster holds.", examples=[5000]
    )
    percent: Annotated[float | None, NoLimit] = Field(
        default=10, ge=0, le=100, description="The most records, in percent of the live ones.", examples=[25]
    )


class EntityLimits(Table):
    """The limits of a kind of which each record is a person or a place."""

    removals: EntityBound = EntityBound()
    updates: NoBound = NoBound()
    growth: NoBound = NoBound()


class LinkLimits(Table):
    """The limits of a kind of which each record joins two others."""

    removals: LinkBound = LinkBound()
    updates: NoBound = NoBound()
    growth: NoBound = NoBound()


class Limits(Table):
    """The most that one run may change, weighed before the first change.

    A run may go up to the count or up to the percentage of the live records, whichever is
    more; over both, it is held until somebody approves or rejects it. "none" takes one of the
    two away; without both there is no limit. Removals are records disabled or deleted.
    """

    user: EntityLimits = EntityLimits()
    course: EntityLimits = EntityLimits()
    category: EntityLimits = EntityLimits()
    cohort: EntityLimits = EntityLimits()
    enrolment: LinkLimits = LinkLimits()
    role_assignment: LinkLimits = LinkLimits()
    meta_link: LinkLimits = LinkLimits()
    cohort_binding: LinkLimits = LinkLimits()
    cohort_member: LinkLimits = LinkLimits()
    group: LinkLimits = LinkLimits()
    group_member: LinkLimits = LinkLimits()
    grouping: LinkLimits = LinkLimits()
    grouping_group: LinkLimits = LinkLimits()
    picture: LinkLimits = LinkLimits()


class Settings(Table):
    """All settings, as they are in force."""

    store: Store = Store()
    drop: Drop = Drop()
    roster: Roster = Roster()
    limit_tables: Limits = Field(default=Limits(), alias="limits")
    moodle_table: Moodle = Field(default=Moodle(), alias="moodle")

    @property
    def moodle(self) -> Mapping[str, str]:
        """The options of the Moodle dialect that are set, by name, as text."""
        return self.moodle_table.as_text()

    def limits(self) -> Mapping[tuple[Kind, Direction], Limit]:
        """Return the limits that are on, in the order of kinds."""
        bounds = (
            ((kind, direction), getattr(getattr(self.limit_tables, kind.value), direction.value))
            for kind in Kind
            for direction in Direction
        )
        return {
            key: Limit(count=bound.count, percent=bound.percent)
            for key, bound in bounds
            if bound.count is not None or bound.percent is not None
        }

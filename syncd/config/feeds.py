"""Feeds as settings: `[[feed]]` tables, each a kind of file and what is to be done with it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, timedelta, tzinfo
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SerializeAsAny,
    ValidationInfo,
    field_validator,
    model_validator,
)

from syncd.config.calendar import FeedCalendar
from syncd.config.cron import Cron
from syncd.config.dialects import FIRST, OptionsTable, options_table
from syncd.config.limits import Limits
from syncd.config.mail import Addresses
from syncd.config.running import KeepFor
from syncd.config.table import Table
from syncd.config.values import Duration, SourceKey, names, source_key
from syncd.core.calendars import Calendar
from syncd.core.claims import Foreign
from syncd.core.feeds import ARRIVAL, HAND, Feed, Keeps
from syncd.core.handshake import is_left_alone
from syncd.dialects.registry import DIALECTS
from syncd.formats.options import settable

_CLOCK = re.compile(r"(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])")
_NAME = re.compile(r"\w[\w .-]{0,63}")


def _name(value: str) -> str:
    if not _NAME.fullmatch(value.strip()):
        raise ValueError("it takes a name of at most 64 letters, digits, spaces and . _ -")
    return value.strip()


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def file_pattern(value: str) -> str:
    """Return a pattern of names of files, if it is one."""
    if not value or "/" in value:
        raise ValueError('it takes the name of a file, with * and ? and [a-z] as a shell has them: "users*.csv"')
    if is_left_alone(value):
        raise ValueError("files whose names begin with . or _, or are those of unfinished uploads, are never taken")
    return value


def _cron(words: str) -> str:
    words = " ".join(words.split())
    Cron(words, UTC)
    return words


def schedule_words(value: str) -> str:
    """Return the words of a schedule, if it is one."""
    words = value.strip().lower()
    try:
        return words if words in (ARRIVAL, HAND) else _cron(value)
    except ValueError as error:
        raise ValueError(f'it takes "arrival", "hand" or a cron expression such as "0 2 * * *": {error}') from None


def _due(value: str) -> str:
    if not value.strip():
        return ""
    if clock := _CLOCK.fullmatch(value.strip()):
        return f"{int(clock['hour']):02}:{clock['minute']}"
    try:
        return _cron(value)
    except ValueError as error:
        raise ValueError(f'it takes a time such as "07:00" or a cron expression: {error}') from None


def _near(value: str, known: Iterable[str]) -> str:
    """Return the value, which must be one of those.

    Raises:
        ValueError: it is none.
    """
    known = list(known)
    if value not in known:
        raise ValueError(f"it takes {', '.join(known)}")
    return value


class FeedMail(Table):
    """To whom the mail about runs of this feed goes, and when, where it is not as for all others."""

    to: Addresses = Field(
        default=(), description="Addresses; none: those of all feeds.", examples=[["sis@school.example"]]
    )
    policy: Literal["", "always", "failure", "digest", "never"] = Field(
        default="", description="When to write: always, failure, digest or never; empty: as for all feeds."
    )


class FeedTable(Table):
    """A kind of file that is expected. The first feed whose pattern fits a file's name takes it.

    Files that no feed takes are worked as they come, recognised by their name and header.
    """

    name: Annotated[str, AfterValidator(_name)] = Field(description="Its name, unlike that of any other feed.")
    files: Annotated[
        tuple[Annotated[str, AfterValidator(file_pattern)], ...], BeforeValidator(_listed), Field(min_length=1)
    ] = Field(
        description="Names of files, with the wildcards of a shell; letter case does not matter. One or a list. "
        "Trybacks of such files are meant, too.",
        examples=["users*.csv", ["users*.csv", "people-????.csv"]],
    )
    dialect: str = Field(default=FIRST, description="How the files are spelt.")
    object: str = Field(default="", description="What the files hold; empty to find it out.", examples=["users"])
    operation: str = Field(
        default="",
        description="What the files ask for as a whole: one of the operations of the dialect; empty for its first.",
    )
    data_source: str = Field(
        default="", max_length=256, description="Their data source; empty for that in [roster].", examples=["ladok"]
    )
    owns: Annotated[tuple[SourceKey, ...], BeforeValidator(names)] = Field(
        default=(),
        description="Further data sources whose records these files may change, and whose records a snapshot removes.",
        examples=[["ladok-2025"]],
    )
    foreign: Literal["", "refuse", "update", "take over"] = Field(
        default="",
        description="What becomes of a record of any other data source: refuse its row; update it and leave it to its "
        "owner; or take over, so that it belongs to this one. Empty: as the dialect does, or may_touch_others says.",
        examples=["take over"],
    )
    encoding: str = Field(default="", description="Their encoding where it is not UTF-8.", examples=["cp1252"])
    delimiter: str = Field(default="", description="What stands between columns; empty to find it out.", examples=[";"])
    options: SerializeAsAny[OptionsTable] = Field(
        default=None,
        validate_default=True,
        description="Options of the dialect, as in its own table, for these files.",
    )
    schedule: Annotated[str, AfterValidator(schedule_words)] = Field(
        default=ARRIVAL,
        description="When files are taken: arrival, at once; hand, when somebody runs syncd sync; or a cron expression "
        "(minute, hour, day, month, weekday): the daemon leaves them in sync/ until then.",
        examples=["hand", "30 2 * * *", "*/15 6-18 * * mon-fri"],
    )
    limits: Limits = Field(default=Limits(), description="Limits in the place of those in [limits], each by itself.")
    report: bool = Field(default=True, description="Write reports. Without, syncd runs show still tells all.")
    tryback: bool = Field(default=True, description="Write the rows that failed into a tryback.")
    archive: bool = Field(
        default=True,
        description="Put the file into archives/. Without, it goes to state/kept/, where only syncd reads it, until "
        "keep_archives is over: no file is lost.",
    )
    keep_reports: KeepFor = Field(
        default=None, description="How long reports stay; not set: as in [keep].", examples=["90d", "none"]
    )
    keep_archives: KeepFor = Field(
        default=None, description="How long delivered files stay; not set: as in [keep].", examples=["30d", "none"]
    )
    mail: FeedMail = FeedMail()
    due: Annotated[str, AfterValidator(_due)] = Field(
        default="",
        description="By when it must have come, a time or a cron expression; empty: it is not waited for.",
        examples=["07:00", "0 7 * * mon"],
    )
    grace: Duration = Field(
        default=timedelta(minutes=15),
        ge=timedelta(0),
        description="How much later than due is not yet overdue.",
        examples=["1h"],
    )
    calendar: FeedCalendar = Field(
        default=Calendar(),
        description='The days on which it is due: "every day", "school days" (those in [school_days]), days of the '
        "week, or a table of days and holidays.",
        examples=["school days", "mon-fri", {"days": "mon-sat", "holidays": ["2027-05-13"]}],
    )

    @field_validator("dialect")
    @classmethod
    def _dialect(cls, value: str) -> str:
        return _near(value, DIALECTS)

    @field_validator("data_source")
    @classmethod
    def _data_source(cls, value: str) -> str:
        return source_key(value) if value else value

    @field_validator("object", "operation")
    @classmethod
    def _known(cls, value: str, info: ValidationInfo) -> str:
        dialect = DIALECTS.get(info.data.get("dialect", ""))
        known = {"object": dialect.objects, "operation": dialect.operation_names} if dialect else {}
        return _near(value, known[str(info.field_name)]) if value and known else value

    @field_validator("encoding", "delimiter")
    @classmethod
    def _as_option(cls, value: str, info: ValidationInfo) -> str:
        known = settable(DIALECTS[info.data.get("dialect", FIRST)].options)
        try:
            return str(known[str(info.field_name)].parse(value)) if value else value
        except ValueError as error:
            raise ValueError(f"it takes {error}") from None

    @field_validator("options", mode="plain")
    @classmethod
    def _of_dialect(cls, value: Any, info: ValidationInfo) -> OptionsTable:
        return options_table(info.data.get("dialect", FIRST)).model_validate({} if value is None else value)

    @model_validator(mode="after")
    def _said_once(self) -> "FeedTable":
        for name in ("encoding", "delimiter"):
            if getattr(self, name) and name in self.options.as_text():
                raise ValueError(f"{name} is said twice, in the feed and in its options; leave one")
        return self

    def as_feed(self, limits: Limits) -> Feed:
        """Return it as the rules of routing take it. limits: those of the home."""
        written = {name: value for name in ("encoding", "delimiter") if (value := getattr(self, name))}
        return Feed(
            name=self.name,
            files=self.files,
            dialect=self.dialect,
            object=self.object,
            operation=self.operation,
            data_source=self.data_source,
            options={**self.options.as_text(), **written},
            schedule=self.schedule,
            owns=self.owns,
            foreign=Foreign(self.foreign) if self.foreign else None,
            limits=self.limits.over(limits).as_limits(),
            keeps=Keeps(report=self.report, tryback=self.tryback, archive=self.archive),
        )

    def schedule_in(self, zone: tzinfo) -> Cron | None:
        """Return the schedule in a time zone; None where files are taken on arrival or by hand."""
        return None if self.schedule in (ARRIVAL, HAND) else Cron(self.schedule, zone)

    def due_in(self, zone: tzinfo) -> Cron | None:
        """Return the times at which it is due; None where it is not waited for."""
        clock = _CLOCK.fullmatch(self.due)
        words = f"{int(clock['minute'])} {int(clock['hour'])} * * *" if clock else self.due
        return Cron(words, zone) if words else None

    def kept(self, what: str, otherwise: timedelta | None) -> timedelta | None:
        """Return how long `reports` or `archives` of it are kept; `otherwise` where it does not say."""
        name = f"keep_{what}"
        kept: timedelta | None = getattr(self, name)
        return kept if name in self.model_fields_set else otherwise


def repeated(tables: Mapping[str, Any]) -> Iterator[tuple[int, str, int]]:
    """Find names that several feeds have, in tables as they were read: index, name, and index of the first."""
    feeds = tables.get("feed")
    first: dict[str, int] = {}
    for index, feed in enumerate(feeds if isinstance(feeds, list) else []):
        name = feed.get("name") if isinstance(feed, Mapping) else None
        if isinstance(name, str) and first.setdefault(name.strip(), index) != index:
            yield index, name, first[name.strip()]

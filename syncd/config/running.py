"""Settings of how syncd runs: what it writes to its log, and how long it keeps what it wrote."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer

from syncd.config.table import Table
from syncd.config.values import duration, spoken
from syncd.core.retention import Keeping


def _time_to_keep(value: object) -> timedelta | None:
    if value is None or (isinstance(value, str) and value.strip().lower() == "none"):
        return None
    try:
        time = duration(value)
    except ValueError:
        raise ValueError('it takes a duration such as "90d", or "none" to keep for ever') from None
    if time < timedelta(days=1):
        raise ValueError('it takes at least "1d", or "none" to keep for ever')
    return time


KeepFor = Annotated[
    timedelta | None,
    BeforeValidator(_time_to_keep),
    PlainSerializer(lambda value: None if value is None else spoken(value)),
]
"""How long something is kept, a day or more; "none" is for ever."""


class Log(Table):
    """What the daemon writes to standard error: one line a run, and what somebody should know."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least important lines that are written.", examples=["warning"]
    )
    format: Literal["auto", "text", "json"] = Field(
        default="auto",
        description="How lines are written: text (key=value), json, or auto: text on a terminal, else json.",
        examples=["text"],
    )


class Keep(Table):
    """How long what syncd wrote is kept, counted from the end of the run.

    The daemon removes once a day what is older; by hand: syncd prune. What a run needs that is held
    or not finished stays in any case, and nothing in sync/ is ever removed. "none" keeps for ever.
    """

    archives: KeepFor = Field(
        default=timedelta(days=120),
        description="Delivered files. They are personal data and may hold passwords: a term, and no longer.",
        examples=["30d"],
    )
    trybacks: KeepFor = Field(
        default=timedelta(days=120),
        description="Rows to be mended, counted from the last time that somebody changed the file.",
        examples=["30d"],
    )
    reports: KeepFor = Field(
        default=timedelta(days=400),
        description="Reports: a school year and the summer, so that this change of year can be held against the last.",
        examples=["none"],
    )
    history: KeepFor = Field(
        default=timedelta(days=400),
        description="Plans and findings of runs. The run and its changes stay on record, and it can still be undone.",
        examples=["90d"],
    )
    letters: KeepFor = Field(
        default=timedelta(days=60),
        description="Letters that were not delivered and set aside, counted from then: see syncd mail list.",
        examples=["14d"],
    )

    def keeping(self) -> Keeping:
        """Return it as the rules of retention take it."""
        return Keeping(**{name: getattr(self, name) for name in Keep.model_fields})

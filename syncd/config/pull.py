"""Settings of pulls: `[[pull]]` tables, each a remote SFTP server from which files are fetched."""

import posixpath
import re
from datetime import timedelta, tzinfo
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from syncd.config.cron import Cron
from syncd.config.feeds import file_pattern, schedule_words
from syncd.config.sftp import box_name
from syncd.config.table import Table
from syncd.config.values import Duration
from syncd.core.feeds import HAND

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")


def _schedule(value: str) -> str:
    if value.strip().lower() == "arrival":
        raise ValueError('it takes "hand" or a cron expression such as "0 2 * * *"')
    return schedule_words(value)


def _host_key(value: str) -> str:
    if value.startswith("SHA256:") and not _FINGERPRINT.fullmatch(value):
        raise ValueError("it takes SHA256: and 43 characters, as ssh-keygen -l shows it, or a known_hosts file")
    if not value.strip():
        raise ValueError("it takes a fingerprint, SHA256:…, or a known_hosts file")
    return value


class PullTable(Table):
    """A remote SFTP server from which files are fetched. They go to the folder of its name in sync/."""

    name: Annotated[str, AfterValidator(box_name)] = Field(
        description="Its name, unlike that of any other pull or account."
    )
    host: str = Field(min_length=1, description="The server.", examples=["sftp.sis.example"])
    port: int = Field(default=22, ge=1, le=65535, description="Its port.")
    username: str = Field(min_length=1, description="Who logs in.", examples=["syncd"])
    host_key: Annotated[str, AfterValidator(_host_key)] = Field(
        description="The server's key: its fingerprint, or a known_hosts file that holds it. Another stops the pull.",
        examples=["SHA256:…", "config/known_hosts"],
    )
    key_file: str = Field(
        default="", description="The private key to log in with; without a passphrase.", examples=["config/pull-key"]
    )
    password_file: str = Field(
        default="",
        description="Or a file of which the first line is the password. Relative paths are taken from the home.",
        examples=["config/pull-password"],
    )
    folder: str = Field(default=".", description="The folder of the server to look into.", examples=["/export"])
    pattern: Annotated[str, AfterValidator(file_pattern)] = Field(
        default="*", description="Names of files, with the wildcards of a shell.", examples=["*.csv"]
    )
    ready: Literal["alock", "marker", "quiet"] = Field(
        default="quiet",
        description="How one knows that a file is complete: alock, while there is no alock.txt in the folder; marker, "
        "once there is a file of its name with marker behind it; quiet, when it did not change for a while.",
    )
    marker: str = Field(default=".ok", min_length=1, description="What marker files end in.", examples=[".done"])
    quiet: Duration = Field(
        default=timedelta(seconds=5),
        ge=timedelta(0),
        description="For how long a file must not change.",
        examples=["1m"],
    )
    after: Literal["leave", "move", "delete"] = Field(
        default="leave", description="What becomes of the server's copy, once ours is safe: leave, move or delete."
    )
    move_to: str = Field(
        default="done",
        min_length=1,
        description="The folder that copies are moved to; a relative one is taken from folder.",
    )
    schedule: Annotated[str, AfterValidator(_schedule)] = Field(
        default="*/15 * * * *",
        description="When it is done: a cron expression; or hand, when somebody runs syncd pull, or before a feed.",
        examples=["hand", "0 2 * * *"],
    )
    before: tuple[str, ...] = Field(
        default=(),
        description="Feeds with a schedule; when their time has come it is done, too, and their files wait for it: at "
        "most an hour if it cannot be done, or has no end.",
        examples=[["users"]],
    )
    timeout: Duration = Field(
        default=timedelta(seconds=30), gt=timedelta(0), description="How long the server may be silent."
    )
    tries: int = Field(default=3, ge=1, le=20, description="How often it is tried at a time, later each time.")
    data_source: str = Field(
        default="",
        max_length=256,
        description="The data source of all that comes, whatever a feed says; empty for that in [roster].",
        examples=["ladok"],
    )

    @model_validator(mode="after")
    def _can_log_in(self) -> "PullTable":
        if bool(self.key_file) == bool(self.password_file):
            raise ValueError("it takes one of key_file and password_file")
        return self

    @model_validator(mode="after")
    def _moves_away(self) -> "PullTable":
        target = posixpath.normpath(posixpath.join(self.folder, self.move_to))
        if self.after == "move" and target == posixpath.normpath(self.folder):
            raise ValueError("move_to takes another folder than that in which the files are: they would come for ever")
        return self

    def schedule_in(self, zone: tzinfo) -> Cron | None:
        """Return the schedule in a time zone; None where it is done by hand."""
        return None if self.schedule == HAND else Cron(self.schedule, zone)

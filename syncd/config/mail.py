"""Settings of mail: to whom letters go, about what, and through which server."""

import re
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, model_validator

from syncd.config.home import Home
from syncd.config.table import Table
from syncd.config.values import Duration, names
from syncd.core.errors import UsageError

_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_HOST = re.compile(r"[^\s/@\[\]\x00-\x1f]{1,253}")
_CLOCK = re.compile(r"(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])")
_SIZE = re.compile(r"(?P<number>[0-9]+)\s*(?P<unit>[kmg]?b)?")
_UNITS = {None: 1, "b": 1, "kb": 1000, "mb": 1_000_000, "gb": 1_000_000_000}
_LOOPBACK = re.compile(r"localhost|127\.[0-9.]+|::1")
_SHOWN_PASSWORD = "***"  # noqa: S105 - what is shown in its place
_TLS_PORT, _PLAIN_PORTS = 465, (25, 587)


def address(value: str) -> str:
    """Return an address as a mail server takes it: ASCII, the domain of another script in its coded form."""
    local, _, domain = value.strip().rpartition("@")
    try:
        coded = domain.encode("idna").decode("ascii")
    except UnicodeError:
        coded = ""
    if not (_LOCAL_PART.fullmatch(local) and coded and re.fullmatch(r"[A-Za-z0-9.-]+", coded)):
        raise ValueError('it takes an address such as "it@school.example"')
    return f"{local}@{coded}"


def _clock(value: str) -> str:
    found = _CLOCK.fullmatch(value.strip())
    if not found:
        raise ValueError('it takes a time of the day such as "07:00"')
    return f"{int(found['hour']):02}:{found['minute']}"


def _host(value: str) -> str:
    if value and not _HOST.fullmatch(value):
        raise ValueError("it takes the name or the address of a mail server, without a port")
    return value


def _line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("it takes text in one line")
    return value.strip()


def _size(value: object) -> object:
    found = None if isinstance(value, bool) else _SIZE.fullmatch(str(value).strip().lower())
    if not found:
        raise ValueError('it takes a size such as "500kB" or "2MB"')
    return int(found["number"]) * _UNITS[found["unit"]]


def _spoken_size(value: int) -> str:
    for unit, size in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)):
        if value and value % size == 0:
            return f"{value // size}{unit}"
    return f"{value}B"


Address = Annotated[str, AfterValidator(address)]
"""An address of one person or list."""

Addresses = Annotated[tuple[Address, ...], BeforeValidator(names)]
"""Addresses; in the environment separated by commas."""

Size = Annotated[int, BeforeValidator(_size), PlainSerializer(_spoken_size)]
"""A number of bytes."""


class Mail(Table):
    """Letters to the admin: about runs by policy, about held runs and alarms always.

    Mail is off until host and to are set. Try it with: syncd mail test
    """

    host: Annotated[str, AfterValidator(_host)] = Field(
        default="", description="The mail server; empty: no mail.", examples=["mail.school.example"]
    )
    port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="Its port; 0 for the usual one: 587 with starttls, 465 with tls, 25 with none.",
        examples=[2525],
    )
    security: Literal["none", "starttls", "tls"] = Field(
        default="starttls",
        description="How the connection is encrypted: starttls (after a greeting), tls (from the first byte) or none.",
        examples=["tls"],
    )
    ca_file: str = Field(
        default="",
        description="Certificates of an authority of your own, in PEM, trusted beside those of the system. "
        "A relative path is taken from the home.",
        examples=["config/school-ca.pem"],
    )
    username: str = Field(default="", description="Who logs in; empty: nobody.", examples=["syncd@school.example"])
    password: Annotated[str, PlainSerializer(lambda value: _SHOWN_PASSWORD if value else "")] = Field(
        default="",
        repr=False,
        description="The password. Rather than here, keep it in a file, or in SYNCD_MAIL_PASSWORD.",
    )
    password_file: str = Field(
        default="",
        description="A file of which the first line is the password. A relative path is taken from the home.",
        examples=["config/mail-password"],
    )
    sender: Annotated[str, AfterValidator(lambda value: address(value) if value else value)] = Field(
        default="",
        alias="from",
        description="The address from which letters come; empty: the username if it is one, else the first in to.",
        examples=["syncd@school.example"],
    )
    to: Addresses = Field(
        default=(), description="Who gets the letters; none: no mail.", examples=[["it@school.example"]]
    )
    timeout: Duration = Field(
        default=timedelta(seconds=30),
        gt=timedelta(0),
        description="How long the server may take for an answer. Nothing ever waits for mail but mail.",
        examples=["10s"],
    )
    try_for: Duration = Field(
        default=timedelta(days=5),
        ge=timedelta(minutes=1),
        description="How long a letter that meets a passing trouble is tried again; then it is set aside, and that is "
        "told: syncd mail list. One that the server refuses for good is set aside at once.",
        examples=["2d"],
    )
    status: Literal["always", "failure", "digest", "never"] = Field(
        default="always",
        description="Of which runs a letter is written once they are over: always, failure (only those with something "
        "to mend), digest (all of a day in one letter) or never. Held runs and alarms are told in any case.",
        examples=["failure"],
    )
    digest_at: Annotated[str, AfterValidator(_clock)] = Field(
        default="07:00", description="When the digest of the last day goes out.", examples=["16:30"]
    )
    attach_report: bool = Field(default=False, description="Attach the report to the letter of a run.")
    attach_tryback: bool = Field(
        default=False,
        description="Attach the tryback, which is personal data. One that may hold passwords is never attached.",
    )
    attach_at_most: Size = Field(
        default=1_000_000,
        description="What is larger is not attached; the letter says where it lies.",
        examples=["5MB"],
    )
    site: Annotated[str, AfterValidator(_line)] = Field(
        default="",
        max_length=60,
        description="The name of the school or site; it stands in every subject.",
        examples=["Northfield"],
    )

    @property
    def is_on(self) -> bool:
        """Whether letters are written at all."""
        return bool(self.host and self.to)

    @property
    def half_set(self) -> str:
        """What is missing where somebody began to set up mail and did not end; "" where nothing is."""
        if bool(self.host) == bool(self.to):
            return ""
        return "mail is off: " + ("host is set, but to names nobody" if self.host else "to is set, but host is not")

    @property
    def digest_time(self) -> time:
        """When the digest goes out, local time."""
        return time.fromisoformat(self.digest_at)

    @property
    def address_from(self) -> str:
        """The address from which letters come."""
        named = self.username if "@" in self.username else self.to[0]
        return self.sender or named

    def secret(self, home: Home) -> str:
        """Return the password.

        Raises:
            UsageError: its file cannot be read.
        """
        if not self.password_file:
            return self.password
        path = self.below(home, self.password_file)
        try:
            return path.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise UsageError(f"mail.password_file: {path} cannot be read: {why}") from None

    @staticmethod
    def below(home: Home, path: str) -> Path:
        """Return a path of the settings, a relative one taken from the home."""
        return home.path / path

    @model_validator(mode="after")
    def _agrees(self) -> "Mail":
        """Look for settings that contradict each other, once mail is on."""
        if self.is_on and (found := list(self._contradictions())):
            raise ValueError("; ".join(found))
        return self

    def _contradictions(self) -> Iterator[str]:
        has_password = bool(self.password or self.password_file)
        if self.password and self.password_file:
            yield "password and password_file are both set; keep one of them"
        if self.username and not has_password:
            yield "username is set, but no password; set password_file, or take username away"
        if has_password and not self.username:
            yield "a password is set, but no username"
        if self.security == "none" and has_password and not _LOOPBACK.fullmatch(self.host):
            yield 'with security = "none" the password would travel in the clear; use "starttls" or "tls"'
        if self.security == "none" and self.ca_file:
            yield 'ca_file has no effect with security = "none"; take it away, or encrypt'
        if self.security != "tls" and self.port == _TLS_PORT:
            yield f'port {_TLS_PORT} is encrypted from the first byte; set security = "tls"'
        if self.security == "tls" and self.port in _PLAIN_PORTS:
            yield f'port {self.port} begins unencrypted; set security = "starttls", or port = {_TLS_PORT}'
        if self.username and "@" in self.username and not self.sender:
            yield from self._no_sender()

    def _no_sender(self) -> Iterator[str]:
        try:
            address(self.username)
        except ValueError:
            yield "username is no address, so from must be set"

"""Settings of the SFTP server: where it listens, who may send, and how much."""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, model_validator

from syncd.config.home import Home
from syncd.config.mail import Size
from syncd.config.table import Table
from syncd.config.values import Duration, names
from syncd.core.errors import UsageError
from syncd.core.handshake import LOCK, SENDER_LOCK

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_HASH = re.compile(r"\$argon2(id|i|d)\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+")
_KEY = re.compile(
    r"(?P<kind>ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) (?P<blob>[A-Za-z0-9+/]+={0,2})(?: .*)?"
)
_SHOWN_HASH = "***"


def box_name(value: str) -> str:
    """Return the name of an account or a pull, which names its folder in sync/, too."""
    if not _NAME.fullmatch(value) or value.casefold() in (LOCK, SENDER_LOCK):
        raise ValueError("it takes at most 32 letters, digits and . _ -, the first of them a letter or digit")
    return value


def _hash(value: str) -> str:
    """Refuse what is no hash. The message must not repeat it: somebody may have put the password itself there."""
    if value and not _HASH.fullmatch(value):
        raise ValueError("it takes what this prints: syncd sftp password")
    return value


def blob_of(line: str) -> bytes:
    """Return the binary form of a public key that is written as in authorized_keys.

    Raises:
        ValueError: it is none.
    """
    found = _KEY.fullmatch(line.strip())
    try:
        blob = base64.b64decode(found["blob"], validate=True) if found else b""
    except binascii.Error:
        blob = b""
    length = int.from_bytes(blob[:4], "big")
    if not found or blob[4 : 4 + length] != found["kind"].encode():
        raise ValueError(
            'it takes a public key such as "ssh-ed25519 AAAA… name" (no options before it), or a file of such'
        )
    return blob


def _key(value: str) -> str:
    if value.startswith(("ssh-", "ecdsa-")) or not value or any(c.isspace() for c in value.strip()):
        blob_of(value)
    return value.strip()


PasswordHash = Annotated[str, AfterValidator(_hash), PlainSerializer(lambda value: _SHOWN_HASH if value else "")]
"""A password as argon2 keeps it. Written down or shown, it is hidden."""


class AccountTable(Table):
    """Somebody who may send files by SFTP. Its files go to the folder of its name in sync/."""

    name: Annotated[str, AfterValidator(box_name)] = Field(
        description="Its name, unlike that of any other account or pull."
    )
    keys: Annotated[tuple[Annotated[str, AfterValidator(_key)], ...], BeforeValidator(names)] = Field(
        default=(),
        description="Public keys as in authorized_keys, or files that hold such lines; a relative path is taken from "
        "the home.",
        examples=[["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA… sis"], ["config/ladok.pub"]],
    )
    password_hash: PasswordHash = Field(
        default="", repr=False, description="The hash of a password, as syncd sftp password makes it; empty: keys only."
    )
    data_source: str = Field(
        default="",
        max_length=256,
        description="The data source of all that it sends, whatever a feed says; empty for that in [roster].",
        examples=["ladok"],
    )
    feeds: tuple[str, ...] = Field(
        default=(),
        description="Feeds of which it may read reports and archives, beside those of its own files and data source.",
        examples=[["users"]],
    )

    @model_validator(mode="after")
    def _can_log_in(self) -> "AccountTable":
        if not self.keys and not self.password_hash:
            raise ValueError("it can never log in; set keys or password_hash")
        return self

    def blobs(self, home: Home) -> frozenset[bytes]:
        """Return the public keys in their binary form.

        Raises:
            UsageError: a file cannot be read, or holds what is no key.
        """
        return frozenset(blob for key in self.keys for blob in self._blobs(home, key))

    def _blobs(self, home: Home, key: str) -> Iterator[bytes]:
        if key.startswith(("ssh-", "ecdsa-")):
            yield blob_of(key)
            return
        path = home.path / key
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise UsageError(f"keys of the account {self.name}: {path} cannot be read: {why}") from None
        for number, line in enumerate(lines, start=1):
            if line.strip() and not line.lstrip().startswith("#"):
                try:
                    yield blob_of(line)
                except ValueError as error:
                    raise UsageError(f"keys of the account {self.name}: {path}, line {number}: {error}") from None


class Sftp(Table):
    """The SFTP server, into which senders drop files. It is off until enabled is true.

    Each account sees its drop folder as /, and its reports and archives in /reports and /archives.
    """

    enabled: bool = Field(default=False, description="Let the daemon serve SFTP.")
    address: str = Field(default="0.0.0.0", description="Where it listens; :: for IPv6, too.", examples=["127.0.0.1"])  # noqa: S104 - it is there to be reached
    port: int = Field(default=2022, ge=0, le=65535, description="Its port; 0 for any that is free.")
    file_size: Size = Field(default=2_000_000_000, ge=1, description="The most bytes of one file.", examples=["500MB"])
    files: int = Field(default=10_000, ge=1, description="The most files of an account that wait to be taken.")
    total_size: Size = Field(
        default=8_000_000_000,
        ge=1,
        description="The most bytes of an account that wait to be taken.",
        examples=["1000MB"],
    )
    sessions: int = Field(default=100, ge=1, description="The most connections at once.")
    sessions_each: int = Field(default=60, ge=1, description="The most connections of one account at once.")
    idle: Duration = Field(
        default=timedelta(minutes=10),
        gt=timedelta(0),
        description="How long a connection may ask for nothing before it is ended.",
        examples=["1h"],
    )
    handshake: Duration = Field(
        default=timedelta(seconds=30), gt=timedelta(0), description="How long a connection may take to log in."
    )
    keep_partial: Duration = Field(
        default=timedelta(days=2),
        gt=timedelta(0),
        description="How long an upload that broke off can be gone on with before it is removed.",
        examples=["6h"],
    )
    accounts: tuple[AccountTable, ...] = Field(
        default=(), alias="account", description="Who may send: [[sftp.account]] tables, described below."
    )


def repeated_boxes(named: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Find names that several accounts and pulls have, given as path and name: path, name, and path of the first.

    Letter case does not tell them apart, as some file systems do not know it.
    """
    first: dict[str, str] = {}
    for path, name in named:
        if first.setdefault(name.casefold(), path) != path:
            yield path, name, first[name.casefold()]

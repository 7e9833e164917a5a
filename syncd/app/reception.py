"""The reception: the SFTP server of the daemon, started, kept in step with the settings, and stopped."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import structlog

from syncd.app.accounts import Accounts, Served
from syncd.app.scribe import Scribe
from syncd.app.telling import Telling
from syncd.app.witness import account as os_account
from syncd.config.home import Home
from syncd.config.models import Settings
from syncd.config.sftp import Sftp
from syncd.core.audit import Deed, Entry, way_of
from syncd.core.errors import SyncdError
from syncd.core.incidents import Trouble
from syncd.core.naming import shown
from syncd.core.runs import Trigger
from syncd.core.seldom import Seldom
from syncd.sftp.dropbox.box import Box
from syncd.sftp.dropbox.limits import Limits
from syncd.sftp.dropbox.names import Folder
from syncd.store.store import Store

if TYPE_CHECKING:
    from paramiko import PKey

    from syncd.sftp.serving.gate import Account
    from syncd.sftp.serving.server import Server, Shown

WRONG = "sftp"
"""The key of the incident that the server does not serve what the settings want."""

_log = structlog.get_logger("syncd.sftp")


@dataclass(frozen=True, slots=True)
class Around:
    """What the reception stands on."""

    home: Home
    settings: Callable[[], Settings]
    store: Callable[[], Store]
    telling: Telling
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the server listens, and within which limits: with other ones it is another server."""

    address: str
    port: int
    limits: Limits


class Reception:
    """The SFTP server of a home. It runs in the daemon alone."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._os_account = os_account()
        self._wake: Event | None = None
        self._scribe: Scribe | None = None
        self._server: Server | None = None
        self._place: _Place | None = None
        self._wrong: str | None = None
        self._seldom = Seldom()
        self._accounts = Accounts(
            home=around.home, store=around.store, telling=around.telling, delivered=self.delivered
        )

    @contextmanager
    def open(self, wake: Event) -> Iterator[None]:
        """Serve while the block lasts. wake: set when there is something to take."""
        self._wake = wake
        self._scribe = Scribe(self._write_down)
        self._scribe.start()
        self.keep()
        try:
            yield
        finally:
            self._stop()
            self._scribe.stop()
            self._wake = None

    def delivered(self) -> None:
        """Hear that there is something to take."""
        if self._wake:
            self._wake.set()

    def keep(self) -> None:
        """See that the server runs as the settings, and the files of keys that they name, want it now.

        What is wrong is told, and a server that runs goes on as it was. Outside the daemon nothing happens.
        """
        if self._wake is None:
            return
        wanted = self._around.settings().sftp
        place = _Place(address=wanted.address, port=wanted.port, limits=_limits(wanted)) if wanted.enabled else None
        served = self._accounts.look(wanted.accounts if wanted.enabled else (), _limits(wanted))
        try:
            self._serve(place, served)
        except (OSError, SyncdError, UnicodeError) as error:
            self._not_served(wanted, getattr(error, "strerror", None) or str(error))
        else:
            if self._wrong != "":
                self._around.telling.all_clear(WRONG)
            self._wrong = ""

    @property
    def port(self) -> int:
        """The port on which it listens; 0 where it does not."""
        return self._server.port if self._server else 0

    def fingerprints(self) -> Mapping[str, str]:
        """Return the fingerprints of the host keys by their algorithms; missing keys are made.

        Raises:
            SyncdError: one cannot be made or read.
        """
        from syncd.sftp.serving.host_key import fingerprints

        return fingerprints(self._keys())

    def greeting(self) -> list[str]:
        """Return what somebody should read who starts the daemon, once it serves; nothing where the server is off."""
        sftp = self._around.settings().sftp
        if not sftp.enabled:
            return []
        if self._server is None:
            return [f"SFTP is not served at {sftp.address} port {sftp.port}: {self._wrong}"]
        keys = " and ".join(f"{key} ({kind})" for kind, key in self._server.fingerprints.items())
        said = [f"SFTP is served at {sftp.address} port {self.port}; its host keys are {keys}"]
        said += [f"The account {name} is not served: {why}" for name, why in (self._accounts.troubles or {}).items()]
        return said if sftp.accounts else [*said, "Nobody can log in there yet: add an [[sftp.account]]"]

    def _write_down(self, *entries: Entry) -> None:
        self._around.store().record_entry(*entries)

    def _serve(self, place: _Place | None, served: Mapping[str, Served]) -> None:
        """Serve these accounts there. Sessions go on where place and limits are the same.

        On another port the old server stops only when the new one runs.
        """
        if self._server and self._place and place and place.limits == self._place.limits:
            self._server.change(*_of(served))
        if place == self._place:
            return
        if self._place and place and self._place.port == place.port:
            self._stop()
        server = self._started(place, served) if place else None
        self._stop()
        self._server, self._place = server, place

    def _started(self, place: _Place, served: Mapping[str, Served]) -> "Server":
        from syncd.sftp.serving.server import Server, Serving

        accounts, boxes, shown_to = _of(served)
        server = Server(
            Serving(
                address=place.address,
                port=place.port,
                keys=self._keys(),
                accounts=accounts,
                boxes=boxes,
                shown=shown_to,
                tell=self._tell,
                limits=place.limits,
            )
        )
        server.start()
        _log.info("serving", address=place.address, port=server.port, host_keys=server.fingerprints)
        return server

    def _stop(self) -> None:
        if self._server:
            self._server.stop()
        self._server = self._place = None

    def _not_served(self, wanted: Sftp, why: str) -> None:
        self._wrong = why
        self._around.telling.settle({WRONG: _trouble(wanted, why)}, {WRONG})
        if count := self._seldom.tells(why, time.monotonic()):
            where = {"address": wanted.address, "port": wanted.port}
            _log.error("not served as configured", **where, reason=why, count=count)

    def _keys(self) -> "Sequence[PKey]":
        from syncd.sftp.serving.host_key import host_keys

        return host_keys(self._around.home.state / "sftp" / "host_key")

    def _tell(self, what: Deed, account: str, *, address: str, file: str = "", detail: str = "") -> None:
        """Write down what somebody did: in the log at once, in the audit as soon as the database takes it."""
        write = _log.warning if what in (Deed.LOGIN_REFUSED, Deed.UPLOAD_REFUSED) else _log.info
        write(what.value, account=account, address=address, file=shown(file), detail=detail)
        entry = Entry(
            at=self._around.now(),
            what=what,
            who=account,
            account=self._os_account,
            how=way_of(Trigger.SFTP),
            file=file.removeprefix("/"),
            detail="; ".join(filter(None, (f"from {address}" if address else "", detail))),
        )
        if self._scribe:
            self._scribe.note(entry)


def _limits(wanted: Sftp) -> Limits:
    return Limits(
        file_bytes=wanted.file_size,
        files=wanted.files,
        bytes=wanted.total_size,
        sessions=wanted.sessions,
        sessions_each=wanted.sessions_each,
        strangers=max(1, wanted.sessions // 2),
        idle=wanted.idle.total_seconds(),
        handshake=wanted.handshake.total_seconds(),
        partial_age=wanted.keep_partial.total_seconds(),
    )


def _of(served: Mapping[str, Served]) -> tuple[Mapping[str, "Account"], Mapping[str, Box], "Shown"]:
    """Return what the server wants to know of those that it serves."""

    def shown_to(account: str, folder: Folder) -> Mapping[str, Path]:
        # Somebody who was just removed may still ask.
        return served[account].showcase.files(folder.value.removeprefix("/")) if account in served else {}

    accounts = {name: each.account for name, each in served.items()}
    return accounts, {name: each.box for name, each in served.items()}, shown_to


def _trouble(wanted: Sftp, why: str) -> Trouble:
    return Trouble(
        sentence=f"SFTP is not served as the settings want it; {wanted.address} port {wanted.port}: {why}",
        cause="The port is taken by another program, the address is none of this machine, or a host key cannot be "
        "made or read.",
        what_next="Mend [sftp] in config/syncd.toml, or the file that is named. It is tried again with every look into "
        "sync/.",
        all_clear="SFTP is served as the settings want it",
    )

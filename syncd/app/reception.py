"""The reception: the SFTP server of the daemon, started, kept in step with the settings, and stopped."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING

import structlog

from syncd.app.boxes import box
from syncd.app.scribe import Scribe
from syncd.app.showcase import Showcase
from syncd.app.telling import Telling
from syncd.app.witness import account as os_account
from syncd.config.home import Home
from syncd.config.models import Settings
from syncd.config.sftp import Sftp
from syncd.core.audit import Deed, Entry, way_of
from syncd.core.errors import UsageError
from syncd.core.incidents import Trouble
from syncd.core.naming import shown
from syncd.core.runs import Trigger
from syncd.store.store import Store

if TYPE_CHECKING:
    from paramiko import PKey

    from syncd.sftp.gate import Account
    from syncd.sftp.limits import Limits
    from syncd.sftp.server import Server

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


class Reception:
    """The SFTP server of a home. It runs in the daemon alone."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._os_account = os_account()
        self._wake: Event | None = None
        self._scribe: Scribe | None = None
        self._server: Server | None = None
        self._served: tuple[Sftp, Mapping[str, Account]] | None = None

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
        try:
            accounts = self._accounts(wanted)
            if (wanted, accounts) == self._served:
                return
            self._replace(wanted, accounts)
        except (OSError, UsageError) as error:
            self._around.telling.settle({WRONG: _trouble(wanted, error)}, {WRONG})
            _log.error("not served as configured", address=wanted.address, port=wanted.port, reason=str(error))
            return
        self._served = wanted, accounts
        self._around.telling.all_clear(WRONG)

    @property
    def port(self) -> int:
        """The port on which it listens; 0 where it does not."""
        return self._server.port if self._server else 0

    def fingerprint(self) -> str:
        """Return the fingerprint of the host key, which is made where there is none.

        Raises:
            UsageError: it cannot be made or read.
        """
        from syncd.sftp.host_key import fingerprint

        return fingerprint(self._key())

    def greeting(self) -> list[str]:
        """Return what somebody should read who starts the daemon; nothing where the server is off.

        Raises:
            UsageError: the host key cannot be made or read.
        """
        sftp = self._around.settings().sftp
        if not sftp.enabled:
            return []
        said = [f"SFTP is served at {sftp.address} port {sftp.port}; its host key is {self.fingerprint()}"]
        return said if sftp.accounts else [*said, "Nobody can log in there yet: add an [[sftp.account]]"]

    def _write_down(self, *entries: Entry) -> None:
        zone = self._around.now().tzinfo
        self._around.store().record_entry(*(replace(entry, at=entry.at.astimezone(zone)) for entry in entries))

    def _replace(self, wanted: Sftp, accounts: Mapping[str, "Account"]) -> None:
        """Serve anew. On another port the old server stops only when the new one runs."""
        if self._served and self._served[0].port == wanted.port:
            self._stop()
        server = self._started(wanted, accounts) if wanted.enabled else None
        self._stop()
        self._server = server

    def _started(self, wanted: Sftp, accounts: Mapping[str, "Account"]) -> "Server":
        from syncd.sftp.server import Server, Serving

        limits, home = _limits(wanted), self._around.home
        showcases = {table.name: Showcase(home, self._around.store, table) for table in wanted.accounts}
        boxes = {name: box(home, name, limits, self.delivered) for name in accounts}
        server = Server(
            Serving(
                address=wanted.address,
                port=wanted.port,
                key=self._key(),
                accounts=accounts,
                boxes=boxes,
                shown=lambda account, folder: showcases[account].files(folder.value.removeprefix("/")),
                tell=self._tell,
                limits=limits,
            )
        )
        server.start()
        _log.info("serving", address=wanted.address, port=server.port, host_key=self.fingerprint())
        return server

    def _stop(self) -> None:
        if self._server:
            self._server.stop()
        self._server = self._served = None

    def _accounts(self, wanted: Sftp) -> Mapping[str, "Account"]:
        if not wanted.enabled:
            return {}
        from syncd.sftp.gate import Account

        home = self._around.home
        return {
            table.name: Account(name=table.name, keys=table.blobs(home), password_hash=table.password_hash)
            for table in wanted.accounts
        }

    def _key(self) -> "PKey":
        from syncd.sftp.host_key import host_key

        return host_key(self._around.home.state / "sftp" / "host_key")

    def _tell(self, what: Deed, account: str, *, address: str, file: str = "", detail: str = "") -> None:
        """Write down what somebody did: in the log at once, in the audit as soon as the database takes it."""
        write = _log.warning if what is Deed.LOGIN_REFUSED else _log.info
        write(what.value, account=account, address=address, file=shown(file), detail=detail)
        entry = Entry(
            at=datetime.now(UTC),
            what=what,
            who=account,
            account=self._os_account,
            how=way_of(Trigger.SFTP),
            file=file.removeprefix("/"),
            detail="; ".join(filter(None, (f"from {address}" if address else "", detail))),
        )
        if self._scribe:
            self._scribe.note(entry)


def _limits(wanted: Sftp) -> "Limits":
    from syncd.sftp.limits import Limits

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


def _trouble(wanted: Sftp, error: Exception) -> Trouble:
    why = getattr(error, "strerror", None) or str(error)
    return Trouble(
        sentence=f"SFTP is not served as the settings want it; {wanted.address} port {wanted.port}: {why}",
        cause="The port is taken by another program, the address is none of this machine, or a file of keys is away.",
        what_next="Mend [sftp] in config/syncd.toml or what it names. It is tried again with every look into sync/.",
        all_clear="SFTP is served as the settings want it",
    )

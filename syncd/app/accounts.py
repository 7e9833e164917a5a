"""The accounts that send by SFTP, as they can be served now. What is wrong with one of them concerns no other."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from syncd.app.boxes import box
from syncd.app.showcase import Showcase
from syncd.app.telling import Telling
from syncd.config.home import Home
from syncd.config.sftp import AccountTable
from syncd.core.errors import SyncdError
from syncd.core.incidents import Trouble
from syncd.sftp.dropbox.box import Box
from syncd.sftp.dropbox.limits import Limits
from syncd.store.store import Store

if TYPE_CHECKING:
    from syncd.sftp.serving.gate import Account

_FRONT = "sftp account "
"""What the keys of incidents begin with that an account is not served."""

_log = structlog.get_logger("syncd.sftp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """An account that is served: as the settings have it, how it logs in, where its files go, what it may fetch."""

    table: AccountTable
    account: "Account"
    box: Box
    showcase: Showcase


@dataclass(slots=True, kw_only=True)
class Accounts:
    """The accounts of a home. delivered: hears that there is something to take.

    troubles: why some are not served, by name. A box is the same as long as its limits are: sessions hold on to it, and
    it knows who sends what.
    """

    home: Home
    store: Callable[[], Store]
    telling: Telling
    delivered: Callable[[], None]
    troubles: Mapping[str, str] | None = None
    _served: Mapping[str, Served] = field(default_factory=dict)
    _boxes: dict[tuple[str, Limits], Box] = field(default_factory=dict)

    def look(self, wanted: Iterable[AccountTable], limits: Limits) -> Mapping[str, Served]:
        """Return those that can be served, by name; tell of the others, and of those that can be served again."""
        served, troubles = {}, {}
        for table in wanted:
            try:
                served[table.name] = self._one(table, limits)
            except SyncdError as error:
                troubles[table.name] = str(error)
            except OSError as error:
                troubles[table.name] = f"its folder sync/{table.name} cannot be used: {error.strerror}"
        self._tell(troubles)
        self._served, self.troubles = served, troubles
        return served

    def _one(self, table: AccountTable, limits: Limits) -> Served:
        from syncd.sftp.serving.gate import Account

        account = Account(name=table.name, keys=table.blobs(self.home), password_hash=table.password_hash)
        place = self._boxes.get((table.name, limits)) or box(self.home, table.name, limits, self.delivered)
        before = self._served.get(table.name)
        if before and before.box is place:
            place.places.see()
        else:
            place.prepare()
            self._boxes[table.name, limits] = place
        kept = before.showcase if before and before.table == table else Showcase(self.home, self.store, table)
        return Served(table=table, account=account, box=place, showcase=kept)

    def _tell(self, troubles: Mapping[str, str]) -> None:
        if not troubles and self.troubles == {}:
            return
        known = [each["alarm"] for each in self.telling.open() if each["alarm"].startswith(_FRONT)]
        self.telling.settle({_FRONT + name: _trouble(name, why) for name, why in troubles.items()}, known)
        for name, why in troubles.items():
            if (self.troubles or {}).get(name) != why:
                _log.error("account not served", account=name, reason=why)


def _trouble(name: str, why: str) -> Trouble:
    return Trouble(
        sentence=f"the account {name} is not served by SFTP; {why}",
        cause="A file of its keys is away or holds something else, or its drop folder cannot be used.",
        what_next="Mend that; syncd config check names files of keys that cannot be read. It is tried again with every "
        "look into sync/. All other accounts are served meanwhile.",
        all_clear=f"nothing keeps the account {name} from SFTP any more",
    )

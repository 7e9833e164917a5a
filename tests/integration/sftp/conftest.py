"""A server of our own on loopback, OpenSSH's beside it, and the sender's key."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sftp_post as fake
from argon2 import PasswordHasher

from syncd.core.audit import Deed
from syncd.sftp.dropbox.box import Box
from syncd.sftp.dropbox.limits import Limits
from syncd.sftp.dropbox.names import Folder
from syncd.sftp.serving.gate import Account
from syncd.sftp.serving.host_key import host_keys
from syncd.sftp.serving.server import Server, Serving


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give the key of the sender."""
    return fake.new_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def hashed() -> str:
    """Give the hash of the account's password, made cheaply."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(fake.PASSWORD)


@pytest.fixture
def post(tmp_path: Path, keys: Any, hashed: str) -> Iterator[Callable[..., Any]]:
    """Give a maker of servers at an address; `limits` as keywords."""
    made: list[Any] = []

    def make(address: str = "127.0.0.1", **limits: Any) -> Any:
        home = tmp_path / f"home{len(made)}"
        (home / "reports").mkdir(parents=True)
        told: list[tuple[Deed, dict[str, str]]] = []
        shown: dict[str, Path] = {}

        def tell(what: Deed, account: str, **facts: str) -> None:
            told.append((what, {"account": account} | facts))

        box = Box(home / "sync" / "ladok", home / "sync", Limits(**limits))
        box.prepare()
        serving = Serving(
            address=address,
            port=0,
            keys=host_keys(home / "host_key"),
            accounts={"ladok": Account(name="ladok", keys=frozenset([keys.blob]), password_hash=hashed)},
            boxes={"ladok": box},
            shown=lambda _, folder: shown if folder is Folder.REPORTS else {},
            tell=tell,
            limits=Limits(**limits),
        )
        server = Server(serving)
        server.start()
        made.append(fake.Post(home, keys, server, box, told, shown))
        return made[-1]

    yield make
    for each in made:
        for transport in each.open:
            transport.close()
        each.server.stop()

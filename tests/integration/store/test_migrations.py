"""Migrations that fill what they add."""

from collections.abc import Callable

import polars as pl
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from syncd.core.kinds import Kind
from syncd.store.migrate import MIGRATIONS
from syncd.store.store import Store

ADDRESSES = ("maud@example.org", "Paul@Example.ORG", "quentin@xn--bcher-kva.example", "", None)


def made_by(revision: str, url: str) -> sa.Engine:
    """Return an engine on a database whose schema is that of an older revision."""
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    return engine


def test_addresses_of_an_older_roster_are_found_without_regard_to_case(new_database: Callable[[], str]) -> None:
    """What is stored stays as it was sent."""
    url = new_database()
    insert = (
        "INSERT INTO users (id, username, email, state, created_run, run) VALUES (:id, :name, :email, 'enabled', 1, 1)"
    )
    with made_by("0005", url).begin() as connection:
        for id, email in enumerate(ADDRESSES, start=1):
            connection.execute(sa.text(insert), {"id": id, "name": f"user{id}", "email": email})
    store = Store.open(url)
    wanted = ["maud@example.org", "paul@example.org", "quentin@bücher.example"]
    found = store.find(Kind.USER, ("email",), pl.DataFrame({"email": wanted})).sort("id")
    assert list(ADDRESSES[:3]) == found.get_column("email").to_list()
    assert ["2"] == [record["key"] for record in store.record(Kind.USER, "PAUL@example.org")]
    store.close()

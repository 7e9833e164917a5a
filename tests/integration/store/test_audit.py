"""The audit only grows."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from syncd.core.audit import Deed, Entry
from syncd.core.errors import SyncdError
from syncd.core.runs import Run, Trigger

AT = datetime(2026, 11, 21, 18, 30, 5, tzinfo=UTC)


def entry(what: Deed = Deed.INIT, **fields: Any) -> Entry:
    return Entry(**{"at": AT, "what": what, "who": "ada", "account": "syncd", "how": "cli"} | fields)


def test_entries_are_listed_newest_first(scene: Any) -> None:
    """All of them, those of one run, or no more than wanted."""
    one, other = entry(Deed.SYNC, run=1, file="f.csv"), entry(Deed.UNDO, run=2, detail="undoes run 1")
    for each in (one, other):
        scene.store.record_entry(each)
    assert [other, one] == scene.store.audit()
    assert ([one], [other]) == (scene.store.audit(1), scene.store.audit(limit=1))
    assert [] == scene.store.audit(3)


def test_a_run_and_its_entry_are_stored_together(scene: Any) -> None:
    """Who wanted a run is known exactly if there is one; the entry gets its number."""
    run = scene.store.add_run(Run(work="w", file="f.csv", trigger=Trigger.CLI, received=AT), entry())
    assert [run.id] == [each.run for each in scene.store.audit()]
    with pytest.raises(SyncdError, match="no run 999"):
        scene.store.save_run(replace(run, id=999), entry())
    assert 1 == len(scene.store.audit())


SNEAKY = {"sqlite": "INSERT OR REPLACE INTO audit SELECT * FROM audit", "postgresql": "TRUNCATE audit"}


@pytest.mark.parametrize("sql", ["UPDATE audit SET who = 'nobody'", "DELETE FROM audit", "sneaky"])
def test_the_database_refuses_to_change_or_remove_an_entry(scene: Any, sql: str) -> None:
    """Also when it is asked past syncd; a table that can be mended proves nothing."""
    sql = SNEAKY[scene.url.split(":")[0]] if sql == "sneaky" else sql
    scene.store.record_entry(entry())
    engine = sa.create_engine(scene.url.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool)
    with pytest.raises(sa.exc.DBAPIError, match="the audit only grows"), engine.begin() as connection:
        connection.execute(sa.text(sql))
    assert [entry()] == scene.store.audit()


def test_hostile_names_are_spelled_out(scene: Any) -> None:
    """A file name may hold bytes that are no text, which no database takes, and codes that move a cursor."""
    scene.store.record_entry(entry(file="a\udcff\x1b[2J.csv", who="ad\na", detail="x\u202ey"))
    (stored,) = scene.store.audit()
    assert ("a\\xff\\x1b[2J.csv", "ad\\na", "x\\u202ey") == (stored.file, stored.who, stored.detail)

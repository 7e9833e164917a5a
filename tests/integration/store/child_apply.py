"""A second process: applies a stored run that renames user 1 and creates user 2, and may be killed on the way.

Arguments: the store's URL, the id of the run, what happens, and how many rows count as few. What happens: `whole`,
`announced` (says when it begins), `holds` (says so and waits for a line before the commit), or
`killed-after-change`, `killed-before-commit`, `killed-after-commit`.
"""

import os
import signal
import sys
from typing import Any

import polars as pl

from syncd.core.errors import RosterMoved
from syncd.core.kinds import Kind
from syncd.frames.changes import ChangeSet, record_schema
from syncd.store import database
from syncd.store.store import Store


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def hold() -> None:
    say("holding")
    sys.stdin.readline()


def bulk_of(url: str) -> Any:
    if url.startswith("sqlite") and database.FEW_ROWS > 0:
        from syncd.store.bulk_rows import RowsBulk as Bulk
    elif url.startswith("sqlite"):
        from syncd.store.bulk_sqlite import SqliteBulk as Bulk
    else:
        from syncd.store.bulk_postgres import PostgresBulk as Bulk
    return Bulk


def disturb(url: str, mode: str) -> None:
    Bulk = bulk_of(url)  # noqa: N806 - it is a class
    begin, commit, append = Bulk.begin, Bulk.commit, Bulk.append

    def disturbed_begin(self: Any, *, filling: bool) -> None:
        if mode == "announced":
            say("beginning")
        begin(self, filling=filling)

    def disturbed_commit(self: Any) -> None:
        if mode == "killed-before-commit":
            die()
        if mode == "holds":
            hold()
        commit(self)
        if mode == "killed-after-commit":
            die()

    def disturbed_append(self: Any, table: str, frame: pl.DataFrame) -> None:
        append(self, table, frame)
        if mode == "killed-after-change" and table == "changes":
            die()

    Bulk.begin, Bulk.commit, Bulk.append = disturbed_begin, disturbed_commit, disturbed_append


def main() -> None:
    url, id, mode, few = sys.argv[1:]
    database.FEW_ROWS = int(few)
    disturb(url, mode)
    store = Store.open(url)
    run = store.run(int(id))
    anna = store.find(Kind.USER, ("id",), pl.DataFrame({"id": [1]})).with_columns(
        pl.lit("anna2").alias("username"),
        pl.lit("updated").alias("_action"),
        pl.lit(1).alias("_row"),
        pl.lit(value=True).alias("_identity"),
        pl.lit('{"username":"anna"}').alias("_before"),
        pl.lit('{"username":"anna2"}').alias("_after"),
    )
    bo = pl.DataFrame([{"id": 2, "username": "bo", "state": "enabled"}], schema=record_schema(Kind.USER))
    try:
        store.apply(ChangeSet(created={Kind.USER: bo}, changed={Kind.USER: anna}), run, {"users": run.work})
    except RosterMoved:
        say("moved")
    else:
        say("applied")
    store.close()


main()

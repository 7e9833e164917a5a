"""The journal of runs."""

from dataclasses import replace

import sqlalchemy as sa

from syncd.core.errors import SyncdError
from syncd.core.naming import shown
from syncd.core.runs import Run, RunState, Trigger
from syncd.store.codec import run_from_json, run_to_json
from syncd.store.schema import RUNS

_ADDED = sa.insert(RUNS).returning(RUNS.c.id)
_SAVED = sa.update(RUNS).where(RUNS.c.id == sa.bindparam("run"))
_UNFINISHED = sorted(state for state in RunState if not state.is_final and state is not RunState.HELD)


def as_row(run: Run) -> dict[str, str | int | None]:
    """Return the columns of the table, but for the id."""
    return {
        "work": run.work,
        "state": run.state.value,
        "parent": run.parent,
        "file": shown(run.file),
        "feed": run.feed,
        "sha256": run.sha256,
        "tryback": run.tryback,
        "received": run.received.isoformat(),
        "sender": run.by if run.trigger is Trigger.SFTP else "",
        "data_source": run.data_source,
        "document": run_to_json(run),
    }


def add(connection: sa.Connection, run: Run) -> Run:
    """Store a new run; return it with its id."""
    inserted = connection.execute(_ADDED, as_row(run))
    return replace(run, id=inserted.scalar_one())


def save(connection: sa.Connection, run: Run) -> None:
    """Store how a run stands.

    Raises:
        SyncdError: it was never added.
    """
    saved = connection.execute(_SAVED, {"run": run.id, **as_row(run)})
    if saved.rowcount != 1:
        raise SyncdError(f"there is no run {run.id}")


def listed(
    connection: sa.Connection,
    *where: sa.ColumnElement[bool],
    oldest_first: bool = False,
    limit: int | None = None,
) -> list[Run]:
    """Return the runs of which all conditions are true, newest first unless told otherwise."""
    order = RUNS.c.id if oldest_first else RUNS.c.id.desc()
    found = connection.execute(sa.select(RUNS.c.id, RUNS.c.document).where(*where).order_by(order).limit(limit))
    return [replace(run_from_json(document), id=id) for id, document in found]


def is_unfinished() -> sa.ColumnElement[bool]:
    """Return the condition that a run is neither final nor held."""
    return RUNS.c.state.in_(_UNFINISHED)

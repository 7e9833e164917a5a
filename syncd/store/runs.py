"""The journal of runs."""

from collections.abc import Iterator
from dataclasses import replace

import sqlalchemy as sa

from syncd.core.errors import SyncdError
from syncd.core.naming import shown
from syncd.core.runs import Run, RunState, Trigger
from syncd.store.codec import run_from_json, run_to_json
from syncd.store.schema import RUN_FILES, RUNS

_ADDED = sa.insert(RUNS).returning(RUNS.c.id)
_SAVED = sa.update(RUNS).where(RUNS.c.id == sa.bindparam("run"))
_TRYBACK = sa.update(RUN_FILES).where(
    RUN_FILES.c.run == sa.bindparam("of_run"), RUN_FILES.c.place == sa.bindparam("at_place")
)
_UNFINISHED = sorted(state for state in RunState if not state.is_final and state is not RunState.HELD)


def as_row(run: Run) -> dict[str, str | int | None]:
    """Return the columns of the table, but for the id."""
    return {
        "state": run.state.value,
        "parent": run.parent,
        "file": shown(run.title),
        "feed": run.feed,
        "sha256": run.sha256,
        "received": run.received.isoformat(),
        "sender": run.by if run.trigger is Trigger.SFTP else "",
        "data_source": run.data_source,
        "document": run_to_json(run),
    }


def add(connection: sa.Connection, run: Run) -> Run:
    """Store a new run; return it with its id."""
    run = replace(run, id=connection.execute(_ADDED, as_row(run)).scalar_one())
    files = enumerate(run.files)
    connection.execute(
        sa.insert(RUN_FILES),
        [{"run": run.id, "place": place, "work": file.work, "tryback": file.tryback} for place, file in files],
    )
    return run


def trybacks(run: Run) -> Iterator[tuple[int, str]]:
    """Yield the place of each file of which rows are to mend, and its tryback.

    A name that was reserved and not used in the end stays in the table; whether there is such a tryback, the run tells.
    """
    yield from ((place, file.tryback) for place, file in enumerate(run.files) if file.tryback)


def save(connection: sa.Connection, run: Run) -> None:
    """Store how a run stands.

    Raises:
        SyncdError: it was never added.
    """
    saved = connection.execute(_SAVED, {"run": run.id, **as_row(run)})
    if saved.rowcount != 1:
        raise SyncdError(f"there is no run {run.id}")
    for place, tryback in trybacks(run):
        connection.execute(_TRYBACK, {"of_run": run.id, "at_place": place, "tryback": tryback})


def has_file(which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Return the condition that a run has a file of which this is true."""
    return RUNS.c.id.in_(sa.select(RUN_FILES.c.run).where(which))


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

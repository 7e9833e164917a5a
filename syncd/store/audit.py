"""The audit as a table to which rows are only added; the database itself refuses everything else."""

from datetime import datetime

import sqlalchemy as sa

from syncd.core.audit import Deed, Entry
from syncd.core.naming import shown
from syncd.store.schema import AUDIT


def add(connection: sa.Connection, entry: Entry) -> None:
    """Write an entry down, in the transaction at hand."""
    connection.execute(
        sa.insert(AUDIT).values(
            at=entry.at.isoformat(),
            who=shown(entry.who),
            account=shown(entry.account),
            how=entry.how,
            what=entry.what.value,
            run=entry.run,
            file=shown(entry.file),
            detail=shown(entry.detail),
        )
    )


def listed(connection: sa.Connection, run: int | None, limit: int | None) -> list[Entry]:
    """Return entries, the newest first; those about one run where it is given."""
    where = (AUDIT.c.run == run,) if run is not None else ()
    found = connection.execute(sa.select(AUDIT).where(*where).order_by(AUDIT.c.seq.desc()).limit(limit))
    return [
        Entry(
            at=datetime.fromisoformat(row.at),
            who=row.who,
            account=row.account,
            how=row.how,
            what=Deed(row.what),
            run=row.run,
            file=row.file,
            detail=row.detail,
        )
        for row in found
    ]

"""Which contents are needed that stand beside the roster: by records, and by what can be undone."""

import json
from collections.abc import Iterator

import sqlalchemy as sa

from syncd.core.contents import CONTENTS
from syncd.store.schema import CHANGES, RECORDS


def in_use(connection: sa.Connection) -> frozenset[str]:
    """Return the SHA-256 of every content that a record has or had, deleted records included.

    What a change of the history put in the place of something can be taken back, so both are needed.
    """
    return frozenset(_digests(connection))


def _digests(connection: sa.Connection) -> Iterator[str]:
    for kind, column in CONTENTS.items():
        yield from filter(None, connection.scalars(sa.select(RECORDS[kind].c[column])))
        was = sa.select(CHANGES.c.before, CHANGES.c.after).where(CHANGES.c.kind == kind.value)
        for change in connection.execute(was):
            for text in change:
                if digest := json.loads(text or "{}").get(column):
                    yield digest

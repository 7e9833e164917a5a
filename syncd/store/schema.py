"""The tables of the roster, made from the kinds of core, and the few that stand beside them.

The database knows no foreign keys: references are resolved when a run is planned, and
checking them a second time would be more than half of a first load.
"""

from collections.abc import Mapping

import sqlalchemy as sa

from syncd.core.kinds import SPECS, Case, Kind, KindSpec, State, Type

Integer = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""64 bits in both databases; SQLite makes a key of this type the row's own number."""

TYPES: Mapping[Type, sa.Text | sa.BigInteger] = {Type.TEXT: sa.Text(), Type.INTEGER: Integer, Type.JSON: sa.Text()}
"""JSON is kept as text, so that it compares and travels alike in both databases."""

LIVE = sa.text(f"state <> '{State.DELETED}'")
GONE = sa.text(f"state = '{State.DELETED}'")

METADATA = sa.MetaData()

_REQUIRED = frozenset({"state", "created_run", "run"})


def folded_columns(spec: KindSpec) -> tuple[str, ...]:
    """Return the columns that are compared without regard to case; beside each stands `NAME_folded`.

    It holds the value as it is compared (`syncd.frames.folding`) where that is not the value itself, else null: the two
    columns together find every record, and a roster of addresses in lower case pays nothing.
    """
    return tuple(column.name for column in spec.columns if column.case is Case.IGNORED)


def index_name(prefix: str, table: str, columns: tuple[str, ...]) -> str:
    """Return the name of an index: `ux` for unique among live records, `gx` among deleted ones, `ix` for the rest."""
    return "_".join((prefix, table, *columns))


def _record_table(spec: KindSpec) -> sa.Table:
    types = spec.types()
    required = _REQUIRED.union(spec.key)
    columns = [
        sa.Column(name, TYPES[types[name]], autoincrement=False, nullable=name not in required) for name in spec.names
    ]
    folded = [f"{name}_folded" for name in folded_columns(spec)]
    table = sa.Table(
        spec.table,
        METADATA,
        *columns,
        *(sa.Column(name, sa.Text()) for name in folded),
        sa.PrimaryKeyConstraint(*spec.key),
        sqlite_with_rowid=spec.is_entity,
    )
    for group in spec.unique:
        _index(table, "ux", group, LIVE)
        _index(table, "gx", group, GONE)
    for group in spec.lookups:
        _index(table, "ix", group)
    for name in folded:
        _index(table, "ix", (name,), sa.text(f"{name} IS NOT NULL"))
    return table


def _index(table: sa.Table, prefix: str, group: tuple[str, ...], where: sa.TextClause | None = None) -> None:
    columns = [table.c[name] for name in group]
    name = index_name(prefix, table.name, group)
    sa.Index(name, *columns, unique=prefix == "ux", sqlite_where=where, postgresql_where=where)


class _Tables(dict[Kind, sa.Table]):
    """Tables by kind, each made when it is first asked for: by then every dialect has declared its kinds."""

    def __missing__(self, kind: Kind) -> sa.Table:
        self[kind] = _record_table(SPECS[kind])
        return self[kind]


RECORDS = _Tables()
"""The table of each kind. The two partial indexes of a unique group together find every record, at the price of one."""

META = sa.Table(
    "meta",
    METADATA,
    sa.Column("name", sa.Text(), nullable=False),
    sa.Column("value", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("name"),
)
"""Single facts: `installation`, `seed`, and `seq`, the number of the last change."""

POPULATION = sa.Table(
    "population",
    METADATA,
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("live", Integer, nullable=False),
    sa.Column("held", Integer, nullable=False),
    sa.PrimaryKeyConstraint("kind"),
)
"""How many records of a kind are live, and how many the table holds, kept by every apply."""

MEMORIES = sa.Table(
    "memories",
    METADATA,
    sa.Column("feed", sa.Text(), nullable=False),
    sa.Column("token", sa.Text(), nullable=False),
    sa.Column("seq", Integer, nullable=False),
    sa.PrimaryKeyConstraint("feed"),
)
"""Which side file of remembered rows belongs to a feed, and the last change when it was written."""

RUNS = sa.Table(
    "runs",
    METADATA,
    sa.Column("id", Integer, nullable=False),
    sa.Column("state", sa.Text(), nullable=False),
    sa.Column("parent", Integer),
    sa.Column("file", sa.Text(), nullable=False),
    sa.Column("feed", sa.Text(), nullable=False),
    sa.Column("sha256", sa.Text(), nullable=False),
    sa.Column("received", sa.Text(), nullable=False),
    sa.Column("document", sa.Text(), nullable=False),
    sa.Column("sender", sa.Text(), nullable=False, server_default=""),
    sa.Column("data_source", sa.Text(), nullable=False, server_default=""),
    sa.PrimaryKeyConstraint("id"),
    sa.Index("ix_runs_state", "state"),
    sa.Index("ix_runs_feed", "feed"),
    sa.Index("ix_runs_received", "received"),
    sa.Index("ix_runs_parent", "parent"),
    sa.Index("ix_runs_sha256", "sha256"),
    sa.Index("ix_runs_sender", "sender"),
    sa.Index("ix_runs_data_source", "data_source"),
)
"""Every run; `document` is the whole of it, the other columns are there to be searched."""

RUN_FILES = sa.Table(
    "run_files",
    METADATA,
    sa.Column("run", Integer, autoincrement=False, nullable=False),
    sa.Column("place", Integer, autoincrement=False, nullable=False),
    sa.Column("work", sa.Text(), nullable=False),
    sa.Column("tryback", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("run", "place"),
    sa.Index("ux_run_files_work", "work", unique=True),
    sa.Index("ix_run_files_tryback", "tryback"),
)
"""The files of every run, in their order, by which a run is found: their workrooms and trybacks."""

CHANGES = sa.Table(
    "changes",
    METADATA,
    sa.Column("seq", Integer, autoincrement=False, nullable=False),
    sa.Column("run", Integer, nullable=False),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("action", sa.Text(), nullable=False),
    sa.Column("key", sa.Text(), nullable=False),
    sa.Column("a", Integer, nullable=False),
    sa.Column("b", Integer, nullable=False),
    sa.Column("identity", Integer, nullable=False),
    sa.Column("row", Integer),
    sa.Column("before", sa.Text()),
    sa.Column("after", sa.Text()),
    sa.PrimaryKeyConstraint("seq"),
    sa.Index("ix_changes_kind_key", "kind", "key"),
)
"""One row for each change of a record that was there before; `key` is its id, or the ids that it joins.

`a` and `b` hold the values of the kind's scope columns, 0 where it has none.
"""

AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("seq", Integer, nullable=False),
    sa.Column("at", sa.Text(), nullable=False),
    sa.Column("who", sa.Text(), nullable=False),
    sa.Column("account", sa.Text(), nullable=False),
    sa.Column("how", sa.Text(), nullable=False),
    sa.Column("what", sa.Text(), nullable=False),
    sa.Column("run", Integer),
    sa.Column("file", sa.Text(), nullable=False),
    sa.Column("detail", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("seq"),
    sa.Index("ix_audit_run", "run"),
)
"""Who did what; triggers of the database refuse to change or remove a row."""

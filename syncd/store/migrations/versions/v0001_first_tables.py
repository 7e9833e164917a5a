"""The first tables: nine kinds of record, their changes, and the journal of runs.

This is how they were when they were made. Later kinds and columns come by later
migrations; the description here never changes, whatever becomes of the kinds in core.
"""

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table as words: columns are text unless `:int`, and may be empty unless `!`.

    unique, lookups: the columns of each index.
    """

    name: str
    columns: str
    key: str
    unique: tuple[str, ...] = ()
    lookups: tuple[str, ...] = ()


RECORDS = (
    Table(
        name="categories",
        columns="""
            id:int! path idnumber name parent_id:int visible:int state! data_source created_run:int! run:int!
        """,
        key="id",
        unique=("idnumber", "path"),
    ),
    Table(
        name="courses",
        columns="""
            id:int! shortname idnumber fullname category_id:int summary format lang theme template sortorder:int
            visible:int visibleold:int showgrades:int showreports:int newsitems:int legacyfiles:int maxbytes:int
            groupmode:int groupmodeforce:int startdate:int timecreated:int timemodified:int marker:int
            coursedisplay:int enablecompletion:int defaultgroupingid:int guest:int self:int topics state!
            data_source created_run:int! run:int!
        """,
        key="id",
        unique=("idnumber", "shortname"),
        lookups=("category_id",),
    ),
    Table(
        name="users",
        columns="""
            id:int! username idnumber email firstname lastname auth lang country city timezone institution
            department phone1 phone2 address url icq description maildisplay:int maildigest:int mailformat:int
            htmleditor:int autosubscribe:int trackforums:int mnethostid:int profile password_mark state!
            data_source created_run:int! run:int!
        """,
        key="id",
        unique=("idnumber", "username"),
        lookups=("email",),
    ),
    Table(
        name="cohorts",
        columns="""
            id:int! idnumber name description component category_id:int state! data_source created_run:int!
            run:int!
        """,
        key="id",
        unique=("idnumber",),
        lookups=("name",),
    ),
    Table(
        name="cohort_members",
        columns="cohort_id:int! user_id:int! state! data_source created_run:int! run:int!",
        key="cohort_id user_id",
        lookups=("user_id",),
    ),
    Table(
        name="enrolments",
        columns="""
            course_id:int! user_id:int! method! role! starttime:int endtime:int status:int via state!
            data_source created_run:int! run:int!
        """,
        key="course_id user_id method role",
        lookups=("user_id",),
    ),
    Table(
        name="role_assignments",
        columns="course_id:int! user_id:int! role! state! data_source created_run:int! run:int!",
        key="course_id user_id role",
        lookups=("user_id",),
    ),
    Table(
        name="course_groups",
        columns="id:int! course_id:int name idnumber description state! data_source created_run:int! run:int!",
        key="id",
        unique=("course_id idnumber", "course_id name"),
    ),
    Table(
        name="group_members",
        columns="""
            group_id:int! user_id:int! course_id:int component state! data_source created_run:int! run:int!
        """,
        key="group_id user_id",
        lookups=("user_id course_id",),
    ),
)
"""The kinds of record. Links have no row number of their own."""

JOURNAL = (
    Table(
        name="meta",
        columns="name! value!",
        key="name",
    ),
    Table(
        name="population",
        columns="kind! live:int! held:int!",
        key="kind",
    ),
    Table(
        name="memories",
        columns="feed! token! seq:int!",
        key="feed",
    ),
    Table(
        name="runs",
        columns="id:int! work! state! parent:int file! feed! sha256! tryback! received! document!",
        key="id",
        unique=("work",),
        lookups=("parent", "sha256", "state", "tryback"),
    ),
    Table(
        name="changes",
        columns="seq:int! run:int! kind! action! key! a:int! b:int! identity:int! row:int before after",
        key="seq",
        lookups=("kind key",),
    ),
)
"""What stands beside the records."""


def upgrade() -> None:
    """Make the tables and their indexes."""
    for table in RECORDS:
        _create(table, with_rowid=table.key == "id", autoincrement=False)
        for group in table.unique:
            _index("ux", table, group, unique=True, where="state <> 'deleted'")
            _index("gx", table, group, unique=False, where="state = 'deleted'")
    for table in JOURNAL:
        _create(table, with_rowid=True, autoincrement="auto" if table.name == "runs" else False)
        for group in table.unique:
            _index("ux", table, group, unique=True)
    for table in (*RECORDS, *JOURNAL):
        for group in table.lookups:
            _index("ix", table, group, unique=False)


def _create(table: Table, *, with_rowid: bool, autoincrement: bool | Literal["auto"]) -> None:
    integer = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    columns = []
    for word in table.columns.split():
        name, _, kind = word.removesuffix("!").partition(":")
        columns.append(
            sa.Column(
                name, integer if kind else sa.Text(), autoincrement=autoincrement, nullable=not word.endswith("!")
            )
        )
    key = sa.PrimaryKeyConstraint(*table.key.split())
    op.create_table(table.name, *columns, key, sqlite_with_rowid=with_rowid)


def _index(prefix: str, table: Table, group: str, *, unique: bool, where: str = "") -> None:
    columns = group.split()
    condition = sa.text(where) if where else None
    op.create_index(
        "_".join((prefix, table.name, *columns)),
        table.name,
        columns,
        unique=unique,
        sqlite_where=condition,
        postgresql_where=condition,
    )

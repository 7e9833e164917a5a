"""The kinds of record that the roster holds: one table, from which database, frames, names and limits follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import Any


class Kind(StrEnum):
    """A type of record in the roster."""

    CATEGORY = "category"
    COURSE = "course"
    META_LINK = "meta_link"
    USER = "user"
    PICTURE = "picture"
    COHORT = "cohort"
    COHORT_MEMBER = "cohort_member"
    COHORT_BINDING = "cohort_binding"
    ENROLMENT = "enrolment"
    ROLE_ASSIGNMENT = "role_assignment"
    GROUP = "group"
    GROUPING = "grouping"
    GROUPING_GROUP = "grouping_group"
    GROUP_MEMBER = "group_member"


class State(StrEnum):
    """What the roster says of a record. Deleted records stay, for history and undo."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    DELETED = "deleted"


class Type(StrEnum):
    """How a column is kept: text, whole number (times are Unix seconds), or JSON text."""

    TEXT = "text"
    INTEGER = "integer"
    JSON = "json"


class Case(StrEnum):
    """How letter case counts in look-ups: it does; values are stored in lower case; it is ignored, stored as sent."""

    EXACT = "exact"
    LOWER = "lower"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a kind.

    name: the column in the database and in frames.
    identity: rows of feeds find the record by it; a change of it makes them count as new.
    case: how letter case counts when records are looked up by it.
    refers: the kind whose id this column holds.
    secret: never shown, reported or logged.
    """

    name: str
    type: Type = Type.TEXT
    identity: bool = False
    case: Case = Case.EXACT
    refers: Kind | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KindSpec:
    """A kind, its key columns and its other columns.

    key: the primary key. Entities have ("id",); links the ids that they join.
    unique: column groups that no two live records share (empty text and null do not count).
    lookups: further columns by which records are looked up and which are indexed.
    scope: the two columns by which rows of a feed touch the record: a person and a
        place (course, cohort); "" where the kind has none.
    natural: what a record is called where another refers to it: the first of these columns that it has.
    printed: the parts of a link's key in the order in which they are printed; () where records go by `natural`.
    few: fifty of them are much: each is a person, a place or a group of them, and limits are set accordingly.
    """

    kind: Kind
    table: str
    key: tuple[str, ...]
    columns: tuple[Column, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    lookups: tuple[tuple[str, ...], ...] = ()
    scope: tuple[str, str]
    natural: tuple[str, ...] = ()
    printed: tuple[str, ...] = ()
    few: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every column of the table: key, own columns, then the bookkeeping ones."""
        return (*self.key, *(c.name for c in self.columns), *BOOKKEEPING)

    @property
    def is_entity(self) -> bool:
        """True where the record has an id of its own."""
        return self.key == ("id",)

    def types(self) -> Mapping[str, Type]:
        """Return the type of every column by name."""
        own = {c.name: c.type for c in self.columns}
        keys = {name: own.get(name, Type.TEXT if name in _TEXT_KEYS else Type.INTEGER) for name in self.key}
        return keys | own | dict(BOOKKEEPING)

    def refers(self) -> Mapping[str, Kind]:
        """Return the kind that each reference column points at."""
        return {c.name: c.refers for c in self.columns if c.refers} | {
            name: kind for name, kind in _KEY_REFERENCES.items() if name in self.key
        }


BOOKKEEPING: Mapping[str, Type] = MappingProxyType(
    {"state": Type.TEXT, "data_source": Type.TEXT, "created_run": Type.INTEGER, "run": Type.INTEGER}
)
"""Columns of every kind: its state, its data source, the run that created it and the last that touched it."""

META = "meta"
"""The method of enrolments that a meta link makes."""

_TEXT_KEYS = frozenset({"method", "role"})
_KEY_REFERENCES = {
    "user_id": Kind.USER,
    "course_id": Kind.COURSE,
    "master_id": Kind.COURSE,
    "cohort_id": Kind.COHORT,
    "grouping_id": Kind.GROUPING,
    "group_id": Kind.GROUP,
}


def _text(*names: str, **said: Any) -> tuple[Column, ...]:
    return tuple(Column(name=name, **said) for name in names)


_integers = partial(_text, type=Type.INTEGER)
_identities = partial(_text, identity=True)
_in_course = partial(KindSpec, lookups=(("user_id",),), scope=("user_id", "course_id"))
_entity = partial(KindSpec, key=("id",), few=True)
_OF_COURSE = Column(name="course_id", type=Type.INTEGER, refers=Kind.COURSE)

_SPECS = (
    _entity(
        kind=Kind.CATEGORY,
        table="categories",
        columns=(
            *_identities("path", "idnumber"),
            *_text("name"),
            Column(name="parent_id", type=Type.INTEGER, refers=Kind.CATEGORY),
            *_integers("visible"),
        ),
        unique=(("path",), ("idnumber",)),
        scope=("", "id"),
        natural=("path",),
    ),
    _entity(
        kind=Kind.COURSE,
        table="courses",
        columns=(
            *_identities("shortname", "idnumber"),
            *_text("fullname"),
            Column(name="category_id", type=Type.INTEGER, refers=Kind.CATEGORY),
            *_text("summary", "format", "lang", "theme", "template"),
            *_integers("sortorder", "visible", "visibleold", "showgrades", "showreports", "newsitems", "legacyfiles"),
            *_integers("maxbytes", "groupmode", "groupmodeforce", "startdate", "timecreated", "timemodified", "marker"),
            *_integers("coursedisplay", "enablecompletion", "defaultgroupingid", "guest", "self"),
            Column(name="topics", type=Type.JSON),
        ),
        unique=(("shortname",), ("idnumber",)),
        lookups=(("category_id",),),
        scope=("", "id"),
        natural=("shortname",),
    ),
    # Who is enrolled in the master is enrolled in the course.
    KindSpec(
        kind=Kind.META_LINK,
        table="meta_links",
        key=("course_id", "master_id"),
        lookups=(("master_id",),),
        scope=("", "course_id"),
        printed=("course_id", "master_id"),
    ),
    _entity(
        kind=Kind.USER,
        table="users",
        columns=(
            *_identities("username", case=Case.LOWER),
            *_identities("idnumber"),
            *_identities("email", case=Case.IGNORED),
            *_text("firstname", "lastname", "auth", "lang", "country", "city", "timezone", "institution", "department"),
            *_text("phone1", "phone2", "address", "url", "icq", "description"),
            *_integers("maildisplay", "maildigest", "mailformat", "htmleditor", "autosubscribe", "trackforums"),
            *_integers("mnethostid"),
            Column(name="profile", type=Type.JSON),
            Column(name="password_mark", secret=True),
        ),
        unique=(("username",), ("idnumber",)),
        lookups=(("email",),),
        scope=("id", ""),
        natural=("username",),
    ),
    KindSpec(
        kind=Kind.PICTURE,
        table="pictures",
        key=("user_id",),
        columns=(*_text("sha256", "type"), *_integers("bytes")),
        scope=("user_id", ""),
        printed=("user_id",),
    ),
    _entity(
        kind=Kind.COHORT,
        table="cohorts",
        columns=(
            *_identities("idnumber", "name"),
            *_text("description", "component"),
            Column(name="category_id", type=Type.INTEGER, refers=Kind.CATEGORY),
        ),
        unique=(("idnumber",),),
        lookups=(("name",),),
        scope=("", "id"),
        natural=("idnumber", "name"),
    ),
    KindSpec(
        kind=Kind.COHORT_MEMBER,
        table="cohort_members",
        key=("cohort_id", "user_id"),
        lookups=(("user_id",),),
        scope=("user_id", "cohort_id"),
        printed=("cohort_id", "user_id"),
    ),
    # Who is in the cohort is enrolled in the course, with this role, in these times where it has any; and with
    # `makegroup` is in the group of the course that is named as the cohort.
    KindSpec(
        kind=Kind.COHORT_BINDING,
        table="cohort_bindings",
        key=("cohort_id", "course_id", "method", "role"),
        columns=_integers("makegroup", "starttime", "endtime"),
        lookups=(("course_id",),),
        scope=("", "course_id"),
        printed=("cohort_id", "course_id", "method", "role"),
    ),
    # `via` is what makes the enrolment: the master course of a meta link where the method is meta, else the cohort
    # of a binding; 0 where a file or a person enrolled the user.
    _in_course(
        kind=Kind.ENROLMENT,
        table="enrolments",
        key=("course_id", "user_id", "method", "role", "via"),
        columns=_integers("starttime", "endtime", "status"),
        printed=("user_id", "course_id", "method", "role"),
    ),
    _in_course(
        kind=Kind.ROLE_ASSIGNMENT,
        table="role_assignments",
        key=("course_id", "user_id", "role"),
        printed=("user_id", "course_id", "role"),
    ),
    *(
        _entity(
            kind=kind,
            table=table,
            few=False,
            columns=(_OF_COURSE, *_identities("name", "idnumber"), *_text("description")),
            unique=(("course_id", "name"), ("course_id", "idnumber")),
            scope=("", "course_id"),
            natural=("idnumber", "name"),
        )
        for kind, table in ((Kind.GROUP, "course_groups"), (Kind.GROUPING, "course_groupings"))
    ),
    KindSpec(
        kind=Kind.GROUPING_GROUP,
        table="grouping_groups",
        key=("grouping_id", "group_id"),
        columns=(_OF_COURSE,),
        lookups=(("group_id",), ("course_id",)),
        scope=("", "course_id"),
        printed=("grouping_id", "group_id"),
    ),
    KindSpec(
        kind=Kind.GROUP_MEMBER,
        table="group_members",
        key=("group_id", "user_id"),
        columns=(_OF_COURSE, *_text("component")),
        lookups=(("user_id", "course_id"),),
        scope=("user_id", "course_id"),
        printed=("group_id", "user_id"),
    ),
)

SPECS: Mapping[Kind, KindSpec] = MappingProxyType({spec.kind: spec for spec in _SPECS})
"""Every kind in order of dependence: what comes first is created first and removed last."""

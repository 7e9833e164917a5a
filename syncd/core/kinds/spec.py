"""What a kind of record is: its word, key and columns, and what else follows from its declaration."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar


class Kind(str):
    """A type of record in the roster, by its word; the same word is always the same object.

    Those that several dialects know are attributes here; a dialect declares its own (`declare`).
    """

    __slots__ = ()
    _known: ClassVar[dict[str, "Kind"]] = {}

    CATEGORY: ClassVar["Kind"]
    COURSE: ClassVar["Kind"]
    USER: ClassVar["Kind"]
    PICTURE: ClassVar["Kind"]
    COHORT: ClassVar["Kind"]
    COHORT_MEMBER: ClassVar["Kind"]
    ENROLMENT: ClassVar["Kind"]
    GROUP: ClassVar["Kind"]
    GROUP_MEMBER: ClassVar["Kind"]

    def __new__(cls, word: str) -> "Kind":
        """Return the kind of that word."""
        return cls._known.setdefault(word, super().__new__(cls, word))

    @property
    def value(self) -> str:
        """The word itself, as plain text."""
        return str(self)


for _name in filter(str.isupper, Kind.__annotations__):
    setattr(Kind, _name, Kind(_name.lower()))


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
class Maker:
    """A kind of record that makes others: they have its name in `via`.

    key: the columns of what it makes that are its own key, in the order in which that is printed; `via` among them.
    method: the method of what it makes; "" for every one that no other maker has.
    """

    kind: Kind
    key: tuple[str, ...]
    method: str = ""


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
    joins: the kinds to which key columns refer, where their names do not say so.
    makers: what may make the record where it has no row of its own.
    few: fifty of them are much: each is a person, a place or a group of them, and limits are set accordingly.
    off: the field in which the JSON says with 1 that a record is disabled; "" where it only has the state.
    about: what it is, for the reference. after: the kind behind which a declared one stands.
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
    joins: tuple[tuple[str, Kind], ...] = ()
    makers: tuple[Maker, ...] = ()
    few: bool = False
    off: str = ""
    about: str = ""
    after: Kind | None = None

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
        keys = {name: kind for name, kind in _KEY_REFERENCES.items() if name in self.key}
        return {c.name: c.refers for c in self.columns if c.refers} | keys | dict(self.joins)


BOOKKEEPING: Mapping[str, Type] = MappingProxyType(
    {"state": Type.TEXT, "data_source": Type.TEXT, "created_run": Type.INTEGER, "run": Type.INTEGER}
)
"""Columns of every kind: its state, its data source, the run that created it and the last that touched it."""

_TEXT_KEYS = frozenset({"method", "role"})
_KEY_REFERENCES = {
    "user_id": Kind.USER,
    "course_id": Kind.COURSE,
    "cohort_id": Kind.COHORT,
    "group_id": Kind.GROUP,
}


def texts(*names: str, **said: Any) -> tuple[Column, ...]:
    """Return columns of text, or as it is said."""
    return tuple(Column(name=name, **said) for name in names)


integers = partial(texts, type=Type.INTEGER)
identities = partial(texts, identity=True)
entity = partial(KindSpec, key=("id",), few=True)
in_course = partial(KindSpec, lookups=(("user_id",),), scope=("user_id", "course_id"))
OF_COURSE = Column(name="course_id", type=Type.INTEGER, refers=Kind.COURSE)

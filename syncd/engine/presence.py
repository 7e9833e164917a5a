"""Presence: what a snapshot says by leaving out. One strategy for every dialect.

Nobody goes by accident (promise 12): only records of the data sources that the run owns, only within the scope of the
snapshot, and only if every row that speaks of the kind, failed and unreadable ones too, names a record for certain.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from syncd.core.absences import Absence
from syncd.core.findings import Finding, finding
from syncd.core.kinds import SPECS, Kind, State
from syncd.engine import cascade
from syncd.engine.draft import Draft
from syncd.engine.results import RowResults
from syncd.frames.difference import U64
from syncd.frames.findings import from_values
from syncd.frames.folding import comparable_columns
from syncd.frames.keys import key_hashes

DISABLED: Mapping[str, object] = {"state": State.DISABLED.value}
DELETED: Mapping[str, object] = {"state": State.DELETED.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """What a snapshot says of one kind.

    present: `row` and the key columns of the record that each row names, whether the row succeeds or fails. A row that
        surely names nobody in the roster has nulls; one that is missing here makes that nobody is removed. Records
        that are to stay for another reason have row 0.
    owners: data sources whose records may go; those that the run does not own are left out.
    within: the scope: columns of the kind, of which a record has the values of one row; None for all of the owners.
    where: the scope in words, such as "department North".
    absent: what becomes of the absent.
    """

    kind: Kind
    present: pl.DataFrame
    owners: frozenset[str]
    within: pl.DataFrame | None = None
    where: str = ""
    absent: Mapping[str, object] = field(default_factory=lambda: DISABLED)

    def names(self, rows: pl.Series) -> U64:
        """Return the record that each of these rows names, as `frames.keys.key_hashes` has it, 0 for none."""
        marked = self.present.select("row").with_columns(_name=key_hashes(self.kind, self.present))
        once = marked.unique("row", keep="none")
        joined = rows.to_frame("row").join(once, on="row", how="left", maintain_order="left")
        return joined.get_column("_name").fill_null(0).to_numpy().astype(np.uint64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was read of a file. rows: those that were parsed or could not be. known: the records of the others."""

    rows: pl.Series
    known: U64

    @property
    def is_empty(self) -> bool:
        """Whether the file has no row at all."""
        return not len(self.rows) and not len(self.known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a file says by leaving out, or several that say the same.

    row: its row 0. protected: usernames that no file removes. others: the further files.
    """

    presence: Presence
    told: Told
    protected: Collection[str]
    row: int = 0
    others: tuple["Said", ...] = ()

    @property
    def empty(self) -> "Said | None":
        """The first of the files that has no row at all; None where each has one."""
        return next((each for each in (self, *self.others) if each.told.is_empty), None)

    @property
    def unsure(self) -> int:
        """How many rows name no record for certain."""
        rows = self.told.rows
        own = len(rows.filter(~rows.is_in(self.presence.present.get_column("row").implode())))
        return own + sum(each.unsure for each in self.others)

    @property
    def named(self) -> U64:
        """The records that are named, as `frames.keys.key_hashes` has them."""
        own = (key_hashes(self.presence.kind, self.presence.present), self.told.known)
        return np.concatenate([*own, *(each.named for each in self.others)])

    def adds(self, other: "Said") -> bool:
        """Whether another file says the same of the same records: who is left out is left out by both."""
        mine, theirs = self.presence, other.presence
        alike = (mine.kind, mine.owners, mine.where, mine.absent) == (
            theirs.kind,
            theirs.owners,
            theirs.where,
            theirs.absent,
        )
        if mine.within is None or theirs.within is None:
            return alike and mine.within is theirs.within
        return alike and mine.within.equals(theirs.within)


def remove_absent(said: Sequence[Said], draft: Draft, results: RowResults) -> tuple[Absence, ...]:
    """Let go what the files of a snapshot leave out, and return it in numbers; with a reason where nobody may go."""
    alike: list[list[Said]] = []
    for each in said:
        group = next((group for group in alike if group[0].adds(each)), None)
        if group is None:
            alike.append([each])
        else:
            group.append(each)
    joined = [replace(first, others=tuple(others)) for first, *others in alike]
    kinds = dict.fromkeys(each.presence.kind for each in joined)
    whole = {kind: [each for each in joined if each.presence.kind is kind] for kind in kinds}
    named = {kind: np.concatenate([each.named for each in of_kind]) for kind, of_kind in whole.items()}
    unsure = {kind: sum(each.unsure for each in of_kind) for kind, of_kind in whole.items()}
    absences = (_remove(each, named[each.presence.kind], unsure[each.presence.kind], draft, results) for each in joined)
    return tuple(each for each in absences if each)


def _remove(said: Said, named: U64, unsure: int, draft: Draft, results: RowResults) -> Absence | None:
    """Let go what is left out of a scope and named nowhere.

    named: the records of the kind that any file names. unsure: how many rows may name another.
    """
    presence = said.presence
    owners = sorted(presence.owners & draft.claim.owned)
    scope = ", ".join(filter(None, (f"data source {' and '.join(owners) or 'of nobody'}", presence.where)))
    held = _in_scope(presence, owners, draft)
    if why := _why_nobody(said, unsure, held, scope):
        results.add(from_values([replace(why, row=(said.empty or said).row)]))
        return None
    gone = held.filter(~np.isin(key_hashes(presence.kind, held), named))
    may_go = pl.col("data_source").is_in(owners)
    if presence.kind is Kind.USER:
        may_go &= ~pl.col("username").is_in(list(said.protected))
    count = _let_go(said, may_go, gone, draft, results)
    state = presence.absent.get("state")
    if count:
        what = presence.kind.value.replace("_", " ")
        becomes = str(state or "marked")
        found = finding("absent-gone", count=count, population=len(held), what=what, scope=scope, becomes=becomes)
        results.add(from_values([replace(found, row=said.row)]))
    removes = state in (State.DISABLED.value, State.DELETED.value)
    return Absence(kind=presence.kind, gone=count, population=len(held), scope=scope, removes=removes)


def _why_nobody(said: Said, unsure: int, held: pl.DataFrame, scope: str) -> Finding | None:
    """Return why no record may go for being absent, None where some may."""
    presence = said.presence
    if said.empty:
        return finding("absent-empty")
    if unsure:
        count = f"{unsure} row{'s' if unsure > 1 else ''}"
        return finding("absent-unsure", count=count, verb="do" if unsure > 1 else "does")
    if presence.within is not None and held.is_empty():
        return finding("scope-unknown", what=presence.kind.value.replace("_", " "), scope=scope)
    return None


def _in_scope(presence: Presence, owners: list[str], draft: Draft) -> pl.DataFrame:
    """Return the keys of the live records of these owners within the scope, as the roster stood before the run."""
    values = pl.DataFrame({"data_source": owners}, schema={"data_source": pl.String()})
    if presence.within is not None:
        values = values.join(comparable_columns(presence.within, presence.kind), how="cross")
    keys = SPECS[presence.kind].key
    found = draft.roster.find(presence.kind, tuple(values.columns), values, only=(*keys, "state"))
    return found.filter(pl.col("state") != State.DELETED.value).select(keys)


def _let_go(said: Said, may_go: pl.Expr, gone: pl.DataFrame, draft: Draft, results: RowResults) -> int:
    """Change the absent as the snapshot wants it, as row 0; return how many of them changed."""
    presence, kind, keys = said.presence, said.presence.kind, SPECS[said.presence.kind].key
    draft.load(kind, gone)
    still = draft.live(kind).filter(may_go).select(keys)
    rows = gone.join(still, on=keys, how="semi").with_columns(row=pl.lit(said.row, pl.Int64), line=pl.lit(0, pl.Int64))
    if rows.is_empty():
        return 0
    if presence.absent.get("state") != State.DELETED.value:
        wanted = rows.with_columns(pl.lit(value).alias(name) for name, value in presence.absent.items())
        return len(draft.put(kind, wanted, cascade=True).changed)
    if SPECS[kind].is_entity:
        cascade.delete(kind, rows.rename({"id": f"{kind}_id"}), draft, results)
        return len(rows)
    return len(draft.drop(kind, rows, cascade=True).changed)

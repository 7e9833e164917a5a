"""The draft: the roster as this run would leave it, held only where the run looks.

Planners read from it and put into it. It loads what they name, remembers how that stood,
and in the end tells the difference: the change set.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

import polars as pl

from syncd.core.claims import Claim, Foreign
from syncd.core.kinds import SPECS, Kind, State
from syncd.engine.differing import differing
from syncd.engine.ports import RosterView
from syncd.engine.wanted import first_value, is_foreign, moving, owns, target, wanted_owner, wanted_state
from syncd.frames.changes import ChangeSet, no_records, record_schema
from syncd.frames.folding import comparable_columns
from syncd.frames.tables import kept_where

_OWN = ("state", "data_source", "created_run", "run", "row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """What came of putting records.

    changed: rows that changed something. foreign: rows refused because the record belongs to another data source, or
    was to be given to one (row, line, owner). others: rows that changed a record of another data source all the same
    (row, line, owner), and whether they took it over (taken).
    """

    changed: pl.Series
    foreign: pl.DataFrame
    others: pl.DataFrame


@dataclass(slots=True)
class Draft:
    """An overlay of the roster for one plan. damaged: values that take the place of no stored one."""

    roster: RosterView
    claim: Claim
    damaged: frozenset[str] = frozenset()
    _base: dict[Kind, pl.DataFrame] = field(default_factory=dict)
    _now: dict[Kind, pl.DataFrame] = field(default_factory=dict)
    _asked: dict[tuple[Kind, tuple[str, ...]], pl.DataFrame] = field(default_factory=dict)
    _next: dict[Kind, int] = field(default_factory=dict)
    _known: dict[Kind, bool] = field(default_factory=dict)
    _effects: dict[Kind, list[pl.DataFrame]] = field(default_factory=dict)

    def has_records(self, kind: Kind) -> bool:
        """Whether the roster has any record of this kind; a first load need not look for what cannot be there."""
        if kind not in self._known:
            self._known[kind] = self.roster.holds(kind)
        return self._known[kind]

    def load(self, kind: Kind, values: pl.DataFrame) -> None:
        """Make sure that all records whose columns equal a row of `values` are at hand, deleted ones too."""
        if values.is_empty() or not self.has_records(kind):
            return
        columns = tuple(values.columns)
        wanted = comparable_columns(values, kind).drop_nulls().unique()
        if (asked := self._asked.get((kind, columns))) is not None:
            wanted = wanted.join(asked, on=columns, how="anti")
        if wanted.is_empty():
            return
        self._asked[kind, columns] = wanted if asked is None else pl.concat([asked, wanted])
        self._fetch(kind, columns, wanted)

    def load_all(self, kind: Kind) -> None:
        """Make sure that every record of a kind is at hand; for kinds of which there are few."""
        if (kind, ()) in self._asked:
            return
        self._asked[kind, ()] = pl.DataFrame()
        self._fetch(kind, (), None)

    def _fetch(self, kind: Kind, columns: tuple[str, ...], wanted: pl.DataFrame | None) -> None:
        """Read records that are not at hand yet; which ones these are is asked first, whole records cost more."""
        keys = SPECS[kind].key
        if kind in self._base:
            found = self.roster.find(kind, columns, wanted, only=keys)
            columns, wanted = keys, found.join(self._base[kind], on=keys, how="anti")
        self._keep(kind, self.roster.find(kind, columns, wanted))

    def present(self, kind: Kind) -> pl.DataFrame:
        """Return the records at hand as they would be now, deleted ones too."""
        return self._now[kind] if kind in self._now else _no_records_with_row(kind)

    def live(self, kind: Kind) -> pl.DataFrame:
        """Return the records at hand that are not deleted."""
        return self.present(kind).filter(pl.col("state") != State.DELETED.value)

    def touched(self, kind: Kind) -> pl.DataFrame:
        """Return the records that this run made or changed, deleted ones too; `row` tells which row did so last."""
        return kept_where(self.present(kind), pl.col("row").is_not_null())

    def names(self, kind: Kind, column: str, values: pl.Series) -> pl.DataFrame:
        """Return column and id of every live record that has one of these values now, and maybe of others.

        values: as they are compared (`syncd.frames.folding`).
        """
        here, columns = self.present(kind), list(dict.fromkeys((column, "id")))
        if not self.has_records(kind):
            return here.filter(pl.col("state") != State.DELETED.value).select(columns)
        stored = self.roster.names(kind, column, pl.DataFrame({column: values}))
        if not here.is_empty():
            stored = stored.join(here.select("id"), on="id", how="anti")
        known = [frame.select(*columns, "state") for frame in (stored, here) if not frame.is_empty()]
        if not known:
            return stored.select(columns)
        return pl.concat(known).filter(pl.col("state") != State.DELETED.value).select(columns)

    def new_ids(self, kind: Kind, count: int) -> pl.Series:
        """Return ids for that many new records."""
        first = self._next.get(kind) or self.roster.next_id(kind)
        self._next[kind] = first + count
        return pl.int_range(first, first + count, dtype=pl.Int64, eager=True).alias("id")

    def put(
        self, kind: Kind, want: pl.DataFrame, fresh: Mapping[str, object] | None = None, *, cascade: bool = False
    ) -> Put:
        """Make the records be as wanted; tell which rows changed something.

        want: the key columns, any other columns of the kind, `row`, `line`; at most one row for each key.
            A null leaves a column as it is, an empty text clears it. `state`: null keeps it, and makes a
            new or a deleted record enabled. A deleted link that is wanted again is as a new one.
            `data_source`: to which one the record shall belong; null or "" leaves it, and a new one is the run's.
        fresh: values that new records get where `want` gives none.
        cascade: the change follows from another one, so that it does not ask whose the record is.
        """
        keys = list(SPECS[kind].key)
        if "state" not in want.columns:
            want = want.with_columns(pl.lit(None, pl.String).alias("state"))
        fields = [c for c in want.columns if c not in (*keys, *_OWN, "line") and c in SPECS[kind].names]
        given = pl.lit(None, pl.String)
        if "data_source" in want.columns:
            given = pl.when(pl.col("data_source") != "").then("data_source")
        want = want.with_columns(given.alias("data_source"))
        beside = self._beside_current(kind, want, fields)
        moved = moving(kind, beside.with_columns(data_source_new=wanted_owner(self.claim, cascade=cascade)), fields)
        others = foreign = moved.clear()
        if not cascade:
            another = is_foreign(self.claim, pl.col("data_source_now"), pl.col("state_now"))
            others = moved.filter(another)
            if self.claim.foreign is Foreign.REFUSE:
                away = pl.col("data_source").is_not_null() & ~self.owns(pl.col("data_source"))
                lost = moved.filter(away & ~another).with_columns(data_source_now="data_source")
                foreign, others = pl.concat([others, lost]), others.clear()
                moved = kept_where(moved, ~(another | away))
        if not moved.is_empty():
            self._effects.setdefault(kind, []).append(moved.select("row", *keys))
            self._write(kind, moved, fields, fresh or {})
        told = ("row", "line", pl.col("data_source_now").alias("owner"))
        others = others.select(*told, pl.lit(self.claim.foreign is Foreign.TAKE_OVER).alias("taken"))
        return Put(changed=moved.get_column("row"), foreign=foreign.select(told), others=others)

    def drop(self, kind: Kind, which: pl.DataFrame, *, cascade: bool = False) -> Put:
        """Delete the records (key columns, `row`, `line`); those not there or deleted already stay so."""
        which = which.unique(SPECS[kind].key, keep="last", maintain_order=True)
        return self.put(kind, which.with_columns(pl.lit(State.DELETED.value).alias("state")), cascade=cascade)

    def restore(self, kind: Kind, now: pl.DataFrame, then: pl.DataFrame) -> None:
        """Let records that are not at hand yet be as they once were, whoever supplied them, deleted or not.

        now, then: whole records as they stand and as they shall be, `then` with `row`.
        """
        self._base[kind] = now.select(list(record_schema(kind)))
        self._now[kind] = then.select(list(_no_records_with_row(kind).columns))

    def foreign(self, kind: Kind, which: pl.DataFrame) -> pl.DataFrame:
        """Return row, line and owner of the records (key columns, `row`, `line`) that this run may not touch."""
        if self.claim.foreign is not Foreign.REFUSE:
            return pl.DataFrame(schema={"row": pl.Int64(), "line": pl.Int64(), "owner": pl.String()})
        others = self.present(kind).filter(is_foreign(self.claim, pl.col("data_source"), pl.col("state")))
        others = others.select(*SPECS[kind].key, pl.col("data_source").alias("owner"))
        found = which.join(others, on=SPECS[kind].key, how="inner", maintain_order="left")
        return found.select("row", "line", "owner")

    def owns(self, data_source: pl.Expr) -> pl.Expr:
        """Whether a data source is one of the run's own."""
        return owns(self.claim, data_source)

    def changes(self) -> ChangeSet:
        """Return what this run changes: the difference between how records stood and how they stand now."""
        created: dict[Kind, pl.DataFrame] = {}
        changed: dict[Kind, pl.DataFrame] = {}
        for kind in SPECS:
            if kind not in self._now:
                continue
            touched = kept_where(self._now[kind], pl.col("row").is_not_null())
            fresh = touched
            if not self._base[kind].is_empty():
                fresh = touched.join(self._base[kind].select(SPECS[kind].key), on=SPECS[kind].key, how="anti")
            fresh = kept_where(fresh, pl.col("state") != State.DELETED.value)
            if not fresh.is_empty():
                filled = [column for column in fresh.columns if fresh[column].null_count() < len(fresh)]
                created[kind] = fresh.select(filled).rename({"row": "_row"})
            if self._base[kind].is_empty():
                continue
            moved = differing(kind, touched, self._base[kind])
            if not moved.is_empty():
                changed[kind] = moved
        return ChangeSet(created=created, changed=changed)

    def effects(self) -> Iterator[tuple[Kind, pl.DataFrame]]:
        """Yield, by kind, which row had a part in changing which record: row and key columns."""
        for kind, effects in self._effects.items():
            yield kind, pl.concat(effects)

    def effective(self, changes: ChangeSet) -> pl.Series:
        """Return the rows that have a part in what the run changes in the end.

        A row whose effect a later row of the file takes back changed nothing: the same file again
        must leave every row unchanged. What a snapshot leaves out changes by no row.
        """
        rows = [pl.Series("row", dtype=pl.Int64)]
        for kind, effect in self.effects():
            keys = list(SPECS[kind].key)
            parts = [frames[kind].select(keys) for frames in (changes.created, changes.changed) if kind in frames]
            if len(effect) <= sum(len(part) for part in parts):
                rows.append(effect.get_column("row"))
            elif parts:
                rows.append(effect.join(pl.concat(parts), on=keys, how="semi").get_column("row"))
        effective = pl.concat(rows).unique()
        return effective.filter(effective > 0)

    def _beside_current(self, kind: Kind, want: pl.DataFrame, fields: list[str]) -> pl.DataFrame:
        """Return what is wanted with, beside each field, how it is now; `_there` is null where there is no record."""
        current, schema = self.present(kind), record_schema(kind)
        beside = (*fields, "state", "data_source")
        if current.is_empty():
            nothing = [pl.lit(None, schema[c]).alias(f"{c}_now") for c in beside]
            return want.with_columns(*nothing, pl.lit(None, pl.Boolean).alias("_there"))
        keys = list(SPECS[kind].key)
        now = [pl.col(c).alias(f"{c}_now") for c in beside]
        there = current.select(*keys, *now, pl.lit(value=True).alias("_there"))
        both = want.join(there, on=keys, how="left", maintain_order="left")
        return both.with_columns(self._spared(c) for c in fields if self.damaged and schema[c] == pl.String)

    def _spared(self, column: str) -> pl.Expr:
        """Return a wanted column without damaged values where there is a stored one."""
        spared = pl.col(column).is_in(list(self.damaged)) & (pl.col(f"{column}_now") != "")
        return pl.when(~spared.fill_null(value=False)).then(column)

    def _keep(self, kind: Kind, found: pl.DataFrame) -> None:
        self._base[kind] = pl.concat([self._base[kind], found]) if kind in self._base else found
        fresh = _with_row(found)
        self._now[kind] = pl.concat([self._now[kind], fresh]) if kind in self._now else fresh

    def _write(self, kind: Kind, moved: pl.DataFrame, fields: list[str], fresh: Mapping[str, object]) -> None:
        keys = list(SPECS[kind].key)
        schema = record_schema(kind) | {"row": pl.Int64()}
        if kind not in self._now:
            self._keep(kind, no_records(kind))
        as_new = pl.col("_there").is_null()
        if not SPECS[kind].is_entity:
            as_new |= pl.col("state_now") == State.DELETED.value
        new, there = kept_where(moved, as_new), moved.filter(~as_new)
        made = new.select(
            *keys,
            *(first_value(new.get_column(c), kind, fresh.get(c)) for c in fields),
            *(pl.lit(value).alias(name) for name, value in fresh.items() if name not in fields),
            wanted_state().alias("state"),
            pl.col("data_source_new").alias("data_source"),
            "row",
        )
        empty = [pl.lit(None).alias(name) for name in schema if name not in made.columns]
        made = made.with_columns(empty).select(pl.col(name).cast(dtype) for name, dtype in schema.items())
        kept = self._now[kind]
        parts = [kept, made]
        if (known := moved.filter(pl.col("_there").is_not_null()).select(keys)).height:
            altered = self._altered(kind, there, fields)
            parts = [kept.join(known, on=keys, how="anti"), altered.select(list(schema)), made]
        self._now[kind] = pl.concat([part for part in parts if not part.is_empty()] or [kept])

    def _altered(self, kind: Kind, there: pl.DataFrame, fields: list[str]) -> pl.DataFrame:
        """Return the records that stay, with their new values."""
        keys, schema = list(SPECS[kind].key), record_schema(kind)
        news = there.select(
            *keys,
            *(target(c, kind).alias(f"{c}_new") for c in fields),
            wanted_state().alias("state_new"),
            "data_source_new",
            "row",
        )
        old = self._now[kind].drop("row").join(news, on=keys, how="inner")
        return old.with_columns(pl.col(f"{c}_new").cast(schema[c]).alias(c) for c in (*fields, "state", "data_source"))


@cache
def _no_records_with_row(kind: Kind) -> pl.DataFrame:
    return _with_row(no_records(kind))


def _with_row(records: pl.DataFrame) -> pl.DataFrame:
    return records.with_columns(pl.lit(None, pl.Int64).alias("row"))

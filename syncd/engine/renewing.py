"""Whether a plan that was made again still does what the one before did, and in words what is different."""

from collections.abc import Mapping

import polars as pl

from syncd.core.findings import Finding, finding
from syncd.core.kinds import Kind
from syncd.engine.described import with_words
from syncd.engine.ports import RosterView
from syncd.frames.changes import record_schema
from syncd.frames.effects import effects, only_in
from syncd.frames.plan import Plan

_SHOWN = 3
"""Records that are named of each kind; the others are counted."""


def renewal(old: Plan, new: Plan, roster: RosterView) -> Finding | None:
    """Return what the new plan does otherwise than the old one, None where it does the same to the same records."""
    before, after = effects(old.changes), effects(new.changes)
    gone, added = only_in(before, after), only_in(after, before)
    acts = [plan.actions.select("row", "action").sort("row", "action") for plan in (old, new)]
    if not (gone or added) and acts[0].equals(acts[1]):
        return None
    parts = [*_listed("no longer changes", gone, roster), *_listed("now changes", added, roster)]
    return finding("plan-renewed", difference="; ".join(parts) or "it asks learning platforms for something else")


def _listed(what: str, records: Mapping[Kind, pl.DataFrame], roster: RosterView) -> list[str]:
    """Return a clause for each kind: what happens to how many records, and the first of them by name."""
    clauses = []
    for kind, frame in records.items():
        schema = {name: dtype for name, dtype in record_schema(kind).items() if name not in frame.columns}
        first = frame.head(_SHOWN).with_columns(pl.lit(None, dtype).alias(name) for name, dtype in schema.items())
        names = with_words(kind, first, roster).get_column("_words").to_list()
        more = len(frame) - len(names)
        clauses.append(f"{what} {', '.join(names)}{f' and {more} more' if more else ''}")
    return clauses

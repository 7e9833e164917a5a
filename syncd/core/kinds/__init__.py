"""The kinds of record that the roster holds: one table, from which database, frames, names, limits and docs follow.

The common ones stand in `common`. A dialect declares what only it needs (`declare`), in its module `kinds`.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from syncd.core.kinds.common import COMMON
from syncd.core.kinds.spec import (
    BOOKKEEPING,
    OF_COURSE,
    Case,
    Column,
    Kind,
    KindSpec,
    Maker,
    State,
    Type,
    entity,
    identities,
    in_course,
    integers,
    texts,
)

__all__ = [
    "BOOKKEEPING",
    "OF_COURSE",
    "SPECS",
    "Case",
    "Column",
    "Kind",
    "KindSpec",
    "Maker",
    "State",
    "Type",
    "declare",
    "entity",
    "identities",
    "in_course",
    "integers",
    "texts",
]

_SPECS = {spec.kind: spec for spec in COMMON}

SPECS: Mapping[Kind, KindSpec] = MappingProxyType(_SPECS)
"""Every kind in order of dependence: what comes first is created first and removed last."""


def declare(
    *kinds: KindSpec,
    columns: Mapping[Kind, tuple[Column, ...]] = MappingProxyType({}),
    makers: Mapping[Kind, tuple[Maker, ...]] = MappingProxyType({}),
) -> None:
    """Add kinds to the common ones, columns to kinds, and what makes records of them.

    A dialect does so when it is imported, before anything is built from the kinds.

    Raises:
        ValueError: there is such a kind or column already.
    """
    taken: list[str] = [spec.kind for spec in kinds if spec.kind in _SPECS]
    taken += [f"{kind}.{each.name}" for kind, own in columns.items() for each in own if each.name in _SPECS[kind].names]
    if taken:
        raise ValueError(f"these are there already: {', '.join(taken)}")
    for spec in kinds:
        before = list(_SPECS.values())
        place = 1 + next((place for place, each in enumerate(before) if each.kind is spec.after), len(before) - 1)
        _SPECS.clear()
        _SPECS.update({each.kind: each for each in (*before[:place], spec, *before[place:])})
    for kind in {*columns, *makers}:
        spec = _SPECS[kind]
        _SPECS[kind] = replace(
            spec, columns=(*spec.columns, *columns.get(kind, ())), makers=(*spec.makers, *makers.get(kind, ()))
        )

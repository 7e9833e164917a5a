"""What a pipeline works with: the outside world, and what configuration decides."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from syncd.core.limits import Limits
from syncd.dialects.moodle.options import MoodleOptions
from syncd.engine.ports import Artefacts, Clock, Journal, Memories, Plans, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What configuration decides for runs: limits, whose records may be touched, options, the installation's key."""

    limits: Limits
    may_touch_others: bool
    data_source: str
    options_for: Callable[[str, Mapping[str, str]], MoodleOptions]
    secret: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a pipeline works with."""

    store: Store
    memories: Memories
    plans: Plans
    artefacts: Artefacts
    clock: Clock
    journal: Journal
    policy: Policy

"""What one claim notes for the alarms: what it looked at, what was wrong, what happened in an instant."""

from dataclasses import dataclass, field

from syncd.core.handshake import AlarmKind


@dataclass(slots=True)
class Notes:
    """Collected while a claim goes on.

    found: what is wrong, with its sentence. examined: what was looked at. events: what
    happened and has no end of its own, in sentences.
    """

    found: dict[AlarmKind, str] = field(default_factory=dict)
    examined: set[AlarmKind] = field(default_factory=set)
    events: list[tuple[AlarmKind, str]] = field(default_factory=list)

    def judge(self, kind: AlarmKind, sentence: str) -> None:
        """Note that this was looked at, and what is wrong with it; "" where nothing is."""
        self.examined.add(kind)
        if sentence:
            self.found[kind] = sentence

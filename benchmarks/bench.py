"""What every case is given: the sizes, the homes, the fixed costs, and somebody to tell what goes on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.homes import Homes
from benchmarks.measure import Measured, Runs, interleaved
from benchmarks.product import Expected, sync
from benchmarks.scale import MILLION, Scale

_FIXED_ROUNDS = 3


@dataclass(slots=True)
class Bench:
    """The bench that cases work at."""

    scale: Scale
    homes: Homes
    say: Callable[[str], None]
    peaks: dict[int, int] = field(default_factory=dict)
    _fixed: dict[tuple[str, str], Runs] = field(default_factory=dict)

    def rounds(self, rows: int, *, long: bool = False) -> int:
        """Return how often a case of that many rows is run: thrice; over a million rows twice, or once if it is long."""
        if not self.scale.is_full:
            return 1
        if rows > MILLION:
            return 1 if long else 2
        return 3

    def ours(self, template: Path, file: str, expected: Expected) -> Measured:
        """Run one sync of a file over a fresh copy of a home, and keep its memory in mind."""
        home = self.homes.fresh(template, file)
        self.say(f"syncd sync, {file}")
        return sync(home, expected)

    def note_peak(self, rows: int, runs: Runs) -> None:
        """Keep the highest memory of runs of that size in mind."""
        self.peaks[rows] = max(self.peaks.get(rows, 0), runs.peak)

    def fixed(self, kind: str, variant: str) -> Runs:
        """Return what the same case takes for a file of one row, in a home with that one row's user and course.

        variant: "" for a first load, else of the one-row file: `same`, `reordered`, `changed`.
        """
        if (kind, variant) not in self._fixed:
            before = ["courses-one", "users-one"] if kind == "enrolments" else ["courses-one"]
            loaded = [*before, f"{kind}-one"] if variant else before
            file = f"{kind}-one" if variant in ("", "same") else f"{kind}-one-{variant}"
            template = self.homes.template(*loaded)
            expected = Expected(unchanged=1) if variant in ("same", "reordered") else Expected(applied=1)
            self._fixed[kind, variant] = interleaved(
                _FIXED_ROUNDS, {"ours": lambda _: self.ours(template, file, expected)}
            )["ours"]
        return self._fixed[kind, variant]


def before(kind: str) -> list[str]:
    """Return the files that a roster holds before one of this kind is loaded into it."""
    return ["courses", "users"] if kind.startswith("enrolments") else ["courses"]

"""What every case is given: the sizes, the homes, the fixed costs, and somebody to tell what goes on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.homes import Homes
from benchmarks.measure import Contender, Measured, Runs
from benchmarks.product import Expected, sync
from benchmarks.scale import MILLION, Scale

_PATIENCE = {"long": 3, "short": 5}
"""Rounds of what takes long, and of a short run beside which the fixed cost of a process weighs much."""


@dataclass(slots=True)
class Bench:
    """The bench that cases work at.

    peaks: the highest memory of any run, by rows; of files of more than a million rows, first loads are left
    out: what they create is planned as a whole, so their memory grows with the file, and their figure shows it.
    earlier: the homes of the build of another commit, where one is measured beside this one.
    """

    scale: Scale
    homes: Homes
    say: Callable[[str], None]
    earlier: Homes | None = None
    peaks: dict[int, int] = field(default_factory=dict)

    def rounds(self, rows: int, patience: str = "long") -> int:
        """Return how often a contender of that many rows is run."""
        if not self.scale.is_full:
            return 1
        return _PATIENCE[patience] if rows <= MILLION else _PATIENCE[patience] - 2

    def ours(self, template: Path, file: str, expected: Expected) -> Measured:
        """Run one sync of a file over a fresh copy of a home."""
        return self.work(self.homes, template, file, expected)

    def work(self, homes: Homes, template: Path, file: str, expected: Expected) -> Measured:
        """Run one sync of a file over a fresh copy of a home, by the build that made the home."""
        home = homes.fresh(template, file)
        self.say(f"syncd sync, {file}")
        return sync(home, expected, homes.program)

    def note_peak(self, rows: int, runs: Runs, *, first_load: bool = False) -> None:
        """Keep the highest memory of runs of that size in mind."""
        if not first_load or rows <= MILLION:
            self.peaks[rows] = max(self.peaks.get(rows, 0), runs.peak)

    def one_row(self, kind: str, variant: str) -> Contender:
        """Return the fixed cost of a case: the same with a file of one row, in a home that holds no more than it names.

        variant: "" for a first load, else of the one-row file: `same`, `reordered`, `changed`.
        """
        held = ["courses-one", "users-one"] if kind == "enrolments" else ["courses-one"]
        if variant:
            held.append(f"{kind}-one")
        file = f"{kind}-one" if variant in ("", "same") else f"{kind}-one-{variant}"
        template = self.homes.template(*held)
        expected = Expected(unchanged=1) if variant in ("same", "reordered") else Expected(applied=1)
        return Contender(lambda: self.ours(template, file, expected), self.rounds(1, "short"))


def before(kind: str) -> list[str]:
    """Return the files that a roster holds before one of this kind is loaded into it."""
    return ["courses", "users"] if kind.startswith("enrolments") else ["courses"]

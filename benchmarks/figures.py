"""A figure: what syncd took beside what its floor or rival took, and whether that is as wanted."""

from dataclasses import dataclass, field
from enum import StrEnum

from benchmarks.measure import Runs

GIB = 1 << 30


class Verdict(StrEnum):
    """What came of a figure."""

    OK = "ok"
    NET = "ok net"
    NOISE = "too noisy"
    MISSED = "missed"
    INFO = ""
    SKIPPED = "skipped"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table.

    ours, rival: seconds (or another unit, as `unit` says) as they are compared. fixed: the seconds of `ours`
        that the same case takes for a file of one row. noise: seconds by which their difference may be off.
    at_most: the most that ours / rival may be; at_least: the least that rival / ours must be. peak: bytes.
    runs: every run by contender, for the record. stands: a verdict that is no matter of numbers.
    source: a digest of the code that was measured.
    """

    case: str
    what: str
    rows: int
    ours: float = 0.0
    rival: float = 0.0
    rival_name: str = ""
    unit: str = "s"
    fixed: float = 0.0
    noise: float = 0.0
    cpu_ratio: float | None = None
    at_most: float | None = None
    at_least: float | None = None
    peak: int = 0
    note: str = ""
    source: str = ""
    stands: Verdict | None = None
    runs: dict[str, Runs] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """The ratio of the whole times."""
        return self._ratio(self.ours)

    @property
    def net_ratio(self) -> float | None:
        """The ratio without the fixed cost of a run."""
        return self._ratio(self.ours - self.fixed) if self.fixed else None

    @property
    def verdict(self) -> Verdict:
        """Whether the ratio is as wanted, with or at least without the fixed cost.

        Where that cost takes up the whole run within what it varies, nothing can be said without it.
        """
        if self.stands:
            return self.stands
        if self.at_most is None and self.at_least is None:
            return Verdict.INFO
        if self._is_met(self.ratio):
            return Verdict.OK
        if self.fixed and self.ours - self.fixed < self.noise:
            return Verdict.NOISE
        return Verdict.NET if self._is_met(self.net_ratio) else Verdict.MISSED

    @property
    def wanted(self) -> str:
        """The ratio that is wanted, in signs."""
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return "" if self.at_least is None else f"≥ {self.at_least:g}"

    def as_json(self) -> dict[str, object]:
        """Return the figure with all its runs."""
        names = ("case", "what", "rows", "ours", "rival", "rival_name", "unit", "fixed", "noise", "cpu_ratio", "peak")
        return {name: getattr(self, name) for name in names} | {
            "note": self.note,
            "source": self.source,
            "ratio": self.ratio,
            "net_ratio": self.net_ratio,
            "wanted": self.wanted,
            "verdict": self.verdict.value,
            "runs": {name: [run.as_json() for run in runs.each] for name, runs in self.runs.items()},
        }

    def _ratio(self, ours: float) -> float | None:
        if not self.rival or not self.ours:
            return None
        if self.at_most is not None:
            return ours / self.rival
        return self.rival / max(ours, 1e-3)

    def _is_met(self, ratio: float | None) -> bool:
        if ratio is None:
            return False
        return ratio <= self.at_most if self.at_most is not None else ratio >= (self.at_least or 0)


def skip(case: str, what: str, rows: int, reason: str) -> Figure:
    """Return a figure that could not be had, and why."""
    return Figure(case=case, what=what, rows=rows, note=reason, stands=Verdict.SKIPPED)


def broken(case: str, what: str, rows: int, error: Exception) -> Figure:
    """Return a figure that came to nothing, since something did not do what it should."""
    return Figure(case=case, what=what, rows=rows, note=str(error), stands=Verdict.BROKEN)


def memory(case: str, rows: int, peak: int, limit: int) -> Figure:
    """Return the figure of the highest memory of any run of that size."""
    return Figure(
        case=case,
        what="highest memory of any run" if rows <= 1_000_000 else "highest memory of any but a first load",
        rows=rows,
        ours=round(peak / GIB, 3),
        rival=limit / GIB,
        rival_name="limit",
        unit="GiB",
        at_most=1,
        peak=peak,
    )

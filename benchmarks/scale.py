"""How large the benchmarks are, and where their files stand."""

from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "data"
"""Generated files and homes; not kept in git."""

MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Sizes. rows: the sizes of enrolment files. users is also the size of the users file."""

    name: str
    rows: tuple[int, ...]
    users: int
    courses: int

    @property
    def folder(self) -> Path:
        """Where its files stand."""
        return DATA / self.name

    @property
    def is_full(self) -> bool:
        """Whether these are the sizes for which figures are wanted."""
        return self.users == MILLION


FULL = Scale(name="full", rows=(MILLION, 10 * MILLION), users=MILLION, courses=50_000)
QUICK = Scale(name="quick", rows=(100_000,), users=100_000, courses=5_000)


def in_words(rows: int) -> str:
    """Return a number of rows as 100k, 1M, 10M."""
    return f"{rows // MILLION}M" if rows >= MILLION else f"{rows // 1000}k" if rows >= 1000 else str(rows)


def from_words(text: str) -> int:
    """Read a number of rows such as 100k or 10M."""
    factor = {"k": 1000, "M": MILLION}.get(text[-1], 1)
    return int(text.rstrip("kM")) * factor

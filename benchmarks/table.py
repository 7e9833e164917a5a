"""What the benchmarks show and keep: the table, the machine, and results.json."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence, Set
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.figures import GIB, Figure, Verdict
from benchmarks.scale import Scale, in_words

RESULTS = Path(__file__).parent / "results.json"
_PACKAGES = ("syncd", "polars", "polars-hash", "pyarrow", "numpy", "adbc-driver-sqlite", "sqlalchemy")
_COLOURS = {
    Verdict.OK: "green",
    Verdict.NET: "green",
    Verdict.MISSED: "red",
    Verdict.BROKEN: "red",
    Verdict.SKIPPED: "yellow",
    Verdict.NOISE: "yellow",
}
_WIDTH = 170


def show(figures: Sequence[Figure], console: Console) -> None:
    """Print the table."""
    table = Table(title="syncd beside floors and rivals: medians of interleaved runs, wall clock")
    for name in ("", "case"):
        table.add_column(name)
    for name in ("rows", "ours", "start-up", "rival", "ratio", "net", "net by CPU", "wanted"):
        table.add_column(name, justify="right")
    table.add_column("")
    table.add_column("memory", justify="right")
    table.add_column("remark")
    for figure in figures:
        table.add_row(*_cells(figure))
    console.print(table)
    console.print("start-up: the same case with a file of one row, in a home of one row; net: without it")
    console.print("; ".join(f"{name}: {value}" for name, value in machine().items()))


def save(figures: Sequence[Figure], scale: Scale) -> None:
    """Write results.json; figures of cases that were not run now, of the same scale, stay as they stand."""
    kept = _kept(scale, {figure.case for figure in figures})
    document = {
        "scale": scale.name,
        "machine": machine(),
        "figures": [*kept, *(figure.as_json() for figure in figures)],
    }
    RESULTS.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _kept(scale: Scale, cases: Set[str]) -> list[dict[str, object]]:
    """Return the figures that stand in results.json of other cases than these."""
    if not RESULTS.exists():
        return []
    document = json.loads(RESULTS.read_text(encoding="utf-8"))
    return [figure for figure in document["figures"] if document["scale"] == scale.name and figure["case"] not in cases]


def machine() -> dict[str, str]:
    """Return what the figures were taken on and with."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": _cpu(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory / GIB:.0f} GiB",
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "python": platform.python_version(),
        **{name: version(name) for name in _PACKAGES},
        "sqlite3 shell": _first_word("sqlite3", "--version"),
        "psql": _first_word("psql", "--version", word=2),
    }


def _cells(figure: Figure) -> list[str]:
    colour = _COLOURS.get(figure.verdict)
    verdict = f"[{colour}]{figure.verdict}[/{colour}]" if colour else figure.verdict.value
    return [
        figure.case,
        figure.what,
        in_words(figure.rows),
        _number(figure.ours, figure.unit),
        _number(figure.fixed, "s"),
        f"{_number(figure.rival, figure.unit)} {figure.rival_name}".strip(),
        _ratio(figure.ratio),
        _ratio(figure.net_ratio),
        _ratio(figure.cpu_ratio),
        figure.wanted,
        verdict,
        f"{figure.peak / GIB:.2f} GiB" if figure.peak else "",
        escape(figure.note),
    ]


def _number(value: float, unit: str) -> str:
    return f"{value:.2f} {unit}" if value else ""


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def _first_word(*command: str, word: int = 0) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[word]
    except (OSError, subprocess.CalledProcessError):
        return "none"


def console() -> Console:
    """Return a console that is wide enough for the table where nobody looks."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=_WIDTH)

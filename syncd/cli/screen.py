"""What people and scripts see: tables and bars on a terminal, plain columns elsewhere, JSON when asked.

Rich is loaded only where a terminal shows what it draws.
"""

import itertools
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from syncd.cli.ports import Progress
from syncd.core.naming import shown

Cell = str | int | None
_BATCH = 200
_GAP = 2
_READABLE = 24
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_STYLES = {
    "completed": "green",
    "completed_with_failures": "yellow",
    "failed": "red",
    "held": "bold yellow",
    "aborted": "red",
    "undone": "dim",
    "rejected": "red",
    "stale": "bold red",
    "enabled": "green",
    "disabled": "yellow",
    "deleted": "red",
}


def tidy(text: str) -> str:
    """Make control characters visible, so that a value out of a file cannot steer the terminal."""
    return _CONTROLS.sub(lambda found: shown(found.group()), text)


def amount(size: int) -> str:
    """Write a number of bytes in the unit that suits it."""
    value = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def say(text: str = "") -> None:
    """Write a text for people to standard output."""
    sys.stdout.write(tidy(text).rstrip("\n") + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """Write a remark for people to standard error, where no script takes it for data."""
    sys.stdout.flush()
    sys.stderr.write(tidy(text) + "\n")


def complain(text: str) -> None:
    """Write why a command failed to standard error."""
    label = "\x1b[1;31mError:\x1b[0m" if _colourful(sys.stderr) else "Error:"
    sys.stdout.flush()
    sys.stderr.write(f"{label} {tidy(text)}\n")


def emit(record: Mapping[str, Any]) -> None:
    """Write one JSON object on a line of its own."""
    sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Show rows under their columns, a batch at a time, so that a million rows need no memory.

    On a terminal that is too narrow for the columns, each row becomes a block of lines.
    """
    remaining = iter(rows)
    heading = True
    while batch := [[_text(cell) for cell in row] for row in itertools.islice(remaining, _BATCH)]:
        if not sys.stdout.isatty():
            _plain(columns if heading else None, batch)
        elif _too_narrow(_widths(columns, batch)):
            _blocks(columns, batch)
        else:
            _rich(columns, batch, heading=heading)
        heading = False


def pairs(values: Mapping[str, Cell]) -> None:
    """Show named values below each other."""
    width = max((len(name) for name in values), default=0)
    for name, value in values.items():
        say(f"  {name:<{width}}  {_text(value)}".rstrip())


@contextmanager
def progress() -> Iterator[Progress | None]:
    """Give a callable that draws a bar on standard error while the block lasts; None where no terminal is."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    shown: dict[str, TaskID] = {}
    words = TextColumn("{task.description} {task.fields[count]}", markup=False)
    columns = (SpinnerColumn(), words, BarColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:

        def tell(step: str, done: int, total: int) -> None:
            if step not in shown:
                for task in shown.values():
                    bars.remove_task(task)
                shown.clear()
                shown[step] = bars.add_task(_text(step), total=None, count="")
            count = f"{done} of {total}" if total else ""
            bars.update(shown[step], completed=done, total=total or None, count=count)

        yield tell


def _text(cell: Cell) -> str:
    return "" if cell is None else tidy(str(cell)).replace("\n", "\\n").replace("\t", "\\t")


def _colourful(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _widths(columns: Sequence[str], batch: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(columns, *batch, strict=True)]


def _numeric(batch: Sequence[Sequence[str]]) -> list[bool]:
    return [all(cell.isdigit() or not cell for cell in column) for column in zip(*batch, strict=True)]


def _plain(columns: Sequence[str] | None, batch: Sequence[Sequence[str]]) -> None:
    widths = _widths(columns or [""] * len(batch[0]), batch)
    numeric = _numeric(batch)
    for row in [[name.upper() for name in columns], *batch] if columns else batch:
        cells = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        )
        sys.stdout.write((" " * _GAP).join(cells).rstrip() + "\n")


def _too_narrow(widths: Sequence[int]) -> bool:
    """Say whether the terminal has no room for all columns whole, but for the widest, which may fold."""
    needed = sum(widths) - max(widths) + min(max(widths), _READABLE) + _GAP * len(widths)
    return needed > shutil.get_terminal_size().columns


def _blocks(columns: Sequence[str], batch: Sequence[Sequence[str]]) -> None:
    for row in batch:
        pairs(dict(zip(columns, row, strict=True)))
        say()


def _rich(columns: Sequence[str], batch: Sequence[Sequence[str]], *, heading: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, show_header=heading, header_style="bold", pad_edge=False, padding=(0, _GAP, 0, 0))
    widths = _widths(columns, batch)
    for name, right, width in zip(columns, _numeric(batch), widths, strict=True):
        folds = width == max(widths)
        grid.add_column(
            name,
            overflow="fold",
            no_wrap=not folds,
            min_width=None if folds else width,
            justify="right" if right else "left",
        )
    for row in batch:
        grid.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in row))
    Console().print(grid)

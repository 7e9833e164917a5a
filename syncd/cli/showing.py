"""Runs as people see them: one line each, then where the files are and what to do next."""

from collections.abc import Callable, Iterator, Sequence

from syncd.cli import screen
from syncd.cli.exits import of_runs
from syncd.cli.options import View
from syncd.cli.ports import Report
from syncd.core.runs import Run, RunState

Show = Callable[[Sequence[Report]], None]
_COLUMNS = ("run", "state", "file", "rows", "applied", "unchanged", "skipped", "partial", "failed")


def outcomes(reports: Sequence[Report]) -> None:
    """Show what became of some runs."""
    screen.table(_COLUMNS, (_row(report.run) for report in reports))
    for report in reports:
        for line in _follow_up(report.run):
            screen.say(line)


def texts(reports: Sequence[Report]) -> None:
    """Show the whole reports, one below the other."""
    for number, report in enumerate(reports):
        screen.say(("\n" if number else "") + report.text())


def as_json(reports: Sequence[Report]) -> None:
    """Write runs as the contract has them, one a line."""
    for report in reports:
        screen.emit(report.as_json())


def result(reports: Sequence[Report], view: View, people: Show = outcomes) -> int:
    """Show runs to whoever asked, people or scripts, and return the exit code of what became of them."""
    (as_json if view.json else people)(reports)
    return of_runs(report.run for report in reports)


def _row(run: Run) -> list[screen.Cell]:
    rows = run.outcomes
    counts = (rows.total, rows.applied, rows.unchanged, rows.skipped, rows.partial, rows.failed)
    return [run.id or "", run.state.value, run.title, *counts]


def _follow_up(run: Run) -> Iterator[str]:
    """Say what a breach is, where the files are, and which command decides a held run."""
    named = run.title if not run.id else f"{run.id} {run.title}"
    for breach in run.breaches if run.state is RunState.HELD else ():
        yield f"{named}: {breach}"
    for what, path in (("report", run.report), *(("tryback", tryback) for tryback in run.trybacks)):
        if path:
            yield f"{named}: {what} {path}"
    if run.state is RunState.HELD and run.id:
        yield f"  Look: syncd runs show {run.id}"
        yield f"  Let it go: syncd approve {run.id} --reason TEXT"
        yield f"  End it: syncd reject {run.id} --reason TEXT"

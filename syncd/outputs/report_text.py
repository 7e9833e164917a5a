"""The report for people: plain text, at most WIDTH columns except for names, paths and commands."""

import shlex
from collections.abc import Iterator
from datetime import timedelta

import polars as pl

from syncd.core.kinds import SPECS, Kind
from syncd.core.limits import ChangeCounts
from syncd.core.naming import shown
from syncd.core.runs import Lineage, Outcome, Run, RunState
from syncd.outputs.remarks_text import clipped, lines_of_remarks, wrapped

_NAME = 40
"""Characters of a file's name in a table at most."""

Rows = list[tuple[str, ...]]

_NOT_APPLIED = frozenset({RunState.RECEIVED, RunState.PLANNED, RunState.HELD, RunState.REJECTED, RunState.ABORTED})


def render(run: Run, findings: pl.DataFrame, lineage: Lineage | None = None) -> str:
    """Return the report of a run: how it ended, rows, changes, limits, findings by reason and by line, what next.

    Bounded in length whatever the number of findings. Nothing in it, not even a name sent by a
    stranger, can move the cursor or break a line.

    Args:
        run: as it stands.
        findings: frame of `frames.findings.SCHEMA`.
        lineage: what became of it since; None as long as nothing can have.
    """
    sections = (
        _head(run),
        _rows(run),
        _files(run),
        _changes(run),
        _limits(run),
        *lines_of_remarks(findings, _where_all_stand(run)),
        _family(lineage),
        _what_next(run),
    )
    return "\n\n".join("\n".join(lines) for lines in map(list, sections) if lines) + "\n"


def _head(run: Run) -> Iterator[str]:
    recognised = " ".join(filter(None, (run.dialect, run.object))) or "not recognised"
    asked = "" if run.operation in ("", "command") else f" ({run.operation.replace('_', ' ')})"
    yield f"{_spaced(run.state)}  {shown(run.title)} → {recognised}{asked}"
    yield ""
    facts = {
        "run": ", ".join(filter(None, (str(run.id or ""), _origin(run)))),
        "received": f"{run.received.isoformat(sep=' ', timespec='seconds')} by {run.trigger.value}",
        "worked": _worked(run),
        "by": ": ".join(filter(None, (run.by, "" if run.decided_by else run.reason))),
        "decided by": ": ".join(filter(None, (run.decided_by, run.reason))) if run.decided_by else "",
        "feed": run.feed,
        "source": run.data_source,
        "sha256": f"{run.sha256[:16]}…, {run.size} bytes" if run.sha256 else "",
    }
    for name, fact in facts.items():
        if fact:
            yield from wrapped(f"  {name:<12}{shown(fact)}", hang=14)


def _origin(run: Run) -> str:
    if not run.parent:
        return ""
    return f"undoes run {run.parent}" if run.is_undo else f"made from run {run.parent}"


def _worked(run: Run) -> str:
    if run.started is None:
        return ""
    begun = run.started.isoformat(sep=" ", timespec="seconds")
    return f"{begun}, {_lasted(run.finished - run.started)}" if run.finished else begun


def _lasted(time: timedelta) -> str:
    # The clock may have been set back meanwhile.
    seconds = max(time.total_seconds(), 0.0)
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _rows(run: Run) -> Iterator[str]:
    total = run.outcomes.total
    if not total:
        yield "Rows: none"
        return
    yield f"Records that run {run.parent} made or changed" if run.is_undo else "Rows"
    table: Rows = []
    for outcome in Outcome:
        count = getattr(run.outcomes, outcome.value)
        table.append((outcome.value, str(count), _percent(count, total) if count else ""))
    yield from _table([*table, ("total", str(total), "")])


def _files(run: Run) -> Iterator[str]:
    """Say what became of the rows of each file, where there are several."""
    if not run.parts:
        return
    yield "Files"
    table: Rows = [("", *(outcome.value for outcome in Outcome), "total")]
    for file in run.parts:
        rows = file.outcomes(run.state)
        counts = (str(getattr(rows, outcome.value)) for outcome in Outcome)
        table.append((clipped(file.file, _NAME), *counts, str(rows.total)))
    yield from _table(table)


def _percent(count: int, total: int) -> str:
    """Return a share that is 0 or 100 only where it is so."""
    share = 100 * count / total
    if share < 0.05:
        return "<0.1 %"
    return ">99.9 %" if share >= 99.95 and count < total else f"{share:.1f} %"


def _changes(run: Run) -> Iterator[str]:
    kinds = [kind for kind in SPECS if _moves(run, kind)]
    planned = run.state in _NOT_APPLIED
    if not kinds:
        yield "Changes: none"
        return
    yield "Changes planned" if planned else "Changes"
    table: Rows = [("", "created", "updated", "disabled", "deleted", "before → after")]
    for kind in kinds:
        counts = run.changes.get(kind, ChangeCounts())
        numbers = (counts.created, counts.updated, counts.disabled, counts.deleted)
        table.append((_spaced(kind), *map(str, numbers), _before_after(run, kind)))
    yield from _table(table)


def _moves(run: Run, kind: Kind) -> bool:
    return run.changes.get(kind, ChangeCounts()) != ChangeCounts() or (
        kind in run.after and run.before.get(kind, 0) != run.after[kind]
    )


def _before_after(run: Run, kind: Kind) -> str:
    before, after = run.before.get(kind), run.after.get(kind)
    if before is None and after is None:
        return ""
    return f"{before or 0} → {after}" if after is not None else f"{before}"


def _limits(run: Run) -> Iterator[str]:
    if run.breaches:
        yield "Limits"
        for breach in run.breaches:
            yield from wrapped(f"  {breach}", hang=4)
        if run.state in _NOT_APPLIED:
            yield "  Nothing was changed."
    if run.state is RunState.HELD:
        yield from _decision(run)


def _decision(run: Run) -> Iterator[str]:
    """Say how a held run is decided; one that is only shown cannot be."""
    if not run.id:
        yield "  The run would wait until a named person decides."
        return
    yield "  The run waits until a named person decides:"
    yield f"  Look:       syncd runs show {run.id}"
    yield f"  Let it go:  syncd approve {run.id} --by NAME --reason TEXT"
    yield f"  End it:     syncd reject {run.id} --by NAME --reason TEXT"


def _where_all_stand(run: Run) -> str:
    return "every one stands in the JSON report" if run.report else "--json lists every one"


def _what_next(run: Run) -> Iterator[str]:
    steps = [*_mend(run), *_kept(run)]
    if steps:
        yield "What next"
        yield from (f"  {step}" for step in steps)


def _mend(run: Run) -> Iterator[str]:
    if run.is_undo:
        if run.rows.to_mend:
            yield "What stays is named above. When the reasons are gone, take back the rest:"
            yield f"  syncd undo {run.parent}"
    elif run.state is RunState.UNDONE:
        yield "All of it that could be was taken back. To do it again, hand in the same file:"
        yield f"  syncd requeue {run.id}"
    elif run.tryback:
        yield from _mend_trybacks(run.rows.to_mend, run.trybacks)
    elif run.state is RunState.FAILED:
        if not run.id:
            yield "Nothing of the file would be worked. Mend what the findings name."
            return
        yield "Nothing of the file was worked. Mend what the findings name and send it again;"
        yield "if the cause was not in the file, hand in the same one:"
        yield f"  syncd requeue {run.id}"


def _mend_trybacks(count: int, trybacks: tuple[str, ...]) -> Iterator[str]:
    verb = "row is" if count == 1 else "rows are"
    hold, it, file = ("tryback holds", "it", "file") if len(trybacks) == 1 else ("trybacks hold", "them", "files")
    yield f"{count} {verb} to be mended; the {hold} what was sent, byte for byte:"
    yield from (f"  {tryback}" for tryback in trybacks)
    yield f"Correct {it} there and hand {it} in, or drop the corrected {file} in sync/ again:"
    yield from (f"  syncd requeue {shlex.quote(tryback)}" for tryback in trybacks)


def _kept(run: Run) -> Iterator[str]:
    if run.report:
        yield f"Every finding, for programs:  {run.report.removesuffix('.txt')}.json"
    for file in run.files:
        if file.archive:
            yield f"The file as it came:          {file.archive}"
    if run.holds_secrets and (run.tryback or run.archive):
        yield "The file holds passwords: only the account of syncd can read these files."


def _family(lineage: Lineage | None) -> Iterator[str]:
    """Say what was made from the run since, and how much of it is still to be mended."""
    if lineage is None or not (lineage.children or lineage.open):
        return
    yield "Since then"
    for child in lineage.children:
        what = "undoes it" if child.is_undo else f"works {shown(child.title)}"
        rows = child.rows
        done = f": {rows.total - rows.to_mend} of {rows.total} rows done" if rows.total else ""
        yield from wrapped(f"  run {child.id} {what}, {_spaced(child.state)}{done}", hang=4)
    if lineage.open:
        yield f"  still to be mended: {lineage.open} {'row' if lineage.open == 1 else 'rows'}"
    elif any(not child.is_undo for child in lineage.children):
        yield "  nothing is left to be mended"


def _table(rows: Rows) -> Iterator[str]:
    """Yield the rows with their columns aligned: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = (cell.rjust(width + 3) for cell, width in zip(others, widths[1:], strict=True))
        yield f"  {first:<{widths[0]}}{''.join(cells)}".rstrip()


def _spaced(word: str) -> str:
    return word.replace("_", " ")

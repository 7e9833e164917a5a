"""The status letter of a run: what became of its file, why, and what to do next."""

from collections.abc import Iterator

import polars as pl

from syncd.core.findings import in_general
from syncd.core.incidents import duration, moment
from syncd.core.kinds import SPECS
from syncd.core.limits import Breach, ChangeCounts
from syncd.core.runs import Outcome, Run, RunState
from syncd.outputs.mail.message import Stationery
from syncd.outputs.mail.page import Block, Command, Facts, Grid, Page, Title, Tone, Words, clipped
from syncd.outputs.reasons import Reason, by_reason

REASONS = 8
"""Reasons that a letter tells; the report tells all."""

_LINES = 10
_FILES = 3
_NAME = 60
_LONGEST = 240
_EXAMPLE = 40
_FAILED = frozenset({RunState.FAILED, RunState.COMPLETED_WITH_FAILURES, RunState.ABORTED})


def failed(run: Run) -> bool:
    """Tell whether something of the run is to be mended."""
    return run.state in _FAILED or run.rows.to_mend > 0


def discreet(run: Run) -> bool:
    """Tell whether a letter must quote no value of the file: it holds passwords, or nobody knows what it holds.

    A password in the wrong column would be quoted by the sentence of that column. The report stays
    on the machine; a letter travels.
    """
    return run.holds_secrets or not all(file.object for file in run.files)


def summary(run: Run) -> str:
    """Return what became of a run in a line that alone tells whether to open the letter."""
    name, number, rows = clipped(run.title, _NAME), f"(run {run.id})", run.rows
    if run.state is RunState.HELD:
        return f"held: {name} {number}: {_breached(run.breaches)}"
    if run.state is RunState.FAILED:
        return f"failed: {name}, nothing of it was worked {number}"
    if run.state in (RunState.REJECTED, RunState.ABORTED):
        return f"{run.state.value}: {name}, nothing was changed {number}"
    if run.state is RunState.UNDONE:
        return f"undone: {name} {number}"
    if rows.to_mend:
        return f"failed {rows.to_mend} of {_rows(rows.total)}: {name} {number}"
    if not rows.applied:
        return f"ok: {name}, nothing new in {_rows(rows.total)} {number}"
    return f"ok: {name}, {rows.applied} of {_rows(rows.total)} applied {number}"


def run_page(run: Run, findings: pl.DataFrame, stationery: Stationery) -> Page:
    """Return the page of a run that is over or held.

    findings: frame of `frames.findings.SCHEMA`.
    """
    tone = Tone.WAITS if run.state is RunState.HELD else Tone.BAD if failed(run) else Tone.GOOD
    blocks = (
        _facts(run, stationery),
        *_limits(run, stationery),
        *_outcome(run),
        *_reasons(run, findings),
        *_next(run, stationery),
    )
    return Page(headline=summary(run), tone=tone, blocks=blocks)


def _breached(breaches: tuple[Breach, ...]) -> str:
    first = breaches[0] if breaches else None
    if first is None:
        return "it waits for a decision"
    more = f", and {len(breaches) - 1} more over a limit" if len(breaches) > 1 else ""
    return f"{first.planned} {_spaced(first.kind)} {first.what} planned, {first.allowed} allowed{more}"


def _facts(run: Run, stationery: Stationery) -> Facts:
    sent = f"{moment(run.received)} by {run.trigger.value}" + (f" ({run.by})" if run.by else "")
    worked = ""
    if run.started:
        worked = moment(run.started) + (f", for {duration(run.finished - run.started)}" if run.finished else "")
    known = " ".join(filter(None, (run.dialect, run.object))) or "not recognised"
    return Facts(
        (
            ("file", run.title),
            ("holds", known),
            ("run", f"{run.id}" + (f", made from run {run.parent}" if run.parent else "")),
            ("feed", run.feed),
            ("source", run.data_source),
            ("received", sent),
            ("worked", worked),
            ("decided by", ": ".join(filter(None, (run.decided_by, run.reason)))),
            ("home", f"{stationery.home} on {stationery.host}"),
        )
    )


def _limits(run: Run, stationery: Stationery) -> Iterator[Block]:
    if not run.breaches:
        return
    yield Title("Over a limit")
    for breach in run.breaches:
        yield Words(str(breach))
    if run.state is not RunState.HELD:
        return
    yield Words("Nothing was changed. The run waits until a named person decides.")
    yield Words("Look at the plan, let it go, or end it:")
    yield Command(stationery.command("runs", "show", str(run.id)))
    yield Command(_decision("approve", run, stationery))
    yield Command(_decision("reject", run, stationery))


def _decision(word: str, run: Run, stationery: Stationery) -> str:
    return f"{stationery.command(word, str(run.id))} --by NAME --reason TEXT"


def _outcome(run: Run) -> Iterator[Block]:
    yield Title("Rows planned" if run.state is RunState.HELD else "Rows")
    counts = ", ".join(f"{getattr(run.outcomes, outcome.value)} {outcome.value}" for outcome in Outcome)
    yield Words(f"{_rows(run.rows.total)}: {counts}" if run.rows.total else "none")
    if run.parts:
        facts = (file.outcomes(run.state) for file in run.parts)
        yield Grid(
            ("", *(outcome.value for outcome in Outcome)),
            tuple(
                (clipped(file.file, _EXAMPLE), *(str(getattr(rows, outcome.value)) for outcome in Outcome))
                for file, rows in zip(run.parts, facts, strict=True)
            ),
        )
    rows = tuple(
        (_spaced(kind), *_counts(run.changes[kind]), _before_after(run, kind))
        for kind in SPECS
        if run.changes.get(kind, ChangeCounts()) != ChangeCounts()
    )
    if rows:
        yield Title("Changes planned" if run.state is RunState.HELD else "Changes")
        yield Grid(("", "created", "updated", "disabled", "deleted", "before → after"), rows)


def _counts(counts: ChangeCounts) -> tuple[str, str, str, str]:
    return str(counts.created), str(counts.updated), str(counts.disabled), str(counts.deleted)


def _before_after(run: Run, kind: object) -> str:
    before = {str(key): count for key, count in run.before.items()}.get(str(kind), 0)
    after = {str(key): count for key, count in run.after.items()}.get(str(kind))
    return f"{before} → {after}" if after is not None else str(before)


def _reasons(run: Run, findings: pl.DataFrame) -> Iterator[Block]:
    reasons, _ = by_reason(findings)
    if not reasons:
        return
    yield Title("Why" if failed(run) else "Remarks")
    for reason in reasons[:REASONS]:
        yield from _reason(reason, findings, values=not discreet(run))
    if len(reasons) > REASONS:
        yield Words(f"… and {len(reasons) - REASONS} more reasons; the report has them all.")
    if discreet(run):
        yield Words("The values are left out here, because passwords may be among them; the report has them.")


def _reason(reason: Reason, findings: pl.DataFrame, *, values: bool) -> Iterator[Block]:
    title = reason.title if values else in_general(reason.code)
    yield Words(f"{reason.count} {_severity(reason)}: {clipped(title, _LONGEST)}")
    told = list(_lines(findings.filter((pl.col("code") == reason.code) & (pl.col("line") > 0))))
    if values and reason.examples:
        told.append(f"such as {', '.join(clipped(value, _EXAMPLE) for value, _ in reason.examples)}")
    if reason.advice:
        told.append(f"to mend: {reason.advice}")
    if told:
        yield Words("; ".join(told), deep=True)


def _lines(findings: pl.DataFrame) -> Iterator[str]:
    """Say on which lines something was found, and of which file where there are several."""
    files = findings.partition_by("file", maintain_order=True)
    for found in files[:_FILES]:
        lines, file = found.get_column("line").unique().sort(), found.item(0, "file")
        more = f" and {len(lines) - _LINES} more" if len(lines) > _LINES else ""
        word = "line" if len(lines) == 1 else "lines"
        of_file = f" of {clipped(file, _EXAMPLE)}" if file else ""
        yield f"in {word} {', '.join(map(str, lines.head(_LINES).to_list()))}{more}{of_file}"
    if len(files) > _FILES:
        yield f"in {len(files) - _FILES} more files"


def _severity(reason: Reason) -> str:
    word = "remark" if reason.severity == "info" else reason.severity
    return word if reason.count == 1 else f"{word}s"


def _next(run: Run, stationery: Stationery) -> Iterator[Block]:
    yield Title("What next" if failed(run) else "More")
    if run.tryback:
        rows = "the row" if run.rows.to_mend == 1 else f"the {run.rows.to_mend} rows"
        one = len(run.trybacks) == 1
        hold = "The tryback holds" if one else "The trybacks hold"
        yield Words(f"{hold} {rows} to be mended, under the header that {'the' if one else 'each'} file came with:")
        yield from (Command(stationery.path(tryback)) for tryback in run.trybacks)
        yield Words("Correct it there and hand it in:" if one else "Correct them there and hand them in:")
        yield from (Command(stationery.command("requeue", tryback)) for tryback in run.trybacks)
    elif run.state is RunState.FAILED and run.archive:
        files = "files" if run.parts else "file"
        mend = f"Mend what is named above and send the {files} again."
        yield Words(f"{mend} If the cause was not in the {files}, hand in the same:")
        yield Command(stationery.command("requeue", str(run.id)))
    yield Words("The whole report:")
    if run.report:
        yield Command(stationery.path(run.report))
    yield Command(stationery.command("runs", "show", str(run.id)))
    if run.holds_secrets:
        yield Words("The file holds passwords: only the account of syncd can read it, and it is never attached.")


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _spaced(word: str) -> str:
    return word.replace("_", " ")

"""Findings as sections of the text report: by reason with counts, then by line."""

import textwrap
from collections.abc import Iterator

import polars as pl

from syncd.core.naming import shown
from syncd.outputs.reasons import Reason, Remark, Tally, by_reason

WIDTH = 100
"""Columns of a text report."""

_LONGEST = 300
_LONGEST_WORD = 40


def lines_of_remarks(findings: pl.DataFrame, where_all_stand: str) -> tuple[Iterator[str], Iterator[str]]:
    """Return the lines of the section by reason and of the section by line; both are empty without findings.

    Args:
        findings: frame of `frames.findings.SCHEMA`.
        where_all_stand: the words that say where those left out can be read.
    """
    reasons, remarks = by_reason(findings)
    return _by_reason(reasons), _by_line(reasons, remarks, where_all_stand)


def wrapped(line: str, *, hang: int) -> list[str]:
    """Return the line folded at WIDTH, what follows the first fold indented by `hang` columns."""
    if len(line) <= WIDTH:
        return [line]
    return textwrap.wrap(line, WIDTH, subsequent_indent=" " * hang, break_on_hyphens=False)


def _by_reason(reasons: tuple[Reason, ...]) -> Iterator[str]:
    if not reasons:
        return
    yield "Findings by reason"
    figures = max(len(str(reason.count)) for reason in reasons)
    for reason in reasons:
        front = f"  {reason.count:>{figures}}  {reason.severity:<7}  "
        indent = " " * len(front)
        hang = len(front) + 2
        yield from wrapped(f"{front}{reason.code}: {clipped(reason.title, _LONGEST)}", hang=hang)
        if reason.columns:
            yield from wrapped(f"{indent}in {_counted(reason.columns, reason.count)}", hang=hang)
        if reason.examples:
            yield from wrapped(f"{indent}such as {_counted(reason.examples, reason.count)}", hang=hang)
        if reason.advice:
            yield from wrapped(f"{indent}to mend: {reason.advice}", hang=hang)


def _by_line(reasons: tuple[Reason, ...], remarks: tuple[Remark, ...], where_all_stand: str) -> Iterator[str]:
    if not remarks:
        return
    yield "Findings by line"
    for remark in remarks:
        kind = "" if remark.severity == "error" else f"{remark.severity}: "
        yield from wrapped(f"  {_where(remark)}: {kind}{clipped(remark.text, _LONGEST)}", hang=6)
    for reason in reasons:
        if reason.left_out:
            left = f"{reason.left_out} more of {reason.code} from {_of(reason.left_file)}line {reason.left_line} on"
            yield f"  … and {left}; {where_all_stand}"


def _where(remark: Remark) -> str:
    if remark.row and not remark.line:
        return f"record {remark.row}"
    line = f"line {remark.line}" if remark.line else "file"
    row = f" (row {remark.row})" if remark.row else ""
    column = f" column {clipped(remark.column, _LONGEST_WORD)}" if remark.column else ""
    return f"{_of(remark.file)}{line}{row}{column}"


def _of(file: str) -> str:
    """Return the name of one of several files, to stand before the line."""
    return f"{clipped(file, _LONGEST_WORD)} " if file else ""


def _counted(tally: Tally, whole: int) -> str:
    words = [clipped(word, _LONGEST_WORD) + (f" ({count})" if count > 1 else "") for word, count in tally]
    return ", ".join(words) + (", …" if sum(count for _, count in tally) < whole else "")


def clipped(text: str, most: int) -> str:
    """Return a text fit for a screen, its middle left out where it is long."""
    if len(text) > most:
        text = f"{text[: most * 2 // 3]} … {text[-(most // 3) :]}"
    return shown(text)

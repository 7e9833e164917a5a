"""Findings gathered by reason, for people: how many, which values, what to do, and the first of them by line."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from syncd.core.findings import CATALOGUE, Entry, Severity, in_general
from syncd.frames.findings import SCHEMA

if TYPE_CHECKING:
    import pandas as pd

CAP = 200
"""Findings of one reason that a text report lists by line; the JSON report lists all."""

_EXAMPLES = 3
_COLUMNS = 5
_PLACE = re.compile(r"{\w+}")
_UNLISTED = Entry(Severity.INFO, "")
_ORDER = {severity.value: rank for rank, severity in enumerate(Severity)}

Tally = tuple[tuple[str, int], ...]
"""Words, each with how often it was found, most first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """The findings of one code.

    title: the sentence, or what it says in general where it was not the same throughout; then examples are the
        values that it was said of most, and columns those that it named most. left_out: findings beyond CAP;
        left_file, left_line: file and line of the first of those.
    """

    code: str
    severity: str
    count: int
    title: str
    advice: str
    examples: Tally
    columns: Tally
    left_out: int
    left_file: str
    left_line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A finding to be listed, without the advice that its reason gives once."""

    file: str
    row: int
    line: int
    column: str
    severity: str
    text: str


def by_reason(findings: pl.DataFrame) -> tuple[tuple[Reason, ...], tuple[Remark, ...]]:
    """Return the reasons, errors first and then most first, and the first findings of each in order of files and rows.

    Without findings pandas is not even loaded, so that an unchanged night does not pay for it.
    """
    if findings.is_empty():
        return (), ()
    files = findings.partition_by("file", maintain_order=True)
    in_order = pl.concat(each.sort("row", maintain_order=True) for each in files)
    table = in_order.with_columns(
        pl.col("code", "severity").cast(pl.Categorical), pl.col("message").hash().alias("message_hash")
    ).to_pandas()
    groups = table.groupby("code", observed=True, sort=False)
    reasons = [_reason(str(code), group) for code, group in groups]
    reasons.sort(key=lambda reason: (_ORDER[reason.severity], -reason.count, reason.code))
    return tuple(reasons), tuple(_remarks(groups.head(CAP)))


def _reason(code: str, group: "pd.DataFrame") -> Reason:
    entry = CATALOGUE.get(code, _UNLISTED)
    count = len(group)
    distinct = group["message_hash"].value_counts(sort=False)
    most = {_without(entry.advice, text): n for text, n in _texts(group, distinct.nlargest(_EXAMPLES))}
    return Reason(
        code=code,
        severity=str(group["severity"].iloc[0]),
        count=count,
        title=next(iter(most)) if len(distinct) == 1 or not entry.sentence else in_general(code),
        advice=entry.advice,
        examples=tuple(_values(entry.sentence, most)) if len(distinct) > 1 else (),
        columns=_columns(group["column"]) if len(distinct) > 1 and "{column}" in entry.sentence else (),
        left_out=max(count - CAP, 0),
        left_file=str(group["file"].iloc[CAP]) if count > CAP else "",
        left_line=int(group["line"].iloc[CAP]) if count > CAP else 0,
    )


def _texts(group: "pd.DataFrame", counts: "pd.Series[int]") -> Iterator[tuple[str, int]]:
    """Yield the messages whose hashes were counted: a million sentences as text would cost twice the memory."""
    for mark, count in counts.items():
        place = int((group["message_hash"] == mark).argmax())
        yield str(group["message"].iloc[place]), int(count)


def _remarks(listed: "pd.DataFrame") -> Iterator[Remark]:
    columns = (listed[name].tolist() for name in SCHEMA)
    for row, line, column, code, severity, message, file in zip(*columns, strict=True):
        text = _without(CATALOGUE.get(code, _UNLISTED).advice, message)
        yield Remark(file=file, row=row, line=line, column=column, severity=severity, text=text)


def _columns(column: "pd.Series[str]") -> Tally:
    most = column[column != ""].value_counts(sort=False).nlargest(_COLUMNS)
    return tuple((str(name), int(n)) for name, n in most.items())


def _values(sentence: str, messages: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Yield the values that the messages complain about, where the sentence has a place for one."""
    before, place, after = sentence.partition("{value}")
    if not place:
        return
    pattern = re.compile(f"{_loose(before)}(?P<value>.*){_loose(after)}", re.DOTALL)
    for message, count in messages.items():
        if found := pattern.fullmatch(message):
            yield found["value"], count


def _loose(sentence: str) -> str:
    """Return a pattern for part of a sentence in which the places may be filled with anything."""
    return ".*".join(re.escape(text) for text in _PLACE.split(sentence))


def _without(advice: str, message: str) -> str:
    return message.removesuffix(f"; {advice}")

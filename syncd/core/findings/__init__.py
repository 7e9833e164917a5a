"""Findings: remarks on a row or a file, in sentences made from one catalogue.

Every sentence that an operator reads about a row comes from `CATALOGUE`; report,
command line, console and mail show the same words. The sentences stand in `of_files` and `of_rows`; a dialect declares
its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from syncd.core.findings.entry import Entry, Severity
from syncd.core.findings.generally import GENERALLY
from syncd.core.findings.of_files import OF_FILES
from syncd.core.findings.of_rows import OF_ROWS

__all__ = ["CATALOGUE", "Entry", "Finding", "Severity", "declare", "finding", "in_general", "sentence"]

_ENTRIES = {**OF_FILES, **OF_ROWS}
_GENERALLY = dict(GENERALLY)

CATALOGUE: Mapping[str, Entry] = MappingProxyType(_ENTRIES)
"""Every finding code with its sentence. Placeholders are filled by `sentence`."""

_VALUE = "'{value}'"


def declare(entries: Mapping[str, Entry], generally: Mapping[str, str]) -> None:
    """Add the findings of a dialect to the catalogue; it does so when it is imported.

    generally: what those say without any value that have more places than a value in quotes.

    Raises:
        ValueError: there is such a code already.
    """
    if taken := entries.keys() & _ENTRIES.keys():
        raise ValueError(f"these findings are there already: {', '.join(sorted(taken))}")
    _ENTRIES.update(entries)
    _GENERALLY.update(generally)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One remark. `row` counts data rows from 1, `line` is the physical line; both 0 for the file as a whole.

    file: its name, where the run has several; "" for the run as a whole.
    """

    code: str
    severity: Severity
    message: str
    row: int = 0
    line: int = 0
    column: str = ""
    file: str = ""


def sentence(code: str, **places: object) -> str:
    """Return the sentence of a finding code with its places filled, and the advice after a colon."""
    entry = CATALOGUE[code]
    text = entry.sentence.format_map(places)
    return f"{text}; {entry.advice}" if entry.advice else text


def finding(code: str, *, row: int = 0, line: int = 0, column: str = "", **places: object) -> Finding:
    """Make a finding from the catalogue."""
    return Finding(
        code=code,
        severity=CATALOGUE[code].severity,
        message=sentence(code, **({"column": column} | places)),
        row=row,
        line=line,
        column=column,
    )


def in_general(code: str) -> str:
    """Return what findings of a code say in general, without any value; the code itself where nobody knows it.

    The summary of a report counts findings by code, and some mails may show no value; both need a sentence that stands
    for itself.
    """
    if code not in CATALOGUE:
        return code
    return _GENERALLY.get(code) or CATALOGUE[code].sentence.replace(_VALUE, "'…'")

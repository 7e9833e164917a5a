"""Findings: remarks on a row or a file, in sentences made from one catalogue.

Every sentence that an operator reads about a row comes from `CATALOGUE`; report,
command line, console and mail show the same words. The sentences stand in `of_files` and `of_rows`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from syncd.core.findings.entry import Entry, Severity
from syncd.core.findings.of_files import OF_FILES
from syncd.core.findings.of_rows import OF_ROWS

__all__ = ["CATALOGUE", "Entry", "Finding", "Severity", "finding", "sentence"]

CATALOGUE: Mapping[str, Entry] = MappingProxyType({**OF_FILES, **OF_ROWS})
"""Every finding code with its sentence. Placeholders are filled by `sentence`."""


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

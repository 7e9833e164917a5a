"""Values that name a record must be one: a word for no value would make one record of many."""

from dataclasses import replace

import polars as pl

from syncd.frames.cleaning import INVISIBLE
from syncd.frames.findings import none, remarks
from syncd.frames.placeholders import FLOAT, FORMULA, NO_NUMBER, SHORT_FORM, WORDS
from syncd.frames.rules import Problem, Rule, shown

_CHARACTERS = INVISIBLE + "\u00a0\ufe0f"
_UNSEEN = f"[{_CHARACTERS}]"
"""Characters that would make two identifiers look the same."""


def identifier(rule: Rule, *, number: bool = False) -> Rule:
    """Return the rule of a column whose values name a record: no placeholder, and no number in short form.

    number: a value is a number of the institution's (an idnumber), so zero and `NA` are none either.
    """
    nothing = rf"^(?:(?i:null){f'|{NO_NUMBER}' if number else ''})$"
    converted = f"{FORMULA}|{FLOAT}" if number else FORMULA
    refused = rf"^(?:(?i:null)|{SHORT_FORM}|{converted}{f'|{NO_NUMBER}' if number else ''})$|{_UNSEEN}"

    def convert(value: pl.Expr) -> pl.Expr:
        return pl.when(~(value.str.contains(refused) | value.is_in(WORDS))).then(rule.convert(value))

    def placeholders(value: pl.Expr) -> tuple[Problem, ...]:
        said = {"value": shown(value)}
        return (
            Problem(mask=value.str.contains(nothing) | value.is_in(WORDS), code="identifier-nothing", places=said),
            Problem(mask=value.str.contains(rf"^{SHORT_FORM}$"), code="identifier-short-form", places=said),
            Problem(mask=value.str.contains(rf"^(?:{converted})$"), code="identifier-converted", places=said),
            Problem(mask=value.str.contains(_UNSEEN), code="identifier-unseen", places={"point": _point(value)}),
        )

    return replace(rule, convert=convert, placeholders=placeholders, doubtful=(), identifier=True)


def _point(value: pl.Expr) -> pl.Expr:
    """Return the code point of the first character that no screen shows."""
    points = {char: f"U+{ord(char):04X}" for char in _CHARACTERS}
    return value.str.extract(rf"({_UNSEEN})").replace(points)


def doubts(texts: pl.DataFrame, rule: Rule, *, column: str, name: str) -> pl.DataFrame:
    """Return a warning for each value that is legal but may be a placeholder; see `Rule.doubtful`.

    texts: row, line and the column of trimmed values. name: what the header calls it.
    """
    if not rule.doubtful:
        return none()
    found = texts.get_column(column).is_in(rule.doubtful)
    if not found.any():
        return none()
    return remarks(texts.filter(found), "value-placeholder", column=name, value=shown(pl.col(column)))

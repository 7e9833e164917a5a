"""Text normalisation: Unicode normal form C, without white space or invisible characters at the ends.

Composed and decomposed letters look alike, and pasted values carry invisible characters. Both are normalised where a
file is read and nowhere else, so that values that look the same compare as equal.
"""

import unicodedata
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
"""Soft hyphen, zero-width space, joiners, direction marks, word joiner, byte-order mark."""

SPACES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace() and not 0x1C <= code <= 0x1F)
"""The white space of Unicode."""

_ENDS = SPACES + INVISIBLE
_MAY_CHANGE = r"[\u00ad\u0300-\U0010ffff]"
_LEADS = r"[\u00c2-\u00c5\u00ce-\u00d4\u00e2]"
_DOUBTFUL = rf"\ufffd|{_LEADS}[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2122]"


_STABLE = (*range(0xC3, 0xCC), *range(0xCE, 0xD2), 0xD3, 0xD4, 0xD5, *range(0xE4, 0xEA), 0xEB, 0xEC)
"""Bytes with which UTF-8 begins characters that are in normal form C whatever stands around them, but for U+0387."""

_PARTLY_STABLE = {0xC2: range(0x80, 0xAD), 0xE1: (0xBA, 0xBB), 0xE2: (0x80,), 0xEA: range(0xB0, 0xC0)}
_HIDDEN = (0x80, 0x81, *range(0x8B, 0x90))
"""With what, after E2 80, two spaces that normal form C replaces and invisible characters end."""

_TWICE = ((0xC3, (*range(0x82, 0x86), *range(0x8E, 0x95), 0xA2)), (0xC2, 0xC5, 0xC6, 0xCB, 0xE2))
"""How text that was encoded twice begins, and with what it goes on."""

_CHANGES, _MAY_HIDE, _MAY_BE_TWICE = 1, 2, 3
"""What the first two bytes of a character say: it may change in normal form C, or it depends on the third byte."""


def is_plain(units: NDArray[np.uint8]) -> bool:
    """Return whether it is certain that no text in these bytes of UTF-8 is changed by `cleaned` or found by `damaged`.

    Looks at the first bytes of each character beyond ASCII: most Western, Greek, Cyrillic and Chinese text is plain.
    """
    places = np.flatnonzero(units >= 0xC2)
    doubts = _doubts()[units[places].astype(np.uint16) << 8 | units[places + 1]]
    if (doubts == _CHANGES).any():
        return False
    third = np.minimum(places + 2, len(units) - 1)
    worse = ((_MAY_HIDE, _HIDDEN), (_MAY_BE_TWICE, _TWICE[1]))
    return not any(np.isin(units[third[doubts == doubt]], bytes_).any() for doubt, bytes_ in worse)


@cache
def _doubts() -> NDArray[np.uint8]:
    """Return, for the first two bytes of a character as one number, what may be wrong with it."""
    doubts = np.full((0x100, 0x100), _CHANGES, dtype=np.uint8)
    doubts[list(_STABLE)] = 0
    doubts[0xC2, 0xAE:0xC0] = 0
    for lead, seconds in _PARTLY_STABLE.items():
        doubts[lead, list(seconds)] = 0
    doubts[0xCE, 0x87] = _CHANGES
    doubts[0xE2, 0x80] = _MAY_HIDE
    lead, seconds = _TWICE[0]
    doubts[lead, list(seconds)] = _MAY_BE_TWICE
    return doubts.ravel()


def clean(value: str) -> str:
    """Return one value in normal form C, without white space and invisible characters around it."""
    return unicodedata.normalize("NFC", value).strip(_ENDS)


def cleaned(trimmed: pl.Series) -> pl.Series:
    """Return a column of text without white space around it, each value as `clean` returns it; null stays null."""
    if not trimmed.str.contains(_MAY_CHANGE).any():
        return trimmed
    return trimmed.str.strip_chars(_ENDS).str.normalize("NFC")


def damaged(values: pl.Series) -> list[str]:
    """Return the distinct values that another program corrupted before the file was sent.

    They hold the replacement character U+FFFD, or are UTF-8 that was taken for Windows-1252 or Latin-1
    and written as UTF-8 again (`ZoÃ©` for `Zoé`).
    """
    doubtful = values.filter(values.str.contains(_DOUBTFUL)).unique().to_list()
    return [value for value in doubtful if value and ("\ufffd" in value or _is_encoded_twice(value))]


def _is_encoded_twice(value: str) -> bool:
    """Return whether the whole value reads as UTF-8 when written in a one-byte encoding, and gives letters then."""
    for encoding in ("cp1252", "latin-1"):
        try:
            once = value.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
        new = [char for char in once if not char.isascii()]
        if new and all(_is_usual(char) for char in new):
            return True
    return False


def _is_usual(char: str) -> bool:
    """Return whether a character is a letter or a mark of text as names and titles have them."""
    return (char.isalpha() and (ord(char) < 0x250 or 0x370 <= ord(char) < 0x530)) or char in "\u00a0‐‑–—‘’‚“”„…«»€°ºª·"

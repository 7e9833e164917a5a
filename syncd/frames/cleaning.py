"""Text normalisation: Unicode normal form C, without white space or invisible characters at the ends.

Composed and decomposed letters look alike, and pasted values carry invisible characters. Both are normalised where a
file is read and nowhere else, so that values that look the same compare as equal.
"""

import re
import unicodedata
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

INVISIBLE = (
    "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
)
"""Soft hyphen, zero-width spaces, joiners, direction marks (which dialogs of Windows copy along), byte-order mark."""

SPACES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace() and not 0x1C <= code <= 0x1F)
"""The white space of Unicode."""

ENDS = SPACES + INVISIBLE
"""What does not count at the ends of a value."""
_MAY_CHANGE = r"[\u00ad\u0300-\U0010ffff]"
_CODECS = ("cp1252", "latin-1", "cp1250", "cp850", "mac-roman")
"""Encodings that UTF-8 is mistaken for: those of Windows in western and eastern Europe, its console, and Macs."""

_LEADS = r"[\u00c2-\u00c5\u00ce-\u00d4\u00e1\u00e2\u0102\u0139\u0192\u221a\u2248\u2500\u251c\u253c]"
_DOUBTFUL = rf"\ufffd|{_LEADS}[^\x00-\x7f]"
_FOREIGN = r"[^\x00-\x7f]+"


_STABLE = (*range(0xC3, 0xCC), *range(0xCE, 0xD2), 0xD3, 0xD4, 0xD5, *range(0xE4, 0xEA), 0xEB, 0xEC)
"""Bytes with which UTF-8 begins characters that are in normal form C whatever stands around them, but for U+0387."""

_PARTLY_STABLE = {0xC2: range(0x80, 0xAD), 0xE1: (0xBA, 0xBB), 0xE2: (0x80,), 0xEA: range(0xB0, 0xC0)}
_HIDDEN = (0x80, 0x81, *range(0x8B, 0x90), *range(0xAA, 0xAF))
"""With what, after E2 80, two spaces that normal form C replaces and invisible characters end."""

_TWICE = (
    {0xC3: (*range(0x82, 0x86), *range(0x8E, 0x95), 0xA1, 0xA2), 0xC4: (0x82, 0xB9)},
    (0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xCB, 0xE2),
)
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
    for lead, seconds in _TWICE[0].items():
        doubts[lead, list(seconds)] = _MAY_BE_TWICE
    return doubts.ravel()


def clean(value: str) -> str:
    """Return one value in normal form C, without white space and invisible characters around it."""
    return unicodedata.normalize("NFC", value).strip(ENDS)


def cleaned(trimmed: pl.Series) -> pl.Series:
    """Return a column of text without white space around it, each value as `clean` returns it; null stays null."""
    if not trimmed.str.contains(_MAY_CHANGE).any():
        return trimmed
    return trimmed.str.strip_chars(ENDS).str.normalize("NFC")


def damaged(values: pl.Series) -> list[str]:
    """Return the distinct values that another program corrupted before the file was sent.

    They hold the replacement character U+FFFD, or are UTF-8 that was taken for Windows-1252 or Latin-1
    and written as UTF-8 again (`ZoÃ©` for `Zoé`).
    """
    doubtful = values.filter(values.str.contains(_DOUBTFUL)).unique().to_list()
    return [value for value in doubtful if value and ("\ufffd" in value or _is_encoded_twice(value))]


def _is_encoded_twice(value: str) -> bool:
    """Return whether the letters beyond ASCII read as UTF-8 when written in a one-byte encoding, and give letters then.

    Characters that the encoding does not have, such as an emoji, were not damaged and do not count.
    """
    return any(_is_text_taken_for(codec, re.findall(_FOREIGN, value)) for codec in _CODECS)


def _is_text_taken_for(codec: str, parts: list[str]) -> bool:
    """Return whether all of these parts that a codec has are UTF-8 that was decoded by it."""
    found = False
    for part in parts:
        try:
            written = part.encode(codec)
        except UnicodeEncodeError:
            continue
        try:
            once = written.decode("utf-8")
        except UnicodeDecodeError:
            return False
        if not all(_is_usual(char) for char in once) and not _is_encoded_twice(once):
            return False
        found = True
    return found


def _is_usual(char: str) -> bool:
    """Return whether a character is a letter or a mark of text as names and titles have them."""
    is_common = ord(char) < 0x250 or 0x370 <= ord(char) < 0x530 or 0x1E00 <= ord(char) < 0x1F00
    return (char.isalpha() and is_common) or char in "\u00a0‐‑–—‘’‚“”„…«»€°ºª·"

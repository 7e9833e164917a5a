"""Text as it is meant: normal form C, without invisible characters at its ends.

Composed and decomposed letters look alike, and pasted values carry spaces and characters that no screen shows. They are
evened out where a file is read, so that values that look the same are the same everywhere else.
"""

import unicodedata

import polars as pl

INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
"""Soft hyphen, zero-width space, joiners, direction marks, word joiner, byte-order mark."""

SPACES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace() and not 0x1C <= code <= 0x1F)
"""The white space of Unicode."""

_ENDS = SPACES + INVISIBLE
_MAY_CHANGE = r"[\u00ad\u0300-\U0010ffff]"
_LEADS = r"[\u00c2-\u00c5\u00ce-\u00d4\u00e2]"
_DOUBTFUL = rf"\ufffd|{_LEADS}[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2122]"


def clean(value: str) -> str:
    """Return one value in normal form C, without white space and invisible characters around it."""
    return unicodedata.normalize("NFC", value).strip(_ENDS)


def cleaned(trimmed: pl.Series) -> pl.Series:
    """Return a column of text without white space around it, each value as `clean` returns it; null stays null."""
    if not trimmed.str.contains(_MAY_CHANGE).any():
        return trimmed
    return trimmed.str.strip_chars(_ENDS).str.normalize("NFC")


def damaged(values: pl.Series) -> list[str]:
    """Return the distinct values that some other program has spoilt.

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

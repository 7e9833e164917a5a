"""Names of columns: how they are compared, and which known name a misspelt one means."""

import re
from collections.abc import Collection, Iterable

_SEPARATORS = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"[0-9]+")
_SHORT = 8
"""Names from this length on may differ in two places, shorter ones in one."""


def plain(name: str) -> str:
    """Return a name without case, spaces and punctuation: `E-Mail` and `e_mail` are both `email`."""
    return _SEPARATORS.sub("", name).casefold()


def nearest(name: str, known: Iterable[str], taken: Collection[str] = ()) -> str:
    """Return the known name that a name means, "" where that is not certain.

    A name that differs only in case, spaces or punctuation is certain. So is one with a typing error or two, if
    no other known name is as close, its numbers are the same, and it is not one of `taken` (plain names), which have
    a meaning of their own.
    """
    spelt = {plain(each): each for each in known}
    wanted = plain(name)
    if wanted in spelt:
        return spelt[wanted]
    if wanted in taken or len(wanted) < 3:
        return ""
    close = [each for key, each in spelt.items() if _is_close(wanted, key)]
    return close[0] if len(close) == 1 else ""


def is_header(names: Collection[str], known: Collection[str], alone: Collection[str]) -> bool:
    """Return whether the first line of a list names columns, so that it cannot be a row.

    names: its values. known: plain names of columns, of which one makes a line of several values a header.
    alone: plain names that make a line of one value a header.
    """
    filled = [plain(name) for name in names if name]
    if len(filled) == 1:
        return filled[0] in alone
    return len(filled) > 2 or any(name in known for name in filled)


def _is_close(one: str, other: str) -> bool:
    shorter = min(len(one), len(other))
    if _DIGITS.findall(one) != _DIGITS.findall(other) or abs(len(one) - len(other)) > 2:
        return False
    if shorter <= 3 and len(one) == len(other) and sorted(one) != sorted(other):
        return False
    return _distance(one, other) <= (1 if shorter < _SHORT else 2)


def _distance(one: str, other: str) -> int:
    """Return how many letters must be added, left out, changed or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, target in enumerate(other, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != target))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == target:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]

"""What a summary says of many rows at once."""

import re
from string import Formatter

import pytest

from syncd.core.findings import CATALOGUE
from syncd.core.in_general import SAID, in_general


@pytest.mark.parametrize("code", CATALOGUE)
def test_a_summary_is_a_sentence_without_a_place(code: str) -> None:
    """An operator reads it as it stands: no braces, no name of a place, no hole but a value in quotes."""
    text = in_general(code)
    assert not re.search(r"[{}<>]", text)
    assert "…" not in text.replace("'…'", "")
    assert text == text.strip()
    assert not text.endswith((".", ";", ":", ","))


@pytest.mark.parametrize("code", CATALOGUE)
def test_what_a_sentence_says_of_more_than_a_value_is_said_anew(code: str) -> None:
    """`no user has the … '…'` is no sentence; a code without places needs no second one."""
    sentence = CATALOGUE[code].sentence.replace("'{value}'", "")
    assert (code in SAID) == any(name for _, name, _, _ in Formatter().parse(sentence))


def test_only_codes_that_there_are_are_said_anew() -> None:
    """A code that is renamed takes its summary along; and no two summaries are the same."""
    assert set() == set(SAID) - set(CATALOGUE)
    texts = [in_general(code) for code in CATALOGUE]
    assert len(texts) == len(set(texts))


def test_a_code_of_an_older_syncd_stands_for_itself() -> None:
    """History outlives the catalogue."""
    assert "gone-code" == in_general("gone-code")

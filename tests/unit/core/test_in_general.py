"""What a summary says of many rows at once."""

import re
from string import Formatter

import pytest

from syncd.core.findings import CATALOGUE, Entry, Severity, declare, in_general


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
    sentence = CATALOGUE[code].sentence
    is_anew = in_general(code) != sentence.replace("'{value}'", "'…'")
    assert is_anew == any(name for _, name, _, _ in Formatter().parse(sentence.replace("'{value}'", "")))


def test_no_two_summaries_are_the_same() -> None:
    """Each stands for one code."""
    texts = [in_general(code) for code in CATALOGUE]
    assert len(texts) == len(set(texts))


def test_a_dialect_takes_no_code_of_another() -> None:
    """Its findings would be told in words of something else."""
    with pytest.raises(ValueError, match="there already: value-email"):
        declare({"value-email": Entry(Severity.ERROR, "no"), "new-code": Entry(Severity.ERROR, "new")}, {})
    assert "new-code" not in CATALOGUE


def test_a_code_of_an_older_syncd_stands_for_itself() -> None:
    """History outlives the catalogue."""
    assert "gone-code" == in_general("gone-code")

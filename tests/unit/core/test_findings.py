"""The catalogue of findings: every sentence that an operator reads about a row."""

import re
from string import Formatter

import pytest

from syncd.core.findings import CATALOGUE, Severity, finding, sentence
from syncd.core.findings.of_files import OF_FILES
from syncd.core.findings.of_rows import OF_ROWS

_CODE = re.compile(r"[a-z]+(-[a-z]+)*")


def places(code: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(CATALOGUE[code].sentence) if name]


@pytest.mark.parametrize("code", CATALOGUE)
def test_an_entry_is_a_sentence_with_named_places_and_no_end(code: str) -> None:
    """Sentences are put together with their advice, so none brings its own full stop or capital."""
    entry = CATALOGUE[code]
    text = sentence(code, **dict.fromkeys(places(code), "X"))
    assert _CODE.fullmatch(code)
    assert "{" not in text
    assert "}" not in text
    assert not entry.sentence.endswith((".", ";", " "))
    assert not entry.advice.endswith((".", ";", " "))


@pytest.mark.parametrize("code", [code for code, entry in CATALOGUE.items() if entry.severity is Severity.ERROR])
def test_an_error_says_what_to_do_next(code: str) -> None:
    """Bad input gets a sentence: what, where, why, and what to do."""
    assert CATALOGUE[code].advice


def test_no_code_stands_in_both_halves_of_the_catalogue() -> None:
    """One of the two sentences would never be said."""
    assert set() == OF_FILES.keys() & OF_ROWS.keys()


def test_no_two_codes_say_the_same() -> None:
    """Reports group by code; one reason must not stand there twice."""
    sentences = [entry.sentence for entry in CATALOGUE.values()]
    assert len(sentences) == len(set(sentences))


def test_a_finding_carries_its_place_and_the_column_fills_the_sentence() -> None:
    """Line for the text editor, row for the person who counts."""
    made = finding("value-required", row=3, line=5, column="email")
    assert ("value-required", Severity.ERROR, 3, 5, "email") == (
        made.code,
        made.severity,
        made.row,
        made.line,
        made.column,
    )
    assert "email is empty; give it a value" == made.message


def test_braces_in_what_a_file_says_are_left_as_they_are() -> None:
    """A value is data, never a place to fill."""
    assert "'{x}{0}'" in sentence("value-username", value="{x}{0}")


def test_a_place_left_out_is_an_error_of_the_program() -> None:
    """A sentence with a hole must not reach an operator."""
    with pytest.raises(KeyError):
        sentence("value-username")

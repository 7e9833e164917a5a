"""Rules turn written values into canonical ones, and say in a sentence why they cannot."""

import polars as pl
import pytest
from ruled import applied

from syncd.core.findings import sentence
from syncd.frames import rules
from syncd.frames.rules import Rule, complaints


@pytest.mark.parametrize(
    ("rule", "written", "expected"),
    [
        (rules.text(5), "  ab  ", "ab"),
        (rules.text(5), "éèêëē", "éèêëē"),
        (rules.text(5), "", ""),
        (rules.text(5), None, None),
        (rules.text(), "x" * 5000, "x" * 5000),
        (rules.text(lines=True), "one\r\n\ttwo", "one\r\n\ttwo"),
        (rules.text(9, lower=True), "ÀB", "àb"),
        (rules.secret(9), " p w ", " p w "),
        (rules.username, "Anna.Berg-1_x@Y", "anna.berg-1_x@y"),
        (rules.username, "x" * 100, "x" * 100),
        (rules.email, "anna@example.org", "anna@example.org"),
        (rules.email, "o'neil+lists@mail.example.org", "o'neil+lists@mail.example.org"),
        (rules.email, "root@localhost", "root@localhost"),
        (rules.email, "jérôme@école.fr", "jérôme@école.fr"),
        (rules.country, "se", "SE"),
        (rules.country, "", ""),
        (rules.lang, "FR_utf8", "fr"),
        (rules.lang, "PT_BR", "pt_br"),
        (rules.lang, "de_kids", "de_kids"),
        (rules.integer(0, 10), "007", 7),
        (rules.integer(-5), "-5", -5),
        (rules.integer(), "", None),
        (rules.choice("add", "del", aliases={"delete": "del"}), "DELETE", "del"),
        (rules.choice("add", "del"), "Add", "add"),
        (rules.choice("add", "del"), "", ""),
        (rules.code("[a-z]+", "a word"), "word", "word"),
        (rules.code("[a-z]+", "a word", lower=True), "Word", "word"),
    ],
)
def test_a_legal_value_becomes_its_canonical_form(rule: Rule, written: str | None, expected: str | int | None) -> None:
    """What the roster holds must not depend on case or spaces that mean nothing."""
    outcome = applied(rule, written)
    assert [expected] == outcome.values
    assert {} == outcome.said


@pytest.mark.parametrize(
    ("rule", "written", "code"),
    [
        (rules.text(5), "abcdef", "value-too-long"),
        (rules.text(5), "a\tb", "value-control"),
        (rules.text(5), "a\x85b", "value-control"),
        (rules.text(lines=True), "a\x00b", "value-control"),
        (rules.text(lines=True), "a\x0bb", "value-control"),
        (rules.secret(5), "secret", "value-too-long"),
        (rules.secret(5), "a\x7f", "value-control"),
        (rules.username, "anna berg", "value-username"),
        (rules.username, "anna+berg", "value-username"),
        (rules.username, "jérôme", "value-username"),
        (rules.username, "x" * 101, "value-too-long"),
        (rules.username, "a\x00b", "value-control"),
        (rules.email, "anna", "value-email"),
        (rules.email, "anna@@example.org", "value-email"),
        (rules.email, "@example.org", "value-email"),
        (rules.email, "anna@", "value-email"),
        (rules.email, "anna berg@example.org", "value-email"),
        (rules.email, "anna@example..org", "value-email"),
        (rules.email, ".anna@example.org", "value-email"),
        (rules.email, "anna@-example.org", "value-email"),
        (rules.email, "anna@example.org\nbcc:x@y", "value-control"),
        (rules.email, f"{'x' * 90}@example.org", "value-too-long"),
        (rules.country, "FRA", "value-code"),
        (rules.country, "F1", "value-code"),
        (rules.lang, "français", "value-code"),
        (rules.lang, "_utf8", "value-code"),
        (rules.integer(0, 10), "11", "value-integer"),
        (rules.integer(0, 10), "-1", "value-integer"),
        (rules.integer(), "1.5", "value-integer"),
        (rules.integer(), "1e3", "value-integer"),
        (rules.integer(), "٣", "value-integer"),
        (rules.integer(), "9" * 30, "value-integer"),
        (rules.flag, "2", "value-flag"),
        (rules.flag, "a\x00", "value-control"),
        (rules.choice("a", "b"), "c", "value-choice"),
        (rules.choice("a", "b", finding="verb-unknown"), "c", "verb-unknown"),
        (rules.code("[a-z]+", "a word", limit=3), "four", "value-too-long"),
        (rules.code("[a-z]+", "a word"), "two words", "value-code"),
    ],
)
def test_an_illegal_value_gets_one_finding_of_the_right_code(rule: Rule, written: str, code: str) -> None:
    """A bad value fails its row with the reason, never becomes something else in silence."""
    outcome = applied(rule, written)
    assert [None] == outcome.values
    assert [code] == outcome.codes


@pytest.mark.parametrize("word", ["1", "yes", "TRUE", "Y", "on"])
def test_a_flag_says_yes_in_the_words_of_several_systems(word: str) -> None:
    """Senders write flags in their own way."""
    assert [1] == applied(rules.flag, word).values


@pytest.mark.parametrize("word", ["0", "No", "false", "n", "OFF"])
def test_a_flag_says_no_in_the_words_of_several_systems(word: str) -> None:
    """Senders write flags in their own way."""
    assert [0] == applied(rules.flag, word).values


def test_an_empty_flag_is_neither_yes_nor_no() -> None:
    """An empty value must not switch something off."""
    assert [None] == applied(rules.flag, "").values


def test_messages_name_value_limit_and_choices() -> None:
    """The operator mends the row from the sentence alone."""
    assert {1: sentence("value-too-long", column="c", length=6, limit=5)} == applied(rules.text(5), "abcdef").said
    expected = sentence("value-choice", column="c", value="x", choices="a, b or c")
    assert {1: expected} == applied(rules.choice("a", "b", "c"), "x").said
    expected = sentence("value-integer", column="c", value="x", range=" from 1 to 9")
    assert {1: expected} == applied(rules.integer(1, 9), "x").said
    expected = sentence("value-code", column="c", value="x y", what="a word")
    assert {1: expected} == applied(rules.code("[a-z]+", "a word"), "x y").said


def test_a_long_value_is_shortened_in_its_message() -> None:
    """A field of a megabyte must not fill the report."""
    said = applied(rules.integer(), "x" * 1000).said
    assert {1: sentence("value-integer", column="c", value="x" * 80 + "…", range="")} == said


def test_no_message_shows_a_secret() -> None:
    """Promise 9: passwords never reach a report, also where they are wrong."""
    for written in ("hunter2hunter2", "hunter2\x00"):
        message = applied(rules.secret(8), written).said[1]
        assert "hunter2" not in message


def test_a_secret_with_a_code_of_its_own_is_not_shown_either() -> None:
    """The rule keeps the promise, whatever check is added to it."""
    rule = Rule(type=pl.String(), convert=lambda _: pl.lit(None, dtype=pl.String()), code="value-flag", secret=True)
    assert (
        []
        == complaints(
            pl.DataFrame({"row": [1], "line": [2], "c": ["hunter2"]}).filter(pl.col("c") == ""), rule, column="c"
        ).rows()
    )
    found = complaints(pl.DataFrame({"row": [1], "line": [2], "c": ["hunter2"]}), rule, column="c")
    assert [sentence("value-flag", column="c", value="…")] == found.get_column("message").to_list()


def test_each_bad_value_has_its_own_row_and_line() -> None:
    """Findings point at the line that a text editor shows."""
    frame = pl.DataFrame({"row": [4, 9], "line": [5, 12], "c": ["x\x00", "x" * 9]})
    found = complaints(frame, rules.text(5), column="c", name="City")
    assert [(4, 5, "City", "value-control"), (9, 12, "City", "value-too-long")] == found.select(
        "row", "line", "column", "code"
    ).rows()

"""A page as text and as HTML: the same words, and nothing that a stranger wrote does harm."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.outputs.mail.page import Command, Facts, Grid, Page, Title, Tone, Words, as_html, as_text, clipped

EVIL = "a\r\nBcc: x@y\x1b[2J\u202etxt.exe\u2028<img src=x onerror=alert(1)>&amp;\udcff\x00"


def page(*blocks, headline="what happened"):
    return Page(headline=headline, tone=Tone.BAD, blocks=blocks)


def words_of_html(text: str) -> list[str]:
    body = text.partition("<body>")[2]
    return html.unescape(re.sub(r"<[^>]*>", " ", body)).split()


FULL = page(
    Facts((("file", "users.csv"), ("empty", ""), ("home", "/srv/syncd"))),
    Title("Why"),
    Words("a paragraph that is quite long and has to be folded somewhere, because mail readers do not all fold"),
    Words("more of it", deep=True),
    Command("syncd runs show 12 --home '/srv/my home'"),
    Grid(("kind", "created"), (("user", "12"), ("course", "3"))),
)


def test_text_and_html_say_the_same_words_in_the_same_order():
    """Some read the one, some the other, and search engines of mail both."""
    assert as_text(FULL).split() == words_of_html(as_html(FULL))


@given(st.text(max_size=60))
def test_whatever_is_in_it_both_say_the_same(text):
    """A name out of a file must not be lost on the way into HTML."""
    made = page(Words(text), Facts((("name", text),)), Grid(("x",), ((text,),)), headline=text)
    assert as_text(made).split() == words_of_html(as_html(made))


def test_nothing_a_stranger_wrote_breaks_a_line_or_hides():
    """Controls, marks that turn the direction of writing and bytes that are no text are spelt out."""
    text = as_text(page(Words(EVIL), Command(EVIL), Facts((("file", EVIL),)), headline=EVIL))
    assert all(line.isprintable() for line in text.splitlines())
    assert "\nBcc" not in text
    assert r"\u202etxt.exe" in text


def test_html_shows_markup_and_does_not_obey_it():
    """A file may be called <script>."""
    text = as_html(page(Title(EVIL), Words(EVIL), Command(EVIL), Facts(((EVIL, EVIL),)), Grid((EVIL,), ((EVIL,),))))
    assert "<img" not in text
    assert text.isascii() or text.encode()
    assert "&lt;img src=x onerror=alert(1)&gt;&amp;amp;" in text


def test_html_fetches_nothing():
    """A mail must not tell a stranger that it was opened."""
    assert [] == re.findall(r"(?i)https?:|src=|url\(|<link|<script", as_html(FULL))


def test_text_is_folded_but_commands_are_not():
    """A command that is broken over two lines does not work when it is pasted."""
    long = "syncd requeue " + "x" * 100
    lines = as_text(page(Words("word " * 60), Command(long))).splitlines()
    assert f"    {long}" in lines
    assert all(len(line) <= 78 for line in lines if long not in line)


def test_a_fact_without_a_value_is_left_out():
    """Nobody reads `decided by` followed by nothing."""
    assert "empty" not in as_text(FULL)
    assert "empty" not in as_html(FULL)


@pytest.mark.parametrize(("text", "expected"), [("short", "short"), ("x" * 20, "x" * 20), ("abcdefghij" * 3, 22)])
def test_long_names_keep_both_ends(text, expected):
    """The extension says what a file is."""
    short = clipped(text, 20)
    assert expected in (short, len(short))
    assert text[-3:] == short[-3:]

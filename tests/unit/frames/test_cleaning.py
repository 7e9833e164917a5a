"""Text is what it looks like: one normal form, nothing invisible at its ends, and damage is told from names."""

import unicodedata

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.frames.cleaning import INVISIBLE, clean, cleaned, damaged, is_plain

LETTERS = st.text(st.characters(min_codepoint=0x80, exclude_categories=["Cs"]) | st.sampled_from("aeÃÐ;" + INVISIBLE))


def units(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), dtype=np.uint8)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Zoe\u0301", "Zoé"),
        ("\u00a0\u200bH200\u200b ", "H200"),
        ("\ufeffAnna\u00ad", "Anna"),
        ("a\u200db", "a\u200db"),
        ("\u212bngström", "Ångström"),
        (" \t", ""),
    ],
)
def test_values_that_look_the_same_are_the_same(written: str, expected: str) -> None:
    """Twins cannot be told apart on any screen; what stands inside a name is its writer's business."""
    assert expected == clean(written)
    assert [expected, None] == cleaned(pl.Series([written, None]).str.strip_chars()).to_list()


@given(LETTERS)
def test_plain_text_needs_only_trimming(text: str) -> None:
    """Else a file of a million names would be looked at letter by letter."""
    if is_plain(units(text)):
        assert unicodedata.normalize("NFC", text).strip() == clean(text)
        assert [] == damaged(pl.Series([text]))


@pytest.mark.parametrize(
    "text", ["Zoé", "Müller; Łódź", "Đặng", "Πάπας", "Иван", "王小明", "O’Brien – Åsa", "x\u00a0y", "İpek"]
)
def test_usual_names_are_plain(text: str) -> None:
    """In most files of most countries nothing has to be done."""
    assert is_plain(units(text))


@pytest.mark.parametrize("name", ["Zoé", "Lérôux", "Ångström", "Straße", "Łódź", "Šárka", "Иван", "Πάπας", "D’Août"])
def test_a_name_encoded_twice_is_known_for_damaged(name: str) -> None:
    """Read as Windows-1252 or Latin-1 and written as UTF-8 again; the name itself is sound."""
    for encoding in ("cp1252", "latin-1"):
        try:
            spoilt = name.encode().decode(encoding)
        except UnicodeDecodeError:
            continue
        assert [spoilt] == damaged(pl.Series([name, spoilt, spoilt, None]))
        assert not is_plain(units(spoilt))
    assert ["Zo\ufffd"] == damaged(pl.Series(["Zo\ufffd", name]))


@pytest.mark.parametrize("name", ["Ãngela", "SÃO JOÃO", "Gauß’s", "Â", "Ærø", "MALMÖ’S", "Île"])
def test_names_with_the_letters_of_damage_are_names(name: str) -> None:
    """Only text that reads as UTF-8 from end to end is taken for damaged."""
    assert [] == damaged(pl.Series([name]))

"""Which spellings of an e-mail address are one address."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.core.kinds import Kind
from syncd.frames.folding import comparable_columns, folded

ADDRESS = "maud@example.org"


def key(address: str) -> str:
    """Return the compared form of an address that stands in a column with an ordinary one."""
    return str(folded(pl.Series([ADDRESS, address, None]))[1])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Maud@Example.ORG", ADDRESS),
        ("MAUD@bücher.example", "maud@xn--bcher-kva.example"),
        ("maud@BÜCHER.example", "maud@XN--BCHER-KVA.Example"),
        ("ÉVA@example.org", "éva@example.org"),
        ("e\N{COMBINING ACUTE ACCENT}va@example.org", "ÉVA@example.org"),
        ("STRASSE@example.org", "straße@example.org"),
        ("ΟΔΟΣ@example.org", "οδος@example.org"),
        ("a@mail.xn--bcher-kva.example", "A@Mail.Bücher.example"),
    ],
)
def test_spellings_of_one_address_are_compared_as_equal(one: str, other: str) -> None:
    """A person must not get a second account because another system writes capitals or Punycode."""
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("maud@example.org", "maud@example.com"),
        ("maud@straße.example", "maud@strasse.example"),
        ("maud@xn--bcher-kva.example", "maud@bucher.example"),
        ("maud@xn--bucher-.example", "maud@bucher.example"),
        ("eva@example.org", "éva@example.org"),
        ("ı@example.org", "i@example.org"),
    ],
)
def test_different_addresses_stay_different(one: str, other: str) -> None:
    """Two people must not become one; `ß` in a domain is a letter of its own since IDNA 2008."""
    assert key(one) != key(other)


@pytest.mark.parametrize("address", ["", "no at sign", "xn--", "a@xn--", "a@xn--ü", "a@xn--9999999999", "a@.xn--b"])
def test_what_is_no_address_stays_as_it_is(address: str) -> None:
    """What a label encodes is shown only if it is valid Punycode."""
    assert address == key(address)


@settings(deadline=None)
@given(st.lists(st.text(alphabet="aAéÉßẞσςΣİıK.-@xn0", max_size=12), max_size=8))
def test_the_compared_form_is_compared_as_itself(addresses: list[str]) -> None:
    """The store looks up by the form that it keeps, so it must not change when it is made again."""
    once = folded(pl.Series(addresses, dtype=pl.String))
    assert once.to_list() == folded(once).to_list()


def test_columns_of_records_are_compared_as_their_kind_says() -> None:
    """Usernames and addresses without case, identifiers of the sender exactly."""
    rows = pl.DataFrame({"username": ["MAUD"], "email": ["Maud@X.org"], "idnumber": ["A1"], "id": [1]})
    assert [("maud", "maud@x.org", "A1", 1)] == comparable_columns(rows, Kind.USER).rows()

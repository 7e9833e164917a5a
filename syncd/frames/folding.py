"""Letter case: how values that name a record are compared (`syncd.core.kinds.Case`).

Usernames are stored in lower case. E-mail addresses are stored as they were sent; two of them are the same address if
they differ only in case or in how the domain is encoded (`bücher.example` is `xn--bcher-kva.example`, RFC 5890).
"""

import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache

import polars as pl

from syncd.core.kinds import SPECS, Case, Kind


def comparable(value: pl.Expr, kind: Kind, column: str) -> pl.Expr:
    """Return values of a file as they are compared with `column` of the kind's records."""
    case = _case(kind, column)
    if case is Case.LOWER:
        return value.str.to_lowercase()
    return value.map_batches(folded, return_dtype=pl.String(), is_elementwise=True) if case is Case.IGNORED else value


def stored(kind: Kind, column: str) -> pl.Expr:
    """Return a column of the kind's records as it is compared; what is stored in lower case is so already."""
    value = pl.col(column)
    return comparable(value, kind, column) if _case(kind, column) is Case.IGNORED else value


def comparable_columns(values: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """Return a frame whose columns are columns of the kind, as they are compared."""
    cased = [name for name in values.columns if _case(kind, name) is not Case.EXACT]
    return values.with_columns(comparable(pl.col(name), kind, name) for name in cased)


@cache
def _case(kind: Kind, name: str) -> Case:
    """Return how letter case counts in a column; keys and bookkeeping columns are compared as they are."""
    return next((column.case for column in SPECS[kind].columns if column.name == name), Case.EXACT)


def folded(addresses: pl.Series) -> pl.Series:
    """Return e-mail addresses in the one form that all spellings of an address share."""
    lowered = addresses.str.to_lowercase()
    beyond_ascii = lowered.str.len_bytes() != lowered.str.len_chars()
    rare = (beyond_ascii | lowered.str.contains("xn--", literal=True)).fill_null(value=False)
    if not rare.any():
        return lowered
    halves = addresses.filter(rare).str.splitn("@", 2).struct
    local, domain = _mapped(halves.field("field_0"), _folded_local), _mapped(halves.field("field_1"), _folded_domain)
    whole = pl.select(pl.concat_str(local, "@" + domain, ignore_nulls=True)).to_series()
    return lowered.scatter(rare.arg_true(), whole)


def _mapped(values: pl.Series, function: Callable[[str], str]) -> pl.Series:
    """Apply a function to each distinct value; only for the few that column operations cannot handle."""
    known = values.unique().drop_nulls()
    return values.replace_strict(known, [function(value) for value in known], default=None, return_dtype=pl.String())


def _folded_local(text: str) -> str:
    """Full case folding (Unicode, section 3.13), composed: `STRASSE` is `straße`."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


@lru_cache(maxsize=4096)
def _folded_domain(text: str) -> str:
    """Lower case, with every A-label decoded. `ß` stays: it is a letter of its own in IDNA 2008."""
    return ".".join(_folded_label(label) for label in text.split("."))


def _folded_label(label: str) -> str:
    label = unicodedata.normalize("NFC", label).lower()
    if not label.startswith("xn--"):
        return label
    try:
        decoded = label[4:].encode("ascii").decode("punycode")
        encodes = not decoded.isascii() and decoded.encode("punycode").decode("ascii") == label[4:]
    except ValueError:
        return label
    return unicodedata.normalize("NFC", decoded).lower() if encodes else label

"""Hashes by which records are known again."""

import io

import numpy as np
import polars as pl

from syncd.frames.hashes import record_hashes
from syncd.frames.layout import Hints, read_layout
from syncd.frames.records import blocks


def test_hash_is_xxh3_and_stays_so() -> None:
    """Hashes are kept from night to night: another value would make every row new."""
    expected = [[0x6001C324468D497F, 0x99AA06D3014798D8]]
    assert expected == record_hashes(pl.Series([b""]), 0).tolist()


def test_seed_changes_every_hash() -> None:
    """Without knowing the seed nobody can prepare two rows with one hash."""
    raw = pl.Series([b"a;b", b"c;d" * 50])
    seeds = (0, 1, 2**63, 2**64 - 1)
    assert 2 * len(seeds) == len({tuple(half) for seed in seeds for half in record_hashes(raw, seed).tolist()})


def test_hash_is_of_the_bytes_and_not_of_their_place() -> None:
    """Row order, line ends and a missing last newline are no change; an equal row is equal."""
    lines = [b"x" * length for length in (1, 12, 13, 64)]

    def hashes(data: bytes) -> np.ndarray:
        layout = read_layout(io.BytesIO(data), Hints())
        parts = [record_hashes(block.raw(), 7) for block in blocks(io.BytesIO(data), layout, size=40)]
        return np.concatenate(parts)

    expected = record_hashes(pl.Series(lines), 7)
    assert (4, 2) == expected.shape
    assert np.uint64 == expected.dtype
    assert np.array_equal(expected, hashes(b"a\n" + b"\n".join(lines)))
    assert np.array_equal(expected[::-1], hashes(b"a\r\n" + b"\r\n".join(lines[::-1]) + b"\r\n"))


def test_no_records_have_no_hashes() -> None:
    """A header alone is a legal file."""
    assert (0, 2) == record_hashes(pl.Series([], dtype=pl.Binary), 1).shape

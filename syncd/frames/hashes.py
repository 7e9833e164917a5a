"""Hashes of whole records, to know again what was seen before without parsing it."""

import numpy as np
import polars as pl
import polars_hash as plh
from numpy.typing import NDArray


def record_hashes(raw: pl.Series, seed: int) -> NDArray[np.uint64]:
    """Return the XXH3 128-bit hash of each record.

    A stable hash, so it can be kept, and seeded per installation, so that no sender can prepare two
    records with the same hash.

    Args:
        raw: records as bytes, without terminators, so that line ends make no difference.
        seed: 0 up to 2**64 - 1.

    Returns:
        Array of shape (records, 2): the low and the high 64 bits.
    """
    if raw.is_empty():
        return np.empty((0, 2), dtype=np.uint64)
    digest = plh.col("raw").nchash.xxh3_128(seed=seed, return_binary=True, byte_order="little")
    halves = digest.bin.reinterpret(dtype=pl.Array(pl.UInt64, 2), endianness="little")
    return raw.to_frame("raw").select(halves).to_series().to_numpy()

"""Keys of records as one text, as the journal of changes keeps them: the id, or the parts of a link's key."""

from itertools import takewhile

import numpy as np
import numpy.typing as npt
import polars as pl
import polars_hash as plh

from syncd.core.kinds import SPECS, Kind
from syncd.frames.changes import record_schema

_SEPARATOR = "/"


def key_text(kind: Kind) -> pl.Expr:
    """The key of the records of a frame, as one text."""
    return pl.concat_str([pl.col(name).cast(pl.String) for name in SPECS[kind].key], separator=_SEPARATOR)


def key_beginnings(kind: Kind, texts: pl.Series) -> pl.DataFrame:
    """Return the whole numbers with which keys begin, each beginning once, by the names of their columns.

    The rest of a key may be text that holds the separator: whoever has the records of a beginning
    compares their whole keys.
    """
    names = list(takewhile(lambda name: record_schema(kind)[name] == pl.Int64, SPECS[kind].key))
    parts = texts.str.splitn(_SEPARATOR, len(names) + 1).struct.unnest()
    return parts.select(
        pl.col(f"field_{place}").cast(pl.Int64).alias(name) for place, name in enumerate(names)
    ).unique()


def key_hashes(kind: Kind, records: pl.DataFrame) -> npt.NDArray[np.uint64]:
    """Return a stable 64-bit hash of the key of each record, never 0; 0 for a record whose key has a null."""
    text = records.select(key_text(kind).alias("_key"))
    hashed = text.select(plh.col("_key").nchash.xxhash64()).to_series()
    return hashed.replace(0, 1).fill_null(0).to_numpy().astype(np.uint64)

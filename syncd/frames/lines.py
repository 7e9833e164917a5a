"""Which line a row stands on: kept as the few places where lines do not follow rows one by one."""

import numpy as np
import numpy.typing as npt
import polars as pl

_SCHEMA = {"row": pl.Int64(), "line": pl.Int64()}
_BELOW_HEADER = 1
"""Lines that a row stands below its number in a plain file: one header line, and each row a line."""


def no_jumps() -> pl.DataFrame:
    """Return what is to be kept of a plain file: nothing."""
    return pl.DataFrame(schema=_SCHEMA)


def jumps(rows: npt.NDArray[np.int64], lines: npt.NDArray[np.int64]) -> pl.DataFrame:
    """Return the rows with their lines from which on another number of lines lies above the rows than before.

    rows, lines: of some rows of a file, in order. A row between two of them may stand on a line that is not told.
    """
    above = lines - rows
    new = np.flatnonzero(np.diff(above, prepend=_BELOW_HEADER))
    return pl.DataFrame({"row": rows[new], "line": lines[new]}, schema=_SCHEMA)


def line_of(jumped: pl.DataFrame, row: int) -> int:
    """Return the line on which a row stands, given what `jumps` returned."""
    before = jumped.filter(pl.col("row") <= row).tail(1)
    above = _BELOW_HEADER if before.is_empty() else int(before.item(0, "line")) - int(before.item(0, "row"))
    return row + above

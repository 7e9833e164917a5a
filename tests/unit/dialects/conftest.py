"""Small files as frames, as the parser would hand them over."""

from collections.abc import Callable

import polars as pl
import pytest

Parsed = Callable[..., pl.DataFrame]


@pytest.fixture
def parsed() -> Parsed:
    """Give a function from lines with `;` between values to a parsed frame, row 1 on line 2."""

    def make(header: str, *lines: str) -> pl.DataFrame:
        names = header.lower().split(";")
        rows = [[number, number + 1, *line.split(";")] for number, line in enumerate(lines, start=1)]
        schema = {"row": pl.Int64(), "line": pl.Int64()} | dict.fromkeys(names, pl.String())
        return pl.DataFrame(rows, schema=schema, orient="row")

    return make

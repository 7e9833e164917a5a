"""Threads that work on columns side by side."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl

# Polars takes numpy in when it first meets an array, and two threads that meet one at the same moment make it fail
# (polars 2.1, `_dependencies.py`: numpy has a `_globals` of its own, which takes the place of the proxy's). So it
# meets one here, before there is a second thread.
pl.DataFrame({"met": np.zeros(1)})


def hands(count: int) -> ThreadPoolExecutor:
    """Return so many threads; a context manager that ends when all work is done."""
    return ThreadPoolExecutor(count)

"""The tryback: failed and partial rows byte for byte, in a file of the form that they came in."""

import errno
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from syncd.disk.durable import PIECE
from syncd.frames.wrapping import Wrapping

Offsets = NDArray[np.int64]
Spans = tuple[Offsets, Offsets]
"""Where records begin and stop in a file, line terminators included, in file order."""


def tryback_chunks(wrapping: Wrapping, source: BinaryIO, spans: Spans) -> Iterator[bytes]:
    """Yield the bytes of a tryback, a few MiB at most at a time.

    Records that follow each other are copied as one, and records that stand near each other are
    read at once, so that neither a file that fails whole nor one that fails here and there is read row by row.

    Raises:
        OSError: the file cannot be read, or is shorter than when its records were found.
    """
    yield wrapping.head
    starts, stops = _joined(*spans)
    first = 0
    while first < len(starts):
        begin = int(starts[first])
        last = max(int(np.searchsorted(stops, begin + PIECE, side="right")), first + 1)
        if last == first + 1:
            yield from _copy(source, begin, int(stops[first]))
        else:
            window = _read(source, begin, int(stops[last - 1]))
            yield _picked(window, starts[first:last] - begin, stops[first:last] - begin)
        first = last
    if wrapping.tail:
        yield wrapping.tail


def _joined(starts: Offsets, stops: Offsets) -> Spans:
    """Return the spans with those that touch made one."""
    if not len(starts):
        return starts, stops
    apart = starts[1:] != stops[:-1]
    return starts[np.concatenate(([True], apart))], stops[np.concatenate((apart, [True]))]


def _picked(window: bytes, starts: Offsets, stops: Offsets) -> bytes:
    """Return what stands at the spans; the first begins with the window, the last ends with it.

    Keeping bytes by a mask runs at the same speed whether the rows are ten bytes long or a thousand;
    cutting them out one by one took 0.3 microseconds a row.
    """
    lengths = np.empty(2 * len(starts) - 1, dtype=np.int64)
    lengths[::2] = stops - starts
    lengths[1::2] = starts[1:] - stops[:-1]
    kept = np.zeros(len(lengths), dtype=np.bool_)
    kept[::2] = True
    return np.frombuffer(window, dtype=np.uint8)[np.repeat(kept, lengths)].tobytes()


def _copy(source: BinaryIO, begin: int, end: int) -> Iterator[bytes]:
    for start in range(begin, end, PIECE):
        yield _read(source, start, min(start + PIECE, end))


def _read(source: BinaryIO, begin: int, end: int) -> bytes:
    source.seek(begin)
    data = source.read(end - begin)
    if len(data) != end - begin:
        raise OSError(errno.EIO, "the delivered file is shorter than when it was read")
    return data

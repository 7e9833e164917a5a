"""The report for machines: the run as contract JSON, one finding a line, every finding."""

import io
import json
from collections.abc import Iterator

import polars as pl

from syncd.core.run_json import run_as_json
from syncd.core.runs import Run
from syncd.frames.findings import SCHEMA

_SLICE = 50_000
_INDENT = b",\n    "


def json_chunks(run: Run, findings: pl.DataFrame) -> Iterator[bytes]:
    r"""Yield the JSON report in pieces of UTF-8.

    The shape is that of `core.run_json.run_as_json`; the findings are written as columns, without a Python object each.
    A file name that is no text keeps its bytes as `\udcXX`, as Python's JSON reader gives them back.
    """
    before = "{\n  "
    for key, value in run_as_json(run).items():
        yield f"{before}{json.dumps(key)}: ".encode()
        if key == "findings":
            names = [name for name in SCHEMA if name != "file"]
            yield from _array(findings.select(["file", *names] if run.parts else names))
        else:
            yield json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")
        before = ",\n  "
    yield b"\n}\n"


def _array(findings: pl.DataFrame) -> Iterator[bytes]:
    if findings.is_empty():
        yield b"[]"
        return
    before = b"[\n    "
    for rows in findings.iter_slices(_SLICE):
        lines = io.BytesIO()
        rows.write_ndjson(lines)
        yield before + lines.getvalue().rstrip(b"\n").replace(b"\n", _INDENT)
        before = _INDENT
    yield b"\n  ]"

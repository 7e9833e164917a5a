"""The report for programs."""

import json

import polars as pl
import pytest

from syncd.core.findings import Finding, Severity, finding
from syncd.core.kinds import Kind
from syncd.core.limits import Breach, Direction
from syncd.core.run_json import run_as_json
from syncd.frames.findings import SCHEMA, from_values
from syncd.outputs import report_json
from syncd.outputs.report_json import json_chunks

ODD = [
    finding("value-email", row=7, line=9, column="email", value='å"\\\n\r\x00\x1b\u2028\U0001f600'),
    finding("file-empty"),
    Finding(code="x", severity=Severity.WARNING, message="", row=2**40, line=2**40, column="},{"),
]


@pytest.mark.parametrize("findings", [[], ODD[:1], ODD, ODD * 7])
def test_it_is_the_json_of_the_contract(make_run, monkeypatch, findings):
    """`syncd runs show --json` and the report say the same, however many findings and whatever is in them."""
    monkeypatch.setattr(report_json, "_SLICE", 2)
    breach = Breach(kind=Kind.USER, direction=Direction.GROWTH, planned=9, allowed=1, population=3, limit="1")
    run = make_run(file="k\udce5r\n.csv", by="Åsa", breaches=(breach,))
    written = b"".join(json_chunks(run, from_values(findings)))
    assert run_as_json(run, findings) == json.loads(written)
    assert list(run_as_json(run)) == list(json.loads(written))


def test_a_finding_is_a_line(make_run):
    """Two reports can be compared with diff, and one finding found with grep."""
    written = b"".join(json_chunks(make_run(by="Åsa"), from_values(ODD[:2]))).decode()
    assert '  "by": "Åsa",' in written.splitlines()
    assert 1 == sum('"code":"file-empty"' in line for line in written.splitlines())
    assert written.endswith("}\n")


def test_every_finding_is_written_in_pieces(make_run):
    """Never capped, and a million of them never stand in memory as one text."""
    count = 120_001
    rows = pl.int_range(1, count + 1, eager=True)
    findings = pl.DataFrame(
        {"row": rows, "line": rows, "column": "", "code": "row-nul", "severity": "error", "message": "m", "file": ""},
        schema=SCHEMA,
    )
    chunks = list(json_chunks(make_run(), findings))
    assert list(range(1, count + 1)) == [f["row"] for f in json.loads(b"".join(chunks))["findings"]]
    assert sum(map(len, chunks)) / 2 > max(map(len, chunks))

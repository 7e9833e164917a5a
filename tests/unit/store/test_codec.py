"""A run as JSON text and back."""

import json
from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from syncd.core.kinds import SPECS, Kind
from syncd.core.limits import Breach, ChangeCounts, Direction
from syncd.core.runs import RowCounts, Run, RunState, Trigger
from syncd.store.codec import run_from_json, run_to_json

COUNT = st.integers(0, 2**62)
OFFSETS = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(timezones=OFFSETS)
KINDS = st.sampled_from(list(SPECS))
BREACHES = st.builds(
    Breach,
    kind=KINDS,
    direction=st.sampled_from(Direction),
    planned=COUNT,
    allowed=COUNT,
    population=COUNT,
    limit=st.text(),
)
RUNS = st.builds(
    Run,
    id=COUNT,
    work=st.text(),
    file=st.text(),
    trigger=st.sampled_from(Trigger),
    received=TIMES,
    state=st.sampled_from(RunState),
    parent=st.none() | COUNT,
    by=st.text(),
    options=st.dictionaries(st.text(), st.text()),
    started=st.none() | TIMES,
    finished=st.none() | TIMES,
    roster_seq=COUNT,
    rows=st.builds(RowCounts, applied=COUNT, failed=COUNT),
    before=st.dictionaries(KINDS, COUNT),
    after=st.dictionaries(KINDS, COUNT),
    changes=st.dictionaries(KINDS, st.builds(ChangeCounts, created=COUNT, deleted=COUNT)),
    breaches=st.lists(BREACHES).map(tuple),
    holds_secrets=st.booleans(),
)


@given(RUNS)
def test_a_run_comes_back_as_it_was(run: Run) -> None:
    """The journal is what a restart goes by; the offset of a time and the type of a word are part of it."""
    back = run_from_json(run_to_json(run))
    assert run == back
    assert run.received.utcoffset() == back.received.utcoffset()
    assert (RunState, Trigger) == (type(back.state), type(back.trigger))
    assert {Kind} >= {type(kind) for kind in (*back.before, *back.changes, *(breach.kind for breach in back.breaches))}


def test_a_field_that_an_older_version_did_not_write_has_its_default() -> None:
    """Runs of last year stay readable."""
    run = Run(work="w", file="users.csv", trigger=Trigger.CLI, received=datetime(2026, 11, 21, 18, 30).astimezone())
    written = json.loads(run_to_json(run))
    del written["breaches"], written["started"], written["holds_secrets"]
    assert run == run_from_json(json.dumps(written))

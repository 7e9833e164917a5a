"""Property tests of undo: whatever files came, the roster is as it was before."""

import json
import re
from typing import Any

from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

NAMES = ("ada", "bea", "cid", "dan", "eve")
COURSES = ("ALG", "GEO", "BIO")


def _rows(*columns: Any) -> st.SearchStrategy[tuple[str, ...]]:
    row = st.tuples(*(st.sampled_from(column) for column in columns)).map(";".join)
    return st.lists(row, min_size=1, max_size=6).map(tuple)


FILES = st.one_of(
    _rows(("add", "add", "del", "shift"), COURSES, NAMES, ("student", "teacher"), ("manual", "self"), ("", "Blue")).map(
        lambda rows: ("enrols.csv", "cmd;cid;uid;rolename;enrol;gcmd;g1", [_with_group(row) for row in rows])
    ),
    _rows(NAMES, ("A", "B"), ("X",), ("", "N-ada", "N-1"), ("", "0", "1"), ("", "Lyon")).map(
        lambda rows: ("users.csv", "username;firstname;lastname;idnumber;suspended;city", list(rows))
    ),
    _rows(NAMES, ("A",), ("X",), ("0", "1")).map(
        lambda rows: ("deleting_users.csv", "username;firstname;lastname;deleted", list(rows))
    ),
    _rows((*NAMES, "fay"), ("A",), ("X",), ("", *NAMES)).map(
        lambda rows: ("renaming_users.csv", "username;firstname;lastname;oldusername", list(rows))
    ),
    _rows(("add", "add", "del", "free"), ("c1", "c2", "c3"), ("", "First", "Third"), ("", *NAMES)).map(
        lambda rows: ("cohorts.csv", "cmd;cidnumber;cname;userid", list(rows))
    ),
    _rows(("add", "add", "del"), ("c1", "c2"), COURSES, ("student", "teacher")).map(
        lambda rows: ("cohort_bindings.csv", "cmd;cohort;course;role", list(rows))
    ),
    _rows(("add", "add", "del"), COURSES, COURSES).map(lambda rows: ("metacourses.csv", "cmd;master;meta", list(rows))),
    _rows(COURSES, ("Algebra", "Biology"), ("", "K1"), ("", "Maths", "New")).map(
        lambda rows: ("courses.csv", "shortname;fullname;idnumber;category", list(rows))
    ),
    _rows(COURSES).map(lambda rows: ("deletecourses.csv", "shortname", list(rows))),
)


def _with_group(row: str) -> str:
    front, _, group = row.rpartition(";")
    return f"{front};{'gaddcreate' if group else ''};{group}"


QUICK = (Phase.explicit, Phase.generate)
FEW = settings(max_examples=10, deadline=None, derandomize=True, phases=QUICK, suppress_health_check=list(HealthCheck))


@FEW
@given(files=st.lists(FILES, min_size=2, max_size=5))
def test_the_last_run_undone_leaves_the_roster_as_it_was_before(start: Any, files: list[Any]) -> None:
    """Whatever files came before; then that file again leads to where it led at first, and back."""
    place = start()
    for name, header, rows in files[:-1]:
        note(f"{name}: {rows}")
        place.worked(name, "\n".join([header, *rows, ""]))
    name, header, rows = files[-1]
    note(f"{name}: {rows}")
    before = place.meaning()
    run = place.worked(name, "\n".join([header, *rows, ""]))
    after = place.meaning()
    if not any(sum(counts.values()) for counts in run["changes"].values()):
        return
    with place.app() as app:
        undo = app.undo(run["id"], "ada", "", lambda _: None).as_json()
    note(json.dumps(undo["findings"]))
    assert (before, 0) == (place.meaning(), undo["rows"]["failed"])
    again = place.worked(name, "\n".join([header, *rows, ""]))
    assert (_plain(after), run["rows"]) == (_plain(place.meaning()), again["rows"])


@FEW
@given(files=st.lists(FILES, min_size=2, max_size=5))
def test_all_runs_undone_from_the_last_to_the_first(start: Any, files: list[Any]) -> None:
    """Each undo finds its own run's work uppermost, whatever was undone before it."""
    place = start()
    stages = []
    for name, header, rows in files:
        note(f"{name}: {rows}")
        before = place.meaning()
        run = place.worked(name, "\n".join([header, *rows, ""]))
        if any(sum(counts.values()) for counts in run["changes"].values()):
            stages.append((run["id"], before))
    with place.app() as app:
        for id, before in reversed(stages):
            undo = app.undo(id, "ada", "", lambda _: None)
            note(f"{id} {undo.as_json()['findings']}")
            assert (before, 0) == (place.meaning(), undo.run.rows.failed)


def _plain(meaning: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return what the roster says but for times of now."""
    return {kind: [re.sub(r'"start(time|date)": "?\w+"?', "", one) for one in each] for kind, each in meaning.items()}

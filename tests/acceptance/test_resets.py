"""Courses that are emptied for the next term: what goes, what is left to platforms, and what a limit holds."""

import json

import polars as pl
import pytest

HEAD = "shortname;events;logs;notes;grades;roles;local_roles;groups;groupings;modules\n"
WHOLE = "ALG;yes;no;no;items;all;none;all;none;-quiz\n"
CLASS = "cmd;cid;uid;rolename;enrol;gcmd;g1\n" + "".join(
    f"add;ALG;pupil{n};student;manual;gaddcreate;Blue\n" for n in range(4)
)


@pytest.fixture
def place(home):
    """Give a home with a course, four pupils in it, and a group of them."""
    home.drop("uploadcourses.csv", "shortname;fullname\nALG;Algebra\n")
    home.drop("userimport.csv", "username;firstname;lastname\n" + "".join(f"pupil{n};X;Y\n" for n in range(4)))
    home.drop("enrols.csv", CLASS)
    assert 0 == home.run("sync").code
    return home


def actions(place, run: dict) -> list[tuple]:
    """Return what the stored plan of a run asks of platforms."""
    file = place.path / "state" / "runs" / str(run["id"]) / "actions.arrow"
    if not file.exists():
        return []
    rows = pl.read_ipc(file.read_bytes()).to_dicts()
    return [(row["action"], row["kind"], row["id"], json.loads(row["arguments"])) for row in rows]


def test_a_reset_is_done_once_and_kept_for_platforms(place):
    """The roster's part at once; the rest stands in the plan with its course; the same file again does nothing."""
    run = place.worked("resetcourses.csv", HEAD + WHOLE)
    assert ("courses_reset", 1) == (run["object"], run["rows"]["applied"])
    assert {"enrolment": 4, "group": 1, "group_member": 4} == {k: c["deleted"] for k, c in run["changes"].items()}
    assert [
        ("reset events", "course", 1, {}),
        ("reset grades", "course", 1, {"what": ["items"]}),
        ("reset modules", "course", 1, {"except": ["quiz"]}),
    ] == actions(place, run)
    assert {"action-waits"} == {f["code"] for f in run["findings"]}
    assert "reset grades" in (place.path / run["report"]).read_text("utf-8")
    again = place.worked("resetcourses.csv", HEAD + WHOLE)
    assert (1, {}, []) == (again["rows"]["unchanged"], again["changes"], actions(place, again))


def test_next_term_the_same_file_resets_again(place):
    """Once anything has changed, also a new pupil alone, what it asks for is to be done again."""
    place.worked("resetcourses.csv", HEAD + WHOLE)
    place.worked("enrols.csv", CLASS)
    run = place.worked("resetcourses.csv", HEAD + WHOLE)
    assert (1, 4, 3) == (run["rows"]["applied"], run["changes"]["enrolment"]["deleted"], len(actions(place, run)))


def test_a_reset_over_a_limit_is_held_with_its_actions(place):
    """Promise 6: nothing goes before it was weighed; what was shown is what is done."""
    place.configure("[limits]\nenrolment.removals = { count = 3, percent = 10 }")
    held = place.worked("resetcourses.csv", HEAD + WHOLE)
    assert ("held", 4) == (held["state"], len(place.names("enrolment", "user")))
    shown = actions(place, held)
    (done,) = place.runs("approve", str(held["id"]), "--by", "eva", "--reason", "term is over")
    assert ("completed", [], shown) == (done["state"], place.names("enrolment", "user"), actions(place, done))
    assert 3 == len(shown)


def test_rows_that_fail_go_to_the_tryback_and_ask_for_nothing(place):
    """As they came, under their header."""
    rows = ["NOPE;yes;;;;;;;;\n", "ALG;yes;;;;wizard;;;;\n", "ALG;;;;;;;;;\n"]
    run = place.worked("resetcourses.csv", HEAD + "".join(rows))
    assert (2, 1, []) == (run["rows"]["failed"], run["rows"]["unchanged"], actions(place, run))
    assert (HEAD + rows[0] + rows[1]).encode() == (place.path / run["tryback"]).read_bytes()
    assert 4 == len(place.names("enrolment", "user"))

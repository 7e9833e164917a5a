"""Why, lineage and audit, on a whole home from the command line."""

import json
import re
import socket
from typing import Any

import pytest

USERS = "username;firstname;lastname;idnumber;city;password\n"
FIRST = {
    "a_courses.csv": "shortname;fullname\nGEO;Geometry\n",
    "b_users.csv": f"{USERS}ada;Ada;X;N1;Umeå;\nbea;Bea;X;N2;;\ncid;Cid;X;N3;;\n",
    "c_cohorts.csv": "cmd;cidnumber;cname;userid\nadd;c1;First;ada\n",
}


@pytest.fixture
def place(home: Any) -> Any:
    """Give a home with FIRST in it."""
    for name, text in FIRST.items():
        assert "completed" == home.worked(name, text)["state"]
    return home


def test_why_tells_every_row_and_run_behind_a_record(place: Any) -> None:
    """File, row, line, before and after, who did it; of a password nothing but that there is another one."""
    place.drop("users.csv", "username;firstname;lastname;city;password\n" + 'cid;"Ci\n d";X;;\n')
    place.run("sync")
    run = place.worked("odd_users.csv", f'{USERS}"zoe";Zoe;"X\nY";N9;;\nada;Ada;Y;N1;Lund;S3cret-word\n')
    place.run("undo", str(run["id"]), "--by", "bo", "--reason", "wrong")
    told = place.run("roster", "why", "user", "ada", "--json")
    made, moved, back = told.json()
    assert ("created", "b_users.csv", 1, 2, "sis") == tuple(
        made[name] for name in ("action", "file", "row", "line", "data_source")
    )
    assert ("odd_users.csv", 1 + run["rows"]["failed"], {"lastname": "X", "city": "Umeå"}) == (
        moved["file"],
        moved["row"] - 1 + run["rows"]["failed"],
        moved["before"],
    )
    assert (4, {"lastname": "Y", "city": "Lund"}, ["password_mark"]) == (moved["line"], moved["after"], moved["hidden"])
    assert (run["id"], "bo", "wrong", None) == (back["undoes"], back["by"], back["reason"], back["row"])
    assert sorted(event["time"] for event in (made, moved, back)) == [e["time"] for e in (made, moved, back)]
    shown = place.run("roster", "why", "user", "ada").out
    assert "Umeå → Lund" in shown
    assert "S3cret" not in shown + told.out
    assert not re.search("[0-9a-f]{32}", shown + told.out)


def test_why_of_a_link_and_what_it_derives_from(place: Any) -> None:
    """An enrolment that a cohort binding made names it."""
    place.worked("cohort_bindings.csv", "cmd;cohort;course;role\nadd;c1;GEO;student\n")
    (made,) = place.run("roster", "why", "enrolment", "ada/GEO/cohort/student", "--json").json()
    assert {"kind": "cohort_binding", "key": "c1/GEO/cohort/student"} == made["derives_from"]
    nobody = place.run("roster", "why", "enrolment", "ada/GEO/self/student")
    assert (2, True) == (nobody.code, nobody.err.startswith("Error: the roster has no enrolment"))


def test_a_mended_tryback_closes_rows_whichever_way_it_comes(home: Any) -> None:
    """Dropped by its name, changed or not, or requeued: the parent says what is still open."""
    first = home.worked("first.csv", f"{USERS}ada;Ada;X;N1;;\nB AD;B;X;;;\nC AD;C;X;;;\nD AD;D;X;;;\n")
    assert (3, 3, []) == (first["rows"]["failed"], first["open"], first["children"])
    name = first["tryback"].removeprefix("reports/")
    tryback = (home.path / first["tryback"]).read_text()
    second = home.worked(name, tryback.replace("B AD", "bad"))
    assert first["id"] == second["parent"]
    assert (2, [second["id"]]) == _standing(home, first["id"])
    other = home.path / second["tryback"]
    other.write_text(other.read_text().replace("C AD", "cad"))
    (third,) = home.runs("requeue", second["tryback"])
    assert (1, [second["id"]]) == _standing(home, first["id"])
    assert (1, [third["id"]]) == _standing(home, second["id"])
    done = home.run("runs", "show", str(first["id"])).out
    assert "still to be mended: 1 row" in done
    listed = {run["id"]: (run["rows"]["failed"], run["open"]) for run in home.runs("runs")}
    assert {first["id"]: (3, 1), second["id"]: (2, 1), third["id"]: (1, 1)} == listed
    home.worked(third["tryback"].removeprefix("reports/"), tryback.split("\n")[0] + "\ndad;D;X;;;\n")
    assert [0] * 4 == [run["open"] for run in home.runs("runs")]


def test_a_dropped_tryback_is_read_as_its_file_was(home: Any) -> None:
    """What was told of the file at first is not in its name."""
    path = home.path / "people.txt"
    path.write_text("username,firstname,lastname\nada,Ada,X\nB AD,B,X\n")
    (first,) = home.runs("sync", str(path), "--object", "users", "--option", "delimiter=,", "--data-source", "hr")
    second = home.worked(first["tryback"].removeprefix("reports/"), "username,firstname,lastname\nbad,B,X\n")
    assert (first["id"], "users", "hr", 1) == (
        second["parent"],
        second["object"],
        second["data_source"],
        second["rows"]["applied"],
    )
    stranger = home.worked("users_tryback_20200101-000000.csv", "username;firstname;lastname\neva;E;X\n")
    assert stranger["parent"] is None


def test_the_audit_says_who_did_what_and_how(place: Any) -> None:
    """One entry for each act, with the act in one transaction."""
    run = place.worked("users.csv", f"{USERS}dan;Dan;X;N4;;\nB AD;B;X;;;\n")
    place.configure("[limits]\nuser.removals = { count = 0, percent = 0 }\n")
    place.runs("requeue", str(run["id"]), "--by", "cleo")
    (held,) = place.runs("undo", str(run["id"]), "--by", "ada", "--reason", "early")
    place.runs("reject", str(held["id"]), "--by", "bo", "--reason", "no")
    (held,) = place.runs("undo", str(run["id"]), "--by", "ada")
    place.runs("approve", str(held["id"]), "--by", "dan", "--reason", "well then")
    entries = place.run("audit", "--json", "--limit", "6").json()[::-1]
    account = entries[0]["account"]
    assert [
        ("sync", account, "cli", run["id"], ""),
        ("requeue", "cleo", "cli", run["id"] + 1, f"made from run {run['id']}"),
        ("undo", "ada", "cli", run["id"] + 2, f"undoes run {run['id']}: early"),
        ("reject", "bo", "cli", run["id"] + 2, "no"),
        ("undo", "ada", "cli", run["id"] + 3, f"undoes run {run['id']}"),
        ("approve", "dan", "cli", run["id"] + 3, "well then"),
    ] == [tuple(entry[name] for name in ("what", "who", "how", "run", "detail")) for entry in entries]
    assert {account} == {entry["account"] for entry in entries}
    assert ["approve", "undo"] == [e["what"] for e in place.run("audit", "--json", "--run", str(held["id"])).json()]
    assert "approve" in place.run("audit").out


def test_the_audit_also_knows_what_was_done_to_the_home(home: Any) -> None:
    """Made, its settings read anew by the daemon, and a lock taken over from a syncd that died."""
    (home.sync_folder / "lock.txt").write_text(
        json.dumps({"pid": 2**30, "host": socket.gethostname(), "time": "2026-11-21T18:30:05+01:00"})
    )
    home.drop("users.csv", f"{USERS}dan;Dan;X;N4;;\n")
    assert 0 == home.run("sync").code
    with home.app() as app:
        app.reload()
    entries = home.run("audit", "--json").json()[::-1]
    assert [("init", "cli"), ("lock taken over", "cli"), ("sync", "cli"), ("reload", "daemon")] == [
        (entry["what"], entry["how"]) for entry in entries
    ]
    assert f"process {2**30}" in entries[1]["detail"]


def _standing(home: Any, id: int) -> tuple[int, list[int]]:
    (run,) = home.runs("runs", "show", str(id))
    return run["open"], run["children"]


def test_runs_are_listed_in_the_time_of_the_school(home):
    """As in their reports, whatever zone the machine has and whatever its own rules say."""
    home.configure('[roster]\ntime_zone = "Pacific/Kiritimati"')
    home.drop("users.csv", "username;firstname;lastname;email\nada;Ada;L;ada@school.example\n")
    (run,) = home.runs("sync")
    (received,) = re.findall(r"received +(.*)\+14:00 by", (home.path / run["report"]).read_text())
    assert received in home.run("runs").out

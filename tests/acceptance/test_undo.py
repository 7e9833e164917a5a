"""Undo, on a whole home from the command line."""

import re
from typing import Any

import pytest

USERS = "username;firstname;lastname;idnumber;city;password\n"
FIRST = {
    "a_courses.csv": "shortname;fullname;category\nALG;Algebra;Maths/One\nGEO;Geometry;Maths\n",
    "b_users.csv": f"{USERS}ada;Ada;X;N1;Umeå;\nbea;Bea;X;N2;;\ncid;Cid;X;N3;;\n",
    "c_cohorts.csv": "cmd;cidnumber;cname;userid\nadd;c1;First;ada\nadd;c1;;bea\n",
    "d_enrols.csv": "cmd;cid;uid;rolename;enrol;gcmd;g1\n"
    "add;ALG;ada;student;manual;gaddcreate;Blue\nadd;GEO;bea;student;manual;;\n",
}
SECOND = {
    "a_courses2.csv": "shortname;fullname;category\nART;Art;Fine\n",
    "b_users2.csv": f"{USERS}ada;Ada;Y;N1;Lund;S3cret-word\ndan;Dan;X;N4;;\n",
    "c_cohorts2.csv": "cmd;cidnumber;cname;userid\ndel;c1;;ada\nadd;c2;Second;dan\n",
    "d_enrols2.csv": "cmd;cid;uid;rolename;enrol;gcmd;g1\n"
    "del;ALG;ada;student;manual;;\nadd;ART;dan;student;manual;gaddcreate;Red\nadd;GEO;bea;student;manual;gaddcreate;Red\n",
    "e_leaving_users.csv": "username;firstname;lastname;deleted\nbea;;;1\n",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest) -> Any:
    """Give a home with FIRST in it, on either database."""
    if request.param == "sqlite":
        return request.getfixturevalue("place")
    home = request.getfixturevalue("home")
    home.configure(f'[store]\nurl = "{request.getfixturevalue("new_postgres")(upgraded=True)}"')
    for name, text in FIRST.items():
        assert "completed" == home.worked(name, text)["state"]
    return home


@pytest.fixture
def place(seeded: Any, tmp_path: Any) -> Any:
    """Give a home with FIRST in it."""
    return seeded(tmp_path / "home", FIRST)


def undone(home: Any, id: int) -> dict[str, Any]:
    """Undo a run at the command line; return the run that it became."""
    (run,) = home.runs("undo", str(id))
    return run


def test_runs_of_every_sort_are_taken_back_one_after_the_other(either: Any) -> None:
    """Created, updated, deleted and everything that went with it; each time the roster is as it was before."""
    stages, runs = [either.meaning()], []
    for name, text in SECOND.items():
        runs.append(either.worked(name, text))
        stages.append(either.meaning())
    for run in reversed(runs):
        assert stages.pop() == either.meaning()
        done = undone(either, run["id"])
        assert ("completed", run["id"], "undo", 0) == (
            done["state"],
            done["parent"],
            done["operation"],
            done["rows"]["failed"],
        )
        assert (None, None, None) == (done["tryback"], done["archive"], done["sha256"] or None)
        assert (either.path / done["report"]).exists()
    assert stages == [either.meaning()]
    assert {"undone"} == {one["state"] for one in either.runs("runs") if one["id"] in [run["id"] for run in runs]}


def test_the_same_file_again_does_it_again(place: Any) -> None:
    """What is remembered of rows and files does not hold after an undo."""
    for name, text in SECOND.items():
        before, run = place.meaning(), place.worked(name, text)
        after = place.meaning()
        undone(place, run["id"])
        again = place.worked(name, text)
        assert run["rows"]["applied"] == again["rows"]["applied"], name
        assert (after, True) == (place.meaning(), after != before)


def test_an_undo_is_undone_and_that_again(place: Any) -> None:
    """Each is a run like any other."""
    before, run = place.meaning(), place.worked("users.csv", SECOND["b_users2.csv"])
    after, id = place.meaning(), run["id"]
    for expected in (before, after, before, after):
        id = undone(place, id)["id"]
        assert expected == place.meaning()


def test_later_dependants_stay_and_are_named(place: Any) -> None:
    """A course that somebody was enrolled in since; what nobody needs goes, and exit 1 tells that something stayed."""
    run = place.worked("courses.csv", "shortname;fullname;category\nART;Art;Fine\nODD;Odd;Fine\n")
    later = place.worked("enrols.csv", "cmd;cid;uid;rolename;enrol\nadd;ART;ada;student;manual\n")
    done = place.run("undo", str(run["id"]), "--by", "ada", "--reason", "too early")
    assert 1 == done.code, done.err
    shown = " ".join(done.out.split())
    words = f"the course 'ART' stays: the enrolment 'ada/ART/manual/student' of run {later['id']} needs it"
    assert words in shown
    assert "the category 'Fine' stays" in shown
    assert ["ALG", "ART", "GEO"] == place.names("course", "shortname")
    (undo,) = [one for one in place.runs("runs") if one["operation"] == "undo"]
    assert ("completed_with_failures", 1, 2, 0) == (
        undo["state"],
        undo["rows"]["applied"],
        undo["rows"]["failed"],
        undo["open"],
    )
    undone(place, later["id"])
    assert 0 == place.run("undo", str(run["id"])).code
    assert ["ALG", "GEO"] == place.names("course", "shortname")


def test_what_cannot_be_undone_gets_one_sentence(place: Any) -> None:
    """Wrong usage, exit 2, nothing written."""
    run = place.worked("users.csv", SECOND["b_users2.csv"])
    same = place.worked("users.csv", SECOND["b_users2.csv"])
    failed = place.worked("menu.csv", "soup;fish\ntomato;cod\n")
    undo = undone(place, run["id"])
    count = len(place.runs("runs"))
    for id, words in (
        (run["id"], f"run {run['id']} is undone already, by run {undo['id']}"),
        (same["id"], f"run {same['id']} changed nothing, so there is nothing to undo"),
        (failed["id"], f"run {failed['id']} failed, so it changed nothing"),
        (999, "there is no run 999; syncd runs lists them"),
    ):
        done = place.run("undo", str(id))
        assert (2, f"Error: {words}\n") == (done.code, done.err)
    assert count == len(place.runs("runs"))


def test_a_dry_run_shows_the_plan_and_leaves_no_trace(home: Any) -> None:
    """It is the plan that would be carried out, and nothing on the disk is touched."""
    run = home.worked("users.csv", f"{USERS}ada;Ada;X;N1;;\nbea;Bea;X;N2;;\n")
    home.run("undo", str(run["id"]), "--dry-run")
    before = home.fingerprint()
    (plan,) = home.runs("undo", str(run["id"]), "--dry-run")
    assert before == home.fingerprint()
    assert ("planned", 2, {"created": 0, "updated": 0, "disabled": 0, "deleted": 2}) == (
        plan["state"],
        plan["rows"]["applied"],
        plan["changes"]["user"],
    )


def test_an_undo_over_a_limit_is_held_and_decided(place: Any) -> None:
    """The same limits as for files; approve carries out what was shown, reject leaves all as it is."""
    run = place.worked("users.csv", f"{USERS}" + "".join(f"p{n};P;X;Q{n};;\n" for n in range(9)))
    config = (place.path / "config" / "syncd.toml").read_text()
    limits = "[limits]\nuser.removals = { count = 2, percent = 10 }"
    place.configure(config.replace('[drop]\nquiet = "0s"\n', "") + limits)
    before = place.meaning()
    first = place.run("undo", str(run["id"]), "--json")
    (held,) = first.json()
    assert (3, "held", before) == (first.code, held["state"], place.meaning())
    refused = place.run("undo", str(run["id"]))
    assert f"is being undone by run {held['id']}, which is held" in refused.err
    (rejected,) = place.runs("reject", str(held["id"]), "--by", "ada", "--reason", "no")
    assert ("rejected", before) == (rejected["state"], place.meaning())
    assert "rejected" in (place.path / rejected["report"]).read_text()
    (held,) = place.runs("undo", str(run["id"]))
    (done,) = place.runs("approve", str(held["id"]), "--by", "bo", "--reason", "yes")
    assert ("completed", 9) == (done["state"], done["rows"]["applied"])
    assert ["ada", "bea", "cid"] == place.names("user", "username")
    assert "undone" == place.runs("runs", "show", str(run["id"]))[0]["state"]


def test_a_held_undo_is_planned_again_where_the_roster_moved(either: Any) -> None:
    """What is shown is what is applied."""
    either.configure("[limits]\nuser.removals = { count = 0, percent = 0 }\n" + _store_of(either))
    run = either.worked("users.csv", f"{USERS}dan;Dan;X;N4;;\neva;Eva;X;N5;;\n")
    (held,) = either.runs("undo", str(run["id"]))
    either.worked("more_users.csv", f"{USERS}eva;Eve;X;N5;;\n")
    (again,) = either.runs("approve", str(held["id"]), "--by", "bo")
    assert ("held", 1) == (again["state"], again["rows"]["failed"])
    (done,) = either.runs("approve", str(held["id"]), "--by", "bo")
    assert ("completed_with_failures", 1) == (done["state"], done["rows"]["applied"])
    assert ["ada", "bea", "cid", "eva"] == either.names("user", "username")


def test_a_file_cannot_pass_for_an_undo(home: Any) -> None:
    """The word has one meaning, and it needs a run."""
    path = home.path / "users.csv"
    path.write_text("username;firstname;lastname\nada;Ada;X\n")
    for words in ((), ("--dry-run",)):
        done = home.run("sync", str(path), "--operation", "undo", *words)
        assert (2, True) == (done.code, "syncd undo" in done.err)
    assert [] == home.runs("runs")


def _store_of(place: Any) -> str:
    text = (place.path / "config" / "syncd.toml").read_text()
    found = re.search(r'\[store\]\nurl = ".*"', text)
    return found.group() if found else ""

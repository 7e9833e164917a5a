"""A second dialect in one folder and one line of the registry works from end to end: see tests/fakes/college."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
HEAD = "person_code;login;given_name;family_name;school"
ADA, BEA, CID = "P1;ada;Ada;Byron;North", "P2;bea;Bea;Cole;North", "P3;cid;Cid;Dahl;South"
MOODLE = "username;firstname;lastname;idnumber\nmia;Mia;Moodle;M1\n"
LIMITS = "[limits]\nuser.removals = { count = 10 }\ncohort_member.removals = { count = 10 }\n"


def lines(*rows: str) -> str:
    return "\n".join([*rows, ""])


@pytest.fixture
def place(home: Any, second: Any) -> Any:
    """Give a home of a syncd that knows both dialects."""
    made = type(home)(home.path, second)
    made.configure(LIMITS)
    return made


def send(place: Any, name: str, content: str, *words: str) -> dict[str, Any]:
    """Work one file and return its run."""
    file = place.path / name
    file.write_text(content)
    (run,) = place.runs("sync", str(file), *words)
    return run


def refresh(place: Any, *rows: str, school: str = "North", **said: str) -> dict[str, Any]:
    words = [f"--option={name}={value}" for name, value in {"school": school, **said}.items() if value]
    return send(place, "users.csv", lines(HEAD, *rows), "--operation", "complete_refresh", *words)


def people(place: Any, *words: str) -> dict[str, str]:
    """Return the state of each user, by username."""
    return {r["fields"]["username"]: r["state"] for r in place.run("roster", "list", "user", "--json", *words).json()}


def codes(run: dict[str, Any]) -> list[str]:
    return [found["code"] for found in run["findings"]]


def test_files_of_one_name_go_to_the_dialect_whose_header_they_have(place: Any) -> None:
    """Both dialects know an object users and a file users.csv; neither carries out the other's."""
    runs = send(place, "users.csv", lines(HEAD, ADA)), send(place, "users.csv", MOODLE)
    assert [("college", "store", 1), ("moodle", "command", 1)] == [
        (run["dialect"], run["operation"], run["rows"]["applied"]) for run in runs
    ]
    assert {"ada": "enabled", "mia": "enabled"} == people(place)


def test_its_options_stand_in_the_settings_and_behind_option(place: Any) -> None:
    """What is said of a delivery wins; what neither takes is refused before any file is worked."""
    place.configure(LIMITS + '[college]\nschool = "North"\nleavers = "deleted"\n')
    send(place, "users.csv", lines(HEAD, ADA, BEA, CID))
    refresh(place, ADA, school="")
    assert ("deleted", "enabled") == (people(place, "--deleted")["bea"], people(place)["cid"])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--option", "leavers=gone"], "option leavers is 'gone'; it takes disabled or deleted"),
        (["--option", "leavers=deleted", "--option", "leavers=disabled"], "--option leavers is given twice"),
        (["--option", "leaver=deleted"], "there is no option leaver; did you mean leavers?"),
        (["--operation", "complete_refreshs"], "there is no operation complete_refreshs; there is complete_refresh"),
        (["--dialect", "moodle", "--operation", "complete_refresh"], "there is no operation complete_refresh"),
    ],
)
def test_what_no_dialect_knows_is_refused(place: Any, words: list[str], sentence: str) -> None:
    """Nothing is worked under an option or operation that means nothing."""
    file = place.path / "users.csv"
    file.write_text(lines(HEAD, ADA))
    done = place.run("sync", str(file), *words)
    assert (2, True, {}) == (done.code, sentence in done.err, people(place)), done.err


def test_an_operation_of_the_other_dialect_fails_the_file(place: Any) -> None:
    """A users file of Moodle never removes anybody by leaving out."""
    run = send(place, "users.csv", MOODLE, "--operation", "complete_refresh")
    assert ("failed", ["operation-unknown"]) == (run["state"], codes(run))


def test_a_refresh_lets_go_within_its_scope(place: Any) -> None:
    """Bea of North is left out; Cid is of another school, and Mia was sent by no refresh."""
    send(place, "users.csv", lines(HEAD, ADA, BEA, CID))
    run = refresh(place, ADA)
    assert {"ada": "enabled", "bea": "disabled", "cid": "enabled"} == people(place)
    (found,) = run["findings"]
    assert ("info", 0) == (found["severity"], found["row"])
    assert (
        "1 of 2 user records of data source sis, school North are not in the file and are disabled" in found["message"]
    )
    assert {"created": 0, "updated": 0, "disabled": 1, "deleted": 0} == run["changes"]["user"]


def test_a_refresh_of_links(place: Any) -> None:
    """The key of a membership is two columns."""
    send(place, "users.csv", lines(HEAD, ADA, BEA, CID))
    send(place, "cohorts.csv", lines("team_code;person_code", "CHOIR;P1", "CHOIR;P2", "BAND;P1"))
    head = "team_code;person_code"
    run = send(place, "cohorts.csv", lines(head, "CHOIR;P1", "CHOIR;P9"), "--operation", "complete_refresh")
    assert (1, 2) == (run["rows"]["failed"], run["changes"]["cohort_member"]["deleted"])
    left = place.run("roster", "list", "cohort_member", "--json").json()
    assert [("CHOIR", "ada")] == [(r["fields"]["cohort"], r["fields"]["user"]) for r in left]


def test_absences_are_weighed_against_their_scope(place: Any) -> None:
    """Three of four in a small school are a surprise, however many people there are elsewhere."""
    place.configure("[limits]\nuser.removals = { count = 0, percent = 10 }\n")
    north = [f"P{n};n{n};N;N;North" for n in range(4)]
    south = [f"Q{n};s{n};S;S;South" for n in range(40)]
    send(place, "users.csv", lines(HEAD, *north, *south))
    run = refresh(place, north[0])
    assert "held" == run["state"]
    messages = [breach["message"] for breach in run["breaches"]]
    assert ["3 of 4 user records of data source sis, school North are absent, 0 may be (limit: 0 or 10 %)"] == messages
    assert 0 == place.run("approve", str(run["id"]), "--by", "ada", "--reason", "they left").code
    assert 3 == list(people(place).values()).count("disabled")


UNSURE = {
    "a row without its key": ";bea;Bea;Cole;North",
    "a key that is too long": f"{'P' * 51};bea;Bea;Cole;North",
    "a row with too few values": "P2;bea",
    "a row with too many": "P2;bea;Bea;Cole;North;more;still more",
    "a quote that is never closed": '"P2;bea;Bea;Cole;North',
}


@pytest.mark.parametrize("row", UNSURE.values(), ids=UNSURE)
def test_a_row_that_cannot_be_read_keeps_everybody(place: Any, row: str) -> None:
    """It may have named whoever seems to be absent."""
    send(place, "users.csv", lines(HEAD, ADA, BEA))
    run = refresh(place, ADA, row)
    assert "absent-unsure" in codes(run)
    assert {"ada": "enabled", "bea": "enabled"} == people(place)


def test_a_row_that_fails_names_its_record_all_the_same(place: Any) -> None:
    """Bea's new name is too long: that is no reason to let her go."""
    send(place, "users.csv", lines(HEAD, ADA, BEA, "P4;dan;Dan;Ek;North"))
    run = refresh(place, ADA, f"P2;bea;{'B' * 101};Cole;North")
    assert ("disabled", "enabled", 1) == (people(place)["dan"], people(place)["bea"], run["rows"]["failed"])


def test_a_changed_key_lets_nobody_go(place: Any) -> None:
    """The row fails, since the login is Bea's; and she, whom the file does not name by her key, stays."""
    send(place, "users.csv", lines(HEAD, ADA, BEA))
    run = refresh(place, ADA, "P22;bea;Bea;Cole;North")
    assert (["username-taken"], "enabled") == (codes(run), people(place)["bea"])


@pytest.mark.parametrize("content", ["", HEAD, HEAD + "\n", HEAD + "\n\n\n"])
def test_an_empty_file_lets_nobody_go(place: Any, content: str) -> None:
    """An export that broke off at its start."""
    send(place, "users.csv", lines(HEAD, ADA, BEA))
    send(place, "users.csv", content, "--operation", "complete_refresh", "--object", "users", "--dialect", "college")
    assert {"ada": "enabled", "bea": "enabled"} == people(place)


def test_a_file_that_is_cut_within_a_row_lets_nobody_go(place: Any) -> None:
    """The last row has no line end and too few values."""
    send(place, "users.csv", lines(HEAD, ADA, BEA, "P4;dan;Dan;Ek;North"))
    run = send(place, "users.csv", f"{HEAD}\n{ADA}\nP2;be", "--operation", "complete_refresh")
    assert ("absent-unsure" in codes(run), {"enabled"}) == (True, set(people(place).values()))


def test_an_unknown_scope_lets_nobody_go(place: Any) -> None:
    """A misspelt school is said, and nothing happens."""
    send(place, "users.csv", lines(HEAD, ADA, BEA))
    run = refresh(place, ADA, school="Nort")
    assert (["scope-unknown"], {"enabled"}) == (codes(run), set(people(place).values()))


def test_a_source_lets_go_only_what_is_its_own(place: Any) -> None:
    """Mia was sent by human resources; Dan moved there, so that the refresh of the SIS no longer concerns him."""
    staff = "P7;mia;Mia;Lund;North"
    send(place, "users.csv", lines(HEAD, ADA, BEA, "P4;dan;Dan;Ek;North"))
    send(place, "users.csv", lines(HEAD, staff), "--data-source", "hr")
    place.configure(
        LIMITS + '[[feed]]\nname = "hr"\nfiles = "hr*.csv"\ndialect = "college"\nobject = "users"\n'
        'data_source = "hr"\nforeign = "take over"\n'
    )
    place.drop("hr.csv", lines(HEAD, "P4;dan;Dan;Ek;North"))
    (moved,) = place.runs("sync")
    assert ["the user belonged to the data source sis, and was taken over from it"] == [
        found["message"] for found in moved["findings"]
    ]
    run = refresh(place, ADA)
    assert (1, {"ada": "enabled", "bea": "disabled", "dan": "enabled", "mia": "enabled"}) == (
        moved["rows"]["applied"],
        people(place),
    )
    assert "1 of 2 user records of data source sis" in run["findings"][0]["message"]


def test_a_source_that_changes_records_of_another_says_so(place: Any) -> None:
    """They stay with their owner; and nothing changes in silence."""
    send(place, "users.csv", lines(HEAD, ADA))
    place.configure(
        LIMITS + '[[feed]]\nname = "hr"\nfiles = "hr*.csv"\ndialect = "college"\nobject = "users"\n'
        'data_source = "hr"\nforeign = "update"\n'
    )
    place.drop("hr.csv", lines(HEAD, "P1;ada;Ada;King;North"))
    (run,) = place.runs("sync")
    (ada,) = place.run("roster", "list", "user", "--json").json()
    assert ("King", "sis", ["record-foreign"]) == (ada["fields"]["lastname"], ada["data_source"], codes(run))
    assert "belongs to the data source sis, and stays with it" in run["findings"][0]["message"]


def test_an_undo_of_a_take_over_says_whose_the_record_is_again(place: Any) -> None:
    """Nothing changes in silence, also on the way back."""
    send(place, "users.csv", lines(HEAD, ADA))
    place.configure(
        LIMITS + '[[feed]]\nname = "hr"\nfiles = "hr*.csv"\ndialect = "college"\nobject = "users"\n'
        'data_source = "hr"\nforeign = "take over"\n'
    )
    place.drop("hr.csv", lines(HEAD, ADA))
    (taken,) = place.runs("sync")
    undone = place.runs("undo", str(taken["id"]), "--by", "ada", "--reason", "wrong")[-1]
    assert ["the user 'ada' belongs to the data source sis again"] == [f["message"] for f in undone["findings"]]
    (ada,) = place.run("roster", "list", "user", "--json").json()
    assert "sis" == ada["data_source"]


def test_a_feed_may_own_several_sources_and_move_records_among_them(place: Any) -> None:
    """Its refresh is of all of them; to a source that is not its own it gives nobody."""
    owned = '[[feed]]\nname = "college"\nfiles = "users*.csv"\ndialect = "college"\nobject = "users"\nowns = ["old"]\n'
    head = f"{HEAD};source"
    place.configure(LIMITS + owned + 'operation = "complete_refresh"\n')
    place.drop("users1.csv", lines(head, f"{ADA};old", f"{BEA};", "P4;dan;Dan;Ek;North;"))
    place.runs("sync")
    place.drop("users2.csv", lines(head, f"{ADA};sis", f"{BEA};hr"))
    place.runs("sync")
    sources = {r["fields"]["username"]: r["data_source"] for r in place.run("roster", "list", "user", "--json").json()}
    assert ({"ada": "sis", "bea": "sis", "dan": "sis"}, "disabled") == (sources, people(place)["dan"])
    (failed,) = [
        f
        for run in place.runs("runs", "list")
        for f in place.runs("runs", "show", str(run["id"]))[0]["findings"]
        if f["severity"] == "error"
    ]
    assert ("not-yours", 2) == (failed["code"], failed["row"])


def test_who_comes_back_is_enabled_again(place: Any) -> None:
    """A pupil who was forgotten for a day."""
    send(place, "users.csv", lines(HEAD, ADA, BEA))
    refresh(place, ADA)
    run = refresh(place, ADA, BEA)
    assert (["applied", "unchanged"], {"enabled"}) == (
        [name for name, count in run["rows"].items() if count == 1],
        set(people(place).values()),
    )


def test_protected_users_never_go(place: Any) -> None:
    """No file removes them, also none that leaves them out."""
    place.configure(LIMITS + '[roster]\nprotected_users = ["Bea"]\n')
    send(place, "users.csv", lines(HEAD, ADA, BEA, "P4;dan;Dan;Ek;North"))
    run = refresh(place, ADA)
    assert ({"ada": "enabled", "bea": "enabled", "dan": "disabled"}, 1) == (
        people(place),
        run["changes"]["user"]["disabled"],
    )


def test_the_same_refresh_twice_is_once(place: Any) -> None:
    """Known rows are not parsed again, and still name their records; what came meanwhile goes."""
    rows = [ADA, BEA]
    send(place, "users.csv", lines(HEAD, ADA, BEA, "P4;dan;Dan;Ek;North"))
    first, second = refresh(place, *rows), refresh(place, *rows)
    assert (2, 0, 2) == (first["rows"]["total"], second["rows"]["applied"], second["rows"]["unchanged"])
    assert "disabled" == people(place)["dan"]
    send(place, "users.csv", lines(HEAD, "P5;eva;Eva;Falk;North"))
    third, fourth = refresh(place, *rows), refresh(place, BEA)
    assert ("disabled", "disabled", "enabled") == tuple(people(place)[name] for name in ("eva", "ada", "bea"))
    assert [1, 1] == [run["changes"]["user"]["disabled"] for run in (third, fourth)]


def test_a_refresh_can_be_taken_back(place: Any) -> None:
    """All who went for being absent come back, with all that hung on them."""
    send(place, "users.csv", lines(HEAD, ADA, BEA, CID))
    send(place, "cohorts.csv", lines("team_code;person_code", "CHOIR;P1", "CHOIR;P2"))
    run = refresh(place, ADA, leavers="deleted")
    assert ({"ada", "cid"}, 1) == (
        set(people(place)),
        len(place.run("roster", "list", "cohort_member", "--json").json()),
    )
    (undone,) = place.runs("undo", str(run["id"]), "--by", "ada", "--reason", "cut short")[-1:]
    assert ("completed", {"ada", "bea", "cid"}) == (undone["state"], set(people(place)))
    assert 2 == len(place.run("roster", "list", "cohort_member", "--json").json())
    again = refresh(place, ADA, leavers="deleted")
    assert ({"ada", "cid"}, 1) == (set(people(place)), again["changes"]["user"]["deleted"])


def test_the_rows_that_fail_come_back_as_they_were_sent(place: Any) -> None:
    """The tryback has the header of the college, and replays as one."""
    row = "P2;ada;Bea;Cole;North"
    send(place, "users.csv", lines(HEAD, ADA))
    run = send(place, "users.csv", lines(HEAD, ADA, row))
    tryback = place.path / run["tryback"]
    assert lines(HEAD, row) == tryback.read_text()
    tryback.write_text(lines(HEAD, BEA))
    (again,) = place.runs("requeue", run["tryback"])
    assert ("college", 1, run["id"]) == (again["dialect"], again["rows"]["applied"], again["parent"])


@pytest.mark.parametrize("way", ["requeued", "dropped"])
def test_a_tryback_of_a_refresh_lets_nobody_go(place: Any, way: str) -> None:
    """It holds one row of three: as a refresh it would remove the others."""
    place.configure(
        LIMITS + '[[feed]]\nname = "college"\nfiles = "users*.csv"\ndialect = "college"\n'
        'operation = "complete_refresh"\n'
    )
    place.drop("users.csv", lines(HEAD, ADA, BEA, f"P4;dan;{'D' * 101};Ek;North"))
    (run,) = place.runs("sync")
    tryback = place.path / run["tryback"]
    tryback.write_text(lines(HEAD, "P4;dan;Dan;Ek;North"))
    place.drop(tryback.name, tryback.read_bytes())
    (again,) = place.runs("sync") if way == "dropped" else place.runs("requeue", run["tryback"])
    assert ("store", 1, ["tryback-part"]) == (again["operation"], again["rows"]["applied"], codes(again))
    assert {"ada": "enabled", "bea": "enabled", "dan": "enabled"} == people(place)


def test_people_are_shown_it(place: Any) -> None:
    """`feed describe` and the settings know it, each object under its whole name where both dialects have one."""
    shown = place.run("feed", "describe", "college/users")
    assert (0, True, True) == (shown.code, "person_code" in shown.out, "leavers" in shown.out), shown.err
    assert 2 == place.run("feed", "describe", "users").code
    assert "college.leavers" in place.run("config", "show").out
    why = place.run("roster", "why", "user", "ada").out if send(place, "users.csv", lines(HEAD, ADA)) else ""
    assert "users.csv" in why


def test_kill_9_at_each_point_of_the_journal(place: Any, second: Any, tmp_path: Path) -> None:
    """A refresh that lets people go ends as if nothing had happened, whenever it was killed."""
    send(place, "users.csv", lines(HEAD, ADA, BEA, CID))
    send(place, "cohorts.csv", lines("team_code;person_code", "CHOIR;P1", "CHOIR;P2"))
    file = tmp_path / "users_2027.csv"
    file.write_text(lines(HEAD, "P1;ada;Ada;King;North"))
    words = ["sync", str(file), "--operation", "complete_refresh", "--option=leavers=deleted", "--option=school=North"]
    place.demand_same_end(tmp_path, *words)


def test_the_reference_tells_of_it() -> None:
    """Objects of one name stand under their whole names; the links lead there."""
    registered = (
        "import college.dialect as c, syncd.dialects.registry as r; r.DIALECTS = {**r.DIALECTS, 'college': c.COLLEGE}"
    )
    pages = "from docs.generator import command_files, options; print(command_files.page() + options.page())"
    program = f"{registered}; {pages}"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests" / "fakes")},
    )
    for expected in ("## college/users\n", "## moodle/users\n", "## enrolments\n", "(command-files.md#collegeusers)"):
        assert expected in done.stdout
    assert "| `leavers` | disabled or deleted | `disabled` |" in done.stdout

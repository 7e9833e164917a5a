"""Files of a dialect that wants them together are one run: see `batches` in tests/fakes/college."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.app import building

PEOPLE = "person_code;login;given_name;family_name;school"
TEAMS = "team_code;person_code"
ADA, BEA, CID = "P1;ada;Ada;Byron;North", "P2;bea;Bea;Cole;North", "P3;cid;Cid;Dahl;South"
MOODLE = "username;firstname;lastname;idnumber\nmia;Mia;Moodle;M1\n"
LIMITS = "[limits]\nuser.removals = { count = 10 }\ncohort_member.removals = { count = 10 }\n"
FEED = '[[feed]]\nname = "college"\nfiles = ["users*", "cohorts*"]\ndialect = "college"\n'
REFRESH = f'{FEED}operation = "complete_refresh"\n'


def lines(*rows: str) -> str:
    return "\n".join([*rows, ""])


def people(*rows: str) -> str:
    return lines(PEOPLE, *rows)


def teams(*rows: str) -> str:
    return lines(TEAMS, *rows)


@pytest.fixture
def place(home: Any, second: Any) -> Any:
    """Give a home of a syncd that knows both dialects."""
    made = type(home)(home.path, second)
    made.configure(LIMITS)
    return made


def deliver(place: Any, **files: str) -> list[dict[str, Any]]:
    """Drop files, named without their ending, and return the runs of one pass."""
    for name, content in files.items():
        place.drop(f"{name}.csv", content)
    return place.runs("sync")


def states(place: Any) -> dict[str, str]:
    """Return the state of each user, by username."""
    return {r["fields"]["username"]: r["state"] for r in place.run("roster", "list", "user", "--json").json()}


def members(place: Any) -> list[tuple[str, str]]:
    found = place.run("roster", "list", "cohort_member", "--json").json()
    return sorted((r["fields"]["cohort"], r["fields"]["user"]) for r in found)


def test_files_that_came_together_are_one_run_with_rows_findings_tryback_and_archive_for_each(place: Any) -> None:
    """The teams are planned after the people, whatever the order of the names."""
    bad = f"P4;dan;{'D' * 101};Ek;North"
    (run,) = deliver(place, cohorts=teams("CHOIR;P1", "CHOIR;P9"), users=people(ADA, BEA, bad))
    assert ("completed_with_failures", "users, cohorts") == (run["state"], run["object"])
    assert {"total": 5, "applied": 3, "unchanged": 0, "skipped": 0, "partial": 0, "failed": 2} == run["rows"]
    told = [(f["file"], f["object"], f["rows"]["applied"], f["rows"]["failed"]) for f in run["files"]]
    assert [("users.csv", "users", 2, 1), ("cohorts.csv", "cohorts", 1, 1)] == told
    found = [(f["file"], f["row"], f["line"], f["code"]) for f in run["findings"] if f["severity"] == "error"]
    assert [("users.csv", 3, 4, "value-too-long"), ("cohorts.csv", 2, 3, "unknown-user")] == found
    kept = [[(place.path / f[what]).read_text() for what in ("tryback", "archive")] for f in run["files"]]
    assert [
        [people(bad), people(ADA, BEA, bad)],
        [teams("CHOIR;P9"), teams("CHOIR;P1", "CHOIR;P9")],
    ] == kept
    assert [("CHOIR", "ada")] == members(place)
    assert (run["tryback"], run["archive"]) == (run["files"][0]["tryback"], run["files"][0]["archive"])


def test_a_row_that_misses_what_another_file_failed_to_make_says_so(place: Any) -> None:
    """Dan's row is to be mended first."""
    (run,) = deliver(place, users=people(ADA, f"P4;dan;{'D' * 101};Ek;North"), cohorts=teams("A;P1", "A;P4", "A;P9"))
    hints = [f for f in run["findings"] if f["code"] == "awaited-row"]
    assert [("cohorts.csv", 2)] == [(f["file"], f["row"]) for f in hints]
    assert "line 3 of users.csv, in the same delivery, would have made the user, but it failed; " in hints[0]["message"]


def test_the_report_tells_of_each_file(place: Any) -> None:
    """A person sees which line of which file is meant, and what to do with each tryback."""
    (run,) = deliver(place, cohorts=teams("CHOIR;P9"), users=people(ADA, "P4;ada;Dan;Ek;North"))
    report = (place.path / run["report"]).read_text()
    for expected in (
        "users.csv and 1 more → college users, cohorts",
        "users.csv line 3 (row 2) column login",
        "cohorts.csv line 2 (row 1) column person_code",
        *(f"syncd requeue {file['tryback']}" for file in run["files"]),
    ):
        assert expected in report, report
    assert "users.csv and 1 more" in place.run("runs", "list").out


def test_files_of_other_dialects_and_of_other_feeds_stay_alone(place: Any) -> None:
    """Moodle wants each of its files alone; and a feed has its own data source."""
    place.configure(f'{LIMITS}[[feed]]\nname = "hr"\nfiles = "*_hr*"\ndialect = "college"\ndata_source = "hr"\n')
    runs = deliver(place, users=people(ADA), cohorts=teams("A;P1"), users_hr=people(CID), moodle_users=MOODLE)
    told = sorted((len(run["files"]), run["dialect"], run["data_source"], run["file"]) for run in runs)
    expected = [
        (1, "college", "hr", "users_hr.csv"),
        (1, "moodle", "sis", "moodle_users.csv"),
        (2, "college", "sis", "users.csv"),
    ]
    assert expected == told


def test_a_refresh_over_several_files_lets_go_whom_none_of_them_names(place: Any) -> None:
    """Bea moved from one file to the other; Dan is in neither."""
    place.configure(LIMITS + REFRESH)
    deliver(place, users_a=people(ADA, BEA), users_b=people(CID, "P4;dan;Dan;Ek;South"), cohorts=teams("A;P1", "A;P3"))
    (run,) = deliver(place, users_a=people(ADA), users_b=people(BEA, CID), cohorts=teams("A;P3"))
    assert {"ada": "enabled", "bea": "enabled", "cid": "enabled", "dan": "disabled"} == states(place)
    assert [("A", "cid")] == members(place)
    gone = [(f["file"], f["row"], f["code"]) for f in run["findings"]]
    assert [("users_a.csv", 0, "absent-gone"), ("cohorts.csv", 0, "absent-gone")] == gone
    assert [0, 0, 0] == [file["rows"]["applied"] for file in run["files"]]


def test_one_unreadable_row_keeps_everybody_of_all_files(place: Any) -> None:
    """It may have named whoever seems to be absent from the other file."""
    place.configure(LIMITS + REFRESH)
    deliver(place, users_a=people(ADA, BEA), users_b=people(CID))
    (run,) = deliver(place, users_a=people(ADA), users_b=people(CID, "P2;bea"))
    assert {"enabled"} == set(states(place).values())
    assert "absent-unsure" in [f["code"] for f in run["findings"]]


@pytest.mark.parametrize("empty", ["users_a", "users_b"])
def test_one_empty_file_keeps_everybody_of_all_files(place: Any, empty: str) -> None:
    """An export that broke off at its start; what was in it yesterday is not absent today."""
    place.configure(LIMITS + REFRESH)
    files = {"users_a": people(ADA, BEA), "users_b": people(CID), "cohorts": teams("A;P1")}
    deliver(place, **files)
    (run,) = deliver(place, **(files | {empty: people()}))
    assert {"enabled"} == set(states(place).values())
    assert [(f"{empty}.csv", "absent-empty")] == [(f["file"], f["code"]) for f in run["findings"]]


@pytest.mark.parametrize("broken", ["nothing;like\nit;at all\n", "person_code;login\nP2;bea\n", ""])
def test_a_file_that_cannot_be_worked_fails_the_snapshot_that_came_with_it(place: Any, broken: str) -> None:
    """Bea may be in the file that nobody can read; every file goes to the archives and can be handed in again."""
    place.configure(LIMITS + REFRESH)
    deliver(place, users_a=people(ADA), users_b=people(BEA))
    (run,) = deliver(place, users_a=people(CID), users_b=broken)
    assert ("failed", {"ada": "enabled", "bea": "enabled"}) == (run["state"], states(place))
    assert {"users_b.csv"} == {f["file"] for f in run["findings"]}
    kept = [(place.path / file["archive"]).read_text() for file in run["files"]]
    assert [people(CID), broken] == kept


def test_without_a_snapshot_a_file_that_cannot_be_worked_fails_alone(place: Any) -> None:
    """Nothing of the others depends on it."""
    runs = deliver(place, users=people(ADA), cohorts=teams("A;P1"), users_b="nothing;like\nit;at all\n")
    assert {"completed": 2, "failed": 1} == {run["state"]: len(run["files"]) for run in runs}


def test_the_same_files_again_change_nothing_and_are_not_planned(place: Any) -> None:
    """Twice is once; where one of them has a new row, only that is applied."""
    first = {"users": people(ADA, BEA), "cohorts": teams("A;P1")}
    deliver(place, **first)
    (again,) = deliver(place, **first)
    assert [(2, 2), (1, 1)] == [(f["rows"]["total"], f["rows"]["unchanged"]) for f in again["files"]]
    (third,) = deliver(place, users=people(ADA, BEA), cohorts=teams("A;P1", "A;P2"))
    assert [(0, 2), (1, 1)] == [(f["rows"]["applied"], f["rows"]["unchanged"]) for f in third["files"]]


def test_rows_that_another_file_of_the_run_unsettles_are_looked_at_again(place: Any) -> None:
    """Cid's membership went with him; he comes back, and so does what the same file as before says of him."""
    place.configure(f'{LIMITS}[college]\nleavers = "deleted"\n{REFRESH}')
    deliver(place, users=people(ADA, CID), cohorts=teams("A;P1", "A;P3"))
    deliver(place, users=people(ADA))
    assert [("A", "ada")] == members(place)
    deliver(place, users=people(ADA, CID), cohorts=teams("A;P1", "A;P3"))
    assert [("A", "ada"), ("A", "cid")] == members(place)


def test_all_of_it_is_weighed_and_decided_as_one(place: Any) -> None:
    """Two leave with each file, three may go at once; on approval all of it is done."""
    place.configure(f"[limits]\nuser.removals = {{ count = 3 }}\n{REFRESH}")
    north = [f"P{n};n{n};N;N;North" for n in range(4)]
    south = [f"Q{n};q{n};S;S;South" for n in range(4)]
    deliver(place, users_a=people(*north), users_b=people(*south))
    (run,) = deliver(place, users_a=people(*north[:2]), users_b=people(*south[:2]), cohorts=teams("A;P0", "A;P9"))
    assert ("held", 4) == (run["state"], run["breaches"][0]["planned"])
    assert [0, 0, 0] == [file["rows"]["applied"] for file in run["files"]]
    assert [None] * 6 == [file[what] for file in run["files"] for what in ("tryback", "archive")]
    done = place.run("approve", str(run["id"]), "--by", "ada", "--reason", "they left")
    assert (1, 4) == (done.code, list(states(place).values()).count("disabled")), done.err
    (shown,) = place.runs("runs", "show", str(run["id"]))
    assert teams("A;P9") == (place.path / shown["files"][2]["tryback"]).read_text()
    assert ([], 3) == (place.left("state/work"), sum(bool(file["archive"]) for file in shown["files"]))


def test_a_rejected_run_leaves_every_file_in_the_archives(place: Any) -> None:
    """No file is lost."""
    place.configure(f"[limits]\nuser.removals = {{ count = 0 }}\n{REFRESH}")
    deliver(place, users=people(ADA, BEA), cohorts=teams("A;P1"))
    (run,) = deliver(place, users=people(ADA), cohorts=teams("A;P1", "B;P1"))
    place.run("reject", str(run["id"]), "--by", "ada", "--reason", "no")
    (shown,) = place.runs("runs", "show", str(run["id"]))
    assert ("rejected", [people(ADA), teams("A;P1", "B;P1")]) == (
        shown["state"],
        [(place.path / file["archive"]).read_text() for file in shown["files"]],
    )
    assert ([], [("A", "ada")]) == (place.left("state/work"), members(place))


def test_a_run_may_have_more_files_than_may_be_open_at_once(place: Any, tmp_path: Path) -> None:
    """Each is opened when it is needed; and a memory that they share is loaded once."""
    files = {f"users_{n}": people(f"P{n};n{n};N;N;North") for n in range(60)}
    for name, content in files.items():
        (tmp_path / f"{name}.csv").write_text(content)
    words = ["sync", *(str(tmp_path / f"{name}.csv") for name in files), "--home", str(place.path), "--json"]
    fakes = Path(__file__).parents[1] / "fakes"
    program = (
        "import resource, sys; import college.dialect as c, syncd.dialects.registry as r;"
        "r.DIALECTS = {**r.DIALECTS, 'college': c.COLLEGE}; import syncd.app; from syncd.cli.main import main;"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (48, 48)); sys.argv[0] = 'syncd'; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(fakes)},
    )
    (run,) = map(json.loads, done.stdout.splitlines())
    assert ("completed", 60, 60) == (run["state"], len(run["files"]), run["rows"]["applied"]), done.stderr


def test_it_is_undone_and_handed_in_again_as_one(place: Any) -> None:
    """All files of a run are one delivery again."""
    (run,) = deliver(place, users=people(ADA, BEA), cohorts=teams("A;P1"))
    place.run("undo", str(run["id"]), "--by", "ada", "--reason", "wrong")
    assert ({}, []) == (states(place), members(place))
    (again,) = place.runs("requeue", str(run["id"]))
    assert (run["id"], 2, 3) == (again["parent"], len(again["files"]), again["rows"]["applied"])
    assert [("A", "ada")] == members(place)


@pytest.mark.parametrize("way", ["requeue", "drop"])
def test_the_tryback_of_one_file_is_handed_in_by_itself(place: Any, way: str) -> None:
    """It goes back to the run, as rows of its own object; also of a refresh it lets nobody go."""
    place.configure(LIMITS + REFRESH)
    deliver(place, users=people(ADA, BEA), cohorts=teams("A;P1"))
    (run,) = deliver(place, users=people(ADA, BEA), cohorts=teams("A;P1", "A;P9"))
    tryback = place.path / run["files"][1]["tryback"]
    tryback.write_text(teams("A;P2"))
    place.drop(tryback.name, tryback.read_bytes())
    (again,) = place.runs("sync") if way == "drop" else place.runs("requeue", run["files"][1]["tryback"])
    assert (run["id"], "cohorts", "store", 1) == (
        again["parent"],
        again["object"],
        again["operation"],
        again["rows"]["applied"],
    )
    assert ([("A", "ada"), ("A", "bea")], 0) == (
        members(place),
        place.runs("runs", "show", str(run["id"]))[0]["open"],
    )


def test_why_names_file_row_and_line(place: Any) -> None:
    """Of the second file of a run, as an editor shows them."""
    deliver(place, users=people(ADA, BEA), cohorts=teams("A;P1", "A;P2"))
    (event,) = place.run("roster", "why", "cohort_member", "A/bea", "--json").json()
    assert ("cohorts.csv", 2, 3) == (event["file"], event["row"], event["line"])


def test_a_dry_run_and_a_delivery_by_hand_make_one_run_of_them(place: Any) -> None:
    """What is shown is what is done."""
    for name, content in (("users.csv", people(ADA)), ("cohorts.csv", teams("A;P1"))):
        (place.path / name).write_text(content)
    files = [str(place.path / name) for name in ("cohorts.csv", "users.csv")]
    (planned,) = place.runs("sync", *files, "--dry-run")
    (done,) = place.runs("sync", *files)
    assert [run["rows"]["applied"] for run in (planned, done)] == [2, 2]
    assert ["users.csv", "cohorts.csv"] == [file["file"] for file in done["files"]]


def test_the_files_of_a_run_go_when_their_time_has_come(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Archives and trybacks of all of them."""
    now = building.LocalClock.now
    (run,) = deliver(place, users=people(ADA, BEA), cohorts=teams("A;P9"))
    place.configure(LIMITS + '[keep]\narchives = "1d"\ntrybacks = "1d"\n')
    monkeypatch.setattr(building.LocalClock, "now", lambda clock: now(clock) + timedelta(days=2))
    with place.app() as app:
        counts = app.prune(dry_run=False).counts
    assert (2, 1, []) == (counts["archives"], counts["trybacks"], place.left("archives"))
    assert not (place.path / run["tryback"]).exists()


def test_kill_9_at_each_point_of_the_journal(place: Any, tmp_path: Path) -> None:
    """A refresh of three files, two of which leave trybacks, ends as if nothing had been, whenever it was killed."""
    deliver(place, users_a=people(ADA, BEA), users_b=people(CID), cohorts=teams("A;P1", "A;P3"))
    files = {
        "users_2027_a.csv": people("P1;ada;Ada;King;North"),
        "users_2027_b.csv": people(CID, f"P4;dan;{'D' * 101};Ek;North"),
        "cohorts_2027.csv": teams("A;P3", "A;P9"),
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    words = ["sync", *(str(tmp_path / name) for name in files), "--operation", "complete_refresh"]
    place.demand_same_end(tmp_path, *words)

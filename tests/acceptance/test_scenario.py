"""A school year in two dozen files and an archive, each dropped and dropped again: what must stand in the end."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILES = Path(__file__).with_name("scenario")
OUTCOMES = ("applied", "unchanged", "skipped", "partial", "failed")
SETTINGS = (
    '[moodle]\nuser_identifier = "idnumber"\ncohort_identifier = "{cohort}"\n[roster]\ntime_zone = "Europe/Stockholm"'
)


@dataclass(frozen=True, kw_only=True)
class Step:
    """A file, its rows by outcome, the rows by outcome of its replay, and the numbers of the rows in its tryback."""

    file: str
    first: tuple[int, int, int, int, int]
    again: tuple[int, int, int, int, int]
    back: tuple[int, ...] = ()
    cohort: str = "idnumber"


STEPS = (
    # LAT-1 comes twice: the second row renames it, by a template that the first row made.
    Step(file="01_courses.csv", first=(5, 0, 0, 0, 2), again=(0, 5, 0, 0, 2), back=(6, 7)),
    Step(file="02_courses_from_template.csv", first=(2, 0, 0, 0, 0), again=(0, 2, 0, 0, 0)),
    Step(file="03_users.csv", first=(13, 0, 0, 0, 3), again=(0, 13, 0, 0, 3), back=(14, 15, 16)),
    Step(file="04_users_update.csv", first=(8, 0, 0, 0, 1), again=(0, 8, 0, 0, 1), back=(9,)),
    Step(file="05_users_suspend.csv", first=(2, 0, 0, 0, 0), again=(0, 2, 0, 0, 0)),
    Step(file="06_cohorts.csv", first=(3, 0, 0, 0, 1), again=(0, 3, 0, 0, 1), back=(4,)),
    Step(file="07_cohorts_by_name.csv", first=(3, 0, 0, 0, 1), again=(0, 0, 0, 0, 4), back=(4,), cohort="name"),
    Step(file="06_cohorts.csv", first=(3, 0, 0, 0, 1), again=(0, 3, 0, 0, 1), back=(4,)),
    Step(file="08_cohorts_by_idnumber.csv", first=(3, 0, 0, 0, 0), again=(0, 0, 0, 0, 3)),
    Step(file="09_cohorts_with_members.csv", first=(6, 0, 0, 0, 1), again=(0, 6, 0, 0, 1), back=(7,)),
    Step(file="10_cohorts_free.csv", first=(3, 0, 0, 0, 1), again=(0, 3, 0, 0, 1), back=(4,)),
    Step(file="11_cohort_members.csv", first=(6, 0, 0, 0, 0), again=(0, 6, 0, 0, 0)),
    Step(file="12_cohort_members_leave.csv", first=(2, 0, 0, 0, 1), again=(0, 2, 0, 0, 1), back=(3,)),
    # Rows whose effect a later row takes back (add and del, add and shift) changed nothing in the end.
    Step(file="13_enrolments.csv", first=(7, 3, 0, 1, 4), again=(0, 10, 0, 1, 4), back=(3, 12, 13, 14, 15)),
    Step(file="14_users_delete.csv", first=(2, 1, 1, 0, 0), again=(0, 3, 1, 0, 0)),
    Step(file="15_deletecourses.csv", first=(3, 0, 0, 0, 1), again=(0, 0, 0, 0, 4), back=(3,)),
)
NEXT_TERM = (
    Step(file="16_metacourses.csv", first=(2, 1, 0, 0, 2), again=(0, 3, 0, 0, 2), back=(3, 4)),
    Step(file="17_cohortscourses.csv", first=(3, 0, 0, 0, 3), again=(0, 3, 0, 0, 3), back=(4, 5, 6)),
    # The last row makes its group but cites no grouping of its course; again there is nothing left that it could do.
    Step(file="18_groups.csv", first=(3, 1, 0, 1, 1), again=(0, 4, 0, 0, 2), back=(4, 6)),
    Step(file="19_groupmembers.csv", first=(3, 0, 0, 0, 2), again=(0, 3, 0, 0, 2), back=(4, 5)),
    Step(file="20_groups_update.csv", first=(2, 0, 0, 0, 1), again=(0, 2, 0, 0, 1), back=(3,)),
    Step(file="21_groupmembers_shift.csv", first=(2, 1, 0, 0, 1), again=(0, 3, 0, 0, 1), back=(4,)),
    Step(file="23_cohortscourses_leave.csv", first=(2, 1, 0, 0, 0), again=(0, 3, 0, 0, 0)),
    Step(file="24_cohortscourses_restore.csv", first=(1, 0, 0, 0, 0), again=(0, 1, 0, 0, 0)),
    Step(file="25_metacourses_leave.csv", first=(1, 0, 0, 0, 0), again=(0, 1, 0, 0, 0)),
    Step(file="26_resetcourses.csv", first=(2, 0, 0, 0, 0), again=(0, 2, 0, 0, 0)),
)
FOLLOWING = [
    *(("BOT-3", "mia.lind", "student", "CHOIR", 0), ("BOT-3", "piotr.nowak", "student", "BOT-2", 0)),
    *(("BOT-3", "ylva.berg", "student", "CHOIR", 0), ("BOT-3", "zofia.nowak", "student", "BOT-2", 0)),
    *(("BOT-3", "zofia.nowak", "teacher", "Y8", 0), ("BOT-4", "omar.haddad", "student", "Y7", 0)),
    *(("BOT-4", "piotr.nowak", "student", "BOT-2", 0), ("BOT-4", "zofia.nowak", "student", "BOT-2", 0)),
]
MEMBERS = [("Choir", "mia.lind"), ("Choir", "ylva.berg"), ("Field", "piotr.nowak")]
LOOKS: dict[str, dict[tuple[str, ...], list[tuple[Any, ...]]]] = {
    "16": {("meta_link", "master", "course"): [("BOT-2", "BOT-3"), ("BOT-2", "BOT-4")]},
    "17": {
        ("cohort_binding", "cohort", "course", "role", "method"): [
            ("CHOIR", "BOT-3", "student", "cohort"),
            ("Y7", "BOT-4", "student", "cohort"),
            ("Y8", "BOT-3", "teacher", "cohort"),
        ],
        ("group_member", "group", "user"): MEMBERS,
    },
    "18": {
        ("group", "course", "name", "description"): [
            *(("BOT-2", "Field", ""), ("BOT-3", "Choir", ""), ("BOT-3", "Lab A", "Room 12"), ("BOT-3", "Lab B", "")),
            ("BOT-4", "Lab A", ""),
        ],
        ("grouping_group", "grouping", "group"): [("LAB-B", "LAB-B"), ("LABS", "LAB-A")],
    },
    "19": {
        ("group_member", "group", "user"): [
            *MEMBERS,
            *(("LAB-A", "mia.lind"), ("LAB-A", "ylva.berg"), ("LAB-B", "piotr.nowak")),
        ]
    },
    "20": {
        ("group", "idnumber", "name", "description"): [
            *(("", "Choir", ""), ("", "Field", ""), ("LAB-A", "Lab A", ""), ("LAB-A", "Lab A (new)", "Room 14")),
            ("LAB-B", "Lab B", ""),
        ],
        ("grouping", "idnumber", "name"): [("LAB-B", "Lab B"), ("LABS", "Laboratories")],
    },
    "21": {("group_member", "group", "user"): [*MEMBERS, ("LAB-A", "mia.lind"), ("LAB-B", "ylva.berg")]},
    "24": {("cohort_binding", "cohort", "course"): [("CHOIR", "BOT-3"), ("Y7", "BOT-4")]},
    "26": {
        ("enrolment", "course", "user", "via", "status"): [
            *(("BOT-3", "mia.lind", "CHOIR", 0), ("BOT-3", "ylva.berg", "CHOIR", 0)),
            ("BOT-4", "omar.haddad", "Y7", 0),
        ],
        ("group", "course", "name"): [
            *(("BOT-3", "Choir"), ("BOT-3", "Lab A (new)"), ("BOT-3", "Lab B"), ("BOT-4", "Lab A")),
        ],
        ("grouping", "name"): [],
    },
}
"""What stands after a step: kind and fields, and the records."""
NONE_LEFT = {
    "category": ["Languages", "Nature", "Nature/Animals", "Nature/Plants", "Nature/Plants/Advanced"],
    "cohort_member": [("CHOIR", "mia.lind"), ("CHOIR", "ylva.berg"), ("Y7", "omar.haddad"), ("Y8", "zofia.nowak")],
    "enrolment": [
        ("BOT-2", "piotr.nowak", "manual", "student", 1787558400, 0),
        ("BOT-2", "zofia.nowak", "manual", "student", 1787522400, 0),
    ],
    "group": [("BOT-2", "Field")],
    "group_member": [("Field", "piotr.nowak")],
}
BEFORE_DELETING = {
    "enrolment": [
        ("BOT-1", "piotr.nowak", "student"),
        ("BOT-1", "ylva.berg", "editingteacher"),
        ("BOT-1", "zofia.nowak", "student"),
        ("BOT-2", "piotr.nowak", "student"),
        ("BOT-2", "zofia.nowak", "student"),
        ("LAT-1", "nils.ek", "teacher"),
        ("ZOO-1", "mia.lind", "student"),
    ],
    "group_member": [
        ("Bees", "mia.lind"),
        ("Field", "piotr.nowak"),
        ("North", "piotr.nowak"),
        ("North", "ylva.berg"),
        ("North", "zofia.nowak"),
        ("South", "ylva.berg"),
    ],
}


def rows_of(data: bytes) -> tuple[bytes, list[bytes]]:
    """Return the header line of a scenario file, and its rows; no value of it holds a line end."""
    lines = [line for line in data.splitlines(keepends=True) if line.strip()]
    header = next((n for n, line in enumerate(lines) if not line.startswith(b"#")), 0)
    if b";" not in lines[header] and b"," not in lines[header]:
        return b"", lines
    return lines[header], lines[header + 1 :]


def done(home, step: Step, name: str) -> dict[str, Any]:
    """Drop the file of a step, run `syncd sync`, and return its report as it stands on the disk."""
    data = (FILES / step.file).read_bytes()
    home.drop(name, data)
    (run,) = home.runs("sync")
    report = json.loads((home.path / run["report"]).with_suffix(".json").read_text("utf-8"))
    assert run == report, f"{name}: what the command prints is what it writes"
    assert data == (home.path / run["archive"]).read_bytes()
    assert sum(run["rows"][outcome] for outcome in OUTCOMES) == run["rows"]["total"]
    return run


def tryback(home, run: dict[str, Any]) -> bytes:
    return (home.path / run["tryback"]).read_bytes() if run["tryback"] else b""


def wanted_back(step: Step) -> bytes:
    header, rows = rows_of((FILES / step.file).read_bytes())
    return header + b"".join(rows[number - 1] for number in step.back) if step.back else b""


def counts(run: dict[str, Any]) -> tuple[int, ...]:
    return tuple(run["rows"][outcome] for outcome in OUTCOMES)


def play(home, database: str, steps: tuple[Step, ...] = STEPS) -> list[str]:
    """Play every step twice, first as a command; return what is not as it should be.

    The roster is looked at on the way.
    """
    wrong = []
    for number, step in enumerate(steps):
        home.configure(database + SETTINGS.format(cohort=step.cohort))
        name = f"{number:02}_{step.file[3:]}"
        first = done(home, step, name)
        if counts(first) != step.first:
            wrong.append(f"{name}: {step.first} expected, {counts(first)} found: {first['findings']}")
        if wanted_back(step) != tryback(home, first):
            wrong.append(f"{name}: {wanted_back(step)!r} expected back, {tryback(home, first)!r} found")
        before = home.roster(deleted=True)
        if step.file.startswith("14"):
            for kind, fields in (("enrolment", ("course", "user", "role")), ("group_member", ("group", "user"))):
                assert BEFORE_DELETING[kind] == home.names(kind, *fields)
        for (kind, *fields), records in LOOKS.get(step.file[:2], {}).items():
            found = home.names(kind, *fields)
            if [each[0] if len(fields) == 1 else each for each in records] != found:
                wrong.append(f"{name}: {kind} {records} expected, {found} found")
        data = (FILES / step.file).read_bytes()
        again = home.worked(f"again_{name}", data)
        if counts(again) != step.again:
            wrong.append(f"{name} again: {step.again} expected, {counts(again)} found: {again['findings']}")
        assert before == home.roster(deleted=True), f"{name} again changed the roster"
    return wrong


def test_the_scenario_ends_as_it_must_and_every_replay_changes_nothing(home, database):
    """Each object, verb and identifier of the main job, on both databases; promises 1 to 4 at every step."""
    assert [] == play(home, database)
    assert NONE_LEFT["category"] == home.names("category", "path")
    assert NONE_LEFT["cohort_member"] == home.names("cohort_member", "cohort", "user")
    assert NONE_LEFT["enrolment"] == home.names("enrolment", "course", "user", "method", "role", "starttime", "endtime")
    assert NONE_LEFT["group"] == home.names("group", "course", "name")
    assert NONE_LEFT["group_member"] == home.names("group_member", "group", "user")
    courses = home.names("course", "shortname", "fullname", "category", "template", "visible")
    assert [
        ("BOT-2", "Botany 2, field work", "Nature/Plants", "", 1),
        ("BOT-3", "Botany 3", "Nature/Plants/Advanced", "BOT-1", 0),
        ("BOT-4", 'Botany; the "green" one', "Nature/Plants/Advanced", "BOT-1", 1),
    ] == courses
    people = {user[0]: user[1:] for user in home.names("user", "username", "idnumber", "email", "suspended")}
    assert ("S-1", "ylva@school.example", 0) == people["ylva.berg"]
    assert ("", "ingrid@example.org", 0) == people["ingrid.dahl"]
    assert ("", "away1@example.org", 1) == people["away.one"]
    assert 11 == len(people)
    (zofia,) = (r["fields"] for r in home.roster("user")["user"] if r["fields"]["username"] == "zofia.nowak")
    assert ("Zofia", "pl", "PL", {"house": "Łoś"}) == (
        zofia["firstname"],
        zofia["lang"],
        zofia["country"],
        zofia["profile"],
    )


def test_next_term_brings_links_bindings_groups_pictures_and_resets(home, database, drawings):
    """What follows from them is there at every step, and goes with what made it."""
    home.configure(database + SETTINGS.format(cohort="idnumber"))
    for step in STEPS:
        if not step.file.startswith(("06", "07", "08", "10")):
            home.worked(step.file, (FILES / step.file).read_bytes())
    assert [] == play(home, database, NEXT_TERM[:2])
    assert FOLLOWING == [e for e in home.names("enrolment", "course", "user", "role", "via", "status") if e[3]]
    assert [] == play(home, database, NEXT_TERM[2:])
    pictures(home, drawings)


def pictures(home, drawings) -> None:
    """Send pictures of two people, of nobody, and of nothing; then one of them anew, which alone counts."""
    files = {"ylva.berg.png": drawings.png(1), "7b/omar.haddad.jpg": drawings.jpeg(2), "nobody.gif": drawings.gif(3)}
    files["mia.lind.webp"] = b"RIFF"
    for outcomes in ((2, 0, 0, 0, 2), (0, 2, 0, 0, 2)):
        run = home.worked("userpictures_term.zip", drawings.zipped(files))
        assert outcomes == counts(run)
        bad = [(name, files[name]) for name in ("nobody.gif", "mia.lind.webp")]
        assert bad == drawings.unzipped(tryback(home, run))
    digests = {name: hashlib.sha256(files[name]).hexdigest() for name in files}
    expected = [("omar.haddad", digests["7b/omar.haddad.jpg"]), ("ylva.berg", digests["ylva.berg.png"])]
    assert expected == home.names("picture", "user", "sha256")
    run = home.worked("userpictures_term.zip", drawings.zipped(files | {"ylva.berg.png": drawings.png(4)}))
    assert (1, 1, 0, 0, 2) == counts(run)


def test_the_command_line_shows_the_roster_that_the_scenario_left(home):
    """What scripts hold on to: one JSON object a line."""
    for step in STEPS[:5]:
        home.configure(SETTINGS.format(cohort="idnumber"))
        home.drop(step.file, (FILES / step.file).read_bytes())
    assert 1 == home.run("sync").code
    listed = home.run("roster", "list", "user", "--json").json()
    assert 13 == len(listed)
    assert {"kind", "key", "data_source", "state", "fields", "run"} == set(listed[0])
    assert {"enabled": 11, "disabled": 2} == {s: [r["state"] for r in listed].count(s) for s in ("enabled", "disabled")}
    home.drop("14_users.csv", (FILES / "14_users_delete.csv").read_bytes())
    home.run("sync")
    assert 11 == len(home.run("roster", "list", "user", "--json").json())
    assert 13 == len(home.run("roster", "list", "user", "--json", "--deleted").json())

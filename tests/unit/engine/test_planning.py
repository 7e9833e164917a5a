"""From bytes to a plan: what is looked at, what is remembered, what goes to the tryback."""

from typing import Any

import polars as pl
import pytest

from syncd.core.kinds import Kind
from syncd.engine import planning
from syncd.frames.lines import line_of

USERS = "username;firstname;lastname"
ENROLS = "cmd;cid;uid;rolename;enrol"
ANNA = "add;C1;anna;student;manual"
BERT = "add;C1;bert;student;manual"


@pytest.fixture
def place(school: Any) -> Any:
    """Give the school with anna, bert and carl, and the courses C1 and C2."""
    for name in ("anna", "bert", "carl"):
        school.user(name)
    school.course("C1")
    school.course("C2")
    return school


def rows(plan: Any) -> dict[str, int]:
    return {name: count for name, count in plan.rows.as_json().items() if count and name != "total"}


def test_rows_that_stand_are_passed_over(place: Any) -> None:
    """A file that brings one new row costs one row."""
    place.deliver("enrolments", f"{ENROLS}\n{ANNA}\n")
    before = place.roster.looked_up[Kind.ENROLMENT]
    assert {"unchanged": 1} == rows(place.deliver("enrolments", f"{ENROLS}\n{ANNA}\n"))
    assert before == place.roster.looked_up[Kind.ENROLMENT]
    assert {"unchanged": 1, "applied": 1} == rows(place.deliver("enrolments", f"{ENROLS}\n{BERT}\n{ANNA}\n"))


def test_a_row_undone_by_the_file_that_teaches_another_one_is_forgotten(place: Any) -> None:
    """Known rows must not survive a removal by the very run that learns something else."""
    place.deliver("enrolments", f"{ENROLS}\n{ANNA}\n")
    place.deliver("enrolments", f"{ENROLS}\ndel;C1;anna;;manual\n{BERT}\n")
    assert {"applied": 1} == rows(place.deliver("enrolments", f"{ENROLS}\n{ANNA}\n"))
    assert [1, 2] == place.live(Kind.ENROLMENT, "user_id")


@pytest.mark.parametrize("order", [(ANNA, "del;C1;anna;;manual"), ("del;C1;anna;;manual", ANNA)])
def test_a_known_row_is_looked_at_again_beside_a_new_one_on_the_same_record(place: Any, order: tuple[str, str]) -> None:
    """Which of the two comes later in the file decides."""
    place.deliver("enrolments", f"{ENROLS}\n{ANNA}\n")
    place.deliver("enrolments", "\n".join([ENROLS, *order, BERT, ""]))
    assert ([1] if order[1] == ANNA else []) == [u for u in place.live(Kind.ENROLMENT, "user_id") if u == 1]


def test_looking_again_goes_on_until_no_further_row_is_drawn_in(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cohort freed draws in its members, which may draw in more; in the end all rows are looked at."""
    head = "cmd;cidnumber;cname;userid"
    adding = [f"add;K{n};Name {n};{user}" for n in (1, 2) for user in ("anna", "bert")]
    for _ in range(2):
        place.deliver("cohorts", "\n".join([head, *adding, ""]))
    monkeypatch.setattr(planning, "_ROUNDS", 2)
    plan = place.deliver("cohorts", "\n".join([head, *adding[:2], "free;K1;;", *adding[2:], ""]))
    assert ({"applied": 1, "unchanged": 4}, 2) == (rows(plan), len(place.live(Kind.COHORT_MEMBER, "cohort_id")))


def test_another_file_that_changes_the_record_makes_the_row_new(place: Any) -> None:
    """A remembered hash holds only while what it made still stands."""
    place.deliver("enrolments", f"{ENROLS}\n{ANNA}\n{BERT}\n")
    place.send("users", f"{USERS};deleted\nanna;;;1")
    place.send("users", f"{USERS}\nanna;Anna;Doe")
    assert {"unchanged": 1, "applied": 1} == rows(place.deliver("enrolments", f"{ENROLS}\n{ANNA}\n{BERT}\n"))


def test_other_options_make_every_row_new(place: Any) -> None:
    """What a row means depends on how the file is read."""
    place.deliver("enrolments", f"{ENROLS}\n{ANNA}\n")
    before = place.roster.looked_up[Kind.ENROLMENT]
    place.deliver("enrolments", f"{ENROLS}\n{ANNA}\n", protect_groups=False)
    assert before < place.roster.looked_up[Kind.ENROLMENT]


def test_files_that_name_users_by_email_are_not_remembered(place: Any) -> None:
    """A second user with the address would make the row ambiguous, which no change of the first tells."""
    place.user("dora", email="d@x.org")
    plan = place.deliver("enrolments", f"{ENROLS}\nadd;C1;d@x.org;student;manual\n", user_identifier="email")
    assert (None, False, {"applied": 1}) == (plan.files[0].memory, plan.complete, rows(plan))


def test_only_failed_and_partial_rows_go_to_the_tryback(place: Any) -> None:
    """By their offsets in the file, line ends included."""
    bad = "add;C1;nobody;student;manual\r\n"
    text = f"{ENROLS}\r\n{ANNA}\r\n{bad}{BERT}\r\n"
    plan = place.deliver("enrolments", text)
    (start,), (stop,) = (part.tolist() for part in plan.files[0].spans)
    assert (bad, {"applied": 2, "failed": 1}, False) == (text[start:stop], rows(plan), plan.complete)


def test_a_file_of_which_every_row_stands_is_complete(place: Any) -> None:
    """Only then the same bytes need not be read again."""
    assert place.deliver("enrolments", f"{ENROLS}\n{ANNA}\n").complete
    assert place.deliver("enrolments", f"{ENROLS}\n{ANNA}\n{BERT}\n").complete
    assert not place.deliver("enrolments", f"{ENROLS}\n{ANNA}\ndel;C2;anna;;manual\n").complete


def test_rows_count_as_a_person_counts_them(place: Any) -> None:
    """Blank lines are no rows, and are said."""
    plan = place.deliver("enrolments", f"{ENROLS}\n\n{ANNA}\n\nadd;C1\n")
    assert (2, {"applied": 1, "failed": 1}) == (plan.rows.total, rows(plan))
    assert "lines-skipped" in plan.findings.get_column("code").to_list()


def test_a_header_alone_plans_nothing(place: Any) -> None:
    """No rows, no findings, no changes."""
    plan = place.deliver("enrolments", f"{ENROLS}\n")
    assert (0, True, True) == (plan.rows.total, plan.changes.is_empty, plan.findings.is_empty())


@pytest.mark.parametrize(
    ("object_name", "first", "second"),
    [
        ("users", f"{USERS};city\nanna;Anna;Doe;Bonn\n", f"{USERS};city\nanna;Anna;Doe;Bonn\nbert;Bert;Doe;Bonn\n"),
        ("courses", "shortname;fullname\nC1;One\n", "shortname;fullname\nC1;One\nC3;Three\n"),
        ("cohorts", "cidnumber;cname;userid\nK;Kay;anna\n", "cidnumber;cname;userid\nK;Kay;anna\nK;Kay;bert\n"),
    ],
)
def test_the_end_is_the_same_as_without_a_memory(place: Any, object_name: str, first: str, second: str) -> None:
    """The memory only saves time."""
    for text in (first, first, second, second):
        plan = place.deliver(object_name, text)
    assert ({"unchanged": 2}, True) == (rows(plan), plan.changes.is_empty)


def test_planning_the_same_file_twice_gives_the_same_digest(place: Any) -> None:
    """What a person approved must be recognised when it is planned again."""
    lines = [f"u{n};U;D;Town {n % 7};Group {n % 5}" for n in range(300)]
    text = "\n".join([f"{USERS};city;cohort", *lines, "anna;Anna;New;X;Group 1"])
    digests = {place.send("users", text, dry=True).digest for _ in range(3)}
    assert 1 == len(digests)


def test_what_an_empty_flag_means_is_asked_of_the_whole_file(school: Any) -> None:
    """A no in a row that is known to stand makes the file as clear as one in a new row."""
    known = "shortname;fullname;visible\nA;A;0\nB;B;1\n"
    school.deliver("courses", known)
    clear = school.deliver("courses", f"{known}C;C;1\nD;D;\n")
    assert ([], 2) == (clear.findings.get_column("code").to_list(), clear.rows.applied)
    unclear = school.deliver("courses", "shortname;fullname;visible\nB;B;1\nE;E;1\nF;F;\n")
    assert (["flag-unclear", "flag-unclear-new"], 1) == (
        unclear.findings.get_column("code").to_list(),
        unclear.rows.failed,
    )


def test_files_of_one_run_that_are_read_alike_are_remembered_together(place: Any) -> None:
    """What one of them changes does not make the rows of the other count as new the next time."""
    first, second = f"{USERS}\nanna;Anna;Smith\nzoe;Zoe;Smith\n", f"{USERS}\nbert;Bert;Smith\n"
    made = place.deliver("users", first, second)
    assert [2, 1] == [file.rows.applied for file in made.files]
    ((memory, _),) = place.memories.values()
    assert 3 == len(memory)
    looked_up = place.roster.looked_up[Kind.USER]
    again = place.deliver("users", first, second)
    assert ([2, 1], looked_up) == ([file.rows.unchanged for file in again.files], place.roster.looked_up[Kind.USER])


def test_rows_of_one_file_are_looked_at_again_where_another_of_the_run_unsettles_them(place: Any) -> None:
    """Anna is deleted by the first and stands in the second, whose row was known: as if one file had both rows."""
    text = f"{USERS}\nanna;Anna;Smith\n"
    place.deliver("users", text)
    made = place.deliver("users", f"{USERS};deleted\nanna;;;1\n", text)
    assert [("1.csv", 1, "user-revived")] == made.findings.select("file", "row", "code").rows()
    assert (True, {"unchanged": 2}) == (made.changes.is_empty, rows(made))


def test_findings_and_rows_of_several_files_are_told_apart(place: Any) -> None:
    """Each is numbered from 1, and row 0 is the file as a whole; elsewhere the rows are numbered through."""
    first, second = "zoe;Zoe;Smith\nBAD NAME;A;B\n", "kim;Kim;Smith\n\nWORSE ONE;A;B\n"
    made = place.deliver("users", f"{USERS}\n{first}", f"{USERS}\n{second}")
    bad = made.findings.filter(pl.col("code") == "value-username")
    assert [("0.csv", 2, 3), ("1.csv", 2, 4)] == bad.select("file", "row", "line").rows()
    assert [(1, 1), (1, 1)] == [(file.rows.applied, file.rows.failed) for file in made.files]
    assert [1, 4] == made.changes.created[Kind.USER].get_column("_row").sort().to_list()
    assert [2, 3, 4] == [line_of(made.jumps, row) for row in (1, 2)] + [line_of(made.jumps, 5)]

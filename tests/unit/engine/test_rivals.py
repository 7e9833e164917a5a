"""Rows of one file that would make one record of two, and rows whose values a later one replaces."""

from typing import Any

import pytest

from syncd.core.kinds import Kind
from syncd.dialects.moodle.kinds import GROUPING

USERS = "username;firstname;lastname;email;idnumber"
RENAME = {"allow_rename": True}
BY_NAME = {"user_identifier": "username"}
BY_MAIL = {"user_identifier": "email"}
X, W = "rows-contradict", "value-overridden"


def told(answer: Any) -> dict[int, str]:
    """Return, by row, the codes of its findings."""
    return {row: " ".join(answer.codes(row)) for row in range(1, len(answer.outcomes) + 1) if answer.codes(row)}


@pytest.mark.parametrize("options", [{}, RENAME, BY_NAME, BY_NAME | RENAME])
def test_one_idnumber_is_one_account(school: Any, options: dict[str, Any]) -> None:
    """Three people whose numbers were shortened alike are not one person with three names."""
    rows = ["anew;Anna;New;anna@x.org;7", "bold;Ben;Old;ben@x.org;7", "cday;Cleo;Day;cleo@x.org;7"]
    outcomes = [school.send("users", "\n".join([USERS, *rows]), **options) for _ in range(2)]
    assert [["applied", "failed", "failed"], ["unchanged", "failed", "failed"]] == [each.outcomes for each in outcomes]
    assert {2: X, 3: X} == told(outcomes[0])
    assert ["anew"] == school.live(Kind.USER, "username")
    assert all(word in outcomes[0].said(2) for word in ("line 2", "'anew'", "'bold'", "'7'"))


@pytest.mark.parametrize(
    ("rows", "outcomes"),
    [
        (["bold;Ben;Old;;7", "anew;Anna;New;;7"], ["failed", "unchanged"]),
        (["bold;Ben;Old;;7", "cday;Cleo;Day;;7"], ["failed", "failed"]),
        (["bold;Ben;Old;;7", "bold;Ben;Old;;7"], ["applied", "unchanged"]),
    ],
)
def test_an_idnumber_that_the_roster_knows_is_that_of_its_owner(
    school: Any, rows: list[str], outcomes: list[str]
) -> None:
    """Of several claims the one that agrees with the roster stands; where none does, no row may rename the owner."""
    school.user("anew", firstname="Anna", lastname="New", idnumber="7")
    assert outcomes == school.send("users", "\n".join([USERS, *rows]), **RENAME).outcomes


def test_an_account_that_a_row_names_is_not_renamed_by_another(school: Any) -> None:
    """The one row means it by username, the other by idnumber."""
    school.user("maud", idnumber="7")
    answer = school.send("users", f"{USERS}\nmaud;Maud;Doe;;\nother;O;O;;7", **RENAME, empty_means="keep")
    assert (["unchanged", "failed"], {2: X}) == (answer.outcomes, told(answer))


@pytest.mark.parametrize(
    ("options", "rows", "outcomes"),
    [
        # another idnumber is another person
        ({}, ["jane;Jane;Roe;;1", "jane;Joan;Poe;;2"], ["applied", "failed"]),
        (BY_NAME, ["jane;Jane;Roe;;1", "jane;Joan;Poe;;2"], ["applied", "failed"]),
        (BY_NAME, ["jane;Jane;Roe;;1", "JANE;Jane;Roe;;2"], ["applied", "failed"]),
        # without one, another name is, unless the address is the same
        ({}, ["jane;Jane;Roe;jane@x.org;", "jane;Joan;Poe;joan@x.org;"], ["applied", "failed"]),
        ({}, ["jane;Jane;Roe;;", "jane;Joan;Roe;;"], ["applied", "failed"]),
        ({}, ["jane;Jane;Roe;;1", "jane;Joan;Poe;;"], ["applied", "failed"]),
        ({}, ["jane;Jane;Roe;jane@x.org;", "jane;Jane;Poe;JANE@X.ORG;"], ["applied", "applied"]),
        ({}, ["jane;Jane;Roe;;1", "jane;Jane;Poe;;1"], ["applied", "applied"]),
        ({}, ["jane;JANE;ROE;;", "jane;Jane;Roe;;"], ["applied", "applied"]),
    ],
)
def test_one_username_is_one_person(school: Any, options: dict[str, Any], rows: list[str], outcomes: list[str]) -> None:
    """Who shares a username with an earlier row does not get its account, mail and courses."""
    answer = school.send("users", "\n".join([USERS, *rows]), **options)
    assert outcomes == answer.outcomes
    assert ("line 2" in answer.said(2)) == ("failed" in outcomes)
    assert 1 == len(school.live(Kind.USER, "id"))


def test_one_address_is_one_account_where_users_go_by_it(school: Any) -> None:
    """Elsewhere a family may share it."""
    text = f"{USERS}\nanna;Anna;Roe;roe@x.org;\nbert;Bert;Roe;ROE@x.org;"
    assert ["applied", "failed"] == school.send("users", text, **BY_MAIL, **RENAME).outcomes
    assert ["unchanged", "applied"] == school.send("users", text, **RENAME).outcomes


@pytest.mark.parametrize(
    "rows",
    [
        # renamed on purpose, then named so
        ["a;A;A;;1;;0", "b;A;A;;1;a;0", "b;A;A;;1;;0"],
        # an idnumber or a username that a deletion sets free
        ["a;A;A;;1;;0", "a;A;A;;1;;1", "b;B;B;;1;;0"],
        ["a;A;A;;1;;0", "a;A;A;;1;;1", "a;B;B;;2;;0"],
        # two people exchange their usernames by way of a third
        ["a;A;A;;1;;0", "b;B;B;;2;;0", "c;A;A;;1;a;0", "a;B;B;;2;b;0"],
        # several rows of a person, for several courses
        ["a;A;A;a@x.org;1;;0", "a;A;A;A@x.org;1;;0", "A;A;A;a@X.org;1;;0"],
    ],
)
def test_what_a_file_may_say_in_several_rows(school: Any, rows: list[str]) -> None:
    """Rows that follow each other on purpose do not contradict each other."""
    answer = school.send("users", "\n".join([f"{USERS};oldusername;deleted", *rows]), **RENAME)
    assert "failed" not in answer.outcomes, told(answer)


def test_a_name_that_was_given_up_on_purpose_is_not_taken_back_by_a_later_row(school: Any) -> None:
    """The second row still knows the person by the old username."""
    school.user("a", idnumber="1", firstname="A", lastname="A")
    answer = school.send("users", f"{USERS};oldusername\nb;A;A;;1;a\na;A;A;;1;", **RENAME)
    assert (["applied", "failed"], ["b"]) == (answer.outcomes, school.live(Kind.USER, "username"))


def test_a_row_that_is_known_is_looked_at_again_beside_one_that_claims_its_account(school: Any) -> None:
    """What is passed over as unchanged must not lose its account to a new row."""
    head, anna, ben = USERS, "anew;Anna;New;anna@x.org;7", "bold;Ben;Old;ben@x.org;7"
    school.deliver("users", f"{head}\n{anna}\n", **RENAME)
    for _ in range(2):
        made = school.deliver("users", f"{head}\n{anna}\n{ben}\n", **RENAME)
        assert (1, 1) == (made.rows.unchanged, made.rows.failed)
    assert ["anew"] == school.live(Kind.USER, "username")


@pytest.mark.parametrize(
    ("object_name", "head", "rows", "options", "kind"),
    [
        ("courses", "shortname;fullname;idnumber", ["C1;One;I;", "C2;Two;I"], {}, Kind.COURSE),
        ("courses", "shortname;fullname;idnumber", ["C1;One;I", "C2;Two;I"], {"by": "idnumber"}, Kind.COURSE),
        ("courses", "shortname;fullname;idnumber", ["C1;One;I", "C1;Two;J"], {}, Kind.COURSE),
        ("courses", "shortname;fullname;idnumber", ["C1;One;I", "C1;Two;J"], {"by": "idnumber"}, Kind.COURSE),
        ("cohorts", "cmd;cidnumber;cname;userid", ["add;N;Nurses;ann", "add;N;Doctors;bob"], {}, Kind.COHORT),
        ("cohorts", "cidnumber;cname;userid", ["N;Nurses;ann", "M;Nurses;bob"], {"by": "name"}, Kind.COHORT),
        ("groups", "courseid;name;idnumber", ["C;Lab A;L", "C;Lab B;L"], {}, Kind.GROUP),
        ("groups", "courseid;name;idnumber", ["C;Lab A;L", "C;Lab A;M"], {}, Kind.GROUP),
        ("groups", "courseid;name;idnumber;type", ["C;Labs;L;grouping", "C;L;L;grouping"], {}, GROUPING),
    ],
)
def test_one_identifier_is_one_record(
    school: Any, object_name: str, head: str, rows: list[str], options: dict[str, str], kind: Kind
) -> None:
    """The first row stands, the other one names it and does nothing, however often the file comes."""
    school.user("ann")
    school.user("bob")
    school.course("C")
    before = len(school.roster.records(kind))
    if "by" in options:
        options = {f"{object_name.removesuffix('s')}_identifier": options["by"]}
    text = "\n".join([head, *(row.rstrip(";") for row in rows)])
    for outcome in ("applied", "unchanged"):
        answer = school.send(object_name, text, **options)
        assert ([outcome, "failed"], {2: X}, True) == (answer.outcomes, told(answer), "line 2" in answer.said(2))
    assert before + 1 == len(school.roster.records(kind))
    assert [1] == (school.live(Kind.COHORT_MEMBER, "user_id") or [1])


def test_a_cohort_that_was_deleted_may_be_made_anew_under_another_name(school: Any) -> None:
    """The rows before the deletion speak of another cohort."""
    text = "cmd;cidnumber;cname\nadd;N;Nurses\ndel;N;\nadd;N;Doctors"
    assert ("failed" in school.send("cohorts", text).outcomes, ["Doctors"]) == (
        False,
        school.live(Kind.COHORT, "name"),
    )


def test_a_course_is_not_renamed_by_two_rows_at_once(school: Any) -> None:
    """The roster knows the course by a third name: neither row may have it."""
    school.course("C0", idnumber="I")
    answer = school.send("courses", "shortname;fullname;idnumber\nC1;A;I\nC2;B;I", course_identifier="idnumber")
    assert (["failed", "failed"], ["C0"]) == (answer.outcomes, school.live(Kind.COURSE, "shortname"))


@pytest.mark.parametrize(
    ("object_name", "head", "rows", "columns"),
    [
        ("users", f"{USERS};city", ["a;A;A;a@x.org;1;Rome", "a;A;B;a@x.org;1;Bonn"], ["city", "lastname"]),
        ("users", f"{USERS};suspended", ["a;A;A;;1;0", "a;A;A;;1;1"], ["suspended"]),
        ("users", f"{USERS};city", ["a;A;A;;1;Rome", "a;A;A;;1;"], ["city"]),
        ("users", f"{USERS};city", ["a;A;A;;1;", "a;A;A;;1;Rome"], []),
        ("courses", "shortname;fullname;visible", ["C1;One;1", "C1;Two;0"], ["fullname", "visible"]),
        ("cohorts", "cidnumber;cname;cdescription", ["N;Nurses;Old", "N;Nurses;New"], ["description"]),
    ],
)
def test_values_that_a_later_row_replaces_are_said(
    school: Any, object_name: str, head: str, rows: list[str], columns: list[str]
) -> None:
    """The last row counts, as row by row; the sender reads where the other value stands."""
    answer = school.send(object_name, "\n".join([head, *rows]))
    assert ["applied", "applied"] == answer.outcomes
    assert ([W] * len(columns), columns) == (answer.codes(1), sorted(answer.columns(1)))
    assert ("line 3" in answer.said(1), []) == (bool(columns), answer.codes(2))


def test_a_value_that_comes_back_in_the_last_row_is_not_replaced(school: Any) -> None:
    """Rome, Bonn, Rome: only Bonn gives way."""
    rows = [f"a;A;A;;1;{city}" for city in ("Rome", "Bonn", "Rome")]
    assert {2: W} == told(school.send("users", "\n".join([f"{USERS};city", *rows])))

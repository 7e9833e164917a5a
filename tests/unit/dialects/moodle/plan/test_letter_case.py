"""Letter case of usernames and e-mail addresses, in every file that names a user."""

from typing import Any

import pytest

from syncd.core.kinds import Kind, State
from syncd.dialects.moodle.kinds import ROLE_ASSIGNMENT

USERS = "username;firstname;lastname;email"


@pytest.fixture
def achan(school: Any) -> Any:
    """Give the school with achan (1), who is enrolled in C1 (1) with a group G (1), and a second course C2 (2)."""
    school.user("achan", email="Anne.Chan@Bücher.example")
    for name in ("C1", "C2"):
        school.course(name)
    school.enrolment(1, 1)
    school.roster.add(Kind.GROUP, course_id=1, name="G", idnumber="G")
    return school


@pytest.mark.parametrize(
    ("by", "name"),
    [
        ("username", "ACHAN"),
        ("username", "aChan"),
        ("email", "ANNE.CHAN@BÜCHER.EXAMPLE"),
        ("email", "anne.chan@xn--bcher-kva.example"),
    ],
)
@pytest.mark.parametrize(
    ("object_name", "head", "row", "made"),
    [
        ("enrolments", "cmd;cid;uid;rolename;enrol", "add;C2;{};student;manual", Kind.ENROLMENT),
        ("cohorts", "cmd;cidnumber;cname;userid", "add;NUR;Nurses;{}", Kind.COHORT_MEMBER),
        ("group_members", "cmd;courseid;groupid;userid", "add;C1;G;{}", Kind.GROUP_MEMBER),
        ("courses", "shortname;fullname;teacher1_account", "C3;Three;{}", ROLE_ASSIGNMENT),
    ],
)
def test_a_file_finds_the_user_in_any_case(
    achan: Any, object_name: str, head: str, row: str, made: Kind, by: str, name: str
) -> None:
    """A system that writes usernames in capitals writes them so in all of its files."""
    text = f"{head}\n{row.format(name)}"
    outcomes = [achan.send(object_name, text, user_identifier=by).outcomes for _ in range(2)]
    assert [["applied"], ["unchanged"]] == outcomes
    assert {1} == {record["user_id"] for record in achan.roster.records(made)}


@pytest.mark.parametrize("address", ["anne.chan@bücher.example", "Anne.Chan@xn--bcher-kva.example"])
def test_an_address_in_another_spelling_is_that_of_the_user(achan: Any, address: str) -> None:
    """It identifies the user, is stored as it was sent, and the same file again changes nothing."""
    text = f"{USERS}\nachan;Achan;Doe;{address}"
    outcomes = [achan.send("users", text, user_identifier="email").outcomes for _ in range(2)]
    assert ([["applied"], ["unchanged"]], [address]) == (outcomes, achan.live(Kind.USER, "email"))


@pytest.mark.parametrize("address", ["anne.chan@bücher.example", "ANNE.CHAN@xn--bcher-kva.example"])
def test_an_address_in_another_spelling_is_taken_for_others_alone(achan: Any, address: str) -> None:
    """Where addresses may not be shared, capitals are no way around that; the owner may respell it."""
    text = f"{USERS}\nachan;Achan;Doe;{address}\nother;O;D;{address}"
    answer = achan.send("users", text, allow_shared_emails=False)
    assert (["applied", "failed"], ["email-taken"]) == (answer.outcomes, answer.codes(2))


def test_addresses_that_differ_only_in_case_are_ambiguous(achan: Any) -> None:
    """Two people who share an address cannot be told apart by it, however each spells it."""
    achan.user("bchan", email="anne.chan@BÜCHER.example")
    answer = achan.send("users", f"{USERS}\nachan;A;D;anne.chan@bücher.example", user_identifier="email")
    assert (["failed"], ["ambiguous"]) == (answer.outcomes, answer.codes(1))


def test_two_rows_that_spell_one_address_differently_are_one_user(school: Any) -> None:
    """The second row finds the account that the first one makes."""
    text = f"{USERS}\nmaud;Maud;Leroux;maud@x.org\nmaud;Maud;Leroux;MAUD@X.ORG"
    answer = school.send("users", text, user_identifier="email")
    assert (["applied", "applied"], ["MAUD@X.ORG"]) == (answer.outcomes, school.live(Kind.USER, "email"))


def test_a_deleted_user_is_named_in_any_case(achan: Any) -> None:
    """By e-mail address as by username."""
    answer = achan.send("users", f"{USERS};deleted\nx;;;ANNE.CHAN@BÜCHER.example;1", user_identifier="email")
    assert (["applied"], [State.DELETED.value]) == (
        answer.outcomes,
        [user["state"] for user in achan.roster.records(Kind.USER, deleted=True)],
    )


def test_identifiers_of_the_sender_keep_their_case(achan: Any) -> None:
    """Only usernames and addresses are names without case."""
    achan.course("c9", idnumber="a1")
    answer = achan.send("enrolments", "cmd;cid;uid;rolename;enrol\nadd;C9;achan;student;manual")
    assert ["unknown-course"] == answer.codes(1)

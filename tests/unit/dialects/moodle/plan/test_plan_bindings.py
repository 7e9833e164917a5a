"""Cohort bindings: add, del, restore, fulldel, every role at once, and what cannot be bound."""

from typing import Any

import pytest

from syncd.dialects.moodle.kinds import COHORT_BINDING

HEAD = "cmd;cohort;course;role"


@pytest.fixture
def place(school: Any) -> Any:
    """Give the school with the cohorts Nurses, NUR (1) and Medics, MED (2), and the courses A (1) and B (2)."""
    school.cohort("Nurses", "NUR")
    school.cohort("Medics", "MED")
    school.course("A", idnumber="NA")
    school.course("B")
    return school


def bindings(place: Any) -> list[str]:
    found = place.live(COHORT_BINDING, "cohort_id", "course_id", "method", "role", "state")
    return ["{}>{} {} {} {}".format(*values) for values in found]


def bound(place: Any, **fields: Any) -> Any:
    return place.roster.one(COHORT_BINDING, **fields)


def test_add_binds_and_the_same_file_again_changes_nothing(place: Any) -> None:
    """A binding is known by cohort, course, method and role."""
    text = f"{HEAD}\nadd;NUR;A;student\nadd;NUR;A;teacher\n;MED;A;"
    assert ["applied"] * 3 == place.send("cohort_bindings", text).outcomes
    expected = ["1>1 cohort student enabled", "1>1 cohort teacher enabled", "2>1 cohort student enabled"]
    assert expected == bindings(place)
    assert ["unchanged"] * 3 == place.send("cohort_bindings", text).outcomes


def test_del_disables_and_restore_and_add_enable(place: Any) -> None:
    """The enrolments are worth keeping until somebody says fulldel."""
    place.send("cohort_bindings", f"{HEAD}\nadd;NUR;A;")
    for verb, state in (("del", "disabled"), ("restore", "enabled"), ("del", "disabled"), ("add", "enabled")):
        assert ["applied"] == place.send("cohort_bindings", f"{HEAD}\n{verb};NUR;A;").outcomes
        assert [f"1>1 cohort student {state}"] == bindings(place)
        assert ["unchanged"] == place.send("cohort_bindings", f"{HEAD}\n{verb};NUR;A;").outcomes


def test_fulldel_takes_the_binding_away(place: Any) -> None:
    """The same file again finds it gone and says so, which is no error."""
    place.send("cohort_bindings", f"{HEAD}\nadd;NUR;A;\nadd;MED;A;")
    assert ["applied"] == place.send("cohort_bindings", f"{HEAD}\nfulldel;NUR;A;").outcomes
    assert ["2>1 cohort student enabled"] == bindings(place)
    answer = place.send("cohort_bindings", f"{HEAD}\nfulldel;NUR;A;")
    assert (["unchanged"], ["binding-gone"]) == (answer.outcomes, answer.codes(1))


@pytest.mark.parametrize("role", ["student", "*"])
@pytest.mark.parametrize(
    ("verb", "outcome", "code"),
    [
        ("del", "unchanged", "binding-gone"),
        ("fulldel", "unchanged", "binding-gone"),
        ("restore", "failed", "binding-missing"),
    ],
)
def test_what_is_not_there_can_be_taken_away_but_not_restored(
    place: Any, verb: str, role: str, outcome: str, code: str
) -> None:
    """Whoever restores expects enrolments afterwards; whoever removes expects none."""
    place.send("cohort_bindings", f"{HEAD}\nadd;NUR;A;teacher") if role != "*" else None
    for _ in range(2):
        answer = place.send("cohort_bindings", f"{HEAD}\n{verb};NUR;A;{role}")
        assert ([outcome], [code]) == (answer.outcomes, answer.codes(1))
    assert ("as anything" if role == "*" else "as student") in answer.said(1)


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        ("del", ["student disabled", "teacher disabled"]),
        ("restore", ["student enabled", "teacher enabled"]),
        ("fulldel", []),
    ],
)
def test_every_role_of_the_method_is_meant_by_a_star(place: Any, verb: str, expected: list[str]) -> None:
    """Bindings by another method, or of another course, are not."""
    head = "cmd;cohort;course;role;enrol"
    place.send("cohort_bindings", f"{head}\n;NUR;A;student;\n;NUR;A;teacher;\n;NUR;A;student;manual\n;NUR;B;;")
    place.send("cohort_bindings", f"{head}\ndel;NUR;A;teacher;cohort")
    assert ["applied"] == place.send("cohort_bindings", f"{head}\n{verb};NUR;A;*;cohort").outcomes
    left = [each.removeprefix("1>1 cohort ") for each in bindings(place)]
    assert [*expected, "1>1 manual student enabled", "1>2 cohort student enabled"] == left


def test_verbs_on_one_binding_are_worked_in_the_order_of_the_file(place: Any) -> None:
    """Also where one of the rows means every role."""
    text = f"{HEAD}\nadd;NUR;A;student\nadd;NUR;A;teacher\ndel;NUR;A;*\nrestore;NUR;A;teacher\nadd;NUR;A;manager"
    assert ["applied"] * 5 == place.send("cohort_bindings", text).outcomes
    states = [each.removeprefix("1>1 cohort ") for each in bindings(place)]
    assert ["manager enabled", "student disabled", "teacher enabled"] == states


def test_a_row_taken_back_by_a_later_one_changed_nothing(place: Any) -> None:
    """Otherwise the same file would be work every night."""
    place.send("cohort_bindings", f"{HEAD}\nadd;NUR;A;")
    answer = place.send("cohort_bindings", f"{HEAD}\nfulldel;NUR;A;\nadd;NUR;A;")
    assert (["unchanged"] * 2, True) == (answer.outcomes, answer.changes.is_empty)


def test_what_a_row_does_not_say_stays(place: Any) -> None:
    """An absent column changes nothing; only `add` changes more than the state."""
    head = "cmd;cohort;course;makegroup;enrolstart;enrolend"
    place.send("cohort_bindings", f"{head}\nadd;NUR;A;1;500000050;500000090")
    place.send("cohort_bindings", f"{HEAD}\nadd;NUR;A;")
    place.send("cohort_bindings", f"{head}\nrestore;NUR;A;0;500000060;500000070")
    record = bound(place, cohort_id=1)
    assert (1, 500000050, 500000090) == (record["makegroup"], record["starttime"], record["endtime"])
    place.send("cohort_bindings", f"{head}\nadd;NUR;A;;;")
    record = bound(place, cohort_id=1)
    assert (0, 500000050, 0) == (record["makegroup"], record["starttime"], record["endtime"])


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("add;XXX;A;student;", "unknown-cohort", "cohort"),
        ("add;NUR;X;student;", "unknown-course", "course"),
        ("add;NUR;A;boss;", "unknown-role", "role"),
        ("del;NUR;A;boss;", "unknown-role", "role"),
        ("add;NUR;A;student;sync", "method-closed", "enrol"),
        ("add;NUR;A;student;meta", "binding-meta", "enrol"),
    ],
)
def test_what_is_not_known_fails_the_row(place: Any, row: str, code: str, column: str) -> None:
    """It goes to the tryback; the other rows are worked."""
    answer = place.send("cohort_bindings", f"cmd;cohort;course;role;enrol\n{row}\nadd;MED;B;;")
    assert (["failed", "applied"], [code], [column]) == (answer.outcomes, answer.codes(1), answer.columns(1))
    assert ["2>2 cohort student enabled"] == bindings(place)


def test_a_name_that_several_cohorts_have_fails_the_row(place: Any) -> None:
    """Names are not unique; the first one found would be a guess."""
    place.cohort("Nurses", "NU2")
    answer = place.send("cohort_bindings", f"{HEAD}\nadd;Nurses;A;\nadd;Medics;A;", cohort_identifier="name")
    assert (["failed", "applied"], ["ambiguous"]) == (answer.outcomes, answer.codes(1))


def test_records_are_named_by_the_configured_identifiers(place: Any) -> None:
    """As in every file that names them."""
    said = {"cohort_identifier": "id", "course_identifier": "idnumber", "role_identifier": "id"}
    place.send("cohort_bindings", f"{HEAD}\nadd;2;NA;4\nadd;2;NA;", **said)
    assert ["2>1 cohort student enabled", "2>1 cohort teacher enabled"] == bindings(place)


def test_a_row_that_may_not_do_it_all_does_nothing(place: Any) -> None:
    """Promise 7: one of the roles is another source's, so a row that means every role is refused as a whole."""
    place.send("cohort_bindings", f"{HEAD}\nadd;NUR;A;teacher", source="other")
    place.send("cohort_bindings", f"{HEAD}\nadd;NUR;A;student")
    answer = place.send("cohort_bindings", f"{HEAD}\nfulldel;NUR;A;*")
    assert (["failed"], ["not-yours"]) == (answer.outcomes, answer.codes(1))
    assert 2 == len(bindings(place))
    assert ["unchanged"] == place.send("cohort_bindings", f"{HEAD}\nrestore;NUR;A;*").outcomes
    assert ["applied"] == place.send("cohort_bindings", f"{HEAD}\nfulldel;NUR;A;*", others=True).outcomes

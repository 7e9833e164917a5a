"""What happened to a record."""

from typing import Any

from syncd.core.kinds import Kind

KEY = {"course_id": 1, "user_id": 1, "method": "manual", "role": "student", "via": 0}


def test_history_tells_creation_and_changes_in_order(school: Any) -> None:
    """The help desk's first question: why is it so? Of a secret it says only that it differs."""
    city = school.change(Kind.USER, {"id": 1, "city": "Umeå", "password_mark": "secret"})
    gone = school.change(Kind.USER, {"id": 1, "state": "deleted"}, action="deleted")
    seq = school.store.seq()
    common = {"kind": "user", "key": "1", "record": "1", "via": {}}
    nothing: dict[str, Any] = {"before": {}, "after": {}, "hidden": []}
    moved = {"before": {"city": None}, "after": {"city": "Umeå"}, "hidden": ["password_mark"]}
    died = {"before": {"state": "enabled"}, "after": {"state": "deleted"}, "hidden": []}
    assert [
        common | {"action": "created", "run": 1, "row": None, "seq": None} | nothing,
        common | {"action": "updated", "run": city.id, "row": 1, "seq": seq - 1} | moved,
        common | {"action": "deleted", "run": gone.id, "row": 1, "seq": seq} | died,
    ] == school.store.history(Kind.USER, "anna")


def test_history_of_a_link_is_found_by_its_printed_key(school: Any) -> None:
    """Changes are stored by ids, people ask by names."""
    school.change(Kind.ENROLMENT, KEY | {"endtime": 9})
    events = school.store.history(Kind.ENROLMENT, "anna/PH/1/manual/student")
    assert [("created", "1/1/manual/student/0"), ("updated", "1/1/manual/student/0")] == [
        (event["action"], event["record"]) for event in events
    ]


def test_history_names_what_a_record_refers_to(school: Any) -> None:
    """A course moved from one category to another; nobody knows their numbers."""
    school.change(Kind.COURSE, {"id": 1, "category_id": 1})
    school.change(Kind.COURSE, {"id": 1, "category_id": None})
    moves = [(e["before"], e["after"]) for e in school.store.history(Kind.COURSE, "PH/1")[1:]]
    assert [
        ({"category": "Sciences/Physics"}, {"category": "Sciences"}),
        ({"category": "Sciences"}, {"category": None}),
    ] == moves


def test_history_shows_only_what_differs_in_this_record(school: Any) -> None:
    """The changes of a run name the columns that moved in any of its records."""
    school.change(Kind.USER, {"id": 1, "city": "Umeå"}, {"id": 2, "lang": "sv"})
    assert {"city": "Umeå"} == school.store.history(Kind.USER, "anna")[-1]["after"]


def test_history_names_what_makes_an_enrolment(school: Any) -> None:
    """It cannot be understood without the binding or the link."""
    of_cohort = {"course_id": 2, "user_id": 1, "method": "cohort", "role": "student", "via": 1}
    of_meta = {"course_id": 1, "user_id": 1, "method": "meta", "role": "student", "via": 2}
    school.create(Kind.ENROLMENT, of_cohort, of_meta)
    makers = [
        school.store.history(Kind.ENROLMENT, f"anna/{rest}")[0]["via"]
        for rest in ("PH2/cohort/student", "PH/1/meta/student", "PH2/manual/student")
    ]
    assert [
        {"kind": "cohort_binding", "key": "c-1/PH2/cohort/student"},
        {"kind": "meta_link", "key": "PH/1/PH2"},
        {},
    ] == makers

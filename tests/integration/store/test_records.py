"""Records as contract JSON."""

import json
from typing import Any

import pytest

from syncd.core.kinds import SPECS, Kind
from syncd.dialects.moodle.kinds import COHORT_BINDING, GROUPING, GROUPING_GROUP, META_LINK, ROLE_ASSIGNMENT
from syncd.frames.changes import ChangeSet
from syncd.store import records

KEYS = {
    Kind.CATEGORY: ["Sciences", "Sciences/Physics"],
    Kind.COURSE: ["1", "2"],
    META_LINK: ["PH/1/PH2"],
    Kind.USER: ["1", "2"],
    Kind.PICTURE: ["anna"],
    Kind.COHORT: ["1", "2"],
    Kind.COHORT_MEMBER: ["c-1/anna", "Second/bo"],
    COHORT_BINDING: ["c-1/PH2/cohort/student"],
    Kind.ENROLMENT: ["anna/PH/1/manual/student", "anna/PH2/manual/student"],
    ROLE_ASSIGNMENT: ["bo/PH/1/teacher"],
    Kind.GROUP: ["1", "2"],
    GROUPING: ["1"],
    GROUPING_GROUP: ["col/Blue"],
    Kind.GROUP_MEMBER: ["Blue/anna", "Blue/anna"],
}


def test_a_user_shows_its_fields_and_no_secret(school: Any) -> None:
    """Names and forms are the contract's: others' scripts read them."""
    user = next(school.store.records(Kind.USER))
    empty = ("lang", "country", "city", "timezone", "institution", "department", "phone1", "phone2", "address", "url")
    unset = ("maildisplay", "maildigest", "mailformat", "htmleditor", "autosubscribe", "trackforums", "mnethostid")
    known = {"username": "anna", "idnumber": "P1", "email": "anna@example.org", "profile": {"house": "Blue"}}
    blank = dict.fromkeys(["firstname", "lastname", "auth", *empty, "icq", "description"], "") | dict.fromkeys(unset)
    assert {
        "kind": "user",
        "key": "1",
        "data_source": "sis",
        "state": "enabled",
        "fields": known | blank | {"suspended": 0},
        "run": 1,
    } == user
    assert "mark" not in json.dumps(list(school.store.records(Kind.USER)))


def test_a_disabled_user_is_suspended(school: Any) -> None:
    """Moodle's word for the state."""
    bo = school.store.record(Kind.USER, "bo")[0]
    assert ("disabled", 1) == (bo["state"], bo["fields"]["suspended"])


def test_references_are_written_as_people_name_them(school: Any) -> None:
    """Nobody knows ids by heart."""
    shown = {kind: [record["fields"] for record in school.store.records(kind)] for kind in SPECS}
    assert ["", "Sciences"] == [fields["parent"] for fields in shown[Kind.CATEGORY]]
    assert {"Sciences/Physics"} == {fields["category"] for fields in shown[Kind.COURSE]}
    assert [["Light", "Heat"], []] == [fields["topics"] for fields in shown[Kind.COURSE]]
    assert [
        {"cohort": "c-1", "user": "anna"},
        {"cohort": "Second", "user": "bo"},
    ] == shown[Kind.COHORT_MEMBER]
    assert {
        "user": "anna",
        "course": "PH/1",
        "method": "manual",
        "role": "student",
        "starttime": 1700000000,
        "endtime": None,
        "status": 0,
        "via": "",
    } == shown[Kind.ENROLMENT][0]
    assert [{"course": "PH/1", "user": "bo", "role": "teacher"}] == shown[ROLE_ASSIGNMENT]
    assert ["PH/1", "PH2"] == [fields["course"] for fields in shown[Kind.GROUP]]
    assert {"group": "Blue", "user": "anna", "course": "PH/1", "component": ""} == shown[Kind.GROUP_MEMBER][0]


def test_an_enrolment_names_what_makes_it(school: Any) -> None:
    """It goes with the cohort's binding or the meta link, and nobody must remove it by hand."""
    derived = [{"course_id": 1, "method": "meta", "via": 2}, {"course_id": 2, "method": "cohort", "via": 1}]
    frame = school.frame(Kind.ENROLMENT, *({"user_id": 1, "role": "student"} | each for each in derived))
    school.store.apply(ChangeSet(created={Kind.ENROLMENT: frame}), school.run(), {})
    made = {record["key"]: record["fields"]["via"] for record in school.store.records(Kind.ENROLMENT)}
    assert ("PH2", "c-1") == (made["anna/PH/1/meta/student"], made["anna/PH2/cohort/student"])


@pytest.mark.parametrize("kind", SPECS)
def test_a_record_is_found_by_the_key_under_which_it_is_listed(school: Any, kind: Kind) -> None:
    """What `roster list` prints can be given to `roster show`, also where a name holds the separator."""
    listed = list(school.store.records(kind))
    assert KEYS[kind] == [record["key"] for record in listed]
    assert all(record in school.store.record(kind, record["key"]) for record in listed)


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (Kind.USER, "P1"),
        (Kind.USER, "anna@example.org"),
        (Kind.COURSE, "PH/1"),
        (Kind.COHORT, "c-1"),
        (Kind.COHORT, "First"),
        (Kind.CATEGORY, "1"),
    ],
)
def test_a_record_is_found_by_any_of_its_identifiers(school: Any, kind: Kind, key: str) -> None:
    """The help desk has what the caller says."""
    assert [next(school.store.records(kind))] == school.store.record(kind, key)


@pytest.mark.parametrize("key", ["nobody", "", "99999999999999999999", "anna/", "²"])
def test_a_strange_key_finds_nothing(school: Any, key: str) -> None:
    """Neither an error nor another's record."""
    assert ([], []) == (school.store.record(Kind.USER, key), school.store.record(Kind.ENROLMENT, key))


def test_a_key_that_means_several_finds_them_live_ones_first(school: Any) -> None:
    """A username that was given up and taken again names two people."""
    school.change(Kind.USER, {"id": 1, "state": "deleted"}, action="deleted")
    school.create(Kind.USER, {"id": 3, "username": "anna"}, {"id": 4, "username": "fourth", "idnumber": "3"})
    assert [("3", "enabled"), ("1", "deleted")] == [
        (r["key"], r["state"]) for r in school.store.record(Kind.USER, "anna")
    ]
    assert ["3", "4"] == [record["key"] for record in school.store.record(Kind.USER, "3")]
    assert 2 == len(school.store.record(Kind.GROUP_MEMBER, "Blue/anna"))


def test_deleted_records_are_listed_on_request_only(school: Any) -> None:
    """They stay in the table for history and undo."""
    school.change(Kind.USER, {"id": 1, "state": "deleted"}, action="deleted")
    live = [record["key"] for record in school.store.records(Kind.USER)]
    assert (["2"], ["1", "2"]) == (live, [record["key"] for record in school.store.records(Kind.USER, deleted=True)])


def test_a_listing_goes_on_over_its_pages(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page ends in the middle of a course's enrolments; none may be left out or come twice."""
    monkeypatch.setattr(records, "PAGE_ROWS", 7)
    scene.create(Kind.USER, *({"id": id, "username": f"u{id}"} for id in range(1, 11)))
    scene.create(Kind.COURSE, *({"id": id, "shortname": f"c{id}"} for id in range(1, 8)))
    keys = [(course, user) for course in range(1, 8) for user in range(1, 11)]
    scene.create(
        Kind.ENROLMENT,
        *({"course_id": c, "user_id": u, "method": "manual", "role": "student"} for c, u in keys),
    )
    listed = [record["key"] for record in scene.store.records(Kind.ENROLMENT)]
    assert [f"u{user}/c{course}/manual/student" for course, user in keys] == listed


def test_other_work_goes_on_in_the_middle_of_a_listing(school: Any) -> None:
    """A listing that is read slowly must hold no lock."""
    listing = school.store.records(Kind.USER)
    next(listing)
    school.create(Kind.USER, {"id": 9, "username": "new"})
    assert 3 == school.store.population()[Kind.USER]

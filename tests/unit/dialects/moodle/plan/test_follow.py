"""Enrolments that follow members, bindings and links, whatever file changes these."""

from typing import Any

import pytest

from syncd.core.kinds import Kind
from syncd.dialects.moodle.kinds import COHORT_BINDING, GROUPING, GROUPING_GROUP, META_LINK

NOW = 1_700_000_000
ENROL = "cmd;cid;uid;rolename;enrol"


# cohorts


def test_members_are_enrolled_by_the_binding_and_it_is_the_row_that_did_it(place: Any) -> None:
    """The binding's row, not the members', brings them in; the same file again does nothing."""
    place.roster.add(Kind.COHORT_MEMBER, cohort_id=1, user_id=2)
    answer = place.bind("add;NUR;B;teacher", "add;NUR;A;")
    assert ["A anna cohort student 1", "A bert cohort student 1", "B anna cohort teacher 1"] == place.enrolments()[:3]
    made = answer.changes.created[Kind.ENROLMENT].sort("course_id", "user_id")
    assert [2, 2, 1, 1] == made.get_column("_row").to_list()
    assert place.bind("add;NUR;B;teacher", "add;NUR;A;").changes.is_empty


def test_who_joins_or_leaves_the_cohort_follows(place: Any) -> None:
    """Twenty files a night change members; nobody sends the bindings again."""
    place.bind("add;NUR;A;", "add;NUR;B;teacher")
    answer = place.members("add;NUR;;bert", "del;NUR;;anna")
    assert ["applied"] * 2 == answer.outcomes
    assert ["A bert cohort student 1", "B bert cohort teacher 1"] == place.enrolments()
    assert [1, 1] == answer.changes.created[Kind.ENROLMENT].get_column("_row").to_list()
    assert [2, 2] == answer.changes.changed[Kind.ENROLMENT].get_column("_row").to_list()
    place.members("free;NUR;;")
    assert [] == place.enrolments()


def test_a_users_file_can_bring_people_into_a_bound_cohort(place: Any) -> None:
    """Whatever the file, whoever is a member is enrolled."""
    place.bind("add;NUR;A;")
    place.send("users", "username;firstname;lastname;cohort\nbert;Bert;Doe;Nurses")
    assert ["A anna cohort student 1", "A bert cohort student 1"] == place.enrolments()


def test_a_member_taken_out_and_put_in_again_by_one_file_stays_as_it_was(place: Any) -> None:
    """A feed that frees the cohort first and fills it again must not unenrol anybody."""
    place.bind("add;NUR;A;")
    answer = place.members("free;NUR;;", "add;NUR;;anna")
    assert (["unchanged"] * 2, True) == (answer.outcomes, answer.changes.is_empty)


def test_a_disabled_binding_disables_its_enrolments(place: Any) -> None:
    """They stay, with what hangs on them; new members wait as well."""
    place.bind("add;NUR;A;")
    answer = place.bind("del;NUR;A;")
    assert 1 == answer.changes.counts()[Kind.ENROLMENT].disabled
    place.members("add;NUR;;bert")
    assert ["A anna cohort student 1 off", "A bert cohort student 1 off"] == place.enrolments()
    assert [1, 1] == place.live(Kind.ENROLMENT, "status")
    place.bind("restore;NUR;A;")
    assert ["A anna cohort student 1", "A bert cohort student 1"] == place.enrolments()
    assert [0, 0] == place.live(Kind.ENROLMENT, "status")


def test_fulldel_takes_the_enrolments_along_and_only_those(place: Any) -> None:
    """Another role, another cohort, and what somebody enrolled by hand are other enrolments."""
    place.members("add;MED;Medics;anna")
    place.bind("add;NUR;A;", "add;NUR;A;teacher", "add;MED;A;")
    place.enrol("add;A;anna;student;manual")
    place.bind("fulldel;NUR;A;student")
    assert ["A anna cohort student 2", "A anna cohort teacher 1", "A anna manual student 0"] == place.enrolments()


def test_enrolments_files_cannot_touch_what_follows(place: Any) -> None:
    """They name the methods cohort and meta in vain, and `del` of another method leaves it."""
    place.bind("add;NUR;A;")
    answer = place.enrol("del;A;anna;;cohort", "add;A;bert;student;cohort", "add;A;bert;student;meta")
    assert (["failed"] * 3, {"unknown-method"}) == (answer.outcomes, set(answer.findings.get_column("code")))
    assert ["unchanged"] == place.enrol("del;A;anna;;manual").outcomes
    assert ["A anna cohort student 1"] == place.enrolments()


def test_times_of_the_binding_are_those_of_its_enrolments(place: Any) -> None:
    """Also of members who come later; without them an enrolment begins when it is made and has no end."""
    head = "cohort;course;enrolstart;enrolend"
    place.bind("NUR;A;500000050;500000090", "NUR;B;;", head=head)
    place.members("add;NUR;;bert")
    times = place.live(Kind.ENROLMENT, "course_id", "starttime", "endtime")
    assert [(1, 500000050, 500000090), (1, 500000050, 500000090), (2, NOW, 0), (2, NOW, 0)] == times
    place.bind("NUR;A;500000060;", head=head)
    assert [(1, 500000060, 0), (1, 500000060, 0)] == place.live(Kind.ENROLMENT, "course_id", "starttime", "endtime")[:2]


def test_what_follows_asks_nobody_whose_it_is(place: Any) -> None:
    """The cohort's source puts people in and out; that the binding is another's is no obstacle."""
    place.bind("add;NUR;A;", source="other")
    place.members("del;NUR;;anna", "add;NUR;;bert")
    assert ["A bert cohort student 1"] == place.enrolments()


# masters


def test_who_is_enrolled_in_the_master_is_enrolled_in_the_meta_course(place: Any) -> None:
    """With the same role and times, by the method meta; not what comes by meta itself."""
    place.enrolment(1, 1, starttime=5, endtime=9)
    answer = place.link("add;A;B", "add;B;C")
    assert ["A anna manual student 0", "B anna meta student 1"] == place.enrolments()
    assert [(5, 9), (5, 9)] == place.live(Kind.ENROLMENT, "starttime", "endtime")
    assert [1] == answer.changes.created[Kind.ENROLMENT].get_column("_row").to_list()
    assert place.link("add;A;B", "add;B;C").changes.is_empty


def test_enrolments_in_the_master_are_followed(place: Any) -> None:
    """Add, shift and del."""
    place.link("add;A;B", "add;A;C")
    place.enrol("add;A;anna;student;manual", "add;A;bert;student;manual")
    place.enrol("shift;A;anna;teacher;manual", "del;A;bert;;manual")
    assert ["A anna manual teacher 0", "B anna meta teacher 1", "C anna meta teacher 1"] == place.enrolments()


def test_a_meta_course_has_its_own_enrolments_beside(place: Any) -> None:
    """Two masters, or a direct enrolment: each goes alone."""
    place.enrol("add;A;anna;student;manual", "add;B;anna;student;manual", "add;C;anna;student;manual")
    place.link("add;A;C", "add;B;C")
    place.enrol("del;A;anna;;manual")
    assert ["B anna manual student 0", "C anna manual student 0", "C anna meta student 2"] == place.enrolments()


def test_a_disabled_link_disables_its_enrolments_and_add_enables_them(place: Any) -> None:
    """Appendix C: del disables, add revives."""
    place.enrol("add;A;anna;student;manual")
    place.link("add;A;B")
    place.link("del;A;B")
    place.enrol("add;A;bert;student;manual")
    assert ["B anna meta student 1 off", "B bert meta student 1 off"] == place.enrolments()[2:]
    place.link("add;A;B")
    assert ["B anna meta student 1", "B bert meta student 1"] == place.enrolments()[2:]


def test_a_cohort_change_goes_on_into_meta_courses(place: Any) -> None:
    """Cohort, enrolment, meta: in one file, by one row."""
    place.link("add;A;B")
    place.bind("add;NUR;A;")
    assert ["A anna cohort student 1", "B anna meta student 1"] == place.enrolments()
    answer = place.members("add;NUR;;anna", "add;NUR;;bert")
    assert [2, 2] == answer.changes.created[Kind.ENROLMENT].get_column("_row").to_list()
    place.bind("del;NUR;A;")
    assert ["B anna meta student 1 off", "B bert meta student 1 off"] == place.enrolments()[2:]
    place.bind("fulldel;NUR;A;")
    assert [] == place.enrolments()


def test_one_enabled_enrolment_in_the_master_is_enough(place: Any) -> None:
    """The meta enrolment stands once for each role, from the first beginning of those that count to the last end."""
    head = "cohort;course;enrolstart;enrolend"
    place.bind("NUR;A;500000050;500000090", head=head)
    place.enrolment(1, 1, starttime=500000070, endtime=500000100)
    place.link("add;A;B")
    assert (500000050, 500000100) == tuple(
        place.roster.one(Kind.ENROLMENT, method="meta")[c] for c in ("starttime", "endtime")
    )
    place.bind("del;NUR;A;")
    assert (500000070, 500000100) == tuple(
        place.roster.one(Kind.ENROLMENT, method="meta")[c] for c in ("starttime", "endtime")
    )
    assert "B anna meta student 1" in place.enrolments()
    place.enrol("del;A;anna;;manual")
    assert "B anna meta student 1 off" in place.enrolments()


# what is deleted


def test_a_deleted_cohort_takes_bindings_and_enrolments_along(place: Any) -> None:
    """And the memberships in the groups that followed; and the row that deleted it did so."""
    place.bind("NUR;A;1", "NUR;B;", head="cohort;course;makegroup")
    answer = place.members("add;MED;Medics;", "del;NUR;;")
    assert ([], [], []) == (place.enrolments(), place.groups(), place.live(COHORT_BINDING, "role"))
    assert [2, 2] == answer.changes.changed[Kind.ENROLMENT].get_column("_row").to_list()


@pytest.mark.parametrize("gone", ["A", "B"])
def test_a_deleted_course_takes_links_on_either_side_along(place: Any, gone: str) -> None:
    """The master's deletion unenrols people elsewhere."""
    place.enrol("add;A;anna;student;manual")
    place.link("add;A;B")
    place.bind(f"add;NUR;{gone};")
    place.send("courses_delete", gone)
    assert ([], []) == (place.live(META_LINK, "state"), place.live(COHORT_BINDING, "state"))
    assert (["A anna manual student 0"] if gone == "B" else []) == place.enrolments()


def test_a_deleted_course_takes_its_groupings_along(place: Any) -> None:
    """Nothing may refer to a course that is gone."""
    group = place.roster.add(Kind.GROUP, course_id=1, name="G")
    grouping = place.roster.add(GROUPING, course_id=1, name="GG")
    place.roster.add(GROUPING_GROUP, grouping_id=grouping, group_id=group, course_id=1)
    place.send("courses_delete", "A")
    for kind in (Kind.GROUP, GROUPING, GROUPING_GROUP):
        assert [] == place.live(kind, "state")


def test_a_deleted_user_is_in_nothing_that_follows(place: Any) -> None:
    """Nor is there a picture of nobody."""
    place.roster.add(Kind.PICTURE, user_id=1, sha256="0", type="png", bytes=1)
    place.link("add;A;B")
    place.bind("NUR;A;1", head="cohort;course;makegroup")
    place.send("users", "username;firstname;lastname;deleted\nanna;A;D;1")
    assert ([], [], []) == (place.enrolments(), place.groups(), place.live(Kind.PICTURE, "type"))


# what it costs, and what is remembered


def test_where_nothing_is_bound_or_linked_nothing_is_looked_up(place: Any) -> None:
    """The speed of a big load must not suffer from what the school does not use."""
    place.members("add;NUR;;bert")
    place.enrol("add;A;anna;student;manual")
    kinds = {COHORT_BINDING, META_LINK, Kind.GROUP}
    assert not kinds & set(place.roster.looked_up)


def test_a_file_that_changes_nothing_looks_nothing_up(place: Any) -> None:
    """Also where there are bindings and links."""
    place.bind("add;NUR;A;")
    place.link("add;A;B")
    place.members("add;NUR;;bert")
    place.roster.looked_up.clear()
    place.members("add;NUR;;bert")
    assert not {COHORT_BINDING, META_LINK, Kind.ENROLMENT} & set(place.roster.looked_up)


def test_rows_count_as_new_where_following_touched_what_they_watch(place: Any) -> None:
    """Bert leaves the groups with his last enrolment; his row of the enrolments file puts him back. Others rest."""
    place.send("enrolments", f"{ENROL};gcmd;g1\nadd;A;cleo;student;manual;gaddcreate;G")
    text = "cmd;cid;uid;rolename;gcmd;g1\nadd;A;bert;teacher;gadd;G\nadd;A;anna;teacher;gadd;G\n"
    assert (2, 0) == (place.deliver("enrolments", text).rows.applied, place.deliver("enrolments", text).rows.applied)
    place.members("del;NUR;;anna", "add;NUR;;bert")
    place.bind("add;NUR;A;")
    assert 0 == place.deliver("enrolments", text).rows.applied
    place.members("del;NUR;;bert")
    assert ["A G 1 syncd", "A G 3 syncd"] == place.groups()
    assert 1 == place.deliver("enrolments", text).rows.applied
    assert ["A G 1 syncd", "A G 2 syncd", "A G 3 syncd"] == place.groups()

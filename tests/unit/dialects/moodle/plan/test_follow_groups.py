"""Groups that follow cohort bindings: made, filled and let go as members and bindings change."""

from typing import Any

from syncd.core.kinds import Kind

ENROL = "cmd;cid;uid;rolename;enrol"
RESET = "shortname;events;logs;notes;grades;roles;local_roles;groups;groupings"


def test_makegroup_keeps_a_group_named_as_the_cohort(place: Any) -> None:
    """It is made even where the cohort is empty, and filled as members come and go."""
    head = "cohort;course;makegroup"
    place.bind("NUR;A;1", "NUR;B;0", head=head)
    assert ["A Nurses 1 enrol_cohort"] == place.groups()
    place.members("add;NUR;;bert", "del;NUR;;anna", "add;MED;Medics;")
    assert ["A Nurses 2 enrol_cohort"] == place.groups()
    assert place.bind("NUR;A;1", "NUR;B;0", head=head).changes.is_empty
    place.bind("MED;C;1", head=head)
    assert [(1, "Nurses"), (3, "Medics")] == place.live(Kind.GROUP, "course_id", "name")


def test_a_group_ceases_to_be_kept_but_stays(place: Any) -> None:
    """Others may be in it: those whom a file put there stay."""
    head = "cohort;course;makegroup"
    place.bind("NUR;A;1", head=head)
    place.send("enrolments", f"{ENROL};gcmd;g1\nadd;A;bert;student;manual;gadd;Nurses")
    place.bind("NUR;A;0", head=head)
    assert ["A Nurses 2 syncd"] == place.groups()
    place.bind("NUR;A;1", head=head)
    place.members("add;NUR;;bert")
    place.bind("fulldel;NUR;A;")
    assert (["A Nurses 2 syncd"], ["Nurses"]) == (place.groups(), place.live(Kind.GROUP, "name"))


def test_two_bindings_may_keep_one_group(place: Any) -> None:
    """As student and as teacher: while one of them stands, so does the membership."""
    head = "cmd;cohort;course;role;makegroup"
    place.bind("add;NUR;A;student;1", "add;NUR;A;teacher;1", head=head)
    place.bind("fulldel;NUR;A;student;", head=head)
    assert ["A Nurses 1 enrol_cohort"] == place.groups()
    place.bind("fulldel;NUR;A;teacher;", head=head)
    assert [] == place.groups()


def test_a_reset_leaves_members_that_follow_in_their_group(place: Any) -> None:
    """The cohort keeps them there; those whom a file put there go."""
    place.bind("NUR;A;1", head="cohort;course;makegroup")
    place.send("enrolments", f"{ENROL};gcmd;g1\nadd;A;bert;student;manual;gadd;Nurses")
    place.send("courses_reset", f"{RESET}\nA;no;no;no;none;none;none;members;none")
    assert ["A Nurses 1 enrol_cohort"] == place.groups()


def test_a_group_that_a_reset_took_is_made_anew_for_all_when_the_next_member_comes(place: Any) -> None:
    """Until then it stays away, as the reset wanted it; half a group would be worse than none."""
    place.members("add;MED;Nurses;cleo")
    place.bind("NUR;A;1", "MED;A;1", head="cohort;course;makegroup")
    assert 2 == len(place.groups())
    reset = f"{RESET}\nA;no;no;no;none;none;none;all;none"
    place.send("courses_reset", reset)
    assert ([], []) == (place.groups(), place.live(Kind.GROUP, "name"))
    place.members("del;NUR;;anna")
    assert [] == place.live(Kind.GROUP, "name")
    place.members("add;NUR;;bert")
    assert ["A Nurses 2 enrol_cohort", "A Nurses 3 enrol_cohort"] == place.groups()


def test_the_group_of_a_renamed_cohort_is_another_one(place: Any) -> None:
    """The group is found by the cohort's name."""
    place.bind("NUR;A;1", head="cohort;course;makegroup")
    place.members("add;NUR;Carers;")
    assert ["A Carers 1 enrol_cohort"] == place.groups()


def test_who_leaves_the_last_enrolment_leaves_the_groups_of_the_course(place: Any) -> None:
    """As the platform does; who has another enrolment stays in the groups that files gave."""
    place.bind("add;NUR;A;")
    head = "cmd;cid;uid;rolename;enrol;gcmd;g1"
    place.send("enrolments", f"{head}\nadd;A;bert;student;manual;gaddcreate;G\nadd;A;anna;teacher;manual;gadd;G")
    place.send("enrolments", f"{head}\ndel;A;anna;;manual;;\n")
    place.members("add;NUR;;bert")
    assert ["A G 1 syncd", "A G 2 syncd"] == place.groups()
    place.members("free;NUR;;")
    assert ["A G 2 syncd"] == place.groups()

"""Enrolments and groups that follow members, bindings and links, whatever file changes these."""

from typing import Any

import pytest

from syncd.core.kinds import Kind

NOW = 1_700_000_000
BIND = "cmd;cohort;course;role"
COHORT = "cmd;cidnumber;cname;userid"
ENROL = "cmd;cid;uid;rolename;enrol"
LINK = "cmd;master;meta"


@pytest.fixture
def place(school: Any) -> Any:
    """Give the school with anna (1), bert (2), cleo (3), courses A (1), B (2), C (3), and Nurses, NUR (1) with anna."""
    for username in ("anna", "bert", "cleo"):
        school.user(username)
    for shortname in "ABC":
        school.course(shortname)
    school.cohort("Nurses", "NUR")
    school.roster.add(Kind.COHORT_MEMBER, cohort_id=1, user_id=1)
    return school


def bind(place: Any, *rows: str, head: str = BIND, **said: Any) -> Any:
    return place.send("cohort_bindings", "\n".join([head, *rows]), **said)


def cohort(place: Any, *rows: str, **said: Any) -> Any:
    return place.send("cohorts", "\n".join([COHORT, *rows]), **said)


def enrol(place: Any, *rows: str) -> Any:
    return place.send("enrolments", "\n".join([ENROL, *rows]))


def link(place: Any, *rows: str) -> Any:
    return place.send("metacourses", "\n".join([LINK, *rows]))


def enrolments(place: Any) -> list[str]:
    """Return course, user, method, role and what makes it; with a mark where it is disabled."""
    found = place.roster.records(Kind.ENROLMENT)
    off = {"enabled": "", "disabled": " off"}
    courses, users = " ABC", ("", "anna", "bert", "cleo")
    lines = (
        f"{courses[r['course_id']]} {users[r['user_id']]} {r['method']} {r['role']} {r['via']}{off[r['state']]}"
        for r in found
    )
    return sorted(lines)


def groups(place: Any) -> list[str]:
    """Return course, group, member and component of every membership."""
    names = {r["id"]: r["name"] for r in place.roster.records(Kind.GROUP)}
    found = place.live(Kind.GROUP_MEMBER, "course_id", "group_id", "user_id", "component")
    return sorted(f"{' ABC'[c]} {names[g]} {u} {tag}" for c, g, u, tag in found)


# cohorts


def test_members_are_enrolled_by_the_binding_and_it_is_the_row_that_did_it(place: Any) -> None:
    """The binding's row, not the members', brings them in; the same file again does nothing."""
    place.roster.add(Kind.COHORT_MEMBER, cohort_id=1, user_id=2)
    answer = bind(place, "add;NUR;B;teacher", "add;NUR;A;")
    assert ["A anna cohort student 1", "A bert cohort student 1", "B anna cohort teacher 1"] == enrolments(place)[:3]
    made = answer.changes.created[Kind.ENROLMENT].sort("course_id", "user_id")
    assert [2, 2, 1, 1] == made.get_column("_row").to_list()
    assert bind(place, "add;NUR;B;teacher", "add;NUR;A;").changes.is_empty


def test_who_joins_or_leaves_the_cohort_follows(place: Any) -> None:
    """Twenty files a night change members; nobody sends the bindings again."""
    bind(place, "add;NUR;A;", "add;NUR;B;teacher")
    answer = cohort(place, "add;NUR;;bert", "del;NUR;;anna")
    assert ["applied"] * 2 == answer.outcomes
    assert ["A bert cohort student 1", "B bert cohort teacher 1"] == enrolments(place)
    assert [1, 1] == answer.changes.created[Kind.ENROLMENT].get_column("_row").to_list()
    assert [2, 2] == answer.changes.changed[Kind.ENROLMENT].get_column("_row").to_list()
    cohort(place, "free;NUR;;")
    assert [] == enrolments(place)


def test_a_users_file_can_bring_people_into_a_bound_cohort(place: Any) -> None:
    """Whatever the file, whoever is a member is enrolled."""
    bind(place, "add;NUR;A;")
    place.send("users", "username;firstname;lastname;cohort\nbert;Bert;Doe;Nurses")
    assert ["A anna cohort student 1", "A bert cohort student 1"] == enrolments(place)


def test_a_member_taken_out_and_put_in_again_by_one_file_stays_as_it_was(place: Any) -> None:
    """A feed that frees the cohort first and fills it again must not unenrol anybody."""
    bind(place, "add;NUR;A;")
    answer = cohort(place, "free;NUR;;", "add;NUR;;anna")
    assert (["unchanged"] * 2, True) == (answer.outcomes, answer.changes.is_empty)


def test_a_disabled_binding_disables_its_enrolments(place: Any) -> None:
    """They stay, with what hangs on them; new members wait as well."""
    bind(place, "add;NUR;A;")
    answer = bind(place, "del;NUR;A;")
    assert 1 == answer.changes.counts()[Kind.ENROLMENT].disabled
    cohort(place, "add;NUR;;bert")
    assert ["A anna cohort student 1 off", "A bert cohort student 1 off"] == enrolments(place)
    assert [1, 1] == place.live(Kind.ENROLMENT, "status")
    bind(place, "restore;NUR;A;")
    assert ["A anna cohort student 1", "A bert cohort student 1"] == enrolments(place)
    assert [0, 0] == place.live(Kind.ENROLMENT, "status")


def test_fulldel_takes_the_enrolments_along_and_only_those(place: Any) -> None:
    """Another role, another cohort, and what somebody enrolled by hand are other enrolments."""
    cohort(place, "add;MED;Medics;anna")
    bind(place, "add;NUR;A;", "add;NUR;A;teacher", "add;MED;A;")
    enrol(place, "add;A;anna;student;manual")
    bind(place, "fulldel;NUR;A;student")
    assert ["A anna cohort student 2", "A anna cohort teacher 1", "A anna manual student 0"] == enrolments(place)


def test_enrolments_files_cannot_touch_what_follows(place: Any) -> None:
    """They name the methods cohort and meta in vain, and `del` of another method leaves it."""
    bind(place, "add;NUR;A;")
    answer = enrol(place, "del;A;anna;;cohort", "add;A;bert;student;cohort", "add;A;bert;student;meta")
    assert (["failed"] * 3, {"unknown-method"}) == (answer.outcomes, set(answer.findings.get_column("code")))
    assert ["unchanged"] == enrol(place, "del;A;anna;;manual").outcomes
    assert ["A anna cohort student 1"] == enrolments(place)


def test_times_of_the_binding_are_those_of_its_enrolments(place: Any) -> None:
    """Also of members who come later; without them an enrolment begins when it is made and has no end."""
    head = "cohort;course;enrolstart;enrolend"
    bind(place, "NUR;A;50;90", "NUR;B;;", head=head)
    cohort(place, "add;NUR;;bert")
    times = place.live(Kind.ENROLMENT, "course_id", "starttime", "endtime")
    assert [(1, 50, 90), (1, 50, 90), (2, NOW, 0), (2, NOW, 0)] == times
    bind(place, "NUR;A;60;", head=head)
    assert [(1, 60, 0), (1, 60, 0)] == place.live(Kind.ENROLMENT, "course_id", "starttime", "endtime")[:2]


def test_what_follows_asks_nobody_whose_it_is(place: Any) -> None:
    """The cohort's source puts people in and out; that the binding is another's is no obstacle."""
    bind(place, "add;NUR;A;", source="other")
    cohort(place, "del;NUR;;anna", "add;NUR;;bert")
    assert ["A bert cohort student 1"] == enrolments(place)


# masters


def test_who_is_enrolled_in_the_master_is_enrolled_in_the_meta_course(place: Any) -> None:
    """With the same role and times, by the method meta; not what comes by meta itself."""
    place.enrolment(1, 1, starttime=5, endtime=9)
    answer = link(place, "add;A;B", "add;B;C")
    assert ["A anna manual student 0", "B anna meta student 1"] == enrolments(place)
    assert [(5, 9), (5, 9)] == place.live(Kind.ENROLMENT, "starttime", "endtime")
    assert [1] == answer.changes.created[Kind.ENROLMENT].get_column("_row").to_list()
    assert link(place, "add;A;B", "add;B;C").changes.is_empty


def test_enrolments_in_the_master_are_followed(place: Any) -> None:
    """Add, shift and del."""
    link(place, "add;A;B", "add;A;C")
    enrol(place, "add;A;anna;student;manual", "add;A;bert;student;manual")
    enrol(place, "shift;A;anna;teacher;manual", "del;A;bert;;manual")
    assert ["A anna manual teacher 0", "B anna meta teacher 1", "C anna meta teacher 1"] == enrolments(place)


def test_a_meta_course_has_its_own_enrolments_beside(place: Any) -> None:
    """Two masters, or a direct enrolment: each goes alone."""
    enrol(place, "add;A;anna;student;manual", "add;B;anna;student;manual", "add;C;anna;student;manual")
    link(place, "add;A;C", "add;B;C")
    enrol(place, "del;A;anna;;manual")
    assert ["B anna manual student 0", "C anna manual student 0", "C anna meta student 2"] == enrolments(place)


def test_a_disabled_link_disables_its_enrolments_and_add_enables_them(place: Any) -> None:
    """Appendix C: del disables, add revives."""
    enrol(place, "add;A;anna;student;manual")
    link(place, "add;A;B")
    link(place, "del;A;B")
    enrol(place, "add;A;bert;student;manual")
    assert ["B anna meta student 1 off", "B bert meta student 1 off"] == enrolments(place)[2:]
    link(place, "add;A;B")
    assert ["B anna meta student 1", "B bert meta student 1"] == enrolments(place)[2:]


def test_a_cohort_change_goes_on_into_meta_courses(place: Any) -> None:
    """Cohort, enrolment, meta: in one file, by one row."""
    link(place, "add;A;B")
    bind(place, "add;NUR;A;")
    assert ["A anna cohort student 1", "B anna meta student 1"] == enrolments(place)
    answer = cohort(place, "add;NUR;;anna", "add;NUR;;bert")
    assert [2, 2] == answer.changes.created[Kind.ENROLMENT].get_column("_row").to_list()
    bind(place, "del;NUR;A;")
    assert ["B anna meta student 1 off", "B bert meta student 1 off"] == enrolments(place)[2:]
    bind(place, "fulldel;NUR;A;")
    assert [] == enrolments(place)


def test_one_enabled_enrolment_in_the_master_is_enough(place: Any) -> None:
    """The meta enrolment stands once for each role, from the first beginning of those that count to the last end."""
    head = "cohort;course;enrolstart;enrolend"
    bind(place, "NUR;A;50;90", head=head)
    place.enrolment(1, 1, starttime=70, endtime=100)
    link(place, "add;A;B")
    assert (50, 100) == tuple(place.roster.one(Kind.ENROLMENT, method="meta")[c] for c in ("starttime", "endtime"))
    bind(place, "del;NUR;A;")
    assert (70, 100) == tuple(place.roster.one(Kind.ENROLMENT, method="meta")[c] for c in ("starttime", "endtime"))
    assert "B anna meta student 1" in enrolments(place)
    enrol(place, "del;A;anna;;manual")
    assert "B anna meta student 1 off" in enrolments(place)


# groups


def test_makegroup_keeps_a_group_named_as_the_cohort(place: Any) -> None:
    """It is made even where the cohort is empty, and filled as members come and go."""
    head = "cohort;course;makegroup"
    bind(place, "NUR;A;1", "NUR;B;0", head=head)
    assert ["A Nurses 1 enrol_cohort"] == groups(place)
    cohort(place, "add;NUR;;bert", "del;NUR;;anna", "add;MED;Medics;")
    assert ["A Nurses 2 enrol_cohort"] == groups(place)
    assert bind(place, "NUR;A;1", "NUR;B;0", head=head).changes.is_empty
    bind(place, "MED;C;1", head=head)
    assert [(1, "Nurses"), (3, "Medics")] == place.live(Kind.GROUP, "course_id", "name")


def test_a_group_ceases_to_be_kept_but_stays(place: Any) -> None:
    """Others may be in it: those whom a file put there stay."""
    head = "cohort;course;makegroup"
    bind(place, "NUR;A;1", head=head)
    place.send("enrolments", f"{ENROL};gcmd;g1\nadd;A;bert;student;manual;gadd;Nurses")
    bind(place, "NUR;A;0", head=head)
    assert ["A Nurses 2 syncd"] == groups(place)
    bind(place, "NUR;A;1", head=head)
    cohort(place, "add;NUR;;bert")
    bind(place, "fulldel;NUR;A;")
    assert (["A Nurses 2 syncd"], ["Nurses"]) == (groups(place), place.live(Kind.GROUP, "name"))


def test_two_bindings_may_keep_one_group(place: Any) -> None:
    """As student and as teacher: while one of them stands, so does the membership."""
    head = "cmd;cohort;course;role;makegroup"
    bind(place, "add;NUR;A;student;1", "add;NUR;A;teacher;1", head=head)
    bind(place, "fulldel;NUR;A;student;", head=head)
    assert ["A Nurses 1 enrol_cohort"] == groups(place)
    bind(place, "fulldel;NUR;A;teacher;", head=head)
    assert [] == groups(place)


RESET = "shortname;events;logs;notes;grades;roles;local_roles;groups;groupings"


def test_a_reset_leaves_members_that_follow_in_their_group(place: Any) -> None:
    """The cohort keeps them there; those whom a file put there go."""
    bind(place, "NUR;A;1", head="cohort;course;makegroup")
    place.send("enrolments", f"{ENROL};gcmd;g1\nadd;A;bert;student;manual;gadd;Nurses")
    place.send("courses_reset", f"{RESET}\nA;no;no;no;none;none;none;members;none")
    assert ["A Nurses 1 enrol_cohort"] == groups(place)


def test_a_group_that_a_reset_took_is_made_anew_for_all_when_the_next_member_comes(place: Any) -> None:
    """Until then it stays away, as the reset wanted it; half a group would be worse than none."""
    cohort(place, "add;MED;Nurses;cleo")
    bind(place, "NUR;A;1", "MED;A;1", head="cohort;course;makegroup")
    assert 2 == len(groups(place))
    reset = f"{RESET}\nA;no;no;no;none;none;none;all;none"
    place.send("courses_reset", reset)
    assert ([], []) == (groups(place), place.live(Kind.GROUP, "name"))
    cohort(place, "del;NUR;;anna")
    assert [] == place.live(Kind.GROUP, "name")
    cohort(place, "add;NUR;;bert")
    assert ["A Nurses 2 enrol_cohort", "A Nurses 3 enrol_cohort"] == groups(place)


def test_the_group_of_a_renamed_cohort_is_another_one(place: Any) -> None:
    """The group is found by the cohort's name."""
    bind(place, "NUR;A;1", head="cohort;course;makegroup")
    cohort(place, "add;NUR;Carers;")
    assert ["A Carers 1 enrol_cohort"] == groups(place)


def test_who_leaves_the_last_enrolment_leaves_the_groups_of_the_course(place: Any) -> None:
    """As the platform does; who has another enrolment stays in the groups that files gave."""
    bind(place, "add;NUR;A;")
    head = "cmd;cid;uid;rolename;enrol;gcmd;g1"
    place.send("enrolments", f"{head}\nadd;A;bert;student;manual;gaddcreate;G\nadd;A;anna;teacher;manual;gadd;G")
    place.send("enrolments", f"{head}\ndel;A;anna;;manual;;\n")
    cohort(place, "add;NUR;;bert")
    assert ["A G 1 syncd", "A G 2 syncd"] == groups(place)
    cohort(place, "free;NUR;;")
    assert ["A G 2 syncd"] == groups(place)


# what is deleted


def test_a_deleted_cohort_takes_bindings_and_enrolments_along(place: Any) -> None:
    """And the memberships in the groups that followed; and the row that deleted it did so."""
    bind(place, "NUR;A;1", "NUR;B;", head="cohort;course;makegroup")
    answer = cohort(place, "add;MED;Medics;", "del;NUR;;")
    assert ([], [], []) == (enrolments(place), groups(place), place.live(Kind.COHORT_BINDING, "role"))
    assert [2, 2] == answer.changes.changed[Kind.ENROLMENT].get_column("_row").to_list()


@pytest.mark.parametrize("gone", ["A", "B"])
def test_a_deleted_course_takes_links_on_either_side_along(place: Any, gone: str) -> None:
    """The master's deletion unenrols people elsewhere."""
    enrol(place, "add;A;anna;student;manual")
    link(place, "add;A;B")
    bind(place, f"add;NUR;{gone};")
    place.send("courses_delete", gone)
    assert ([], []) == (place.live(Kind.META_LINK, "state"), place.live(Kind.COHORT_BINDING, "state"))
    assert (["A anna manual student 0"] if gone == "B" else []) == enrolments(place)


def test_a_deleted_course_takes_its_groupings_along(place: Any) -> None:
    """Nothing may refer to a course that is gone."""
    group = place.roster.add(Kind.GROUP, course_id=1, name="G")
    grouping = place.roster.add(Kind.GROUPING, course_id=1, name="GG")
    place.roster.add(Kind.GROUPING_GROUP, grouping_id=grouping, group_id=group, course_id=1)
    place.send("courses_delete", "A")
    for kind in (Kind.GROUP, Kind.GROUPING, Kind.GROUPING_GROUP):
        assert [] == place.live(kind, "state")


def test_a_deleted_user_is_in_nothing_that_follows(place: Any) -> None:
    """Nor is there a picture of nobody."""
    place.roster.add(Kind.PICTURE, user_id=1, sha256="0", type="png", bytes=1)
    link(place, "add;A;B")
    bind(place, "NUR;A;1", head="cohort;course;makegroup")
    place.send("users", "username;firstname;lastname;deleted\nanna;A;D;1")
    assert ([], [], []) == (enrolments(place), groups(place), place.live(Kind.PICTURE, "type"))


# what it costs, and what is remembered


def test_where_nothing_is_bound_or_linked_nothing_is_looked_up(place: Any) -> None:
    """The speed of a big load must not suffer from what the school does not use."""
    cohort(place, "add;NUR;;bert")
    enrol(place, "add;A;anna;student;manual")
    kinds = {Kind.COHORT_BINDING, Kind.META_LINK, Kind.GROUP}
    assert not kinds & set(place.roster.looked_up)


def test_a_file_that_changes_nothing_looks_nothing_up(place: Any) -> None:
    """Also where there are bindings and links."""
    bind(place, "add;NUR;A;")
    link(place, "add;A;B")
    cohort(place, "add;NUR;;bert")
    place.roster.looked_up.clear()
    cohort(place, "add;NUR;;bert")
    assert not {Kind.COHORT_BINDING, Kind.META_LINK, Kind.ENROLMENT} & set(place.roster.looked_up)


def test_rows_count_as_new_where_following_touched_what_they_watch(place: Any) -> None:
    """Bert leaves the groups with his last enrolment; his row of the enrolments file puts him back. Others rest."""
    place.send("enrolments", f"{ENROL};gcmd;g1\nadd;A;cleo;student;manual;gaddcreate;G")
    text = "cmd;cid;uid;rolename;gcmd;g1\nadd;A;bert;teacher;gadd;G\nadd;A;anna;teacher;gadd;G\n"
    assert (2, 0) == (place.deliver("enrolments", text).rows.applied, place.deliver("enrolments", text).rows.applied)
    cohort(place, "del;NUR;;anna", "add;NUR;;bert")
    bind(place, "add;NUR;A;")
    assert 0 == place.deliver("enrolments", text).rows.applied
    cohort(place, "del;NUR;;bert")
    assert ["A G 1 syncd", "A G 3 syncd"] == groups(place)
    assert 1 == place.deliver("enrolments", text).rows.applied
    assert ["A G 1 syncd", "A G 2 syncd", "A G 3 syncd"] == groups(place)

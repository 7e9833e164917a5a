"""A dry run of several files: each is planned on what the earlier ones would leave."""

from typing import Any

from syncd.core.kinds import Kind, State
from syncd.engine.overlay import Overlay

USERS = "username;firstname;lastname"


def test_files_of_a_dry_run_build_on_each_other(school: Any) -> None:
    """A simulated enrolment of a simulated user in a simulated course is no error."""
    view: Any = school.roster
    for object_name, text in (
        ("courses", "shortname;fullname\nC1;One"),
        ("users", f"{USERS}\nanna;Anna;Doe\nbert;Bert;Doe"),
        ("enrolments", "cmd;cid;uid;rolename;enrol;gcmd;g1\nadd;C1;anna;student;manual;gaddcreate;G"),
        ("enrolments", "cmd;cid;uid;rolename;enrol;gcmd;g1\nadd;C1;bert;student;manual;gadd;G"),
        ("cohorts", "cidnumber;cname;userid\nK;Kay;anna"),
    ):
        answer = school.send(object_name, text, dry=True, view=view)
        assert {"applied"} == set(answer.outcomes)
        view = Overlay(view, answer.changes)
    assert (2, 2, 1) == tuple(view.population()[kind] for kind in (Kind.USER, Kind.ENROLMENT, Kind.COHORT_MEMBER))
    assert [] == school.roster.records(Kind.USER)


def test_changes_hide_the_record_below_and_deleted_ones_stay_visible(school: Any) -> None:
    """A user deleted by the first file is gone for the second, and can be revived by it."""
    anna = school.user("anna")
    gone = school.send("users", f"{USERS};deleted\nanna;;;1", dry=True)
    view = Overlay(school.roster, gone.changes)
    assert [State.DELETED.value] == view.find(Kind.USER, ("id",), None).get_column("state").to_list()
    assert [State.DELETED.value] == view.names(Kind.USER, "username", None).get_column("state").to_list()
    back = school.send("users", f"{USERS}\nanna;Anna;Doe", dry=True, view=view)
    assert (["user-revived"], [anna]) == (back.codes(1), back.changes.changed[Kind.USER].get_column("id").to_list())


def test_new_ids_come_after_those_of_earlier_files_even_where_some_were_not_used(school: Any) -> None:
    """A row that failed, or a user made and deleted, leaves a gap in the ids."""
    text = f"{USERS};deleted\nanna;A;D;0\nbert;B;D;0\nanna;;;1"
    first = school.send("users", text, dry=True)
    view = Overlay(school.roster, first.changes)
    assert 1 == len(first.changes.created[Kind.USER])
    used = set(first.changes.created[Kind.USER].get_column("id"))
    assert view.next_id(Kind.USER) > max(used)


def test_an_overlay_holds_what_it_or_the_roster_below_holds(school: Any) -> None:
    """Kinds of which nothing is there are not looked up."""
    made = school.send("users", f"{USERS}\nanna;Anna;Doe", dry=True)
    view = Overlay(school.roster, made.changes)
    assert (True, True, False) == tuple(view.holds(kind) for kind in (Kind.USER, Kind.CATEGORY, Kind.COHORT))

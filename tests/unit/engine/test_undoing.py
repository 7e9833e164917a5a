"""Undo: what a run did is taken back, and nothing that later work stands on."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from syncd.core.kinds import SPECS, Kind
from syncd.core.runs import UNDO, Run, Trigger
from syncd.dialects.registry import DIALECTS
from syncd.engine.recognising import Recognition
from syncd.engine.undoing import plan_undo
from syncd.frames.plan import Plan

NOW = 1_700_000_000
USERS = "username;firstname;lastname;city"
COURSES = "shortname;fullname;category"
ENROL = "cmd;cid;uid;rolename;enrol;gcmd;g1"
COHORT = "cmd;cidnumber;cname;userid"
BIND = "cmd;cohort;course;role"


@dataclass
class Past:
    """A school whose files are runs, each with a number, so that they can be undone."""

    school: Any
    _works: list[str] = field(default_factory=list)

    def run(self, object_name: str, *lines: str, **said: Any) -> Run:
        """Work a file and return its run."""
        changes = self.school.send(object_name, "\n".join(lines), dry=True, **said).changes
        return self._applied(changes, "command", None, said.get("source", "sis"))

    def undo(self, run: Run) -> tuple[Run, Plan]:
        """Plan an undo and carry it out; return the run that it is, and its plan."""
        made = self.plan(run)
        return self._applied(made.changes, UNDO, run.id, run.data_source), made

    def plan(self, run: Run) -> Plan:
        recognition = Recognition(dialects=DIALECTS, options_for=lambda _name, _said: None)
        return plan_undo(run, self.school.roster, recognition, NOW)

    def stand(self) -> dict[Kind, list[tuple[Any, ...]]]:
        """Return what lives, without the numbers of runs."""
        return {
            kind: [tuple(v for n, v in r.items() if n not in ("run", "created_run")) for r in records]
            for kind in SPECS
            if (records := self.school.roster.records(kind))
        }

    def _applied(self, changes: Any, operation: str, parent: int | None, source: str) -> Run:
        roster = self.school.roster
        run = roster.add_run(
            Run(
                work=f"w{len(roster.runs)}",
                file="f.csv",
                trigger=Trigger.CLI,
                received=datetime(2026, 11, 21, tzinfo=UTC),
                roster_seq=roster.seq(),
                changes=changes.counts(),
                operation=operation,
                parent=parent,
                data_source=source,
            )
        )
        # The school's own records were made by run 1 and 2.
        run = replace(run, id=run.id + 100)
        roster.runs[run.id] = run
        roster.take(changes, run.id)
        return run


@pytest.fixture
def past(school: Any) -> Past:
    """Give a school with anna and bert, and the courses ALG and GEO."""
    for name in ("anna", "bert"):
        school.user(name)
    for name in ("ALG", "GEO"):
        school.course(name)
    return Past(school)


def said(plan: Plan) -> list[str]:
    return [f"{code}: {message.split(';')[0]}" for code, message in plan.findings.select("code", "message").rows()]


def test_what_a_run_made_and_changed_is_as_it_was(past: Past) -> None:
    """Everything, in the order of dependence, whatever refers to what."""
    before = past.stand()
    courses = past.run("courses", COURSES, "NEW;New;Deep/Down", "ALG;Algebra 2;Deep", force_update=True)
    users = past.run("users", f"{USERS};deleted", "anna;Anna;Doe;Oslo;", "bert;;;;1", "cleo;Cleo;Doe;;")
    enrols = past.run("enrolments", ENROL, "add;NEW;cleo;student;manual;gaddcreate;Blue", "add;ALG;anna;teacher;;;")
    assert (3, 3) == (len(past.stand()[Kind.CATEGORY]), len(past.stand()[Kind.COURSE]))
    for run in (enrols, users, courses):
        _, made = past.undo(run)
        assert (0, []) == (made.rows.failed, said(made))
    assert before == past.stand()


def test_only_the_columns_that_the_run_moved_get_their_old_values(past: Past) -> None:
    """The city came by another run, and stays."""
    past.run("users", "username;firstname;lastname;city", "anna;Anna;Doe;Oslo")
    run = past.run("users", "username;firstname;lastname", "anna;Hanna;Doe")
    past.undo(run)
    anna = past.school.roster.one(Kind.USER, username="anna")
    assert ("Anna", "Oslo") == (anna["firstname"], anna["city"])


def test_what_was_deleted_lives_again_with_its_data_source(past: Past) -> None:
    """Promise 7 still holds for it: the source that supplied it owns it."""
    past.school.user("hilde", data_source="hr")
    run = past.run("users", f"{USERS};deleted", "hilde;;;;1", others=True)
    past.undo(run)
    assert "hr" == past.school.roster.one(Kind.USER, username="hilde")["data_source"]


def test_every_record_is_a_row_and_every_row_has_one_outcome(past: Past) -> None:
    """They add up, as those of a file do."""
    run = past.run("users", USERS, "cleo;C;D;", "dora;D;D;", "emil;E;D;")
    past.run("users", f"{USERS};deleted", "dora;;;;1")
    past.run("users", USERS, "emil;Emile;D;")
    made = past.plan(run)
    assert (1, 1, 1, 3) == (made.rows.applied, made.rows.unchanged, made.rows.failed, made.rows.total)
    assert [3] == made.findings.get_column("row").to_list()


def test_what_a_later_run_touched_stays_and_is_named(past: Past) -> None:
    """Undoing the older run must not throw away newer work."""
    run = past.run("users", USERS, "anna;Anna;Doe;Oslo", "bert;Bert;Doe;Oslo")
    later = past.run("users", USERS, "anna;Anna;Doe;Rome")
    _, made = past.undo(run)
    assert [f"undo-touched: the user 'anna' stays as it is: run {later.id} changed it afterwards"] == said(made)
    assert ["Rome", None] == past.school.live(Kind.USER, "city")


def test_a_later_run_that_was_taken_back_does_not_count(past: Past) -> None:
    """Two runs are undone one after the other, the newer first."""
    before = past.stand()
    run = past.run("users", USERS, "anna;Anna;Doe;Oslo", "cleo;Cleo;Doe;Oslo")
    later = past.run("users", USERS, "anna;Anna;Doe;Rome", "cleo;Cleo;Doe;Rome")
    past.undo(later)
    _, made = past.undo(run)
    assert [] == said(made)
    assert before == past.stand()


def test_an_undo_that_was_undone_counts_again(past: Past) -> None:
    """Then the later run's work stands, although its undo touched the record after it."""
    run = past.run("users", USERS, "anna;Anna;Doe;Oslo")
    later = past.run("users", USERS, "anna;Anna;Doe;Rome")
    undo, _ = past.undo(later)
    again, _ = past.undo(undo)
    assert ["Rome", None] == past.school.live(Kind.USER, "city")
    assert [f"undo-touched: the user 'anna' stays as it is: run {again.id} changed it afterwards"] == said(
        past.plan(run)
    )


def test_an_undo_can_be_undone(past: Past) -> None:
    """What was taken back is there again, made by the same run as before."""
    run = past.run("users", USERS, "anna;Anna;Doe;Oslo", "cleo;Cleo;Doe;")
    after = past.stand()
    undo, _ = past.undo(run)
    past.undo(undo)
    assert after == past.stand()
    assert run.id == past.school.roster.one(Kind.USER, username="cleo")["created_run"]


def test_what_a_later_record_needs_stays(past: Past) -> None:
    """A course with somebody in it, and the category that it is in; the rest goes."""
    run = past.run("courses", COURSES, "NEW;New;Deep/Down", "ODD;Odd;Deep/Other")
    later = past.run("enrolments", ENROL, "add;NEW;anna;student;manual;;")
    made = past.plan(run)
    assert [
        f"undo-needed: the category 'Deep' stays: the category 'Deep/Down' of run {run.id} needs it",
        f"undo-needed: the category 'Deep/Down' stays: the course 'NEW' of run {run.id} needs it",
        f"undo-needed: the course 'NEW' stays: the enrolment 'anna/NEW/manual/student' of run {later.id} needs it",
    ] == said(made)
    past.undo(run)
    assert ["Misc", "Deep", "Deep/Down"] == past.school.live(Kind.CATEGORY, "path")


def test_when_the_reason_is_gone_the_rest_is_taken_back(past: Past) -> None:
    """The same undo again, after the one that stood in its way."""
    before = past.stand()
    run = past.run("courses", COURSES, "NEW;New;Deep")
    later = past.run("enrolments", ENROL, "add;NEW;anna;student;manual;;")
    past.undo(run)
    past.undo(later)
    past.undo(run)
    assert before == past.stand()


def test_what_lacks_something_by_now_stays_away(past: Past) -> None:
    """An enrolment cannot live again whose course went meanwhile."""
    past.school.enrolment(1, 1)
    run = past.run("enrolments", "cmd;cid;uid;rolename;enrol", "del;ALG;anna;student;manual")
    later = past.run("courses_delete", "shortname", "ALG")
    words = "the enrolment 'anna/ALG/manual/student' stays as it is: the course 'ALG' is gone"
    assert [f"undo-lacks: {words} since run {later.id}"] == said(past.plan(run))


def test_a_course_does_not_go_back_into_a_category_that_is_gone(past: Past) -> None:
    """The reference would lead nowhere."""
    home = past.school.roster.add(Kind.CATEGORY, path="Home", name="Home")
    past.school.course("ART", category_id=home)
    run = past.run("courses", COURSES, "ART;ART;Misc", force_update=True)
    gone = past.school.roster.find(Kind.CATEGORY, (), None)
    past.school.roster.tables[Kind.CATEGORY] = gone.with_columns(
        state=gone.get_column("path").replace({"Home": "deleted", "Misc": "enabled"})
    )
    assert ["undo-lacks"] == [one.split(":")[0] for one in said(past.plan(run))]


def test_a_name_that_another_has_by_now_is_not_taken_from_it(past: Past) -> None:
    """The deleted user stays deleted; two live ones must not have one name."""
    run = past.run("users", f"{USERS};deleted;idnumber", "anna;;;;1;")
    past.school.roster.add(Kind.USER, username="anna", run=777, created_run=777)
    assert [
        "undo-name-taken: the user 'anna' stays as it is: username 'anna' is that of the user 'anna' by now (run 777)"
    ] == said(past.plan(run))


def test_names_that_were_exchanged_are_exchanged_back(past: Past) -> None:
    """Neither stands in the other's way."""
    past.school.user("dan", idnumber="1")
    past.school.user("eva", idnumber="2")
    before = past.stand()
    head = "idnumber;username;firstname;lastname;oldusername"
    run = past.run("users", head, "1;tmp;Dan;Doe;dan", "2;dan;Eva;Doe;eva", "1;eva;Dan;Doe;tmp", allow_rename=True)
    assert [] == said(past.undo(run)[1])
    assert before == past.stand()


def test_a_member_of_a_group_keeps_its_enrolment(past: Past) -> None:
    """Nobody is in a group of a course that he is not in."""
    run = past.run("enrolments", ENROL, "add;ALG;anna;student;manual;;", "add;ALG;bert;student;manual;;")
    later = past.run("enrolments", ENROL, "add;ALG;bert;student;manual;gaddcreate;Blue")
    words = "the enrolment 'bert/ALG/manual/student' stays: the group member 'Blue/bert'"
    assert [f"undo-needed: {words} of run {later.id} needs it"] == said(past.plan(run))
    past.school.enrolment(2, 1, role="teacher")
    assert [] == said(past.plan(run))


def test_a_member_of_a_bound_cohort_stays_for_what_it_is_enrolled_in(past: Past) -> None:
    """The enrolment that a later binding made stands on the membership."""
    past.school.cohort("Nurses", "NUR")
    run = past.run("cohorts", COHORT, "add;NUR;;anna")
    later = past.run("cohort_bindings", BIND, "add;NUR;ALG;student")
    words = "the cohort member 'NUR/anna' stays: the enrolment 'anna/ALG/cohort/student'"
    assert [f"undo-needed: {words} of run {later.id} needs it"] == said(past.plan(run))


def test_who_is_a_member_again_is_enrolled_by_bindings_made_meanwhile(past: Past) -> None:
    """What follows from a membership follows, whoever brought it."""
    past.school.cohort("Nurses", "NUR")
    past.run("cohorts", COHORT, "add;NUR;;anna")
    run = past.run("cohorts", COHORT, "del;NUR;;anna")
    past.run("cohort_bindings", BIND, "add;NUR;ALG;student")
    _, made = past.undo(run)
    assert (1, []) == (made.rows.total, said(made))
    assert [(1, 1, "cohort")] == past.school.live(Kind.ENROLMENT, "user_id", "course_id", "method")


def test_a_binding_is_undone_with_all_that_it_made(past: Past) -> None:
    """Enrolments that follow are records of the run, too."""
    past.school.cohort("Nurses", "NUR")
    past.run("cohorts", COHORT, "add;NUR;;anna", "add;NUR;;bert")
    before = past.stand()
    run = past.run("cohort_bindings", BIND, "add;NUR;ALG;student")
    after = past.stand()
    undo, made = past.undo(run)
    assert (3, before) == (made.rows.applied, past.stand())
    past.undo(undo)
    assert after == past.stand()


def test_a_meta_link_and_the_enrolments_in_its_master(past: Past) -> None:
    """What a later link handed on needs the enrolment in the master."""
    before = past.stand()
    run = past.run("enrolments", ENROL, "add;ALG;anna;student;manual;;")
    later = past.run("metacourses", "cmd;master;meta", "add;ALG;GEO")
    words = "the enrolment 'anna/ALG/manual/student' stays: the enrolment 'anna/GEO/meta/student'"
    assert [f"undo-needed: {words} of run {later.id} needs it"] == said(past.plan(run))
    past.undo(later)
    assert [] == said(past.undo(run)[1])
    assert before == past.stand()


def test_a_secret_is_put_back_and_never_told(past: Past) -> None:
    """The mark of a password goes with the rest; no finding shows it."""
    run = past.run("users", "username;firstname;lastname;password", "anna;Anna;Doe;Passw0rd-1")
    past.run("users", "username;firstname;lastname;password", "anna;Anna;Doe;Passw0rd-2")
    mark = past.school.roster.one(Kind.USER, username="anna")["password_mark"]
    made = past.plan(run)
    assert 1 == made.rows.failed
    assert mark not in "".join(said(made))

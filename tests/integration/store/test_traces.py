"""What runs left behind, on both databases."""

from typing import Any

import polars as pl

from syncd.core.kinds import Kind
from syncd.core.limits import ChangeCounts
from syncd.frames.changes import ChangeSet
from syncd.frames.keys import key_text

ENROLLED = {"course_id": 1, "user_id": 1, "method": "manual", "role": "student", "via": 0}


def test_what_a_run_created_is_found_as_it_is_now(school: Any) -> None:
    """Also what a later run deleted: an undo must know that it has nothing to do there."""
    run = school.run(changes={Kind.USER: ChangeCounts(created=2)})
    created = {Kind.USER: school.frame(Kind.USER, {"id": 9, "username": "cia"}, {"id": 8, "username": "dan"})}
    school.store.apply(ChangeSet(created=created), run, {})
    school.change(Kind.USER, {"id": 9, "state": "deleted"}, action="deleted")
    found = school.store.created_by(Kind.USER, run)
    assert [(8, "enabled", run.id), (9, "deleted", run.id)] == found.select("id", "state", "created_run").rows()
    assert [] == school.store.created_by(Kind.COURSE, run).rows()


def test_the_changes_of_a_run_are_its_own_and_in_order(school: Any) -> None:
    """Neither those of runs before nor those of later ones."""
    school.change(Kind.USER, {"id": 1, "city": "Bern"})
    run = school.change(Kind.USER, {"id": 2, "city": "Oslo"}, {"id": 1, "city": None})
    school.change(Kind.USER, {"id": 2, "city": "Rome"})
    found = school.store.changes_of(run).drop("seq").rows()
    assert [
        ("user", "updated", "2", 1, '{"city": null}', '{"city": "Oslo"}'),
        ("user", "updated", "1", 2, '{"city": "Bern"}', '{"city": null}'),
    ] == found


def test_later_changes_tell_who_touched_a_record_and_in_which_order(school: Any) -> None:
    """By this an undo knows whether the later work still stands."""
    since = school.store.seq()
    runs = [school.change(Kind.ENROLMENT, ENROLLED | {"endtime": end}) for end in (1, 2)]
    school.change(Kind.USER, {"id": 1, "city": "Umeå"})
    keys = pl.DataFrame(ENROLLED).select(key_text(Kind.ENROLMENT)).to_series()
    found = school.store.later_changes(Kind.ENROLMENT, keys, since)
    assert [("1/1/manual/student/0", run.id) for run in runs] == found.rows()
    assert [] == school.store.later_changes(Kind.USER, keys, since).rows()
    assert [runs[1].id] == school.store.later_changes(Kind.ENROLMENT, keys, since + 1).get_column("run").to_list()


def test_children_of_many_runs_are_found_at_once(scene: Any) -> None:
    """A list of runs says of each how much is still open."""
    parents = [scene.run() for _ in range(3)]
    children = [scene.run(parent=parent.id) for parent in (*parents, parents[0])]
    assert children[::-1] == scene.store.children(*(parent.id for parent in parents))
    assert [] == scene.store.children()

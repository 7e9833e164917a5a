"""Apply: a change set goes in whole, or not at all."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from polars.testing import assert_frame_equal

from syncd.core.errors import FatalError, RosterMoved, SyncdError
from syncd.core.kinds import SPECS, Kind, Type
from syncd.core.runs import Run, RunState
from syncd.frames.changes import ChangeSet, record_schema


def example(kind: Kind, number: int) -> dict[str, Any]:
    values: dict[Type, Any] = {Type.TEXT: f'é "{number}";\n', Type.INTEGER: 2**40 + number, Type.JSON: '{"a": 1}'}
    spec = SPECS[kind]
    own = {name: values[spec.types()[name]] for name in (*spec.key, *(column.name for column in spec.columns))}
    return own | {"state": "enabled", "data_source": "sis"}


@pytest.mark.parametrize("kind", SPECS)
def test_what_is_created_is_found_as_it_was(scene: Any, kind: Kind) -> None:
    """Every column of every kind survives both databases: text as written, integers of 64 bits, nulls."""
    full = example(kind, 1)
    spare = dict.fromkeys(full) | {name: example(kind, 2)[name] for name in SPECS[kind].key} | {"state": "disabled"}
    run = scene.create(kind, full, spare)
    expected = pl.DataFrame(
        [record | {"created_run": run.id, "run": run.id} for record in (full, spare)], schema=record_schema(kind)
    )
    assert_frame_equal(expected, scene.store.find(kind, (), None), check_row_order=False)


def test_a_change_keeps_the_run_that_created_the_record(school: Any) -> None:
    """`created_run` is what undo goes by; only `run` moves."""
    before = school.one(Kind.USER, id=1)
    run = school.change(Kind.USER, {"id": 1, "city": "Umeå"})
    assert before | {"city": "Umeå", "run": run.id} == school.one(Kind.USER, id=1)


def test_users_may_exchange_their_usernames(school: Any) -> None:
    """Uniqueness is checked row by row in both databases; a swap must not trip over that."""
    school.change(Kind.USER, {"id": 1, "username": "bo"}, {"id": 2, "username": "anna"}, identity=True)
    assert ["bo", "anna"] == [school.one(Kind.USER, id=id)["username"] for id in (1, 2)]


def test_a_new_record_may_take_the_name_that_another_gives_up(school: Any) -> None:
    """A deleted user's username is free at once, in the same run."""
    changes = ChangeSet(
        created={Kind.USER: school.frame(Kind.USER, {"id": 3, "username": "anna"})},
        changed={Kind.USER: school.changed(Kind.USER, {"id": 1, "state": "deleted"}, action="deleted")},
    )
    school.store.apply(changes, school.run(), {})
    found = school.store.find(Kind.USER, ("username",), pl.DataFrame({"username": ["anna"]}), only=("id", "state"))
    assert {(1, "deleted"), (3, "enabled")} == set(found.rows())


def test_links_are_changed_by_all_of_their_key(school: Any) -> None:
    """One user has many enrolments; only the named one may move."""
    key = {"course_id": 1, "user_id": 1, "method": "manual", "role": "student", "via": 0}
    school.change(Kind.ENROLMENT, key | {"endtime": 9})
    endtimes = school.store.find(Kind.ENROLMENT, (), None, only=("course_id", "endtime"))
    assert {(1, 9), (2, None)} == set(endtimes.rows())


def test_a_taken_name_rolls_everything_back(school: Any, finished: Callable[[Run], Run]) -> None:
    """A refused apply must leave no record, no change, no counter and no state of the run behind."""
    before = (school.store.seq(), school.store.population(), school.store.find(Kind.USER, (), None))
    changes = ChangeSet(
        created={
            Kind.COURSE: school.frame(Kind.COURSE, {"id": 9, "shortname": "NEW"}),
            Kind.USER: school.frame(Kind.USER, {"id": 9, "username": "bo"}),
        },
        changed={Kind.USER: school.changed(Kind.USER, {"id": 1, "city": "Umeå"})},
    )
    run = school.run()
    with pytest.raises(SyncdError, match="refuses the changes"):
        school.store.apply(changes, finished(run), {"users": "token"})
    assert before[:2] == (school.store.seq(), school.store.population())
    assert_frame_equal(before[2], school.store.find(Kind.USER, (), None), check_row_order=False)
    assert (run, None) == (school.store.run(run.id), school.store.memory("users"))


def test_a_plan_made_for_another_roster_is_refused(school: Any) -> None:
    """What is shown is what is applied: if the roster moved, the run must be planned again."""
    stale = school.run()
    school.create(Kind.USER, {"id": 3, "username": "cia"})
    with pytest.raises(RosterMoved, match="changed since the plan"):
        school.store.apply(ChangeSet(), stale, {})


def test_an_empty_change_set_leaves_the_roster_where_it_is(school: Any) -> None:
    """The same file again must not make other plans stale, but its run and memory are stored."""
    seq = school.store.seq()
    run = replace(school.run(), state=RunState.COMPLETED)
    assert seq == school.store.apply(ChangeSet(), run, {"users": "token"})
    assert (run, ("token", seq)) == (school.store.run(run.id), school.store.memory("users"))


def test_the_run_is_stored_with_its_changes(school: Any, finished: Callable[[Run], Run]) -> None:
    """After a crash the journal says of a run that it was applied exactly if it was."""
    run = finished(school.run())
    frame = school.frame(Kind.USER, {"id": 3, "username": "cia"})
    school.store.apply(ChangeSet(created={Kind.USER: frame}), run, {})
    assert [run] == school.store.runs(state=RunState.COMPLETED)


def test_a_run_that_was_never_added_applies_nothing(school: Any) -> None:
    """Records would point at a run that nobody can look up."""
    stray = replace(school.run(), id=999)
    with pytest.raises(SyncdError, match="no run 999"):
        school.store.apply(
            ChangeSet(created={Kind.USER: school.frame(Kind.USER, {"id": 3, "username": "cia"})}), stray, {}
        )
    assert 2 == school.store.population()[Kind.USER]


def test_a_change_of_a_record_that_is_not_there_stops(school: Any) -> None:
    """It would be lost without a word: plan and roster contradict each other."""
    frame = school.changed(Kind.USER, {"id": 1, "city": "Umeå"}).with_columns(id=pl.lit(77))
    with pytest.raises(FatalError, match="1 user records to be changed are not in the roster"):
        school.store.apply(ChangeSet(changed={Kind.USER: frame}), school.run(), {})


def test_memory_holds_the_newest_token_of_each_feed(school: Any) -> None:
    """The side file of remembered rows is believed only while its token and change number agree."""
    school.store.apply(ChangeSet(), school.run(), {"users": "first"})
    school.store.apply(ChangeSet(), school.run(), {"courses": "other"})
    seq = school.store.apply(
        ChangeSet(created={Kind.USER: school.frame(Kind.USER, {"id": 3, "username": "cia"})}),
        school.run(),
        {"users": "second"},
    )
    assert (("second", seq), ("other", seq - 1)) == (school.store.memory("users"), school.store.memory("courses"))


def test_population_counts_what_is_live(scene: Any) -> None:
    """Limits are percentages of it: disabled records count, deleted ones do not, revived ones do again."""
    scene.create(Kind.USER, *({"id": id, "username": f"user{id}"} for id in range(1, 6)))
    counts = [scene.store.population()[Kind.USER]]
    for state, action in (
        ("disabled", "disabled"),
        ("deleted", "deleted"),
        ("deleted", "updated"),
        ("enabled", "updated"),
    ):
        scene.change(Kind.USER, {"id": 1, "state": state}, {"id": 2, "state": state}, action=action)
        counts.append(scene.store.population()[Kind.USER])
    scene.create(Kind.USER, {"id": 6, "username": "gone", "state": "deleted"})
    assert [5, 5, 3, 3, 5, 5] == [*counts, scene.store.population()[Kind.USER]]
    assert 0 == scene.store.population()[Kind.COURSE]


def test_many_rows_go_in_with_their_indexes(scene: Any) -> None:
    """A first load drops and rebuilds indexes on the way; afterwards they must all be there."""
    before = index_names(scene.url, "enrolments")
    count = 200_000
    numbers = pl.int_range(count, dtype=pl.Int64, eager=True)
    frame = pl.DataFrame({"course_id": numbers % 977 + 1, "user_id": numbers + 1}).with_columns(
        method=pl.lit("manual"),
        role=pl.lit("student"),
        state=pl.lit("enabled"),
        data_source=pl.lit("sis"),
        via=pl.lit(0, pl.Int64),
    )
    absent = [
        pl.lit(None, dtype).alias(name) for name, dtype in record_schema(Kind.ENROLMENT).items() if name not in frame
    ]
    scene.store.apply(ChangeSet(created={Kind.ENROLMENT: frame.with_columns(absent)}), scene.run(), {})
    found = scene.store.find(Kind.ENROLMENT, (), None, only=("course_id", "user_id"))
    assert_frame_equal(frame.select(found.columns), found, check_row_order=False)
    assert (before, count) == (index_names(scene.url, "enrolments"), scene.store.population()[Kind.ENROLMENT])


def index_names(url: str, table: str) -> set[str | None]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    return {index["name"] for index in sa.inspect(engine).get_indexes(table)}

"""The journal of runs."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from syncd.core.errors import SyncdError
from syncd.core.runs import Run, RunFile, RunState, Trigger
from syncd.frames.changes import ChangeSet


def test_a_run_gets_an_id_and_is_found_by_it_and_by_its_work(scene: Any) -> None:
    """After a restart the folder of a run leads to its row."""
    run = scene.run(work="work-x", feed="users", parent=None)
    assert run.id > 0
    assert run == scene.store.run(run.id)
    assert {"work-x": run} == scene.store.runs_of_works(["work-y", "work-x"])
    assert (None, {}) == (scene.store.run(run.id + 1), scene.store.runs_of_works([]))


def test_a_file_name_that_is_no_text_is_kept_as_it_is(scene: Any) -> None:
    """It comes from whoever delivers; a database that refuses it would stop every other file, too."""
    run = scene.run(file="caf\udce9\n.csv")
    assert run == scene.store.run(run.id)
    scene.store.apply(ChangeSet(), run, {})
    assert [run] == scene.store.runs()


def test_a_saved_run_is_the_newest_word(scene: Any, finished: Callable[[Run], Run]) -> None:
    """The journal moves forward by saving."""
    run = finished(scene.run())
    scene.store.save_run(run)
    assert (run, [run]) == (scene.store.run(run.id), scene.store.runs(state=RunState.COMPLETED))


def test_a_run_that_was_never_added_cannot_be_saved(scene: Any) -> None:
    """Losing it without a word would lose a file."""
    with pytest.raises(SyncdError, match="no run 7"):
        scene.store.save_run(replace(scene.run(), id=7))


def test_one_work_has_one_run(scene: Any) -> None:
    """A delivery that is taken up again after a crash must not become two runs."""
    scene.run(work="same")
    with pytest.raises(SyncdError, match="refuses"):
        scene.run(work="same")
    assert 1 == len(scene.store.runs())


def test_runs_are_listed_newest_first(scene: Any) -> None:
    """People look for last night's run at the top."""
    first, second, third = scene.run(), scene.run(state=RunState.HELD), scene.run()
    assert [third, second, first] == scene.store.runs()
    assert [third, second] == scene.store.runs(limit=2)
    assert [second] == scene.store.runs(state=RunState.HELD)


def test_children_are_the_runs_of_requeues(scene: Any) -> None:
    """The parent shows what is still open."""
    parent = scene.run()
    children = [scene.run(parent=parent.id), scene.run(parent=parent.id)]
    assert (children[::-1], []) == (scene.store.children(parent.id), scene.store.children(children[0].id))


def test_a_file_that_was_settled_is_known_by_its_bytes_and_reading(scene: Any) -> None:
    """The same bytes read in another way are another file, and a run with rows to mend settles nothing."""
    settled = scene.run(sha256="aa", fingerprint="f", settled_seq=0)
    scene.run(sha256="aa", fingerprint="f")
    found = [scene.store.settled_run(*asked) for asked in (("aa", "f"), ("aa", "g"), ("b", "f"))]
    assert [settled, None, None] == found


def test_a_tryback_leads_to_the_run_that_wrote_it(scene: Any) -> None:
    """A requeued tryback is linked to its parent."""
    run = scene.run(tryback="reports/users_tryback_1.csv")
    scene.run()
    store = scene.store
    assert (run, None) == (store.run_of_tryback("reports/users_tryback_1.csv"), store.run_of_tryback(""))


def test_a_run_of_several_files_is_found_by_each_of_them(scene: Any) -> None:
    """By workroom and tryback; of a tryback that it did not leave after all, it is not found."""
    store = scene.store
    files = [RunFile(work=f"room-{name}", file=f"{name}.csv", tryback=f"reports/{name}_1.csv") for name in "abc"]
    run = store.add_run(scene.run(work="other").with_files(files))
    assert {file.work: run for file in files} == store.runs_of_works(file.work for file in files[:2])
    fewer = run.with_files([files[0], replace(files[1], tryback=""), replace(files[2], tryback="reports/c_2.csv")])
    store.save_run(fewer)
    asked = [f"reports/{name}.csv" for name in ("a_1", "b_1", "c_1", "c_2")]
    assert [fewer, None, None, fewer] == [store.run_of_tryback(name) for name in asked]


def test_unfinished_runs_are_those_to_go_on_with_oldest_first(scene: Any) -> None:
    """At a restart they are taken up in the order in which they came; a held one waits for a person."""
    runs = [scene.run(state=state) for state in RunState]
    going = {RunState.RECEIVED, RunState.PLANNED, RunState.APPLYING, RunState.PUSHING}
    assert [run for run in runs if run.state in going] == scene.store.unfinished()


def test_runs_are_found_by_whose_they_are(scene: Any) -> None:
    """An account may read what became of its files, of its data source and of its feeds; the newest first."""
    sent = scene.run(trigger=Trigger.SFTP, by="ladok")
    by_hand = scene.run(trigger=Trigger.CLI, by="ladok")
    other = scene.run(trigger=Trigger.SFTP, by="hr", data_source="hr", feed="staff")
    unnamed = scene.run()

    def found(*asked: Any) -> list[int]:
        return [run.id for run in scene.store.runs_of_sender(*asked)]

    assert [sent.id] == found("ladok", "", (), 9)
    assert [other.id, sent.id] == found("ladok", "hr", (), 9)
    assert [other.id, sent.id] == found("ladok", "", ("staff",), 9)
    assert [other.id] == found("ladok", "hr", (), 1)
    assert not {by_hand.id, unnamed.id} & set(found("ladok", "hr", ("staff",), 9))

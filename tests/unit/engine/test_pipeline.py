"""The story of a run: its states, what is written when, and that a stop anywhere changes nothing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from syncd.core.claims import Foreign
from syncd.core.errors import PassingError
from syncd.core.kinds import Kind
from syncd.core.limits import Direction, Limit
from syncd.core.order import Stage
from syncd.core.runs import Run, RunState, Trigger
from syncd.dialects.moodle.options import MoodleOptions
from syncd.dialects.registry import DIALECTS
from syncd.engine.batching import place_of
from syncd.engine.overlay import Overlay
from syncd.engine.pipeline import Pipeline
from syncd.engine.recognising import Recognition
from syncd.engine.tally import Tally
from syncd.engine.world import Policy, World

HEAD = "username;firstname;lastname"
TWO = f"{HEAD}\nanna;Anna;Doe\nbert;Bert;Doe\n"
REMOVALS = {(Kind.USER, Direction.REMOVALS): Limit(count=1)}
ALL_GONE = f"{HEAD};deleted\nanna;;;1\nbert;;;1\n"
STEPS = ["read", "plan stored", "planned", "applied", "report", "tryback", "letter", "archive", "completed"]


class House:
    """A pipeline over a roster in memory, and the files that it is given."""

    def __init__(self, roster: Any, fakes: Any, limits: Any = None) -> None:
        self.roster, self.fakes, self.desk = roster, fakes, fakes.Desk()
        policy = Policy(
            limits=limits or {},
            foreign=Foreign.REFUSE,
            data_source="sis",
            recognition=Recognition(dialects=DIALECTS, options_for=_options),
            secret=b"key",
        )
        desk = self.desk
        self.pipeline = Pipeline(
            World(
                store=roster,
                memories=desk,
                plans=desk,
                artefacts=desk,
                contents=desk,
                letters=desk,
                clock=fakes.Clock(),
                journal=desk,
                policy=policy,
                tally=Tally(roster),
            )
        )

    def receive(self, text: str | bytes, name: str = "userimport.csv", **fields: Any) -> tuple[Run, Any]:
        """Return a stored run and its workroom, in a list as every run has one."""
        number = len(self.roster.runs) + 1
        known = {"work": f"w{number}", "file": name, "trigger": Trigger.CLI, "received": self.desk_time()}
        data = text if isinstance(text, bytes) else text.encode()
        return self.roster.add_run(Run(**known | fields)), [self.fakes.Room(data)]

    def work(self, text: str, name: str = "userimport.csv") -> Run:
        return self.pipeline.proceed(*self.receive(text, name))

    def desk_time(self) -> Any:
        return self.pipeline.world.clock.now()

    def names(self) -> list[str]:
        return [record["username"] for record in self.roster.records(Kind.USER)]


def _options(dialect: str, said: Mapping[str, str]) -> MoodleOptions:
    assert dialect == "moodle"
    return MoodleOptions.from_text(said)


@pytest.fixture
def house(roster: Any, world_fakes: Any) -> House:
    """Give a house without limits."""
    return House(roster, world_fakes)


@pytest.fixture
def strict(roster: Any, world_fakes: Any) -> House:
    """Give a house with anna and bert in it, of whom one may go at a time."""
    made = House(roster, world_fakes, REMOVALS)
    made.work(TWO)
    made.desk.wrote.clear()
    return made


def test_a_good_file_is_applied_reported_and_archived(house: House) -> None:
    """In this order, each before the next."""
    run = house.work(TWO)
    assert (RunState.COMPLETED, 2, ["anna", "bert"]) == (run.state, run.rows.applied, house.names())
    assert ["report completed", "archive"] == house.desk.wrote
    assert ("users", "sis", {Kind.USER: 0}, {Kind.USER: 2}) == (run.object, run.data_source, run.before, run.after)
    assert run == house.roster.runs[run.id]


def test_failed_rows_go_to_the_tryback_under_the_header_as_delivered(house: House) -> None:
    """Byte for byte, so that it can be mended and dropped again."""
    run = house.work(f"{HEAD}\r\nanna;Anna;Doe\r\nadmin; X;Y\r\n")
    assert (RunState.COMPLETED_WITH_FAILURES, 1) == (run.state, run.rows.failed)
    assert f"{HEAD}\r\nadmin; X;Y\r\n".encode() == house.desk.tryback
    assert ["report completed_with_failures", "tryback", "archive"] == house.desk.wrote


def test_the_same_bytes_again_are_not_even_read(house: House) -> None:
    """Twice is once, and costs a hash."""
    first = house.work(TWO)
    before = house.roster.seq(), house.roster.looked_up.copy()
    again = house.work(TWO)
    assert (RunState.COMPLETED, 2, 0) == (again.state, again.rows.unchanged, again.rows.applied)
    assert before == (house.roster.seq(), house.roster.looked_up)
    assert first.sha256 == again.sha256


def test_the_same_bytes_are_worked_again_once_somebody_else_touched_the_records(house: House) -> None:
    """A remembered file holds only while what it made still stands."""
    house.work(TWO)
    house.work(f"{HEAD};city\nanna;Anna;Doe;Bonn\n")
    house.work(f"{HEAD};deleted\nanna;;;1\n")
    assert ["bert"] == house.names()
    assert 1 == house.work(TWO).rows.applied
    assert ["anna", "bert"] == house.names()


def test_a_file_that_nobody_recognises_fails_and_is_archived(house: House) -> None:
    """It does not come back at every pass, and the report says what was expected."""
    run = house.work("a;b\n1;2\n", name="holiday.csv")
    assert (RunState.FAILED, ["file-unrecognised"]) == (run.state, house.desk.reported)
    assert ["report failed", "archive"] == house.desk.wrote


def test_a_plan_over_a_limit_is_held_before_the_first_change(strict: House) -> None:
    """Nothing goes before it was weighed; the file stays in its workroom."""
    run, rooms = strict.receive(ALL_GONE)
    held = strict.pipeline.proceed(run, rooms)
    assert (RunState.HELD, 2, 1) == (held.state, held.breaches[0].planned, held.breaches[0].allowed)
    assert (["anna", "bert"], True, ["report held"]) == (strict.names(), rooms[0].exists(), strict.desk.wrote)


def test_what_was_shown_is_what_is_applied_on_approval(strict: House) -> None:
    """By the stored plan; then the run goes on as any other."""
    run, rooms = strict.receive(ALL_GONE)
    done = strict.pipeline.approve(strict.pipeline.proceed(run, rooms), rooms)
    assert (RunState.COMPLETED, [], 2) == (done.state, strict.names(), done.changes[Kind.USER].deleted)
    assert ["report held", "report completed", "archive"] == strict.desk.wrote


def test_a_rejected_run_changes_nothing_and_counts_what_was_left_undone(strict: House) -> None:
    """Its rows are skipped, not failed: nothing is wrong with them."""
    run, rooms = strict.receive(ALL_GONE)
    done = strict.pipeline.reject(strict.pipeline.proceed(run, rooms), rooms)
    assert (RunState.REJECTED, 2, {}) == (done.state, done.rows.skipped, done.changes)
    assert (["anna", "bert"], "archive") == (strict.names(), strict.desk.wrote[-1])


def test_where_the_roster_moved_meanwhile_the_run_is_planned_and_held_again(strict: House) -> None:
    """A person approved something else than what would now be done."""
    run, rooms = strict.receive(ALL_GONE)
    held = strict.pipeline.proceed(run, rooms)
    strict.work(f"{HEAD};deleted\nanna;;;1\n")
    again = strict.pipeline.approve(held, rooms)
    assert (RunState.HELD, True) == (again.state, "plan-renewed" in strict.desk.reported)
    done = strict.pipeline.approve(again, rooms)
    assert (RunState.COMPLETED, []) == (done.state, strict.names())


def test_where_the_roster_moved_but_the_plan_is_the_same_it_is_applied(strict: House) -> None:
    """Another feed's change elsewhere is no reason to ask again."""
    run, rooms = strict.receive(ALL_GONE)
    held = strict.pipeline.proceed(run, rooms)
    strict.work(f"{HEAD}\ncarl;Carl;Doe\n")
    assert RunState.COMPLETED == strict.pipeline.approve(held, rooms).state
    assert ["carl"] == strict.names()


def test_an_approval_holds_whatever_others_made_or_changed_meanwhile(roster: Any, world_fakes: Any) -> None:
    """New records get other numbers by then, and other columns other values; it is the same for the same people."""
    growth = {(Kind.USER, Direction.GROWTH): Limit(count=1)}
    house = House(roster, world_fakes, growth)
    house.work(f"{HEAD};city\nanna;Anna;Doe;Lund\n")
    text = f"{HEAD};cohort\nanna;Ann;Doe;New\ndora;Dora;Doe;New\neva;Eva;Doe;New\n"
    held = house.pipeline.proceed(*(received := house.receive(text)))
    house.work(f"{HEAD};city;cohort\nanna;Anna;Doe;Rome;Other\ncarl;Carl;Doe;Rome;Other\n")
    done = house.pipeline.approve(held, received[1])
    assert (RunState.HELD, RunState.COMPLETED) == (held.state, done.state)
    assert ["anna", "carl", "dora", "eva"] == house.names()


def test_a_dry_run_leaves_no_trace(strict: House) -> None:
    """The same plan and weighing, nothing stored, nothing written."""
    run = Run(work="", file="userimport.csv", trigger=Trigger.CLI, received=strict.desk_time())
    rooms = [strict.fakes.Room(ALL_GONE.encode())]
    before = dict(strict.roster.runs), strict.roster.seq()
    done, plan = strict.pipeline.plan_only(run, rooms, strict.roster)
    assert (RunState.HELD, 2, 2) == (done.state, done.rows.applied, plan.changes.counts()[Kind.USER].deleted)
    assert (before, [], True) == ((dict(strict.roster.runs), strict.roster.seq()), strict.desk.wrote, rooms[0].exists())
    after = Overlay(strict.roster, plan.changes)
    back, _ = strict.pipeline.plan_only(run, [strict.fakes.Room(TWO.encode())], after)
    assert (RunState.PLANNED, 2) == (back.state, back.rows.applied)


@pytest.mark.parametrize("step", STEPS)
def test_a_run_stopped_after_any_step_ends_as_if_nothing_had_been(roster: Any, world_fakes: Any, step: str) -> None:
    """A crash changes nothing: the same roster, report, tryback and archive."""
    text = f"{HEAD};cohort\nanna;Anna;Doe;Staff\nadmin;X;Y;\n"
    house = House(roster, world_fakes)
    run, rooms = house.receive(text)
    house.desk.stop_at = step
    with pytest.raises(KeyboardInterrupt):
        house.pipeline.proceed(run, rooms)
    house.desk.stop_at = ""
    done = house.pipeline.proceed(roster.runs[run.id], rooms)
    assert (RunState.COMPLETED_WITH_FAILURES, (1, 1)) == (done.state, (done.rows.applied, done.rows.failed))
    assert (["anna"], 1) == (house.names(), len(roster.records(Kind.COHORT_MEMBER)))
    assert (text.encode(), f"{HEAD};cohort\nadmin;X;Y;\n".encode()) == (house.desk.archived, house.desk.tryback)
    assert ({"archive", "tryback"}, done) == (set(house.desk.wrote) & {"archive", "tryback"}, roster.runs[run.id])


@pytest.mark.parametrize("step", [*STEPS, "contents"])
def test_pictures_are_kept_before_the_roster_names_them(
    roster: Any, world_fakes: Any, drawings: Any, step: str
) -> None:
    """A crash changes nothing; nowhere on its way does the roster name a picture that is not there."""
    house = House(roster, world_fakes)
    house.work(TWO)
    house.desk.wrote.clear()
    data = drawings.zipped({"anna.png": drawings.png(1), "carl.png": drawings.png(2)})
    run, rooms = house.receive(data, "userpictures_1.zip")
    house.desk.stop_at = step
    with pytest.raises(KeyboardInterrupt):
        house.pipeline.proceed(run, rooms)
    house.desk.stop_at = ""
    assert {record["sha256"] for record in roster.records(Kind.PICTURE)} <= house.desk.contents.keys()
    done = house.pipeline.proceed(roster.runs[run.id], rooms)
    assert (RunState.COMPLETED_WITH_FAILURES, (1, 1)) == (done.state, (done.rows.applied, done.rows.failed))
    assert {drawings.png(1)} == set(house.desk.contents.values())
    assert [("carl.png", drawings.png(2))] == drawings.unzipped(house.desk.tryback)
    assert data == house.desk.archived


def test_a_plan_is_made_again_where_the_roster_moved_under_it(house: House) -> None:
    """Between plan and apply another process may have come; nothing is applied on top of what it changed."""
    run, rooms = house.receive(TWO)
    house.desk.stop_at = "planned"
    with pytest.raises(KeyboardInterrupt):
        house.pipeline.proceed(run, rooms)
    house.desk.stop_at = ""
    house.work(f"{HEAD}\nanna;Anna;Doe\n")
    done = house.pipeline.proceed(house.roster.runs[run.id], rooms)
    assert (RunState.COMPLETED, 1, 1) == (done.state, done.rows.applied, done.rows.unchanged)
    assert ["anna", "bert"] == house.names()


def test_a_stored_plan_that_is_not_the_one_of_the_run_is_made_again(house: House) -> None:
    """A plan lost or damaged on the disk must not be applied."""
    run, rooms = house.receive(TWO)
    house.desk.stop_at = "planned"
    with pytest.raises(KeyboardInterrupt):
        house.pipeline.proceed(run, rooms)
    house.desk.stop_at = ""
    house.desk.plans.clear()
    assert RunState.COMPLETED == house.pipeline.proceed(house.roster.runs[run.id], rooms).state
    assert ["anna", "bert"] == house.names()


def test_a_memory_that_cannot_be_kept_costs_only_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a cache: the run is done all the same, and the rows are looked at again."""
    monkeypatch.setattr(house.desk, "save", _save_plans_only(house.desk.save))
    assert RunState.COMPLETED == house.work(TWO).state
    monkeypatch.undo()
    run = house.work(f"{TWO}carl;Carl;Doe\n")
    assert (1, 2) == (run.rows.applied, run.rows.unchanged)


def _save_plans_only(save: Any) -> Any:
    def saving(*what: Any) -> None:
        if len(what) == 3:
            raise PassingError("the disk is full")
        save(*what)

    return saving


def test_a_run_that_syncd_itself_cannot_work_says_where_and_goes_to_the_archive(house: House) -> None:
    """One such file must not stop the others for ever; the words of the error stay out, they may hold secrets."""
    run, rooms = house.receive(TWO)
    with pytest.raises(ValueError, match="secret") as raised:
        int("secret words")
    done = house.pipeline.give_up(run, rooms, raised.value)
    assert (RunState.FAILED, ["internal"]) == (done.state, house.desk.reported)
    assert (True, []) == (house.desk.archived is not None, house.names())
    message = house.desk.plans[run.id].findings.get_column("message")[0]
    assert (True, False) == ("ValueError at test_pipeline.py:" in message, "secret" in message)


def test_an_applied_run_is_not_given_up(house: House) -> None:
    """What is in the roster cannot be called undone."""
    run = house.work(TWO)
    error = ValueError("of the program")
    with pytest.raises(ValueError, match="of the program"):
        house.pipeline.give_up(replace(run), [house.fakes.Room(b"")], error)


def test_a_file_gone_from_its_workroom_says_so(house: House) -> None:
    """Somebody cleaned up; that is no fault of the program."""
    run, rooms = house.receive(TWO)
    rooms[0].data = None
    done = house.pipeline.give_up(run, rooms, FileNotFoundError())
    assert (RunState.FAILED, ["file-unreadable"]) == (done.state, house.desk.reported)


@pytest.mark.parametrize(("name", "expected"), [("userimport.csv", Stage.USERS), ("holiday.txt", Stage.UNKNOWN)])
def test_what_a_file_is_decides_its_place_in_the_pass(house: House, name: str, expected: Stage) -> None:
    """Found from the header, without planning anything."""
    run, rooms = house.receive(TWO if expected else "x\n", name)
    assert (expected, name) == place_of(run, rooms, house.pipeline.preparation)


def test_passwords_in_the_header_are_known_before_anything_is_written(house: House) -> None:
    """Files that hold them are written for their owner alone."""
    assert house.work(f"{HEAD};password\nanna;A;D;secret\n").holds_secrets
    assert house.work(f"{HEAD};password\nanna;A;D;secret\n").holds_secrets
    assert not house.work(TWO).holds_secrets

"""Promise 5 for an undo: `kill -9` at any instant, then `syncd sync` and, if need be, the command again."""

import shutil
from collections.abc import Callable
from typing import Any

import pytest

from syncd.core.runs import RunState

KILLED = -9
SAMPLES = 4
"""Points tried of those between two writes."""

USERS = "username;firstname;lastname;idnumber\n" + "".join(f"pupil{n};P{n};L{n};N{n}\n" for n in range(1, 5))
COURSES = "shortname;fullname;category\nALG;Algebra;Maths/Year 1\n"
ENROLS = "cmd;cid;uid;rolename;enrol;gcmd;g1\n" + "".join(
    f"add;ALG;pupil{n};student;manual;gaddcreate;Blue\n" for n in (1, 2, 3)
)
LATER = "cmd;cid;uid;rolename;enrol;endtime\nadd;ALG;pupil3;student;manual;2027-01-01\n"
STRICT = "[limits]\nenrolment.removals = { count = 1, percent = 1 }"
UNDO = ["undo", "3", "--by", "ada", "--reason", "wrong"]


def plain(_place: Any) -> list[str]:
    """An undo within the limits; one record has to stay."""
    return UNDO


def held(place: Any) -> list[str]:
    """An undo over a limit."""
    place.configure(STRICT)
    return UNDO


def approved(place: Any) -> list[str]:
    """The decision that lets it go."""
    held(place)
    place.run(*UNDO)
    return ["approve", "5", "--by", "bo", "--reason", "yes"]


def rejected(place: Any) -> list[str]:
    """The decision that ends it."""
    held(place)
    place.run(*UNDO)
    return ["reject", "5", "--by", "bo", "--reason", "no"]


CASES: dict[str, Callable[[Any], list[str]]] = {case.__name__: case for case in (plain, held, approved, rejected)}


class Scene:
    """A home before the command, the command, and how it ends undisturbed."""

    def __init__(self, home: Any, words: list[str], folder: Any) -> None:
        self.home, self.words, self._folder = home, words, folder
        self._numbers = iter(range(100_000))
        place = self.twin()
        assert 0 <= place.run(*words).code
        place.run("sync")
        self.expected = self.ended(place)

    def twin(self) -> Any:
        return self.home.copy(self._folder / f"twin-{next(self._numbers)}")

    def points(self, kind: str) -> int:
        """Count the points of a kind that an undisturbed run passes."""
        place = self.twin()
        seen: int = place.run(*self.words, points=kind).seen
        shutil.rmtree(place.path)
        return seen

    def killed_at(self, kind: str, number: int) -> dict[str, Any]:
        """Return how things end when the command dies at a point and an operator goes on."""
        place = self.twin()
        assert KILLED == place.run(*self.words, points=kind, die=number).code
        assert place.run("sync").code in (0, 1, 3)
        if self.is_to_do(place):
            assert place.run(*self.words).code in (0, 1, 3)
        return self.ended(place)

    def is_to_do(self, place: Any) -> bool:
        """Tell whether nothing of the command has been kept: there is no undo, or it still waits."""
        with place.app() as app:
            undo = app.run(5)
        return undo is None if self.words == UNDO else undo.run.state is RunState.HELD

    def ended(self, place: Any) -> dict[str, Any]:
        with place.app() as app:
            audit = [(entry.what, entry.run, entry.detail) for entry in app.audit()]
        end = place.end() | {"audit": audit}
        shutil.rmtree(place.path)
        return end


FIRST = {"users.csv": USERS, "courses.csv": COURSES, "enrols.csv": ENROLS, "d_enrols.csv": LATER}


@pytest.fixture(scope="module", params=CASES)
def scene(request: pytest.FixtureRequest, seeded: Any, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Give a home in which run 3 enrolled three pupils, of whom run 4 touched one; the tests share it."""
    folder = tmp_path_factory.mktemp("scene")
    home = seeded(folder / "home", FIRST)
    return Scene(home, CASES[request.param](home), folder)


def test_a_kill_at_every_journal_point_changes_nothing(scene: Scene) -> None:
    """Roster, runs, reports and audit are as without the crash; nothing is done or written down twice."""
    seen = scene.points("journal")
    assert seen >= 3
    for number in range(1, seen + 1):
        assert scene.expected == scene.killed_at("journal", number), f"killed at journal point {number} of {seen}"


@pytest.mark.parametrize("kind", ["disk", "database"])
@pytest.mark.parametrize("scene", ["plain", "rejected"], indirect=True)
def test_a_kill_between_two_writes_changes_nothing(scene: Scene, kind: str) -> None:
    """Around fsyncs, renames and removals; around statements of the transaction."""
    seen = scene.points(kind)
    for number in range(1, seen + 1, max(1, seen // SAMPLES)):
        assert scene.expected == scene.killed_at(kind, number), f"killed at {kind} point {number} of {seen}"

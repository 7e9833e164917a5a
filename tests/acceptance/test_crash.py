"""Promise 5: `kill -9` at any instant, then a plain `syncd sync`: everything is as if nothing had happened."""

import random
import re
import shutil
from pathlib import Path

import pytest

KILLED = -9
SAMPLES = 6
"""Points tried of those between two writes, of which a run has a hundred. All hold; all of them take five minutes."""

USERS = "username;firstname;lastname;idnumber\n" + "".join(f"pupil{n};P{n};L{n};N{n}\n" for n in range(1, 9))
COURSES = "shortname;fullname;category\nALG;Algebra;Maths/Year 1\nGEO;Geometry;Maths\n"
MIXED = (
    "cmd;cid;uid;rolename;enrol;starttime;gcmd;g1\r\n"
    "add;ALG;pupil1;student;manual;2026-09-01;gaddcreate;Blue\r\n"
    "add;ALG;pupil2;student;manual;2026-09-01;gadd;Nowhere\r\n"
    "add;GEO;nobody;student;manual;2026-09-01;;\r\n"
    "add;GEO;pupil3;student;manual;2026-09-01;;\r\n"
    "add;GEO;pupil4;student;manual"
)
DELETING = "username;firstname;lastname;deleted\n" + "".join(f"pupil{n};P{n};L{n};1\n" for n in range(1, 5))
ROOM = re.compile("state/work/[^/]+")
HELD = "[limits]\nuser.removals = { count = 2, percent = 10 }"


def mixed(place) -> list:
    """Applied, partial and failed rows, and one that is cut off."""
    place.drop("enrols.csv", MIXED)
    return []


def unrecognised(place) -> list:
    """A file that nothing fits."""
    place.drop("menu.csv", "soup;fish\ntomato;cod\n")
    return []


def several(place) -> list:
    """Three files that depend on each other."""
    place.drop("uploadcourses.csv", "shortname;fullname\nART;Art\n")
    place.drop("userimport.csv", "username;firstname;lastname;password\nguest2;G;H;S3cret-word\n")
    place.drop("enrols.csv", "cid;uid;rolename;enrol;starttime\nART;guest2;student;manual;2026-09-01\n")
    return []


def held(place) -> list:
    """A plan over a limit."""
    place.drop("userimport.csv", DELETING)
    return []


def approved(place) -> list:
    """The decision that lets it go."""
    held(place)
    place.run("sync")
    return ["approve", "3", "--by", "ada", "--reason", "they left"]


def rejected(place) -> list:
    """The decision that ends it."""
    held(place)
    place.run("sync")
    return ["reject", "3", "--by", "ada", "--reason", "cut short"]


CASES = {case.__name__: case for case in (mixed, unrecognised, several, held, approved, rejected)}


@pytest.fixture(scope="module", params=CASES)
def scene(request, home_at, tmp_path_factory) -> tuple:
    """Give the command, a maker of twins of a home before it, and how an undisturbed run ends; the tests share them."""
    folder = tmp_path_factory.mktemp("scene")
    home = home_at(folder / "home")
    home.configure(HELD)
    home.drop("first_users.csv", USERS)
    home.drop("first_courses.csv", COURSES)
    assert 0 == home.run("sync").code
    words = CASES[request.param](home) or ["sync"]
    numbers = iter(range(100_000))

    def twin():
        return home.copy(folder / f"twin-{next(numbers)}")

    undisturbed = twin()
    assert 0 <= undisturbed.run(*words).code
    undisturbed.run("sync")
    return words, twin, undisturbed.end()


def finish(place, words: list) -> None:
    """Do what an operator does after a crash: start syncd again; decide again what is still held."""
    done = place.run("sync")
    assert done.code in (0, 1, 3), done.err
    if words != ["sync"] and place.held():
        assert 0 <= place.run(*words).code


def points(kind: str, words: list, twin) -> int:
    """Count the points of a kind that an undisturbed run passes."""
    place = twin()
    seen = place.run(*words, points=kind).seen
    shutil.rmtree(place.path)
    return seen


def killed_at(kind: str, number: int, words: list, twin) -> dict:
    """Return how things end when a process dies at a point and syncd is started again."""
    place = twin()
    assert KILLED == place.run(*words, points=kind, die=number).code
    finish(place, words)
    end = place.end()
    shutil.rmtree(place.path)
    return end


def test_a_kill_at_every_journal_point_changes_nothing(scene):
    """Each step that the engine says it reached is one at which the power may go."""
    words, twin, expected = scene
    seen = points("journal", words, twin)
    assert seen >= 3
    for number in range(1, seen + 1):
        assert expected == killed_at("journal", number, words, twin), f"killed at journal point {number} of {seen}"


@pytest.mark.parametrize("kind", ["disk", "database"])
def test_a_kill_between_two_writes_changes_nothing(scene, kind):
    """Around fsyncs, renames, links, removals and folders made; around statements of the transaction."""
    words, twin, expected = scene
    seen = points(kind, words, twin)
    for number in range(1, seen + 1, max(1, seen // SAMPLES)):
        assert expected == killed_at(kind, number, words, twin), f"killed at {kind} point {number} of {seen}"


def test_a_kill_at_any_moment_changes_nothing(scene):
    """From outside, at moments that no test thought of."""
    words, twin, expected = scene
    chance = random.Random(42)
    for _ in range(3):
        place = twin()
        place.run(*words, after=chance.uniform(0.02, 0.3))
        finish(place, words)
        assert expected == place.end()
        shutil.rmtree(place.path)


def test_a_kill_while_it_recovers_changes_nothing(scene):
    """The second crash comes in the middle of mending the first."""
    words, twin, expected = scene
    place = twin()
    assert KILLED == place.run(*words, points="journal", die=2).code
    for number in (3, 2, 1):
        place.run("sync", points="journal", die=number)
    finish(place, words)
    assert expected == place.end()


def test_nothing_of_a_killed_run_stays_behind(scene: tuple):
    """A part file or a forgotten plan would pile up, one a crash."""
    words, twin, _ = scene
    undisturbed = twin()
    undisturbed.run(*words)
    place = twin()
    place.run(*words, points="disk", die=points("disk", words, twin) // 2)
    finish(place, words)
    assert _names(undisturbed.path) == _names(place.path)


def _names(home: Path) -> list[str]:
    """Return the folders of all files, a workroom as one word; row memories are left out, they are made anew."""
    kept = [path for path in home.rglob("*") if path.is_file() and path.suffix not in (".db-wal", ".db-shm", ".rows")]
    return sorted(ROOM.sub("state/work/ROOM", str(path.parent.relative_to(home))) for path in kept)


def test_a_delivery_that_was_cut_in_two_is_worked_as_one(homes, tmp_path):
    """Killed while files are taken: those that are taken already must not be worked before those that they need."""
    whole = homes()
    whole.drop("a_enrols.csv", "cid;uid;rolename;enrol;starttime\nART;zoe;student;manual;2026-09-01\n")
    whole.drop("b_uploadcourses.csv", "shortname;fullname\nART;Art\n")
    whole.drop("c_userimport.csv", "username;firstname;lastname\nzoe;Z;Z\n")
    place = whole.copy(tmp_path / "seen")
    seen = place.run("sync", points="disk").seen
    expected = place.end()
    cut = 0
    for point in range(1, seen, 2):
        twin = whole.copy(tmp_path / "twin")
        assert KILLED == twin.run("sync", points="disk", die=point).code
        left = len(twin.left("sync"))
        cut += 0 < left < 3
        twin.run("sync")
        end = twin.end()
        shutil.rmtree(twin.path)
        assert expected["roster"] == end["roster"], f"killed at disk point {point} of {seen}"
        if left == 0:
            break
    assert cut

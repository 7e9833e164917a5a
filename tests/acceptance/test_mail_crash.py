"""Promise 5 for mail: killed at any instant, then started again, a home sends the same letter, once."""

import shutil
from collections import Counter

import pytest

KILLED = -9
MIXED = "username;firstname;lastname\nnew.one;New;One\nBAD NAME;B;N\n"
LEAVING = "username;firstname;lastname;deleted\n" + "".join(f"pupil{n};P;L;1\n" for n in range(1, 5))
USERS = "username;firstname;lastname\n" + "".join(f"pupil{n};P{n};L{n}\n" for n in range(1, 9))
LIMIT = "[limits]\nuser.removals = { count = 2, percent = 'none' }"


@pytest.fixture
def office(open_office):
    return open_office()


CASES = {
    "mixed": (MIXED, "failed 1 of 2 rows"),
    "held": (LEAVING, "held: "),
    "unknown": ("soup;fish\nx;y\n", "failed: "),
}


@pytest.fixture(params=CASES)
def scene(request, homes, office):
    """Give a maker of homes with a file in sync/, and how its letter begins."""
    content, expected = CASES[request.param]
    home = homes()
    home.configure(f"{office.settings()}\n{LIMIT}")
    home.worked("first_users.csv", USERS)
    home.run("sync")
    home.drop("menu.csv" if request.param == "unknown" else "some_users.csv", content)
    numbers = iter(range(1000))

    def twin():
        return home.copy(home.path.with_name(f"twin-{next(numbers)}"))

    return twin, expected


def letters_after_a_kill(twin, office, kind: str, step: int) -> Counter[tuple[str, str]]:
    """Return how often each letter came, of which there is one for the run, and one if a lock had to be taken over."""
    office.letters.clear()
    place = twin()
    assert KILLED == place.run("sync", points=kind, die=step).code
    place.run("sync")
    shutil.rmtree(place.path)
    told = Counter(str(letter["Message-ID"]) for letter in office.letters)
    about_runs = {
        str(letter["Message-ID"]): subject.removeprefix("[syncd] ")
        for letter, subject in zip(office.letters, office.subjects(), strict=True)
    }
    return Counter({(id, about_runs[id]): n for id, n in told.items() if "lock.txt was left" not in about_runs[id]})


def test_a_kill_at_every_step_sends_the_same_letter_once(scene, office):
    """Promise 5, between any two steps of the run."""
    twin, expected = scene
    seen = twin().run("sync", points="journal").seen
    for step in range(2, seen + 1):
        ((_, subject), times), *more = letters_after_a_kill(twin, office, "journal", step).items()
        assert ([], 1, expected) == (more, times, subject[: len(expected)]), f"killed at {step} of {seen}"


def test_a_kill_between_two_writes_sends_the_same_letter_once(scene, office):
    """Also while the letter is put away or noted as sent; only between the server's yes and the note it comes twice."""
    twin, expected = scene
    seen = twin().run("sync", points="disk").seen
    for step in [*range(1, seen, max(1, seen // 3)), *range(seen - 8, seen + 1, 2)]:
        ((_, subject), times), *more = letters_after_a_kill(twin, office, "disk", step).items()
        assert ([], True, expected) == (more, times <= 2, subject[: len(expected)]), f"killed at {step} of {seen}"

"""The drop boxes of a home: what is taken, what bars the way, and what is said of it."""

from datetime import UTC, datetime

import pytest

from syncd.app.boxes import Boxes, box, in_line, left, standing, together
from syncd.app.drop_alarms import trouble
from syncd.config.home import Home
from syncd.config.models import Settings
from syncd.core.handshake import AlarmKind

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE5Wm4cGSx8iTHqtF1ApVSMOS7JRSXr7SnZKH1bBGwHM"


class Place:
    """A home with the account bob, and what is claimed in its box."""

    def __init__(self, path):
        account = {"name": "bob", "keys": [KEY]}
        self.settings = Settings.model_validate({"sftp": {"account": [account]}, "drop": {"quiet": "0s"}})
        self.home = Home(path)
        self.box = box(self.home, "bob")
        self.box.prepare()
        self.woken = 0
        self.boxes = Boxes(self.home, self.settings, lambda: datetime.now(UTC), {}, self.wake)

    def wake(self):
        self.woken += 1

    def sent(self, name, content=b"x"):
        """Let a file be delivered."""
        self.box.places.part(name).write_bytes(content)
        self.box.deliver_durably(name)

    def claimed(self):
        return self.boxes.claim(lambda _: "")


@pytest.fixture
def place(tmp_path):
    """Give a home."""
    return Place(tmp_path)


@pytest.fixture
def elsewhere(tmp_path):
    """Give a folder that is none of ours, with a file."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.csv").touch()
    return tmp_path / "elsewhere"


def test_each_of_several_files_of_one_name_asks_for_the_next_look_at_once(place):
    """A hundred of them must not wait a hundred times for files to settle."""
    for content in (b"1", b"2", b"3"):
        place.sent("x.csv", content)
    taken = [(together(place.claimed()).taken[0].input.read_bytes(), place.woken) for _ in range(3)]
    assert [(b"1", 1), (b"2", 2), (b"3", 2)] == taken


def test_a_box_that_is_a_link_is_not_taken_from_and_told(place, elsewhere):
    """Somebody local led syncd to files of others."""
    link = place.home.sync / "bob"
    link.rename(place.home.path / "old")
    link.symlink_to(elsewhere)
    claims = place.claimed()
    assert (elsewhere / "secret.csv").exists()
    assert f"{link} is a link, not a folder" in claims[0].claim.found[AlarmKind.FOLDER_REFUSED]
    assert [("bob/", claims[0].claim.blocked)] == list(left(claims))
    assert {} == standing(place.home, place.settings)


@pytest.mark.parametrize("name", [".parts", ".waiting"])
def test_a_link_inside_a_box_is_told_and_what_stands_there_is_taken(place, elsewhere, name):
    """Nothing new can be sent until it is mended."""
    place.sent("x.csv")
    inside = place.box.folder / name
    inside.rmdir()
    inside.symlink_to(elsewhere)
    (claim,) = (each.claim for each in place.claimed())
    assert ["x.csv"] == [work.file for work in claim.taken]
    assert f"{inside} is a link, not a folder" in claim.found[AlarmKind.FOLDER_REFUSED]
    assert [] == list(in_line(place.box.folder))
    inside.unlink()
    claim = place.claimed()[0].claim
    assert ({}, True) == (claim.found, AlarmKind.FOLDER_REFUSED in claim.examined)


def test_what_bars_the_way_of_files_that_were_sent_is_told_until_it_is_gone(place):
    """They were accepted; without an alarm nobody would ever look."""
    (place.box.folder / "a.csv").symlink_to("/nowhere")
    (place.box.folder / "b.csv").mkdir()
    for name in ("a.csv", "b.csv"):
        place.sent(name)
    claim = place.claimed()[0].claim
    said = trouble(AlarmKind.NAME_BARRED, claim.found[AlarmKind.NAME_BARRED], "bob")
    assert said.sentence.startswith("bob: files that were sent wait in vain")
    assert said.sentence.endswith("a.csv, b.csv")
    assert ["a.csv", "b.csv"] == sorted(name for name, _ in claim.left)
    (place.box.folder / "a.csv").unlink()
    (place.box.folder / "b.csv").rmdir()
    taken = [work.file for _ in range(2) for work in together(place.claimed()).taken]
    assert ["a.csv", "b.csv"] == sorted(taken)
    claim = place.claimed()[0].claim
    assert ({}, True) == (claim.found, AlarmKind.NAME_BARRED in claim.examined)


def test_files_in_line_are_known_by_their_names(place):
    """A status counts them, with their age."""
    for content in (b"1", b"22", b"333"):
        place.sent("x y.csv", content)
    assert [("x y.csv", 2), ("x y.csv", 3)] == [(look.name, look.size) for look in in_line(place.box.folder)]

"""Files that were delivered just now."""

import os

import pytest

from syncd.sftp.dropbox.recent import Recent

STATUS = os.stat_result((0o100640, 1, 2, 1, 0, 0, 42, 10, 20, 30))


@pytest.fixture
def clock():
    """Give a clock that tests move."""
    return [0.0]


@pytest.fixture
def recent(clock):
    """Give a memory."""
    return Recent(lambda: clock[0])


def test_a_delivered_file_is_known_for_half_a_minute(recent, clock):
    """Clients look after it; then it is syncd's."""
    recent.remember("x", STATUS)
    clock[0] = 30
    assert recent.status("x").st_size == 42
    clock[0] = 31
    assert recent.status("x") is None


def test_its_times_can_be_set(recent):
    """Rclone sets them after the file is closed, and asks for them again."""
    recent.remember("x", STATUS)
    assert recent.set_times("x", (5, 6))
    assert (5, 6, 42) == (recent.status("x").st_atime, recent.status("x").st_mtime, recent.status("x").st_size)
    assert not recent.set_times("y", (5, 6))


def test_one_that_was_taken_back_is_forgotten(recent):
    """It is not there."""
    recent.remember("x", STATUS)
    recent.forget("x")
    assert recent.status("x") is None


def test_old_ones_go_when_new_ones_come(recent, clock):
    """A sender of many files must not fill the memory."""
    for number in range(100):
        clock[0] = number
        recent.remember(str(number), STATUS)
    assert 31 == len(recent._known)

"""The decisions of the handshake."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.handshake import (
    Facts,
    Owner,
    Verdict,
    is_left_alone,
    is_quiet,
    is_unfinished,
    judge,
    parse,
    render,
    seconds_between,
    span,
)

NOW = datetime(2026, 11, 21, 18, 30, 5, tzinfo=timezone(timedelta(hours=1)))
OWNER = Owner(pid=4711, host="høst", boot="b-1", started=99, since=NOW)
FOREIGN = Facts(owner=OWNER, same_host=False, alive=False, age=60.0, threshold=10800.0)


def test_what_is_written_is_read_back():
    """A later process must learn exactly who holds the lock."""
    assert parse(render(OWNER)) == OWNER


def test_the_contents_are_one_line_of_ascii():
    """Senders look at it with whatever tool they have."""
    text = render(OWNER)
    assert (True, 1, "\n") == (text.isascii(), text.count("\n"), text[-1])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1763746205",
        "[]",
        "null",
        "[" * 4096,
        '{"pid": 1}',
        '{"pid": "1", "host": "h", "time": "2026-11-21T18:30:05+01:00"}',
        '{"pid": true, "host": "h", "time": "2026-11-21T18:30:05+01:00"}',
        '{"pid": 0, "host": "h", "time": "2026-11-21T18:30:05+01:00"}',
        '{"pid": -1, "host": "h", "time": "2026-11-21T18:30:05+01:00"}',
        '{"pid": 99999999999, "host": "h", "time": "2026-11-21T18:30:05+01:00"}',
        '{"pid": 1, "host": 5, "time": "2026-11-21T18:30:05+01:00"}',
        '{"pid": 1, "host": "h", "time": "2026-11-21T18:30:05"}',
        '{"pid": 1, "host": "h", "time": 5}',
        '{"pid": 1, "host": "h", "started": "x", "time": "2026-11-21T18:30:05+01:00"}',
    ],
)
def test_contents_that_name_nobody_are_nobody(text):
    """Process 0 or -1 would be every process; a half-written lock must not crash the claim."""
    assert parse(text) is None


@given(st.text(max_size=200))
def test_no_contents_whatever_raise(text):
    """Anybody may have written the file."""
    assert parse(text) is None or isinstance(parse(text), Owner)


def test_no_lock_is_free():
    """Nothing there, nothing to judge."""
    assert judge(None) is Verdict.FREE


@pytest.mark.parametrize("age", [0.0, 10801.0, 1e9])
def test_a_live_owner_of_this_machine_keeps_the_lock_at_any_age(age):
    """A long claim is no dead claim; two owners would take one file twice."""
    assert judge(replace(FOREIGN, same_host=True, alive=True, age=age)) is Verdict.OURS_LIVE


@pytest.mark.parametrize("age", [0.0, 10801.0])
def test_a_gone_owner_of_this_machine_is_dead_at_any_age(age):
    """Nobody waits three hours for a process that is known to be gone."""
    assert judge(replace(FOREIGN, same_host=True, age=age)) is Verdict.DEAD


@pytest.mark.parametrize("owner", [OWNER, None])
def test_a_lock_that_cannot_be_looked_behind_is_live_up_to_the_threshold(owner):
    """Another machine's process cannot be asked; a young lock is believed."""
    assert judge(replace(FOREIGN, owner=owner, age=10800.0)) is Verdict.THEIRS_LIVE


@pytest.mark.parametrize("owner", [OWNER, None])
def test_a_lock_that_cannot_be_looked_behind_is_stale_after_the_threshold(owner):
    """A sync that stands still for days unnoticed is what users complain of most."""
    assert judge(replace(FOREIGN, owner=owner, age=10800.1)) is Verdict.STALE


def test_a_foreign_lock_that_is_held_is_live_at_any_age():
    """The kernel says that somebody holds it, wherever that process is."""
    assert judge(replace(FOREIGN, alive=True, age=1e6)) is Verdict.THEIRS_LIVE


def test_only_dead_and_stale_locks_may_be_taken_over():
    """Every other lock protects somebody."""
    assert {verdict for verdict in Verdict if verdict.may_be_taken_over} == {Verdict.DEAD, Verdict.STALE}


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (11100, "3 h 5 min"), (1e6, "277 h 46 min")]
)
def test_lengths_of_time_are_in_words(seconds, words):
    """Operators read hours, not 11100 s."""
    assert words == span(seconds)


def test_a_file_time_of_the_future_is_no_age():
    """Clocks of two machines differ; that is not an incident."""
    assert (0.0, 60.0) == (seconds_between(NOW.timestamp() + 5, NOW), seconds_between(NOW.timestamp() - 60, NOW))


@pytest.mark.parametrize(("age", "quiet"), [(2.0, True), (1.0, True), (0.5, False), (-60.0, False)])
def test_a_file_is_quiet_once_its_last_write_is_long_enough_ago(age, quiet):
    """A time of the future does not say that nobody writes."""
    assert quiet is is_quiet(NOW.timestamp() - age, NOW, 1.0)


def test_absurd_file_times_are_judged_all_the_same():
    """`touch -d @1e18` must not end the pass."""
    assert (False, True) == (is_quiet(1e18, datetime.now(UTC), 1.0), is_quiet(-1e18, datetime.now(UTC), 1.0))


@pytest.mark.parametrize(
    "name",
    [
        *("x.csv.filepart", "x.part", "x.partial", "x.csv.tmp", "x.temp", "x.crdownload", "x.writing", ".x.csv.swp"),
        *("x.csv~", "x.csv.bak", ".x.csv.Ab3dE9", ".x.csv.abcdef", "X.CSV.FilePart", "x.PART", "~", "å\udce5.tmp"),
    ],
)
def test_names_of_unfinished_uploads_are_left_alone(name):
    """Clients send under them, editors and copies leave them behind; half a file must not be read as a whole one."""
    assert (True, True) == (is_unfinished(name), is_left_alone(name))


@pytest.mark.parametrize("name", [".x.csv", "_x.csv", ".x.csv.abcde", ".x.csv.abcdefg", "_later.csv"])
def test_hidden_names_are_left_alone_though_nothing_says_that_they_are_unfinished(name):
    """Whoever hides a file means it."""
    assert (False, True) == (is_unfinished(name), is_left_alone(name))


@pytest.mark.parametrize(
    "name", ["x.csv", "part", "tmp.csv", "x.tmp.csv", "x.bak1", "backup.csv", "x~1.csv", "x.Ab3dE9", ""]
)
def test_other_names_are_taken(name):
    """Nothing waits for a rename that never comes."""
    assert not is_left_alone(name)

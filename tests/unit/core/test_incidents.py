"""Incidents: when they begin, when they are over, and what is said of them."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.incidents import Incident, Trouble, duration, turned

NOW = datetime(2026, 11, 21, 18, 30, 5, tzinfo=timezone(timedelta(hours=1)))
LATER = NOW + timedelta(hours=9)
STALE = Trouble(sentence="stale lock: too old; look at it", all_clear="the lock is gone")
OPEN = Incident(key="lock", trouble=STALE, since=NOW, told=True)


def test_an_incident_begins_and_is_not_told_yet():
    """The letter comes first, then it counts as told."""
    assert {"lock": replace(OPEN, told=False)} == turned({}, {"lock": STALE}, {"lock"}, NOW)


def test_an_incident_that_goes_on_is_silent_and_keeps_its_words():
    """One mail per pass is no alarm but noise."""
    older = replace(STALE, sentence="older")
    assert {"lock": OPEN} == turned({"lock": OPEN}, {"lock": older}, {"lock"}, LATER)


def test_an_incident_that_is_looked_at_and_not_found_is_over():
    """Whoever was called out wants to know that it is over."""
    over = turned({"lock": OPEN}, {}, {"lock"}, LATER)["lock"]
    assert (LATER, False, "the lock is gone") == (over.until, over.told, over.title)
    assert "over: the lock is gone (it began 2026-11-21 18:30:05+01:00 and lasted 9 h 0 min)" == over.sentence


def test_an_incident_that_was_not_looked_at_stays_open():
    """A pass that stopped at alock.txt knows nothing of what lies behind it."""
    assert {"lock": OPEN} == turned({"lock": OPEN}, {}, {"other"}, LATER)


def test_an_incident_that_comes_back_is_a_new_one():
    """The all-clear was said; the alarm has to be said again."""
    over = replace(OPEN, until=NOW, told=True)
    assert {"lock": Incident(key="lock", trouble=STALE, since=LATER)} == turned(
        {"lock": over}, {"lock": STALE}, {"lock"}, LATER
    )


def test_without_words_of_its_own_an_all_clear_says_what_is_over():
    """Not everybody who raises an alarm knows how to take it back."""
    over = replace(OPEN, trouble=Trouble(sentence="the tap drips; mend it"), until=LATER)
    assert "over: the tap drips" == over.title


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30))
def test_begin_and_end_alternate(passes):
    """Whatever happens, nobody hears twice of a beginning or of an end."""
    known, heard = {}, []
    for wrong, looked in passes:
        after = turned(known, {"lock": STALE} if wrong else {}, {"lock"} if looked else (), NOW)
        heard += [incident.over for incident in after.values() if not incident.told]
        known = {key: replace(incident, told=True) for key, incident in after.items() if not incident.over}
    assert [bool(place % 2) for place in range(len(heard))] == heard


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "less than a second"),
        (0.4, "less than a second"),
        (59, "59 s"),
        (60, "1 min 0 s"),
        (11100, "3 h 5 min"),
        (200000, "2 d 7 h"),
    ],
)
def test_lengths_of_time_are_in_words(seconds, words):
    """Two units are enough; a clock that was set back makes none negative."""
    assert words == duration(timedelta(seconds=seconds))

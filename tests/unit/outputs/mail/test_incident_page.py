"""The letters of an incident."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from syncd.core.incidents import Incident, Trouble
from syncd.outputs.mail.incident_page import incident_page, incident_summary
from syncd.outputs.mail.message import Stationery
from syncd.outputs.mail.page import as_text

NOW = datetime(2026, 11, 21, 3, 5, tzinfo=UTC)
PAPER = Stationery(sender="a@b", site="", home="/srv/syncd", host="web01")
TROUBLE = Trouble(
    sentence="stale lock: alock.txt has been in the drop folder for 3 h 5 min; see whether the sender died",
    cause="The sender died.",
    what_next="Have the sender remove it.",
    all_clear="alock.txt does not stop the drop folder any longer",
)
BEGUN = Incident(key="sender-lock-stale", trouble=TROUBLE, since=NOW)
OVER = replace(BEGUN, until=NOW + timedelta(hours=5))


def text_of(incident) -> str:
    return " ".join(as_text(incident_page(incident, PAPER)).split())


def test_the_subjects_tell_alarm_and_all_clear_apart():
    """One wakes somebody, the other lets him sleep again."""
    assert "ALARM stale lock: alock.txt has been in the drop folder for 3 h 5 min" == incident_summary(BEGUN)
    assert "all clear: alock.txt does not stop the drop folder any longer" == incident_summary(OVER)


def test_an_alarm_gives_its_cause_in_words_and_the_next_command():
    """Whoever reads it at night has not read the manual."""
    text = text_of(BEGUN)
    assert "Cause The sender died. What next Have the sender remove it." in text
    assert "syncd status --home /srv/syncd" in text
    assert "noticed 2026-11-21 03:05:00+00:00" in text
    assert "This is said once." in text


def test_an_all_clear_says_how_long_it_was_and_asks_for_nothing():
    """It answers the alarm and ends the matter."""
    text = text_of(OVER)
    assert "over 2026-11-21 08:05:00+00:00, after 5 h 0 min" in text
    assert "Nothing has to be done any more." in text
    assert "What next" not in text


def test_what_happened_in_an_instant_promises_no_all_clear():
    """A lock that was taken over is history."""
    assert "This is said once." not in text_of(replace(BEGUN, trouble=replace(TROUBLE, lasts=False)))

"""Which letters are written: by policy, with which attachments, of incidents, and in digests."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from syncd.core.incidents import Incident, Trouble
from syncd.core.kinds import Kind
from syncd.core.limits import Breach, Direction
from syncd.core.runs import RowCounts, RunState
from syncd.frames.findings import none
from syncd.outputs.mail import digest, letter_files

FAILED = {"state": RunState.COMPLETED_WITH_FAILURES, "rows": RowCounts(failed=1), "tryback": "reports/t.csv"}
BREACH = Breach(kind=Kind.USER, direction=Direction.REMOVALS, planned=9, allowed=2, population=40, limit="2")
HELD = {"state": RunState.HELD, "breaches": (BREACH,), "roster_seq": 1}
OK, BAD, STOPPED = "ok", "failed", "held"


def tell(desk, **changes) -> None:
    desk.letters.tell(desk.run(**changes), none())


@pytest.mark.parametrize(
    ("policy_name", "expected"),
    [("always", [OK, BAD, STOPPED]), ("failure", [BAD, STOPPED]), ("never", [STOPPED]), ("digest", [STOPPED])],
)
def test_the_policy_says_of_which_runs_a_letter_is_written(desk, policy_name, expected):
    """A held run waits for somebody, so it is told whatever the policy."""
    desk.hears(policy_name)
    for number, changes in enumerate(({}, FAILED, HELD)):
        tell(desk, id=number, work=f"w{number}", **(changes | {"tryback": ""}))
    assert expected == sorted((s.split()[0].rstrip(":") for s in desk.subjects()), key=(OK, BAD, STOPPED).index)


def test_where_nobody_hears_nothing_is_written(desk):
    """Mail is off: not even a folder is made."""
    tell(desk)
    desk.letters.tell_incident(Incident(key="k", trouble=Trouble(sentence="s"), since=desk.now))
    desk.letters.cut_digest(desk.now)
    assert [] == list(desk.home.iterdir())


def test_a_run_is_told_once_for_each_state_and_plan(desk):
    """Held, then held again with another plan, then over: three letters, however often each step is done again."""
    desk.hears()
    for changes in (HELD, HELD, HELD | {"roster_seq": 2}, HELD | {"roster_seq": 2}, {}, {}):
        tell(desk, **changes)
    assert 3 == len(desk.subjects())


def attached(desk) -> list[tuple[str, bytes | str]]:
    (waiting,) = desk.outbox.waiting()
    message = message_from_bytes(desk.outbox.message(waiting), policy=policy.default)
    return [(part.get_filename(), part.get_content()) for part in message.iter_attachments()]


@pytest.fixture
def tryback(desk):
    """Give a desk with a tryback on the disk."""
    (desk.home / "reports").mkdir()
    (desk.home / "reports" / "t.csv").write_bytes(b"username\nBAD NAME\n")
    return desk


def test_report_and_tryback_go_with_a_letter_where_that_is_set(tryback):
    """Byte for byte, so that it can be mended on the spot."""
    tryback.hears(attach_report=True, attach_tryback=True, most=100_000)
    tell(tryback, **FAILED)
    (report, text), (name, data) = attached(tryback)
    assert ("r.txt", "t.csv", b"username\nBAD NAME\n") == (report, name, data)
    assert "completed with failures  userimport.csv" in text


def test_by_default_nothing_is_attached(tryback):
    """It is personal data."""
    tryback.hears()
    tell(tryback, **FAILED)
    assert [] == attached(tryback)


@pytest.mark.parametrize("changes", [{"holds_secrets": True}, {"object": ""}])
def test_what_may_hold_passwords_is_never_attached(tryback, changes):
    """Promise 9, whatever is set."""
    tryback.hears(attach_report=True, attach_tryback=True, most=100_000)
    tell(tryback, **(FAILED | changes))
    assert [] == attached(tryback)


def test_what_is_too_large_is_not_attached(tryback):
    """Servers refuse it, and with it the letter."""
    tryback.hears(attach_report=True, attach_tryback=True, most=10)
    tell(tryback, **FAILED)
    assert [] == attached(tryback)
    message = tryback.outbox.message(tryback.outbox.waiting()[0])
    assert b"reports/t.csv" in message


def test_an_incident_has_a_letter_for_each_phase_once(desk):
    """Told again after a crash, it is the same letter; the all-clear answers the alarm."""
    desk.hears("never")
    begun = Incident(key="lock", trouble=Trouble(sentence="stale lock: old; look"), since=desk.now)
    over = replace(begun, until=desk.now + timedelta(hours=1))
    for incident in (begun, begun, over, over, replace(begun, since=desk.now + timedelta(days=1))):
        desk.letters.tell_incident(incident)
    assert ["ALARM stale lock: old", "all clear: stale lock: old", "ALARM stale lock: old"] == desk.subjects()
    messages = [message_from_bytes(desk.outbox.message(w), policy=policy.default) for w in desk.outbox.waiting()]
    assert messages[0]["Message-ID"] == messages[1]["In-Reply-To"]
    assert 3 == len({message["Message-ID"] for message in messages})


# The digest


def entered(desk, *numbers: int) -> None:
    for number in numbers:
        changes = FAILED | {"tryback": ""} if number % 2 else {}
        tell(desk, id=number, work=f"w{number}", finished=desk.now, **changes)


def test_the_runs_of_a_day_are_one_letter(desk):
    """At its time, with those that ended before; the others wait for the next."""
    desk.hears("digest")
    entered(desk, 1, 2, 3)
    cut = desk.now + timedelta(hours=1)
    desk.now += timedelta(hours=2)
    entered(desk, 4)
    for _ in range(3):
        desk.letters.cut_digest(cut)
    assert ["digest: 3 runs, 2 with failures"] == desk.subjects()
    text = desk.outbox.message(desk.outbox.waiting()[0]).decode()
    assert "failed 1 of 1 row: userimport.csv (run 3)" in text
    assert 1 == desk.letters.digest.waiting()
    desk.letters.cut_digest(cut + timedelta(days=1))
    assert "digest: 1 run, nothing failed" == desk.subjects()[-1]


def test_a_day_without_runs_has_no_digest(desk):
    """Nothing to say, nothing sent."""
    desk.hears("digest")
    desk.letters.cut_digest(desk.now)
    assert [] == desk.subjects()


@pytest.mark.parametrize("step", range(1, 14))
def test_a_crash_while_the_digest_is_made_loses_and_doubles_nothing(desk, step, die_at, monkeypatch):
    """Each rename, each folder and each removal gets its turn to be the last."""
    desk.hears("digest")
    entered(desk, 1, 2, 3, 4)
    cut = desk.now + timedelta(hours=1)
    paths = ((digest.Path, name) for name in ("replace", "rename", "mkdir"))
    die_at(step, *paths, (digest.shutil, "rmtree"), (letter_files, "write_durably"))
    with suppress(KeyboardInterrupt):
        desk.letters.cut_digest(cut)
    monkeypatch.undo()
    desk.now += timedelta(days=1)
    entered(desk, 5)
    desk.letters.cut_digest(cut + timedelta(days=2))
    texts = [desk.outbox.message(waiting).decode() for waiting in desk.outbox.waiting()]
    assert len(texts) in (1, 2)
    for number in range(1, 6):
        told = [text for text in texts if f"\r\n  {number:>3}  11-2" in text]
        assert 1 == len(told), f"run {number} in {len(told)} letters"
    assert 0 == desk.letters.digest.waiting()

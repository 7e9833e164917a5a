"""The post round: what is sent, what waits, and when it is tried again."""

from datetime import timedelta

import pytest
from filelock import FileLock

from syncd.core.errors import LockedError, PassingError
from syncd.frames.findings import none
from syncd.outputs.mail.post import Delivered, Post, Round, alone
from syncd.outputs.mail.smtp import Patience, Security, Server

TRY_FOR = timedelta(days=1)


@pytest.fixture
def office(open_office):
    return open_office()


@pytest.fixture
def tour(desk, office):
    """Give what does a round as a newly started process does it, and returns what came of it."""

    def round_(go_on=lambda: True, port: int = 0) -> Delivered:
        way = Server(host="127.0.0.1", port=port or office.port, security=Security.NONE)
        tour = Round(server=way, sender="s@x.example", patience=Patience(answer=60, acceptance=60), go_on=go_on)
        return Post(desk.outbox, lambda: desk.now, TRY_FOR).deliver(tour)

    return round_


@pytest.fixture
def deliver(tour):
    """Give what does a round, and returns how many letters went."""
    return lambda **said: tour(**said).sent


def aside(desk) -> list[tuple[str, dict[str, str]]]:
    """Return subject and reasons of the letters that were set aside."""
    return [(letter.subject, dict(letter.reasons)) for letter in desk.outbox.refused.all()]


def test_what_waits_is_sent_once_and_in_order(desk, office, deliver):
    """Then the outbox is empty, for good."""
    for key in ("a", "b", "c"):
        desk.put(key)
    assert (3, 0, ["a", "b", "c"], []) == (deliver(), deliver(), office.subjects(), desk.subjects())


def test_a_letter_that_meets_a_passing_trouble_waits_longer_each_time(desk, office, deliver):
    """A minute, doubled, an hour at most."""
    desk.put("a")
    office.habits.answer = "451 later"
    waits = []
    for _ in range(9):
        assert 0 == deliver()
        (waiting,) = desk.outbox.waiting()
        waits.append(waiting.after - desk.now)
        desk.now = waiting.after
    assert [timedelta(minutes=n) for n in (1, 2, 4, 8, 16, 32, 60, 60, 60)] == waits
    office.habits.answer = "250 OK"
    assert 1 == deliver()


def test_a_letter_that_no_server_took_in_the_time_that_is_set_is_set_aside(desk, office, tour):
    """As mail servers do; tried for the last time when the time is over, not before."""
    desk.put("a")
    office.habits.answer = "451 later"
    begun = desk.now
    while not (done := tour()).aside:
        (waiting,) = desk.outbox.waiting()
        desk.now = waiting.after
    assert TRY_FOR < desk.now - begun <= TRY_FOR + timedelta(hours=1)
    ((subject, reasons),) = aside(desk)
    assert ("a", ["it@school.example"], [subject]) == (subject, list(reasons), [each.subject for each in done.aside])
    assert "it was tried for 1 d 0 h; the last time: " in reasons["it@school.example"]
    assert "451 later" in reasons["it@school.example"]
    assert [] == desk.outbox.waiting()


def test_letters_for_which_no_server_is_there_are_set_aside_in_the_end(desk, tour, post_offices):
    """Each of them, though only the connection was ever tried."""
    nobody = post_offices.free_port()
    desk.put("a")
    desk.put("b")
    assert [] == tour(port=nobody).aside
    desk.now += TRY_FOR
    desk.put("fresh", at=desk.now)
    desk.now += timedelta(minutes=1)
    assert 2 == len(tour(port=nobody).aside)
    assert (["a", "b"], ["fresh"]) == ([subject for subject, _ in aside(desk)], desk.subjects())
    assert "Connection refused" in aside(desk)[0][1]["it@school.example"]


def test_an_old_letter_that_nobody_tried_gets_its_chance_first(desk, office, deliver):
    """The machine was off over the holidays."""
    desk.put("a")
    desk.now += timedelta(days=30)
    assert (1, ["a"], []) == (deliver(), office.subjects(), aside(desk))


def test_where_no_round_can_be_done_old_letters_are_set_aside_all_the_same(desk):
    """The password file is gone, and nobody looks."""
    desk.put("a")
    post = Post(desk.outbox, lambda: desk.now, TRY_FOR)
    assert [] == post.cannot("no password").aside
    desk.now += TRY_FOR + timedelta(hours=1)
    assert ["a"] == [letter.subject for letter in post.cannot("no password").aside]
    assert "the last time: no password" in aside(desk)[0][1]["it@school.example"]


@pytest.mark.parametrize("where", ["recipient", "letter"])
def test_a_letter_that_is_refused_for_good_is_set_aside_at_once_and_not_tried_again(desk, office, tour, where):
    """Trying again would only annoy the server; who reads the sentence knows what to mend."""
    desk.put("a")
    if where == "recipient":
        office.habits.refuse = {"it@school.example": "550 5.1.1 no such user"}
    else:
        office.habits.answer = "554 spam"
    done = tour()
    ((subject, reasons),) = aside(desk)
    assert ("a", [], True) == (subject, desk.subjects(), desk.outbox.knows("a"))
    expected = "550 5.1.1 no such user" if where == "recipient" else "554 spam"
    assert reasons["it@school.example"].startswith(f"127.0.0.1:{office.port} ")
    assert reasons["it@school.example"].endswith(expected)
    assert [subject] == [letter.subject for letter in done.aside]
    tried = office.tried
    desk.put("a")
    desk.now += timedelta(days=30)
    assert (tried, []) == (office.tried, tour().aside)


def test_a_letter_that_policy_refuses_waits_and_stops_no_other(desk, office, tour):
    """The server may let nobody send: then settings are mended, and all letters go."""
    desk.put("closed", "list@x.example")
    desk.put("open", "it@x.example")
    office.habits.refuse = {"list@x.example": "554 5.7.1 access denied"}
    done = tour()
    assert (1, [], ["closed"]) == (done.sent, done.aside, desk.subjects())


def test_refused_late_or_for_good_each_recipient_has_its_own_fate(desk, office, tour):
    """One address is out of date, one mailbox is full for an hour, one reader has the letter."""
    desk.put("a", "gone@x.example", "full@x.example", "it@x.example")
    office.habits.refuse = {"gone@x.example": "550 no such user", "full@x.example": "452 full"}
    assert 0 == tour().sent
    ((_, reasons),) = aside(desk)
    (waiting,) = desk.outbox.waiting()
    assert (["gone@x.example"], ("full@x.example",)) == (list(reasons), waiting.to)
    desk.now += timedelta(hours=1)
    office.habits.refuse["full@x.example"] = "550 closed"
    tour()
    ((_, reasons),) = aside(desk)
    assert ({"gone@x.example", "full@x.example"}, []) == (set(reasons), desk.outbox.waiting())
    assert [["it@x.example"]] == [to for _, to in office.envelopes]


def test_where_the_disk_lets_nothing_be_set_aside_the_letter_waits(desk, office, tour, monkeypatch):
    """It must not be lost because the disk is full."""
    desk.put("a")
    office.habits.answer = "554 spam"

    def refuse(*_: object) -> None:
        raise PassingError("the disk is full")

    monkeypatch.setattr("syncd.outputs.mail.refused.LetterFiles.write", refuse)
    assert [] == tour().aside
    monkeypatch.undo()
    assert ["a"] == desk.subjects()
    desk.now += timedelta(hours=1)
    assert ["a"] == [letter.subject for letter in tour().aside]


def test_who_waits_for_the_round_of_another_process_is_told(desk, deliver):
    """A person would else send again what is under way."""
    desk.put("a")
    with (
        FileLock(desk.outbox.folder / "sending.lock"),
        pytest.raises(LockedError, match="being sent"),
        alone(desk.outbox, 0.1),
    ):
        pytest.fail("both sent")
    assert 1 == deliver()


def test_a_letter_that_is_refused_does_not_hold_up_the_others(desk, office, deliver):
    """Nor does the next round begin with it."""
    desk.put("bad", "nobody@x.example")
    desk.put("good", "it@x.example")
    office.habits.refuse = {"nobody@x.example": "550 no"}
    assert (1, ["good"]) == (deliver(), office.subjects())
    desk.put("later", "it@x.example")
    desk.now += timedelta(days=1)
    assert (1, ["good", "later"]) == (deliver(), office.subjects())


def test_who_has_got_a_letter_does_not_get_it_again(desk, office, deliver):
    """Only the refused recipient is tried again."""
    desk.put("a", "nobody@x.example", "it@x.example")
    office.habits.refuse = {"nobody@x.example": "450 later"}
    deliver()
    office.habits.refuse = {}
    desk.now += timedelta(days=1)
    assert 1 == deliver()
    assert [["it@x.example"], ["nobody@x.example"]] == [to for _, to in office.envelopes]


def test_a_server_that_is_away_is_left_alone_for_a_while(desk, office, deliver, post_offices):
    """No letter is blamed for it."""
    desk.put("a")
    nobody = post_offices.free_port()
    deliver(port=nobody)
    trouble = desk.outbox.trouble()
    assert ("Connection refused" in trouble.error, 1, timedelta(minutes=1)) == (
        True,
        trouble.tries,
        trouble.after - desk.now,
    )
    assert (0, 0) == (deliver(), desk.outbox.waiting()[0].tries)
    desk.now += timedelta(minutes=1)
    deliver(port=nobody)
    assert (2, trouble.since) == (desk.outbox.trouble().tries, desk.outbox.trouble().since)
    desk.now += timedelta(minutes=2)
    assert (1, None) == (deliver(), desk.outbox.trouble())


def test_a_letter_on_which_the_server_dies_goes_behind_the_others(desk, office, deliver):
    """It would else end every round before the others have had their turn."""
    desk.put("poison")
    office.habits.hang_up = 1
    office.habits.answer = "451 x"
    deliver()
    office.habits.answer = "250 OK"
    desk.put("good")
    desk.now += timedelta(hours=1)
    assert (2, ["good", "poison"]) == (deliver(), office.subjects())


def test_a_server_that_took_a_letter_and_did_not_say_so_gets_it_again_under_the_same_id(desk, office, deliver):
    """At most a double, never a loss."""
    desk.hears()
    desk.letters.tell(desk.run(), none())
    office.habits.hang_up = 1
    deliver()
    desk.now += timedelta(hours=1)
    deliver()
    assert 2 == len(office.letters)
    assert 1 == len({letter["Message-ID"] for letter in office.letters})


def test_a_round_ends_when_it_is_told(desk, office, deliver):
    """A command has no time for a hundred letters."""
    for key in ("a", "b", "c"):
        desk.put(key)
    left = iter([True, False])
    assert (1, ["b", "c"]) == (deliver(go_on=lambda: next(left)), desk.subjects())


def test_two_processes_do_not_send_the_same_letter(desk, office, deliver):
    """The daemon and a `syncd sync` beside it."""
    desk.put("a")
    with FileLock(desk.outbox.folder / "sending.lock"):
        assert 0 == deliver()
    assert (1, ["a"]) == (deliver(), office.subjects())


def test_a_clock_that_was_set_back_does_not_keep_letters_for_years(desk, office, deliver):
    """A time further off than any wait cannot be meant."""
    desk.put("a")
    office.habits.answer = "451 later"
    deliver()
    office.habits.answer = "250 OK"
    desk.now -= timedelta(days=400)
    assert 1 == deliver()


def test_the_next_time_is_that_of_the_first_letter_or_of_the_server(desk, deliver, post_offices):
    """The daemon sleeps until then."""
    post = Post(desk.outbox, lambda: desk.now, TRY_FOR)
    assert post.next_time() is None
    desk.put("a")
    assert post.next_time() <= desk.now + timedelta(seconds=1)
    deliver(port=post_offices.free_port())
    assert desk.now + timedelta(minutes=1) == post.next_time()

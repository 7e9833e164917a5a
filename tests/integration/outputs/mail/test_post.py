"""The post round: what is sent, what waits, and when it is tried again."""

from datetime import timedelta

import pytest
from filelock import FileLock

from syncd.frames.findings import none
from syncd.outputs.mail.post import Post, Round
from syncd.outputs.mail.smtp import Patience, Security, Server


@pytest.fixture
def office(open_office):
    return open_office()


@pytest.fixture
def deliver(desk, office):
    """Give what does a round as a newly started process does it, and returns how many letters went."""

    def round_(go_on=lambda: True, port: int = 0) -> int:
        way = Server(host="127.0.0.1", port=port or office.port, security=Security.NONE)
        tour = Round(server=way, sender="s@x.example", patience=Patience(answer=2, acceptance=5), go_on=go_on)
        return Post(desk.outbox, lambda: desk.now).deliver(tour)

    return round_


def test_what_waits_is_sent_once_and_in_order(desk, office, deliver):
    """Then the outbox is empty, for good."""
    for key in ("a", "b", "c"):
        desk.put(key)
    assert (3, 0, ["a", "b", "c"], []) == (deliver(), deliver(), office.subjects(), desk.subjects())


def test_a_letter_that_is_refused_waits_longer_each_time_and_is_never_given_up(desk, office, deliver):
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


def test_a_letter_that_is_not_wanted_at_all_is_tried_seldom(desk, office, deliver):
    """Somebody has to change something; status says what."""
    desk.put("a")
    office.habits.answer = "554 spam"
    deliver()
    (waiting,) = desk.outbox.waiting()
    assert (timedelta(hours=6), True) == (waiting.after - desk.now, "554 spam" in waiting.error)


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
    post = Post(desk.outbox, lambda: desk.now)
    assert post.next_time() is None
    desk.put("a")
    assert post.next_time() <= desk.now + timedelta(seconds=1)
    deliver(port=post_offices.free_port())
    assert desk.now + timedelta(minutes=1) == post.next_time()

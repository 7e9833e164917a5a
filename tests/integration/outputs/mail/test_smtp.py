"""The SMTP sender against a real server on loopback: plain, STARTTLS, TLS, login, and every kind of refusal."""

import socket
import threading
import time
from contextlib import contextmanager

import pytest

from syncd.outputs.mail.smtp import LetterError, MailError, Patience, Refusal, Security, Server, ServerError, connected

SENDER, TO = "syncd@school.example", ("it@school.example", "head@school.example")
MESSAGE = b"Subject: hello\r\nFrom: a@b\r\n\r\nx\r\n.y\r\n"
GENEROUS = Patience(answer=60, acceptance=60)


@pytest.fixture(scope="module")
def pem(post_offices, tmp_path_factory):
    """Give a certificate that signs itself, with its key."""
    return post_offices.certificate(tmp_path_factory.mktemp("tls") / "office.pem")


def server(office, **changes) -> Server:
    return Server(**({"host": "127.0.0.1", "port": office.port, "security": Security.NONE} | changes))


def send(to_server, patience=GENEROUS, to=TO) -> dict[str, str]:
    with connected(to_server, patience) as connection:
        return dict(connection.send(SENDER, to, MESSAGE))


def refused(to_server, kind=ServerError, patience=GENEROUS) -> MailError:
    with pytest.raises(MailError) as caught:
        send(to_server, patience)
    assert kind is type(caught.value), caught.value
    return caught.value


def test_a_letter_arrives_whole(open_office):
    """Envelope, headers, and a line that begins with a dot."""
    office = open_office()
    assert {} == send(server(office))
    assert [(SENDER, list(TO))] == office.envelopes
    assert ("hello", ["x", ".y"]) == (office.letters[0]["Subject"], office.letters[0].get_content().split())


@pytest.mark.parametrize("how", ["starttls", "tls"])
def test_it_goes_encrypted_with_login(open_office, pem, how):
    """The two ways that mail servers know; the certificate is checked."""
    office = open_office(tls=how, pem=pem, login=True)
    way = server(office, security=Security(how), ca_file=pem, username="syncd", password="right")
    assert {} == send(way)
    assert ([True], [b"syncd"]) == (office.encrypted, office.logins)


@pytest.mark.parametrize("how", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(open_office, pem, how):
    """The password would go to whoever answers."""
    office = open_office(tls=how, pem=pem, login=True)
    error = refused(server(office, security=Security(how), username="syncd", password="right"))
    assert ("is not trusted" in str(error), True, []) == (True, error.lasting, office.logins)


def test_a_ca_file_that_is_none_is_a_sentence(open_office, tmp_path, pem):
    """Which file, and why."""
    office = open_office(tls="starttls", pem=pem)
    error = refused(server(office, security=Security.STARTTLS, ca_file=tmp_path / "none.pem"))
    assert "none.pem cannot be used: No such file" in str(error)


def test_a_wrong_password_is_said_without_it(open_office, pem):
    """Promise 9."""
    office = open_office(tls="starttls", pem=pem, login=True)
    error = refused(server(office, security=Security.STARTTLS, ca_file=pem, username="syncd", password="S3cret-word"))
    assert ("refused the login of syncd: 535" in str(error), True) == (True, error.lasting)
    assert "S3cret" not in str(error)


def test_a_server_that_repeats_the_password_does_not_get_it_into_the_log():
    """Some answer with what they were told."""
    lines = [b"220 hi\r\n", b"250-x\r\n250 AUTH PLAIN\r\n", b"535 no: AHUAUzNjcmV0 S3cret dTNjcmV0\r\n", b"221 bye\r\n"]
    with scripted(*lines) as port:
        error = refused(Server(host="127.0.0.1", port=port, security=Security.NONE, username="u", password="S3cret"))
    assert ("***" in str(error), False, False) == (True, "S3cret" in str(error), "AHUAUzNjcmV0" in str(error))


def test_the_password_stays_out_of_what_is_said_of_a_recipient():
    """That stands in the home for months, and in a letter."""
    lines = [b"220 hi\r\n", b"250-x\r\n250 AUTH PLAIN\r\n", b"235 in\r\n", b"250 ok\r\n", b"550 S3cret: no\r\n"]
    with scripted(*lines, b"250 reset\r\n", b"221 bye\r\n") as port:
        way = Server(host="127.0.0.1", port=port, security=Security.NONE, username="u", password="S3cret")
        with connected(way, GENEROUS) as connection:
            answer = connection.send(SENDER, TO[:1], b"Subject: x\r\n\r\n")
    assert {TO[0]: Refusal(answer="550 ***: no", lasting=True)} == answer


def test_starttls_to_a_server_that_has_none_is_refused(open_office):
    """A silent fall-back to clear text would give the password away."""
    error = refused(server(open_office(), security=Security.STARTTLS, username="u", password="p"))
    assert ("STARTTLS" in str(error), True) == (True, error.lasting)


def test_tls_to_a_server_that_begins_in_the_clear_is_said(open_office):
    """The most common mistake in the settings."""
    assert "see security and port in [mail]" in str(refused(server(open_office(), security=Security.TLS)))


def test_nobody_at_the_port_is_passing(post_offices):
    """The server may be restarting."""
    way = Server(host="127.0.0.1", port=post_offices.free_port(), security=Security.NONE)
    error = refused(way)
    assert (f"{way} cannot be reached: Connection refused", False) == (str(error), error.lasting)


def test_a_server_that_never_answers_is_not_waited_for_longer_than_set():
    """The next letter, the next round."""
    with scripted(silent=True) as port:
        begun = time.monotonic()
        error = refused(
            Server(host="127.0.0.1", port=port, security=Security.NONE), patience=Patience(answer=0.3, acceptance=60)
        )
    assert ("did not answer in time" in str(error), True) == (True, time.monotonic() - begun < 30)


def test_a_server_that_accepts_slowly_is_waited_for(open_office):
    """Given up too soon, the letter would come again and again."""
    office = open_office()
    office.habits.slow = 3
    assert {} == send(server(office), Patience(answer=2, acceptance=60))
    assert 1 == len(office.letters)


def test_a_refused_recipient_does_not_hold_back_the_others(open_office):
    """One address of the list is out of date."""
    office = open_office()
    office.habits.refuse = {TO[0]: "550 no such user"}
    assert {TO[0]: Refusal(answer="550 no such user", lasting=True)} == send(server(office))
    assert [(SENDER, [TO[1]])] == office.envelopes


@pytest.mark.parametrize(
    ("answer", "lasting"),
    [
        ("550 nobody", True),
        ("550 5.1.1 no such user", True),
        ("552 5.2.2 mailbox full", True),
        ("450 later", False),
        ("452 4.2.2 mailbox full", False),
        ("530 5.7.0 authentication required", False),
        ("554 5.7.1 <it@x>: access denied", False),
        ("550 relay not permitted", False),
        ("550 5.1.8 bad sender", False),
        ("550 Sender verify failed", False),
        ("554 5.3.2 shutting down for good", False),
    ],
)
def test_a_refused_recipient_is_given_up_only_where_the_fault_is_its_own(open_office, answer, lasting):
    """What meets every letter is a matter of settings: setting all letters aside for it would help nobody."""
    office = open_office()
    office.habits.refuse = dict.fromkeys(TO, answer)
    assert dict.fromkeys(TO, Refusal(answer=answer, lasting=lasting)) == send(server(office))


def test_a_server_that_closes_while_it_hears_of_the_recipients_is_left_alone(open_office):
    """421 says that it is going down, whomever the letter is for."""
    office = open_office()
    office.habits.refuse = dict.fromkeys(TO, "421 closing")
    assert not refused(server(office)).lasting


@pytest.mark.parametrize(
    ("answer", "lasting"),
    [
        ("554 spam", True),
        ("552 large", True),
        ("451 greylisted", False),
        ("550 5.7.26 unauthenticated mail from this domain", False),
    ],
)
def test_a_refused_letter_concerns_itself(open_office, answer, lasting):
    """The others get their chance."""
    office = open_office()
    office.habits.answer = answer
    error = refused(server(office), LetterError)
    assert (lasting, answer in str(error)) == (error.lasting, True)


def test_a_server_that_wants_a_login_only_at_the_letter_takes_none(open_office):
    """It would say so of every letter."""
    office = open_office()
    office.habits.answer = "530 5.7.0 log in first"
    assert "530 5.7.0 log in first" in str(refused(server(office)))


def test_a_server_that_closes_is_left_alone(open_office):
    """421: it is going down."""
    office = open_office()
    office.habits.answer = "421 closing"
    assert not refused(server(office)).lasting


def test_a_server_that_hangs_up_after_the_letter_did_not_say_yes(open_office):
    """It may have the letter or not; it is sent again, under the same id."""
    office = open_office()
    office.habits.hang_up = 1
    assert "closed the connection without an answer" in str(refused(server(office)))
    assert {} == send(server(office))


def test_what_a_server_says_is_made_harmless():
    """It is shown on a terminal."""
    with scripted(b"554 \x1b[2Jgo away \xff\r\n") as port:
        error = refused(Server(host="127.0.0.1", port=port, security=Security.NONE))
    assert str(error).isprintable()
    assert r"\x1b[2Jgo away" in str(error)


@contextmanager
def scripted(*lines: bytes, silent: bool = False):
    """Give the port of a server that says these lines, one for each that it hears, the first at once."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, connection.makefile("rb") as heard:
                for line in lines:
                    connection.sendall(line)
                    heard.readline()
                if silent:
                    heard.readline()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
    thread.join(60)

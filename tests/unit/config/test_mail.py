"""The settings of mail: what they are, what contradicts what, and that the password stays put."""

from datetime import time
from pathlib import Path
from typing import Any

import pytest

from syncd.config.home import Home
from syncd.config.loading import resolve
from syncd.config.mail import Mail
from syncd.config.problems import ConfigError
from syncd.core.errors import UsageError

ON = {"host": "mail.school.example", "to": ["it@school.example"]}
SECRET = "geheim-42"


def loaded(**settings: Any) -> Mail:
    return resolve({"mail": settings}, {}, "f").settings.mail


def problems(environment: dict[str, str] | None = None, **settings: Any) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        resolve({"mail": settings}, environment or {}, "f")
    return {problem.path: problem.message for problem in caught.value.problems}


def test_mail_is_off_until_host_and_to_are_set() -> None:
    """A new home writes to nobody."""
    assert [False, False, False, True] == [
        loaded(**settings).is_on for settings in ({}, {"host": "h"}, {"to": ["a@b.example"]}, ON)
    ]


def test_half_a_setting_is_said() -> None:
    """Mail that is off although somebody set it up would be found out too late."""
    assert "mail is off: host is set, but to names nobody" == loaded(host="h").half_set
    assert "mail is off: to is set, but host is not" == loaded(to=["a@b.example"]).half_set
    assert ("", "") == (loaded().half_set, loaded(**ON).half_set)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"password": SECRET, "password_file": "f", "username": "u"}, "password and password_file are both set"),
        ({"username": "u"}, "username is set, but no password"),
        ({"password": SECRET}, "a password is set, but no username"),
        ({"password_file": "f"}, "a password is set, but no username"),
        ({"username": "u", "password": SECRET, "security": "none"}, "would travel in the clear"),
        ({"security": "none", "ca_file": "x"}, "ca_file has no effect"),
        ({"port": 465}, 'port 465 is encrypted from the first byte; set security = "tls"'),
        ({"port": 587, "security": "tls"}, "port 587 begins unencrypted"),
        ({"username": "Ann Lee@x", "password": SECRET}, "username is no address, so from must be set"),
    ],
)
def test_settings_that_contradict_each_other_are_found(settings: dict[str, Any], words: str) -> None:
    """Each of them would else show at night, as a timeout."""
    found = problems(**ON, **settings)
    assert words in found["mail"]
    assert SECRET not in str(found)


def test_all_contradictions_are_told_at_once() -> None:
    """One round of mending."""
    found = problems(**ON, username="u", security="tls", port=25)["mail"]
    assert "username is set, but no password" in found
    assert "port 25 begins unencrypted" in found


def test_what_is_switched_off_contradicts_nothing() -> None:
    """Somebody may prepare his settings line by line."""
    assert not loaded(username="u", port=465).is_on


def test_a_login_in_the_clear_is_allowed_to_this_machine() -> None:
    """A relay on the same host needs no encryption."""
    for host in ("localhost", "127.0.0.1", "::1"):
        assert loaded(host=host, to=ON["to"], security="none", username="u", password="p").is_on


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("to", ["it"]),
        ("to", ["a@b\r\nBcc: c@d"]),
        ("to", ["a b@c.example"]),
        ("to", ["Ann <a@b.example>"]),
        ("to", ["å@b.example"]),
        ("to", ["a@b, c@d"]),
        ("from", "nobody"),
        ("host", "mail.example:25 x"),
        ("host", "a\nb"),
        ("port", 70000),
        ("timeout", 0),
        ("digest_at", "25:00"),
        ("attach_at_most", "many"),
        ("attach_at_most", True),
        ("site", "a\nb"),
        ("status", "sometimes"),
    ],
)
def test_values_that_cannot_be_are_refused_with_their_path(name: str, value: object) -> None:
    """No line break ever gets into a header or onto the wire."""
    (path,) = problems(**{name: value})
    assert path.startswith(f"mail.{name}")


def test_addresses_of_other_scripts_are_coded() -> None:
    """Servers take ASCII."""
    assert ("it@xn--skolan-nua.example",) == loaded(to=["it@skolanå.example"]).to


def test_the_environment_sets_addresses_and_sender() -> None:
    """A container is configured without a file; `from` is no word of Python's, but of mail's."""
    environment = {
        "SYNCD_MAIL_HOST": "h",
        "SYNCD_MAIL_TO": "a@b.example, c@d.example",
        "SYNCD_MAIL_FROM": "s@b.example",
        "SYNCD_MAIL_ATTACH_AT_MOST": "2MB",
    }
    mail = resolve({}, environment, "f").settings.mail
    assert (("a@b.example", "c@d.example"), "s@b.example", 2_000_000) == (
        mail.to,
        mail.address_from,
        mail.attach_at_most,
    )


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"from": "s@b.example"}, "s@b.example"),
        ({"username": "u@b.example", "password": "p"}, "u@b.example"),
        ({"username": "u", "password": "p"}, "it@school.example"),
        ({}, "it@school.example"),
    ],
)
def test_letters_always_have_a_sender(settings: dict[str, Any], expected: str) -> None:
    """Most servers refuse a letter from nobody."""
    assert expected == loaded(**ON, **settings).address_from


def test_the_password_is_never_shown() -> None:
    """Promise 9: not by config show, not in a repr, not in an error."""
    settings = resolve({"mail": {**ON, "username": "u", "password": SECRET}}, {}, "f")
    assert "***" == settings.shown()["mail.password"]
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings.shown())
    assert SECRET not in str(problems(password=[SECRET]))
    assert SECRET not in str(problems({"SYNCD_MAIL_PASSWORD": "{ x = '" + SECRET + "' }"}))


def test_a_password_comes_from_the_first_line_of_a_file(tmp_path: Path) -> None:
    """As every editor and `echo` leave it."""
    (tmp_path / "secret").write_text(f"{SECRET}\r\nmore\n")
    mail = loaded(**ON, username="u", password_file="secret")
    assert SECRET == mail.secret(Home(tmp_path))


def test_a_password_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    """It says which file, and no word of what may stand in it."""
    mail = loaded(**ON, username="u", password_file="secret")
    with pytest.raises(UsageError, match=r"mail.password_file: .*secret cannot be read: No such file"):
        mail.secret(Home(tmp_path))


def test_a_time_of_day_is_written_as_people_do() -> None:
    """7:05 is meant as 07:05."""
    assert ("07:05", time(7, 5)) == (loaded(digest_at="7:05").digest_at, loaded(digest_at="7:05").digest_time)

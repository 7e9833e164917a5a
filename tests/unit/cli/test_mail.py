"""The command that tries the mail."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import Result

from syncd.core.errors import PassingError, UsageError

Syncd = Callable[..., Result]


@pytest.fixture
def tested(app: Any) -> Callable[..., None]:
    """Let the stand-in answer a test like this."""

    def answer(**changes: Any) -> None:
        values = {"server": "mail:587", "sender": "s@x", "sent": ("it@x",), "refused": {}} | changes
        app.mailing = SimpleNamespace(test=lambda to: app._answer(to=to))
        app.answer = SimpleNamespace(**values)

    return answer


def test_it_says_to_whom_from_whom_and_through_what(syncd: Syncd, app: Any, tested: Callable[..., None]) -> None:
    """Then only the spam folder is left to look into."""
    tested()
    result = syncd("mail", "test", "--to", "it@x")
    assert (0, "Sent to it@x from s@x through mail:587.\n", "it@x") == (
        result.exit_code,
        result.stdout,
        app.asked["to"],
    )
    assert {"server": "mail:587", "from": "s@x", "sent": ["it@x"], "refused": {}} == json.loads(
        syncd("mail", "test", "--json").stdout
    )


def test_a_refused_recipient_is_a_failure(syncd: Syncd, tested: Callable[..., None]) -> None:
    """The others have it all the same."""
    tested(refused={"old@x": "550 no such user"})
    result = syncd("mail", "test")
    assert (1, "Error: old@x was refused: 550 no such user\n") == (result.exit_code, result.stderr)
    assert "Sent to it@x" in result.stdout


@pytest.mark.parametrize(("error", "code"), [(UsageError("mail is off"), 2), (PassingError("no letter was sent"), 1)])
def test_what_is_wrong_is_a_sentence(
    syncd: Syncd, app: Any, tested: Callable[..., None], error: Exception, code: int
) -> None:
    """Wrong settings and a server that is away are told apart by the exit code."""
    tested()
    app.error = error
    result = syncd("mail", "test")
    assert (code, f"Error: {error}\n") == (result.exit_code, result.stderr)


LETTER = {
    "letter": "3fa81c02",
    "state": "set aside",
    "since": "2026-11-21T18:30:05+01:00",
    "to": ["old@x", "b@x"],
    "subject": "ok: u.csv",
    "reason": "mail:25 answered 550 no such user",
}


@pytest.fixture
def letters(app: Any) -> Callable[..., None]:
    """Let the stand-in have letters that did not arrive."""

    def put(*documents: dict[str, Any]) -> None:
        app.undelivered = SimpleNamespace(
            letters=app._answer,
            retry=lambda marks, to: app._answer(marks=marks, to=to),
            drop=lambda marks: app._answer(marks=marks),
        )
        app.answer = [SimpleNamespace(as_json=lambda doc=doc: doc, reason=doc["reason"]) for doc in documents]

    return put


def test_letters_are_listed_with_the_reason(syncd: Syncd, letters: Callable[..., None]) -> None:
    """Who did not get what, and what the server said."""
    letters(LETTER, LETTER | {"state": "waits", "reason": None})
    result = syncd("mail", "list")
    head, first, second = result.stdout.splitlines()
    assert (0, ["LETTER", "STATE", "SINCE", "TO", "SUBJECT", "REASON"]) == (result.exit_code, head.split())
    for word in ("3fa81c02", "set aside", "old@x, b@x", "550 no such user"):
        assert word in first
    assert "waits" in second
    assert [LETTER] == [json.loads(line) for line in syncd("mail", "list", "--json").stdout.splitlines()[:1]]


def test_where_all_letters_arrived_it_says_so(syncd: Syncd, letters: Callable[..., None]) -> None:
    """To people; a script gets no line."""
    letters()
    assert "No letter waits, and none was set aside.\n" == syncd("mail", "list").stdout
    assert "" == syncd("mail", "list", "--json").stdout
    assert "No letter is set aside.\n" == syncd("mail", "retry").stdout == syncd("mail", "drop", "--all").stdout


@pytest.mark.parametrize(("reason", "code"), [("", 0), ("550 no such user", 1)])
def test_a_letter_that_did_not_arrive_again_is_a_failure(
    syncd: Syncd, app: Any, letters: Callable[..., None], reason: str, code: int
) -> None:
    """A script that mends an address wants to know."""
    letters(LETTER | {"reason": reason})
    assert code == syncd("mail", "retry", "3fa8", "--to", "new@x").exit_code
    assert (["3fa8"], "new@x") == (app.asked["marks"], app.asked["to"])


def test_only_what_is_named_is_dropped(syncd: Syncd, app: Any, letters: Callable[..., None]) -> None:
    """All of them only with a word that says so."""
    letters(LETTER)
    assert (0, ["3fa8"]) == (syncd("mail", "drop", "3fa8").exit_code, app.asked["marks"])
    assert (0, []) == (syncd("mail", "drop", "--all").exit_code, app.asked["marks"])
    app.asked.clear()
    for words in ([], ["3fa8", "--all"]):
        result = syncd("mail", "drop", *words)
        assert (2, True, {}) == (result.exit_code, "say which letters to drop" in result.stderr, app.asked)

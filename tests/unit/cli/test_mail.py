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

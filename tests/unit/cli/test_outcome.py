"""How a command ends."""

from typing import NoReturn

import pytest

from syncd.cli.outcome import guarded
from syncd.core.errors import FatalError, LockedError, PassingError, UsageError


def failing(error: BaseException) -> int:
    def work() -> NoReturn:
        raise error

    return guarded(work)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("no such run"), 2),
        (LockedError("another syncd has the home"), 5),
        (PassingError("the disk is full"), 1),
        (FatalError("the roster is damaged"), 1),
    ],
)
def test_an_error_is_a_sentence_and_a_code(error: Exception, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """The table of the contract."""
    assert code == failing(error)
    assert ("", f"Error: {error}\n") == capsys.readouterr()


def test_a_file_that_cannot_be_opened_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """The words of the system, and what they are about."""
    assert 1 == failing(PermissionError(13, "Permission denied", "/srv/h/state"))
    assert "Error: /srv/h/state: Permission denied\n" == capsys.readouterr().err


def test_an_interrupted_command_is_130() -> None:
    """As a shell has it."""
    assert 130 == failing(KeyboardInterrupt())


def test_a_fault_of_syncd_itself_is_one_line_without_its_data(capsys: pytest.CaptureFixture[str]) -> None:
    """An exception of a library may quote a row; promise 9."""
    assert 1 == failing(ValueError("password hunter2"))
    shown = capsys.readouterr().err
    assert (1, False) == (shown.count("\n"), "hunter2" in shown)
    assert "syncd itself failed (ValueError at test_outcome.py:" in shown


def test_a_developer_can_ask_for_the_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says how."""
    monkeypatch.setenv("SYNCD_TRACEBACK", "1")
    failing(ValueError("x"))
    assert "Traceback" in capsys.readouterr().err


def test_what_a_command_returns_is_its_code() -> None:
    """Nothing is done."""
    assert (0, 3) == (guarded(lambda: None), guarded(lambda: 3))

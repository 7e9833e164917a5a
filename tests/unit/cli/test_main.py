"""The tree of commands."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import typer.main
from typer.testing import Result

import syncd as package
from syncd.cli.main import tree

Syncd = Callable[..., Result]
ROOT = typer.main.get_command(tree())
COMMANDS = {
    *("init", "daemon", "sync", "check", "status", "approve", "reject", "requeue", "prune", "backup"),
    "feed describe",
    *("mail test", "mail list", "mail retry", "mail drop"),
    "pull",
    "sftp fingerprint",
    "sftp password",
    *("undo", "audit", "roster why"),
    *("runs list", "runs show", "roster list", "roster show", "config check", "config show"),
}


def leaves(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, inner in getattr(command, "commands", {}).items():
        yield from leaves(inner, f"{path} {name}".strip())
    if not hasattr(command, "commands"):
        yield path, command


def test_the_commands_are_those_of_the_contract() -> None:
    """Scripts hold on to these names."""
    assert COMMANDS == {path for path, _ in leaves(ROOT)}


@pytest.mark.parametrize(("path", "command"), list(leaves(ROOT)))
def test_every_command_and_option_explains_itself(path: str, command: Any) -> None:
    """`--help` is the manual that is there at three in the morning."""
    assert command.help, path
    assert f" syncd {path}" in command.epilog, path
    assert [] == [param.name for param in command.params if not param.help.endswith(".")], path


@pytest.mark.parametrize(("path", "command"), list(leaves(ROOT)))
def test_every_command_takes_a_home(path: str, command: Any) -> None:
    """All commands take --home, all that print data take --json."""
    options = {option for param in command.params for option in param.opts}
    assert "--home" in options
    assert path == "daemon" or "--json" in options


@pytest.mark.parametrize("path", sorted(COMMANDS))
def test_the_first_sentence_fits_the_list_of_commands(path: str, syncd: Syncd) -> None:
    """A sentence that is cut off explains nothing."""
    *group, name = path.split()
    listed = syncd(*group, "--help").stdout
    assert "..." not in next(line for line in listed.splitlines() if line.strip().startswith(f"{name} "))


def test_help_names_the_arguments_as_the_manual_does(syncd: Syncd) -> None:
    """No types of Python stand in it."""
    assert "Usage: syncd approve [OPTIONS] ID" in syncd("approve", "--help").stdout
    assert "Usage: syncd sync [OPTIONS] [FILE...]" in syncd("sync", "--help").stdout
    assert "Path" not in syncd("sync", "--help").stdout


def test_the_exit_codes_stand_in_the_help(syncd: Syncd) -> None:
    """Who writes a script looks there."""
    assert "3  a run is held for approval" in syncd("--help").stdout


def test_the_version_is_told(syncd: Syncd) -> None:
    """The first line of every support request."""
    result = syncd("--version")
    assert (0, package.__version__) == (result.exit_code, result.stdout.strip())


@pytest.mark.parametrize(
    "words", [("snyc",), ("approve",), ("approve", "x"), ("roster", "list", "usr"), ("sync", "--x")]
)
def test_wrong_usage_is_exit_2_with_one_error(words: tuple[str, ...], syncd: Syncd) -> None:
    """Wrong usage or configuration is 2, and nothing is printed for a script to misread."""
    result = syncd(*words)
    assert (2, "") == (result.exit_code, result.stdout)
    assert 1 == result.stderr.count("Error: ")


def test_the_home_may_stand_before_or_after_the_command(syncd: Syncd, app: Any) -> None:
    """Both are typed."""
    app.answer = []
    homes = []
    for words in (("--home", "/a", "runs"), ("runs", "--home", "/a"), ("runs", "--home", "/a", "list")):
        assert 0 == syncd(*words, SYNCD_HOME="/env").exit_code
        homes.append(str(app.asked["home"]))
    assert ["/a", "/a", "/a"] == homes


def test_the_home_comes_from_the_environment_else_it_is_here(syncd: Syncd, app: Any) -> None:
    """A service sets it once."""
    app.answer = []
    syncd("runs", SYNCD_HOME="/env")
    assert "/env" == str(app.asked["home"])
    syncd("runs")
    assert "." == str(app.asked["home"])

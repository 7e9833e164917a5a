"""The tutorial is done, command by command, and shows what its page shows."""

import getpass
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial.md"
STARTED = "Look: syncd status"
_LOOK, _TRIES = "syncd runs", 60
VARIES = (
    (re.compile(r"[0-9]{8}-[0-9]{6}(-[0-9]+)?"), "STAMP"),
    (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}([+-][0-9]{2}:[0-9]{2})?"), "TIME"),
    (re.compile(r"\b[0-9.]+ s\b"), "TOOK"),
    (re.compile(r"(?<==)[0-9]{10}\b"), "SECONDS"),
    (re.compile(r"/\S+(?=/(sync|reports|archives|state|config))"), "HOME"),
    (re.compile(r"\bby (watch|schedule)$", re.MULTILINE), "by watch"),
    (re.compile(r" +"), " "),
)


def steps() -> list[tuple[str, str]]:
    """Return the commands of the page, each with what it prints."""
    text = "".join(re.findall(r"^```console\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL))
    found = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE)
    assert text == "".join(f"$ {command}\n{output}" for command, output in found)
    return [(command, output) for command, output in found]


def plain(text: str) -> str:
    """Return what a command printed without what differs from day to day and from person to person."""
    for pattern, word in VARIES:
        text = pattern.sub(word, text)
    return text.replace(getpass.getuser(), "ada").strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Give what a clone has of the project when it is built."""
    binaries = Path(sys.executable).parent
    if not shutil.which("make") or not (binaries / "syncd").exists() or not (binaries / "activate").exists():
        pytest.skip("there is no make, or the tests do not run in the project's virtual environment")
    folder = tmp_path / "syncd"
    (folder / ".venv").mkdir(parents=True)
    for name in ("Makefile", "requirements.lock"):
        shutil.copy(ROOT / name, folder)
    (folder / ".venv" / "bin").symlink_to(binaries)
    (folder / ".venv" / ".built").touch()
    return folder


@pytest.fixture
def environment() -> dict[str, str]:
    """Give what a person's shell has; nothing of a virtual environment, or of syncd."""
    meddling = ("SYNCD_", "VIRTUAL_ENV", "COLUMNS", "MAKE", "MFLAGS")
    return {name: value for name, value in os.environ.items() if not name.startswith(meddling)}


@pytest.fixture
def first_terminal(clone: Path, environment: dict[str, str]) -> Iterator[list[str]]:
    """Start the daemon as the page says, and give what it printed until it was there."""
    with subprocess.Popen(
        ["make", "run"], cwd=clone, env=environment, stdout=subprocess.PIPE, text=True, process_group=0
    ) as running:
        assert running.stdout
        printed = []
        for line in running.stdout:
            printed.append(line)
            if line.startswith(STARTED):
                break
        yield printed
        os.killpg(running.pid, signal.SIGINT)
        assert "Stopped." in running.stdout.read()


@pytest.fixture
def second_terminal(clone: Path, environment: dict[str, str]) -> Iterator[Callable[[str], str]]:
    """Give what runs a command in a shell that stays open, and returns what it printed."""
    with subprocess.Popen(
        ["bash"],
        cwd=clone,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as shell:

        def run(command: str) -> str:
            assert shell.stdin
            assert shell.stdout
            shell.stdin.write(f"{command}\necho; echo '--end--'\n")
            shell.stdin.flush()
            return "".join(iter(shell.stdout.readline, "--end--\n"))

        yield run
        shell.kill()


def test_the_tutorial_does_what_it_says(first_terminal, second_terminal):
    """It is the first thing that people try."""
    (_, expected), *rest = steps()
    assert plain(expected) == plain("".join(first_terminal))
    for command, output in rest:
        printed = plain(second_terminal(command))
        for _ in range(_TRIES if command == _LOOK else 0):
            if printed == plain(output):
                break
            # Five seconds are enough for a person; a busy machine may need more.
            time.sleep(1)
            printed = plain(second_terminal(command))
        assert plain(output) == printed, command

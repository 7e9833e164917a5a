"""Processes as a person or a script starts them, with and without a terminal."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

Process = subprocess.CompletedProcess[str]


@pytest.fixture
def environment() -> dict[str, str]:
    """What a shell hands over, less what would change how syncd speaks."""
    meddling = ("SYNCD_", "NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "LINES", "PYTHON", "COVERAGE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(meddling)}
    return kept | {"TERM": "xterm-256color"}


@pytest.fixture
def syncd(environment: dict[str, str], tmp_path: Path) -> Callable[..., Process]:
    """Run `syncd` with its output into pipes, in an empty folder."""

    def run(*words: str, **variables: str) -> Process:
        return subprocess.run(
            [sys.executable, "-m", "syncd", *words],
            env=environment | variables,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
def on_terminal(environment: dict[str, str], tmp_path: Path) -> Callable[..., str]:
    """Run Python with these arguments on a terminal of so many columns, and return all that it showed."""

    def run(*arguments: str, columns: int = 100, **variables: str) -> str:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=environment | variables,
            cwd=tmp_path,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        shown = bytearray()
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:  # how a terminal ends when the last process has left it
            process.wait(timeout=60)
        finally:
            os.close(ours)
        return shown.decode().replace("\r\n", "\n")

    return run

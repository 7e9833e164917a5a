"""The command as a process: its start, its streams, its end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from syncd import __version__

Process = subprocess.CompletedProcess[str]
Syncd = Callable[..., Process]
HEAVY = {"polars", "pandas", "pyarrow", "numpy", "sqlalchemy", "alembic", "pydantic", "rich", "apscheduler", "paramiko"}
COMMANDS = (
    *([name] for name in ("init", "daemon", "sync", "check", "status", "approve", "reject", "requeue")),
    *(["runs", name] for name in ("list", "show")),
    *(["roster", name] for name in ("list", "show")),
    *(["config", name] for name in ("check", "show")),
)
HELPS = ([], ["runs"], ["roster"], ["config"], *COMMANDS)
LOADED = """
import json, os, sys
from syncd.cli.main import main
for words in json.loads(sys.argv[1]):
    sys.stdout.flush()
    if os.fork() == 0:
        sys.argv = ["syncd", *words, "--help"]
        try:
            main()
        finally:
            print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr, flush=True)
            os._exit(0)
    os.wait()
"""
"""Does what `syncd` does for one help after the other, and says what each has loaded, a line each."""


@pytest.fixture(scope="module")
def loaded() -> list[set[str]]:
    """Give the libraries that each help has loaded."""
    command = [sys.executable, "-c", LOADED, json.dumps(HELPS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [set(line.split()) for line in done.stderr.splitlines()]


@pytest.mark.parametrize("number", range(len(HELPS)), ids=map(" ".join, HELPS))
def test_help_loads_no_heavy_library(number: int, loaded: list[set[str]]) -> None:
    """Half a second is the budget; pandas alone takes it. Typer itself loads pydantic to read a command's options."""
    assert (len(HELPS), True) == (len(loaded), "typer" in loaded[number])
    assert set() == HEAVY & loaded[number] - ({"pydantic"} if HELPS[number] else set())


def test_help_is_there_before_pandas_would_be(syncd: Syncd) -> None:
    """Half a second is the budget; how much that is depends on the machine, so pandas is the measure. Best of three."""
    helped, loaded = [], []
    for _ in range(3):
        begun = time.perf_counter()
        assert 0 == syncd("--help").returncode
        helped.append(time.perf_counter() - begun)
        subprocess.run([sys.executable, "-c", "import pandas"], check=True)
        loaded.append(time.perf_counter() - begun - helped[-1])
    assert min(helped) < min(loaded)


def test_the_installed_command_is_this_one() -> None:
    """`pip install .` gives `syncd`."""
    script = Path(sys.executable).with_name("syncd")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert (f"{__version__}\n", "") == (done.stdout, done.stderr)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_daemon_stops_politely_when_asked(
    number: signal.Signals, syncd: Syncd, environment: dict[str, str], tmp_path: Path
) -> None:
    """Systemd sends SIGTERM, a person Ctrl-C; both are a success."""
    assert 0 == syncd("init").returncode
    process = subprocess.Popen(
        [sys.executable, "-m", "syncd", "daemon"],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert f"Drop files into  {tmp_path / 'sync'}\n" == process.stdout.readline()
    process.stderr.readline()  # the log says that the folder is watched
    process.send_signal(number)
    rest, _ = process.communicate(timeout=60)
    assert (0, "Stopped.") == (process.returncode, rest.splitlines()[-1])


def test_a_closed_pipe_ends_the_command_without_noise(environment: dict[str, str], tmp_path: Path) -> None:
    """`syncd roster list user | head -1` is an everyday line."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "syncd", "config", "show", "--json"],
        env=environment,
        cwd=tmp_path,
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writing)
    assert (141, b"") == (done.returncode, done.stderr)


def test_a_locale_without_letters_does_not_stop_the_output(syncd: Syncd, tmp_path: Path) -> None:
    """Cron gives no locale; names have letters."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "syncd.toml").write_text('[roster]\ndata_source = "Åsö"\n', encoding="utf-8")
    done = syncd("config", "show", PYTHONIOENCODING="ascii")
    assert (0, "") == (done.returncode, done.stderr)
    assert "\\xc5s\\xf6" in done.stdout


def test_a_wrong_configuration_is_exit_2_with_every_error(syncd: Syncd, tmp_path: Path) -> None:
    """From the file on disk to the lines on the screen."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "syncd.toml").write_text('[drop]\nquite = "1s"\n[limits]\nuser.removals.percent = 101\n')
    done = syncd("config", "check", SYNCD_DROP_RESCAN="never")
    assert (2, "") == (done.returncode, done.stdout)
    heading, *errors = done.stderr.splitlines()
    assert "Error: the configuration (config/syncd.toml) has 3 errors" == heading
    assert [
        "  drop.rescan (SYNCD_DROP_RESCAN)",
        "  drop.quite",
        "  limits.user.removals.percent",
    ] == [line.partition(": ")[0] for line in errors]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[drop\n", "this is not TOML: Expected ']' at the end of a table declaration (at line 1, column 6)"),
        (b'[drop]\nquiet = "\xe5"\n', "byte 17 is not UTF-8 text; save the file as UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_with_the_place(
    content: bytes, said: str, syncd: Syncd, tmp_path: Path
) -> None:
    """Line and column for an editor."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "syncd.toml").write_bytes(content)
    done = syncd("config", "check")
    assert (2, f"Error: the configuration (config/syncd.toml) has 1 error\n  {said}\n") == (
        done.returncode,
        done.stderr,
    )


def test_a_folder_where_the_file_should_be_is_said(syncd: Syncd, tmp_path: Path) -> None:
    """A mount that went wrong looks like this."""
    (tmp_path / "config" / "syncd.toml").mkdir(parents=True)
    assert "the file cannot be read: Is a directory" in syncd("config", "check").stderr


def test_a_byte_order_mark_does_no_harm(syncd: Syncd, tmp_path: Path) -> None:
    """Windows editors leave one."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "syncd.toml").write_text('[drop]\nquiet = "9s"\n', encoding="utf-8-sig")
    assert "config/syncd.toml is in order\n" == syncd("config", "check").stdout


def test_without_a_file_the_defaults_hold_and_are_in_order(syncd: Syncd) -> None:
    """For people and for scripts."""
    assert "config/syncd.toml does not exist; the defaults hold\n" == syncd("config", "check").stdout
    assert {"file": "config/syncd.toml", "errors": 0} == json.loads(syncd("config", "check", "--json").stdout)


def test_config_show_tells_value_and_origin_without_the_password(syncd: Syncd, tmp_path: Path) -> None:
    """Promise 9 holds on the screen, too."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "syncd.toml").write_text('[drop]\nquiet = "120s"\n')
    shown = syncd("config", "show", "--json", SYNCD_STORE_URL="postgresql://me:geheim@host/db").stdout
    rows = {row["setting"]: row for row in map(json.loads, shown.splitlines())}
    assert ("2m", "file") == (rows["drop.quiet"]["value"], rows["drop.quiet"]["origin"])
    assert ("postgresql://me:***@host/db", "environment SYNCD_STORE_URL") == (
        rows["store.url"]["value"],
        rows["store.url"]["origin"],
    )
    assert "geheim" not in shown

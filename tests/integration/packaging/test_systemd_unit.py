"""The unit for systemd, as systemd's own tools see it."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

import syncd

ROOT = Path(syncd.__file__).parent.parent
UNIT = ROOT / "packaging" / "systemd" / "syncd.service"
PROGRAM = "/opt/syncd/bin/syncd"
MOST = 1.5
"""The exposure that `systemd-analyze security` may find, of 10; below 2 it says "OK"."""


@pytest.fixture
def analyze():
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed: apt-get install systemd")
    return lambda *words: subprocess.run([program, *words], capture_output=True, text=True, check=False)


@pytest.fixture
def unit(tmp_path):
    """Give the unit with a program that is there: systemd looks for it."""
    path = tmp_path / "syncd.service"
    path.write_text(UNIT.read_text().replace(PROGRAM, "/bin/true"))
    return path


def setting(name: str) -> list[str]:
    return [line.partition("=")[2] for line in UNIT.read_text().splitlines() if line.startswith(f"{name}=")]


def test_systemd_accepts_the_unit_without_a_word(analyze, unit):
    """A misspelt setting is ignored by systemd, and protects nobody."""
    done = analyze("verify", "--man=no", str(unit))
    assert (0, "") == (done.returncode, done.stderr)


def test_a_drop_in_gives_it_another_user_and_home(analyze, unit):
    """As the head of the unit says; what is written there must work."""
    lines = UNIT.read_text().partition("never into this file:\n#\n")[2].partition("#\n# ")[0]
    folder = unit.with_name("syncd.service.d")
    folder.mkdir()
    (folder / "override.conf").write_text("".join(f"{line.removeprefix('#').strip()}\n" for line in lines.splitlines()))
    assert "User=roster" in (folder / "override.conf").read_text()
    done = analyze("verify", "--man=no", str(unit))
    assert (0, "") == (done.returncode, done.stderr)


def test_it_exposes_little(analyze, unit):
    """Files from outside are read here: what an intruder could reach is what the unit leaves open."""
    done = analyze("security", "--offline=yes", "--no-pager", str(unit), f"--threshold={int(MOST * 10)}")
    assert 0 == done.returncode, done.stdout.splitlines()[-1]


def test_it_speaks_the_language_of_the_daemon():
    """Notify, watchdog, reload, and a stop that waits for the file in hand."""
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str
    parsed.read_string(UNIT.read_text())
    service = parsed["Service"]
    assert ("notify", "2min", "on-failure", "/bin/kill -HUP $MAINPID", "mixed") == tuple(
        service[name] for name in ("Type", "WatchdogSec", "Restart", "ExecReload", "KillMode")
    )
    assert ([f"{PROGRAM} daemon"], ["2"]) == (setting("ExecStart"), setting("RestartPreventExitStatus"))


def test_the_wheel_carries_the_unit():
    """Whoever installs by pip finds it at share/syncd/."""
    assert f'"packaging/systemd/{UNIT.name}" = "share/syncd/{UNIT.name}"' in (ROOT / "pyproject.toml").read_text()

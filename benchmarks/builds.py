"""Another commit of the project, built from its own lock file to be measured beside this one."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import CommandError
from benchmarks.scale import DATA

_ROOT = Path(__file__).parent.parent


def build(commit: str, say: Callable[[str], None]) -> Path:
    """Return the command `syncd` of a commit; it is built once and found again by its hash.

    Raises:
        CommandError: there is no such commit here, or it does not build.
    """
    found = subprocess.run(
        ["git", "-C", _ROOT, "rev-parse", "--short=12", "--verify", "--quiet", f"{commit}^{{commit}}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        raise CommandError(f"there is no commit {commit!r} here")
    place = DATA / "builds" / found.stdout.strip()
    say(f"building {place.name}")
    place.mkdir(parents=True, exist_ok=True)
    unpack = f'git -C "{_ROOT}" archive {place.name} | tar -x -C "{place}"'
    for command in (["sh", "-c", unpack], ["make", "--silent", "-C", str(place), ".venv/.built"]):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode:
            raise CommandError(f"{place.name} does not build: {done.stdout[-2000:]}")
    return place / ".venv" / "bin" / "syncd"

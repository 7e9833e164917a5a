"""prune and backup."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from syncd.cli.screen import amount

Syncd = Callable[..., Result]


@dataclass
class Done:
    counts: Counter[str] = field(default_factory=Counter)
    size: int = 0
    paths: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    path: Path = Path("/b/h.tar")
    members: int = 7
    advice: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"bytes": self.size}


def test_prune_says_how_much_went(syncd: Syncd, app: Any) -> None:
    """Whoever needed room wants to know."""
    app.answer = Done(counts=Counter(archives=2, history=1), size=1_200_000, paths=["archives/a"])
    result = syncd("prune")
    assert (0, "Removed: 2 archives, 1 history; 1.2 MB.\n") == (result.exit_code, result.stdout)
    assert app.asked["dry_run"] is False


def test_a_dry_run_names_everything_first(syncd: Syncd, app: Any) -> None:
    """One looks before one lets it happen."""
    app.answer = Done(counts=Counter(archives=1), size=10, paths=["archives/a"])
    assert "archives/a\nTo be removed: 1 archives; 10 bytes.\n" == syncd("prune", "--dry-run").stdout
    assert {"dry_run": True, "bytes": 10} == json.loads(syncd("prune", "--dry-run", "--json").stdout)


def test_nothing_to_prune_is_said(syncd: Syncd, app: Any) -> None:
    """Silence would leave doubt."""
    app.answer = Done()
    assert "Nothing is old enough.\n" == syncd("prune").stdout


def test_what_could_not_be_pruned_is_exit_1(syncd: Syncd, app: Any) -> None:
    """A folder with wrong owners fills the disk silently otherwise."""
    app.answer = Done(troubles=["archives/a could not be removed"])
    result = syncd("prune")
    assert (1, "Error: archives/a could not be removed\n") == (result.exit_code, result.stderr)


def test_backup_says_where_and_what_is_missing(syncd: Syncd, app: Any) -> None:
    """The advice goes where no script takes it for data."""
    app.answer = Done(size=5000, advice="the roster is not in it: pg_dump")
    result = syncd("backup", "/b/h.tar", "--with-files")
    assert (0, "/b/h.tar: 5.0 kB, 7 members\n") == (result.exit_code, result.stdout)
    assert "pg_dump" in result.stderr
    assert (Path("/b/h.tar"), True) == (app.asked["file"], app.asked["bulky"])


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (2_500_000, "2.5 MB"), (10**12, "1.0 TB")]
)
def test_an_amount_has_the_unit_that_suits_it(size: int, words: str) -> None:
    """Nobody counts digits."""
    assert words == amount(size)

"""What a dialect declares the database gets, without a migration."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from syncd.core.kinds import Kind
from syncd.store.store import Store

CHILD = Path(__file__).with_name("child_grow.py")


def asked(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(CHILD), *words], capture_output=True, text=True, check=False, timeout=120
    )


def test_a_kind_and_a_column_that_a_dialect_declares_are_added_to_an_old_database(scene: Any) -> None:
    """Its records are found, counted and kept as all others; the second time nothing is to be done."""
    scene.create(Kind.COURSE, {"id": 1, "shortname": "ALG"})
    told = [asked(scene.url) for _ in range(2)]
    assert ["[0] 5 1", "[0, 1] 6 2"] == [done.stdout for done in told], told[0].stderr


def test_a_syncd_without_the_dialect_leaves_alone_what_it_made(scene: Any) -> None:
    """It may come back; nothing is lost."""
    scene.create(Kind.COURSE, {"id": 1, "shortname": "ALG"})
    asked(scene.url)
    Store.open(scene.url).close()
    assert "[0, 1] 6 2" == asked(scene.url).stdout
    assert "ALG" == scene.one(Kind.COURSE, id=1)["shortname"]


def test_another_key_needs_a_migration(scene: Any) -> None:
    """What is more than an addition is refused before anything is changed."""
    scene.create(Kind.COURSE, {"id": 1, "shortname": "ALG"})
    asked(scene.url)
    assert "the key of the table terms is another one; this needs a migration" in asked(scene.url, "other").stderr
    assert "[0, 1] 6 2" == asked(scene.url).stdout

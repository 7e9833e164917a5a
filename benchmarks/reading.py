"""The difference alone, as the product finds it: `python -m benchmarks.reading HOME FILE`.

Loads what the home remembers of the feed that it worked last, reads the file against it, and prints a line of JSON:
the seconds that both took, the rows of the file, and how many of them are not known.
"""

import json
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

from syncd.dialects.moodle.options import MoodleOptions
from syncd.engine.reading import read
from syncd.formats.recognition import hints
from syncd.frames.layout import read_layout
from syncd.store.memory_files import MemoryFiles


def main() -> None:
    """Read one file."""
    home, file = Path(sys.argv[1]), Path(sys.argv[2])
    feed = max((home / "state" / "memory").glob("*.rows"), key=lambda path: path.stat().st_mtime_ns).stem
    with closing(sqlite3.connect(home / "state" / "syncd.db")) as roster:
        (token,) = roster.execute("SELECT token FROM memories WHERE feed = ?", (feed,)).fetchone()
        (seed,) = roster.execute("SELECT value FROM meta WHERE name = 'seed'").fetchone()
    begin = time.perf_counter()
    memory = MemoryFiles(home / "state" / "memory").load(feed, token)
    assert memory is not None
    with file.open("rb") as source:
        reading = read(source, read_layout(source, hints(None, MoodleOptions())), memory, int(seed))
    seconds = time.perf_counter() - begin
    print(json.dumps({"seconds": seconds, "rows": reading.total, "new": len(reading.rows)}))


if __name__ == "__main__":
    main()

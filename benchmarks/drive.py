"""Run one pass inside this process and print when each step was reached: `python -m benchmarks.drive HOME`.

Prints a line of JSON: `steps`, pairs of a step and the seconds since the pass began; `rows`; `tryback`.
"""

import json
import sys
import time
from pathlib import Path

from syncd.app import App


def main() -> None:
    """Do one pass."""
    steps: list[tuple[str, float]] = []
    begin = time.perf_counter()

    def reached(what: str, _done: int, _total: int) -> None:
        steps.append((what.rpartition(": ")[2], time.perf_counter() - begin))

    with App.open(Path(sys.argv[1])) as app:
        done = app.sync(progress=reached)
    run = done.reports[0].run
    print(json.dumps({"steps": steps, "rows": run.rows.as_json(), "tryback": run.tryback}))


if __name__ == "__main__":
    main()

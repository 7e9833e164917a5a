"""(f) A file in which every row fails: how fast its tryback is written."""

import json
import statistics
import sys
from collections.abc import Iterator

from benchmarks import shell
from benchmarks.bench import Bench, before
from benchmarks.figures import Figure
from benchmarks.measure import CommandError, Contender, Measured, interleaved, run
from benchmarks.product import Expected, check

SPEED = 200.0
"""MB/s that are wanted."""


def figures(bench: Bench, stem: str, rows: int) -> Iterator[Figure]:
    """Yield the speed of the tryback, beside the floor of copying the same bytes durably."""
    template, file = bench.homes.template(*before(stem)), bench.homes.file(f"{stem}-failing")
    copied = bench.scale.folder / "runs" / "copied"

    def ours() -> Measured:
        home = bench.homes.fresh(template, file.stem)
        bench.say(f"a pass with its steps, {file.stem}")
        measured = run([sys.executable, "-m", "benchmarks.drive", home])
        found = json.loads(measured.output.splitlines()[-1])
        check(found["rows"], Expected(failed=rows, applied=0))
        if (home / found["tryback"]).read_bytes() != file.read_bytes():
            raise CommandError("the tryback of a file of which every row fails is not that file")
        return measured

    rounds = bench.rounds(rows)
    copy = Contender(lambda: shell.copy_durably(file, copied), rounds)
    runs = interleaved({"ours": Contender(ours, rounds), "cp and sync": copy})
    copied.unlink()
    bench.note_peak(rows, runs["ours"])
    size = file.stat().st_size / 1e6
    seconds = statistics.median(_tryback_seconds(run.output) for run in runs["ours"].each)
    yield Figure(
        case="f",
        what="every row fails: writing its tryback",
        rows=rows,
        ours=seconds,
        rival=size / SPEED,
        rival_name=f"{SPEED:g} MB/s",
        at_least=1,
        peak=runs["ours"].peak,
        note=f"{size / seconds:.0f} MB/s; cp and sync: {size / runs['cp and sync'].wall:.0f} MB/s",
        runs=runs,
    )


def _tryback_seconds(output: str) -> float:
    steps = dict(json.loads(output.splitlines()[-1])["steps"])
    return float(steps["tryback"] - steps["report"])

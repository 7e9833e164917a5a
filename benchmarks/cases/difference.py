"""(e) The difference alone, 1 % changed: against `sort | comm`, to which the old file is given sorted."""

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator

from benchmarks import shell
from benchmarks.bench import Bench, before
from benchmarks.figures import Figure, skip
from benchmarks.measure import CommandError, Contender, Measured, Runs, interleaved, run
from benchmarks.scale import MILLION

AT_LEAST = 3.0


def figures(bench: Bench, stem: str, rows: int) -> Iterator[Figure]:
    """Yield the figure twice: by the whole processes, and by what ours takes once Python and its libraries are up."""
    what = "the difference alone, 1 % changed"
    if lacking := shell.missing("sort", "comm"):
        yield skip("e", what, rows, lacking)
        return
    runs = _raced(bench, stem, rows)
    found = [json.loads(run.output) for run in runs["ours"].each]
    ways = {"": runs["ours"].wall, ", without imports": statistics.median(each["seconds"] for each in found)}
    for way, seconds in ways.items():
        yield Figure(
            case="e",
            what=what + way,
            rows=rows,
            ours=seconds,
            rival=runs["sort | comm"].wall,
            rival_name="sort | comm",
            cpu_ratio=runs["sort | comm"].cpu / runs["ours"].cpu,
            at_least=AT_LEAST if rows > MILLION else None,
            peak=runs["ours"].peak,
            note=f"{found[0]['new']:,} rows are new; rival {runs['sort | comm'].peak >> 20} MiB",
            runs=runs,
        )


def _raced(bench: Bench, stem: str, rows: int) -> dict[str, Runs]:
    template = bench.homes.template(*before(stem), stem)
    new, sorted_old = bench.homes.file(f"{stem}-changed"), bench.homes.run("old.sorted")
    sorted_old.parent.mkdir(parents=True, exist_ok=True)
    bench.say("sorting the old file for comm")
    command = ["sh", "-c", 'LC_ALL=C sort "$0" > "$1"', bench.homes.file(stem), sorted_old]
    subprocess.run(list(map(str, command)), check=True)

    def ours() -> Measured:
        bench.say(f"the difference of {new.stem}, by syncd's reading")
        return run([sys.executable, "-m", "benchmarks.reading", template, new])

    def rival() -> Measured:
        bench.say(f"the difference of {new.stem}, by sort and comm")
        return shell.sort_comm(sorted_old, new)

    rounds = bench.rounds(rows)
    runs = interleaved({"ours": Contender(ours, max(rounds, 2)), "sort | comm": Contender(rival, max(rounds, 2))})
    lines = sorted_old.with_suffix(".found").read_bytes().count(b"\n")
    if lines != json.loads(runs["ours"].each[0].output)["new"]:
        raise CommandError(f"comm finds {lines} new rows, syncd {runs['ours'].each[0].output}")
    sorted_old.unlink()
    return runs

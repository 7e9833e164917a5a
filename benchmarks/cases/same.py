"""(a) The same file again: little more than its hash."""

import statistics
from collections.abc import Iterator

from benchmarks import shell
from benchmarks.bench import Bench, before
from benchmarks.figures import Figure
from benchmarks.measure import Contender, interleaved
from benchmarks.product import Expected

AT_MOST = 2.0


def figures(bench: Bench, stem: str, rows: int) -> Iterator[Figure]:
    """Yield the figures of one file."""
    kind, file = stem.partition("-")[0], bench.homes.file(stem)
    template = bench.homes.template(*before(kind), stem)
    rounds = bench.rounds(rows, "short")
    contenders = {
        "ours": Contender(lambda: bench.ours(template, stem, Expected(unchanged=rows)), rounds),
        "one row": bench.one_row(kind, "same"),
        "sha256sum": Contender(lambda: shell.sha256sum(file), rounds),
        "hashlib": Contender(lambda: shell.python_sha256(file), rounds),
    }
    runs = interleaved(contenders)
    bench.note_peak(rows, runs["ours"])
    fixed = runs["one row"]
    floors = {
        "sha256sum": runs["sha256sum"].wall,
        "hashlib": statistics.median(float(run.output) for run in runs["hashlib"].each),
    }
    for name, floor in floors.items():
        yield Figure(
            case="a",
            what=f"{kind}: same file again",
            rows=rows,
            ours=runs["ours"].wall,
            rival=floor,
            rival_name=name,
            fixed=fixed.wall,
            noise=max(fixed.spread, runs["ours"].spread),
            cpu_ratio=(runs["ours"].cpu - fixed.cpu) / floor,
            at_most=AT_MOST,
            peak=runs["ours"].peak,
            runs={"ours": runs["ours"], name: runs[name], "one row": fixed},
        )

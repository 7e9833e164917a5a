"""(a) The same file again: little more than its hash."""

from collections.abc import Iterator

from benchmarks import shell
from benchmarks.bench import Bench, before
from benchmarks.figures import Figure
from benchmarks.measure import interleaved
from benchmarks.product import Expected

AT_MOST = 2.0


def figures(bench: Bench, stem: str, rows: int) -> Iterator[Figure]:
    """Yield the figures of one file."""
    kind, file = stem.partition("-")[0], bench.homes.file(stem)
    template = bench.homes.template(*before(kind), stem)
    contenders = {
        "ours": lambda _: bench.ours(template, stem, Expected(unchanged=rows)),
        "sha256sum": lambda _: shell.sha256sum(file),
        "python hashlib": lambda _: shell.python_sha256(file),
    }
    runs = interleaved(max(bench.rounds(rows), 3), contenders)
    bench.note_peak(rows, runs["ours"])
    fixed = bench.fixed(kind, "same")
    floors = {
        "sha256sum": runs["sha256sum"].wall,
        "python hashlib": sorted(float(run.output) for run in runs["python hashlib"].each)[1],
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
            cpu_ratio=(runs["ours"].cpu - fixed.cpu) / runs[name].cpu,
            at_most=AT_MOST,
            peak=runs["ours"].peak,
            runs={"ours": runs["ours"], name: runs[name], "one row": fixed},
        )

"""(i) The build before: the same files worked by the program of another commit, in turn with this one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.bench import Bench, before
from benchmarks.figures import Figure
from benchmarks.homes import Homes
from benchmarks.measure import Contender, Measured, interleaved
from benchmarks.product import Expected

AT_MOST = 1.05


@dataclass(frozen=True, slots=True)
class _Race:
    """variant: of the file, "" for the file itself. is_first: it is loaded into a roster that does not hold it."""

    what: str
    variant: str
    is_first: bool = False
    patience: str = "short"


_RACES = (
    _Race("first load", "", is_first=True, patience="long"),
    _Race("same file again", ""),
    _Race("re-ordered, nothing new", "reordered"),
    _Race("1 % changed", "changed"),
)


def figures(bench: Bench, stem: str, rows: int) -> Iterator[Figure]:
    """Yield the figures of one file; none where no earlier build was asked for."""
    if bench.earlier is None:
        return
    kind = stem.partition("-")[0]
    for race in _RACES:
        builds = {"ours": bench.homes, bench.earlier.program.parts[-4]: bench.earlier}
        rounds = bench.rounds(rows, race.patience)
        runs = interleaved({name: Contender(_work(bench, homes, race, stem), rounds) for name, homes in builds.items()})
        name = list(runs)[1]
        yield Figure(
            case="i",
            what=f"{kind}: {race.what}",
            rows=rows,
            ours=runs["ours"].wall,
            rival=runs[name].wall,
            rival_name=name,
            noise=max(runs["ours"].spread, runs[name].spread),
            cpu_ratio=runs["ours"].cpu / runs[name].cpu,
            at_most=AT_MOST,
            peak=runs["ours"].peak,
            note=f"before: {runs[name].peak >> 20} MiB",
            runs=runs,
        )


def _work(bench: Bench, homes: Homes, race: _Race, stem: str) -> Callable[[], Measured]:
    """Return what one build has to do in a race; the roster it starts from is made by that build."""
    held = before(stem) if race.is_first else [*before(stem), stem]
    file = f"{stem}-{race.variant}" if race.variant else stem
    template = homes.template(*held)
    return lambda: bench.work(homes, template, file, Expected())

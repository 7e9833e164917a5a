"""(b), (c), (d) A file re-ordered, 1 % changed, loaded first: against a script for the sqlite3 shell."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import shell
from benchmarks.bench import Bench, before
from benchmarks.digest import content
from benchmarks.figures import Figure, skip
from benchmarks.measure import CommandError, Contender, Measured, Runs, interleaved
from benchmarks.product import Expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """A case against the shell. variant: of the file, "" for the file itself, loaded first.

    at_least: times faster. patience: of how many rounds.
    """

    case: str
    what: str
    variant: str
    at_least: float
    patience: str = "short"


RACES = {
    race.case: race
    for race in (
        Race(case="b", what="re-ordered, nothing new", variant="reordered", at_least=12),
        Race(case="c", what="1 % changed", variant="changed", at_least=6),
        Race(case="d", what="first load", variant="", at_least=1.5, patience="long"),
    )
}


def figures(case: str, bench: Bench, stem: str, rows: int) -> Iterator[Figure]:
    """Yield the figure of one file."""
    race, kind = RACES[case], stem.partition("-")[0]
    what = f"{kind}: {race.what}"
    if lacking := shell.missing("sqlite3"):
        yield skip(case, what, rows, lacking)
        return
    runs = _raced(bench, race, stem, rows)
    bench.note_peak(rows, runs["ours"], first_load=case == "d")
    fixed = runs["one row"]
    yield Figure(
        case=case,
        what=what,
        rows=rows,
        ours=runs["ours"].wall,
        rival=runs["sqlite3"].wall,
        rival_name="sqlite3 shell",
        fixed=fixed.wall,
        noise=max(fixed.spread, runs["ours"].spread),
        cpu_ratio=runs["sqlite3"].cpu / max(runs["ours"].cpu - fixed.cpu, 1e-3),
        at_least=race.at_least,
        peak=runs["ours"].peak,
        runs=runs,
    )


def _raced(bench: Bench, race: Race, stem: str, rows: int) -> dict[str, Runs]:
    """Run both, compare what they made of the roster, and keep a first load as the roster of later cases."""
    kind = stem.partition("-")[0]
    loaded = before(kind) if race.case == "d" else [*before(kind), stem]
    template = bench.homes.template(*loaded)
    file = f"{stem}-{race.variant}" if race.variant else stem
    expected = {"b": Expected(unchanged=rows, applied=0), "d": Expected(applied=rows)}.get(race.case, Expected())
    made: dict[str, Path] = {}

    def ours() -> Measured:
        measured = bench.ours(template, file, expected)
        made["ours"] = bench.homes.run(file)
        return measured

    def rival() -> Measured:
        made["sqlite3"] = bench.homes.fresh_database(template)
        bench.say(f"sqlite3 shell, {file}")
        return shell.sqlite_sync(made["sqlite3"], kind, bench.homes.file(file))

    runs = interleaved(
        {
            "one row": bench.one_row(kind, race.variant),
            "sqlite3": Contender(rival, bench.rounds(rows)),
            "ours": Contender(ours, bench.rounds(rows, race.patience)),
        }
    )
    bench.say(f"comparing what both made of {file}")
    _compare(made, kind)
    if race.case == "d":
        bench.homes.adopt(made["ours"], *loaded, stem)
    return runs


def _compare(made: dict[str, Path], kind: str) -> None:
    """See that both came to the same roster.

    Raises:
        CommandError: they did not.
    """
    ours = content(["sqlite3", "-readonly", made["ours"] / "state" / "syncd.db"], kind)
    rival = content(["sqlite3", "-readonly", made["sqlite3"]], kind)
    if ours != rival:
        raise CommandError(f"the rosters differ: {ours} and {rival}")

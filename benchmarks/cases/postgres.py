"""(g) PostgreSQL: staging beside the copy command of psql, and 1 % changed against a blind upsert of the whole file."""

import re
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import postgres, shell
from benchmarks.bench import Bench, before
from benchmarks.digest import content
from benchmarks.figures import Figure, skip
from benchmarks.homes import Homes
from benchmarks.measure import CommandError, Contender, Measured, Runs, interleaved, run
from benchmarks.postgres import Server
from benchmarks.product import Expected, sync

STAGING_AT_MOST, CHANGED_AT_LEAST = 1.15, 8.0

_ROSTER, _OURS, _RIVAL = "roster", "ours", "rival"
_STORE = '\n[store]\nurl = "{url}"\n'
_BARE = "DROP TABLE IF EXISTS {table}; CREATE TABLE {table} AS SELECT * FROM enrolments LIMIT 0"


def figures(bench: Bench, stem: str, rows: int) -> Iterator[Figure]:
    """Yield both figures."""
    if lacking := postgres.missing():
        yield skip("g", "PostgreSQL", rows, lacking)
        return
    bench.say("making a PostgreSQL cluster")
    with postgres.server() as server:
        server.execute(f"CREATE DATABASE {_ROSTER}")
        settings = _STORE.format(url=server.url(_ROSTER))
        homes = Homes(bench.scale, bench.say, settings=settings, name="homes-postgres")
        template = homes.template(*before(stem), stem)
        yield _staging(bench, server, rows)
        yield _changed(bench, homes, server, template, stem, rows)


def _staging(bench: Bench, server: Server, rows: int) -> Figure:
    file = bench.homes.run("staged.csv")
    file.parent.mkdir(parents=True, exist_ok=True)
    server.execute(rf"\copy enrolments TO '{file}' (FORMAT csv)", _ROSTER)

    def ours() -> Measured:
        server.execute(_BARE.format(table="staged"), _ROSTER)
        bench.say("staging by the store")
        return run([sys.executable, "-m", "benchmarks.staging", server.url(_ROSTER), "staged", file])

    def rival() -> Measured:
        server.execute(_BARE.format(table="copied"), _ROSTER)
        bench.say(r"staging by psql \copy")
        return run([*server.psql(_ROSTER), "-c", r"\timing on", "-c", rf"\copy copied FROM '{file}' (FORMAT csv)"])

    rounds = bench.rounds(rows, "short")
    runs = interleaved({"ours": Contender(ours, rounds), r"psql \copy": Contender(rival, rounds)})
    server.execute("DROP TABLE staged; DROP TABLE copied", _ROSTER)
    return Figure(
        case="g",
        what="PostgreSQL: staging",
        rows=rows,
        ours=statistics.median(float(each.output) for each in runs["ours"].each),
        rival=statistics.median(_timed(each.output) for each in runs[r"psql \copy"].each),
        rival_name=r"psql \copy",
        at_most=STAGING_AT_MOST,
        note="both without start-up",
        runs=runs,
    )


def _changed(bench: Bench, homes: Homes, server: Server, template: Path, stem: str, rows: int) -> Figure:
    file = f"{stem}-changed"

    def ours() -> Measured:
        server.copy_database(_ROSTER, _OURS)
        home = homes.fresh(template, file)
        config = home / "config" / "syncd.toml"
        config.write_text(config.read_text().replace(server.url(_ROSTER), server.url(_OURS)))
        bench.say(f"syncd sync over PostgreSQL, {file}")
        return sync(home, Expected())

    def rival() -> Measured:
        server.copy_database(_ROSTER, _RIVAL)
        bench.say(f"blind COPY and upsert, {file}")
        script = shell.script(bench.homes.run("").parent, "enrolments.blind.sql", bench.homes.file(file))
        return run([*server.psql(_RIVAL), "--file", script])

    one_row = bench.one_row("enrolments", "changed")
    rounds = bench.rounds(rows)
    runs = interleaved({"one row": one_row, "upsert": Contender(rival, rounds), "ours": Contender(ours, rounds)})
    _compare(server)
    bench.note_peak(rows, runs["ours"])
    return _against_upsert(runs, rows)


def _against_upsert(runs: dict[str, Runs], rows: int) -> Figure:
    fixed = runs["one row"]
    return Figure(
        case="g",
        what="PostgreSQL: 1 % changed",
        rows=rows,
        ours=runs["ours"].wall,
        rival=runs["upsert"].wall,
        rival_name="COPY and upsert",
        fixed=fixed.wall,
        noise=max(fixed.spread, runs["ours"].spread),
        at_least=CHANGED_AT_LEAST,
        peak=runs["ours"].peak,
        note="start-up over SQLite",
        runs=runs,
    )


def _compare(server: Server) -> None:
    """See that both came to the same roster.

    Raises:
        CommandError: they did not.
    """
    ours, rival = (content([*server.psql(name), "-c"], "enrolments") for name in (_OURS, _RIVAL))
    if ours != rival:
        raise CommandError(f"the rosters differ: {ours} and {rival}")


def _timed(output: str) -> float:
    found = re.search(r"Time: ([0-9.]+) ms", output)
    if not found:
        raise CommandError(f"psql does not say what it took: {output}")
    return float(found[1]) / 1000

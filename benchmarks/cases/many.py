"""(j) Many files: a delivery of files of one row each, by the program of another commit, in turn with this one."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.figures import Figure
from benchmarks.homes import Homes
from benchmarks.measure import CommandError, Contender, Measured, interleaved, run

AT_LEAST = 5.0
FILES = 1_000
_AN_HOUR = 3600
_ROUNDS = 2

_KINDS = {
    "users": ("user_{:04}.csv", "username;firstname;lastname;idnumber\npupil{0};Ada{0};Doe;N{0}\n"),
    "enrolments": ("enrol_{:04}.csv", "cmd;cid;uid;rolename;enrol\nadd;ALG;pupil{0};student;manual\n"),
}
"""Names and content of the files of each kind, by number."""

_HELD = {
    "users": {},
    "enrolments": {
        "courses.csv": "shortname;fullname;category\nALG;Algebra;Maths\n",
        "users.csv": "username;firstname;lastname\n" + "".join(f"pupil{n};Ada;Doe\n" for n in range(FILES)),
    },
}
"""Files that the roster holds before."""


def figures(bench: Bench, _stem: str, _rows: int) -> Iterator[Figure]:
    """Yield a figure for each kind of file; none where no earlier build was asked for."""
    if bench.earlier is None:
        return
    for what in _KINDS:
        builds = {"ours": bench.homes, bench.earlier.program.parts[-4]: bench.earlier}
        runs = interleaved({name: _contender(bench, homes, what) for name, homes in builds.items()})
        name = list(runs)[1]
        yield Figure(
            case="j",
            what=f"{what}: {FILES:,} files of a row",
            rows=FILES,
            ours=runs["ours"].wall,
            rival=runs[name].wall,
            rival_name=name,
            noise=max(runs["ours"].spread, runs[name].spread),
            at_least=AT_LEAST,
            peak=runs["ours"].peak,
            note=f"{FILES / runs['ours'].wall:.0f} files a second",
            runs=runs,
        )


def _contender(bench: Bench, homes: Homes, what: str) -> Contender:
    return Contender(lambda: _worked(homes, what), _ROUNDS if bench.scale.is_full else 1)


def _worked(homes: Homes, what: str) -> Measured:
    """Run one pass over a home in whose sync/ the files stand."""
    home = homes.copied(homes.template(), "many")
    for held in ({name: text} for name, text in _HELD[what].items()):
        _drop(home, held)
        run([homes.program, "sync", "--home", home])
    name, text = _KINDS[what]
    _drop(home, {name.format(number): text.format(number) for number in range(FILES)})
    homes.say(f"syncd sync, {FILES} files of {what}")
    measured = run([homes.program, "sync", "--home", home, "--json"])
    applied = [json.loads(line)["rows"]["applied"] for line in measured.output.splitlines()]
    if applied != [1] * FILES:
        raise CommandError(f"of {FILES} files with a row each {sum(applied)} were applied")
    return measured


def _drop(home: Path, files: Mapping[str, str]) -> None:
    """Drop files as a sender would who was done an hour ago."""
    then = time.time() - _AN_HOUR
    for name, text in files.items():
        file = home / "sync" / name
        file.write_text(text, encoding="utf-8")
        os.utime(file, (then, then))
    os.sync()

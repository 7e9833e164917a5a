"""Run the benchmarks: `python -m benchmarks [--quick] [--only a,b] [--rows 1M,10M] [--before COMMIT]`."""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import table
from benchmarks.bench import Bench
from benchmarks.builds import build
from benchmarks.cases import against_shell, difference, earlier, many, postgres, same, sftp, tryback
from benchmarks.figures import GIB, Figure, Verdict, broken, memory
from benchmarks.homes import Homes
from benchmarks.measure import CommandError
from benchmarks.product import source
from benchmarks.scale import FULL, MILLION, QUICK, Scale, from_words

_LETTERS = "abcdefghij"
_LIMIT, _LIMIT_OF_LARGE = GIB, 3 * GIB // 2


@dataclass(frozen=True, slots=True)
class _Job:
    """A case with one file. work: yields its figures, given the bench, the stem of the file's name and its rows."""

    case: str
    work: Callable[[Bench, str, int], Iterator[Figure]]
    stem: str
    rows: int


def main() -> int:
    """Run what is asked for; print the table and write results.json. Return 1 if a figure is missed or broken."""
    asked = _asked()
    scale = QUICK if asked.quick else FULL
    if asked.rows:
        scale = replace(scale, rows=tuple(from_words(word) for word in asked.rows.split(",")))
    console = table.console()
    figures: list[Figure] = []
    try:
        with _progress(console) as progress:
            _run(scale, asked, progress, figures)
    finally:
        shutil.rmtree(scale.folder / "runs", ignore_errors=True)
        if figures:
            table.show(figures, console)
            table.save(figures, scale)
    return int(any(figure.verdict in (Verdict.MISSED, Verdict.BROKEN) for figure in figures))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100k rows, each case once: only to see that all works")
    parser.add_argument("--only", default="", help="the letters of the cases to run, such as a,b,e")
    parser.add_argument("--rows", default="", help="sizes of the enrolment files, such as 1M,10M")
    parser.add_argument("--before", default="", help="a commit to build and to measure beside this one (cases i and j)")
    return parser.parse_args()


def _run(scale: Scale, asked: argparse.Namespace, progress: Progress, figures: list[Figure]) -> None:
    letters = asked.only or ("ij" if asked.before else _LETTERS)
    jobs = [job for job in _jobs(scale) if job.case in letters]
    task = progress.add_task("", total=len(jobs))

    def say(what: str) -> None:
        progress.update(task, description=what)
        if not progress.console.is_terminal:
            print(what, file=sys.stderr, flush=True)

    bench = Bench(scale, Homes(scale, say), say)
    if asked.before:
        program = build(asked.before, say)
        bench.earlier = Homes(scale, say, name=f"homes-{program.parts[-4]}", program=program)
    for rows in scale.rows if _needs_files(letters) else ():
        say(f"making files of {rows:,} rows")
        _generate(scale, rows)
    for job in jobs:
        figures.extend(_figures(job, bench))
        progress.advance(task)
    for rows, peak in sorted(bench.peaks.items()):
        figures.append(memory("e", rows, peak, _LIMIT if rows <= MILLION else _LIMIT_OF_LARGE))


def _figures(job: _Job, bench: Bench) -> Iterator[Figure]:
    """Yield the figures of a job, each with the code it is of; a figure of code that changed meanwhile is broken."""
    code = source()
    try:
        for figure in job.work(bench, job.stem, job.rows):
            changed = source() != code
            yield replace(
                figure,
                source=code,
                stands=Verdict.BROKEN if changed else figure.stands,
                note="the code of syncd changed during this case" if changed else figure.note,
            )
    except CommandError as error:
        yield broken(job.case, job.stem, job.rows, error)


def _jobs(scale: Scale) -> Iterator[_Job]:
    """Yield the jobs, the small files first; a first load comes first, as it makes the roster of the others."""
    for rows in scale.rows:
        stem = f"enrolments-{rows}"
        stems = {"users": scale.users, stem: rows} if rows == scale.rows[0] else {stem: rows}
        for name, count in stems.items():
            for letter in "dbc":
                yield _Job(letter, partial(against_shell.figures, letter), name, count)
            yield _Job("a", same.figures, name, count)
            if rows <= MILLION:
                yield _Job("i", earlier.figures, name, count)
        yield _Job("e", difference.figures, stem, rows)
        if rows <= MILLION:
            yield _Job("f", tryback.figures, stem, rows)
            yield _Job("g", postgres.figures, stem, rows)
    yield _Job("h", sftp.figures, "", 0)
    yield _Job("j", many.figures, "", 0)


def _needs_files(letters: str) -> bool:
    """Whether any of these cases works files of rows."""
    return bool(set(letters) & set(_LETTERS) - set("hj"))


def _generate(scale: Scale, rows: int) -> None:
    sizes = {"enrolments": rows, "users": scale.users, "courses": scale.courses}
    words = [word for name, size in sizes.items() for word in (f"--{name}", str(size))]
    command = [sys.executable, "-m", "benchmarks.generate", str(scale.folder), *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


if __name__ == "__main__":
    sys.exit(main())

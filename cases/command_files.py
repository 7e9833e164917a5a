"""Cases of command files: steps, each of which works files as `syncd sync FILE…` does, on one home.

The case may hold a `syncd.toml`, the settings of its home. `expect.json` has `about` and `steps`. A step has `file` or
`files`, what is said of them (`dialect`, `object`, `operation`, `data_source`, `options`, `dry_run`), or instead
`approve`, `reject`, `undo` (a run's number), and `expect`:

- `exit`: the exit code. `error`: a part of the sentence by which the command was refused.
- `state`, `rows`, `changes`, `breaches`, `findings` and every other key of a run as JSON, for the only run of the step;
  or `runs`, a list of such objects in the order in which the files were worked. Of findings, those keys that are named.
- `tryback`: the name of a file of the case that holds its bytes, or null for none.
- `roster`: records by kind and natural name (`user` by username, `enrolment` by user/course/method/role …), each with
  the fields that count, or null for a record that must not be there; `counts`: live records by kind.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cases.expecting import CaseError, demand_known, differences, read
from syncd.app import App
from syncd.app.deliveries import RunReport, Told
from syncd.cli.exits import Exit, of_error, of_runs
from syncd.core.errors import SyncdError
from syncd.core.kinds import Kind

_SAID = ("dialect", "object", "operation", "data_source", "options")
_DECISIONS = ("approve", "reject", "undo")
_STEP = ("file", "files", "dry_run", "expect", "about", *_SAID, *_DECISIONS)
_OF_STEP = ("exit", "error", "runs", "roster", "counts")
_BY, _REASON = "cases", "a case asks for it"
_NAMES: Mapping[str, Sequence[str]] = {
    "category": ("path",),
    "course": ("shortname",),
    "user": ("username",),
    "cohort": ("idnumber",),
    "enrolment": ("user", "course", "method", "role"),
    "role_assignment": ("user", "course", "role"),
    "meta_link": ("course", "master"),
    "cohort_member": ("cohort", "user"),
    "cohort_binding": ("cohort", "course", "method", "role"),
    "group": ("course", "name"),
    "grouping": ("course", "name"),
    "grouping_group": ("grouping", "group"),
    "group_member": ("group", "user"),
    "picture": ("user",),
}
"""The fields by which cases name the records of each kind, joined by `/`."""


def run(case: Path, home: Path) -> Iterator[str]:
    """Yield what is not as a case expects it; home: an empty folder.

    Raises:
        CaseError: the case says something that is not understood.
    """
    found = read(case)
    demand_known("expect.json", found, ("about", "source", "steps"))
    App.init(home)
    settings = case / "syncd.toml"
    if settings.exists():
        (home / "config" / "syncd.toml").write_bytes(settings.read_bytes())
    for number, step in enumerate(found.get("steps", ()), 1):
        demand_known(f"step {number}", step, _STEP)
        yield from _Step(case=case, home=home, name=f"step {number}", asked=step).problems()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One step of a case: what is asked for, and what must come of it."""

    case: Path
    home: Path
    name: str
    asked: Mapping[str, Any]

    def problems(self) -> Iterator[str]:
        """Do it, and yield what is not as expected."""
        expected = dict(self.asked.get("expect", {}))
        reports: list[RunReport] = []
        error, code = "", Exit.DONE
        try:
            with App.open(self.home) as app:
                reports = self._done(app)
            code = of_runs(report.run for report in reports)
        except SyncdError as refused:
            error, code = str(refused), of_error(refused)
        if "exit" in expected:
            yield from differences(f"{self.name}.exit", expected.pop("exit"), int(code))
        said = expected.pop("error", "")
        if said not in error or bool(said) != bool(error):
            yield f"{self.name}.error: {said!r} expected, {error!r} came"
        yield from self._roster(expected.pop("roster", {}), expected.pop("counts", {}))
        yield from self._runs(expected, reports)

    def _done(self, app: App) -> list[RunReport]:
        decisions = [name for name in _DECISIONS if name in self.asked]
        if decisions:
            (name,) = decisions
            id = self.asked[name]
            extra = (lambda _report: None,) if name == "undo" else ()
            return [getattr(app, name)(id, _BY, _REASON, *extra)]
        names = [self.asked["file"]] if "file" in self.asked else self.asked.get("files", [])
        told = Told(by=_BY, **{name: self.asked[name] for name in _SAID if name in self.asked})
        return app.sync_files([self.case / name for name in names], told, dry_run=self.asked.get("dry_run", False))

    def _runs(self, expected: dict[str, Any], reports: Sequence[RunReport]) -> Iterator[str]:
        runs = expected.pop("runs", None)
        if runs is not None:
            if expected:
                raise CaseError(f"{self.name}: {', '.join(expected)} beside runs is not understood")
            yield from differences(f"{self.name}.runs", len(runs), len(reports))
        elif expected:
            if len(reports) != 1:
                yield f"{self.name}: one run expected, {len(reports)} came"
            runs = [expected]
        for number, (wanted, report) in enumerate(zip(runs or (), reports, strict=False), 1):
            yield from self._run(f"{self.name}, run {number}", dict(wanted), report.as_json())

    def _run(self, where: str, wanted: dict[str, Any], came: Mapping[str, Any]) -> Iterator[str]:
        if "tryback" in wanted:
            name = wanted.pop("tryback")
            bytes_ = (self.home / came["tryback"]).read_bytes() if came["tryback"] else None
            if bytes_ != ((self.case / name).read_bytes() if name else None):
                yield f"{where}.tryback: {'the bytes of ' + name if name else 'none'} expected, {bytes_!r} came"
        demand_known(where, wanted, tuple(came))
        yield from differences(where, wanted, came)

    def _roster(self, expected: Mapping[str, Mapping[str, Any]], counts: Mapping[str, int]) -> Iterator[str]:
        demand_known(f"{self.name}.roster", expected, tuple(_NAMES))
        demand_known(f"{self.name}.counts", counts, tuple(_NAMES))
        if not (expected or counts):
            return
        with App.open(self.home) as app:
            for kind in dict.fromkeys((*expected, *counts)):
                records = {_name(kind, r["fields"]): r for r in app.records(Kind(kind), deleted=False)}
                if kind in counts:
                    yield from differences(f"{self.name}.counts.{kind}", counts[kind], len(records))
                for name, fields in expected.get(kind, {}).items():
                    record = records.get(name)
                    came = None if record is None else record["fields"] | {"state": record["state"]}
                    yield from differences(f"{self.name}.roster.{kind}.{name}", fields, came)


def _name(kind: str, fields: Mapping[str, Any]) -> str:
    return "/".join(str(fields[name]) for name in _NAMES[kind])

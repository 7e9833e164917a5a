"""What goes into the application and what comes out: what is told of files, reports of runs, passes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from syncd.core.run_json import run_as_json
from syncd.core.runs import Lineage, Run, Trigger
from syncd.frames.findings import none, to_values
from syncd.intake.work import Details, Work
from syncd.outputs.report_text import render


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a person says of files instead of leaving it to be found out. `by` is who says it."""

    dialect: str = ""
    object: str = ""
    operation: str = ""
    data_source: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    by: str = ""

    def details(self) -> Details:
        """Return it as a delivery keeps it."""
        return {
            "dialect": self.dialect,
            "object": self.object,
            "operation": self.operation,
            "data_source": self.data_source,
            "options": dict(self.options),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """A run with all that is to be said of it; the findings are fetched when they are asked for.

    lineage: what became of it since; None for a run of just now.
    """

    run: Run
    load_findings: Callable[[], pl.DataFrame] = none
    lineage: Lineage | None = None

    @property
    def findings(self) -> pl.DataFrame:
        """Every finding, in order of rows."""
        return self.load_findings()

    def text(self) -> str:
        """Return the report for people."""
        return render(self.run, self.findings, self.lineage)

    def as_json(self) -> dict[str, Any]:
        """Return the report as the contract has it."""
        return run_as_json(self.run, to_values(self.findings), self.lineage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What one look into sync/ came to.

    blocked: why nothing was taken, "" otherwise. left: name and reason of files that stay.
    alarms: sentences that somebody must read. stuck: why runs could not go on; they are tried
    again. unsettled: files still change; look again soon.
    """

    reports: tuple[RunReport, ...] = ()
    blocked: str = ""
    left: tuple[tuple[str, str], ...] = ()
    alarms: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()
    unsettled: bool = False


def run_of(work: Work) -> Run:
    """Return the run that a delivery begins, before it is known of which feed it is."""
    told = {name: value for name, value in work.details.items() if isinstance(value, str)}
    options = work.details.get("options", {})
    return Run(
        work=work.name,
        file=work.file,
        trigger=work.trigger,
        received=work.received,
        parent=work.parent,
        by=work.by,
        dialect=told.get("dialect", ""),
        object=told.get("object", ""),
        operation=told.get("operation", ""),
        data_source=told.get("data_source", ""),
        options=options if isinstance(options, Mapping) else {},
        size=work.size,
    )


def run_of_file(name: str, told: Told, trigger: Trigger, received: datetime) -> Run:
    """Return a run for a file that is only looked at, as in a dry run, before it is known of which feed it is."""
    return Run(
        work="",
        file=name,
        trigger=trigger,
        received=received,
        by=told.by,
        dialect=told.dialect,
        object=told.object,
        operation=told.operation,
        data_source=told.data_source,
        options=told.options,
    )

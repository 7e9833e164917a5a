"""Why a record is as it is: every row of every file, change and run behind it, in the order of time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from syncd.core.kinds import Kind
from syncd.core.runs import Run
from syncd.store.plan_files import PlanFiles
from syncd.store.store import Store

Event = Mapping[str, Any]


@dataclass(slots=True)
class Reasons:
    """Puts what the database knows of a record together with the runs and their stored plans."""

    store: Store
    plans: PlanFiles
    _runs: dict[int, Run | None] = field(default_factory=dict)

    def of(self, kind: Kind, key: str) -> list[Event]:
        """Return the events of the records that a person means by a key; see `store.history` for the key.

        Each says what changed, by which run, at what time, from which row and line of which file,
        who sent it, who approved it, and what it derives from. row and line are None where the run's
        plan is no longer kept, and where no file was the cause.
        """
        events = sorted(self.store.history(kind, key), key=self._place)
        return [self._told(kind, event) for event in events]

    def _place(self, event: Event) -> float:
        """Return the place of an event in time: changes are numbered, and a creation comes after what its run saw."""
        if event["seq"] is not None:
            return float(event["seq"])
        run = self._run(event["run"])
        return run.roster_seq + 0.5 if run else 0.0

    def _told(self, kind: Kind, event: Event) -> Event:
        run = self._run(event["run"])
        row = event["row"]
        if run and row is None:
            row = self.plans.row_of_creation(run, kind, event["record"])
        file, own = self._place_in(run, row)
        line = self.plans.line_of(run, row) if run and row and own else None
        return {
            "time": run.finished.isoformat(timespec="seconds") if run and run.finished else None,
            **{name: event[name] for name in ("kind", "key", "record", "action", "run")},
            "operation": run.operation if run else "",
            "undoes": run.parent if run and run.is_undo else None,
            "file": file,
            "feed": run.feed if run else "",
            "data_source": run.data_source if run else "",
            "row": own,
            "line": line,
            "by": run.by if run else "",
            "approved_by": run.decided_by if run else "",
            "reason": run.reason if run else "",
            "before": event["before"],
            "after": event["after"],
            "hidden": event["hidden"],
            "derives_from": event["via"] or None,
        }

    @staticmethod
    def _place_in(run: Run | None, row: int | None) -> tuple[str, int | None]:
        """Return the name of the file and the row of it that a row of a run is; an undo has no rows."""
        if run is None or row is None or run.is_undo:
            return (run.title if run else ""), None
        file, own = run.place(row)
        return file.file, own

    def _run(self, id: int) -> Run | None:
        if id not in self._runs:
            self._runs[id] = self.store.run(id)
        return self._runs[id]

"""Check a file without a roster: what is wrong in it would be wrong in any home."""

from dataclasses import replace
from pathlib import Path

import polars as pl

from syncd.core.errors import FileError
from syncd.core.runs import Run, RunState
from syncd.engine.recognising import Recognition
from syncd.frames.findings import from_values


def check_file(run: Run, path: Path, recognition: Recognition) -> tuple[Run, pl.DataFrame]:
    """Return the run with the file's rows counted, failed or unchanged, and the findings."""
    try:
        with path.open("rb") as source:
            file = recognition.of(run, source)
            rows, found = file.check(source)
    except FileError as error:
        return replace(run, state=RunState.FAILED), from_values(error.findings)
    state = RunState.COMPLETED_WITH_FAILURES if rows.to_mend else RunState.COMPLETED
    operation = recognition.dialects[file.dialect].operation(run.operation).name
    run = replace(run, dialect=file.dialect, object=file.object, operation=operation)
    return replace(run, rows=rows, state=state), found

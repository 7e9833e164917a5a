"""Check a file without a roster: what is wrong in it would be wrong in any home."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from syncd.core.errors import FileError
from syncd.core.runs import Run, RunState
from syncd.dialects.moodle.options import MoodleOptions
from syncd.engine.draft import Rights
from syncd.engine.planning import about_lines, read_rows, recognise
from syncd.engine.reading import read
from syncd.engine.sheet import Sheet
from syncd.frames.difference import empty_memory
from syncd.frames.findings import from_values, gather
from syncd.frames.plan import count_rows


def check_file(
    run: Run, path: Path, options_for: Callable[[str, Mapping[str, str]], MoodleOptions]
) -> tuple[Run, pl.DataFrame]:
    """Return the run with the file's rows counted, failed or unchanged, and the findings."""
    try:
        with path.open("rb") as source:
            file = recognise(run, source, options_for, Rights(data_source=run.data_source))
            reading = read(source, file.layout, empty_memory(), seed=0)
    except FileError as error:
        return replace(run, state=RunState.FAILED), from_values(error.findings)
    sheet = Sheet()
    read_rows(file, reading, sheet)
    rows = count_rows(sheet.outcomes(pl.Series(reading.rows)), known=0)
    state = RunState.COMPLETED_WITH_FAILURES if rows.to_mend else RunState.COMPLETED
    known = replace(run, dialect=file.command_file.dialect, object=file.command_file.object, rows=rows, state=state)
    return known, gather([about_lines(reading), file.findings, sheet.findings()])

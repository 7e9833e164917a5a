"""Plan a meta-course file: link courses to their masters, disable links. The enrolments follow (`follow.py`).

Source of the rules: Moodle's meta-course command file; a course that is not known is an error of the row.
"""

import polars as pl

from syncd.core.kinds import Kind, State
from syncd.dialects.moodle.kinds import META, META_LINK
from syncd.dialects.moodle.plan.rules import MetaRules
from syncd.engine.draft import Draft
from syncd.engine.resolve import Reference, resolve, settle
from syncd.engine.results import RowResults
from syncd.frames.waves import WAVE_LIMIT, ranked, waves

_LINK = ["course_id", "master_id"]
_ENABLED, _DISABLED = (pl.lit(state.value) for state in (State.ENABLED, State.DISABLED))


def plan_meta(rows: pl.DataFrame, rules: MetaRules, draft: Draft, results: RowResults) -> None:
    """Enter a meta-course file's rows into the draft.

    rows: row, line, verb (add or del), master, course (the one that takes the enrolments over).
    """
    rows = results.refuse(rows, pl.lit(META not in rules.methods), "method-closed", value=META)
    for column, into, header in (("master", "master_id", "master"), ("course", "course_id", "meta")):
        course = Reference(column=column, kind=Kind.COURSE, by=rules.course_by, into=into, header=header)
        rows = resolve(rows, course, draft, results)
    itself = pl.col("course_id") == pl.col("master_id")
    rows = results.refuse(rows, itself, "link-self", "meta", value=pl.col("course"))
    rows = ranked(rows, _LINK)
    rows = results.refuse(rows, pl.col("_wave") >= WAVE_LIMIT, "row-entangled", limit=WAVE_LIMIT)
    draft.load(META_LINK, rows.select(_LINK))
    for wave in waves(rows):
        _work(wave, draft, results)


def _work(wave: pl.DataFrame, draft: Draft, results: RowResults) -> None:
    """Work rows of which no two mean the same link."""
    leaving = wave.filter(pl.col("verb") == "del")
    never = leaving.join(draft.live(META_LINK), on=_LINK, how="anti")
    results.note(never, "link-gone", "meta", course=pl.col("course"), master=pl.col("master"))
    known = pl.concat([wave.filter(pl.col("verb") == "add"), leaving.join(never, on="row", how="anti")])
    state = pl.when(pl.col("verb") == "del").then(_DISABLED).otherwise(_ENABLED).alias("state")
    settle(draft.put(META_LINK, known.select(*_LINK, state, "row", "line")), results, "the link")

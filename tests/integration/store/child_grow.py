"""A second process, of a syncd with a dialect that declares a kind and a column; prints what it finds in the store.

Arguments: the store's URL, and `other` where the kind has another key than its table.
"""

import sys
from datetime import UTC, datetime

import polars as pl

from syncd.core.kinds import Column, Kind, KindSpec, Type, declare
from syncd.core.runs import Run, Trigger

URL, *OTHER = sys.argv[1:]
TERM = Kind("term")
KEY = ("course_id", "number", "year") if OTHER else ("course_id", "number")
declare(
    KindSpec(
        kind=TERM,
        table="terms",
        key=KEY,
        columns=(Column(name="title"),),
        lookups=(("title",),),
        scope=("", "course_id"),
        after=Kind.COURSE,
    ),
    columns={Kind.COURSE: (Column(name="credits", type=Type.INTEGER),)},
)


def main() -> None:
    from syncd.frames.changes import ChangeSet, record_schema
    from syncd.store.store import Store

    store = Store.open(URL)
    held = store.population()[TERM]
    received = datetime(2026, 11, 21, tzinfo=UTC)
    file = f"terms-{held}.csv"
    run = store.add_run(Run(work=file, file=file, trigger=Trigger.CLI, received=received, roster_seq=store.seq()))
    term = {"course_id": 1, "number": held, "title": "Spring", "state": "enabled", "data_source": "sis", "_row": 1}
    frame = pl.DataFrame([term], schema=record_schema(TERM) | {"_row": pl.Int64()})
    courses = store.find(Kind.COURSE, ("id",), pl.DataFrame({"id": [1]}))
    changed = courses.with_columns(
        credits=pl.lit(5 + held, pl.Int64),
        _action=pl.lit("updated"),
        _row=pl.lit(1),
        _identity=pl.lit(value=False),
        _before=pl.lit('{"credits": null}'),
        _after=pl.lit(f'{{"credits": {5 + held}}}'),
    )
    store.apply(ChangeSet(created={TERM: frame}, changed={Kind.COURSE: changed}), run, {})
    found = store.find(TERM, ("title",), pl.DataFrame({"title": ["Spring"]}))
    (course,) = store.find(Kind.COURSE, ("id",), pl.DataFrame({"id": [1]})).to_dicts()
    sys.stdout.write(f"{sorted(found['number'])} {course['credits']} {store.population()[TERM]}")
    store.close()


main()

"""Stage rows in PostgreSQL as the store does: `python -m benchmarks.staging URL TABLE FILE`.

FILE is CSV without a header, in the columns of the table. Prints the seconds that the store's bulk way took, the
frame being in memory.
"""

import sys
import time

import polars as pl

from syncd.core.kinds import Kind
from syncd.frames.changes import record_schema
from syncd.store.bulk_postgres import PostgresBulk


def main() -> None:
    """Append the rows of a file to a table."""
    url, table, file = sys.argv[1:]
    frame = pl.read_csv(file, has_header=False, schema=dict(record_schema(Kind.ENROLMENT)))
    bulk = PostgresBulk(url)
    begin = time.perf_counter()
    bulk.begin()
    bulk.append(table, frame)
    bulk.commit()
    print(time.perf_counter() - begin)
    bulk.close()


if __name__ == "__main__":
    main()

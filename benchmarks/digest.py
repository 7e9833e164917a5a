"""The content of tables as another process reads it back, to see that two ways of syncing came to the same."""

import hashlib
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

QUERIES = {
    "enrolments": (
        "SELECT course_id, user_id, method, role, starttime, endtime, status, state, data_source "
        "FROM enrolments ORDER BY course_id, user_id, method, role"
    ),
    "users": (
        "SELECT username, idnumber, firstname, lastname, email, lang, country, city, institution, department, "
        "auth, state, data_source FROM users ORDER BY idnumber"
    ),
}
"""What counts of each table: not the numbers of runs, nor the ids that new users were given."""


@dataclass(frozen=True, slots=True)
class Content:
    """Rows and digest of a table."""

    rows: int
    digest: str


def content(command: Sequence[object], kind: str) -> Content:
    """Return the content of a table.

    command: a database's shell and its arguments, to which the query is added.
    """
    digest, rows = hashlib.sha256(), 0
    with subprocess.Popen([*map(str, command), QUERIES[kind]], stdout=subprocess.PIPE) as shell:
        assert shell.stdout is not None
        while piece := shell.stdout.read(1 << 20):
            digest.update(piece)
            rows += piece.count(b"\n")
    if shell.returncode:
        raise subprocess.CalledProcessError(shell.returncode, str(command[0]))
    return Content(rows, digest.hexdigest())

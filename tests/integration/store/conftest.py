"""Every test of the store runs on SQLite, with few and with many rows, and on PostgreSQL, on an empty database."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from syncd.core.kinds import SPECS, Kind, State
from syncd.core.runs import Run, RunState, Trigger
from syncd.dialects.moodle.kinds import COHORT_BINDING, GROUPING, GROUPING_GROUP, META_LINK, ROLE_ASSIGNMENT
from syncd.frames.changes import ChangeSet, record_schema
from syncd.store import database
from syncd.store.store import Store

RECEIVED = datetime(2026, 11, 21, 18, 30, 5, tzinfo=UTC)


class Scene:
    """A store, and short ways to bring it into a state."""

    def __init__(self, store: Store, url: str) -> None:
        self.store = store
        self.url = url
        self._works = 0

    def run(self, **fields: Any) -> Run:
        """Add a run that was planned on the roster as it is now."""
        self._works += 1
        known = {"work": f"work-{self._works}", "file": "users.csv", "trigger": Trigger.CLI, "received": RECEIVED}
        return self.store.add_run(Run(**known | {"roster_seq": self.store.seq()} | fields))

    def create(self, kind: Kind, *records: Mapping[str, Any]) -> Run:
        """Create records; columns that are not given are null."""
        run = self.run()
        self.store.apply(ChangeSet(created={kind: self.frame(kind, *records)}), run, {})
        return run

    def change(self, kind: Kind, *records: Mapping[str, Any], action: str = "updated", identity: bool = False) -> Run:
        """Give records, found by their key, the new values."""
        run = self.run()
        self.store.apply(
            ChangeSet(changed={kind: self.changed(kind, *records, action=action, identity=identity)}), run, {}
        )
        return run

    def frame(self, kind: Kind, *records: Mapping[str, Any]) -> pl.DataFrame:
        """Return records as a plan creates them."""
        usual = {"state": State.ENABLED.value, "data_source": "sis"}
        usual |= {"via": 0} if kind is Kind.ENROLMENT else {}
        rows = [usual | dict(record) | {"_row": row} for row, record in enumerate(records, start=1)]
        return pl.DataFrame(rows, schema=record_schema(kind) | {"_row": pl.Int64()})

    def changed(
        self, kind: Kind, *records: Mapping[str, Any], action: str = "updated", identity: bool = False
    ) -> pl.DataFrame:
        """Return records as a plan changes them."""
        rows = []
        moving = {name for record in records for name in record if name not in SPECS[kind].key}
        for row, record in enumerate(records, start=1):
            key = {name: record[name] for name in SPECS[kind].key}
            before = self.one(kind, **key)
            differing = {name: record.get(name, before[name]) for name in sorted(moving)}
            what = {
                "_action": action,
                "_row": row,
                "_identity": identity,
                "_before": json.dumps({name: before[name] for name in differing}),
                "_after": json.dumps(differing),
            }
            rows.append(before | differing | what)
        extra = {"_action": pl.String(), "_row": pl.Int64(), "_identity": pl.Boolean()}
        return pl.DataFrame(rows, schema=record_schema(kind) | extra | {"_before": pl.String(), "_after": pl.String()})

    def one(self, kind: Kind, **values: Any) -> dict[str, Any]:
        """Return the one record with these values."""
        return self.store.find(kind, tuple(values), pl.DataFrame([values])).row(0, named=True)

    def child(self, run: Run, mode: str) -> subprocess.Popen[str]:
        """Start a process that applies a run as `child_apply.py` says."""
        child = str(Path(__file__).with_name("child_apply.py"))
        command = [sys.executable, child, self.url, str(run.id), mode, str(database.FEW_ROWS)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.fixture(params=["sqlite-few", "sqlite-many", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Give a maker of databases of one sort, empty or `upgraded`, which returns the URL of each."""
    if request.param == "postgresql":
        return request.getfixturevalue("new_postgres")
    monkeypatch.setattr(database, "FEW_ROWS", 1_000_000_000 if request.param == "sqlite-few" else -1)
    paths = (tmp_path / f"syncd-{number}.db" for number in range(10))

    def make(*, upgraded: bool = False) -> str:
        path = next(paths)
        if upgraded:
            shutil.copy(request.getfixturevalue("upgraded_sqlite"), path)
        return f"sqlite:///{path}"

    return make


@pytest.fixture(scope="session")
def upgraded_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a database with the schema of this version, to be copied."""
    path = tmp_path_factory.mktemp("upgraded") / "syncd.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def scene(new_database: Callable[..., str]) -> Iterator[Scene]:
    """Give an empty store."""
    url = new_database(upgraded=True)
    store = Store.open(url)
    yield Scene(store, url)
    store.close()


ENROLLED = {"user_id": 1, "method": "manual", "role": "student", "via": 0}

SCHOOL: Mapping[Kind, Sequence[Mapping[str, Any]]] = {
    Kind.CATEGORY: [
        {"id": 1, "path": "Sciences", "name": "Sciences", "visible": 1},
        {"id": 2, "path": "Sciences/Physics", "name": "Physics", "parent_id": 1, "visible": 1},
    ],
    Kind.COURSE: [
        {"id": 1, "shortname": "PH/1", "fullname": "Physics 1", "category_id": 2, "topics": '["Light", "Heat"]'},
        {"id": 2, "shortname": "PH2", "idnumber": "ph-2", "fullname": "Physics 2", "category_id": 2},
    ],
    Kind.USER: [
        {"id": 1, "username": "anna", "idnumber": "P1", "email": "anna@example.org", "profile": '{"house": "Blue"}'},
        {"id": 2, "username": "bo", "email": "bo@example.org", "password_mark": "mark", "state": "disabled"},
    ],
    META_LINK: [{"course_id": 1, "master_id": 2}],
    Kind.PICTURE: [{"user_id": 1, "sha256": "00", "type": "png", "bytes": 1}],
    Kind.COHORT: [{"id": 1, "idnumber": "c-1", "name": "First"}, {"id": 2, "name": "Second"}],
    COHORT_BINDING: [{"cohort_id": 1, "course_id": 2, "method": "cohort", "role": "student"}],
    Kind.COHORT_MEMBER: [{"cohort_id": 1, "user_id": 1}, {"cohort_id": 2, "user_id": 2}],
    Kind.ENROLMENT: [
        ENROLLED | {"course_id": 1, "starttime": 1700000000, "status": 0},
        ENROLLED | {"course_id": 2},
    ],
    ROLE_ASSIGNMENT: [{"course_id": 1, "user_id": 2, "role": "teacher"}],
    Kind.GROUP: [{"id": 1, "course_id": 1, "name": "Blue"}, {"id": 2, "course_id": 2, "name": "Blue"}],
    GROUPING: [{"id": 1, "course_id": 1, "name": "Colours", "idnumber": "col"}],
    GROUPING_GROUP: [{"grouping_id": 1, "group_id": 1, "course_id": 1}],
    Kind.GROUP_MEMBER: [
        {"group_id": 1, "user_id": 1, "course_id": 1},
        {"group_id": 2, "user_id": 1, "course_id": 2},
    ],
}
"""A few records of every kind; each has a part in some test."""


@pytest.fixture
def school(scene: Scene) -> Scene:
    """Give a store that holds SCHOOL, made by run 1."""
    created = {kind: scene.frame(kind, *records) for kind, records in SCHOOL.items()}
    scene.store.apply(ChangeSet(created=created), scene.run(), {})
    return scene


@pytest.fixture
def finished() -> Callable[[Run], Run]:
    """Give what makes a run one that is over."""
    return lambda run: replace(run, state=RunState.COMPLETED)

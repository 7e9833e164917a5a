"""A home that an older version wrote, opened by this one.

`upgrade/home_of_0001.tar.gz` is a home as syncd wrote it when the database had revision 0001: courses, users, cohorts,
enrolments (one removed again, one of a user that is not there), a user changed, three more, and a held run of five
enrolments. Its database is taken as it is for SQLite; for PostgreSQL the tables are made by migration 0001 and
filled with the same rows.
"""

import sqlite3
import tarfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from syncd.app import App
from syncd.core.errors import UsageError
from syncd.core.kinds import Kind
from syncd.store.migrate import MIGRATIONS

OLD = Path(__file__).parent / "upgrade" / "home_of_0001.tar.gz"
TABLES = (
    *("categories", "courses", "users", "cohorts", "cohort_members", "enrolments", "role_assignments"),
    *("course_groups", "group_members", "meta", "population", "memories", "runs", "changes"),
)


def filled(url: str, old: Path) -> None:
    """Make the tables of revision 0001 in PostgreSQL and give them the rows of the SQLite file."""
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool)
    rows = sqlite3.connect(old)
    rows.row_factory = sqlite3.Row
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for name in TABLES:
            table = sa.Table(name, sa.MetaData(), autoload_with=connection)
            for row in rows.execute(f"SELECT * FROM {name}"):
                connection.execute(sa.insert(table).values(dict(row)))
        connection.execute(sa.text("SELECT setval('runs_id_seq', 8)"))
    rows.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request, tmp_path):
    """Give the old home, with its database in the one or the other."""
    path = tmp_path / "old"
    with tarfile.open(OLD) as tar:
        tar.extractall(path, filter="data")
    if request.param == "postgresql":
        url = request.getfixturevalue("new_postgres")()
        filled(url, path / "state" / "syncd.db")
        (path / "state" / "syncd.db").unlink()
        config = path / "config" / "syncd.toml"
        config.write_text(f'{config.read_text()}\n[store]\nurl = "{url}"\n')
    return path


def made(app: App) -> list[tuple[str, str]]:
    """Return every table, index and trigger of the home's SQLite database, as it was made."""
    with app.store._database.reading() as connection:
        return connection.execute(sa.text("SELECT name, sql FROM sqlite_master ORDER BY name")).all()


def natural(app: App, kind: Kind) -> list[dict[str, Any]]:
    return [record["fields"] | {"state": record["state"]} for record in app.records(kind, deleted=True)]


def test_everything_is_there_and_right(old):
    """An update in the night must not cost a school its roster."""
    with App.open(old) as app:
        users = {user["username"]: (user["lastname"], user["state"]) for user in natural(app, Kind.USER)}
        enrolments = {
            (e["user"], e["course"], e["method"], e["role"], e["via"], e["endtime"], e["state"])
            for e in natural(app, Kind.ENROLMENT)
        }
        assert {"ada": "Xux", "bea": "Yo", "cid": "Zo", "dan": "D", "eve": "E", "fay": "F"} == {
            name: last for name, (last, _) in users.items()
        }
        assert {
            ("ada", "ALG", "manual", "student", "", 1798761600, "enabled"),
            ("bea", "ALG", "manual", "student", "", 0, "enabled"),
            ("bea", "GEO", "manual", "editingteacher", "", 0, "enabled"),
            ("cid", "GEO", "manual", "student", "", 0, "deleted"),
        } == enrolments
        assert [("ada", "First"), ("bea", "First")] == [(m["user"], "First") for m in natural(app, Kind.COHORT_MEMBER)]
        assert ["Blue"] == [group["name"] for group in natural(app, Kind.GROUP)]
        assert [8, 7, 6, 5, 4, 3, 2, 1] == [run.id for run in app.runs()]
        assert [8, 7, 6] == [run.id for run in app.store.runs_of_sender("ada", "sis", (), 3)]
        assert {"nobody"} == {f.split("'")[1] for f in app.run(4).findings["message"]}


@pytest.mark.parametrize("old", ["sqlite"], indirect=True)
def test_its_database_is_made_like_a_new_one(old, home):
    """What was lost on the way would be missed at the next change: an audit that can be changed, a name found twice."""
    with App.open(old) as upgraded, App.open(home.path) as new:
        assert made(new) == made(upgraded)


def test_the_change_of_an_enrolment_is_found_under_its_new_key(old):
    """History and undo look changes up by the key of the record."""
    with App.open(old) as app:
        told = app.store.history(Kind.ENROLMENT, "cid/GEO/manual/student")
        assert [("created", 4), ("deleted", 5)] == [(step["action"], step["run"]) for step in told]
        with app.store._database.reading() as connection:
            keys = connection.scalars(sa.text("SELECT key FROM changes WHERE kind = 'enrolment'")).all()
    assert ["2/3/manual/student/0"] == keys


def test_work_goes_on_where_it_stood(old):
    """The same file is unchanged; a change is applied once; a held run of before is planned anew and can be let go."""
    for archive, expected in (("users3.csv", "unchanged"), ("enrols2.csv", "unchanged")):
        (source,) = (old / "archives").glob(f"*_{archive}")
        (old / "sync" / archive).write_bytes(source.read_bytes())
        with App.open(old) as app:
            (report,) = app.sync().reports
        assert report.run.rows.total == getattr(report.run.rows, expected), report.text()
    with App.open(old) as app:
        again = app.approve(8, "ada", "")
        assert ("held", {"plan-renewed"}) == (again.run.state.value, set(again.findings["code"]))
        assert "completed" == app.approve(8, "ada", "").run.state.value
        assert 8 == sum(e["state"] == "enabled" for e in natural(app, Kind.ENROLMENT))


def test_a_newer_database_is_refused_with_one_sentence(old, home):
    """Going back to an older syncd must not guess what the new columns mean."""
    with App.open(old) as app, app.store._database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    home.path = old
    done = home.run("runs")
    assert (2, 1) == (done.code, len(done.err.splitlines()))
    assert "another version of syncd" in done.err
    status = home.run("status", "--json")
    assert 1 == status.code
    assert "another version of syncd" in status.json()[0]["database"]["reason"]


@pytest.fixture(params=["planned", "applied"])
def interrupted(request, tmp_path):
    """Give a home of revision 0005 with a run undone, one held, and one that was killed once it was planned or applied.

    Its settings have a feed that names no dialect.
    """
    path = tmp_path / "interrupted"
    with tarfile.open(OLD.with_name(f"home_of_0005_{request.param}.tar.gz")) as tar:
        tar.extractall(path, filter="data")
    return path


def test_a_run_that_was_under_way_is_taken_up_again(interrupted):
    """It ends as it would have: what fits is applied once, the row of nobody goes to the tryback."""
    with App.open(interrupted) as app:
        (report,) = app.sync().reports
        assert (7, "completed_with_failures", 2, 1) == (
            report.run.id,
            report.run.state.value,
            report.run.rows.applied,
            report.run.rows.failed,
        )
        assert ("moodle", "command") == (report.run.dialect, report.run.operation)
        tryback = (interrupted / report.run.tryback).read_text()
        assert "cmd;cid;uid;rolename;enrol\nadd;ALG;nobody;student;manual\n" == tryback
        enrolled = [(e["user"], e["course"]) for e in natural(app, Kind.ENROLMENT)]
        assert [("ada", "ALG"), ("bea", "ALG"), ("ada", "GEO"), ("bea", "GEO")] == enrolled


def test_what_was_held_and_undone_before_can_be_decided_and_done_again(interrupted):
    """A plan that an older version stored is approved as long as it does the same, whatever was worked meanwhile."""
    with App.open(interrupted) as app:
        app.sync()
        assert "completed" == app.approve(6, "ada", "they left").run.state.value
        assert {"cid", "dan", "eve"} == {u["username"] for u in natural(app, Kind.USER) if u["state"] == "deleted"} - {
            "gus"
        }
        with pytest.raises(UsageError, match="undone already"):
            app.plan_undo(4, "ada", "")
        (again,) = app.requeue("4", "ada")
        assert (4, 2) == (again.run.parent, again.run.rows.applied)
        assert "Byron" in {user["lastname"] for user in natural(app, Kind.USER)}
        undone = app.undo(7, "ada", "too early", lambda _: None)
        assert (2, "undone") == (undone.run.rows.applied, app.run(7).run.state.value)


def test_what_stood_before_is_unchanged(interrupted):
    """Rows are read anew after an update, and change nothing."""
    with App.open(interrupted) as app:
        app.sync()
        (source,) = (interrupted / "archives").glob("*_users.csv")
        (interrupted / "sync" / "users.csv").write_bytes(source.read_bytes())
        (report,) = app.sync().reports
        assert 6 == report.run.rows.unchanged, report.text()

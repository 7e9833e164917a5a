"""The reference is what the code says."""

import subprocess
import sys
from pathlib import Path

import pytest

from syncd.app import App
from syncd.app.deliveries import Told
from syncd.core.kinds import SPECS, Kind
from syncd.dialects.moodle.dialect import MOODLE
from syncd.dialects.moodle.options import MoodleOptions
from syncd.formats.options import settable
from syncd.store.records import form

ROOT = Path(__file__).parents[3]
TEXT_FILES = [name for name, file in MOODLE.files.items() if file.example]


def test_the_pages_are_what_the_code_says():
    """Nobody writes them by hand, so nobody forgets to."""
    done = subprocess.run(
        [sys.executable, "-m", "docs.generator", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ("", 0) == (done.stdout, done.returncode), done.stderr


@pytest.mark.parametrize("name", [*MOODLE.files, *MOODLE.archives])
def test_every_command_file_is_told_in_words(name):
    """A column that says nothing of itself is a hole in the reference."""
    file = {**MOODLE.files, **MOODLE.archives}[name]
    columns = getattr(file, "columns", ())
    assert file.about.endswith(".")
    assert [] == [c.header for c in columns if not c.ignored and not c.rule_for(MoodleOptions()).words]
    assert [] == [option for option in file.options if option not in settable(MoodleOptions)]


@pytest.mark.parametrize("name", TEXT_FILES)
def test_every_example_is_a_good_file(name, tmp_path):
    """People begin by copying it."""
    file = tmp_path / MOODLE.files[name].default_names[0]
    file.write_text(MOODLE.files[name].example, encoding="utf-8")
    App.init(tmp_path / "home")
    with App.open(tmp_path / "home") as app:
        (told,) = app.check([file], Told(object=name))
        (found,) = app.check([file], Told())
    assert [] == [f["message"] for f in told.as_json()["findings"] if f["severity"] == "error"]
    assert name == found.run.object


@pytest.mark.parametrize("name", MOODLE.archives)
def test_every_example_of_an_archive_is_a_good_one(name, tmp_path, drawings):
    """The names that it shows are read as the names of users."""
    names = MOODLE.archives[name].example.split()
    file = tmp_path / MOODLE.archives[name].default_names[0]
    file.write_bytes(drawings.zipped({each: drawings.drawn("png", n) for n, each in enumerate(names)}))
    App.init(tmp_path / "home")
    with App.open(tmp_path / "home") as app:
        (found,) = app.check([file], Told())
    assert (name, len(names)) == (found.run.object, found.as_json()["rows"]["total"])
    assert [] == [f["message"] for f in found.as_json()["findings"] if f["severity"] == "error"]


def test_the_form_of_records_is_the_one_that_is_printed(tmp_path):
    """Scripts are written by the page on kinds."""
    App.init(tmp_path / "home")
    files = {
        "userimport.csv": "username;firstname;lastname\nada;Ada;X\n",
        "uploadcourses.csv": "shortname;fullname;category\nALG;Algebra;Maths\nGEO;Geometry;Maths\n",
        "enrols.csv": "cid;uid;rolename;enrol\nALG;ada;student;manual\n",
        "roles_enrols.csv": "cid;uid;rolename\nALG;ada;teacher\n",
        "cohorts.csv": "cidnumber;cname;userid\nNUR;Nurses;ada\n",
        "cohortscourses.csv": "cohort;course;role\nNUR;GEO;student\n",
        "metacourses.csv": "master;meta\nALG;GEO\n",
        "groups.csv": "type;courseid;name;idnumber;grouping\ngrouping;ALG;Labs;LABS;\ngroup;ALG;Lab;LAB;LABS\n",
        "groupmembers.csv": "courseid;groupid;userid\nALG;LAB;ada\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with App.open(tmp_path / "home") as app:
        app.sync_files([tmp_path / name for name in files], Told(), dry_run=False)
        records = {kind: next(iter(app.records(kind, deleted=False)), None) for kind in SPECS}
    seen = {kind: record for kind, record in records.items() if record}
    assert {Kind.PICTURE} == set(SPECS) - set(seen)
    assert {kind: form(kind)[1] for kind in seen} == {kind: tuple(record["fields"]) for kind, record in seen.items()}
    assert {kind: form(kind)[0].count("/") for kind in seen if kind is not Kind.CATEGORY} == {
        kind: record["key"].count("/") for kind, record in seen.items() if kind is not Kind.CATEGORY
    }

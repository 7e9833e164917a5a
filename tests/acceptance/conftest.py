"""A home of its own for each test, commands as processes, and the state of a home as one value."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from syncd.app import App
from syncd.core.kinds import SPECS
from syncd.core.runs import RunState
from syncd.engine.preparing import Preparation
from syncd.store.memory_files import MemoryFiles

KILLED = -9
"""The code of a process that was killed."""

_STAMP = re.compile(rb"[0-9]{8}-[0-9]{6}")
_TIME = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([+-][0-9]{2}:[0-9]{2})?")
_TOOK = re.compile(rb", ([0-9.]+ (s|ms|min)|[0-9]+ min [0-9]+ s)\n")


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a process ended; `seen` counts the points of which one can be its last."""

    code: int
    out: str
    err: str
    seen: int = 0

    def json(self) -> list[dict[str, Any]]:
        """Return what it printed, one JSON object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


class Zygote:
    """Forks `syncd` processes from one that has everything loaded: a fifth of a second instead of one and a half."""

    def __init__(self, folder: Path, *dialects: str) -> None:
        self._out, self._err = folder / "out", folder / "err"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SYNCD_", "COLUMNS"))}
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("zygote.py")), *dialects],
            env=kept | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[1] / "fakes")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *words: str, **request: Any) -> Done:
        """Run one command; see zygote.py for what can be asked."""
        asked = {"words": words, "out": str(self._out), "err": str(self._err)} | request
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Done(out=self._out.read_text("utf-8"), err=self._err.read_text("utf-8"), **answer)

    def close(self) -> None:
        """End it."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=60)


class Place:
    """A home, and what a test does with one."""

    def __init__(self, path: Path, zygote: Callable[..., Done]) -> None:
        self.path = path
        self._zygote = zygote

    @property
    def sync_folder(self) -> Path:
        """Where files are dropped."""
        return self.path / "sync"

    def configure(self, text: str) -> None:
        """Write the settings; files are taken without waiting whatever it says."""
        (self.path / "config" / "syncd.toml").write_text(f'[drop]\nquiet = "0s"\n{text}\n', encoding="utf-8")

    def drop(self, name: str, content: bytes | str) -> None:
        """Put a file into sync/."""
        data = content.encode() if isinstance(content, str) else content
        (self.sync_folder / name).write_bytes(data)

    def run(self, *words: str, **request: Any) -> Done:
        """Run a command on this home as a process of its own."""
        return self._zygote(*words, "--home", str(self.path), **request)

    def runs(self, *words: str) -> list[dict[str, Any]]:
        """Run a command with --json and return the runs that it prints."""
        return self.run(*words, "--json").json()

    @contextmanager
    def app(self) -> Iterator[App]:
        """Give the application of this home, in this process."""
        with App.open(self.path) as app:
            yield app

    def worked(self, name: str, content: bytes | str) -> dict[str, Any]:
        """Drop one file, do a pass in this process, and return the one run as JSON."""
        self.drop(name, content)
        with self.app() as app:
            done = app.sync()
        (report,) = done.reports
        return report.as_json()

    def held(self) -> list[int]:
        """Return the numbers of the runs that wait for a decision."""
        with self.app() as app:
            return [run.id for run in app.runs(state=RunState.HELD)]

    def roster(self, *kinds: str, deleted: bool = False) -> dict[str, list[dict[str, Any]]]:
        """Return the records of these kinds, of all without any; times of now are told as such."""
        with self.app() as app:
            return {
                kind.value: [_timeless(record) for record in app.records(kind, deleted=deleted)]
                for kind in SPECS
                if not kinds or kind.value in kinds
            }

    def meaning(self) -> dict[str, list[str]]:
        """Return what the live roster says, by natural names: no id, no run, in no order."""
        return {
            kind: sorted(json.dumps([r["state"], r["data_source"], r["fields"]], sort_keys=True) for r in records)
            for kind, records in self.roster().items()
        }

    def names(self, kind: str, *fields: str) -> list[Any]:
        """Return these fields of the live records of a kind, sorted."""
        records = [tuple(r["fields"][f] for f in fields) for r in self.roster(kind)[kind]]
        return sorted(r[0] if len(fields) == 1 else r for r in records)

    def files(self, folder: str) -> list[tuple[str, bytes]]:
        """Return name and bytes of the files of a folder of the home, stamps in the names made equal."""
        paths = sorted((self.path / folder).iterdir(), key=lambda path: os.fsencode(path.name))
        return [(_plain(os.fsencode(path.name)), path.read_bytes()) for path in paths]

    def left(self, folder: str) -> list[str]:
        """Return the names in a folder of the home."""
        path = self.path / folder
        return sorted(entry.name for entry in path.iterdir()) if path.exists() else []

    def end(self) -> dict[str, Any]:
        """Return how things stand, so that two homes can be compared: times and stamps made equal."""
        with self.app() as app:
            runs = [app.run(run.id) for run in reversed(app.runs(limit=100_000))]
            told = [json.dumps(run.as_json()) for run in runs if run]
        return {
            "roster": self.roster(deleted=True),
            "runs": [_plain(run.encode()) for run in told],
            "reports": sorted((name, _plain(data)) for name, data in self.files("reports")),
            "archives": sorted(self.files("archives")),
            "sync": self.left("sync"),
            "work": len(self.left("state/work")),
        }

    def demand_same_end(self, folder: Path, *words: str) -> None:
        """Kill a command at each point of the journal and go on with `sync`: all must end as if nothing had been.

        folder: where the twins of this home are made.
        """
        whole = self.copy(folder / "whole")
        points = whole.run(*words, points="journal").seen
        assert points >= 8
        for point in range(1, points + 1):
            twin = self.copy(folder / f"twin-{point}")
            assert twin.run(*words, points="journal", die=point).code == KILLED
            twin.run("sync")
            assert whole.end() == twin.end(), point

    def fingerprint(self) -> dict[str, str]:
        """Return a digest of every file of the home, mode and time of change included; of folders the mode."""
        return {str(p.relative_to(self.path)): _digest(p) for p in sorted(self.path.rglob("*"))}

    def copy(self, path: Path) -> "Place":
        """Return a twin of this home at another place."""
        shutil.copytree(self.path, path)
        return Place(path, self._zygote)


def _digest(path: Path) -> str:
    state = path.stat()
    if not path.is_file():
        return f"{state.st_mode:o}"
    return f"{state.st_mode:o} {state.st_mtime_ns} {hashlib.sha256(path.read_bytes()).hexdigest()}"


def _plain(data: bytes) -> str:
    data = _TOOK.sub(b", TOOK\n", _TIME.sub(b"TIME", _STAMP.sub(b"STAMP", data)))
    return data.decode("utf-8", "surrogateescape")


def _timeless(record: dict[str, Any]) -> dict[str, Any]:
    fields = {
        name: "now" if name in ("starttime", "startdate") and value and abs(value - time.time()) < 3600 else value
        for name, value in record["fields"].items()
    }
    return record | {"fields": fields}


@pytest.fixture(scope="session")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    """Give what forks commands."""
    made = Zygote(tmp_path_factory.mktemp("zygote"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    """Give what forks commands of a syncd that knows a second dialect; see tests/fakes/college."""
    made = Zygote(tmp_path_factory.mktemp("second"), "college.dialect:COLLEGE")
    yield made
    made.close()


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a home that `syncd init` made, to be copied."""
    path = tmp_path_factory.mktemp("fresh") / "home"
    subprocess.run([sys.executable, "-m", "syncd", "init", "--home", str(path)], check=True, capture_output=True)
    return path


@pytest.fixture(scope="session")
def home_at(fresh: Path, zygote: Zygote) -> Callable[[Path], Place]:
    """Give a maker of homes, at a path that is not there yet, in which dropped files are taken at once."""

    def make(path: Path) -> Place:
        shutil.copytree(fresh, path)
        place = Place(path, zygote)
        place.configure("")
        return place

    return make


@pytest.fixture
def home(home_at: Callable[[Path], Place], tmp_path: Path) -> Place:
    """Give a home of its own, in which dropped files are taken at once."""
    return home_at(tmp_path / "home")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Give the settings of each database that a home may have; the one of a home itself needs none."""
    if request.param == "sqlite":
        return ""
    return f'[store]\nurl = "{request.getfixturevalue("new_postgres")(upgraded=True)}"\n'


@pytest.fixture
def homes(home_at: Callable[[Path], Place], tmp_path: Path) -> Callable[[], Place]:
    """Give a maker of homes of one test."""
    numbers = iter(range(1_000_000))
    return lambda: home_at(tmp_path / f"home-{next(numbers)}")


START = {
    "first_users.csv": "username;firstname;lastname;idnumber\n"
    "ada;ada;X;N-ada\nbea;bea;X;N-bea\ncid;cid;X;N-cid\ndan;dan;X;N-dan\n",
    "first_courses.csv": "shortname;fullname;category\nALG;Algebra;Maths\nGEO;Geometry;Maths/One\n",
    "first_cohorts.csv": "cmd;cidnumber;cname;userid\nadd;c1;First;ada\nadd;c2;Second;\n",
    "first_enrols.csv": "cmd;cid;uid;rolename;enrol;gcmd;g1\n"
    "add;ALG;ada;student;manual;gaddcreate;Blue\nadd;ALG;bea;student;;;\n",
}


@pytest.fixture(scope="session")
def seeded(home_at: Callable[[Path], Place], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Place]:
    """Give a maker of homes, at a path, in which files were worked, by name; they are worked once and then copied."""
    made: dict[tuple[tuple[str, str], ...], Place] = {}

    def make(path: Path, files: Mapping[str, str]) -> Place:
        key = tuple(files.items())
        if key not in made:
            seed = home_at(tmp_path_factory.mktemp("seed") / "home")
            for name, text in key:
                assert "completed" == seed.worked(name, text)["state"], name
            made[key] = seed
        return made[key].copy(path)

    return make


@pytest.fixture
def start(seeded: Callable[..., Place], tmp_path: Path) -> Callable[..., Place]:
    """Give a maker of homes with a small roster."""
    numbers = iter(range(1_000_000))
    made: list[Place] = []

    def make(settings: str = "[moodle]\nallow_rename = true") -> Place:
        for place in made[:-1]:
            shutil.rmtree(place.path, ignore_errors=True)
        del made[:-1]
        place = seeded(tmp_path / f"home-{next(numbers)}", START)
        place.configure(settings)
        made.append(place)
        return place

    return make


@pytest.fixture(scope="session")
def forgetful() -> Callable[[], AbstractContextManager[None]]:
    """Give a context in which nothing is remembered of rows and files that stood."""

    @contextmanager
    def forgetting() -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(MemoryFiles, "load", lambda *_: None)
            patch.setattr(Preparation, "_same_files", lambda *_: None)
            yield

    return forgetting


@pytest.fixture(scope="session")
def told() -> Callable[[Place, dict[str, Any]], dict[str, Any]]:
    """Give what tells what a run came to, ids left out; a held one is approved."""

    def tell(place: Place, report: dict[str, Any]) -> dict[str, Any]:
        if report["state"] == "held":
            with place.app() as app:
                report = app.approve(report["id"], "ada", "").as_json()
        plain = {name: report[name] for name in ("state", "rows", "changes", "before", "after", "breaches")}
        found = [re.sub(r"\bid [0-9]+", "id", f"{f['row']} {f['message']}") for f in report["findings"]]
        return plain | {"findings": found}

    return tell

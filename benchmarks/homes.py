"""Homes of syncd that hold what a case needs, each made once and copied for every run."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import run
from benchmarks.product import SYNCD, Expected, sync
from benchmarks.scale import Scale

NAMES = {"courses": "createcourses.csv", "users": "users.csv", "enrolments": "enrols.csv"}
"""Under which name a file of each kind is dropped, so that it is recognised without being told."""

_SETTINGS = """\
[drop]
quiet = "0s"

[roster]
time_zone = "UTC"
"""
_AN_HOUR = 3600


@dataclass(slots=True)
class Homes:
    """Keeps templates in a folder `name` and gives copies of them in `runs/`, below the folder of the scale.

    A template is a home into which the product itself loaded files, one after the other.
    program: the command `syncd` of the build that makes and runs them.
    """

    scale: Scale
    say: Callable[[str], None]
    settings: str = ""
    name: str = "homes"
    program: Path = SYNCD
    _made: set[str] = field(default_factory=set)

    def template(self, *files: str) -> Path:
        """Return the home that holds these files, loaded in this order; each is named by its stem."""
        place = self.scale.folder / self.name / ("+".join(files) or "empty")
        if place.name in self._made:
            return place
        shutil.rmtree(place, ignore_errors=True)
        if files:
            shutil.copytree(self.template(*files[:-1]), place)
            self.say(f"loading {files[-1]} into a roster that runs are copied from")
            drop(self.file(files[-1]), place)
            sync(place, Expected(), self.program)
        else:
            run([self.program, "init", "--home", place])
            (place / "config" / "syncd.toml").write_text(_SETTINGS + self.settings, encoding="utf-8")
        return self._keep(place)

    def adopt(self, home: Path, *files: str) -> None:
        """Take a home, in which a measured run has just loaded the last of these files, as the template of all."""
        place = self.scale.folder / self.name / "+".join(files)
        if place.name not in self._made:
            shutil.rmtree(place, ignore_errors=True)
            place.parent.mkdir(parents=True, exist_ok=True)
            home.rename(place)
            self._keep(place)

    def fresh(self, template: Path, file: str) -> Path:
        """Return a copy of a home with a file in its sync/, all of it on the disk already.

        It stands where the last one for that file stood.
        """
        place = self.copied(template, file)
        drop(self.file(file), place)
        os.sync()
        return place

    def copied(self, template: Path, name: str) -> Path:
        """Return a copy of a home, where the last one of that name stood."""
        place = self._room(name)
        subprocess.run(["cp", "-a", "--reflink=auto", template, place], check=True)
        return place

    def fresh_database(self, template: Path) -> Path:
        """Return a copy of a home's database alone."""
        place = self._room("rival.db")
        subprocess.run(["cp", "--reflink=auto", template / "state" / "syncd.db", place], check=True)
        os.sync()
        return place

    def run(self, file: str) -> Path:
        """Return the home of the last run of a file."""
        return self.scale.folder / "runs" / file

    def file(self, stem: str) -> Path:
        """Return a generated file."""
        return self.scale.folder / f"{stem}.csv"

    def _keep(self, place: Path) -> Path:
        """Note a template, without what no later run reads: archives, reports and old plans."""
        for folder in ("archives", "reports", "state/runs"):
            shutil.rmtree(place / folder, ignore_errors=True)
            (place / folder).mkdir()
        self._made.add(place.name)
        return place

    def _room(self, name: str) -> Path:
        place = self.run(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_dir():
            shutil.rmtree(place)
        for part in ("", "-wal", "-shm"):
            place.with_name(f"{name}{part}").unlink(missing_ok=True)
        return place


def drop(file: Path, home: Path) -> None:
    """Drop a file into sync/ as a sender would who was done an hour ago."""
    target = home / "sync" / NAMES[file.stem.partition("-")[0]]
    subprocess.run(["cp", "--reflink=auto", file, target], check=True)
    then = time.time() - _AN_HOUR
    os.utime(target, (then, then))

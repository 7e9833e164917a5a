"""A small school: a roster in memory, and short ways to send it command files."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from importlib import import_module
from types import ModuleType
from typing import Any

import polars as pl
import pytest
from world import Room

from syncd.core.claims import Claim, Foreign
from syncd.core.kinds import Kind
from syncd.dialects.moodle.dialect import MOODLE
from syncd.dialects.moodle.options import MoodleOptions
from syncd.dialects.moodle.plan.follow import follow
from syncd.dialects.registry import DIALECTS
from syncd.engine.delivered import Table, plan_together
from syncd.engine.draft import Draft
from syncd.engine.drawing import Basis
from syncd.engine.ports import RosterView, Store
from syncd.engine.recognised import Recognised
from syncd.engine.recognising import Recognition
from syncd.engine.results import RowResults
from syncd.engine.standing import still_standing
from syncd.engine.work import Work
from syncd.formats.dialect import CommandFile, Operation
from syncd.formats.reading import read
from syncd.formats.recognition import hints
from syncd.frames.changes import ChangeSet
from syncd.frames.difference import RowMemory, empty_memory
from syncd.frames.findings import none
from syncd.frames.layout import read_layout
from syncd.frames.plan import Plan

COMMAND = Operation("command")
NOW = 1_700_000_000
Parsed = Callable[..., pl.DataFrame]
KEY = b"a key of this installation"
FILES = MOODLE.files


@dataclass(frozen=True)
class Answer:
    """What came of a file. Rows are counted from 1; 0 stands for the file as a whole."""

    outcomes: list[str]
    findings: pl.DataFrame
    changes: ChangeSet
    remembered: list[int]
    actions: pl.DataFrame

    @property
    def digest(self) -> str:
        return Plan(changes=self.changes).digest()

    def codes(self, row: int) -> list[str]:
        return self.findings.filter(pl.col("row") == row).get_column("code").to_list()

    def said(self, row: int) -> str:
        return "\n".join(self.findings.filter(pl.col("row") == row).get_column("message"))

    def columns(self, row: int) -> list[str]:
        return self.findings.filter(pl.col("row") == row).get_column("column").to_list()


@dataclass
class School:
    """A roster with roles and methods of a fresh Moodle, and the memory of what was delivered."""

    roster: Any
    memories: dict[tuple[str, str], tuple[RowMemory, int]] = field(default_factory=dict)
    protected: tuple[str, ...] = ("admin", "guest")

    def __post_init__(self) -> None:
        self.misc = self.roster.add(Kind.CATEGORY, path="Misc", name="Misc")

    def user(self, username: str, **fields: Any) -> int:
        known = {"username": username, "firstname": username.title(), "lastname": "Doe", "auth": "manual"}
        return int(self.roster.add(Kind.USER, **known | fields))

    def course(self, shortname: str, **fields: Any) -> int:
        known = {"shortname": shortname, "fullname": shortname, "category_id": self.misc, "format": "topics"}
        return int(self.roster.add(Kind.COURSE, **known | {"visible": 1, "startdate": 5} | fields))

    def cohort(self, name: str, idnumber: str | None, **fields: Any) -> int:
        return int(self.roster.add(Kind.COHORT, name=name, idnumber=idnumber, **fields))

    def enrolment(self, user: int, course: int, role: str = "student", method: str = "manual", **fields: Any) -> None:
        times = {"starttime": 1, "endtime": 0, "status": 0}
        keys = {"user_id": user, "course_id": course, "role": role, "method": method, "via": 0}
        self.roster.add(Kind.ENROLMENT, **keys, **times | fields)

    def send(self, object_name: str, text: str, **said: Any) -> Answer:
        """Work a file as planned and apply it, unless `dry`; `source`, `others` and options of the dialect."""
        dry, view = said.pop("dry", False), said.pop("view", self.roster)
        foreign = Foreign.UPDATE if said.pop("others", False) else Foreign.REFUSE
        claim = Claim(data_source=said.pop("source", "sis"), foreign=foreign)
        options = self._options(said)
        draft, results, table = Draft(view, claim), RowResults(), _table(object_name, text)
        commands = read(FILES[object_name], table, options)
        results.add(commands.findings)
        if not commands.frame.is_empty():
            work = Work(commands=commands, operation=COMMAND, options=options, now=NOW, secret=KEY)
            FILES[object_name].plan(work, draft, results)
            follow(draft, NOW)
        changes = draft.changes()
        outcomes = results.outcomes(table.get_column("row"), draft.effective(changes))
        if not dry:
            self.roster.take(changes)
        return Answer(
            outcomes=outcomes.get_column("outcome").to_list(),
            findings=results.findings(),
            changes=changes,
            remembered=sorted(results.remembered().get_column("row").to_list()),
            actions=results.actions(),
        )

    def deliver(self, object_name: str, *texts: str, **said: Any) -> Plan:
        """Work a file as the pipeline does, or several as one run; with the memory of earlier ones of the same header.

        Then apply the plan.
        """
        claim = Claim(data_source=said.pop("source", "sis"))
        options, rooms = self._options(said), [Room(text.encode()) for text in texts]
        command_file = FILES[object_name]
        files = [
            Recognised(
                command_file=command_file,
                layout=read_layout(room.open("rb"), hints(MOODLE, command_file, options)),
                options=options,
                findings=none(),
            )
            for room in rooms
        ]
        feeds = [(object_name, file.fingerprint(COMMAND, claim)) for file in files]
        memories = [self._memory(feed, command_file) for feed in feeds]
        basis = Basis(
            roster=self.roster,
            claim=claim,
            operation=COMMAND,
            derive=follow,
            seed=7,
            secret=KEY,
            now=NOW,
        )
        names = [f"{n}.csv" for n in range(len(texts))] if len(texts) > 1 else [""]
        made = plan_together(names, [Table(file) for file in files], rooms, memories, basis)
        self.roster.take(made.changes)
        for feed, own in zip(feeds, made.files, strict=True):
            if own.to_keep is not None:
                self.memories[feed] = (own.to_keep, self.roster.seq())
        return made

    def _memory(self, feed: tuple[str, str], command_file: CommandFile) -> RowMemory:
        memory, seq = self.memories.get(feed, (empty_memory(), 0))
        return still_standing(memory, self.roster.touches(seq), command_file.watch) if command_file.watch else memory

    def live(self, kind: Kind, *columns: str) -> list[Any]:
        """Return these columns of the live records, as plain values where it is one column."""
        found = [tuple(record[name] for name in columns) for record in self.roster.records(kind)]
        return [values[0] for values in found] if len(columns) == 1 else found

    def _options(self, said: dict[str, Any]) -> MoodleOptions:
        return replace(MoodleOptions(protected_users=self.protected), **said)


class Place(School):
    """A school with anna (1), bert (2), cleo (3), courses A (1), B (2), C (3), and Nurses, NUR (1) with anna.

    Files from which enrolments and groups follow are sent by a word for each, a row an argument.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        for username in ("anna", "bert", "cleo"):
            self.user(username)
        for shortname in "ABC":
            self.course(shortname)
        self.cohort("Nurses", "NUR")
        self.roster.add(Kind.COHORT_MEMBER, cohort_id=1, user_id=1)

    def bind(self, *rows: str, head: str = "cmd;cohort;course;role", **said: Any) -> Answer:
        return self.send("cohort_bindings", "\n".join([head, *rows]), **said)

    def members(self, *rows: str, **said: Any) -> Answer:
        return self.send("cohorts", "\n".join(["cmd;cidnumber;cname;userid", *rows]), **said)

    def enrol(self, *rows: str) -> Answer:
        return self.send("enrolments", "\n".join(["cmd;cid;uid;rolename;enrol", *rows]))

    def link(self, *rows: str) -> Answer:
        return self.send("metacourses", "\n".join(["cmd;master;meta", *rows]))

    def enrolments(self) -> list[str]:
        """Return course, user, method, role and what makes it; with a mark where it is disabled."""
        found = self.roster.records(Kind.ENROLMENT)
        off = {"enabled": "", "disabled": " off"}
        courses, users = " ABC", ("", "anna", "bert", "cleo")
        lines = (
            f"{courses[r['course_id']]} {users[r['user_id']]} {r['method']} {r['role']} {r['via']}{off[r['state']]}"
            for r in found
        )
        return sorted(lines)

    def groups(self) -> list[str]:
        """Return course, group, member and component of every membership."""
        names = {r["id"]: r["name"] for r in self.roster.records(Kind.GROUP)}
        found = self.live(Kind.GROUP_MEMBER, "course_id", "group_id", "user_id", "component")
        return sorted(f"{' ABC'[c]} {names[g]} {u} {tag}" for c, g, u, tag in found)


def _table(object_name: str, text: str) -> pl.DataFrame:
    """Return the rows of a file as the parser would; a list has no header."""
    lines = [line.strip() for line in text.strip().split("\n")]
    header = lines.pop(0).split(";") if FILES[object_name].has_header else ["column_1"]
    rows = [[number, number + 1, *line.split(";")] for number, line in enumerate(lines, start=1)]
    schema = {"row": pl.Int64(), "line": pl.Int64()} | dict.fromkeys(header, pl.String())
    return pl.DataFrame(rows, schema=schema, orient="row")


@pytest.fixture
def recognition() -> Recognition:
    """Give what finds out what files are, under the options that nobody changed."""
    return Recognition(dialects=DIALECTS, options_for=lambda name, said: DIALECTS[name].options.from_text(said))


@pytest.fixture
def roster() -> Store:
    """Give an empty roster in memory."""
    made: Store = import_module("roster").MemoryRoster()
    return made


@pytest.fixture
def school(roster: RosterView) -> Iterator[School]:
    """Give a school with one category and nobody in it."""
    return School(roster)


@pytest.fixture
def place(roster: RosterView) -> Place:
    """Give a school with three users, three courses and a cohort of one."""
    return Place(roster)


@pytest.fixture
def world_fakes() -> ModuleType:
    """Give what surrounds a pipeline, in memory."""
    return import_module("world")


@pytest.fixture
def parsed() -> Parsed:
    """Give a function from lines with `;` between values to a parsed frame, row 1 on line 2."""

    def make(header: str, *lines: str) -> pl.DataFrame:
        names = header.lower().split(";")
        rows = [[number, number + 1, *line.split(";")] for number, line in enumerate(lines, start=1)]
        schema = {"row": pl.Int64(), "line": pl.Int64()} | dict.fromkeys(names, pl.String())
        return pl.DataFrame(rows, schema=schema, orient="row")

    return make

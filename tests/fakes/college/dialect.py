"""Its files: people, and who is in which team. Both are sent whole, each of one school."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated

from syncd.core.kinds import Kind
from syncd.core.order import Stage
from syncd.engine.standing import Watch
from syncd.formats.columns import Column, Commands, Empty
from syncd.formats.dialect import CommandFile, Dialect, Operation, all_together
from syncd.formats.options import Options, choice, option
from syncd.frames.rules import text

from .plan import plan_teams, plan_users


@dataclass(frozen=True, slots=True, kw_only=True)
class CollegeOptions(Options):
    """How files of the college are read."""

    school: Annotated[str, option(str.strip, "The school that a refresh is of; empty: all.")] = ""
    leavers: Annotated[str, option(choice("disabled", "deleted"), "What becomes of people left out.")] = "disabled"


USERS = CommandFile(
    dialect="college",
    object="users",
    kind=Kind.USER,
    stage=Stage.USERS,
    plan=plan_users,
    watch=Watch(persons=(Kind.USER,)),
    remembers=lambda _options: True,
    default_names=("users.csv",),
    names="users?",
    columns=(
        Column("person_code", "idnumber", text(50), required=True, filled=True, empty=Empty.ITSELF),
        Column("login", "username", text(50, lower=True), required=True, filled=True, empty=Empty.ITSELF),
        Column("given_name", "firstname", text(100), required=True),
        Column("family_name", "lastname", text(100), required=True),
        Column("school", "institution", text(100)),
        Column("source", "data_source", text(256)),
    ),
    shape=lambda sheet: Commands(frame=sheet.values),
    about="Each row is a person. A complete refresh lets go the people of its school that it leaves out.",
    options=("school", "leavers"),
    example="person_code;login;given_name;family_name;school\nP1;ada;Ada;Byron;North\n",
)

TEAMS = CommandFile(
    dialect="college",
    object="cohorts",
    kind=Kind.COHORT_MEMBER,
    stage=Stage.COHORTS,
    plan=plan_teams,
    watch=Watch.of_links(Kind.COHORT_MEMBER),
    remembers=lambda _options: True,
    default_names=("cohorts.csv",),
    names="cohorts?",
    columns=(
        Column("team_code", "team", text(50), required=True, filled=True, empty=Empty.ITSELF),
        Column("person_code", "person", text(50), required=True, filled=True, empty=Empty.ITSELF),
    ),
    shape=lambda sheet: Commands(frame=sheet.values),
    about="Each row puts a person into a team, which is made when it is first named.",
    example="team_code;person_code\nCHOIR;P1\n",
)

COLLEGE = Dialect(
    name="college",
    objects=MappingProxyType({file.object: file for file in (USERS, TEAMS)}),
    options=CollegeOptions,
    batches=all_together,
    operations=(Operation("store"), Operation("complete_refresh", is_snapshot=True)),
)

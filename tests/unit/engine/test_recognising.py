"""Which dialect a file is of: each is asked with the header in hand, and only one may claim it."""

import io
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated

import pytest

from syncd.core.errors import FileError, UsageError
from syncd.core.kinds import Kind
from syncd.core.order import Stage
from syncd.core.runs import Run, Trigger
from syncd.dialects.moodle.dialect import MOODLE
from syncd.engine.draft import Draft
from syncd.engine.recognising import Recognition
from syncd.engine.results import RowResults
from syncd.engine.work import Work
from syncd.formats.columns import Column, Commands, Sheet
from syncd.formats.dialect import CommandFile, Dialect, Operation
from syncd.formats.options import Options, option
from syncd.frames.rules import text


@dataclass(frozen=True, slots=True, kw_only=True)
class ToyOptions(Options):
    size: Annotated[str, option(str, "How large.")] = ""


def nothing(_work: Work, _draft: Draft, _results: RowResults) -> None:
    """Plan nothing."""


def shape(sheet: Sheet) -> Commands:
    return Commands(frame=sheet.values)


def people(*headers: str) -> CommandFile:
    columns = tuple(Column(name, name, text(50), required=True) for name in headers)
    return CommandFile(
        dialect="toy",
        object="users",
        kind=Kind.USER,
        default_names=("users.csv",),
        names="users?",
        columns=columns,
        shape=shape,
        stage=Stage.USERS,
        plan=nothing,
    )


def toy(*headers: str) -> Dialect:
    return Dialect(
        name="toy", objects={"users": people(*headers)}, options=ToyOptions, operations=(Operation("store"),)
    )


def recognition(*headers: str) -> Recognition:
    dialects = {"moodle": MOODLE, "toy": toy(*headers)}
    return Recognition(dialects=dialects, options_for=lambda name, said: dialects[name].options.from_text(said))


def run(**said: object) -> Run:
    known = Run(work="w", file="users.csv", trigger=Trigger.CLI, received=datetime(2026, 11, 21, tzinfo=UTC))
    return replace(known, **said)  # type: ignore[arg-type]


def of(found: Recognition, header: str, **said: object) -> tuple[str, str]:
    file = found.of(run(**said), io.BytesIO(f"{header}\na;b;c\n".encode()))
    return file.dialect, file.object


@pytest.mark.parametrize(("header", "expected"), [("code;called", "toy"), ("username;firstname;lastname", "moodle")])
def test_two_dialects_that_know_an_object_of_one_name_never_meet(header: str, expected: str) -> None:
    """A file of the second one was carried out by Moodle's planner."""
    assert (expected, "users") == of(recognition("code", "called"), header)
    assert (expected, "users") == of(recognition("code", "called"), header, object="users")


def test_a_file_that_two_dialects_claim_is_refused_unless_somebody_says_which() -> None:
    """Never carried out by the wrong one."""
    both = recognition("username", "firstname", "lastname")
    with pytest.raises(FileError) as refused:
        of(both, "username;firstname;lastname")
    (found,) = refused.value.findings
    assert ("file-claimed-twice", True) == (found.code, "moodle (users) and toy (users)" in found.message)
    assert ("toy", "users") == of(both, "username;firstname;lastname", dialect="toy")


def test_options_and_operations_narrow_the_dialects() -> None:
    """What one of them does not know is not said of its files."""
    both = recognition("username", "firstname", "lastname")
    assert ("toy", "users") == of(both, "username;firstname;lastname", options={"size": "7"})
    both.demand_known("", "users", "store", {})
    both.demand_known("toy", "", "", {"size": "7"})
    for wrong in (("toy", "courses", "", {}), ("toy", "", "command", {}), ("", "", "refresh", {}), ("x", "", "", {})):
        with pytest.raises(UsageError):
            both.demand_known(*wrong)


def test_what_no_dialect_claims_is_told_with_what_is_nearest_in_any() -> None:
    """Whichever dialect that is of."""
    with pytest.raises(FileError) as refused:
        of(recognition("code", "called"), "kode;called", file="people.csv")
    (found,) = refused.value.findings
    assert ("file-unrecognised", True) == (found.code, "wants code for 'kode'" in found.message)

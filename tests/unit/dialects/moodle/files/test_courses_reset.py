"""The courses reset file: what a row asks for, and that nothing else is asked."""

import json
from typing import Any

import polars as pl
import pytest

from syncd.dialects.moodle.files.courses_reset import COURSES_RESET, EVERY_ROLE
from syncd.dialects.moodle.options import MoodleOptions
from syncd.formats.columns import Commands
from syncd.formats.reading import check_header, read

NEEDED = ("shortname", "events", "logs", "notes", "grades", "roles", "local_roles", "groups", "groupings", "modules")
OPTIONS = MoodleOptions()


def commands(options: MoodleOptions = OPTIONS, **values: str) -> Commands:
    """Read one row of the course A1, its other cells empty but for these."""
    cells = dict.fromkeys(NEEDED, "") | {"shortname": "A1"} | values
    table = pl.DataFrame({"row": [1], "line": [2], **{name: [value] for name, value in cells.items()}})
    return read(COURSES_RESET, table, options)


def actions(**values: str) -> dict[str, Any]:
    """Return the actions of a row with their arguments."""
    asked = commands(**values).parts["actions"]
    return {row["action"]: json.loads(row["arguments"]) for row in asked.iter_rows(named=True)}


def roles(options: MoodleOptions = OPTIONS, **values: str) -> list[str]:
    return commands(options, **values).parts["roles"].get_column("role").to_list()


def test_a_row_that_asks_for_nothing_has_nothing_done() -> None:
    """W12: absent columns reset nothing, nor do empty ones."""
    asked = commands()
    assert (True, []) == (asked.parts["actions"].is_empty(), roles())
    assert [{"row": 1, "line": 2, "course": "A1", "groups": None, "groupings": None}] == asked.frame.to_dicts()


@pytest.mark.parametrize("word", ["none", "no", "0", "false", "NONE"])
def test_every_word_for_no_asks_for_nothing(word: str) -> None:
    """In every column, also in those that take names."""
    columns = [name for name in NEEDED if name != "shortname"]
    asked = commands(**dict.fromkeys(columns, word), completion=word, forum_all=word)
    assert (True, True, True) == (
        asked.findings.is_empty(),
        asked.parts["actions"].is_empty(),
        asked.parts["roles"].is_empty(),
    )
    assert (None, None) == asked.frame.select("groups", "groupings").row(0)


@pytest.mark.parametrize("word", ["yes", "1", "all", "true", "YES"])
def test_every_word_for_yes_asks_for_all(word: str) -> None:
    """Appendix C: senders write it in four ways, and the real sample writes all."""
    flags = ("events", "logs", "notes", "completion", "blog_associations", "comments", "quiz_attempts")
    named = ("grades", "local_roles", "groups", "groupings", "modules", "roles")
    asked = actions(**dict.fromkeys((*flags, *named), word))
    assert {f"reset {name}" for name in flags} <= asked.keys()
    assert {"what": ["items", "grades"]} == asked["reset grades"]
    assert {"what": ["roles", "overrides"]} == asked["reset local_roles"]
    assert {"modules": "all"} == asked["reset modules"]
    assert [EVERY_ROLE] == roles(roles=word)
    frame = commands(groups=word, groupings=word).frame
    assert ("all", "all") == frame.select("groups", "groupings").row(0)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"grades": "items"}, {"reset grades": {"what": ["items"]}}),
        ({"local_roles": "overrides"}, {"reset local_roles": {"what": ["overrides"]}}),
        ({"modules": "forum quiz"}, {"reset modules": {"only": ["forum", "quiz"]}}),
        ({"modules": "-glossary, -wiki"}, {"reset modules": {"except": ["glossary", "wiki"]}}),
        ({"slots": "1"}, {"reset slots": {}}),
        ({"reset_hotpot_tries": "yes"}, {"reset hotpot_tries": {}}),
    ],
)
def test_what_is_named_is_asked_for_and_no_more(values: dict[str, str], expected: dict[str, Any]) -> None:
    """The arguments are what a connector will carry out."""
    assert expected == actions(**values)


def test_roles_stand_one_behind_the_other() -> None:
    """Where roles are named by ids, 1 is a role and not a yes."""
    assert ["student", "teacher"] == roles(roles=" student  teacher student ")
    assert ["1"] == roles(MoodleOptions(role_identifier="id"), roles="1")
    assert [EVERY_ROLE] == roles(MoodleOptions(role_identifier="id"), roles="all")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(("events", "maybe"), ("grades", "roles"), ("groups", "grouping"), ("local_roles", "student")),
        *(("modules", "-glossary forum"), ("modules", "../x"), ("forum_all", "2")),
    ],
)
def test_a_word_that_means_nothing_fails_the_row(column: str, value: str) -> None:
    """Half a reset is worse than none."""
    asked = commands(**{column: value}, notes="yes")
    assert ([1], True, True) == (
        asked.findings.get_column("row").to_list(),
        asked.frame.is_empty(),
        asked.parts["actions"].is_empty(),
    )


def test_the_required_columns_and_the_identifier_are_asked_for() -> None:
    """A header of another file, or by another identifier, finds the wrong courses."""
    missing = {f.code for f in check_header(COURSES_RESET, NEEDED[:-1], OPTIONS)}
    assert {"header-required"} == missing
    assert () == check_header(COURSES_RESET, (*NEEDED, "completion", "reset_anything", "apointments"), OPTIONS)
    by_number = MoodleOptions(course_identifier="idnumber")
    assert ["header-required"] == [f.code for f in check_header(COURSES_RESET, NEEDED, by_number)]
    assert () == check_header(COURSES_RESET, ("idnumber", *NEEDED[1:]), by_number)

"""The courses reset file: empty courses of last term's people and work, and of nothing that a row does not ask for."""

import json
from collections.abc import Iterable

import polars as pl

from syncd.core.kinds import Kind
from syncd.dialects.moodle.files import names
from syncd.dialects.moodle.files.columns import IDENTIFIER
from syncd.dialects.moodle.options import EVERY_ROLE, MoodleOptions
from syncd.dialects.moodle.plan import planners
from syncd.dialects.moodle.stages import COURSE_RESETS
from syncd.engine.standing import Watch
from syncd.formats.columns import Column, Commands, Empty, Sheet
from syncd.formats.dialect import CommandFile
from syncd.frames import rules
from syncd.frames.rules import Rule, text

_IDENTIFIERS = ("idnumber", "id", "course")
_YES = ("yes", "1", "all", "true", "y", "on")
_NO = ("no", "0", "none", "false", "n", "off")
_SWITCH = rules.flag_of(_YES, _NO)
_SWITCHES = (
    *("forum_all", "forum_types", "forum_digests", "forum_subscriptions", "forum_track_prefs", "forum_ratings"),
    *("forum_tags", "glossary_all", "glossary_types", "glossary_notenrolled", "glossary_ratings", "glossary_comments"),
    *("glossary_tags", "chat", "data", "data_notenrolled", "data_ratings", "data_comments", "data_tags"),
    *("slots", "apointments", "assignment_submissions", "assign_submissions", "assign_user_overrides"),
    *("assign_group_overrides", "survey_answers", "survey_analysis", "lesson", "lesson_user_overrides"),
    *("lesson_group_overrides", "choice", "scorm", "quiz_attempts", "quiz_user_overrides", "quiz_group_overrides"),
    *("wiki_pages", "wiki_tags", "wiki_comments", "workshop_submissions", "workshop_assessments", "workshop_phase"),
    *("h5pactivity", "feedback"),
)
"""What the activity modules of Moodle, and the scheduler, let a reset clear; other modules: reset_<name>."""

_FLAGS = ("events", "logs", "notes", "completion", "blog_associations", "comments")
_CHOICES = {"grades": ("items", "grades"), "local_roles": ("roles", "overrides")}
_MODULE = "[a-z][a-z0-9_]*"
_MODULES = rules.code(
    rf"[01]|{_MODULE}(?:[ ,]+{_MODULE})*|-{_MODULE}(?:[ ,]+-{_MODULE})*",
    "all, names of modules, or names with a - before each for all but these",
    limit=1000,
    lower=True,
)


def _some_of(*parts: str, **aliases: str) -> Rule:
    words = {"all": _YES, "none": _NO}
    known = {alias: word for word, group in words.items() for alias in group if alias != word}
    return rules.choice("all", *parts, "none", aliases=known | aliases)


def _flag(name: str, about: str, *, required: bool = False) -> Column:
    return Column(name, name, _SWITCH, required, about=about)


COLUMNS = (
    Column("shortname", "course", IDENTIFIER, required=True, aliases=_IDENTIFIERS, filled=True, empty=Empty.ITSELF),
    _flag("events", "yes deletes the calendar's events", required=True),
    _flag("logs", "yes deletes the logs", required=True),
    _flag("notes", "yes deletes the notes on participants", required=True),
    Column(
        *("grades", "grades", _some_of(*_CHOICES["grades"])),
        required=True,
        empty=Empty.ITSELF,
        about="items deletes the grade items, grades the grades, all both",
    ),
    Column(
        *("roles", "roles", text(1000)),
        required=True,
        empty=Empty.ITSELF,
        about="whose holders leave the course: all, or roles separated by spaces; empty or none: nobody",
    ),
    Column(
        *("local_roles", "local_roles", _some_of(*_CHOICES["local_roles"])),
        required=True,
        empty=Empty.ITSELF,
        about="roles takes the roles inside the course away, overrides the changed permissions, all both",
    ),
    Column(
        *("groups", "groups", _some_of("groups", "members")),
        required=True,
        empty=Empty.ITSELF,
        about="members empties the groups, groups deletes them, all both",
    ),
    Column(
        *("groupings", "groupings", _some_of("groupings", "members", groups="groupings")),
        required=True,
        empty=Empty.ITSELF,
        about="members takes the groups out of the groupings, groupings deletes these, all both",
    ),
    Column(
        *("modules", "modules", _MODULES),
        required=True,
        empty=Empty.ITSELF,
        about="which activity modules are reset; empty or none: no module",
    ),
    _flag("completion", "yes deletes what was completed"),
    _flag("blog_associations", "yes parts blog entries from the course"),
    _flag("comments", "yes deletes the comments"),
    *(Column(name, f"switch.{name}", _SWITCH) for name in _SWITCHES),
    Column("reset_<name>", "switch", _SWITCH, about="what a module calls so in its own reset"),
)

_ROLE = {"row": pl.Int64(), "line": pl.Int64(), "role": pl.String()}
_ACTION = {"row": pl.Int64(), "line": pl.Int64(), "action": pl.String(), "arguments": pl.String()}


def _shape(sheet: Sheet) -> Commands:
    frame = sheet.values.select(
        "row", "line", "course", *(_asked(name, name in sheet.names) for name in ("groups", "groupings"))
    )
    actions = [pl.DataFrame(schema=_ACTION), *_flags(sheet), *_choices(sheet), *_modules(sheet)]
    return Commands(frame=frame, parts={"roles": _roles(sheet), "actions": pl.concat(actions)})


def _asked(name: str, there: bool) -> pl.Expr:  # noqa: FBT001
    """What a row asks for, null for nothing."""
    column = pl.col(name) if there else pl.lit(None, pl.String())
    return pl.when(~column.is_in(["", "none"])).then(column).alias(name)


def _flags(sheet: Sheet) -> Iterable[pl.DataFrame]:
    for name in sheet.names:
        if name in _FLAGS or name.startswith("switch."):
            asking = sheet.values.filter(pl.col(name) == 1)
            yield _action(asking, name.removeprefix("switch."), pl.lit("{}"))


def _choices(sheet: Sheet) -> Iterable[pl.DataFrame]:
    for name, parts in _CHOICES.items():
        if name in sheet.names:
            what = {"all": parts} | {part: (part,) for part in parts}
            asking = sheet.values.filter(pl.col(name).is_in(list(what)))
            told = {word: json.dumps({"what": meant}) for word, meant in what.items()}
            yield _action(asking, name, pl.col(name).replace_strict(told, return_dtype=pl.String))


def _modules(sheet: Sheet) -> Iterable[pl.DataFrame]:
    if "modules" not in sheet.names:
        return
    asking = sheet.values.filter(~pl.col("modules").is_in(["", *_NO]))
    listed = _words("modules")
    but = pl.col("modules").str.starts_with("-")
    told = (
        pl.when(pl.col("modules").is_in(_YES))
        .then(pl.lit('{"modules": "all"}'))
        .when(but)
        .then(pl.struct(listed.list.eval(pl.element().str.strip_prefix("-")).alias("except")).struct.json_encode())
        .otherwise(pl.struct(listed.alias("only")).struct.json_encode())
    )
    yield _action(asking, "modules", told)


def _roles(sheet: Sheet) -> pl.DataFrame:
    """Return every role that a row names as a row of its own, EVERY_ROLE for all of them.

    A lone 1 is yes, but where roles are named by their ids it is the role of that id.
    """
    if "roles" not in sheet.names:
        return pl.DataFrame(schema=_ROLE)
    word = pl.col("roles").str.to_lowercase()
    yes = [each for each in _YES if each != "1" or sheet.options.role_identifier != "id"]
    named = sheet.values.filter(~word.is_in(["", *_NO]))
    role = pl.when(word.is_in(yes)).then(pl.lit([EVERY_ROLE])).otherwise(_words("roles"))
    rows = named.select("row", "line", role.alias("role")).explode("role")
    return rows.select(pl.col(name).cast(dtype) for name, dtype in _ROLE.items()).unique(maintain_order=True)


def _words(name: str) -> pl.Expr:
    return pl.col(name).str.extract_all("[^ ,]+")


def _action(rows: pl.DataFrame, what: str, arguments: pl.Expr) -> pl.DataFrame:
    return rows.select("row", "line", pl.lit(f"reset {what}").alias("action"), arguments.alias("arguments"))


def _one_of(options: MoodleOptions) -> tuple[str, ...]:
    """A file that names courses by another identifier than the configured one would find the wrong ones."""
    return (options.course_identifier, "course")


COURSES_RESET = CommandFile(
    dialect="moodle",
    object="courses_reset",
    kind=Kind.COURSE,
    stage=COURSE_RESETS,
    plan=planners.courses_reset,
    watch=Watch(everything=True),
    default_names=("resetcourses.csv",),
    names=names.COURSES_RESET,
    columns=COLUMNS,
    shape=_shape,
    one_of=_one_of,
    instead="what is reset stands in columns such as events and roles",
    about=(
        "Empties the listed courses of what their rows ask for: `yes`, `1`, `all` or `true` asks, everything empty, "
        "absent or `none` is left alone. Who leaves is unenrolled, groups and groupings go as they are named; "
        "enrolments that a cohort binding or a meta link made stay until that goes. All else, from events to what "
        "modules hold, is the work of a learning platform: it stands in the plan as actions of the course. A role that "
        "is not known and a course that is not there fail the row."
    ),
    options=("course_identifier", "role_identifier"),
    example=(
        "shortname;events;logs;notes;completion;grades;roles;local_roles;groups;groupings;modules\n"
        "ANAT1;yes;yes;no;yes;all;student teacher;all;members;all;-glossary\n"
    ),
)
"""The courses reset file."""

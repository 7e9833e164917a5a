"""Rules that the command files of the moodle dialect share."""

import re
from dataclasses import replace

import polars as pl

from syncd.dialects.moodle.options import MoodleOptions
from syncd.formats.columns import Column
from syncd.frames import rules, times
from syncd.frames.identifiers import identifier
from syncd.frames.placeholders import NULL_MARK, WORDS
from syncd.frames.rules import Rule


def display_name(limit: int) -> Rule:
    """Return the rule of a name of a person, course, cohort or group; a zero is hardly one."""
    return replace(rules.text(limit), doubtful=(*WORDS, "0"))


def idnumber(limit: int = 255) -> Rule:
    """Return the rule of the number that an institution gives a record."""
    return identifier(rules.text(limit), number=True)


NAME = display_name(254)
"""A name of a cohort or a group."""

NAMED = identifier(rules.text(254))
"""A name by which a cohort or a group is found, and made where it is missing."""

USERNAME = identifier(rules.username)
"""The name of an account."""

IDENTIFIER = identifier(rules.text(255))
"""What names a user, course or cohort elsewhere."""

PROSE = rules.text(lines=True)
"""A description, of any length and with line ends."""

METHOD = rules.code(r"[a-z][a-z0-9_]*", "an enrolment method such as manual", limit=20, lower=True)
"""The name of an enrolment plug-in."""

AUTH = rules.code(r"[a-z][a-z0-9_]*", "an authentication method such as manual", limit=20, lower=True)
"""The name of an authentication plug-in."""

DELETES = replace(rules.flag_of(("1", "yes", "true", "t"), ("0", "no", "n", "false", "f", "off")), flag=False)
"""Whether a row deletes its record; fewer words mean yes than elsewhere."""

OTHER_VERBS = ("command", "action", "operation", "verb")
"""What other systems call the column `cmd`."""

_NO_MAIL = r"^(?i:no ?mail)$"


def unworked(*headers: str) -> tuple[Column, ...]:
    """Return columns of Moodle's own user and course uploads for which the roster has no field."""
    return tuple(Column(header, header.split("<")[0], rules.text(), ignored="header-unworked") for header in headers)


def moment(options: MoodleOptions) -> Rule:
    """Return the rule of a time, dates being those of the configured zone."""
    return times.time(options.zone)


def mail() -> Rule:
    """Return the rule of an e-mail address, where the whole value `NO MAIL` says that there is none."""

    def convert(value: pl.Expr) -> pl.Expr:
        return pl.when(value.str.contains(_NO_MAIL)).then(pl.lit("")).otherwise(rules.email.convert(value))

    return replace(rules.email, convert=convert, words=f"{rules.email.words}, or NO MAIL for none")


def course_format(options: MoodleOptions) -> Rule:
    """Return the rule of a course format: one of the configured ones."""
    patterns = ("[a-z0-9_]*".join(map(re.escape, name.split("*"))) for name in options.formats)
    shown = ", ".join(options.formats)
    return rules.code("|".join(patterns), f"one of the course formats {shown}", limit=21, lower=True)


def category(options: MoodleOptions) -> Rule:
    """Return the rule of the category column: a path of names, or an idnumber, as the option says.

    Levels of a path are separated by `/` or a backslash; spaces around them, and a separator
    at either end, do not count.
    """
    if options.category_identifier == "idnumber":
        return idnumber(100)

    return path(mixed=True)


def path(*, mixed: bool) -> Rule:
    """Return the rule of a path of categories.

    mixed: separators with and without spaces may stand in one path. Moodle's course upload separates by ` / ` and
    takes any other `/` for a part of a name, which a path of the roster cannot hold.
    """

    def convert(value: pl.Expr) -> pl.Expr:
        path = value.str.replace_all(r"\s*[/\\]\s*", "/").str.strip_prefix("/").str.strip_suffix("/")
        bad = (path == "") | path.str.contains(r"//|^/|/$|[^/]{101}") | path.str.contains(r"[\x00-\x1f\x7f-\x9f]")
        if not mixed:
            bad |= value.str.contains(" / ", literal=True) & value.str.contains(r"\S/|/\S")
        return pl.when(value == "").then(pl.lit("")).when(~bad & (value != NULL_MARK)).then(path)

    what = "a path of categories such as Health/Year 1, each name of 1 to 100 characters"
    return Rule(type=pl.String(), convert=convert, words=what, code="value-code", places={"what": what})

"""The courses file: create, update, rename and delete courses, with their categories, topics and teachers."""

from collections.abc import Iterable
from itertools import combinations

import polars as pl

from syncd.core.kinds import Kind
from syncd.core.order import Stage
from syncd.dialects.moodle.files import names
from syncd.dialects.moodle.files.columns import (
    DELETES,
    IDENTIFIER,
    NAME,
    PROSE,
    category,
    course_format,
    idnumber,
    moment,
    path,
    unworked,
)
from syncd.dialects.moodle.kinds import ROLE_ASSIGNMENT
from syncd.dialects.moodle.plan import planners
from syncd.engine.standing import Watch
from syncd.formats.columns import Column, Commands, Empty, Sheet
from syncd.formats.dialect import CommandFile
from syncd.frames.findings import gather
from syncd.frames.identifiers import identifier
from syncd.frames.rules import flag, integer, lang, text

COLUMNS = (
    #      header       field        rule
    Column("shortname", "shortname", identifier(text(150)), required=True, filled=True),
    Column(
        *("fullname", "fullname", NAME),
        required=True,
        unless=("delete", "deleted", "rename"),
        about="may be empty only where the row deletes; a header with `delete` or `rename` may lack it",
    ),
    Column(
        *("delete", "deleted", DELETES),
        aliases=("deleted",),
        turns=True,
        about="yes deletes the course with its enrolments and groups; no and empty do nothing",
    ),
    Column(
        "rename", "rename", identifier(text(150)), empty=Empty.NOTHING, turns=True, about="the course's new shortname"
    ),
    Column(
        "category", "category", category, empty=Empty.NOTHING, about="where the course stands; missing levels are made"
    ),
    Column(
        *("category_path", "category_path", path(mixed=False)),
        empty=Empty.NOTHING,
        about="the same as a path, never an id; levels are separated by ` / `",
    ),
    Column(
        "category_idnumber", "category_idnumber", idnumber(100), empty=Empty.NOTHING, about="the same by its idnumber"
    ),
    Column("idnumber", "idnumber", idnumber(100)),
    Column("summary", "summary", PROSE),
    Column("format", "format", course_format, empty=Empty.NOTHING),
    Column("lang", "lang", lang),
    Column("theme", "theme", text(50)),
    Column(
        "template",
        "template",
        text(1000),
        aliases=("templatecourse",),
        empty=Empty.NOTHING,
        about="the shortname of a model course to copy; backup files are refused",
    ),
    Column("backupfile", "backupfile", text(1000), empty=Empty.NOTHING, about="must be empty: backups are refused"),
    Column("sortorder", "sortorder", integer(0, 4294967295)),
    Column("visible", "visible", flag),
    Column("visibleold", "visibleold", flag),
    Column("showgrades", "showgrades", flag),
    Column("showreports", "showreports", flag),
    Column("newsitems", "newsitems", integer(0, 10)),
    Column("legacyfiles", "legacyfiles", flag),
    Column("maxbytes", "maxbytes", integer(0)),
    Column("groupmode", "groupmode", integer(0, 2)),
    Column("groupmodeforce", "groupmodeforce", flag),
    Column("startdate", "startdate", moment),
    Column("timecreated", "timecreated", moment),
    Column("timemodified", "timemodified", moment),
    Column("marker", "marker", moment),
    Column("coursedisplay", "coursedisplay", integer(0, 1)),
    Column("enablecompletion", "enablecompletion", flag),
    Column("defaultgroupingid", "defaultgroupingid", integer(0)),
    Column("guest", "guest", flag, about="lets guests in"),
    Column("self", "self", flag, about="lets users enrol themselves"),
    Column(
        "topic<n>", "topic", PROSE, empty=Empty.ITSELF, numbers=(0, 52), about="a section, as `name` or `name|summary`"
    ),
    Column(
        "teacher<n>_account",
        "account",
        IDENTIFIER,
        empty=Empty.ITSELF,
        about="a user by id where it is a number, else by username, idnumber or e-mail address",
    ),
    Column("teacher<n>_role", "role", text(40), empty=Empty.ITSELF, about="that user's role; empty: teacher"),
    *unworked("enddate", "downloadcontent", "showactivitydates", "showcompletionconditions", "numsections", "tags"),
    *unworked("hiddensections", "enrolment_<name>", "role_<name>", "customfield_<name>"),
)

_TEACHER = {
    "row": pl.Int64(),
    "line": pl.Int64(),
    "k": pl.Int64(),
    "account": pl.String(),
    "role": pl.String(),
}
_ROLE = "teacher"
_PLACES = {"category_idnumber": "idnumber", "category_path": "path"}
"""Columns of Moodle's course upload that name the category, and by what."""


def _shape(sheet: Sheet) -> Commands:
    families = [f for stem in ("topic", "account", "role") for f in sheet.family(stem).values()]
    frame = sheet.values.with_columns(topics=_topics(sheet), deleted=_deletes(sheet), **_category(sheet))
    return Commands(
        frame=frame.drop(*families, *_PLACES, "backupfile", strict=False),
        findings=gather(_complaints(sheet)),
        parts={"teachers": _teachers(sheet)},
    )


def _deletes(sheet: Sheet) -> pl.Expr:
    """Whether a row deletes its course."""
    return pl.col("deleted").eq_missing(1) if "deleted" in sheet.names else pl.lit(value=False)


def _category(sheet: Sheet) -> dict[str, pl.Expr]:
    """Return the category of a row, and as what it is named; null for "as the option says"."""
    nothing = pl.lit(None, pl.String())
    named = [name for name in ("category", *_PLACES) if name in sheet.names]
    by = nothing
    for name in _PLACES:
        by = pl.when(pl.col(name).is_not_null()).then(pl.lit(_PLACES[name])).otherwise(by) if name in named else by
    return {"category": pl.coalesce(*named, nothing), "category_by": by}


def _complaints(sheet: Sheet) -> Iterable[pl.DataFrame]:
    """Yield findings for rows that lack a fullname, that name two categories, or a backup file."""
    if "fullname" in sheet.names:
        keeps = pl.lit(~sheet.values.select(_deletes(sheet).alias("deletes")).to_series())
        yield sheet.complain("fullname", keeps & (pl.col("fullname") == ""), "value-required")
    places = [name for name in ("category", *_PLACES) if name in sheet.names]
    for one, other in combinations(places, 2):
        both = (pl.col(one) != "") & (pl.col(other) != "")
        yield sheet.complain(other, both, "columns-contradict", other=sheet.names[one])
    if "backupfile" in sheet.names:
        named = pl.col("backupfile") != ""
        yield sheet.complain("backupfile", named, "template-forbidden", value=pl.col("backupfile"))


def _topics(sheet: Sheet) -> pl.Expr:
    """Return the filled topics as JSON text: [[number, name, summary], …]; null without a topic column."""
    topics = sheet.family("topic")
    if not topics:
        return pl.lit(None, dtype=pl.String())
    entries = [_topic(number, pl.col(name)) for number, name in topics.items()]
    joined = pl.concat_str(entries, separator=",", ignore_nulls=True)
    whole = pl.concat_str(pl.lit("["), joined, pl.lit("]"))
    return whole if sheet.clears else pl.when(joined != "").then(whole)


def _topic(number: int, value: pl.Expr) -> pl.Expr:
    parts = value.str.splitn("|", 2).struct
    name = _quoted(parts.field("field_0").str.strip_chars())
    summary = _quoted(parts.field("field_1").fill_null("").str.strip_chars())
    return pl.when(value != "").then(pl.concat_str(pl.lit(f"[{number},"), name, pl.lit(","), summary, pl.lit("]")))


def _quoted(value: pl.Expr) -> pl.Expr:
    """Return text as a JSON string. Of the control characters only tabs and line ends can occur."""
    for character, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        value = value.str.replace_all(character, written, literal=True)
    return pl.concat_str(pl.lit('"'), value, pl.lit('"'))


def _teachers(sheet: Sheet) -> pl.DataFrame:
    """Return every filled teacher<k>_account of every row as a row of its own, in order of rows and numbers."""
    roles = sheet.family("role")
    parts = [pl.DataFrame(schema=_TEACHER)]
    for k, account in sheet.family("account").items():
        role = pl.col(roles[k]) if k in roles else pl.lit("")
        parts.append(
            sheet.values.filter(pl.col(account) != "").select(
                "row",
                "line",
                pl.lit(k, dtype=pl.Int64()).alias("k"),
                pl.col(account).alias("account"),
                pl.when(role != "").then(role).otherwise(pl.lit(_ROLE)).alias("role"),
            )
        )
    return pl.concat(parts).sort("row", maintain_order=True)


COURSES = CommandFile(
    dialect="moodle",
    object="courses",
    kind=Kind.COURSE,
    stage=Stage.COURSES,
    plan=planners.courses,
    watch=Watch(places=(Kind.COURSE, ROLE_ASSIGNMENT), all_names=(Kind.CATEGORY, Kind.USER)),
    remembers=lambda _options: True,
    default_names=("uploadcourses.csv",),
    names=names.COURSES,
    columns=COLUMNS,
    shape=_shape,
    instead="courses are deleted by the column delete, renamed by rename, and reset by a file of courses_reset",
    about=(
        "Makes courses, and updates those that exist unless `force_update` is off: then a row that would change its "
        "course is skipped and says so. Categories that a path lacks are made. What a template brings is the work of "
        "a learning platform; the run counts it as an action. A row with `delete` deletes its course, and fails if "
        "there never was one of that shortname. A row with `rename` gives its course a new shortname, which no other "
        "course may have.\n\n"
        "The columns of Moodle's own course upload are read too. Those for which the roster has no field, such as "
        "`enddate` and `customfield_size`, are named in a warning."
    ),
    options=("course_identifier", "category_identifier", "force_update", "protect_category", "template_mode"),
    example=(
        "shortname;fullname;category;idnumber;format;visible;startdate;self;topic0;topic1\n"
        "ANAT1;Anatomy 1;Health/Year 1;UE-01;topics;1;2026-09-01;1;Welcome;Bones|Week one\n"
        "ANAT2;Anatomy 2;Health/Year 1;UE-02;weeks;0;2027-02-01;0;;\n"
    ),
)
"""The file that creates and updates courses."""

"""The users file: create, update, rename, suspend and delete accounts, with their courses and cohorts."""

from collections.abc import Iterable, Mapping

import polars as pl

from syncd.core.kinds import Kind
from syncd.core.order import Stage
from syncd.dialects.moodle.files import names
from syncd.dialects.moodle.files.columns import (
    AUTH,
    DELETES,
    IDENTIFIER,
    METHOD,
    NAMED,
    PROSE,
    USERNAME,
    display_name,
    idnumber,
    mail,
    moment,
    unworked,
)
from syncd.dialects.moodle.kinds import ROLE_ASSIGNMENT
from syncd.dialects.moodle.plan import planners
from syncd.engine.standing import Watch
from syncd.formats.columns import Column, Commands, Empty, Sheet
from syncd.formats.dialect import CommandFile
from syncd.frames import rules
from syncd.frames.findings import gather
from syncd.frames.identifiers import identifier
from syncd.frames.rules import flag, integer, text

_TYPES = {"1": "student", "2": "editingteacher", "3": "teacher"}
"""The roles of the enrolment types of early Moodle, which its user upload still reads."""

_DAYS = 36_500
"""The longest period of an enrolment, 100 years."""

COLUMNS = (
    #      header        field          rule
    Column("username", "username", USERNAME, required=True, empty=Empty.NOTHING),
    Column("firstname", "firstname", display_name(100), required=True, empty=Empty.NOTHING),
    Column("lastname", "lastname", display_name(100), required=True, empty=Empty.NOTHING),
    Column("idnumber", "idnumber", idnumber(), about="the number that the institution gave the person"),
    Column("email", "email", mail()),
    Column(
        "password",
        "password",
        rules.secret(255),
        about="never kept; counted as work for the platform. Empty: a new user gets one that the platform makes up",
    ),
    Column("auth", "auth", AUTH),
    Column("lang", "lang", rules.lang),
    Column("country", "country", rules.country),
    Column("city", "city", text(120)),
    Column("timezone", "timezone", text(100)),
    Column("institution", "institution", text(255)),
    Column("department", "department", text(255)),
    Column("phone1", "phone1", text(32)),
    Column("phone2", "phone2", text(32)),
    Column("address", "address", text(255)),
    Column("url", "url", text(255)),
    Column("icq", "icq", text(15)),
    Column("description", "description", PROSE),
    Column("maildisplay", "maildisplay", integer(0, 2)),
    Column("maildigest", "maildigest", integer(0, 2)),
    Column("mailformat", "mailformat", flag),
    Column("htmleditor", "htmleditor", flag),
    Column("autosubscribe", "autosubscribe", flag),
    Column("trackforums", "trackforums", flag),
    Column("mnethostid", "mnethostid", integer(), about="1, this host; accounts of other hosts are refused"),
    Column("suspended", "suspended", flag, turns=True, about="disables the account, or enables it again"),
    Column(
        *("deleted", "deleted", DELETES),
        aliases=("delete",),
        turns=True,
        about="yes deletes the account; no and empty do nothing",
    ),
    Column(
        "oldusername",
        "oldusername",
        identifier(text(100, lower=True)),
        empty=Empty.NOTHING,
        turns=True,
        about="the user who has this name gets the new one, if `allow_rename` is on",
    ),
    Column("cohort", "cohort", NAMED, empty=Empty.NOTHING, about="the name of a cohort to put the user into"),
    Column("cohortid", "cohortid", idnumber(), empty=Empty.NOTHING, about="the idnumber of that cohort if it is new"),
    Column(
        *("cohort<n>", "cohort", NAMED),
        empty=Empty.NOTHING,
        about="a further cohort, by the `cohort_identifier` or its name; made if missing, unless it is a number",
    ),
    Column("course<n>", "course", IDENTIFIER, empty=Empty.ITSELF, about="a course to put the user into"),
    Column(
        "role<n>", "role", text(100), empty=Empty.NOTHING, about="with which role; without a method, the role alone"
    ),
    Column(
        *("type<n>", "type", rules.choice(*_TYPES)),
        empty=Empty.NOTHING,
        about="1 enrols as student, 2 as editingteacher, 3 as teacher",
    ),
    Column(
        *("enrol<n>", "method", METHOD),
        empty=Empty.NOTHING,
        about="by which method; without a role, as student. Empty: manual, if the header has type<n>, enrolperiod<n>, "
        "enrolstatus<n> or enroltimestart<n>, as for Moodle's own user upload",
    ),
    Column("group<n>", "group", NAMED, empty=Empty.NOTHING, about="into which group of the course, made if missing"),
    Column("start<n>", "start", moment, aliases=("enroltimestart<n>",)),
    Column("end<n>", "end", moment),
    Column(
        *("enrolperiod<n>", "period", integer(0, _DAYS)),
        about="the end of the enrolment in days from its start; 0: without end",
    ),
    Column("enrolstatus<n>", "status", integer(0, 1), about="1 suspends the enrolment, 0 makes it active again"),
    Column("wwwroot<n>", "wwwroot", text(), empty=Empty.ITSELF, about="must be empty: other hosts are not handled"),
    Column(
        "profile_field_<name>",
        "profile",
        PROSE,
        aliases=("user_profile_<name>",),
        about="the custom profile field of that name",
    ),
    *unworked("id", "middlename", "alternatename", "firstnamephonetic", "lastnamephonetic", "theme", "interests"),
    *unworked("emailstop", "descriptionformat", "sysrole<n>", "category<n>", "categoryrole<n>"),
)

_COURSE = {
    "row": pl.Int64(),
    "line": pl.Int64(),
    "n": pl.Int64(),
    "course": pl.String(),
    "role": pl.String(),
    "method": pl.String(),
    "group": pl.String(),
    "start": pl.Int64(),
    "end": pl.Int64(),
    "type": pl.String(),
    "period": pl.Int64(),
    "status": pl.Int64(),
}
_STEMS = tuple(_COURSE)[3:]


def _shape(sheet: Sheet) -> Commands:
    frame = sheet.values
    families = [f for stem in (*_STEMS, "wwwroot") for f in sheet.family(stem).values()]
    changes = [pl.col("deleted").eq_missing(1)] if "deleted" in frame.columns else []
    if "suspended" in frame.columns:
        changes.append(pl.col("suspended").cast(pl.Boolean))
    return Commands(
        frame=frame.drop(families).with_columns(changes),
        findings=gather([*_empty_names(sheet), *_remote(sheet), *_contradictions(sheet)]),
        parts={"courses": _courses(sheet)},
    )


def _empty_names(sheet: Sheet) -> Iterable[pl.DataFrame]:
    """Yield findings for empty names. A row that deletes needs only what the account is found by."""
    deletes = pl.lit(value=False)
    if "deleted" in sheet.names:
        deletes = pl.lit(sheet.values.get_column("deleted").eq_missing(1))
    for name in ("firstname", "lastname"):
        yield sheet.complain(name, (pl.col(name) == "") & ~deletes, "value-required")
    identifier = sheet.options.user_by("users")
    found = (pl.col(identifier) != "") if identifier in sheet.names else pl.lit(value=False)
    yield sheet.complain("username", (pl.col("username") == "") & ~(deletes & found), "value-required")


def _remote(sheet: Sheet) -> Iterable[pl.DataFrame]:
    """Yield findings for accounts and courses of another host, which are not handled."""
    if "mnethostid" in sheet.names:
        host = pl.lit(sheet.values.get_column("mnethostid"))
        yield sheet.complain("mnethostid", host != 1, "remote-host", value=pl.col("mnethostid"))
    for name in sheet.family("wwwroot").values():
        yield sheet.complain(name, pl.col(name) != "", "remote-host", value=pl.col(name))


def _contradictions(sheet: Sheet) -> Iterable[pl.DataFrame]:
    """Yield findings for enrolments whose end stands before their start, or stands twice, as their role may."""
    ends, roles = sheet.family("end"), sheet.family("role")
    for n, start in sheet.family("start").items():
        yield sheet.complain_of_times(start, ends.get(n, ""))
    for n, period in sheet.family("period").items():
        if n in ends:
            both = (pl.col(period) != "") & (pl.col(ends[n]) != "")
            yield sheet.complain(period, both, "columns-contradict", other=sheet.names[ends[n]])
    for n, kind in sheet.family("type").items():
        if n in roles:
            role, other = pl.col(roles[n]), pl.col(kind)
            both = (role != "") & (other != "") & (other.replace(_TYPES) != role)
            yield sheet.complain(kind, both, "columns-contradict", other=sheet.names[roles[n]])


def _courses(sheet: Sheet) -> pl.DataFrame:
    """Return every filled course<n> of every row as a row of its own, in order of rows and numbers.

    Moodle's user upload has no column for the method, which is always manual; other files name it. A column that only
    that upload has tells which of the two a file is.
    """
    known = {stem: sheet.family(stem) for stem in _STEMS}
    parts = [pl.DataFrame(schema=_COURSE)]
    for n in known["course"]:
        fields = {stem: pl.col(known[stem][n]) if n in known[stem] else pl.lit(None) for stem in known}
        for stem in ("end", "period"):
            if n in known[stem] and sheet.clears:
                emptied = pl.lit(sheet.texts.get_column(known[stem][n])) == ""
                fields[stem] = pl.when(emptied).then(0).otherwise(fields[stem])
        fields["role"] = pl.coalesce(fields["role"], fields["type"].cast(pl.String()).replace(_TYPES))
        if _is_upload(sheet, known, n):
            fields["method"] = pl.coalesce(fields["method"], pl.lit("manual"))
        columns = {"row": pl.col("row"), "line": pl.col("line"), "n": pl.lit(n)} | fields
        every = sheet.values.select(**{name: columns[name].cast(kind) for name, kind in _COURSE.items()})
        parts.append(every.filter(pl.col("course") != ""))
    return pl.concat(parts).sort("row", maintain_order=True).drop("type")


def _is_upload(sheet: Sheet, known: Mapping[str, Mapping[int, str]], n: int) -> bool:
    """Return whether the columns of this number are those of Moodle's user upload."""
    start = sheet.names.get(known["start"].get(n, ""), "")
    return start.startswith("enroltimestart") or any(n in known[stem] for stem in ("type", "period", "status"))


USERS = CommandFile(
    dialect="moodle",
    object="users",
    kind=Kind.USER,
    stage=Stage.USERS,
    plan=planners.users,
    watch=Watch(
        persons=(Kind.USER, Kind.ENROLMENT, ROLE_ASSIGNMENT, Kind.GROUP_MEMBER, Kind.COHORT_MEMBER),
        all_names=(Kind.COURSE, Kind.COHORT, Kind.GROUP),
    ),
    remembers=lambda options: options.user_by("users") != "email",
    default_names=("userimport.csv",),
    names=names.USERS,
    columns=COLUMNS,
    shape=_shape,
    short_rows=True,
    instead="users are deleted by the column deleted, switched off by suspended, renamed by oldusername",
    entities=True,
    about=(
        "Makes, changes, renames, suspends and deletes accounts, and puts them into a cohort and courses. A user is "
        "found by the `user_identifier`; one that is not found is made, one that was deleted comes back as the same "
        "record. A username, idnumber or (if they may not be shared) e-mail address of somebody else refuses the row "
        "and names its owner. A row that deletes needs only what the user is found by. Deleting takes along "
        "memberships, enrolments and roles.\n\n"
        "The columns of Moodle's own user upload are read too. Those for which the roster has no field, such as "
        "`theme` and `sysrole1`, are named in a warning."
    ),
    options=(
        *("user_identifier", "protect_emails", "allow_shared_emails", "allow_rename"),
        *("course_identifier", "cohort_identifier", "cohort_autocreate"),
    ),
    example=(
        "username;firstname;lastname;email;idnumber;suspended;profile_field_site;cohort;cohortid;course1;role1;enrol1\n"
        "mleroux;Maud;Leroux;maud@example.org;H100;0;Lyon;Nurses;NUR;ANAT1;student;manual\n"
        "pdupont;Paul;Dupont;paul@example.org;H101;1\n"
    ),
)
"""The users file."""

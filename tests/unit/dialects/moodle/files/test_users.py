"""The users file: every column, the courses beside it, and what deletes, hides or hosts an account."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from syncd.core.findings import sentence
from syncd.core.kinds import SPECS, Kind
from syncd.dialects.moodle.files.users import COLUMNS, USERS
from syncd.dialects.moodle.options import MoodleOptions
from syncd.formats.reading import Commands, read

Parsed = Callable[..., pl.DataFrame]
OPTIONS = MoodleOptions(zone="Europe/Paris")
KEEP = MoodleOptions(empty_means="keep")
NAMES = "username;firstname;lastname"


def one(parsed: Parsed, column: str, value: str, options: MoodleOptions = OPTIONS) -> Commands:
    table = parsed(NAMES, "anna;Anna;Berg").with_columns(pl.lit(value).alias(column))
    return read(USERS, table, options)


@pytest.mark.parametrize(
    ("column", "written", "expected"),
    [
        ("username", " Anna.Berg ", "anna.berg"),
        ("firstname", "Amélie", "Amélie"),
        ("lastname", "Ó Briain", "Ó Briain"),
        ("idnumber", "0012", "0012"),
        ("email", "anna@example.org", "anna@example.org"),
        ("auth", "LDAP", "ldap"),
        ("lang", "FR_utf8", "fr"),
        ("country", "fr", "FR"),
        ("city", "Lyon", "Lyon"),
        ("timezone", "Europe/Paris", "Europe/Paris"),
        ("institution", "Faculty", "Faculty"),
        ("department", "Anatomy", "Anatomy"),
        ("phone1", "+33 1 23 45", "+33 1 23 45"),
        ("phone2", "0123", "0123"),
        ("address", "1 rue X", "1 rue X"),
        ("url", "https://example.org", "https://example.org"),
        ("icq", "12345", "12345"),
        ("description", "one\ntwo", "one\ntwo"),
        ("maildisplay", "2", 2),
        ("maildigest", "1", 1),
        ("mailformat", "1", 1),
        ("htmleditor", "no", 0),
        ("autosubscribe", "yes", 1),
        ("trackforums", "0", 0),
        ("mnethostid", "1", 1),
        ("suspended", "1", True),
        ("suspended", "no", False),
        ("suspended", "", None),
        ("deleted", "1", True),
        ("deleted", "YES", True),
        ("deleted", "true", True),
        ("deleted", "0", False),
        ("deleted", "", False),
        ("oldusername", "Old Name", "old name"),
        ("oldusername", "", None),
        ("cohort", "Nurses", "Nurses"),
        ("cohort", "", None),
        ("cohortid", "NUR", "NUR"),
        ("cohortid", "", None),
        ("city", "", ""),
        ("maildisplay", "", None),
        ("mailformat", "", None),
        ("password", " S3cret; ", " S3cret; "),
        ("password", "", ""),
        ("password", "*NOPASS*", "*NOPASS*"),
    ],
)
def test_every_column_has_its_canonical_value(parsed: Parsed, column: str, written: str, expected: Any) -> None:
    """The planner relies on these names and types."""
    commands = one(parsed, column, written)
    assert [] == commands.findings.get_column("message").to_list()
    assert [expected] == commands.frame.get_column(column).to_list()


@pytest.mark.parametrize(
    ("column", "written", "code"),
    [
        ("username", "anna berg", "value-username"),
        ("username", "", "value-required"),
        ("firstname", "", "value-required"),
        ("lastname", " ", "value-required"),
        ("firstname", "x" * 101, "value-too-long"),
        ("lastname", "x" * 101, "value-too-long"),
        ("idnumber", "x" * 256, "value-too-long"),
        ("email", "nobody", "value-email"),
        ("auth", "l d a p", "value-code"),
        ("lang", "français", "value-code"),
        ("country", "France", "value-code"),
        ("city", "x" * 121, "value-too-long"),
        ("timezone", "x" * 101, "value-too-long"),
        ("institution", "x" * 256, "value-too-long"),
        ("department", "x" * 256, "value-too-long"),
        ("phone1", "x" * 33, "value-too-long"),
        ("phone2", "x" * 33, "value-too-long"),
        ("address", "x" * 256, "value-too-long"),
        ("url", "x" * 256, "value-too-long"),
        ("icq", "x" * 16, "value-too-long"),
        ("description", "a\x00b", "value-control"),
        ("maildisplay", "3", "value-integer"),
        ("maildigest", "x", "value-integer"),
        ("mailformat", "2", "value-flag"),
        ("htmleditor", "x", "value-flag"),
        ("autosubscribe", "x", "value-flag"),
        ("trackforums", "x", "value-flag"),
        ("mnethostid", "x", "value-integer"),
        ("suspended", "maybe", "value-flag"),
        ("deleted", "2", "value-flag"),
        ("deleted", "y", "value-flag"),
        ("oldusername", "x" * 101, "value-too-long"),
        ("cohort", "x" * 255, "value-too-long"),
        ("cohortid", "x" * 256, "value-too-long"),
        ("course1", "x" * 256, "value-too-long"),
        ("role1", "x" * 101, "value-too-long"),
        ("enrol1", "by hand", "value-code"),
        ("group1", "x" * 255, "value-too-long"),
        ("start1", "2025-02-30", "value-date"),
        ("end1", "soon", "value-date"),
        ("password", "x" * 256, "value-too-long"),
        ("profile_field_site", "a\x07", "value-control"),
    ],
)
def test_a_bad_value_of_any_column_fails_the_row(parsed: Parsed, column: str, written: str, code: str) -> None:
    """Values are checked before anything is planned (W15)."""
    commands = one(parsed, column, written)
    assert [(1, 2, column, code)] == commands.findings.select("row", "line", "column", "code").rows()
    assert commands.frame.is_empty()


def test_every_user_column_of_the_roster_can_be_fed() -> None:
    """The table and the roster name columns alike."""
    fields = {column.field for column in COLUMNS}
    assert {c.name for c in SPECS[Kind.USER].columns} - {"password_mark"} <= fields


@pytest.mark.parametrize("written", ["NO MAIL", "NOMAIL", " No Mail ", "no mail"])
def test_no_mail_stands_for_an_empty_address(parsed: Parsed, written: str) -> None:
    """Senders that cannot leave the column empty write this."""
    assert [""] == one(parsed, "email", written).frame.get_column("email").to_list()
    assert [None] == one(parsed, "email", written, KEEP).frame.get_column("email").to_list()


def test_an_address_that_only_resembles_no_mail_is_kept(parsed: Parsed) -> None:
    """A domain may be called so."""
    assert ["bob@nomail.com"] == one(parsed, "email", "bob@nomail.com").frame.get_column("email").to_list()


@pytest.mark.parametrize("name", ["profile_field_site", "user_profile_site", "Profile_Field_Site"])
def test_profile_columns_have_two_spellings(parsed: Parsed, name: str) -> None:
    """The help of the model system names one, its code the other."""
    table = parsed(f"{NAMES};{name}", "anna;Anna;Berg;Lyon")
    assert ["Lyon"] == read(USERS, table, OPTIONS).frame.get_column("profile.site").to_list()


def test_entities_stand_for_a_comma_and_a_semicolon(parsed: Parsed) -> None:
    """Each for its own character, whatever the delimiter."""
    table = parsed(NAMES, "anna;A&#44B;C&#59D").with_columns(city=pl.lit("Lyon&#44; 3e"), address=pl.lit("x&#59;y"))
    frame = read(USERS, table, OPTIONS).frame
    assert [("A,B", "C;D", "Lyon, 3e", "x;y")] == frame.select("firstname", "lastname", "city", "address").rows()


def test_a_row_that_deletes_may_leave_the_names_empty(parsed: Parsed) -> None:
    """What finds the account suffices to delete it."""
    header = f"{NAMES};idnumber;deleted"
    commands = read(USERS, parsed(header, "anna;;;;1", ";;;H1;1", ";;;;1", "bo;;;;0"), OPTIONS)
    expected = [("anna", None, None, "", True), (None, None, None, "H1", True)]
    assert expected == commands.frame.select("username", "firstname", "lastname", "idnumber", "deleted").rows()
    found = commands.findings.select("row", "column", "code").rows()
    assert [
        (3, "username", "value-required"),
        (4, "firstname", "value-required"),
        (4, "lastname", "value-required"),
    ] == found


def test_which_identifier_suffices_to_delete_follows_the_option(parsed: Parsed) -> None:
    """With username as identity an idnumber alone finds nobody."""
    table = parsed(f"{NAMES};idnumber;email;deleted", ";;;H1;;1", ";;;;a@example.org;1")
    kept = {
        identifier: read(USERS, table, MoodleOptions(user_identifier=identifier)).frame.get_column("row").to_list()
        for identifier in ("username", "idnumber", "email", "id")
    }
    assert {"username": [], "idnumber": [1], "email": [2], "id": []} == kept


def test_the_password_is_as_written_and_the_file_holds_secrets(parsed: Parsed) -> None:
    """Report, tryback and archive get other modes where this is true."""
    assert one(parsed, "password", "*NOPASS*").has_secrets
    assert not one(parsed, "city", "Lyon").has_secrets


def test_no_finding_shows_a_password(parsed: Parsed) -> None:
    """Promise 9."""
    found = one(parsed, "password", "hunter2\x00").findings
    assert [sentence("value-control", column="password")] == found.get_column("message").to_list()


@pytest.mark.parametrize(
    ("column", "written"), [("mnethostid", "3"), ("mnethostid", "0"), ("wwwroot1", "https://other.example.org")]
)
def test_accounts_of_another_host_are_refused(parsed: Parsed, column: str, written: str) -> None:
    """Out of scope, and said so."""
    found = one(parsed, column, written).findings
    assert [("remote-host", column)] == found.select("code", "column").rows()
    assert [sentence("remote-host", column=column, value=written)] == found.get_column("message").to_list()


def test_an_empty_host_is_the_local_one(parsed: Parsed) -> None:
    """A column of empty cells asks for nothing."""
    for column in ("mnethostid", "wwwroot1"):
        commands = one(parsed, column, "")
        assert [0, 1] == [len(commands.findings), len(commands.frame)]
    assert "wwwroot.1" not in commands.frame.columns


def test_courses_become_rows_of_their_own(parsed: Parsed) -> None:
    """Each set has its own method; gaps in the numbering are allowed; empty sets ask for nothing."""
    header = f"{NAMES};course2;role2;enrol2;group2;start2;end2;course10;enrol10;course11;role11"
    table = parsed(
        header,
        "a;A;A;ANAT1;student;Manual;Lab A;2025-09-01;2026-06-30 20:00;ETHIC;self;;teacher",
        "b;B;B;;student;manual;;;;ETHIC;;;",
    )
    commands = read(USERS, table, OPTIONS)
    expected = [
        (1, 2, 2, "ANAT1", "student", "manual", "Lab A", 1756677600, 1782842400, None, None),
        (1, 2, 10, "ETHIC", None, "self", None, None, None, None, None),
        (2, 3, 10, "ETHIC", *[None] * 7),
    ]
    assert expected == commands.parts["courses"].rows()
    columns = ["row", "line", "n", "course", "role", "method", "group", "start", "end", "period", "status"]
    assert columns == commands.parts["courses"].columns
    assert ["row", "line", "username", "firstname", "lastname"] == commands.frame.columns


def test_an_empty_end_means_no_end_and_an_empty_start_nothing(parsed: Parsed) -> None:
    """As in the enrolments file."""
    table = parsed(f"{NAMES};course1;start1;end1", "a;A;A;C;;")
    assert [(None, 0)] == read(USERS, table, OPTIONS).parts["courses"].select("start", "end").rows()
    assert [(None, None)] == read(USERS, table, KEEP).parts["courses"].select("start", "end").rows()


def test_without_course_columns_the_part_is_empty(parsed: Parsed) -> None:
    """The planner need not ask whether it is there."""
    assert [] == one(parsed, "city", "Lyon").parts["courses"].rows()

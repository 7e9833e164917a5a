"""Headers are checked with sentences that help; values become canonical columns or findings."""

from collections.abc import Callable

import polars as pl

from syncd.core.findings import Finding, Severity, finding
from syncd.dialects.moodle.files.cohorts import COHORTS
from syncd.dialects.moodle.files.course_lists import COURSES_DELETE
from syncd.dialects.moodle.files.courses import COURSES
from syncd.dialects.moodle.files.enrolments import ENROLMENTS
from syncd.dialects.moodle.files.users import USERS
from syncd.dialects.moodle.options import MoodleOptions
from syncd.formats.reading import check_header, read

Parsed = Callable[..., pl.DataFrame]

OPTIONS = MoodleOptions()


def users(*more: str, options: MoodleOptions = OPTIONS) -> tuple[Finding, ...]:
    return check_header(USERS, ("username", "firstname", "lastname", *more), options)


def test_a_good_header_gets_no_finding_in_any_case_and_with_spaces() -> None:
    """An export writes UserName, an import must take it."""
    assert () == check_header(USERS, ("UserName", " FIRSTNAME ", "LastName", "Profile_Field_Site"), OPTIONS)


def test_each_missing_required_column_is_an_error() -> None:
    """All at once, so that one correction is enough."""
    expected = tuple(finding("header-required", column=name, near="") for name in ("firstname", "lastname"))
    assert expected == check_header(USERS, ("username",), OPTIONS)


def test_a_missing_column_is_told_with_the_name_that_was_meant_for_it() -> None:
    """`First name` is what a spreadsheet calls it."""
    errors = [f for f in check_header(USERS, ("username", "First name"), OPTIONS) if f.severity is Severity.ERROR]
    near = "; is 'first name' meant for it?"
    assert [
        finding("header-required", column="firstname", near=near),
        finding("header-required", column="lastname", near=""),
    ] == errors


def test_an_unknown_column_is_a_warning_with_the_nearest_known_name() -> None:
    """A misspelt column is ignored, but not in silence."""
    assert (finding("header-unknown", column="emial", near="; did you mean email?"),) == users("emial")
    assert (finding("header-unknown", column="cuorse2", near="; did you mean course2?"),) == users("cuorse2")
    assert (finding("header-unknown", column="zzzzzz", near=""),) == users("zzzzzz")


def test_an_unknown_column_refuses_the_file_where_the_option_says_so() -> None:
    """Some senders want no guessing."""
    strict = MoodleOptions(on_unknown_column="refuse")
    (found,) = users("emial", options=strict)
    assert finding("header-unknown-refused", column="emial", near="; did you mean email?") == found
    assert Severity.ERROR == found.severity


def test_the_columns_of_the_platforms_own_upload_are_known() -> None:
    """Those that the roster can hold are worked; the others are named as what they are, without a wrong hint."""
    assert () == users("cohort1", "type1", "enrolperiod1", "enrolstatus1", "enroltimestart1", "course1", "delete")
    upload = ("shortname", "fullname", "category_path", "category_idnumber", "templatecourse", "rename", "delete")
    assert () == check_header(COURSES, upload, OPTIONS)
    for name in ("sysrole1", "theme", "middlename", "interests", "categoryrole2"):
        assert (finding("header-unworked", column=name),) == users(name)
    for name in ("enddate", "enrolment_1_startdate", "role_student", "customfield_size", "downloadcontent"):
        assert (finding("header-unworked", column=name),) == check_header(COURSES, (*upload, name), OPTIONS)


def test_a_known_name_of_another_kind_of_file_is_no_misspelt_one() -> None:
    """`idnumber` in a file of cohorts is not surely `cidnumber`."""
    (found,) = check_header(COHORTS, ("cname", "cidnumber", "shortname"), OPTIONS)
    assert finding("header-unknown", column="shortname", near="") == found


def test_a_misspelt_column_that_decides_what_rows_do_refuses_the_file() -> None:
    """Rows with `del` under `cmdd` would all add."""
    (found,) = check_header(ENROLMENTS, ("cmdd", "cid", "uid", "rolename"), OPTIONS)
    assert finding("header-unknown-refused", column="cmdd", near="; did you mean cmd?") == found
    assert ["header-unknown-refused"] == [f.code for f in users("delteed")]


def test_a_file_that_only_deletes_or_renames_may_lack_what_new_courses_need() -> None:
    """Moodle's own upload asks for the shortname alone."""
    for name in ("delete", "rename"):
        assert () == check_header(COURSES, ("shortname", name), OPTIONS)
    required = (finding("header-required", column="fullname", near=""),)
    assert required == check_header(COURSES, ("shortname",), OPTIONS)


def test_a_column_and_its_alias_exclude_each_other() -> None:
    """Which of the two should hold?"""
    expected = finding("header-alias", column="user_profile_site", other="profile_field_site")
    assert (expected,) == users("profile_field_site", "user_profile_site")


def test_a_column_without_effect_is_noted_and_not_warned_of() -> None:
    """`hidden` is documented for enrolments and does nothing."""
    (found,) = check_header(ENROLMENTS, ("cid", "uid", "rolename", "hidden"), OPTIONS)
    assert finding("header-ignored", column="hidden") == found
    assert Severity.INFO == found.severity


def test_the_key_column_of_cohorts_follows_the_option() -> None:
    """The rows are found by it; `cid` may stand for any of them."""
    for identifier, key in (("idnumber", "cidnumber"), ("name", "cname"), ("id", "cid")):
        options = MoodleOptions(cohort_identifier=identifier)
        assert () == check_header(COHORTS, (key, "userid"), options)
        assert (finding("header-required", column=key, near=""),) == check_header(COHORTS, ("userid",), options)
    assert () == check_header(COHORTS, ("cid",), OPTIONS)
    assert (finding("header-required", column="cidnumber", near=""),) == check_header(COHORTS, ("cname",), OPTIONS)


def test_a_list_has_no_header_to_check_but_one_that_names_another_identifier_is_refused() -> None:
    """Idnumbers looked up as shortnames would delete the wrong courses."""
    assert () == check_header(COURSES_DELETE, (), OPTIONS)
    assert () == check_header(COURSES_DELETE, ("shortname",), OPTIONS)
    assert () == check_header(COURSES_DELETE, ("course", "note"), OPTIONS)
    lacking = finding("header-required", column="shortname", near="")
    assert (lacking,) == check_header(COURSES_DELETE, ("idnumber",), OPTIONS)
    assert () == check_header(COURSES_DELETE, ("idnumber",), MoodleOptions(course_identifier="idnumber"))


def test_absent_columns_are_absent_and_empty_values_clear(parsed: Parsed) -> None:
    """Absent means untouched, empty means cleared: appendix C, decision 2."""
    frame = read(USERS, parsed("username;firstname;lastname;city", "anna;Anna;Berg;"), OPTIONS).frame
    assert ["row", "line", "username", "firstname", "lastname", "city"] == frame.columns
    assert [(1, 2, "anna", "Anna", "Berg", "")] == frame.rows()


def test_empty_values_keep_what_is_there_where_the_option_says_so(parsed: Parsed) -> None:
    """empty_means=keep: a sender that fills only what changed."""
    options = MoodleOptions(empty_means="keep")
    frame = read(USERS, parsed("username;firstname;lastname;city;email;password", "anna;Anna;Berg;;;"), options).frame
    assert [(None, None, None)] == frame.select("city", "email", "password").rows()


def test_unknown_columns_are_left_out(parsed: Parsed) -> None:
    """They were warned of with the header."""
    frame = read(USERS, parsed("username;firstname;lastname;shoe", "anna;Anna;Berg;39"), OPTIONS).frame
    assert "shoe" not in frame.columns


def test_a_bad_value_fails_its_row_and_no_other(parsed: Parsed) -> None:
    """Row isolation: one bad row must not stop the rest."""
    table = parsed("username;firstname;lastname;email;course1", "a;A;A;nobody;C1", "b;B;B;b@example.org;C2")
    commands = read(USERS, table, OPTIONS)
    assert [2] == commands.frame.get_column("row").to_list()
    assert [2] == commands.parts["courses"].get_column("row").to_list()
    assert [(1, 2, "email", "value-email")] == commands.findings.select("row", "line", "column", "code").rows()


def test_findings_come_in_order_of_rows_and_name_the_column_of_the_header(parsed: Parsed) -> None:
    """The operator looks for `cidnumber`, not for what we call it."""
    table = parsed("cmd;cidnumber;cname", "zap;C1;A", f"add;C2;{'x' * 255}", "add;;")
    found = read(COHORTS, table, OPTIONS).findings
    expected = [(1, "cmd", "verb-unknown"), (2, "cname", "value-too-long"), (3, "cidnumber", "value-required")]
    assert expected == found.select("row", "column", "code").rows()


def test_a_file_without_rows_gives_empty_frames(parsed: Parsed) -> None:
    """A header alone is no error."""
    commands = read(USERS, parsed("username;firstname;lastname;deleted;mnethostid;course1"), OPTIONS)
    assert [0, 0, 0] == [len(f) for f in (commands.frame, commands.findings, commands.parts["courses"])]

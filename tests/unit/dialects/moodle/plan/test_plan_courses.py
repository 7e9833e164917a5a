"""Courses: create and update, categories, templates, teachers, delete, check."""

from typing import Any

import pytest

from syncd.core.kinds import Kind
from syncd.dialects.moodle.kinds import ROLE_ASSIGNMENT

HEAD = "shortname;fullname"


def test_a_new_course_gets_the_defaults_and_the_same_row_again_changes_nothing(school: Any) -> None:
    """Visible, by topics, starting now, in the first category."""
    outcomes = [school.send("courses", f"{HEAD}\nC1;Course one").outcomes for _ in range(2)]
    assert [["applied"], ["unchanged"]] == outcomes
    course = school.roster.one(Kind.COURSE, shortname="C1")
    defaults = (course["format"], course["visible"], course["startdate"], course["category_id"])
    assert ("topics", 1, 1_700_000_000, school.misc) == defaults


def test_columns_that_the_file_lacks_stay(school: Any) -> None:
    """The original reset idnumber, summary and start of every course it updated."""
    school.course("C1", idnumber="I1", summary="Old", startdate=7)
    school.send("courses", f"{HEAD};summary\nC1;New;")
    assert [("New", "I1", None, 7)] == school.live(Kind.COURSE, "fullname", "idnumber", "summary", "startdate")


# existing courses


def test_without_force_update_a_course_that_would_change_is_skipped(school: Any) -> None:
    """Skipped is neither failed nor silent: the row does not go to the tryback."""
    school.course("C1", fullname="Old")
    answer = school.send("courses", f"{HEAD}\nC1;New", force_update=False)
    assert (["skipped"], ["course-exists"], ["Old"]) == (
        answer.outcomes,
        answer.codes(1),
        school.live(Kind.COURSE, "fullname"),
    )


def test_without_force_update_a_course_that_would_not_change_is_unchanged(school: Any) -> None:
    """The same file again: every row unchanged, with or without updates."""
    text = f"{HEAD};category;idnumber;summary;visible\nC1;One;A/B;I1;;1\nC2;Two;;;;0"
    outcomes = [school.send("courses", text, force_update=False).outcomes for _ in range(2)]
    assert [["applied"] * 2, ["unchanged"] * 2] == outcomes


def test_without_force_update_the_same_course_twice_in_a_file_is_made_once(school: Any) -> None:
    """The second row finds the course that the first has made."""
    answer = school.send("courses", f"{HEAD}\nC1;One\nC1;Two", force_update=False)
    assert (["applied", "skipped"], ["One"]) == (answer.outcomes, school.live(Kind.COURSE, "fullname"))


def test_without_force_update_no_teacher_is_appointed_in_an_existing_course(school: Any) -> None:
    """A switch that keeps courses as they are keeps who teaches them."""
    school.course("C1")
    school.user("anna")
    answer = school.send("courses", f"{HEAD};teacher1_account\nC1;C1;anna", force_update=False)
    assert (["skipped"], []) == (answer.outcomes, school.roster.records(ROLE_ASSIGNMENT))


def test_a_move_of_an_existing_course_is_not_done_where_categories_are_protected(school: Any) -> None:
    """People sort courses by hand; the file decides only where a new one begins."""
    school.course("C1")
    answer = school.send("courses", f"{HEAD};category\nC1;C1;Else\nC2;C2;New", protect_category=True)
    assert ["unchanged", "applied"] == answer.outcomes
    assert ["Misc", "New"] == school.live(Kind.CATEGORY, "path")


def test_a_file_moves_courses_unless_that_is_protected(school: Any) -> None:
    """With force_update the category is a column like the others."""
    school.course("C1")
    school.send("courses", f"{HEAD};category\nC1;C1;Else")
    assert [school.roster.one(Kind.CATEGORY, path="Else")["id"]] == school.live(Kind.COURSE, "category_id")


# categories


def test_the_levels_of_a_path_are_made_once(school: Any) -> None:
    """Two courses of a new faculty share it."""
    school.send("courses", f"{HEAD};category\nC1;C1;Health/Year 1\nC2;C2;Health/Year 2\nC3;C3;Misc/Sub")
    made = school.live(Kind.CATEGORY, "path", "name", "parent_id", "visible")[1:]
    health = school.roster.one(Kind.CATEGORY, path="Health")["id"]
    assert ("Health", "Health", None, 1) in made
    assert ("Health/Year 2", "Year 2", health, 1) in made
    assert ("Misc/Sub", "Sub", school.misc, 1) in made
    assert 4 == len(made)


def test_a_number_is_the_id_of_a_category_and_must_exist(school: Any) -> None:
    """The original stored any number unchecked."""
    answer = school.send("courses", f"{HEAD};category\nC1;C1;{school.misc}\nC2;C2;77")
    assert (["applied", "failed"], ["unknown-category"]) == (answer.outcomes, answer.codes(2))
    assert [school.misc] == school.live(Kind.COURSE, "category_id")


def test_categories_by_idnumber_are_never_made(school: Any) -> None:
    """An idnumber alone gives no name."""
    health = school.roster.add(Kind.CATEGORY, path="Health", name="Health", idnumber="H")
    text = f"{HEAD};category\nC1;C1;H\nC2;C2;X\nC3;C3;"
    answer = school.send("courses", text, category_identifier="idnumber")
    assert ["applied", "failed", "applied"] == answer.outcomes
    assert [health, school.misc] == school.live(Kind.COURSE, "category_id")


def test_a_course_refused_as_not_yours_leaves_no_category_and_no_teacher_behind(school: Any) -> None:
    """A failed row has no effect."""
    school.course("C1", data_source="hr")
    school.user("anna")
    answer = school.send("courses", f"{HEAD};category;teacher1_account\nC1;Other;Brand/New;anna")
    assert (["failed"], ["not-yours"]) == (answer.outcomes, answer.codes(1))
    assert answer.changes.is_empty


# identity


def test_a_shortname_is_not_taken_from_another_course(school: Any) -> None:
    """By idnumber the row means a new course, whose shortname is taken."""
    one = school.course("C1", idnumber="I1")
    answer = school.send("courses", f"{HEAD};idnumber\nC1;New;I2", course_identifier="idnumber")
    assert (["failed"], ["shortname-taken"]) == (answer.outcomes, answer.codes(1))
    assert f"id {one}" in answer.said(1)


def test_an_idnumber_is_not_taken_from_another_course(school: Any) -> None:
    """Idnumbers tell courses apart in other files."""
    school.course("C1", idnumber="I1")
    answer = school.send("courses", f"{HEAD};idnumber\nC2;New;I1")
    assert (["failed"], ["idnumber-taken"]) == (answer.outcomes, answer.codes(1))
    assert "C1" in answer.said(1)


def test_by_idnumber_a_course_gets_a_new_shortname(school: Any) -> None:
    """And a row without idnumber is matched by its shortname."""
    one = school.course("C1", idnumber="I1")
    school.send("courses", f"{HEAD};idnumber\nC9;C1;I1", course_identifier="idnumber")
    assert [(one, "C9")] == school.live(Kind.COURSE, "id", "shortname")
    school.send("courses", f"{HEAD}\nC9;Again", course_identifier="idnumber")
    assert [(one, "Again")] == school.live(Kind.COURSE, "id", "fullname")


def test_two_new_courses_of_one_file_cannot_have_one_idnumber(school: Any) -> None:
    """The first row has it."""
    answer = school.send("courses", f"{HEAD};idnumber\nC1;One;I1\nC2;Two;I1")
    assert (["applied", "failed"], ["rows-contradict"]) == (answer.outcomes, answer.codes(2))


def test_an_idnumber_moves_from_course_to_course_in_file_order(school: Any) -> None:
    """Cleared by one row, it may be claimed by the next."""
    school.course("C1", idnumber="I1")
    answer = school.send("courses", f"{HEAD};idnumber\nC1;C1;\nC2;Two;I1")
    assert (["applied", "applied"], [None, "I1"]) == (answer.outcomes, school.live(Kind.COURSE, "idnumber"))


def test_a_deleted_course_is_not_revived(school: Any) -> None:
    """Its content is gone in the platform; a course of that name is a new one."""
    old = school.course("C1", idnumber="I1")
    school.send("courses_delete", "C1")
    answer = school.send("courses", f"{HEAD};idnumber\nC1;New;I1")
    assert (["applied"], [old + 1]) == (answer.outcomes, school.live(Kind.COURSE, "id"))


# templates


def test_a_template_must_be_a_known_course_and_no_file(school: Any) -> None:
    """A path to a backup file could name any file of the server."""
    school.course("MODEL")
    text = f"{HEAD};template\nC1;C1;MODEL\nC2;C2;NONE\nC3;C3;/etc/x.MBZ"
    answer = school.send("courses", text)
    assert ["applied", "failed", "failed"] == answer.outcomes
    assert (["unknown-template"], ["template-forbidden"]) == (answer.codes(2), answer.codes(3))
    assert "MODEL" == school.roster.one(Kind.COURSE, shortname="C1")["template"]


@pytest.mark.parametrize(("mode", "waiting"), [("none", []), ("add", ["action-waits"]), ("replace", ["action-waits"])])
def test_a_template_acts_on_existing_courses_only_in_its_mode(school: Any, mode: str, waiting: list[str]) -> None:
    """Restoring content into a running course is for those who ask for it."""
    school.course("MODEL")
    school.course("C1")
    answer = school.send("courses", f"{HEAD};template\nC1;C1;MODEL", template_mode=mode)
    assert (["unchanged"], waiting) == (answer.outcomes, answer.codes(0))
    assert school.roster.one(Kind.COURSE, shortname="C1")["template"] is None


def test_a_template_made_earlier_in_the_same_file_is_known(school: Any) -> None:
    """Rows are worked in file order; a model course may stand above those that use it."""
    answer = school.send("courses", f"{HEAD};template\nMODEL;Model;\nC1;C1;MODEL")
    assert (["applied", "applied"], []) == (answer.outcomes, answer.codes(2))


# teachers


@pytest.mark.parametrize("account", ["anna", "A7", "anna@x.org", "{id}"])
def test_teachers_are_found_by_id_or_by_one_of_their_names(school: Any, account: str) -> None:
    """A number is an id; a text may be username, idnumber or e-mail address."""
    anna = school.user("anna", idnumber="A7", email="anna@x.org")
    answer = school.send("courses", f"{HEAD};teacher1_account\nC1;C1;{account.format(id=anna)}")
    assert ["applied"] == answer.outcomes
    assert [(anna, "teacher")] == school.live(ROLE_ASSIGNMENT, "user_id", "role")


def test_a_teacher_column_may_name_the_role(school: Any) -> None:
    """The original ignored it and always made non-editing teachers."""
    school.user("anna")
    text = f"{HEAD};teacher1_account;teacher1_role;teacher2_account\nC1;C1;anna;editingteacher;anna"
    school.send("courses", text)
    assert ["editingteacher", "teacher"] == school.live(ROLE_ASSIGNMENT, "role")


@pytest.mark.parametrize(
    ("account", "role", "code"),
    [
        ("nobody", "", "unknown-user"),
        ("99", "", "unknown-user"),
        ("both", "", "ambiguous"),
        ("anna", "x", "unknown-role"),
    ],
)
def test_a_teacher_who_cannot_be_appointed_leaves_the_row_partial(
    school: Any, account: str, role: str, code: str
) -> None:
    """The course is made; one wrong name must not keep it away."""
    school.user("anna", idnumber="both")
    school.user("both")
    answer = school.send("courses", f"{HEAD};teacher1_account;teacher1_role\nC1;C1;{account};{role}")
    assert (["partial"], [code]) == (answer.outcomes, answer.codes(1))
    assert ["C1"] == school.live(Kind.COURSE, "shortname")


def test_a_user_found_by_two_names_is_one_user(school: Any) -> None:
    """Whose username is also the e-mail address is not ambiguous."""
    school.user("anna@x.org", email="anna@x.org")
    assert ["applied"] == school.send("courses", f"{HEAD};teacher1_account\nC1;C1;anna@x.org").outcomes


# delete and check


@pytest.mark.parametrize("by", ["shortname", "idnumber", "id"])
def test_listed_courses_are_deleted_with_all_that_hangs_on_them(school: Any, by: str) -> None:
    """By whichever identifier was agreed."""
    school.course("KEEP")
    gone = school.course("C1", idnumber="I1")
    anna = school.user("anna")
    school.enrolment(anna, gone)
    group = school.roster.add(Kind.GROUP, course_id=gone, name="G")
    school.roster.add(Kind.GROUP_MEMBER, group_id=group, user_id=anna, course_id=gone)
    school.roster.add(ROLE_ASSIGNMENT, user_id=anna, course_id=gone, role="teacher", data_source="other")
    named = {"shortname": "C1", "idnumber": "I1", "id": str(gone)}[by]
    answer = school.send("courses_delete", named, course_identifier=by)
    assert (["applied"], ["KEEP"]) == (answer.outcomes, school.live(Kind.COURSE, "shortname"))
    kinds = (Kind.ENROLMENT, ROLE_ASSIGNMENT, Kind.GROUP, Kind.GROUP_MEMBER)
    assert [[]] * 4 == [school.roster.records(kind) for kind in kinds]


def test_a_course_that_is_not_there_fails_so_that_the_list_can_be_replayed(school: Any) -> None:
    """The second run of a list gives every line back in the tryback."""
    answer = school.send("courses_delete", "C1\nC2")
    assert (["failed", "failed"], ["unknown-course"]) == (answer.outcomes, answer.codes(2))


def test_a_course_listed_twice_is_deleted_once(school: Any) -> None:
    """The second line asks for what is already so."""
    school.course("C1")
    answer = school.send("courses_delete", "C1\nC1")
    assert (["applied", "unchanged"], []) == (sorted(answer.outcomes), school.live(Kind.COURSE, "id"))


def test_a_course_of_another_source_listed_twice_keeps_its_enrolments(school: Any) -> None:
    """No line of the list may strip a course that the list may not delete."""
    course = school.course("C1", data_source="hr")
    school.enrolment(school.user("anna"), course)
    answer = school.send("courses_delete", "C1\nC1")
    assert (["failed", "failed"], ["not-yours"]) == (answer.outcomes, answer.codes(1))
    assert answer.changes.is_empty


def test_checking_courses_says_what_is_there_and_changes_nothing(school: Any) -> None:
    """A list to look before one leaps."""
    school.course("C1", fullname="Course one")
    answer = school.send("courses_check", "C1\nC2")
    assert (["unchanged", "failed"], ["course-found"], ["unknown-course"]) == (
        answer.outcomes,
        answer.codes(1),
        answer.codes(2),
    )
    assert "Course one" in answer.said(1)
    assert answer.changes.is_empty


def test_an_ambiguous_idnumber_cannot_be(school: Any) -> None:
    """Idnumbers of live courses are unique, so one that was freed by a deletion names one course."""
    school.course("C1", idnumber="I1", state="deleted")
    school.course("C2", idnumber="I1")
    assert ["unchanged"] == school.send("courses_check", "I1", course_identifier="idnumber").outcomes


def test_rows_that_stand_are_remembered_and_others_are_not(school: Any) -> None:
    """A skipped row is looked at again: the switch may be turned."""
    school.course("C1", fullname="Old")
    answer = school.send("courses", f"{HEAD}\nC1;New\nC2;Two", force_update=False)
    assert [2] == answer.remembered


# delete and rename, as in Moodle's own course upload


def test_a_row_that_deletes_takes_the_course_and_what_hangs_on_it(school: Any) -> None:
    """The row never makes or changes a course, whatever else it holds; the same file again changes nothing."""
    user, course = school.user("anna"), school.course("C1")
    school.course("C2")
    school.enrolment(user, course)
    text = "shortname;fullname;category_path;delete\nC1;Other;Brand / New;1\nC2;C2;;0"
    answers = [school.send("courses", text) for _ in range(2)]
    assert [["applied", "unchanged"], ["unchanged", "unchanged"]] == [answer.outcomes for answer in answers]
    assert (["course-gone"], ["C2"], []) == (
        answers[1].codes(1),
        school.live(Kind.COURSE, "shortname"),
        school.live(Kind.ENROLMENT, "role"),
    )
    assert ["Misc"] == school.live(Kind.CATEGORY, "path")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("NO;;;1", "unknown-course"),
        ("C1;;I2;1", "idnumber-taken"),
        ("HR;;;1", "not-yours"),
        ("NO;C9;;", "course-rename-missing"),
        ("NO;C2;;", "course-rename-missing"),
        ("C1;C2;;", "shortname-taken"),
        ("C1;C9;I2;", "idnumber-taken"),
    ],
)
def test_what_cannot_be_deleted_or_renamed_fails_its_row(school: Any, row: str, code: str) -> None:
    """A mistake in a name must not reach another course, nor make a new one."""
    school.course("C1")
    school.course("C2", idnumber="I2")
    school.course("HR", data_source="hr")
    answer = school.send("courses", f"shortname;rename;idnumber;delete;summary\n{row};New")
    assert (["failed"], [code], True) == (answer.outcomes, answer.codes(1), answer.changes.is_empty)


def test_a_course_is_renamed_once_and_keeps_its_id(school: Any) -> None:
    """The same row again finds the course under its new shortname, and everything else as it is wanted."""
    course = school.course("C1", idnumber="I1")
    text = "shortname;fullname;category;rename\nC1;New;A/B;C9"
    outcomes = [school.send("courses", text, protect_category=protect).outcomes for protect in (False, False, True)]
    assert [["applied"], ["unchanged"], ["unchanged"]] == outcomes
    assert [(course, "C9", "New", "I1")] == school.live(Kind.COURSE, "id", "shortname", "fullname", "idnumber")


def test_shortnames_move_in_file_order(school: Any) -> None:
    """A name that one row gives up may be claimed by the next."""
    one, two = school.course("C1"), school.course("C2")
    school.course("C3")
    answer = school.send("courses", "shortname;rename;delete\nC3;;1\nC2;C3;\nC1;C2;")
    assert ["applied"] * 3 == answer.outcomes
    assert [(one, "C2"), (two, "C3")] == school.live(Kind.COURSE, "id", "shortname")


def test_a_new_course_needs_a_fullname_even_where_the_header_has_none(school: Any) -> None:
    """A header that renames may lack it, but what is not there cannot be renamed."""
    answer = school.send("courses", "shortname;rename\nC1;")
    assert (["failed"], ["value-required"], ["fullname"]) == (answer.outcomes, answer.codes(1), answer.columns(1))


def test_a_renaming_row_is_looked_at_again_each_time(school: Any) -> None:
    """A new course may have the old shortname by then."""
    school.course("C1")
    answer = school.send("courses", f"{HEAD};rename\nC1;C1;C9\nC2;Two;")
    assert [2] == answer.remembered


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("category_path", "Health / Year 1", "Health/Year 1"),
        ("category_path", "Health/Year 1", "Health/Year 1"),
        ("category_path", "2", "2"),
        ("category_idnumber", "H", "Old"),
    ],
)
def test_a_category_is_named_as_in_the_platforms_own_upload(
    school: Any, column: str, value: str, expected: str
) -> None:
    """By its path, even where that is a number, or by its idnumber, whatever the option says of `category`."""
    school.roster.add(Kind.CATEGORY, path="Old", name="Old", idnumber="H")
    answer = school.send("courses", f"{HEAD};{column}\nC1;C1;{value}")
    assert ["applied"] == answer.outcomes
    course = school.roster.one(Kind.COURSE, shortname="C1")
    assert expected == school.roster.one(Kind.CATEGORY, id=course["category_id"])["path"]


@pytest.mark.parametrize(
    ("head", "values", "code", "column"),
    [
        ("category_path", "Arts / Arts/Crafts", "value-code", "category_path"),
        ("category_idnumber", "X", "unknown-category", "category_idnumber"),
        ("category;category_path", "A;B", "columns-contradict", "category_path"),
        ("backupfile", "/srv/backup.mbz", "template-forbidden", "backupfile"),
    ],
)
def test_what_cannot_be_meant_in_one_way_fails_its_row(
    school: Any, head: str, values: str, code: str, column: str
) -> None:
    """A name with a slash of its own is no two levels; and two categories are none."""
    answer = school.send("courses", f"{HEAD};{head}\nC1;C1;{values}")
    assert (["failed"], [code], [column]) == (answer.outcomes, answer.codes(1), answer.columns(1))

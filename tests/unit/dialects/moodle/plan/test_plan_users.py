"""Users: who is meant, what may change, and what hangs on an account."""

from typing import Any

import pytest

from syncd.core.kinds import Kind, State
from syncd.dialects.moodle.kinds import ROLE_ASSIGNMENT

HEAD = "username;firstname;lastname"


def test_a_new_user_is_created_and_the_same_row_again_changes_nothing(school: Any) -> None:
    """Twice is once: the second delivery of a file must not touch a record."""
    first = school.send("users", f"{HEAD};email\nanna;Anna;Berg;anna@x.org")
    again = school.send("users", f"{HEAD};email\nanna;Anna;Berg;anna@x.org")
    assert (["applied"], ["unchanged"]) == (first.outcomes, again.outcomes)
    assert again.changes.is_empty
    user = school.roster.one(Kind.USER, username="anna")
    assert ("enabled", "manual", "sis") == (user["state"], user["auth"], user["data_source"])


def test_columns_that_the_file_lacks_stay_and_empty_ones_are_cleared(school: Any) -> None:
    """An update file without a city must not reset everybody's city; an empty city must."""
    school.user("anna", city="Lyon", country="FR", idnumber="1")
    school.send("users", f"{HEAD};country\nanna;Anna;Doe;")
    user = school.roster.one(Kind.USER, username="anna")
    assert ("Lyon", None, "1") == (user["city"], user["country"], user["idnumber"])


def test_empty_values_are_kept_where_they_mean_keep(school: Any) -> None:
    """The option empty_means exists for senders who leave cells empty that they do not know."""
    school.user("anna", city="Lyon")
    answer = school.send("users", f"{HEAD};city\nanna;Anna;Doe;", empty_means="keep")
    assert ["unchanged"] == answer.outcomes


# identity


@pytest.mark.parametrize("by", ["idnumber", "username", "id"])
def test_a_user_without_idnumber_in_the_roster_adopts_the_one_of_the_row(school: Any, by: str) -> None:
    """The first load often came without idnumbers; the second brings them for the same accounts."""
    anna = school.user("anna")
    answer = school.send("users", f"{HEAD};idnumber\nanna;Anna;Doe;7", user_identifier=by)
    assert (["applied"], "7") == (answer.outcomes, school.roster.one(Kind.USER, id=anna)["idnumber"])


def test_an_idnumber_is_not_changed_by_a_row_that_names_another_one(school: Any) -> None:
    """By idnumber the row means a new person, whose username is taken: the owner is named."""
    anna = school.user("anna", idnumber="1")
    answer = school.send("users", f"{HEAD};idnumber\nanna;Anna;Doe;2")
    assert (["failed"], ["username-taken"]) == (answer.outcomes, answer.codes(1))
    assert f"id {anna}" in answer.said(1)


def test_by_username_the_idnumber_changes(school: Any) -> None:
    """Where usernames identify, an idnumber is data like any other."""
    school.user("anna", idnumber="1")
    answer = school.send("users", f"{HEAD};idnumber\nanna;Anna;Doe;2", user_identifier="username")
    assert (["applied"], ["2"]) == (answer.outcomes, school.live(Kind.USER, "idnumber"))


def test_an_idnumber_of_somebody_else_is_refused_and_the_owner_named(school: Any) -> None:
    """Two people under one idnumber could never be told apart again."""
    school.user("anna", idnumber="1")
    school.user("bert")
    answer = school.send("users", f"{HEAD};idnumber\nbert;B;D;1\nnew;N;D;1", user_identifier="username")
    assert (["failed", "failed"], ["idnumber-taken"]) == (answer.outcomes, answer.codes(1))
    assert "anna" in answer.said(1)


def test_rows_without_idnumber_are_matched_by_username(school: Any) -> None:
    """Identity by idnumber falls back to the username in rows that have none."""
    school.user("anna", idnumber="1", city="Rome")
    answer = school.send("users", f"{HEAD};idnumber;city\nanna;Anna;Doe;;Bonn", empty_means="keep")
    assert (["applied"], [("1", "Bonn")]) == (answer.outcomes, school.live(Kind.USER, "idnumber", "city"))


def test_identity_by_email_finds_the_account_and_falls_back_to_the_username(school: Any) -> None:
    """Some senders know people by their address only."""
    school.user("anna", email="a@x.org")
    school.user("bert")
    text = f"{HEAD};email;city\nanna;Anna;Doe;a@x.org;Bonn\nbert;Bert;Doe;;Bonn"
    answer = school.send("users", text, user_identifier="email")
    assert (["applied"] * 2, ["Bonn", "Bonn"]) == (answer.outcomes, school.live(Kind.USER, "city"))


def test_an_email_address_of_several_users_is_ambiguous(school: Any) -> None:
    """The first of several would be a guess."""
    school.user("anna", email="a@x.org")
    school.user("bert", email="a@x.org")
    answer = school.send("users", f"{HEAD};email\nanna;Anna;Doe;a@x.org", user_identifier="email")
    assert (["failed"], ["ambiguous"]) == (answer.outcomes, answer.codes(1))
    assert "2 records" in answer.said(1)


def test_a_known_user_under_another_username_is_refused(school: Any) -> None:
    """Usernames change only where renaming is allowed, else a typing error would lock a person out."""
    school.user("anna", idnumber="1")
    answer = school.send("users", f"{HEAD};idnumber\nanne;Anna;Doe;1")
    assert (["failed"], ["username-differs"]) == (answer.outcomes, answer.codes(1))
    assert "anna" in answer.said(1)
    assert ["anna"] == school.live(Kind.USER, "username")


def test_idnumbers_of_different_case_are_different(school: Any) -> None:
    """Identifiers are text of the sender's; nothing is guessed about them."""
    school.user("anna", idnumber="a1")
    answer = school.send("users", f"{HEAD};idnumber\nbert;Bert;Doe;A1")
    assert (["applied"], ["a1", "A1"]) == (answer.outcomes, school.live(Kind.USER, "idnumber"))


def test_usernames_in_other_letters_of_case_are_one_user(school: Any) -> None:
    """Usernames are lower case in the platform."""
    school.user("anna", city="Rome")
    answer = school.send("users", f"{HEAD};city\nANNA;Anna;Doe;Rome\nAnna;Anna;Doe;Rome")
    assert ["unchanged", "unchanged"] == answer.outcomes


# renaming


def test_an_old_username_is_refused_where_renaming_is_off(school: Any) -> None:
    """The switch is off by default because a rename moves a person's login."""
    school.user("anna")
    answer = school.send("users", f"{HEAD};oldusername\nanne;Anna;Doe;anna")
    assert (["failed"], ["rename-forbidden"]) == (answer.outcomes, answer.codes(1))


def test_renaming_keeps_the_account_and_doing_it_again_changes_nothing(school: Any) -> None:
    """The row stays in the sender's file; the second time there is no old username any more."""
    anna = school.user("anna", city="Rome")
    text = f"{HEAD};oldusername\nanne;Anna;Doe;anna"
    first = school.send("users", text, allow_rename=True)
    again = school.send("users", text, allow_rename=True)
    assert (["applied"], ["unchanged"], []) == (first.outcomes, again.outcomes, again.codes(1))
    assert [(anna, "anne", "Rome")] == school.live(Kind.USER, "id", "username", "city")


def test_renaming_somebody_unknown_fails(school: Any) -> None:
    """Making a new account instead would split a person in two."""
    answer = school.send("users", f"{HEAD};oldusername\nanne;Anna;Doe;anna", allow_rename=True)
    assert (["failed"], ["rename-missing"]) == (answer.outcomes, answer.codes(1))


def test_renaming_to_a_username_of_somebody_else_fails(school: Any) -> None:
    """The other person would lose the login."""
    school.user("anna")
    anne = school.user("anne")
    answer = school.send("users", f"{HEAD};oldusername\nanne;Anna;Doe;anna", allow_rename=True)
    assert (["failed"], ["username-taken"]) == (answer.outcomes, answer.codes(1))
    assert f"id {anne}" in answer.said(1)


def test_a_chain_of_renames_in_one_file_goes_in_file_order(school: Any) -> None:
    """A becomes b, then c becomes a: only in this order both can."""
    a, c = school.user("a"), school.user("c")
    answer = school.send("users", f"{HEAD};oldusername\nb;A;Doe;a\na;C;Doe;c", allow_rename=True)
    assert ["applied", "applied"] == answer.outcomes
    assert [(a, "b"), (c, "a")] == school.live(Kind.USER, "id", "username")


def test_with_renaming_allowed_an_idnumber_carries_a_new_username(school: Any) -> None:
    """Who identifies by idnumber need not send the old username."""
    anna = school.user("anna", idnumber="1")
    answer = school.send("users", f"{HEAD};idnumber\nanne;Anna;Doe;1", allow_rename=True)
    assert (["applied"], [(anna, "anne")]) == (answer.outcomes, school.live(Kind.USER, "id", "username"))


def test_a_row_with_an_old_username_is_never_remembered(school: Any) -> None:
    """As soon as somebody new gets the old username, the row means another account."""
    school.user("anne")
    school.course("C1")
    text = f"{HEAD};oldusername;course1;role1;enrol1\nanne;Anne;Doe;anna;C1;student;manual"
    answer = school.send("users", text, allow_rename=True)
    assert (["applied"], []) == (answer.outcomes, answer.remembered)
    assert [] == school.send("users", text, allow_rename=True).remembered


# e-mail addresses


def test_shared_emails_are_allowed_unless_switched_off(school: Any) -> None:
    """Parents and children share addresses; where that is not wanted, the owner is named."""
    text = f"{HEAD};email\nanna;A;D;a@x.org\nbert;B;D;a@x.org"
    answer = school.send("users", text, allow_shared_emails=False)
    assert ["applied", "failed"] == answer.outcomes
    assert (["email-taken"], True) == (answer.codes(2), "anna" in answer.said(2))
    assert ["unchanged", "applied"] == school.send("users", text).outcomes


def test_an_email_freed_earlier_in_the_file_may_be_taken(school: Any) -> None:
    """Rows that exchange an address are worked in file order."""
    school.user("anna", email="a@x.org")
    text = f"{HEAD};email\nanna;Anna;Doe;new@x.org\nbert;Bert;Doe;a@x.org"
    assert ["applied", "applied"] == school.send("users", text, allow_shared_emails=False).outcomes


def test_protected_emails_stay_and_missing_ones_are_filled(school: Any) -> None:
    """People who corrected their address keep it; nobody is left without one."""
    school.user("anna", email="mine@x.org")
    school.user("bert")
    text = f"{HEAD};email\nanna;Anna;Doe;a@x.org\nbert;Bert;Doe;b@x.org"
    answer = school.send("users", text, protect_emails=True)
    assert ["unchanged", "applied"] == answer.outcomes
    assert ["mine@x.org", "b@x.org"] == school.live(Kind.USER, "email")


def test_a_protected_email_does_not_collide_with_one_that_is_not_written(school: Any) -> None:
    """An address that the row may not set cannot be taken by it."""
    school.user("anna", email="mine@x.org", city="Rome")
    school.user("bert", email="a@x.org")
    text = f"{HEAD};email;city\nanna;Anna;Doe;a@x.org;Bonn"
    answer = school.send("users", text, protect_emails=True, allow_shared_emails=False)
    assert (["applied"], "Bonn") == (answer.outcomes, school.roster.one(Kind.USER, username="anna")["city"])


# suspending, deleting, coming back


def test_suspended_users_are_disabled_and_come_back(school: Any) -> None:
    """Suspending is not deleting: the account waits for the next term."""
    school.user("anna")
    for value, state, outcome in (
        ("1", "disabled", "applied"),
        ("", "disabled", "unchanged"),
        ("0", "enabled", "applied"),
    ):
        answer = school.send("users", f"{HEAD};suspended\nanna;Anna;Doe;{value}")
        assert ([outcome], [state]) == (answer.outcomes, school.live(Kind.USER, "state"))


def test_suspending_changes_nothing_else(school: Any) -> None:
    """The sample file for it brings only names; city and country must survive."""
    school.user("anna", city="Rome", idnumber="1")
    answer = school.send("users", f"{HEAD};suspended\nanna;Anna;Doe;1")
    counts = answer.changes.counts()[Kind.USER]
    assert (1, 0) == (counts.disabled, counts.updated)
    assert [("Rome", "1", "disabled")] == school.live(Kind.USER, "city", "idnumber", "state")


@pytest.mark.parametrize("value", ["0", "", "no"])
def test_deleted_acts_only_on_yes(school: Any, value: str) -> None:
    """The original deleted whoever stood in a file with this column."""
    school.user("anna")
    assert ["unchanged"] == school.send("users", f"{HEAD};deleted\nanna;Anna;Doe;{value}").outcomes


def test_deleting_takes_everything_that_hangs_on_the_user_along(school: Any) -> None:
    """A deleted account must not stay enrolled, nor in a cohort or group."""
    anna, course = school.user("anna"), school.course("C1")
    school.enrolment(anna, course)
    school.roster.add(ROLE_ASSIGNMENT, user_id=anna, course_id=course, role="teacher")
    school.roster.add(Kind.COHORT_MEMBER, user_id=anna, cohort_id=school.cohort("C", "1"), data_source="other")
    group = school.roster.add(Kind.GROUP, course_id=course, name="G")
    school.roster.add(Kind.GROUP_MEMBER, group_id=group, user_id=anna, course_id=course)
    answer = school.send("users", f"{HEAD};deleted\nanna;;;1")
    assert ["applied"] == answer.outcomes
    kinds = (Kind.USER, Kind.ENROLMENT, ROLE_ASSIGNMENT, Kind.COHORT_MEMBER, Kind.GROUP_MEMBER)
    assert [[]] * 5 == [school.roster.records(kind) for kind in kinds]
    assert {1} == {answer.changes.counts()[kind].deleted for kind in kinds}


def test_deleting_again_is_already_gone_and_makes_no_ghost(school: Any) -> None:
    """The original made a new account with a deleted flag on the second run."""
    school.user("anna")
    text = f"{HEAD};deleted\nanna;Anna;Doe;1\nnobody;No;Body;1"
    school.send("users", text)
    again = school.send("users", text)
    assert (["user-gone"], ["user-gone"]) == (again.codes(1), again.codes(2))
    assert again.changes.is_empty
    assert "failed" not in again.outcomes


def test_deleting_twice_in_one_file_is_done_once(school: Any) -> None:
    """The second row finds the account gone."""
    school.user("anna")
    answer = school.send("users", f"{HEAD};deleted\nanna;;;1\nANNA;;;1")
    assert (["applied", "unchanged"], ["user-gone"]) == (answer.outcomes, answer.codes(2))


def test_a_deleted_user_who_comes_back_is_the_same_account(school: Any) -> None:
    """Reviving keeps the history of a person together."""
    anna = school.user("anna", idnumber="1", city="Rome")
    school.send("users", f"{HEAD};deleted\nanna;;;1")
    answer = school.send("users", f"{HEAD}\nanna;Anna;Doe")
    assert (["applied"], ["user-revived"]) == (answer.outcomes, answer.codes(1))
    assert [(anna, "Rome", "enabled")] == school.live(Kind.USER, "id", "city", "state")
    assert 1 == answer.changes.counts()[Kind.USER].created


def test_a_user_deleted_and_sent_again_in_one_file_is_as_before(school: Any) -> None:
    """What a later row takes back did not happen: nothing is weighed, journalled or pushed."""
    school.user("anna")
    answer = school.send("users", f"{HEAD};deleted\nanna;Anna;Doe;1\nanna;Anna;Doe;0")
    assert (["unchanged", "unchanged"], True) == (answer.outcomes, answer.changes.is_empty)


def test_a_user_created_and_deleted_in_one_file_leaves_nothing(school: Any) -> None:
    """Not even enrolments of somebody who never was."""
    school.course("C1")
    text = f"{HEAD};deleted;cohort;course1;role1;enrol1\nanna;Anna;Doe;0;Staff;C1;student;manual\nanna;;;1;;;;"
    answer = school.send("users", text)
    kinds = (Kind.USER, Kind.ENROLMENT, Kind.COHORT_MEMBER)
    assert [[]] * 3 == [school.roster.records(kind) for kind in kinds]
    assert "failed" not in answer.outcomes


def test_what_a_row_asked_for_before_the_user_was_deleted_does_not_come_back(school: Any) -> None:
    """Row by row: enrolled in C1, deleted, sent again with C2. Only C2 is left."""
    one, two = school.course("C1"), school.course("C2")
    head = f"{HEAD};deleted;course1;role1;enrol1"
    school.send("users", f"{head}\nanna;A;D;0;C1;student;manual\nanna;;;1;;;\nanna;A;D;0;C2;student;manual")
    assert ([two], True) == (school.live(Kind.ENROLMENT, "course_id"), one != two)


def test_two_rows_that_mean_one_deleted_user_revive_it_once(school: Any) -> None:
    """One finds it by idnumber, the other by username: still one account."""
    school.user("anna", idnumber="1", state=State.DELETED.value)
    answer = school.send("users", f"{HEAD};idnumber\nanna;Anna;Doe;\nanna;Anna;Doe;1", empty_means="keep")
    assert ["applied", "unchanged"] == answer.outcomes
    text = f"{HEAD};idnumber\nbert;Bert;Doe;1\nanna;Anna;Doe;"
    school.send("users", f"{HEAD};deleted\nanna;;;1")
    answer = school.send("users", text, empty_means="keep", allow_rename=True)
    assert 2 == len(answer.outcomes)


def test_a_deleted_user_whose_idnumber_went_to_somebody_else_is_not_revived_with_it(school: Any) -> None:
    """Two live users may not have one idnumber; the row gets a new account."""
    school.user("anna", idnumber="1", state=State.DELETED.value)
    school.user("bert", idnumber="1")
    answer = school.send("users", f"{HEAD}\nanna;Anna;Doe")
    assert ["applied"] == answer.outcomes
    assert [("anna", None), ("bert", "1")] == sorted(school.live(Kind.USER, "username", "idnumber"))


def test_a_username_given_to_somebody_new_does_not_revive_the_old_owner(school: Any) -> None:
    """Another idnumber is another person, whatever the username."""
    old = school.user("anna", idnumber="1", state=State.DELETED.value)
    answer = school.send("users", f"{HEAD};idnumber\nanna;Anna;Doe;2")
    assert (["applied"], []) == (answer.outcomes, answer.codes(1))
    assert old not in school.live(Kind.USER, "id")


def test_the_account_deleted_last_is_revived_of_several(school: Any) -> None:
    """Of several old accounts of a name the newest is the one that people remember."""
    school.user("anna", city="old", state=State.DELETED.value, run=3)
    last = school.user("anna", city="new", state=State.DELETED.value, run=5)
    school.send("users", f"{HEAD}\nanna;Anna;Doe")
    assert [last] == school.live(Kind.USER, "id")


# protected users


def test_protected_users_are_not_touched_by_files(school: Any) -> None:
    """Nobody can lock the site's administrator out by a file."""
    school.user("admin", idnumber="A")
    answer = school.send("users", f"{HEAD};deleted\nadmin;X;Y;1\nADMIN;X;Y;0")
    assert (["failed", "failed"], ["user-protected"]) == (answer.outcomes, answer.codes(2))


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        ("idnumber;deleted", "other;X;Y;A;1"),
        ("idnumber;deleted", ";X;Y;A;1"),
        ("idnumber;deleted", "other;X;Y;A;0"),
        ("oldusername", "other;X;Y;admin"),
    ],
)
def test_protected_users_are_not_touched_under_another_name_either(school: Any, columns: str, row: str) -> None:
    """An idnumber or an old username leads to the same account as its username."""
    school.user("admin", idnumber="A")
    answer = school.send("users", f"{HEAD};{columns}\n{row}", allow_rename=True)
    assert (["failed"], ["user-protected"]) == (answer.outcomes, answer.codes(1))
    assert ["admin"] == school.live(Kind.USER, "username")


def test_a_protected_user_is_not_found_by_email_either(school: Any) -> None:
    """Identity by e-mail address is a way to the account, too."""
    school.user("admin", email="root@x.org")
    answer = school.send("users", f"{HEAD};email;deleted\nx;X;Y;root@x.org;1", user_identifier="email")
    assert ["user-protected"] == answer.codes(1)


# passwords


def test_passwords_are_never_in_what_is_planned(school: Any) -> None:
    """Only a short keyed mark of them is kept, to see that another one comes."""
    answer = school.send("users", f"{HEAD};password\nanna;Anna;Doe;Geheim!23")
    assert "Geheim" not in str([frame.to_dicts() for frame in answer.changes.created.values()])
    assert 16 == len(school.roster.one(Kind.USER, username="anna")["password_mark"])


def test_another_password_changes_the_user_and_the_same_one_does_not(school: Any) -> None:
    """A file with passwords that comes every night must not reset anybody."""
    text = f"{HEAD};password\nanna;Anna;Doe;"
    outcomes = [school.send("users", text + password).outcomes for password in ("one", "one", "two", "", "two")]
    assert [["applied"], ["unchanged"], ["applied"], ["unchanged"], ["unchanged"]] == outcomes


def test_the_same_password_of_two_users_has_two_marks(school: Any) -> None:
    """Equal marks would tell who shares a password."""
    school.send("users", f"{HEAD};password\nanna;A;D;one\nbert;B;D;one")
    assert 2 == len(set(school.live(Kind.USER, "password_mark")))


def test_actions_that_only_a_platform_can_do_are_summed_up(school: Any) -> None:
    """Setting a password is said once for the file, not silently dropped."""
    answer = school.send("users", f"{HEAD};password\nanna;A;D;one\nbert;B;D;")
    assert ["action-waits", "action-waits"] == answer.codes(0)
    assert (1, 1) == (answer.said(0).count("password to set"), answer.said(0).count("password to make up"))


# profile fields


def test_profile_fields_are_merged_with_those_that_the_user_has(school: Any) -> None:
    """A file brings some fields; the others belong to other senders."""
    school.user("anna", profile='{"site":"Lyon","team":"A"}')
    answer = school.send("users", f"{HEAD};profile_field_site;profile_field_zone\nanna;Anna;Doe;Nice;2")
    assert (["applied"], ['{"site":"Nice","team":"A","zone":"2"}']) == (
        answer.outcomes,
        school.live(Kind.USER, "profile"),
    )


def test_an_empty_profile_field_goes_and_the_last_one_leaves_nothing(school: Any) -> None:
    """An empty object and no object are the same; there must be one way to write it."""
    school.user("anna", profile='{"site":"Lyon","team":"A"}')
    head = f"{HEAD};profile_field_site;profile_field_team"
    school.send("users", f"{head}\nanna;Anna;Doe;;A")
    assert ['{"team":"A"}'] == school.live(Kind.USER, "profile")
    school.send("users", f"{head}\nanna;Anna;Doe;;")
    assert [None] == school.live(Kind.USER, "profile")


@pytest.mark.parametrize("value", ['say "hi"', "back\\slash", "tab\there", "Ünï✓", "\u2028", "a/b", "<&>"])
def test_profile_values_of_any_text_are_written_in_one_way(school: Any, value: str) -> None:
    """Made and merged values must be the same text, or every second night would bring a change."""
    text = f"{HEAD};profile_field_site\nanna;Anna;Doe;{value}"
    first = school.send("users", text)
    stored = school.live(Kind.USER, "profile")
    assert ([["applied"], ["unchanged"]]) == [first.outcomes, school.send("users", text).outcomes]
    assert stored == school.live(Kind.USER, "profile")


# whose they are


def test_users_of_another_source_are_refused_unless_that_is_allowed(school: Any) -> None:
    """A source touches only what it supplied; the sentence names the owner."""
    school.user("anna", data_source="hr")
    answer = school.send("users", f"{HEAD};city\nanna;Anna;Doe;Bonn")
    assert (["failed"], ["not-yours"]) == (answer.outcomes, answer.codes(1))
    assert "hr" in answer.said(1)
    assert ["applied"] == school.send("users", f"{HEAD};city\nanna;Anna;Doe;Bonn", others=True).outcomes
    assert ["hr"] == school.live(Kind.USER, "data_source")


def test_deleting_users_of_another_source_leaves_all_that_hangs_on_them(school: Any) -> None:
    """A refused deletion must not strip the account first."""
    anna, course = school.user("anna", data_source="hr"), school.course("C1")
    school.enrolment(anna, course)
    answer = school.send("users", f"{HEAD};deleted\nanna;;;1")
    assert (["failed"], 1) == (answer.outcomes, len(school.roster.records(Kind.ENROLMENT)))


def test_a_row_that_would_leave_a_foreign_user_as_it_is_does_no_harm(school: Any) -> None:
    """Naming somebody is not touching."""
    school.user("anna", data_source="hr")
    assert ["unchanged"] == school.send("users", f"{HEAD}\nanna;Anna;Doe").outcomes


# several rows


def test_rows_on_one_user_are_worked_in_file_order(school: Any) -> None:
    """The last of several rows wins, as row by row."""
    answer = school.send("users", f"{HEAD};city\nanna;A;D;One\nanna;A;D;Two\nbert;B;D;X\nanna;A;D;Three")
    assert ["applied"] * 4 == answer.outcomes
    assert [("anna", "Three"), ("bert", "X")] == sorted(school.live(Kind.USER, "username", "city"))


def test_a_row_whose_effect_a_later_row_takes_back_is_unchanged(school: Any) -> None:
    """The same file again must leave every row unchanged, however it wanders on the way."""
    text = f"{HEAD};city\nanna;A;D;One\nanna;A;D;Two"
    school.send("users", text)
    assert ["unchanged", "unchanged"] == school.send("users", text).outcomes


def test_rows_that_refer_to_each_other_are_not_remembered(school: Any) -> None:
    """Their order in the file matters, so all of them are looked at again."""
    text = f"{HEAD};city\nanna;A;D;One\nanna;A;D;Two\nbert;B;D;X"
    assert [3] == school.send("users", text).remembered


def test_an_empty_file_of_users_plans_nothing(school: Any) -> None:
    """A header alone is a file with no rows, not an order to do something."""
    answer = school.send("users", HEAD)
    assert ([], True) == (answer.outcomes, answer.changes.is_empty)


def test_too_many_rows_on_one_user_are_left_out(school: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand rows on one account are an accident of the sender, and each would be a pass of its own."""
    monkeypatch.setattr("syncd.dialects.moodle.plan.users.WAVE_LIMIT", 2)
    answer = school.send("users", f"{HEAD};city\nanna;A;D;1\nanna;A;D;2\nanna;A;D;3")
    assert (["applied", "applied", "failed"], ["row-entangled"]) == (answer.outcomes, answer.codes(3))


def test_ids_beyond_32_bits_are_planned_like_others(school: Any) -> None:
    """Ids may come from another system; only the memory of rows is kept in 32 bits."""
    anna = school.user("anna", id=2**40)
    answer = school.send("users", f"{HEAD};deleted\nbert;B;D;0\nanna;;;1")
    assert (["applied", "applied"], [anna + 1]) == (answer.outcomes, school.live(Kind.USER, "id"))

"""Options are typed, have the documented defaults, and are refused all at once with a hint."""

import pytest

from syncd.core.errors import UsageError
from syncd.dialects.moodle.options import MoodleOptions
from syncd.formats.options import settable


def test_the_defaults_are_those_of_the_contract() -> None:
    """An empty home works, and works as documented."""
    expected = MoodleOptions(
        encoding="",
        delimiter="",
        user_identifier="",
        course_identifier="shortname",
        cohort_identifier="idnumber",
        role_identifier="shortname",
        group_identifier="idnumber",
        grouping_identifier="idnumber",
        category_identifier="idname",
        force_update=True,
        protect_category=False,
        template_mode="none",
        protect_emails=False,
        allow_shared_emails=True,
        allow_rename=False,
        cohort_autocreate=True,
        protect_groups=True,
        purge_empty_groups="no",
        picture_identifier="username",
        overwrite_pictures=True,
        empty_means="clear",
        on_unknown_column="warn",
    )
    assert expected == MoodleOptions.from_text({})


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("encoding", "Latin-1", "iso8859-1"),
        ("encoding", "UTF-8", "utf-8"),
        ("delimiter", ";", ";"),
        ("delimiter", "tab", "\t"),
        ("delimiter", "\t", "\t"),
        ("delimiter", ":", ":"),
        ("user_identifier", "email", "email"),
        ("course_identifier", "IDNUMBER", "idnumber"),
        ("cohort_identifier", "name", "name"),
        ("role_identifier", "id", "id"),
        ("group_identifier", "name", "name"),
        ("grouping_identifier", "id", "id"),
        ("category_identifier", "idnumber", "idnumber"),
        ("force_update", "no", False),
        ("protect_category", "yes", True),
        ("template_mode", "replace", "replace"),
        ("protect_emails", "true", True),
        ("allow_shared_emails", "0", False),
        ("allow_rename", "on", True),
        ("cohort_autocreate", "No", False),
        ("protect_groups", "off", False),
        ("purge_empty_groups", "groups+groupings", "groups+groupings"),
        ("picture_identifier", "id", "id"),
        ("overwrite_pictures", "no", False),
        ("empty_means", "keep", "keep"),
        ("on_unknown_column", "refuse", "refuse"),
    ],
)
def test_every_option_is_read_from_text(name: str, value: str, expected: str | bool) -> None:
    """The names of the contract, on the command line and in the configuration."""
    assert name in settable(MoodleOptions)
    assert expected == getattr(MoodleOptions.from_text({name: value}), name)


def test_everything_wrong_is_said_at_once_with_the_nearest_name() -> None:
    """One correction instead of five attempts."""
    text = {"force_updat": "yes", "empty_means": "kep", "delimiter": "#", "encoding": "utf8x", "allow_rename": "maybe"}
    with pytest.raises(UsageError) as caught:
        MoodleOptions.from_text(text | {"zzz": "1"})
    assert [
        "there is no option force_updat; did you mean force_update?",
        "option empty_means is 'kep'; it takes clear or keep; did you mean keep?",
        "option delimiter is '#'; it takes ; , tab or :",
        "option encoding is 'utf8x'; it takes the name of a Python codec, such as utf-8 or cp1252; did you mean utf-8?",
        "option allow_rename is 'maybe'; it takes yes or no",
        "there is no option zzz",
    ] == str(caught.value).split("\n")


def test_text_changes_a_base_only_where_it_says_so() -> None:
    """A command line adds to a feed's configuration."""
    base = MoodleOptions(zone="Europe/Paris", force_update=False)
    found = MoodleOptions.from_text({"empty_means": "keep"}, base)
    assert MoodleOptions(zone="Europe/Paris", force_update=False, empty_means="keep") == found


def test_users_are_found_by_idnumber_in_their_own_file_and_by_username_elsewhere() -> None:
    """The contract's default, unless the option says otherwise."""
    default = MoodleOptions()
    assert ("idnumber", "username") == (default.user_by("users"), default.user_by("enrolments"))
    email = MoodleOptions(user_identifier="email")
    assert ("email", "email") == (email.user_by("users"), email.user_by("cohorts"))


def test_roles_have_the_ids_of_a_fresh_moodle() -> None:
    """role_identifier=id works before the configuration names other ids."""
    roles = MoodleOptions().roles
    expected = [("manager", 1), ("coursecreator", 2), ("editingteacher", 3), ("teacher", 4)]
    assert [*expected, ("student", 5), ("guest", 6), ("user", 7), ("frontpage", 8)] == list(roles.items())

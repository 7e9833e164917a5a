"""The order in which the files of one pass are worked."""

from syncd.core.order import ORDER, place


def test_files_are_worked_after_those_that_they_refer_to() -> None:
    """Enrolments name users and courses; a pass that begins with them would refuse every row."""
    objects = ["group_members", "enrolments", "cohort_bindings", "cohorts", "userpictures", "users", "courses"]
    assert objects[::-1] == sorted(objects, key=lambda name: place(name, "x.csv"))
    assert ORDER.index("groups") < ORDER.index("group_members")


def test_courses_go_before_others_are_made() -> None:
    """A shortname that both files of one pass name is to be made anew, not to be gone in the end."""
    assert ORDER.index("courses_delete") < ORDER.index("courses")


def test_files_of_one_object_go_by_name() -> None:
    """A load cut into pieces is worked piece by piece."""
    names = ["users_2.csv", "users_10.csv", "users_1.csv"]
    assert ["users_1.csv", "users_10.csv", "users_2.csv"] == sorted(names, key=lambda name: place("users", name))


def test_files_that_are_nothing_known_come_first() -> None:
    """They fail at once, and those that miss their rows can be told so; objects without a place come last."""
    assert place("", "z") < min(place(name, "a") for name in ORDER)
    assert max(place(name, "z") for name in ORDER) < place("terms", "a")

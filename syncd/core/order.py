"""The order in which the files of one pass are worked, so that references stand before they are named."""

from collections.abc import Sequence

ORDER: Sequence[str] = (
    "courses_reset",
    "courses_check",
    "courses_delete",
    "courses",
    "metacourses",
    "users",
    "userpictures",
    "cohorts",
    "cohort_bindings",
    "enrolments",
    "groups",
    "group_members",
)
"""Objects of command files in their order of dependence. Courses are deleted before others are made: a shortname
that both files name is meant to be made anew."""


def place(object_name: str, file_name: str) -> tuple[int, str]:
    """Return the sort key of a file within a pass: by object, then by name; unknown objects come last.

    A file that is nothing known ("") comes first: it fails at once, and those that miss its rows can be told.
    """
    if not object_name:
        return (-1, file_name)
    return (ORDER.index(object_name) if object_name in ORDER else len(ORDER), file_name)

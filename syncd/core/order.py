"""The order in which the files of one pass are worked, so that references stand before they are named."""

from enum import IntEnum


class Stage(IntEnum):
    """The place of a kind of file within a pass; a dialect may put its own between them.

    A file that is nothing known comes first: it fails at once, and those that miss its rows can be told.
    """

    UNKNOWN = 0
    COURSES = 10
    USERS = 20
    PICTURES = 30
    COHORTS = 40
    BINDINGS = 50
    ENROLMENTS = 60
    GROUPS = 70
    MEMBERS = 80

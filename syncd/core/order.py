"""The order in which the files of one pass are worked, so that references stand before they are named."""

from enum import IntEnum


class Stage(IntEnum):
    """The place of a kind of file within a pass.

    Courses are deleted before others are made: a shortname that both files name is meant to be made anew. A file that
    is nothing known comes first: it fails at once, and those that miss its rows can be told.
    """

    UNKNOWN = 0
    COURSE_RESETS = 1
    COURSE_CHECKS = 2
    COURSE_DELETIONS = 3
    COURSES = 4
    COURSE_LINKS = 5
    USERS = 6
    PICTURES = 7
    COHORTS = 8
    BINDINGS = 9
    ENROLMENTS = 10
    GROUPS = 11
    MEMBERS = 12

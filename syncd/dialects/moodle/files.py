"""The command files of the moodle dialect, by object."""

from types import MappingProxyType

from syncd.dialects.model import Dialect
from syncd.dialects.moodle.cohort_bindings import COHORT_BINDINGS
from syncd.dialects.moodle.cohorts import COHORTS
from syncd.dialects.moodle.course_lists import COURSES_CHECK, COURSES_DELETE
from syncd.dialects.moodle.courses import COURSES
from syncd.dialects.moodle.courses_reset import COURSES_RESET
from syncd.dialects.moodle.enrolments import ENROLMENTS
from syncd.dialects.moodle.group_members import GROUP_MEMBERS
from syncd.dialects.moodle.groups import GROUPS
from syncd.dialects.moodle.metacourses import METACOURSES
from syncd.dialects.moodle.options import MoodleOptions
from syncd.dialects.moodle.userpictures import USERPICTURES
from syncd.dialects.moodle.users import USERS

_FILES = (
    *(COURSES, COURSES_DELETE, COURSES_CHECK, COURSES_RESET, METACOURSES),
    USERS,
    *(COHORTS, COHORT_BINDINGS),
    ENROLMENTS,
    *(GROUPS, GROUP_MEMBERS),
)

MOODLE = Dialect(
    name="moodle",
    files=MappingProxyType({file.object: file for file in _FILES}),
    read_options=MoodleOptions.from_text,
    archives=MappingProxyType({USERPICTURES.object: USERPICTURES}),
)
"""The moodle dialect."""

"""The moodle dialect: its kinds of file, in the order in which the reference lists them."""

from types import MappingProxyType

from syncd.dialects.moodle import words as _words  # noqa: F401 - it declares the findings
from syncd.dialects.moodle.files.cohort_bindings import COHORT_BINDINGS
from syncd.dialects.moodle.files.cohorts import COHORTS
from syncd.dialects.moodle.files.course_lists import COURSES_CHECK, COURSES_DELETE
from syncd.dialects.moodle.files.courses import COURSES
from syncd.dialects.moodle.files.courses_reset import COURSES_RESET
from syncd.dialects.moodle.files.enrolments import ENROLMENTS
from syncd.dialects.moodle.files.group_members import GROUP_MEMBERS
from syncd.dialects.moodle.files.groups import GROUPS
from syncd.dialects.moodle.files.metacourses import METACOURSES
from syncd.dialects.moodle.files.userpictures import USERPICTURES
from syncd.dialects.moodle.files.users import USERS
from syncd.dialects.moodle.options import MoodleOptions
from syncd.dialects.moodle.plan.follow import follow
from syncd.dialects.moodle.reliances import RELIANCES
from syncd.formats.dialect import Dialect

_FILES = (
    *(COURSES, COURSES_DELETE, COURSES_CHECK, COURSES_RESET, METACOURSES),
    USERS,
    *(COHORTS, COHORT_BINDINGS),
    ENROLMENTS,
    *(GROUPS, GROUP_MEMBERS),
    USERPICTURES,
)

MOODLE = Dialect(
    name="moodle",
    objects=MappingProxyType({file.object: file for file in _FILES}),
    options=MoodleOptions,
    derive=follow,
    reliances=RELIANCES,
)
"""The moodle dialect."""

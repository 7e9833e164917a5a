"""The command files of the moodle dialect, by object."""

from types import MappingProxyType

from syncd.dialects.model import Dialect
from syncd.dialects.moodle.cohorts import COHORTS
from syncd.dialects.moodle.course_lists import COURSES_CHECK, COURSES_DELETE
from syncd.dialects.moodle.courses import COURSES
from syncd.dialects.moodle.enrolments import ENROLMENTS
from syncd.dialects.moodle.options import MoodleOptions
from syncd.dialects.moodle.users import USERS

MOODLE = Dialect(
    name="moodle",
    files=MappingProxyType(
        {file.object: file for file in (COURSES, COURSES_DELETE, COURSES_CHECK, USERS, COHORTS, ENROLMENTS)}
    ),
    read_options=MoodleOptions.from_text,
)
"""The moodle dialect."""

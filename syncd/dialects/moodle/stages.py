"""The places of Moodle's own files in a pass.

Courses are deleted before others are made: a shortname that both files name is meant to be made anew.
"""

from syncd.core.order import Stage

COURSE_RESETS = Stage.COURSES - 3
COURSE_CHECKS = Stage.COURSES - 2
COURSE_DELETIONS = Stage.COURSES - 1
COURSE_LINKS = Stage.COURSES + 1

"""File names of the moodle dialect, as regular expressions over prepared names.

A prepared name (`syncd.formats.recognition.prepared`) is the file name in lower case without its
extension, dates, numbers and tryback suffix, its words joined by `_`. An expression
is looked for at word boundaries, so that prefixes and suffixes of other systems do no harm.
"""

_DO = "upload|import|create|creation|update"

USERS = rf"users?(?:_?(?:{_DO}|delete|suspend))?s?|(?:{_DO}|delete|suspend)_?users?"
COURSES = rf"(?:{_DO})_?courses?|courses?(?:_?(?:{_DO}))?s?"
COURSES_DELETE = r"(?:delete|remove)_?courses?|courses?_?(?:delete|deletions?|remove)"
COURSES_RESET = r"reset_?courses?|courses?_?resets?"
COURSES_CHECK = r"^courses$|(?:check|exist)_?courses?|courses?_?(?:check|exists?|existence)"
ENROLMENTS = r"enroll?(?:s|ments?)?(?:_?users?)?"
COHORTS = r"cohorts?"
COHORT_BINDINGS = r"cohorts?_?(?:bind(?:ing)?s?_?)?courses?(?:_?bind(?:ing)?s?)?|cohorts?_?bindings?"
METACOURSES = r"meta_?(?:courses?|(?:course_?)?(?:bindings?|links?))|courses?_?meta_?(?:bindings?|links?)?"
GROUPS = rf"(?:{_DO})_?group(?:ing)?s?|group(?:ing)?s?(?:_?(?:{_DO}))?s?"
GROUP_MEMBERS = r"groups?_?members?(?:hips?)?"

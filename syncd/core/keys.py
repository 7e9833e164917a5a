"""How people name records: by which columns, and in which order the key of a link is printed."""

from collections.abc import Mapping

from syncd.core.kinds import Kind

NATURAL: Mapping[Kind, tuple[str, ...]] = {
    Kind.CATEGORY: ("path",),
    Kind.COURSE: ("shortname",),
    Kind.USER: ("username",),
    Kind.COHORT: ("idnumber", "name"),
    Kind.GROUP: ("idnumber", "name"),
    Kind.GROUPING: ("idnumber", "name"),
}
"""What a record is called where another refers to it: the first of these that it has."""

PRINTED: Mapping[Kind, tuple[str, ...]] = {
    Kind.META_LINK: ("course_id", "master_id"),
    Kind.PICTURE: ("user_id",),
    Kind.COHORT_MEMBER: ("cohort_id", "user_id"),
    Kind.COHORT_BINDING: ("cohort_id", "course_id", "method", "role"),
    Kind.ENROLMENT: ("user_id", "course_id", "method", "role"),
    Kind.ROLE_ASSIGNMENT: ("user_id", "course_id", "role"),
    Kind.GROUPING_GROUP: ("grouping_id", "group_id"),
    Kind.GROUP_MEMBER: ("group_id", "user_id"),
}
"""The parts of a link's key in the order in which they are printed."""

"""How each kind of file is to be read: identifiers and switches, as the planners need them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRules:
    """How a users file is read.

    user_by: idnumber, username or email; rows that lack it are matched by username.
    protected: usernames that no file may change. secret: the key for marks of passwords.
    """

    user_by: str = "idnumber"
    protect_emails: bool = False
    allow_shared_emails: bool = True
    allow_rename: bool = False
    protected: tuple[str, ...] = ()
    secret: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRules:
    """How courses files are read.

    course_by: shortname, idnumber or id. category_by: idname (an id or a path that is made where
        it is missing) or idnumber. template_mode: what a template does to a course that exists.
    roles: shortnames. now: Unix seconds, the start of a new course that names none.
    """

    course_by: str = "shortname"
    category_by: str = "idname"
    force_update: bool = False
    protect_category: bool = False
    template_mode: str = "none"
    roles: tuple[str, ...]
    now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentRules:
    """How an enrolments file is read: by what it names users and courses, which roles and methods exist.

    roles: shortnames. methods: those that files may use. now: Unix seconds, the start
    of a new enrolment that names none. protect_groups: remove only memberships that syncd made.
    role_header, method_header: what the columns are called; a number that rows have as `n` follows.
    """

    user_by: str = "username"
    course_by: str = "shortname"
    roles: tuple[str, ...]
    methods: tuple[str, ...]
    now: int
    protect_groups: bool = True
    role_header: str = "rolename"
    method_header: str = "enrol"


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortRules:
    """How a cohorts file is read: by what it names cohorts and users, and whether it may make cohorts."""

    cohort_by: str = "idnumber"
    user_by: str = "username"
    autocreate: bool = True

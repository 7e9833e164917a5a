"""How each kind of file is to be read: identifiers and switches, as the planners need them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from syncd.core.kinds import Kind
from syncd.dialects.moodle.kinds import META
from syncd.formats.columns import Flag

FOLLOWING = frozenset({"cohort", META})
"""Methods by which nobody is enrolled but through a cohort or a master course."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRules:
    """How a users file is read.

    user_by: idnumber, username or email; rows that lack it are matched by username.
    protected: usernames that no file may change. secret: the key for marks of passwords. unclear: columns of yes and
    no in which an empty value may mean no.
    """

    user_by: str = "idnumber"
    protect_emails: bool = False
    allow_shared_emails: bool = True
    allow_rename: bool = False
    protected: tuple[str, ...] = ()
    secret: bytes = b""
    unclear: Mapping[str, Flag] = field(default_factory=dict)

    @property
    def needs_emails(self) -> bool:
        """Whether e-mail addresses decide which user a row means, or whether it may be carried out."""
        return self.user_by == "email" or not self.allow_shared_emails


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRules:
    """How courses files are read.

    course_by: shortname, idnumber or id. category_by: idname (an id or a path that is made where
        it is missing) or idnumber. template_mode: what a template does to a course that exists.
    roles: shortnames. now: Unix seconds, the start of a new course that names none. unclear: see `UserRules`.
    """

    course_by: str = "shortname"
    category_by: str = "idname"
    force_update: bool = False
    protect_category: bool = False
    template_mode: str = "none"
    roles: tuple[str, ...]
    now: int
    unclear: Mapping[str, Flag] = field(default_factory=dict)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaRules:
    """How a meta-course file is read: by what it names courses, and which methods courses have."""

    course_by: str = "shortname"
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingRules:
    """How a cohort bindings file is read: by what it names cohorts and courses; roles and methods as for enrolments."""

    cohort_by: str = "idnumber"
    course_by: str = "shortname"
    roles: tuple[str, ...]
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRules:
    """How a groups file is read: by what it names courses, groups and groupings."""

    course_by: str = "shortname"
    group_by: str = "idnumber"
    grouping_by: str = "idnumber"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRules:
    """How a group members file is read: by what it names courses, groups and users.

    protect_groups: remove only memberships that syncd made. purge: what is deleted once the file left it
    empty, nothing, groups, or groups and groupings.
    """

    course_by: str = "shortname"
    group_by: str = "idnumber"
    user_by: str = "username"
    protect_groups: bool = True
    purge: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetRules:
    """How a courses reset file is read: by what it names courses, and the shortnames of the roles that there are."""

    course_by: str = "shortname"
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRules:
    """How an archive of user pictures is read: by what its names mean users, and whether a new picture replaces one.

    protected: usernames that no file may change.
    """

    user_by: str = "username"
    overwrite: bool = True
    protected: tuple[str, ...] = ()

"""What only Moodle has: links between courses, bindings of cohorts, roles, groupings, and columns of its own."""

from syncd.core.kinds import (
    OF_COURSE,
    Column,
    Kind,
    KindSpec,
    Maker,
    Type,
    declare,
    entity,
    identities,
    in_course,
    integers,
    texts,
)

META_LINK = Kind("meta_link")
COHORT_BINDING = Kind("cohort_binding")
ROLE_ASSIGNMENT = Kind("role_assignment")
GROUPING = Kind("grouping")
GROUPING_GROUP = Kind("grouping_group")

META = "meta"
"""The method of enrolments that a meta link makes."""

declare(
    # Who is enrolled in the master is enrolled in the course.
    KindSpec(
        kind=META_LINK,
        table="meta_links",
        about="Who is in the master course is in the course",
        after=Kind.COURSE,
        joins=(("master_id", Kind.COURSE),),
        key=("course_id", "master_id"),
        lookups=(("master_id",),),
        scope=("", "course_id"),
        printed=("course_id", "master_id"),
    ),
    # Who is in the cohort is enrolled in the course, with this role, in these times where it has any; and with
    # `makegroup` is in the group of the course that is named as the cohort.
    KindSpec(
        kind=COHORT_BINDING,
        table="cohort_bindings",
        about="Who is in the cohort is in the course, with this role",
        after=Kind.COHORT_MEMBER,
        off="status",
        key=("cohort_id", "course_id", "method", "role"),
        columns=integers("makegroup", "starttime", "endtime"),
        lookups=(("course_id",),),
        scope=("", "course_id"),
        printed=("cohort_id", "course_id", "method", "role"),
    ),
    in_course(
        kind=ROLE_ASSIGNMENT,
        table="role_assignments",
        about="A role in a course without an enrolment",
        after=Kind.ENROLMENT,
        key=("course_id", "user_id", "role"),
        printed=("user_id", "course_id", "role"),
    ),
    entity(
        kind=GROUPING,
        table="course_groupings",
        few=False,
        columns=(OF_COURSE, *identities("name", "idnumber"), *texts("description")),
        unique=(("course_id", "name"), ("course_id", "idnumber")),
        scope=("", "course_id"),
        natural=("idnumber", "name"),
        about="A set of groups of one course",
        after=Kind.GROUP,
    ),
    KindSpec(
        kind=GROUPING_GROUP,
        table="grouping_groups",
        about="A group in a grouping",
        after=GROUPING,
        joins=(("grouping_id", GROUPING),),
        key=("grouping_id", "group_id"),
        columns=(OF_COURSE,),
        lookups=(("group_id",), ("course_id",)),
        scope=("", "course_id"),
        printed=("grouping_id", "group_id"),
    ),
    columns={
        Kind.COURSE: (
            *texts("format", "lang", "theme", "template"),
            *integers("sortorder", "visibleold", "showgrades", "showreports", "newsitems", "legacyfiles", "maxbytes"),
            *integers("groupmode", "groupmodeforce", "timecreated", "timemodified", "marker", "coursedisplay"),
            *integers("enablecompletion", "defaultgroupingid", "guest", "self"),
            Column(name="topics", type=Type.JSON),
        ),
        Kind.USER: (
            *texts("url", "icq"),
            *integers("maildisplay", "maildigest", "mailformat", "htmleditor", "autosubscribe", "trackforums"),
            *integers("mnethostid"),
        ),
    },
    makers={
        Kind.ENROLMENT: (
            Maker(kind=META_LINK, key=("course_id", "via"), method=META),
            Maker(kind=COHORT_BINDING, key=("via", "course_id", "method", "role")),
        )
    },
)

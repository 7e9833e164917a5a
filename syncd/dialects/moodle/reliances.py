"""Which records a Moodle does not keep without others, although they do not refer to them.

A member of a group is enrolled or has a role in its course; what a cohort binding or a meta link makes needs it, and
the membership, or an enrolment in the master course with the same role.
"""

import polars as pl

from syncd.core.kinds import Kind
from syncd.dialects.moodle.kinds import COHORT_BINDING, META, META_LINK, ROLE_ASSIGNMENT
from syncd.engine.reliances import Reliance

_OF_META = pl.col("method") == META
_OF_COHORT = (pl.col("via") != 0) & ~_OF_META
_PAIR = ("course_id", "user_id")
RELIANCES = (
    Reliance(kind=Kind.GROUP_MEMBER, columns=_PAIR, on={Kind.ENROLMENT: _PAIR, ROLE_ASSIGNMENT: _PAIR}),
    Reliance(
        kind=Kind.ENROLMENT,
        columns=("via", "course_id", "method", "role"),
        on={COHORT_BINDING: ("cohort_id", "course_id", "method", "role")},
        by=("course_id",),
        where=_OF_COHORT,
        made_by=COHORT_BINDING,
    ),
    Reliance(
        kind=Kind.ENROLMENT,
        columns=("via", "user_id"),
        on={Kind.COHORT_MEMBER: ("cohort_id", "user_id")},
        by=("user_id",),
        where=_OF_COHORT,
        made_by=COHORT_BINDING,
    ),
    Reliance(
        kind=Kind.ENROLMENT,
        columns=("course_id", "via"),
        on={META_LINK: ("course_id", "master_id")},
        by=("course_id",),
        where=_OF_META,
        made_by=META_LINK,
    ),
    Reliance(
        kind=Kind.ENROLMENT,
        columns=("via", "user_id", "role"),
        on={Kind.ENROLMENT: (*_PAIR, "role")},
        among=~_OF_META,
        by=("user_id",),
        where=_OF_META,
        made_by=META_LINK,
    ),
)

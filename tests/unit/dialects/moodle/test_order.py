"""The order in which the files of one pass are worked."""

from syncd.core.order import Stage
from syncd.dialects.moodle.dialect import MOODLE

STAGES = {name: file.stage for name, file in MOODLE.objects.items()}


def test_files_are_worked_after_those_that_they_refer_to() -> None:
    """Enrolments name users and courses; a pass that begins with them would refuse every row."""
    objects = [
        "courses",
        "users",
        "userpictures",
        "cohorts",
        "cohort_bindings",
        "enrolments",
        "groups",
        "group_members",
    ]
    assert objects == sorted(objects, key=STAGES.__getitem__)


def test_courses_go_before_others_are_made() -> None:
    """A shortname that both files of one pass name is to be made anew, not to be gone in the end."""
    assert STAGES["courses_delete"] < STAGES["courses"]


def test_files_that_are_nothing_known_come_first() -> None:
    """They fail at once, and those that miss their rows can be told so."""
    assert Stage.UNKNOWN < min(STAGES.values())

"""What a snapshot says by leaving out: who goes, and above all who does not."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from syncd.core.absences import Absence
from syncd.core.claims import Claim
from syncd.core.kinds import Kind
from syncd.engine.draft import Draft
from syncd.engine.presence import DELETED, Presence, Said, Told, remove_absent
from syncd.engine.results import RowResults
from syncd.frames.keys import key_hashes

NOBODY = np.empty(0, np.uint64)


class Scene:
    """A school with five people, and what became of a snapshot."""

    def __init__(self, school: Any) -> None:
        self.school = school
        for name, source, place in (
            ("ada", "sis", "North"),
            ("bea", "sis", "North"),
            ("cid", "sis", "South"),
            ("dan", "hr", "North"),
            ("eve", "old", "North"),
        ):
            school.user(name, data_source=source, institution=place)
        self.results = RowResults()

    def let_go(self, present: dict[int, int | None], rows: int | None = None, **said: Any) -> Absence | None:
        """Remove whoever is not among these: the id that each row names."""
        self.draft = Draft(self.school.roster, Claim(data_source="sis", also=said.pop("also", ())))
        known = key_hashes(Kind.USER, pl.DataFrame({"id": said.pop("known", [])}, schema={"id": pl.Int64()}))
        numbers = pl.int_range(1, (len(present) if rows is None else rows) + 1, eager=True)
        schema = {"row": pl.Int64(), "id": pl.Int64()}
        named = pl.DataFrame({"row": list(present), "id": list(present.values())}, schema=schema)
        owners = said.pop("owners", frozenset({"sis"}))
        presence = Presence(kind=Kind.USER, present=named, owners=owners, **said)
        told = Told(rows=numbers, known=known)
        absences = remove_absent([Said(presence=presence, told=told, protected=("cid",))], self.draft, self.results)
        return absences[0] if absences else None

    @property
    def gone(self) -> list[int]:
        changes = self.draft.changes().changed.get(Kind.USER)
        return [] if changes is None else sorted(changes.get_column("id").to_list())

    @property
    def codes(self) -> list[str]:
        return list(self.results.findings().get_column("code"))


@pytest.fixture
def scene(school: Any) -> Scene:
    return Scene(school)


def test_who_is_not_named_goes(scene: Scene) -> None:
    """But for the protected one; the others belong to other sources."""
    absence = scene.let_go({1: 1})
    assert ([2], ["absent-gone"]) == (scene.gone, scene.codes)
    assert Absence(kind=Kind.USER, gone=1, population=3, scope="data source sis") == absence


def test_what_goes_belongs_to_no_row(scene: Scene) -> None:
    """No row counts as applied for it."""
    scene.let_go({1: 1})
    assert [] == scene.draft.effective(scene.draft.changes()).to_list()
    assert [0] == scene.draft.changes().changed[Kind.USER].get_column("_row").to_list()


def test_rows_that_are_known_to_stand_name_their_records(scene: Scene) -> None:
    """They are not parsed again, and keep whom they name."""
    scene.let_go({1: 1}, known=[2])
    assert [] == scene.gone


def test_a_row_that_names_nobody_in_the_roster_is_certain(scene: Scene) -> None:
    """Such as one that failed to make a new record."""
    scene.let_go({1: 1, 2: None})
    assert [2] == scene.gone


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"present": {1: 1}, "rows": 2}, "absent-unsure"),
        ({"present": {}, "rows": 1}, "absent-unsure"),
        ({"present": {}, "rows": 0}, "absent-empty"),
        ({"present": {1: 1}, "within": pl.DataFrame({"institution": ["Nort"]})}, "scope-unknown"),
    ],
)
def test_where_nobody_goes_the_reason_is_said(scene: Scene, said: dict[str, Any], code: str) -> None:
    """Absence removes nobody by accident."""
    assert None is scene.let_go(**said)
    assert ([], [code]) == (scene.gone, scene.codes)


def test_only_the_scope_is_looked_at(scene: Scene) -> None:
    """A refresh of one school."""
    absence = scene.let_go({1: 1}, within=pl.DataFrame({"institution": ["North"]}), where="school North")
    assert ([2], "data source sis, school North") == (scene.gone, absence.scope if absence else "")


def test_owners_that_the_run_does_not_own_are_left_out(scene: Scene) -> None:
    """Whatever the dialect says (promise 7)."""
    scene.let_go({1: 1}, owners=frozenset({"sis", "hr", "old"}), also=("old",))
    assert [2, 5] == scene.gone


def test_the_absent_may_be_deleted_with_all_that_hangs_on_them(scene: Scene) -> None:
    """As if a row had deleted them."""
    scene.school.enrolment(2, scene.school.course("ALG"))
    scene.let_go({1: 1}, absent=DELETED)
    assert {Kind.USER: ["deleted"], Kind.ENROLMENT: ["deleted"]} == {
        kind: frame.get_column("_action").to_list() for kind, frame in scene.draft.changes().changed.items()
    }


def test_a_record_of_row_0_stays(scene: Scene) -> None:
    """The dialect knows another reason to keep it."""
    scene.let_go({1: 1, 0: 2}, rows=1)
    assert [] == scene.gone

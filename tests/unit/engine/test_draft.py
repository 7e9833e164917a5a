"""The draft: the roster as a run would leave it, and the difference it makes."""

from typing import Any

import polars as pl
import pytest

from syncd.core.claims import Claim, Foreign
from syncd.core.kinds import Kind
from syncd.engine.draft import Draft


@pytest.fixture
def draft(school: Any) -> Draft:
    """Give a draft of a school in which anna (1) lives in Rome."""
    school.user("anna", city="Rome", data_source="sis")
    made = Draft(school.roster, Claim(data_source="sis"))
    made.load(Kind.USER, pl.DataFrame({"username": ["anna"]}))
    return made


def want(**columns: Any) -> pl.DataFrame:
    return pl.DataFrame({"row": [1], "line": [2]} | {name: [value] for name, value in columns.items()})


def test_null_leaves_and_an_empty_text_clears(draft: Draft) -> None:
    """The two must never be confused: one is silence, the other an order."""
    assert draft.put(Kind.USER, want(id=1, city=None)).changed.is_empty()
    assert [1] == draft.put(Kind.USER, want(id=1, city="")).changed.to_list()
    assert [None] == draft.live(Kind.USER).get_column("city").to_list()
    assert draft.put(Kind.USER, want(id=1, city="")).changed.is_empty()


def test_a_change_tells_before_and_after_of_what_differs(draft: Draft) -> None:
    """The journal shows no more and no less."""
    draft.put(Kind.USER, want(id=1, city="Bonn"))
    (changed,) = draft.changes().changed[Kind.USER].to_dicts()
    assert ('{"city":"Rome"}', '{"city":"Bonn"}', "updated") == (
        changed["_before"],
        changed["_after"],
        changed["_action"],
    )
    assert (False, 1, "Anna") == (changed["_identity"], changed["_row"], changed["firstname"])


@pytest.mark.parametrize(("column", "identity"), [("username", True), ("email", True), ("city", False)])
def test_a_change_of_what_finds_the_record_is_marked(draft: Draft, column: str, identity: bool) -> None:
    """Rows that find it otherwise from now on must be looked at again."""
    draft.put(Kind.USER, want(id=1, **{column: "new"}))
    assert [identity] == draft.changes().changed[Kind.USER].get_column("_identity").to_list()


@pytest.mark.parametrize(("state", "action"), [("disabled", "disabled"), ("deleted", "deleted")])
def test_removals_are_told_apart_from_updates(draft: Draft, state: str, action: str) -> None:
    """Limits weigh them differently."""
    draft.put(Kind.USER, want(id=1, state=state, city="Bonn"))
    assert [action] == draft.changes().changed[Kind.USER].get_column("_action").to_list()


def test_what_is_put_back_is_no_change(draft: Draft) -> None:
    """The change set is the difference, not the way there."""
    draft.put(Kind.USER, want(id=1, city="Bonn"))
    draft.put(Kind.USER, want(id=1, city="Rome"))
    changes = draft.changes()
    assert (True, []) == (changes.is_empty, draft.effective(changes).to_list())


def test_dropping_what_is_not_there_is_no_change(draft: Draft) -> None:
    """Nor is dropping it twice."""
    assert draft.drop(Kind.USER, want(id=99)).changed.is_empty()
    assert [1] == draft.drop(Kind.USER, want(id=1)).changed.to_list()
    assert draft.drop(Kind.USER, want(id=1)).changed.is_empty()


def test_records_are_asked_for_once(draft: Draft, school: Any) -> None:
    """A second wave on the same keys must not go to the database again."""
    before = school.roster.looked_up[Kind.USER]
    draft.load(Kind.USER, pl.DataFrame({"username": ["anna", None]}))
    assert before == school.roster.looked_up[Kind.USER]
    draft.load_all(Kind.USER)
    once = school.roster.looked_up[Kind.USER]
    draft.load_all(Kind.USER)
    assert (once, 1) == (school.roster.looked_up[Kind.USER], len(draft.present(Kind.USER)))


def test_a_kind_of_which_there_is_nothing_is_not_looked_up(draft: Draft, school: Any) -> None:
    """A first load of a million enrolments has nothing to find."""
    draft.load(Kind.ENROLMENT, pl.DataFrame({"course_id": [1], "user_id": [1]}))
    assert 0 == school.roster.looked_up[Kind.ENROLMENT]


@pytest.mark.parametrize("column", ["id", "username"])
def test_names_are_those_of_now(draft: Draft, column: str) -> None:
    """A renamed user is known by the new name, a deleted one by none, a new one by its own."""
    draft.put(Kind.USER, want(id=1, username="anne"))
    draft.put(Kind.USER, want(id=7, username="new"))
    draft.put(Kind.USER, want(id=8, username="gone"))
    draft.drop(Kind.USER, want(id=8))
    named = draft.names(Kind.USER, column, pl.Series(column, [1, 7, 8] if column == "id" else ["anna", "anne", "new"]))
    expected = [1, 7] if column == "id" else ["anne", "new"]
    assert expected == sorted(named.get_column(column))


def test_new_ids_are_never_given_twice(draft: Draft) -> None:
    """Also across calls, and for none."""
    ids = [draft.new_ids(Kind.USER, count).to_list() for count in (2, 0, 1)]
    assert [[2, 3], [], [4]] == ids


def test_records_of_others_are_told_with_their_owner(school: Any) -> None:
    """Unless the source may touch what others supplied; what is deleted is nobody's."""
    school.user("anna", data_source="hr")
    school.user("bert", data_source="hr", state="deleted")
    which = pl.DataFrame({"id": [1, 2, 3], "row": [1, 2, 3], "line": [2, 3, 4]})
    for allowed, expected in ((False, [{"row": 1, "line": 2, "owner": "hr"}]), (True, [])):
        draft = Draft(school.roster, Claim(data_source="sis", foreign=Foreign.UPDATE if allowed else Foreign.REFUSE))
        draft.load_all(Kind.USER)
        assert expected == draft.foreign(Kind.USER, which).to_dicts()


def test_a_revived_record_belongs_to_the_source_that_sends_it(school: Any) -> None:
    """Who makes it live again supplies it from now on."""
    school.user("anna", data_source="hr", state="deleted")
    answer = school.send("users", "username;firstname;lastname\nanna;Anna;Doe")
    assert (["applied"], ["sis"]) == (answer.outcomes, school.live(Kind.USER, "data_source"))


OWNERS = [
    # foreign, of the record, given by the row, (owner afterwards, refused as whose, told as whose)
    (Foreign.REFUSE, "sis", None, ("sis", [], [])),
    (Foreign.REFUSE, "old", None, ("old", [], [])),
    (Foreign.REFUSE, "old", "sis", ("sis", [], [])),
    (Foreign.REFUSE, "sis", "old", ("old", [], [])),
    (Foreign.REFUSE, "sis", "hr", ("sis", ["hr"], [])),
    (Foreign.REFUSE, "hr", None, ("hr", ["hr"], [])),
    (Foreign.REFUSE, "hr", "sis", ("hr", ["hr"], [])),
    (Foreign.UPDATE, "hr", None, ("hr", [], ["hr"])),
    (Foreign.UPDATE, "hr", "sis", ("hr", [], ["hr"])),
    (Foreign.UPDATE, "sis", "hr", ("hr", [], [])),
    (Foreign.TAKE_OVER, "hr", None, ("sis", [], ["hr"])),
    (Foreign.TAKE_OVER, "hr", "old", ("old", [], ["hr"])),
    (Foreign.TAKE_OVER, "old", None, ("old", [], [])),
]


@pytest.mark.parametrize(("foreign", "owner", "given", "expected"), OWNERS)
@pytest.mark.parametrize("city", ["Bonn", "Rome"])
def test_whose_a_record_is_afterwards(
    school: Any, foreign: Foreign, owner: str, given: str | None, expected: tuple[str, list[str], list[str]], city: str
) -> None:
    """Refused, updated and left to its owner, taken over, or moved from one of the run's own to another."""
    school.user("anna", city="Rome", data_source=owner)
    draft = Draft(school.roster, Claim(data_source="sis", also=("old",), foreign=foreign))
    draft.load(Kind.USER, pl.DataFrame({"username": ["anna"]}))
    put = draft.put(Kind.USER, want(id=1, city=city, data_source=given))
    after, refused, told = expected
    if city == "Rome" and after == owner and given in (None, owner, "sis"):
        refused = told = []
    assert [after] == draft.live(Kind.USER).get_column("data_source").to_list()
    assert [["Rome" if refused else city]] == [draft.live(Kind.USER).get_column("city").to_list()]
    assert (refused, told) == tuple(frame.get_column("owner").to_list() for frame in (put.foreign, put.others))


@pytest.mark.parametrize(("given", "expected"), [(None, "sis"), ("old", "old")])
def test_a_new_record_is_of_the_source_that_its_row_gives(school: Any, given: str | None, expected: str) -> None:
    """Else of the run's."""
    draft = Draft(school.roster, Claim(data_source="sis", also=("old",)))
    draft.put(Kind.USER, want(id=1, username="anna", data_source=given))
    assert [expected] == draft.live(Kind.USER).get_column("data_source").to_list()


def test_a_new_record_is_never_made_in_the_name_of_another_source(school: Any) -> None:
    """That one's next snapshot would remove it."""
    draft = Draft(school.roster, Claim(data_source="sis"))
    put = draft.put(Kind.USER, want(id=1, username="anna", data_source="hr"))
    assert (["hr"], 0) == (put.foreign.get_column("owner").to_list(), len(draft.live(Kind.USER)))

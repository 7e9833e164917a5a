"""Cohorts: make, change, fill, empty and delete them."""

from typing import Any

import pytest

from syncd.core.kinds import Kind

HEAD = "cmd;cidnumber;cname;userid"
ADD = "cidnumber;cname;userid"


@pytest.fixture
def place(school: Any) -> Any:
    """Give the school with anna (1) and bert (2), and the cohort Nurses, NUR (1), with anna in it."""
    school.user("anna", idnumber="A", email="a@x.org")
    school.user("bert", idnumber="B")
    school.cohort("Nurses", "NUR", description="Old")
    school.roster.add(Kind.COHORT_MEMBER, cohort_id=1, user_id=1)
    return school


def members(school: Any) -> list[Any]:
    return [f"{cohort}{user}" for cohort, user in school.live(Kind.COHORT_MEMBER, "cohort_id", "user_id")]


# add


def test_add_makes_the_cohort_once_and_puts_every_user_in(place: Any) -> None:
    """Rows of one cohort are one cohort; the same file again changes nothing."""
    text = f"{ADD}\nMED;Medics;anna\nMED;Medics;bert\nLAW;Lawyers;"
    assert ["applied"] * 3 == place.send("cohorts", text).outcomes
    assert [("NUR", "Nurses"), ("MED", "Medics"), ("LAW", "Lawyers")] == place.live(Kind.COHORT, "idnumber", "name")
    assert ["11", "21", "22"] == members(place)
    assert ["unchanged"] * 3 == place.send("cohorts", text).outcomes


def test_a_row_without_a_name_uses_the_cohort_that_an_earlier_row_makes(place: Any) -> None:
    """The description comes from the first row that has one, and so does the name."""
    text = "cidnumber;cname;cdescription;userid\nMED;Medics;;anna\nMED;;Intake;bert"
    assert ["applied", "applied"] == place.send("cohorts", text).outcomes
    assert ("Medics", "Intake") == place.live(Kind.COHORT, "name", "description")[1]
    assert ["11", "21", "22"] == members(place)


def test_a_cohort_is_not_made_without_a_name(place: Any) -> None:
    """A row that comes before the one with the name cannot use it."""
    answer = place.send("cohorts", f"{ADD}\nMED;;anna\nMED;Medics;bert")
    assert (["failed", "applied"], ["cohort-incomplete"]) == (answer.outcomes, answer.codes(1))
    assert ["11", "22"] == members(place)


def test_a_repeated_member_does_not_come_after_rows_that_need_its_cohort(place: Any) -> None:
    """Rows that name a membership again wait for each other; what makes the cohort waits for nobody."""
    answer = place.send("cohorts", f"{ADD}\nMED;;anna\nMED;Medics;anna\nMED;;bert")
    assert ["failed", "applied", "applied"] == answer.outcomes
    assert ["11", "21", "22"] == members(place)


def test_a_member_does_not_leave_a_cohort_that_a_later_row_makes(place: Any) -> None:
    """Not even when the file took the same user out before."""
    answer = place.send("cohorts", f"{HEAD}\ndel;MED;;anna\ndel;MED;;anna\nadd;MED;Medics;bert")
    assert ["failed", "failed", "applied"] == answer.outcomes


def test_memberships_that_come_often_are_worked_in_their_order(place: Any) -> None:
    """The last word on each counts, and rows that are taken back changed nothing."""
    rows = ["add;MED;Medics;anna", "del;MED;;anna", "add;MED;;bert", "del;MED;;bert", "add;MED;;anna"]
    answer = place.send("cohorts", "\n".join([HEAD, *rows]))
    assert (0, ["11", "21"]) == (answer.outcomes.count("failed"), members(place))


def test_without_autocreate_an_unknown_cohort_is_refused(place: Any) -> None:
    """Known ones are filled all the same."""
    answer = place.send("cohorts", f"{ADD}\nMED;Medics;anna\nNUR;Nurses;bert", cohort_autocreate=False)
    assert (["failed", "applied"], ["cohort-closed"]) == (answer.outcomes, answer.codes(1))


def test_the_first_description_that_is_not_empty_counts(place: Any) -> None:
    """Rows without one do not clear it; a later other one follows."""
    head = "cidnumber;cname;cdescription;userid"
    place.send("cohorts", f"{head}\nMED;Medics;;anna\nMED;Medics;First;bert\nMED;Medics;;")
    assert ["Old", "First"] == place.live(Kind.COHORT, "description")
    place.send("cohorts", f"{head}\nMED;Medics;Second;anna\nMED;Medics;Third;bert\nMED;Medics;;")
    assert ["Old", "Third"] == place.live(Kind.COHORT, "description")


def test_the_row_that_brings_the_description_is_the_one_that_changes_something(place: Any) -> None:
    """A report that points at another row sends people looking in the wrong place."""
    head = "cidnumber;cname;cdescription;userid"
    place.send("cohorts", f"{ADD}\nNUR;Nurses;bert")
    answer = place.send("cohorts", f"{head}\nNUR;;;anna\nNUR;;New;bert")
    assert ["unchanged", "applied"] == answer.outcomes


def test_a_cohort_found_by_idnumber_is_renamed_and_by_name_renumbered(place: Any) -> None:
    """Broken in the original; the key finds it, the rest is data."""
    place.send("cohorts", f"{ADD}\nNUR;Carers;")
    place.send("cohorts", f"{ADD}\nCAR;Carers;", cohort_identifier="name")
    assert [(1, "CAR", "Carers")] == place.live(Kind.COHORT, "id", "idnumber", "name")


def test_by_name_an_empty_idnumber_is_no_value(place: Any) -> None:
    """A row that leaves it empty attaches to the cohort and conflicts with nobody."""
    text = f"{ADD}\n;Nurses;bert\n;Medics;anna\n;Lawyers;anna"
    answer = place.send("cohorts", text, cohort_identifier="name")
    assert ["applied"] * 3 == answer.outcomes
    assert ["NUR", None, None] == place.live(Kind.COHORT, "idnumber")


def test_an_idnumber_of_another_cohort_is_a_conflict(place: Any) -> None:
    """The owner is named."""
    answer = place.send("cohorts", f"{ADD}\nNUR;Medics;anna", cohort_identifier="name")
    assert (["failed"], ["cohort-taken"], True) == (answer.outcomes, answer.codes(1), "Nurses" in answer.said(1))


def test_two_new_cohorts_of_one_file_cannot_have_one_idnumber(place: Any) -> None:
    """The first row has it."""
    answer = place.send("cohorts", f"{ADD}\nMED;Medics;\nMED;Lawyers;anna", cohort_identifier="name")
    assert (["applied", "failed"], ["cohort-taken"]) == (answer.outcomes, answer.codes(2))


def test_a_name_of_several_cohorts_is_ambiguous(place: Any) -> None:
    """By name one cannot tell which."""
    place.cohort("Nurses", "N2")
    answer = place.send("cohorts", f"{HEAD}\nadd;;Nurses;bert\ndel;;Nurses;", cohort_identifier="name")
    assert (["failed"] * 2, ["ambiguous"]) == (answer.outcomes, answer.codes(2))


@pytest.mark.parametrize(("value", "outcome"), [("1", "applied"), ("01", "failed"), ("9", "failed"), ("x", "failed")])
def test_by_id_cohorts_are_found_and_never_made(place: Any, value: str, outcome: str) -> None:
    """Ids are given by syncd."""
    answer = place.send("cohorts", f"cid;cname;userid\n{value};Nurses;bert", cohort_identifier="id")
    assert [outcome] == answer.outcomes


def test_cid_stands_for_the_agreed_identifier(place: Any) -> None:
    """Existing senders use it so."""
    assert ["applied"] == place.send("cohorts", "cid;userid\nNUR;bert").outcomes
    assert ["11", "12"] == members(place)


# users


@pytest.mark.parametrize(("by", "value"), [("username", "bert"), ("idnumber", "B"), ("id", "2")])
def test_users_are_named_by_what_was_agreed(place: Any, by: str, value: str) -> None:
    """One identifier for the whole file."""
    place.send("cohorts", f"{ADD}\nNUR;Nurses;{value}", user_identifier=by)
    assert ["11", "12"] == members(place)


def test_one_user_written_in_two_ways_is_one_member(place: Any) -> None:
    """Numbers have several spellings."""
    answer = place.send("cohorts", f"{ADD}\nNUR;Nurses;2\nNUR;Nurses;02", user_identifier="id")
    assert (["applied", "unchanged"], ["11", "12"]) == (answer.outcomes, members(place))


def test_an_unknown_user_fails_the_row_that_adds(place: Any) -> None:
    """The cohort is there; only this membership is not."""
    answer = place.send("cohorts", f"{ADD}\nNUR;Nurses;nobody")
    assert (["failed"], ["unknown-user"]) == (answer.outcomes, answer.codes(1))


def test_an_unknown_user_of_a_row_that_makes_the_cohort_leaves_it_partial(place: Any) -> None:
    """The cohort stands; the row goes to the tryback for the membership."""
    answer = place.send("cohorts", f"{ADD}\nMED;Medics;nobody\nMED;Medics;none")
    assert ["partial", "failed"] == answer.outcomes
    assert ["NUR", "MED"] == place.live(Kind.COHORT, "idnumber")


def test_an_email_of_two_users_is_ambiguous(place: Any) -> None:
    """And an ambiguous user deletes no cohort either."""
    place.user("anne", email="a@x.org")
    text = f"{HEAD}\nadd;NUR;Nurses;a@x.org\ndel;NUR;;a@x.org"
    answer = place.send("cohorts", text, user_identifier="email")
    assert (["failed"] * 2, ["ambiguous"], ["11"]) == (answer.outcomes, answer.codes(2), members(place))


# del and free


def test_del_with_a_user_takes_only_the_user_out(place: Any) -> None:
    """And again: nothing left to do."""
    outcomes = [place.send("cohorts", f"{HEAD}\ndel;NUR;;anna").outcomes for _ in range(2)]
    assert ([["applied"], ["unchanged"]], [], 1) == (outcomes, members(place), len(place.roster.records(Kind.COHORT)))


def test_del_with_an_unknown_user_never_deletes_the_cohort(place: Any) -> None:
    """The most destructive defect of the original."""
    answer = place.send("cohorts", f"{HEAD}\ndel;NUR;;nobody\ndel;NUR;;nobody2")
    assert (["failed", "failed"], ["unknown-user"]) == (answer.outcomes, answer.codes(1))
    assert (["11"], True) == (members(place), answer.changes.is_empty)


@pytest.mark.parametrize("text", [f"{HEAD}\ndel;NUR;;", "cmd;cidnumber\ndel;NUR"])
def test_del_without_a_user_deletes_the_cohort_and_its_memberships(place: Any, text: str) -> None:
    """Whether the column is empty or absent."""
    answer = place.send("cohorts", text)
    counts = answer.changes.counts()
    assert (["applied"], 1, 1) == (answer.outcomes, counts[Kind.COHORT].deleted, counts[Kind.COHORT_MEMBER].deleted)
    assert ["failed"] == place.send("cohorts", text).outcomes


@pytest.mark.parametrize("verb", ["del", "free"])
@pytest.mark.parametrize("user", ["", "anna"])
def test_verbs_on_an_unknown_cohort_fail(place: Any, verb: str, user: str) -> None:
    """The original passed over them in silence."""
    answer = place.send("cohorts", f"{HEAD}\n{verb};NO;;{user}")
    assert (["failed"], ["unknown-cohort"]) == (answer.outcomes, answer.codes(1))


def test_free_takes_everybody_out_and_keeps_the_cohort(place: Any) -> None:
    """An empty cohort has nothing to free."""
    outcomes = [place.send("cohorts", f"{HEAD}\nfree;NUR;;").outcomes for _ in range(2)]
    assert ([["applied"], ["unchanged"]], [], ["NUR"]) == (
        outcomes,
        members(place),
        place.live(Kind.COHORT, "idnumber"),
    )


def test_a_verb_that_does_not_exist_fails_the_row(place: Any) -> None:
    """Unknown verbs were silently ignored."""
    assert ["verb-unknown"] == place.send("cohorts", f"{HEAD}\nremove;NUR;;anna").codes(1)


# order within a file


@pytest.mark.parametrize(
    ("rows", "after"),
    [
        (["add;NUR;;bert", "free;NUR;;"], []),
        (["free;NUR;;", "add;NUR;;bert"], ["12"]),
        (["add;NUR;;bert", "free;NUR;;", "add;NUR;;bert"], ["12"]),
        (["free;NUR;;", "add;NUR;;anna"], ["11"]),
        (["del;NUR;;anna", "add;NUR;;anna", "del;NUR;;anna"], []),
        (["add;NUR;;bert", "del;NUR;;bert", "add;NUR;;bert"], ["11", "12"]),
        (["del;NUR;;", "add;NUR;Nurses;bert"], ["22"]),
        (["add;MED;Medics;anna", "del;MED;;", "add;MED;Medics;bert"], ["11", "32"]),
        (["add;MED;Medics;anna", "free;MED;;", "add;MED;Medics;bert"], ["11", "22"]),
        (["add;MED;Medics;anna", "del;MED;;anna"], ["11"]),
        (["add;MED;Medics;", "del;MED;;", "free;NUR;;"], []),
    ],
)
def test_rows_are_worked_in_file_order(place: Any, rows: list[str], after: list[str]) -> None:
    """Verbs on a whole cohort stand between what comes before and after them."""
    place.send("cohorts", "\n".join([HEAD, *rows]))
    assert after == members(place)


def test_rows_that_take_each_other_back_change_nothing(place: Any) -> None:
    """A nightly file that empties and refills must not look like removals."""
    answer = place.send("cohorts", f"{HEAD}\nfree;NUR;;\nadd;NUR;;anna")
    assert (["unchanged", "unchanged"], True) == (answer.outcomes, answer.changes.is_empty)


def test_a_cohort_made_and_deleted_in_one_file_leaves_nothing(place: Any) -> None:
    """Not even memberships of a cohort that never was."""
    answer = place.send("cohorts", f"{HEAD}\nadd;MED;Medics;anna\ndel;MED;;")
    assert answer.changes.is_empty


# context


@pytest.mark.parametrize(("column", "value"), [("ccatcontext", "1"), ("ccatcontextidnumber", "H")])
def test_a_category_is_the_context_of_the_cohort(place: Any, column: str, value: str) -> None:
    """By id or by idnumber; empty leaves it where it is."""
    health = place.roster.add(Kind.CATEGORY, path="Health", name="Health", idnumber="H")
    place.send("cohorts", f"cidnumber;cname;{column}\nMED;Medics;{value}")
    place.send("cohorts", f"cidnumber;cname;{column}\nMED;Medics;")
    assert [None, 1 if value == "1" else health] == place.live(Kind.COHORT, "category_id")


def test_the_id_of_a_category_comes_before_its_idnumber(place: Any) -> None:
    """Where both are given, ccatcontext wins."""
    place.roster.add(Kind.CATEGORY, path="Health", name="Health", idnumber="H")
    place.send("cohorts", "cidnumber;cname;ccatcontext;ccatcontextidnumber\nMED;Medics;1;H")
    assert [None, 1] == place.live(Kind.COHORT, "category_id")


@pytest.mark.parametrize(("column", "value"), [("ccatcontext", "9"), ("ccatcontextidnumber", "X")])
def test_an_unknown_category_fails_the_row(place: Any, column: str, value: str) -> None:
    """Making the cohort for the whole site instead would show it to everybody."""
    answer = place.send("cohorts", f"cidnumber;cname;{column}\nMED;Medics;{value}")
    assert (["failed"], ["unknown-category"]) == (answer.outcomes, answer.codes(1))


# whose they are


def test_a_cohort_of_another_source_is_filled_but_not_changed(place: Any) -> None:
    """A membership is the source's own; the cohort is not."""
    place.cohort("Staff", "STA", data_source="hr")
    head = "cidnumber;cname;cdescription;userid"
    answer = place.send("cohorts", f"{head}\nSTA;;;anna\nSTA;;New;bert\nSTA;Staff;;bert")
    assert (["applied", "failed", "applied"], ["not-yours"]) == (answer.outcomes, answer.codes(2))
    assert ["11", "21", "22"] == members(place)


def test_a_cohort_of_another_source_is_not_deleted(place: Any) -> None:
    """Nor emptied on the way."""
    place.cohort("Staff", "STA", data_source="hr")
    place.roster.add(Kind.COHORT_MEMBER, cohort_id=2, user_id=2)
    answer = place.send("cohorts", f"{HEAD}\ndel;STA;;")
    assert (["failed"], ["11", "22"]) == (answer.outcomes, members(place))


def test_memberships_of_another_source_are_not_taken_away(place: Any) -> None:
    """Neither one by one nor by freeing the whole cohort."""
    place.roster.add(Kind.COHORT_MEMBER, cohort_id=1, user_id=2, data_source="hr")
    answer = place.send("cohorts", f"{HEAD}\ndel;NUR;;bert")
    assert (["failed"], ["not-yours"]) == (answer.outcomes, answer.codes(1))
    answer = place.send("cohorts", f"{HEAD}\nfree;NUR;;")
    assert (["partial"], ["not-yours"], ["12"]) == (answer.outcomes, answer.codes(1), members(place))


# what is remembered


def test_rows_that_put_somebody_in_are_remembered_and_others_are_not(place: Any) -> None:
    """Del and free ask for something not to be there, which no change tells."""
    assert [2] == place.send("cohorts", f"{HEAD}\ndel;NUR;;anna\nadd;NUR;;bert").remembered
    assert [] == place.send("cohorts", f"{HEAD}\nadd;NUR;;bert\nfree;NUR;;").remembered


def test_too_many_rows_on_one_member_are_left_out(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each would be a pass of its own."""
    monkeypatch.setattr("syncd.dialects.moodle.plan.cohorts.WAVE_LIMIT", 2)
    answer = place.send("cohorts", f"{ADD}\nNUR;;bert\nNUR;;bert\nNUR;;bert")
    assert (["applied", "unchanged", "failed"], ["row-entangled"]) == (answer.outcomes, answer.codes(3))

"""The results: one outcome for each row, and what is remembered of it."""

import polars as pl
import pytest

from syncd.core.kinds import Kind
from syncd.engine.results import RowResults

YES = pl.lit(value=True)


def rows(*numbers: int) -> pl.DataFrame:
    return pl.DataFrame({"row": numbers, "line": numbers}, schema={"row": pl.Int64, "line": pl.Int64})


def outcomes(results: RowResults, *numbers: int, applied: tuple[int, ...] = ()) -> list[str]:
    taken = pl.Series(applied, dtype=pl.Int64)
    return results.outcomes(pl.Series(numbers), taken).get_column("outcome").to_list()


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ((), "unchanged"),
        (("apply",), "applied"),
        (("apply", "skip"), "skipped"),
        (("skip", "part"), "partial"),
        (("part", "fail", "apply"), "failed"),
    ],
)
def test_the_gravest_that_happened_to_a_row_counts(happened: tuple[str, ...], expected: str) -> None:
    """Every row has exactly one outcome."""
    results = RowResults()
    if "skip" in happened:
        results.skip(rows(1), "course-exists", value="x")
    if "part" in happened:
        results.part().refuse(rows(1), YES, "rename-forbidden")
    if "fail" in happened:
        results.refuse(rows(1), YES, "rename-forbidden")
    assert [expected, "unchanged"] == outcomes(results, 1, 2, applied=(1,) if "apply" in happened else ())


def test_refused_rows_are_not_worked_on() -> None:
    """What comes back are the others, also where the condition is not known."""
    results, given = RowResults(), rows(1, 2, 3).with_columns(bad=pl.Series([True, False, None]))
    assert [2, 3] == results.refuse(given, pl.col("bad"), "rename-forbidden").get_column("row").to_list()
    assert ["failed", "unchanged", "unchanged"] == outcomes(results, 1, 2, 3)


def test_findings_made_elsewhere_fail_their_rows_if_they_are_errors() -> None:
    """Warnings and remarks do not."""
    results, other = RowResults(), RowResults()
    other.refuse(rows(1), YES, "rename-forbidden")
    other.note(rows(2), "user-revived", value="ada")
    results.add(other.findings())
    assert ["failed", "unchanged"] == outcomes(results, 1, 2)


def test_rows_that_do_not_fully_stand_are_not_remembered() -> None:
    """Failed, partial, skipped and remarked ones are looked at again."""
    results, given = RowResults(), rows(1, 2, 3, 4, 5).with_columns(u=pl.col("row"))
    results.standing(given, a="u")
    results.refuse(rows(1), YES, "rename-forbidden")
    results.part().refuse(rows(2), YES, "rename-forbidden")
    results.skip(rows(3), "course-exists", value="x")
    results.note(rows(4), "user-revived", value="x")
    assert [{"row": 5, "a": 5, "b": 0}] == results.remembered().to_dicts()


def test_rows_that_share_person_and_place_are_not_remembered() -> None:
    """One row twice on one pair is no sharing; great ids are told apart."""
    results = RowResults()
    given = rows(1, 2, 3, 4, 4).with_columns(u=pl.Series([1, 1, 2**32 + 1, 5, 5]), c=pl.Series([7, 7, 7, 9, 9]))
    results.scope(given, a="u", b="c")
    results.standing(given.unique(), a="u", b="c")
    assert [3, 4] == sorted(results.remembered().get_column("row"))


def test_rows_at_a_place_that_another_row_works_on_as_a_whole_are_not_remembered() -> None:
    """Freeing a cohort concerns each of its members."""
    results, given = RowResults(), rows(1, 2).with_columns(u=pl.lit(1), c=pl.Series([7, 8]))
    results.standing(given, a="u", b="c")
    results.scope_of_all(rows(3).with_columns(c=pl.lit(7)), b="c")
    assert [2] == results.remembered().get_column("row").to_list()


def test_actions_of_a_platform_are_summed_up_for_the_file() -> None:
    """A thousand passwords are one remark, none is no remark."""
    results = RowResults()
    asking = rows(*range(1, 8)).with_columns(user_id=pl.col("row") + 10)
    results.action("password to set", asking.head(3), Kind.USER)
    results.action("password to set", asking.tail(4), Kind.USER)
    results.action("nothing", asking.clear(), Kind.USER)
    (found,) = results.findings().to_dicts()
    assert (0, "action-waits", True) == (found["row"], found["code"], "password to set (7)" in found["message"])


def test_what_a_failed_row_asks_of_platforms_is_not_asked() -> None:
    """And the same thing is asked once, whoever asks."""
    results = RowResults()
    asking = rows(1, 2, 3).with_columns(course_id=pl.Series([7, 7, 8]))
    results.action("reset events", asking, Kind.COURSE)
    results.part().action("reset modules", asking.tail(1), Kind.COURSE, pl.lit('{"only": ["quiz"]}'))
    results.refuse(rows(3), YES, "rename-forbidden")
    assert [
        {"action": "reset events", "kind": "course", "id": 7, "row": 1, "arguments": "{}"}
    ] == results.actions().to_dicts()


def test_a_row_that_acts_where_the_roster_shows_nothing_is_applied() -> None:
    """It did what it asked for, or a platform will."""
    results = RowResults()
    results.acted(rows(2))
    assert ["unchanged", "applied"] == outcomes(results, 1, 2)


def test_an_empty_sheet_says_nothing() -> None:
    """No rows, no findings, nothing to remember."""
    results = RowResults()
    assert ([], True, True) == (outcomes(results), results.findings().is_empty(), results.remembered().is_empty())

"""The sheet: one outcome for each row, and what is remembered of it."""

import polars as pl
import pytest

from syncd.core.kinds import Kind
from syncd.engine.sheet import Sheet

YES = pl.lit(value=True)


def rows(*numbers: int) -> pl.DataFrame:
    return pl.DataFrame({"row": numbers, "line": numbers}, schema={"row": pl.Int64, "line": pl.Int64})


def outcomes(sheet: Sheet, *numbers: int, applied: tuple[int, ...] = ()) -> list[str]:
    taken = pl.Series(applied, dtype=pl.Int64)
    return sheet.outcomes(pl.Series(numbers), taken).get_column("outcome").to_list()


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
    sheet = Sheet()
    if "skip" in happened:
        sheet.skip(rows(1), "course-exists", value="x")
    if "part" in happened:
        sheet.part().refuse(rows(1), YES, "rename-forbidden")
    if "fail" in happened:
        sheet.refuse(rows(1), YES, "rename-forbidden")
    assert [expected, "unchanged"] == outcomes(sheet, 1, 2, applied=(1,) if "apply" in happened else ())


def test_refused_rows_are_not_worked_on() -> None:
    """What comes back are the others, also where the condition is not known."""
    sheet, given = Sheet(), rows(1, 2, 3).with_columns(bad=pl.Series([True, False, None]))
    assert [2, 3] == sheet.refuse(given, pl.col("bad"), "rename-forbidden").get_column("row").to_list()
    assert ["failed", "unchanged", "unchanged"] == outcomes(sheet, 1, 2, 3)


def test_findings_made_elsewhere_fail_their_rows_if_they_are_errors() -> None:
    """Warnings and remarks do not."""
    sheet, other = Sheet(), Sheet()
    other.refuse(rows(1), YES, "rename-forbidden")
    other.note(rows(2), "user-revived", value="ada")
    sheet.add(other.findings())
    assert ["failed", "unchanged"] == outcomes(sheet, 1, 2)


def test_rows_that_do_not_fully_stand_are_not_remembered() -> None:
    """Failed, partial, skipped and remarked ones are looked at again."""
    sheet, given = Sheet(), rows(1, 2, 3, 4, 5).with_columns(u=pl.col("row"))
    sheet.standing(given, a="u")
    sheet.refuse(rows(1), YES, "rename-forbidden")
    sheet.part().refuse(rows(2), YES, "rename-forbidden")
    sheet.skip(rows(3), "course-exists", value="x")
    sheet.note(rows(4), "user-revived", value="x")
    assert [{"row": 5, "a": 5, "b": 0}] == sheet.remembered().to_dicts()


def test_rows_that_share_person_and_place_are_not_remembered() -> None:
    """One row twice on one pair is no sharing; great ids are told apart."""
    sheet = Sheet()
    given = rows(1, 2, 3, 4, 4).with_columns(u=pl.Series([1, 1, 2**32 + 1, 5, 5]), c=pl.Series([7, 7, 7, 9, 9]))
    sheet.scope(given, a="u", b="c")
    sheet.standing(given.unique(), a="u", b="c")
    assert [3, 4] == sorted(sheet.remembered().get_column("row"))


def test_rows_at_a_place_that_another_row_works_on_as_a_whole_are_not_remembered() -> None:
    """Freeing a cohort concerns each of its members."""
    sheet, given = Sheet(), rows(1, 2).with_columns(u=pl.lit(1), c=pl.Series([7, 8]))
    sheet.standing(given, a="u", b="c")
    sheet.scope_of_all(rows(3).with_columns(c=pl.lit(7)), b="c")
    assert [2] == sheet.remembered().get_column("row").to_list()


def test_actions_of_a_platform_are_summed_up_for_the_file() -> None:
    """A thousand passwords are one remark, none is no remark."""
    sheet = Sheet()
    asking = rows(*range(1, 8)).with_columns(user_id=pl.col("row") + 10)
    sheet.action("password to set", asking.head(3), Kind.USER)
    sheet.action("password to set", asking.tail(4), Kind.USER)
    sheet.action("nothing", asking.clear(), Kind.USER)
    (found,) = sheet.findings().to_dicts()
    assert (0, "action-waits", True) == (found["row"], found["code"], "password to set (7)" in found["message"])


def test_what_a_failed_row_asks_of_platforms_is_not_asked() -> None:
    """And the same thing is asked once, whoever asks."""
    sheet = Sheet()
    asking = rows(1, 2, 3).with_columns(course_id=pl.Series([7, 7, 8]))
    sheet.action("reset events", asking, Kind.COURSE)
    sheet.part().action("reset modules", asking.tail(1), Kind.COURSE, pl.lit('{"only": ["quiz"]}'))
    sheet.refuse(rows(3), YES, "rename-forbidden")
    assert [
        {"action": "reset events", "kind": "course", "id": 7, "row": 1, "arguments": "{}"}
    ] == sheet.actions().to_dicts()


def test_a_row_that_acts_where_the_roster_shows_nothing_is_applied() -> None:
    """It did what it asked for, or a platform will."""
    sheet = Sheet()
    sheet.acted(rows(2))
    assert ["unchanged", "applied"] == outcomes(sheet, 1, 2)


def test_an_empty_sheet_says_nothing() -> None:
    """No rows, no findings, nothing to remember."""
    sheet = Sheet()
    assert ([], True, True) == (outcomes(sheet), sheet.findings().is_empty(), sheet.remembered().is_empty())

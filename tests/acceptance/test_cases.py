"""The project's own acceptance cases pass, and the runner fails what is not as expected or not understood."""

import json
from pathlib import Path

import pytest

from cases.__main__ import OWN, problems_of

CASES = sorted(path.parent for path in OWN.rglob("expect.json"))
USERS = "username;firstname;lastname\nanna;Anna;Ek\n"


@pytest.mark.parametrize("case", CASES, ids=[f"{case.parent.name}/{case.name}" for case in CASES])
def test_a_case_gives_what_it_expects(case: Path) -> None:
    """As `make cases` runs it."""
    assert [] == list(problems_of(case))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"expect": {"rows": {"applied": 2}}}, "run 1.rows.applied: 2 expected, 1 came"),
        ({"expect": {"roster": {"user": {"anna": None}}}}, "roster.user.anna: null expected"),
        ({"expect": {"roster": {"user": {"ben": {}}}}}, "roster.user.ben: {} expected, null came"),
        ({"expect": {"counts": {"user": 0}}}, "counts.user: 0 expected, 1 came"),
        ({"expect": {"exit": 1}}, "exit: 1 expected, 0 came"),
        ({"expect": {"error": "no such"}}, "error: 'no such' expected"),
        ({"expect": {"findings": [{"code": "value-email"}]}}, "findings: "),
        ({"expect": {"tryback": "users.csv"}}, "tryback: the bytes of users.csv expected"),
        ({"expect": {"runs": []}}, "runs: 0 expected, 1 came"),
        ({"expect": {"colour": "red"}}, "colour is not understood"),
        ({"expect": {"roster": {"dog": {}}}}, "dog is not understood"),
        ({"expect": {}, "when": "noon"}, "when is not understood"),
    ],
)
def test_what_differs_or_is_not_understood_fails_the_case(
    tmp_path: Path, said: dict[str, object], expected: str
) -> None:
    """A case that passes whatever comes out shows nothing."""
    case = tmp_path / "moodle" / "01-users"
    case.mkdir(parents=True)
    (case / "users.csv").write_text(USERS)
    (case / "expect.json").write_text(json.dumps({"steps": [{"file": "users.csv"} | said]}))
    assert expected in "\n".join(problems_of(case))


@pytest.mark.parametrize("text", ["", "[]", '{"integration": {}}'])
def test_a_damaged_or_foreign_case_fails(tmp_path: Path, text: str) -> None:
    """Cases of dialects that come later are not passed over."""
    (tmp_path / "expect.json").write_text(text)
    assert 1 == len(list(problems_of(tmp_path)))

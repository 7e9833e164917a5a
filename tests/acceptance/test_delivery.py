"""Files that come together: what one fails to make is explained to those that miss it."""

from typing import Any

FILES = {
    "userimport.csv": "username;firstname;lastname;idnumber\nada;A;X;N1\nzoe;;Z;N2\n",
    "uploadcourses.csv": "shortname;fullname;category\nALG;Algebra;Maths\n",
    "enrols.csv": "cmd;cid;uid;rolename;enrol\n"
    "add;ALG;ada;student;manual\nadd;ALG;zoe;student;manual\nadd;ALG;kim;student;manual\n",
}
EXPECTED = [(2, "unknown-user"), (2, "awaited-row"), (3, "unknown-user")]


def drop(home: Any, files: dict[str, str]) -> None:
    for name, text in files.items():
        (home.path / "sync" / name).write_text(text)


def explained(runs: list[dict[str, Any]]) -> list[tuple[int, str]]:
    (run,) = (run for run in runs if run["object"] == "enrolments")
    return [(finding["row"], finding["code"]) for finding in run["findings"]]


def test_a_row_is_told_which_failed_row_would_have_made_its_user(home: Any) -> None:
    """Otherwise the operator mends the enrolment, of which nothing is wrong."""
    drop(home, FILES)
    runs = home.runs("sync")
    assert EXPECTED == explained(runs)
    (hint,) = (f["message"] for run in runs for f in run["findings"] if f["code"] == "awaited-row")
    assert "line 3 of userimport.csv" in hint


def test_files_named_at_the_command_line_come_together_too(home: Any) -> None:
    """They are one delivery; and a dry run says beforehand what will be said."""
    for name, text in FILES.items():
        (home.path / name).write_text(text)
    paths = [str(home.path / name) for name in FILES]
    assert EXPECTED == explained(home.runs("sync", *paths, "--dry-run")) == explained(home.runs("sync", *paths))


def test_a_held_file_and_one_that_failed_whole_are_named(home: Any) -> None:
    """Both leave the others without what they bring."""
    home.worked("userimport.csv", "username;firstname;lastname\nkim;K;Y\n")
    home.configure("[limits]\nuser.growth = { count = 0, percent = 0 }\n")
    drop(home, FILES | {"uploadcourses.csv": "fullname;visible\nX;1\n"})
    run = next(run for run in home.runs("sync") if run["object"] == "enrolments")
    codes = [finding["code"] for finding in run["findings"]]
    counts = {code: codes.count(code) for code in ("awaited-file", "awaited-plan", "awaited-row")}
    assert {"awaited-file": 1, "awaited-plan": 1, "awaited-row": 1} == counts

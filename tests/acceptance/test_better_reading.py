"""What the model cannot read, or reads wrongly in silence, shown absent on a home (W5, W6, W7, W15, W17)."""

import time

import pytest

HEADER = "username;firstname;lastname;email"


def codes(run) -> list[str]:
    """Return the codes of the errors of a run."""
    return [finding["code"] for finding in run["findings"] if finding["severity"] == "error"]


def test_w5_quotes_marks_spaces_and_long_lines_are_read(home):
    """The model splits at every separator, cuts lines at one kilobyte, and takes ' Lastname' for unknown."""
    prose = "Ångström; “quoted”\nsecond line " + "x" * 5000
    text = f'\ufeffUsername ; FIRSTNAME; Lastname;description\nada;"O""Brien; Ada";Łoś;"{prose}"\n'
    run = home.worked("users.csv", text)
    assert ("completed", 1) == (run["state"], run["rows"]["applied"])
    assert [('O"Brien; Ada', "Łoś", prose)] == home.names("user", "firstname", "lastname", "description")


def test_w5_a_byte_that_is_no_text_fails_its_row_with_its_line(home):
    """The model turns é into Ã© and says nothing."""
    run = home.worked("users.csv", f"{HEADER}\nada;Ada;X;\n".encode() + b"rene;Ren\xe9;X;\nbea;Bea;X;\n")
    assert (["row-encoding"], 3) == (codes(run), run["findings"][0]["line"])
    assert ["ada", "bea"] == home.names("user", "username")
    home.configure('[moodle]\nencoding = "cp1252"')
    again = home.worked("users.csv", (home.path / run["tryback"]).read_bytes())
    assert ("completed", "René") == (again["state"], dict(home.names("user", "username", "firstname"))["rene"])


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing today\n", "\ufeff", f"{HEADER}\n"])
def test_w6_an_empty_file_ends(home, text):
    """In the model a file without a line to read hangs its worker for ever."""
    started = time.monotonic()
    run = home.worked("users.csv", text)
    assert time.monotonic() - started < 30
    assert (0, text.encode()) == (run["rows"]["total"], (home.path / run["archive"]).read_bytes())
    assert (home.path / run["report"]).is_file()
    assert run["state"] == ("completed" if text.startswith(HEADER) else "failed")


def test_w7_one_blank_cell_fails_one_row(home):
    """In the model it ends the whole file, without a report, and the file is worked again for ever."""
    run = home.worked("users.csv", f"{HEADER}\nada;Ada;X;\nbea;;X;\n;Cid;X;\ndan;Dan;X;\n")
    assert (["ada", "dan"], 2) == (home.names("user", "username"), run["rows"]["failed"])
    assert ["value-required", "value-required"] == codes(run)
    assert f"{HEADER}\nbea;;X;\n;Cid;X;\n" == (home.path / run["tryback"]).read_text()
    assert [] == home.left("sync")


def test_w15_a_value_that_is_not_legal_is_never_stored_as_nothing(home):
    """The model says so and works the row with null in its place."""
    rows = "ALG;Algebra;99;1\nBIO;Biology;5;maybe\nGEO;Geometry;5;0\n"
    run = home.worked("uploadcourses.csv", f"shortname;fullname;newsitems;visible\n{rows}")
    assert [("GEO", 5, 0)] == home.names("course", "shortname", "newsitems", "visible")
    assert ["value-integer", "value-flag"] == codes(run)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("userimport.csv", "username,lastname\nada,X\n", "header-required"),
        ("userimport.csv", "username;firstname;lastname;username\nada;Ada;X;ada\n", "header-duplicate"),
        ("menu.csv", "soup;fish\ntomato;cod\n", "file-unrecognised"),
    ],
)
def test_w17_a_header_that_will_not_do_is_told_once_and_the_file_kept(home, name, text, code):
    """In the model the file stays where it is and fails again at every hour, and no report is stored."""
    home.drop(name, text)
    done = home.run("sync", "--json")
    (run,) = done.json()
    assert (1, "failed") == (done.code, run["state"])
    assert code in codes(run)
    assert text == (home.path / run["archive"]).read_text()
    assert code in (home.path / run["report"]).with_suffix(".json").read_text()
    assert "Nothing to do" in home.run("sync").out

"""Promise 10: bad input gets a sentence, never a traceback; it is not lost, nor does it take the next file down."""

import json
import os

import pytest

from syncd.engine.preparing import Preparation
from syncd.store.store import Store

GOOD = b"username;firstname;lastname\ngood.one;Good;One\n"
HEADER = b"username;firstname;lastname\n"
NAMED = "username;firstname;lastname\nåsa;Åsa;Ström\n"

# name: (bytes, exit code, state, rows by outcome that are not 0, codes of findings)
FILES = {
    "empty": (b"", 1, "failed", {}, {"file-empty"}),
    "a byte order mark alone": (b"\xef\xbb\xbf", 1, "failed", {}, {"file-empty"}),
    "blank lines alone": (b"\n\r\n  \n", 1, "failed", {}, {"file-empty"}),
    "comments alone": (b"# one\n# two\n", 1, "failed", {}, {"file-empty"}),
    "a header alone": (HEADER, 0, "completed", {}, set()),
    "a header without line end": (HEADER.rstrip(), 0, "completed", {}, set()),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, 1, "failed", {}, {"file-binary"}),
    "a zip": (b"PK\x03\x04" + bytes(200), 1, "failed", {}, {"file-binary"}),
    "random bytes": (bytes((n * 7919 + n * n) % 256 for n in range(4000)), 1, "failed", {}, None),
    "another header": (b"soup;fish\ntomato;cod\n", 1, "failed", {}, {"file-unrecognised"}),
    "a column twice": (b"username;firstname;lastname;firstname\na;B;C;D\n", 1, "failed", {}, {"header-duplicate"}),
    "a column without name": (b"username;;firstname;lastname\na;b;C;D\n", 1, "failed", {}, {"header-empty-name"}),
    "a required column missing": (b"username;firstname\na;B\n", 1, "failed", {}, {"header-required"}),
    "UTF-16, little end first": (NAMED.replace("åsa;", "asa;").encode("utf-16"), 0, "completed", {"applied": 1}, set()),
    "UTF-16, big end first": (
        b"\xfe\xff" + NAMED.replace("åsa;", "asa;").encode("utf-16-be"),
        0,
        "completed",
        {"applied": 1},
        set(),
    ),
    "UTF-8 with a mark": (b"\xef\xbb\xbf" + GOOD, 0, "completed", {"applied": 1}, set()),
    "Latin-1, not declared": (
        HEADER + "asa;Åsa;Ström\nbo;Bo;Ek\n".encode("latin-1"),
        1,
        "completed_with_failures",
        {"applied": 1, "failed": 1},
        {"row-encoding"},
    ),
    "CR alone": (GOOD.replace(b"\n", b"\r"), 0, "completed", {"applied": 1}, set()),
    "mixed line ends": (HEADER + b"a1;A;B\r\nb1;A;B\rc1;A;B\nd1;A;B", None, None, None, None),
    "a field of 1 MB": (
        HEADER + b"a1;" + b"x" * 1_000_000 + b";B\nb1;A;B\n",
        1,
        "completed_with_failures",
        {"applied": 1, "failed": 1},
        {"value-too-long"},
    ),
    "a NUL": (HEADER + b"a1;A\0;B\nb1;A;B\n", 1, "completed_with_failures", {"applied": 1, "failed": 1}, {"row-nul"}),
    "a stray quote within": (HEADER + b'a1;A "the" B;C\nb1;A;B\n', 0, "completed", {"applied": 2}, set()),
    "a quote never closed": (
        HEADER + b'a1;A;B\nb1;"A;B\nc1;A;B\n',
        1,
        "completed_with_failures",
        None,
        {"row-quote"},
    ),
    "lines of 5 KB": (
        b"username;firstname;lastname;description\n"
        + b"".join(b"a%d;A;B;%s\n" % (n, b"word " * 1000) for n in range(20)),
        0,
        "completed",
        {"applied": 20},
        set(),
    ),
    "ragged rows": (
        HEADER + b"a1;A;B\nb1;A\nc1;A;B;C;D\nd1\n;;\ne1;A;B\n",
        1,
        "completed_with_failures",
        {"applied": 2, "failed": 3},
        {"row-columns", "value-required"},
    ),
    "control characters in names": (
        HEADER + b"a1;A\x07;B\nb1;\x1b[31mred;B\nc1;  Cia ;\tB \n",
        1,
        "completed_with_failures",
        {"applied": 1, "failed": 2},
        {"value-control"},
    ),
    "blanks that are no name": (
        HEADER + "a1;\u00a0;B\nb1;   ;B\nc1;A;\u2003\n".encode(),
        1,
        "completed_with_failures",
        {"failed": 3},
        {"value-required"},
    ),
    "marks that turn the direction": (HEADER + "a1;A\u202eB;C\n".encode(), None, None, None, None),
    "half a pair of surrogates": (
        b"\xff\xfe" + HEADER.decode().encode("utf-16-le") + b"a\x001\x00;\x00\x00\xd8;\x00B\x00\n\x00",
        1,
        "completed_with_failures",
        {"failed": 1},
        {"row-encoding"},
    ),
    "an odd byte in UTF-16": (b"\xff\xfe" + NAMED.encode("utf-16-le") + b"x", None, None, None, None),
    "20,000 times the same row": (HEADER + b"same;Same;One\n" * 20_000, None, None, None, None),
    "one user in 1,500 rows": (
        HEADER + b"one;A;B\n" * 1500,
        1,
        "completed_with_failures",
        {"failed": 500, "applied": 1, "unchanged": 999},
        {"row-entangled"},
    ),
}
NAMES = {
    "a line end": "us\ners.csv",
    "quotes": "\"users\" 'of' `today`.csv",
    "letters": "användare_users_日本.csv",
    "long": "users" + "x" * 240 + ".csv",
    "long letters": "users" + "å" * 120 + ".csv",
    "a dash": "-users.csv",
    "an option": "--json.csv",
    "no text": os.fsdecode(b"users_\xff\xfe.csv"),
    "markup": "[bold]users[red].csv",
    "a percent sign": "users%2F..%2f.csv",
    "direction": "users\u202evsc.exe",
    "no extension": "users",
    "dots": "users...",
    "a backslash": "users\\..\\x.csv",
}


def worked(home, name: str, data: bytes) -> tuple:
    """Drop a file beside a good one, sync, check what holds for every file; return the process and the run."""
    done, runs = all_worked(home, {name: data})
    return done, runs[name]


def all_worked(home, files: dict[str, bytes]) -> tuple:
    """Do so with several files at once; return the process and the runs by the name of their file."""
    for name, data in files.items():
        home.drop(name, data)
    home.drop("zz_good_users.csv", GOOD.replace(b"good.one", b"beside.it"))
    done = home.run("sync", "--json")
    assert "Traceback" not in done.err + done.out
    assert "syncd itself failed" not in done.err + done.out
    runs = {run["file"]: run for run in done.json()}
    assert 1 == runs["zz_good_users.csv"]["rows"]["applied"]
    for name, data in files.items():
        checked(home, runs[name], data)
    assert [] == home.left("sync")
    assert [] == home.left("state/work")
    return done, runs


def checked(home, run: dict, data: bytes) -> None:
    rows = run["rows"]
    assert rows["total"] == sum(count for outcome, count in rows.items() if outcome != "total")
    assert "internal" not in {f["code"] for f in run["findings"]}, run["findings"]
    assert data == (home.path / run["archive"]).read_bytes()
    report = (home.path / run["report"]).read_text("utf-8")
    assert all(c.isprintable() or c == "\n" for c in report), "the report holds what no terminal should get"
    told = json.loads((home.path / run["report"]).with_suffix(".json").read_text("utf-8"))
    assert run["findings"] == told["findings"]
    for finding in run["findings"]:
        assert finding["message"]
        assert "\n" not in finding["message"]
        assert finding["line"] >= (1 if finding["row"] else 0)
    if rows["failed"] + rows["partial"]:
        assert run["tryback"]


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_gets_its_sentence_and_harms_no_other(home, name):
    """Whatever a sender sends."""
    data, code, state, rows, codes = FILES[name]
    done, run = worked(home, "users.csv", data)
    if code is not None:
        assert (code, state) == (done.code, run["state"]), run["findings"]
    if rows is not None:
        assert rows == {outcome: n for outcome, n in run["rows"].items() if n and outcome != "total"}
    if codes is not None:
        assert codes == {f["code"] for f in run["findings"] if f["severity"] != "info"}


@pytest.fixture(scope="module")
def named(home_at, tmp_path_factory):
    """Give a home to which files of all these names came at once, and the run of each."""
    home = home_at(tmp_path_factory.mktemp("named") / "home")
    rows = b"a%d;A;B\nBAD NAME;A;B\n"
    _, runs = all_worked(home, {name: HEADER + rows % number for number, name in enumerate(NAMES.values())})
    return home, runs


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_file_name_does_no_harm(named, name):
    """A name is bytes that anybody may have chosen."""
    home, runs = named
    run = runs[NAMES[name]]
    assert (1, 1) == (run["rows"]["applied"], run["rows"]["failed"]), run["findings"]
    for key in ("report", "tryback", "archive"):
        assert (home.path / run[key]).is_file()
        assert run[key].isprintable()
    again = home.run("requeue", run["tryback"], "--json")
    assert (1, 1) == (again.json()[0]["rows"]["total"], again.json()[0]["rows"]["failed"])
    harmless(home, 0, "runs", "show", str(run["id"]))


@pytest.mark.parametrize(("code", "word"), [(0, "runs"), (1, "status")])
def test_bad_file_names_do_no_harm_in_lists(named, code, word):
    """Rows wait to be mended, of which the exit code of status tells monitoring."""
    harmless(named[0], code, word)


def harmless(home, code: int, *words: str) -> None:
    shown = home.run(*words)
    assert (code, "") == (shown.code, shown.err)
    assert "\u202e" not in shown.out


@pytest.mark.parametrize("step", [(Store, "add_run"), (Preparation, "kind_of")])
def test_a_file_that_cannot_even_be_begun_stops_no_other(home, monkeypatch, step):
    """What goes wrong before the first step of a run concerns that run only; its file stays and is tried again."""
    owner, name = step
    inner = getattr(owner, name)

    def fails_for_one(self, run, *rest):
        if run.file == "bad_users.csv":
            raise RuntimeError
        return inner(self, run, *rest)

    home.drop("bad_users.csv", HEADER + b"bad.one;Bad;One\n")
    home.drop("good_users.csv", GOOD)
    with monkeypatch.context() as broken, home.app() as app:
        broken.setattr(owner, name, fails_for_one)
        done = app.sync()
    assert "good.one" in home.names("user", "username")
    assert 2 == len(done.reports) + len(done.stuck)
    home.run("sync")
    assert ["bad.one", "good.one"] == home.names("user", "username")


def test_declared_latin_1_is_read_and_given_back_as_it_came(home):
    """W5: strict decoding, and a tryback byte for byte."""
    home.configure('[moodle]\nencoding = "latin-1"')
    data = HEADER + "asa;Åsa;Ström\nBAD Å;Åke;Öst\n".encode("latin-1")
    _, run = worked(home, "users.csv", data)
    assert ["asa", "beside.it"] == home.names("user", "username")
    assert HEADER + "BAD Å;Åke;Öst\n".encode("latin-1") == (home.path / run["tryback"]).read_bytes()


def test_every_row_has_the_line_that_an_editor_shows(home):
    """Promise 2; quoted line ends, blank lines and remarks move the lines, not the rows."""
    data = b'# remark\n\nusername;firstname;lastname\na1;"A\nB";C\n\nBAD 1;A;B\nb1;A;B\nBAD 2;"x\n\ny";B\nBAD 3;A;B'
    _, run = worked(home, "users.csv", data)
    bad = [(f["row"], f["line"]) for f in run["findings"] if f["code"] == "value-username"]
    lines = data.split(b"\n")
    assert [(2, 7), (4, 9), (5, 12)] == bad
    assert [b"BAD 1", b"BAD 2", b"BAD 3"] == [lines[line - 1].partition(b";")[0] for _, line in bad]

"""Report, tryback and archive in a home on a real disk."""

import io
import json
import stat
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from syncd.core.errors import PassingError
from syncd.core.feeds import Keeps
from syncd.core.findings import finding
from syncd.core.run_json import run_as_json
from syncd.core.runs import RowCounts, Run, RunState, Trigger
from syncd.frames.findings import from_values
from syncd.frames.layout import Hints, read_layout
from syncd.outputs.artefacts import Artefacts
from syncd.outputs.report_text import render

DATA = b"\xef\xbb\xbfusername;email\r\nanna;anna@\r\nbo;bo@school.example\r\ncia;cia@"
SPANS = (np.array([19, 53], dtype=np.int64), np.array([31, 61], dtype=np.int64))
TRYBACK = b"\xef\xbb\xbfusername;email\r\nanna;anna@\r\ncia;cia@"
FINDINGS = [finding("value-email", row=n, line=n + 1, column="email", value=v) for n, v in ((1, "anna@"), (3, "cia@"))]
FRAME = from_values(FINDINGS)


LAYOUT = read_layout(io.BytesIO(DATA), Hints(known=frozenset({"username", "email"})))


@pytest.fixture
def home(tmp_path):
    """Return an empty home."""
    for folder in ("reports", "archives", "work"):
        (tmp_path / folder).mkdir()
    return tmp_path


@pytest.fixture
def run():
    """Return a run of which two rows failed."""
    return Run(
        id=7,
        work="w1",
        file="users.csv",
        trigger=Trigger.WATCH,
        received=datetime(2026, 9, 21, 6, 29, tzinfo=UTC),
        state=RunState.COMPLETED_WITH_FAILURES,
        dialect="moodle",
        object="users",
        stamp="20260921-063000",
        rows=RowCounts(applied=1, failed=2),
    )


def write_all(home, artefacts: Artefacts, run: Run) -> None:
    """Write down as the engine does: report, tryback, archive."""
    source = home / "work" / "input"
    artefacts.write_reports([(run, FRAME)])
    if source.exists():
        with source.open("rb") as file:
            artefacts.write_tryback(run.files[0], LAYOUT.wrapping, file, SPANS)
    artefacts.write_archives([(run.files[0], source)])


def contents(home) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def test_the_artefacts_of_a_run(home, run):
    """The whole of what it leaves, under the names of the contract."""
    (home / "work" / "input").write_bytes(DATA)
    artefacts = Artefacts(home)
    named = artefacts.reserve(run, mended=[True])
    write_all(home, artefacts, named)
    written = contents(home)
    assert run_as_json(named, FINDINGS) == json.loads(written.pop("reports/20260921-063000_users_users.csv.json"))
    assert {
        "reports/20260921-063000_users_users.csv.txt": render(named, FRAME).encode(),
        "reports/users_tryback_20260921-063000.csv": TRYBACK,
        "archives/20260921-063000_users.csv": DATA,
    } == written


@pytest.mark.parametrize(("expected", "secret"), [(0o600, True), (0o640, False)])
def test_files_of_a_run_with_passwords_are_for_one_account_only(home, run, expected, secret):
    """Promise 9."""
    (home / "work" / "input").write_bytes(DATA)
    artefacts = Artefacts(home)
    write_all(home, artefacts, artefacts.reserve(replace(run, holds_secrets=secret), mended=[True]))
    modes = {stat.S_IMODE(path.stat().st_mode) for path in home.rglob("*") if path.is_file()}
    assert ({expected}, 4) == (modes, len(contents(home)))


def test_names_that_are_taken_get_a_number_which_report_texts_share(home, run):
    """Two runs in one second never overwrite each other (W10), not even by half."""
    (home / "reports" / "20260921-063000_users_users.csv.json").touch()
    (home / "reports" / "20260921-063000_users_users.csv-2.txt").touch()
    (home / "reports" / "users_tryback_20260921-063000.csv").symlink_to("nowhere")
    (home / "archives" / "20260921-063000_users.csv").mkdir()
    named = Artefacts(home).reserve(run, mended=[True])
    assert "reports/20260921-063000_users_users.csv-3.txt" == named.report
    assert "reports/users_tryback_20260921-063000-2.csv" == named.tryback
    assert "archives/20260921-063000_users-2.csv" == named.archive


def test_names_that_are_promised_are_not_given_to_another_run(home, run):
    """The disk was full for the first of two files of one name: its names stay its own."""
    artefacts = Artefacts(home)
    first = artefacts.reserve(run, mended=[True])
    other = artefacts.reserve(replace(run, work="w2"), mended=[True])
    assert "archives/20260921-063000_users-2.csv" == other.archive
    assert first == artefacts.reserve(run, mended=[True])
    assert first == artefacts.reserve(first, mended=[True])


def test_a_name_is_free_again_when_its_file_was_written_and_removed(home, run):
    """A daemon that runs for years does not gather promises."""
    (home / "work" / "input").write_bytes(DATA)
    artefacts = Artefacts(home)
    first = artefacts.reserve(run, mended=[True])
    write_all(home, artefacts, first)
    for path in contents(home):
        (home / path).unlink()
    other = artefacts.reserve(replace(run, work="w2"), mended=[True])
    assert (first.report, first.tryback, first.archive) == (other.report, other.tryback, other.archive)


def test_a_run_without_rows_to_mend_has_no_tryback(home, run):
    """Nor one that had some before it was planned again."""
    artefacts = Artefacts(home)
    assert "" == artefacts.reserve(run, mended=[False]).tryback
    assert "" == artefacts.reserve(artefacts.reserve(run, mended=[True]), mended=[False]).tryback


@pytest.mark.parametrize(("operation", "word"), [("store", "store"), ("", "unknown")])
def test_an_unrecognised_file_is_called_after_its_operation(home, run, operation, word):
    """No object is known, and the report has a name all the same."""
    named = Artefacts(home).reserve(replace(run, object="", operation=operation), mended=[False])
    assert f"reports/20260921-063000_{word}_users.csv.txt" == named.report


@pytest.mark.parametrize(
    "file", ["../../up.csv", "a\nb.csv", "k\udce5r.csv", "-rf", "..", "x" * 255, "\x07" * 255, "å" * 127, "100%41.csv"]
)
def test_whatever_a_file_is_called_its_artefacts_stand_in_their_folders(home, run, file):
    """A hostile name costs neither a file nor a report."""
    (home / "work" / "input").write_bytes(DATA)
    artefacts = Artefacts(home)
    named = artefacts.reserve(replace(run, file=file), mended=[True])
    write_all(home, artefacts, named)
    written = contents(home)
    assert {named.report, f"{named.report[:-4]}.json", named.tryback, named.archive} == set(written)
    assert (TRYBACK, DATA) == (written[named.tryback], written[named.archive])
    assert {"reports", "archives"} == {path.parent.name for path in home.rglob("*") if path.is_file()}
    assert file == json.loads(written[f"{named.report[:-4]}.json"])["file"]


@pytest.mark.parametrize("which", ["full", "killed"])
def test_stopped_anywhere_and_begun_again_it_leaves_what_an_undisturbed_run_leaves(
    tmp_path, run, interrupted, request, which
):
    """Promise 5 for the artefacts: a full disk or a dying process at each step, then once more."""
    error = request.getfixturevalue(which)
    expected: dict[str, bytes] = {}
    for step in range(-1, 100):
        home = tmp_path / str(step)
        for folder in ("reports", "archives", "work"):
            (home / folder).mkdir(parents=True)
        (home / "work" / "input").write_bytes(DATA)
        named = Artefacts(home).reserve(run, mended=[True])
        with interrupted(step, error) as calls:
            try:
                write_all(home, Artefacts(home), named)
            except (PassingError, type(error)):
                assert DATA in contents(home).values()
        write_all(home, Artefacts(home), named)
        expected = expected or contents(home)
        assert expected == contents(home)
        if step >= len(calls):
            break
    assert step > 20


def test_a_full_disk_keeps_the_file_and_says_so(small_disk, run):
    """Nothing that was delivered is lost, no half report stands, and room mends it."""
    for folder in ("reports", "archives", "work"):
        (small_disk / folder).mkdir()
    (small_disk / "work" / "input").write_bytes(DATA)
    with (small_disk / "filler").open("wb", buffering=0) as filler:
        filler.write(bytes(512 * 1024))
    artefacts = Artefacts(small_disk)
    named = artefacts.reserve(run, mended=[True])
    with pytest.raises(PassingError, match=r"reports/.* could not be written: No space left on device"):
        write_all(small_disk, artefacts, named)
    assert {"work/input", "filler"} == set(contents(small_disk))
    (small_disk / "filler").unlink()
    write_all(small_disk, artefacts, named)
    assert 4 == len(contents(small_disk))


def test_what_a_feed_does_not_keep_has_no_name_and_is_not_written_but_the_file_is_never_lost(home, run):
    """Promise 1: a file that shall not be archived stands where only syncd reads it."""
    (home / "state").mkdir(exist_ok=True)
    (home / "work" / "input").write_bytes(DATA)
    artefacts = Artefacts(home)
    named = artefacts.reserve(run, mended=[True], keeps=Keeps(report=False, tryback=False, archive=False))
    assert ("", "", "state/kept/20260921-063000_users.csv") == (named.report, named.tryback, named.archive)
    artefacts.write_reports([(named, FRAME)])
    artefacts.write_archives([(named.files[0], home / "work" / "input")])
    artefacts.write_archives([(named.files[0], home / "work" / "input")])
    assert {named.archive: DATA} == contents(home)
    assert [0o600, 0o700] == [stat.S_IMODE((home / path).stat().st_mode) for path in (named.archive, "state/kept")]

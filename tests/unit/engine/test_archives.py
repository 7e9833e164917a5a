"""Archives of user pictures: whose picture an entry is, what counts as a change, and what goes back."""

import hashlib
import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from world import Room

from syncd.core.claims import Claim
from syncd.core.kinds import Kind
from syncd.core.runs import Run, Trigger
from syncd.dialects.moodle.dialect import MOODLE
from syncd.dialects.moodle.options import MoodleOptions
from syncd.dialects.moodle.plan.follow import follow
from syncd.dialects.registry import DIALECTS
from syncd.engine.archives import Archive
from syncd.engine.drawing import Basis
from syncd.engine.recognising import Recognition
from syncd.formats import recognition
from syncd.formats.dialect import Operation
from syncd.frames.difference import empty_memory
from syncd.frames.lines import line_of
from syncd.frames.plan import Plan
from syncd.frames.zips import ZipLimits


class Studio:
    """A school that is sent archives of pictures."""

    def __init__(self, school: Any, drawings: Any) -> None:
        self.school, self.roster, self.drawings = school, school.roster, drawings
        for name in ("ada", "bea", "admin"):
            school.user(name, idnumber=f"N-{name}", email=f"{name}@school.example")

    def archive(self, **said: Any) -> Archive:
        """Return an archive as it is recognised."""
        run = Run(work="w", file="userpictures_1.zip", trigger=Trigger.CLI, received=datetime(2026, 11, 21, tzinfo=UTC))
        options = replace(MoodleOptions(), **said)
        found = Recognition(dialects=DIALECTS, options_for=lambda _name, _said: options).of(run, io.BytesIO())
        assert isinstance(found, Archive)
        return found

    def send(self, files: Any, **said: Any) -> Plan:
        """Plan an archive of these files, given by name, and apply it."""
        data = files if isinstance(files, bytes) else self.drawings.zipped(files)
        claim = Claim(data_source=said.pop("source", "sis"))
        basis = Basis(
            roster=self.roster,
            claim=claim,
            operation=Operation("command"),
            derive=follow,
            seed=7,
            secret=b"",
            now=0,
        )
        made = self.archive(**said).plan(Room(data), empty_memory(), basis)
        self.roster.take(made.changes)
        return made

    def held(self) -> dict[int, tuple[str, str, int]]:
        """Return digest, type and size of the pictures by user."""
        records = self.roster.records(Kind.PICTURE)
        return {r["user_id"]: (r["sha256"], r["type"], r["bytes"]) for r in records}


@pytest.fixture
def studio(school: Any, drawings: Any) -> Studio:
    """Give a school with ada (1), bea (2) and the protected admin (3)."""
    return Studio(school, drawings)


def codes(made: Plan) -> list[tuple[int, int, str]]:
    """Return row, line and code of every finding."""
    return list(made.findings.select("row", "line", "code").iter_rows())


def counts(made: Plan) -> tuple[int, ...]:
    """Return rows applied, unchanged, skipped, failed."""
    return (made.rows.applied, made.rows.unchanged, made.rows.skipped, made.rows.failed)


def told(data: bytes, kind: str) -> tuple[str, str, int]:
    return hashlib.sha256(data).hexdigest(), kind, len(data)


def test_every_file_in_any_folder_is_the_picture_of_whom_it_is_named_after(studio: Studio) -> None:
    """Of each format, whatever the extension and its case say."""
    one, other = studio.drawings.png(1), studio.drawings.jpeg(2)
    made = studio.send({"class/7b/Ada.GIF": one, "class/": b"", "bea": other})
    assert ((2, 0, 0, 0), []) == (counts(made), codes(made))
    assert {1: told(one, "png"), 2: told(other, "jpeg")} == studio.held()


def test_only_a_picture_that_differs_counts(studio: Studio) -> None:
    """Promise 4: the same pictures again, in another archive, change nothing."""
    first = {"ada.png": studio.drawings.png(1), "bea.gif": studio.drawings.gif(1)}
    studio.send(first)
    again = studio.send(dict(reversed(first.items())))
    assert ((0, 2, 0, 0), True, True) == (counts(again), again.changes.is_empty, again.complete)
    changed = studio.send(first | {"ada.png": studio.drawings.png(2)})
    assert ((1, 1, 0, 0), 1) == (counts(changed), changed.changes.counts()[Kind.PICTURE].updated)


@pytest.mark.parametrize(
    ("by", "name"),
    [("id", "1.png"), ("idnumber", "N-ada.png"), ("username", "ADA.png"), ("email", "ada@school.example.png")],
)
def test_names_stand_for_what_the_option_says(studio: Studio, by: str, name: str) -> None:
    """picture_identifier."""
    made = studio.send({name: studio.drawings.png()}, picture_identifier=by)
    assert ((1, 0, 0, 0), [1]) == (counts(made), list(studio.held()))


def test_a_name_is_compared_as_databases_compose_it(studio: Studio) -> None:
    """A Mac writes å as two characters."""
    studio.school.user("asa", idnumber="åsa")
    made = studio.send({"a\u030asa.png": studio.drawings.png()}, picture_identifier="idnumber")
    assert (1, 0, 0, 0) == counts(made)


def test_where_overwriting_is_off_a_user_keeps_the_picture(studio: Studio) -> None:
    """The same one is unchanged all the same; who has none gets one."""
    first = studio.drawings.png(1)
    studio.send({"ada.png": first})
    files = {"ada.png": studio.drawings.png(2), "bea.png": first}
    made = studio.send(files, overwrite_pictures=False)
    assert ((1, 0, 1, 0), [(1, 1, "picture-kept")]) == (counts(made), codes(made))
    assert told(first, "png") == studio.held()[1]
    assert (0, 1, 0, 0) == counts(studio.send({"ada.png": first}, overwrite_pictures=False))


def test_of_several_pictures_of_a_user_the_last_by_name_counts(studio: Studio) -> None:
    """Senders put a date or a number into names; the others say to whom they gave way."""
    draw = studio.drawings.png
    files = [("b/ada.png", draw(2)), ("a/ada.png", draw(1)), ("b/ada.jpg", b"no picture"), ("c/bea.png", draw(3))]
    for expected in ((2, 0, 1, 1), (0, 2, 1, 1)):
        made = studio.send(files)
        assert expected == counts(made)
        assert [(1, 2, "picture-superseded"), (2, 3, "picture-format")] == codes(made)
        assert [2, 3, 1, 4] == [line_of(made.jumps, row) for row in (1, 2, 3, 4)]
    assert told(draw(2), "png") == studio.held()[1]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_two_entries_of_one_name_the_later_counts(studio: Studio) -> None:
    """As every program that unpacks them one after the other would leave it."""
    made = studio.send([("ada.png", studio.drawings.png(1)), ("ada.png", studio.drawings.png(2))])
    assert ((1, 0, 1, 0), [(1, 1, "picture-superseded")]) == (counts(made), codes(made))
    assert told(studio.drawings.png(2), "png") == studio.held()[1]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("nobody.png", "unknown-user"),
        ("admin.png", "user-protected"),
        ("/etc/ada.png", "entry-name"),
        ("../ada.png", "entry-name"),
        ("a/../../ada.png", "entry-name"),
        ("..\\ada.png", "entry-name"),
        ("C:\\ada.png", "entry-name"),
        ("a\nda.png", "entry-name"),
        ("1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/ada.png", "entry-deep"),
    ],
)
def test_what_is_wrong_with_a_name_fails_that_entry_alone(studio: Studio, name: str, code: str) -> None:
    """The rest of the archive goes on."""
    made = studio.send({name: studio.drawings.png(1), "x/bea.png": studio.drawings.png(2)})
    assert ((1, 0, 0, 1), [code]) == (counts(made), [found for _, _, found in codes(made)])
    assert [2] == list(studio.held())


@pytest.mark.parametrize("what", ["nested", "cut", "huge", "text", "empty"])
def test_what_is_wrong_with_a_picture_fails_that_entry_alone(studio: Studio, what: str) -> None:
    """By its bytes: a name proves nothing, and an archive in the archive is not opened."""
    draw = studio.drawings
    data, code = {
        "nested": (draw.zipped({"ada.png": draw.png()}), "picture-format"),
        "cut": (draw.jpeg()[:-1], "picture-damaged"),
        "huge": (draw.png(width=60_000, height=60_000), "picture-large"),
        "text": (b"username;firstname\n", "picture-format"),
        "empty": (b"", "picture-format"),
    }[what]
    made = studio.send({"ada.png": data, "bea.png": draw.png(2)})
    assert ((1, 0, 0, 1), [(1, 1, code)]) == (counts(made), codes(made))


def test_an_ambiguous_address_fails_the_entry(studio: Studio) -> None:
    """Nobody gets somebody else's face."""
    studio.school.user("adam", email="ada@school.example")
    made = studio.send({"ada@school.example.png": studio.drawings.png()}, picture_identifier="email")
    assert [(1, 1, "ambiguous")] == codes(made)


def test_what_systems_add_to_folders_is_skipped(studio: Studio) -> None:
    """It comes with every archive made on a Mac; nobody can mend it."""
    files = {"__MACOSX/._ada.png": b"x", ".DS_Store": b"x", "a/Thumbs.db": b"x", "ada.png": studio.drawings.png()}
    made = studio.send(files)
    assert ((1, 0, 3, 0), {"entry-litter"}) == (counts(made), {code for _, _, code in codes(made)})


def test_an_archive_of_folders_alone_fails(studio: Studio) -> None:
    """Something went wrong where it was made."""
    with pytest.raises(Exception, match="holds no file"):
        studio.send({"a/": b"", "a/b/": b""})


def test_the_failed_entries_make_an_archive_that_fails_the_same_way(studio: Studio) -> None:
    """Promise 3: only the entries to mend, byte for byte, and the rows of the tryback are those findings again."""
    draw = studio.drawings
    files = {"x.png": draw.png(1), "ada.png": draw.png(2), "../bea.png": draw.png(3), "b/y.gif": b"GIF89a, nearly"}
    data = draw.zipped(files)
    archive, made = studio.archive(), studio.send(data)
    around = archive.wrapping(io.BytesIO(data), made.files[0].spans)
    tryback = around.head + b"".join(data[a:b] for a, b in zip(*made.files[0].spans, strict=True)) + around.tail
    assert [(n, files[n]) for n in ("x.png", "../bea.png", "b/y.gif")] == draw.unzipped(tryback)
    again = studio.send(tryback)
    assert ((0, 0, 0, 3), True) == (counts(again), again.changes.is_empty)
    messages = made.findings.get_column("message").to_list()
    assert messages == again.findings.get_column("message").to_list()
    studio.school.user("x")
    assert (1, 0, 0, 2) == counts(studio.send(tryback))


def test_the_contents_of_changed_records_alone_are_given_out(studio: Studio) -> None:
    """Pictures that stand are not written again."""
    files = {f"{name}.png": studio.drawings.png(n) for n, name in enumerate(("ada", "bea", "nobody"))}
    studio.send({"ada.png": files["ada.png"]})
    made = studio.send(files)
    given = list(studio.archive().contents(io.BytesIO(studio.drawings.zipped(files)), made.changes))
    assert [(hashlib.sha256(files["bea.png"]).hexdigest(), files["bea.png"])] == given


def test_a_user_who_goes_takes_the_picture_along(studio: Studio) -> None:
    """And may come back without it."""
    studio.send({"ada.png": studio.drawings.png(1)})
    studio.school.send("users", "username;firstname;lastname;deleted\nada;A;D;1")
    assert {} == studio.held()


def test_a_picture_of_another_source_is_not_replaced(studio: Studio) -> None:
    """Promise 7."""
    studio.send({"ada.png": studio.drawings.png(1)})
    made = studio.send({"ada.png": studio.drawings.png(2)}, source="other")
    assert ((0, 0, 0, 1), [(1, 1, "not-yours")]) == (counts(made), codes(made))


def test_limits_come_from_the_options(studio: Studio) -> None:
    """Those of the settings."""
    made = studio.send({"ada.png": studio.drawings.png(1)}, archive_limits=ZipLimits(largest=20))
    assert [(1, 1, "entry-large")] == codes(made)


def test_a_check_needs_no_roster(studio: Studio) -> None:
    """Whether the users exist only a roster can say."""
    data = studio.drawings.zipped({"nobody.png": studio.drawings.png(), "x.png": b"?"})
    rows, found = studio.archive().check(io.BytesIO(data))
    assert (1, 1, ["picture-format"]) == (rows.unchanged, rows.failed, found.get_column("code").to_list())
    assert isinstance(found, pl.DataFrame)


@pytest.mark.parametrize(
    ("file", "said", "prefix", "expected"),
    [
        ("userpictures_1.zip", "", "userpictures_", True),
        ("UserPictures_20250901.ZIP", "", "userpictures_", True),
        ("userpictures_1_tryback_20260101-000000.zip", "", "userpictures_", True),
        ("20261122-011903_userpictures_1.zip", "", "userpictures_", True),
        ("faces.zip", "userpictures", "userpictures_", True),
        ("faces_1.zip", "", "faces", True),
        ("userpictures_1.zip", "users", "userpictures_", False),
        ("userpictures_2.zipx", "", "userpictures_", False),
        ("old_userpictures_2.zip", "", "userpictures_", False),
    ],
)
def test_the_beginning_of_a_name_says_what_an_archive_is(file: str, said: str, prefix: str, expected: bool) -> None:
    """Or somebody who says so."""
    assert expected == (recognition.archive(MOODLE, file, said, MoodleOptions(picture_prefix=prefix)) is not None)

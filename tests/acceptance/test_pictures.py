"""User pictures as an operator sends them: archives dropped, mended, sent again, hostile, huge, and in a crash."""

import hashlib
import shutil
import struct
import zipfile

import pytest

PEOPLE = ("ada", "bea", "cid")
MANY = 50_000
KILLED = -9


@pytest.fixture
def place(home):
    """Give a home with three people in it."""
    home.worked("userimport.csv", users(*PEOPLE))
    return home


def users(*names: str) -> str:
    return "username;firstname;lastname\n" + "".join(f"{name};X;Y\n" for name in names)


def pictures(place) -> dict[str, str]:
    """Return the digest of each user's picture, of which the bytes must be there."""
    held = dict(place.names("picture", "user", "sha256"))
    for digest in held.values():
        data = (place.path / "state" / "pictures" / digest).read_bytes()
        assert digest == hashlib.sha256(data).hexdigest()
    return held


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def codes(run: dict) -> list[str]:
    return [f["code"] for f in run["findings"]]


def test_an_archive_is_worked_mended_and_finished(place, drawings):
    """The way of every file: report, tryback of what failed, archive; the tryback dropped again, first unmended."""
    files = {"ada.png": drawings.png(1), "7b/dan.jpg": drawings.jpeg(2), "bea.gif": b"GIF89a"}
    data = drawings.zipped(files)
    run = place.worked("userpictures_1.zip", data)
    assert ("userpictures", 1, 2) == (run["object"], run["rows"]["applied"], run["rows"]["failed"])
    assert [("unknown-user", 1, 2), ("picture-damaged", 3, 3)] == [
        (f["code"], f["row"], f["line"]) for f in run["findings"]
    ]
    assert data == (place.path / run["archive"]).read_bytes()
    assert {"ada": digest(files["ada.png"])} == pictures(place)
    tryback = (place.path / run["tryback"]).read_bytes()
    assert [(name, files[name]) for name in ("7b/dan.jpg", "bea.gif")] == drawings.unzipped(tryback)
    name = run["tryback"].removeprefix("reports/")
    assert name.startswith("userpictures_1_tryback_")
    assert name.endswith(".zip")
    again = place.worked(name, tryback)
    assert (2, tryback) == (again["rows"]["failed"], (place.path / again["tryback"]).read_bytes())
    place.worked("userimport.csv", users("dan"))
    (requeued,) = place.runs("requeue", again["tryback"])
    assert (1, 1, again["id"]) == (requeued["rows"]["applied"], requeued["rows"]["failed"], requeued["parent"])
    assert {"ada", "dan"} == pictures(place).keys()


def test_a_feed_says_that_its_archives_are_pictures(place, drawings):
    """Whatever their names; and with options of its own."""
    feed = '[[feed]]\nname = "faces"\nfiles = "f*.zip"\nobject = "userpictures"\n'
    place.configure(feed + "options.overwrite_pictures = false\n")
    first = place.worked("faces.zip", drawings.zipped({"ada.png": drawings.png(1)}))
    assert ("userpictures", "faces", 1) == (first["object"], first["feed"], first["rows"]["applied"])
    second = place.worked("faces.zip", drawings.zipped({"ada.png": drawings.png(2)}))
    assert (1, ["picture-kept"]) == (second["rows"]["skipped"], codes(second))


def test_the_same_archive_again_changes_nothing(place, drawings):
    """Neither the same bytes nor the same pictures packed anew."""
    files = {f"{name}.png": drawings.png(n) for n, name in enumerate(PEOPLE)}
    place.worked("userpictures_1.zip", drawings.zipped(files))
    before = place.roster("picture"), place.left("state/pictures")
    for data in (drawings.zipped(files), drawings.zipped(files, zipfile.ZIP_STORED)):
        run = place.worked("userpictures_2.zip", data)
        assert (3, {}) == (run["rows"]["unchanged"], run["changes"])
    assert before == (place.roster("picture"), place.left("state/pictures"))


def test_archives_of_one_drop_go_in_the_order_of_their_names_and_after_users(place, drawings):
    """Names with a date are in the order of time; who is new in the same drop has a picture at once."""
    place.drop("userpictures_20260902.zip", drawings.zipped({"ada.png": drawings.png(2), "eve.png": drawings.png(3)}))
    place.drop("userpictures_20260901.zip", drawings.zipped({"ada.png": drawings.png(1)}))
    place.drop("userimport.csv", users("eve"))
    assert ["users", "userpictures", "userpictures"] == [run["object"] for run in place.runs("sync")]
    assert {"ada": digest(drawings.png(2)), "eve": digest(drawings.png(3))} == pictures(place)


def test_told_by_object_any_zip_is_one_and_options_hold(place, drawings):
    """As --object and --option say."""
    file = place.path / "faces.zip"
    file.write_bytes(drawings.zipped({"ada@x": drawings.png(1), "ada.png": drawings.png(2)}))
    (run,) = place.runs("sync", str(file))
    assert ["file-binary"] == codes(run)
    told = ("sync", str(file), "--object", "userpictures")
    assert 1 == place.runs(*told)[0]["rows"]["applied"]
    file.write_bytes(drawings.zipped({"ada.png": drawings.png(3)}))
    assert 1 == place.runs(*told, "--option", "overwrite_pictures=no")[0]["rows"]["skipped"]
    assert {"ada": digest(drawings.png(2))} == pictures(place)
    empty = place.run(*told, "--option", "picture_prefix=")
    assert (2, True) == (empty.code, "picture_prefix" in empty.err)


def test_a_dry_run_and_a_check_leave_nothing_behind(place, drawings):
    """Not one picture on the disk."""
    file = place.path / "userpictures_1.zip"
    file.write_bytes(drawings.zipped({"ada.png": drawings.png(1), "x.png": b"?"}))
    before = place.fingerprint()
    (run,) = place.runs("sync", str(file), "--dry-run")
    assert (1, 1, "planned") == (run["rows"]["applied"], run["rows"]["failed"], run["state"])
    assert ["picture-format"] == codes(place.runs("check", str(file))[0])
    assert before == place.fingerprint()


def test_a_held_archive_keeps_its_pictures_when_it_is_approved(place, drawings):
    """Nothing is kept of what nobody let go."""
    place.configure("[limits]\npicture.growth = { count = 1 }")
    place.worked("userpictures_1.zip", drawings.zipped({"ada.png": drawings.png(0)}))
    files = {f"{name}.png": drawings.png(n) for n, name in enumerate(PEOPLE, start=1)}
    held = place.worked("userpictures_2.zip", drawings.zipped(files))
    assert ("held", 1) == (held["state"], len(place.left("state/pictures")))
    (done,) = place.runs("approve", str(held["id"]), "--by", "eva", "--reason", "new term")
    assert ("completed", set(PEOPLE)) == (done["state"], set(pictures(place)))


def hostile(drawings) -> bytes:
    """Return an archive of everything that somebody could mean harm by, and of one good picture."""
    link = zipfile.ZipInfo("bea.png")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    files = [
        ("../../../escaped.png", drawings.png(1)),
        ("/tmp/syncd-escaped.png", drawings.png(2)),
        ("C:\\escaped.png", drawings.png(3)),
        (link, b"/etc/passwd"),
        ("cid.png", b"\0" * (9 << 20)),
        ("inner.zip", drawings.zipped({"ada.png": drawings.png(4)})),
        ("\x1b[2Jx.png", drawings.png(5)),
        ("wide.png", drawings.png(width=70_000, height=70_000)),
        ("secret.png", drawings.png(6)),
        ("ada.png", drawings.png(7)),
    ]
    data = bytearray(drawings.zipped(files))
    listed = data.rindex(b"secret.png") - 46
    struct.pack_into("<H", data, listed + 8, 1)
    return bytes(data)


def test_whatever_an_archive_holds_only_its_pictures_are_taken(place, drawings):
    """W22: no path, link, bomb or archive within does anything but fail its row, and the tryback fails alike."""
    run = place.worked("userpictures_1.zip", hostile(drawings))
    expected = {*("entry-name", "entry-link", "entry-bomb", "entry-encrypted"), *("picture-format", "picture-large")}
    assert (1, 9, expected) == (run["rows"]["applied"], run["rows"]["failed"], set(codes(run)))
    assert {"ada": digest(drawings.png(7))} == pictures(place)
    assert [digest(drawings.png(7))] == place.left("state/pictures")
    assert not list(place.path.parent.rglob("*escaped*"))
    assert "\x1b" not in (place.path / run["report"]).read_text("utf-8")
    again = place.worked("userpictures_2.zip", (place.path / run["tryback"]).read_bytes())
    assert ((0, 9), expected) == ((again["rows"]["applied"], again["rows"]["failed"]), set(codes(again)))


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda data: data[:-30], "archive-damaged"),
        (lambda data: b"username;firstname;lastname\nada;A;B\n", "archive-not-zip"),
        (lambda data: b"", "archive-not-zip"),
    ],
)
def test_a_file_that_is_no_whole_archive_fails_and_is_archived(place, drawings, damage, code):
    """With a sentence; it is not looked at for ever."""
    data = damage(drawings.zipped({"ada.png": drawings.png(1)}))
    run = place.worked("userpictures_1.zip", data)
    assert ("failed", [code], {}) == (run["state"], codes(run), pictures(place))
    assert data == (place.path / run["archive"]).read_bytes()


def test_the_limits_of_the_settings_hold(place, drawings):
    """[pictures], each of which is said with what it allows."""
    place.configure('[pictures]\nentries = 2\nlargest = "1KiB"\nunpacked = "3KiB"\ndepth = 0')
    files = {"ada.png": drawings.png(1) + bytes(2000), "x/bea.png": drawings.png(2)}
    run = place.worked("userpictures_1.zip", drawings.zipped(files, zipfile.ZIP_STORED))
    assert ["entry-large", "entry-deep"] == codes(run)
    three = place.worked("userpictures_2.zip", drawings.zipped(files | {"cid.png": drawings.png(3)}))
    assert ("failed", ["archive-large"]) == (three["state"], codes(three))
    large = {"ada.png": bytes(3000), "bea.png": bytes(3000)}
    assert ["archive-large"] == codes(place.worked("userpictures_3.zip", drawings.zipped(large)))


def test_pictures_that_nobody_has_or_had_are_pruned(place, drawings):
    """What can be undone stays; what a crash left goes."""
    place.worked("userpictures_1.zip", drawings.zipped({"ada.png": drawings.png(1)}))
    place.worked("userpictures_2.zip", drawings.zipped({"ada.png": drawings.png(2)}))
    kept = place.left("state/pictures")
    (place.path / "state" / "pictures" / digest(b"?")).write_bytes(b"?")
    (place.path / "state" / "pictures" / ".1234.part").write_bytes(b"?")
    assert 2 == place.run("prune", "--json").json()[0]["pictures"]
    assert (2, kept) == (len(kept), place.left("state/pictures"))


def test_fifty_thousand_pictures_take_seconds(place, drawings):
    """A whole university at the beginning of term; a picture is in memory only while it is looked at."""
    names = [f"u{n}" for n in range(MANY)]
    place.worked("userimport.csv", users(*names))
    data = drawings.zipped(((f"{name}.gif", drawings.gif(n)) for n, name in enumerate(names)), zipfile.ZIP_STORED)
    run = place.worked("userpictures_1.zip", data)
    assert (MANY, MANY) == (run["rows"]["applied"], len(place.left("state/pictures")))
    again = place.worked("userpictures_2.zip", data)
    assert MANY == again["rows"]["unchanged"]


@pytest.fixture
def scene(place, drawings, tmp_path):
    """Give a maker of homes in which an archive waits, and how an undisturbed run of it ends."""
    place.worked("userpictures_0.zip", drawings.zipped({"ada.png": drawings.png(0)}))
    files = {"ada.png": drawings.png(1), "bea.png": drawings.gif(2), "nobody.png": drawings.png(3), "cid.png": b"?"}
    place.drop("userpictures_1.zip", drawings.zipped(files))
    numbers = iter(range(10_000))

    def twin():
        return place.copy(tmp_path / f"twin-{next(numbers)}")

    undisturbed = twin()
    assert 1 == undisturbed.run("sync").code
    return twin, end(undisturbed)


def end(place) -> dict:
    return place.end() | {"pictures": place.left("state/pictures"), "held": pictures(place)}


@pytest.mark.parametrize(("kind", "samples"), [("journal", 100), ("disk", 8), ("database", 4)])
def test_a_kill_anywhere_changes_nothing(scene, kind, samples):
    """Promise 5: pictures are on the disk before the roster names them, and half a one is never there."""
    twin, expected = scene
    seen = twin().run("sync", points=kind).seen
    assert seen > 5
    for number in range(1, seen + 1, max(1, seen // samples)):
        place = twin()
        assert KILLED == place.run("sync", points=kind, die=number).code
        assert place.run("sync").code in (0, 1)
        assert expected == end(place), f"killed at {kind} point {number} of {seen}"
        shutil.rmtree(place.path)

"""Where files of a drop box stand, whoever moves its folders about or the clock."""

import os
import shutil
import time

import pytest

from syncd.core.audit import Deed
from syncd.sftp.dropbox.refusal import NoFolderError


@pytest.fixture
def elsewhere(tmp_path):
    """Give a folder that is none of ours, with a file that nobody else may read."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "secret.csv").write_text("secret")
    (folder / "secret.csv").chmod(0o600)
    return folder


@pytest.mark.parametrize("which", ["", ".parts", ".waiting", ".removed"])
def test_no_folder_that_is_a_link_leads_out_of_the_tree(post, elsewhere, which):
    """Somebody local may put a link in its place; the account hears a plain sentence, the log which folder it is."""
    here = post()
    client = here.client()
    place = here.folder / which
    shutil.rmtree(place)
    place.symlink_to(elsewhere)
    for act in (
        lambda: client.open("secret.csv"),
        lambda: client.stat("secret.csv"),
        lambda: client.listdir("/"),
        lambda: client.remove("secret.csv"),
        lambda: client.rename("secret.csv", "x.csv"),
        lambda: client.utime("secret.csv", (1, 1)),
        lambda: client.truncate("secret.csv", 0),
        lambda: here.put(client, "planted.csv"),
    ):
        with pytest.raises(OSError, match="out of order at the receiver"):
            act()
    assert [elsewhere / "secret.csv"] == list(elsewhere.iterdir())
    assert ("secret", 0o100600) == ((elsewhere / "secret.csv").read_text(), (elsewhere / "secret.csv").stat().st_mode)
    with pytest.raises(NoFolderError, match="is a link, not a folder"):
        here.box.prepare()
    (told,) = here.did(Deed.UPLOAD_REFUSED)[-1:]
    assert f"{place} is a link, not a folder" in told["detail"]


def test_sync_itself_may_be_a_link(post, tmp_path):
    """Where the drop folder is, the administrator says."""
    here = post()
    (here.home / "sync").rename(tmp_path / "large disk")
    (here.home / "sync").symlink_to(tmp_path / "large disk")
    here.put(here.client(), "x.csv")
    assert ["x.csv"] == here.left()


@pytest.mark.parametrize("which", ["", ".parts", ".waiting", ".removed"])
def test_folders_that_are_removed_while_it_serves_are_made_again(post, which):
    """Somebody tidied up; with `.parts` alone gone every upload failed."""
    here = post()
    client = here.client()
    shutil.rmtree(here.folder / which)
    assert ["archives", "reports"] == sorted(client.listdir("/"))
    shutil.rmtree(here.folder / which)
    here.put(client, "x.csv")
    here.put(client, "x.csv")
    assert (["x.csv"], 1) == (here.left(), len(here.box.places.numbered()))


def test_what_is_no_file_in_the_place_of_a_partial_one_is_let_be(post, elsewhere):
    """Its mode was changed through a link."""
    here = post()
    parts = here.box.places.parts
    (parts / "a.csv").symlink_to(elsewhere / "secret.csv")
    os.mkfifo(parts / "b.csv")
    (parts / "c.csv").mkdir()
    client = here.client()
    for name in ("a.csv", "b.csv", "c.csv"):
        with pytest.raises(PermissionError):
            here.put(client, name)
    assert 0o100600 == (elsewhere / "secret.csv").stat().st_mode
    assert [] == here.left()


def test_files_of_one_name_keep_their_order_when_the_clock_steps_back(post, monkeypatch):
    """An older one that comes last wins."""
    here = post()
    client = here.client()
    here.put(client, "x.csv", b"1")
    here.put(client, "x.csv", b"2")
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() - 60 * 10**9)
    here.put(client, "x.csv", b"3")
    waiting = here.box.places.waiting
    assert [b"2", b"3"] == [(waiting / name).read_bytes() for name in here.box.places.numbered()]


def test_what_others_put_among_the_waiting_stops_nothing(post):
    """It has no number, and no place to go."""
    here = post()
    (here.box.places.waiting / "note").touch()
    client = here.client()
    here.put(client, "x.csv", b"1")
    here.put(client, "x.csv", b"2")
    (here.folder / "x.csv").unlink()
    assert here.waited(lambda: here.left() == ["x.csv"])


def test_a_file_of_which_something_else_has_the_name_is_known_to_wait_in_vain(post):
    """The sender was told that all is well."""
    here = post()
    client = here.client()
    (here.folder / "a.csv").symlink_to("/nowhere")
    os.mkfifo(here.folder / "b.csv")
    (here.folder / "c.csv").mkdir()
    for name in ("a.csv", "b.csv", "c.csv", "d.csv", "d.csv"):
        here.put(client, name)
    assert ["a.csv", "b.csv", "c.csv"] == here.box.places.barred()

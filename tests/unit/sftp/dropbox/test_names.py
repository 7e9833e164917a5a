"""What virtual paths mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.sftp.dropbox.names import Folder, Place, is_kept_back, is_plain, normal, place_of, writable
from syncd.sftp.dropbox.refusal import Refusal, Status


@pytest.mark.parametrize("path", ["x.csv", "/x.csv", "./x.csv", "//x.csv", "/../../x.csv", "reports/../x.csv"])
def test_a_path_is_taken_from_the_root_and_never_above_it(path):
    """No `..` leads out of the tree."""
    assert Place(Folder.DROP, "x.csv") == place_of(path)


@pytest.mark.parametrize("path", ["/etc/passwd", "/.parts/x.csv", "/.waiting/1 x", "/reports/a/b", "/other/x"])
def test_only_the_folders_of_the_tree_are_known(path):
    """What else stands on the disk is not there for an account."""
    with pytest.raises(Refusal) as refused:
        place_of(path)
    assert Status.MISSING == refused.value.code


@pytest.mark.parametrize("path", ["in/", "/in/.", "in//", "/reports/x.csv/"])
def test_what_ends_in_a_slash_is_no_file(path):
    """`scp users.csv host:in/` delivered a file that was called "in"."""
    with pytest.raises(Refusal, match="there is no folder") as refused:
        place_of(path)
    assert Status.MISSING == refused.value.code
    assert [Place(Folder.DROP), Place(Folder.REPORTS)] == [place_of("./"), place_of("reports/.")]


@given(st.text())
def test_no_path_leads_anywhere_but_to_one_name_in_a_folder_of_the_tree(path):
    """Whatever a client sends: the name has no slash and is not above its folder."""
    try:
        place = place_of(path)
    except Refusal:
        return
    assert "/" not in place.name
    assert place.name not in (".", "..")
    assert "\0" not in place.name


@pytest.mark.parametrize(
    "path",
    [
        "/reports/x",
        "/archives/x",
        "/",
        "/lock.txt",
        "/" + "x" * 201,
        "/a\nb",
        "/a\x1b[31m",
        "/a\u202eb",
        "/a\\b.csv",
        "/C:\\x",
    ],
)
def test_names_that_cannot_be_worked_with_are_refused(path):
    """Read-only folders, syncd's own lock, names too long, and those that fool a reader of a log."""
    with pytest.raises(Refusal) as refused:
        writable(place_of(path))
    assert Status.DENIED == refused.value.code


@pytest.mark.parametrize("name", ["år.csv", "a b.csv", "b\udce5r.csv", "alock.txt", "x" * 200])
def test_other_names_are_taken_as_they_are(name):
    """Bytes that are no UTF-8 are a name, too: old systems send Latin-1."""
    assert name == writable(place_of(f"/{name}"))


def test_a_path_with_nul_is_refused():
    """The system would cut it there."""
    with pytest.raises(Refusal):
        normal("/x\0y")


@pytest.mark.parametrize("name", [".x.csv", "_x.csv", "x.PART", "x.filepart", "x.csv.abc.partial", "alock.txt"])
def test_names_that_clients_send_under_are_kept_back(name):
    """They get another one when they are whole."""
    assert is_kept_back(name)


@pytest.mark.parametrize("name", ["x.csv", "part", "partial.csv"])
def test_other_names_are_delivered(name):
    """Nothing waits for a rename that never comes."""
    assert not is_kept_back(name)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "..", "a/b", "x\0y", "lock.txt", "a\nb", ""])
def test_a_name_from_a_remote_server_is_no_path(name):
    """A hostile server may list anything."""
    assert not is_plain(name)

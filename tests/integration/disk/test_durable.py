"""Files that stand whole or not at all, on a real disk."""

import errno
import os
import resource
import stat
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncd.core.errors import PassingError
from syncd.disk.durable import Writing, move_durably, write_durably, write_together


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def pair(folder: Path) -> list[Writing]:
    return [Writing(path=folder / name, chunks=[b"new"], mode=0o600) for name in "ab"]


@pytest.fixture(params=[0o000, 0o077])
def umask(request):
    """Set the umask for a test."""
    before = os.umask(request.param)
    yield
    os.umask(before)


@contextmanager
def largest_file(size: int):
    """Let no file grow beyond this size: a real write that fails half-way, wherever the tests run."""
    _, hard = before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("wanted", [0o600, 0o640])
def test_a_file_has_its_mode_whatever_the_umask(tmp_path, wanted):
    """Promise 9: passwords are readable to nobody else; a report is readable to the group."""
    write_durably(tmp_path / "a", [b"x"], wanted)
    (tmp_path / "moved").write_bytes(b"x")
    move_durably(tmp_path / "moved", tmp_path / "b", wanted)
    assert [wanted, wanted] == [mode(tmp_path / "a"), mode(tmp_path / "b")]


def test_the_bytes_are_the_chunks_and_replace_what_stood_there(tmp_path):
    """Writing again under a given name is how a crash is mended."""
    (tmp_path / "a").write_bytes(b"longer than the new one")
    write_durably(tmp_path / "a", (b for b in (b"12", b"", b"34")), 0o600)
    assert {"a": b"1234"} == contents(tmp_path)


def test_a_link_in_the_place_is_replaced_and_not_followed(tmp_path):
    """A link that somebody laid must not lead a report over another file."""
    (tmp_path / "victim").write_bytes(b"mine")
    (tmp_path / "a").symlink_to("victim")
    write_durably(tmp_path / "a", [b"x"], 0o600)
    assert {"victim": b"mine", "a": b"x"} == contents(tmp_path)
    assert not (tmp_path / "a").is_symlink()


def test_two_files_cost_three_flushes(tmp_path, interrupted, full):
    """The unchanged night is as fast as the disk flushes: each file once, their folder once."""
    with interrupted(10**9, full) as calls:
        write_together(pair(tmp_path))
    assert 3 == calls.count("fsync")


def test_nothing_is_seen_before_all_of_it_is_on_disk(tmp_path, interrupted, full):
    """A name stands for a whole file at every instant: flush first, rename then, flush the folder last."""
    with interrupted(10**9, full) as calls:
        write_together(pair(tmp_path))
    order = [call for call in calls if call in ("fsync", "replace")]
    assert ["fsync", "fsync", "replace", "replace", "fsync"] == order


@pytest.mark.parametrize("before", [{}, {"a": b"old", "b": b"old"}])
def test_a_disk_that_refuses_a_step_leaves_no_half_file(tmp_path, interrupted, full, before):
    """Whatever step has no room: a clear sentence, each name old or new, nothing else in the folder."""
    for step in range(100):
        folder = tmp_path / str(step)
        folder.mkdir()
        for name, data in before.items():
            (folder / name).write_bytes(data)
        with interrupted(step, full) as calls:
            try:
                write_together(pair(folder))
            except PassingError as error:
                message = str(error)
            else:
                message = "written"
        assert "written" == message or "could not be written: No space left on device; " in message
        assert {"a", "b"} >= set(contents(folder)) >= set(before)
        assert {b"old", b"new"} >= set(contents(folder).values())
        if len(calls) <= step:
            break
    assert {"a": b"new", "b": b"new"} == contents(folder)
    assert step > 10


def test_a_process_that_dies_leaves_work_that_can_be_done_again(tmp_path, interrupted, killed):
    """Promise 5: whatever it left, the second attempt gives the same folder as if nothing had happened."""
    for step in range(100):
        folder = tmp_path / str(step)
        folder.mkdir()
        with interrupted(step, killed) as calls:
            try:
                write_together(pair(folder))
            except type(killed):
                assert {b"new"} >= {data for name, data in contents(folder).items() if name in "ab"}
        write_together(pair(folder))
        assert {"a": b"new", "b": b"new"} == contents(folder)
        if len(calls) <= step:
            break
    assert step > 10


@pytest.mark.parametrize("before", [{}, {"a": b"old"}])
def test_a_write_that_fails_half_way_leaves_what_stood_there(tmp_path, before):
    """Not every byte fits: the name keeps its old bytes or none."""
    for name, data in before.items():
        (tmp_path / name).write_bytes(data)
    with largest_file(150_000), pytest.raises(PassingError, match="/a could not be written: File too large; "):
        write_durably(tmp_path / "a", (bytes(100_000) for _ in range(3)), 0o600)
    assert before == contents(tmp_path)


@pytest.mark.parametrize("room", [0, 4096, 8192, 100_000])
def test_a_full_disk_is_said_and_room_mends_it(small_disk, room):
    """The operator removes something, and the same call does its work."""
    filler = small_disk / "filler"
    with filler.open("wb") as file:
        file.write(bytes(512 * 1024 - room))
    data = bytes(120_000)
    with pytest.raises(PassingError, match="No space left on device"):
        write_together([Writing(path=small_disk / name, chunks=[data], mode=0o600) for name in "ab"])
    assert ["filler"] == [path.name for path in small_disk.iterdir()]
    filler.unlink()
    write_together([Writing(path=small_disk / name, chunks=[data], mode=0o600) for name in "ab"])
    assert {"a": data, "b": data} == contents(small_disk)


def test_an_error_that_is_not_the_disks_leaves_nothing_either(tmp_path):
    """Whatever makes the bytes may fail as well."""

    def chunks():
        yield b"half"
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write_durably(tmp_path / "a", chunks(), 0o600)
    assert {} == contents(tmp_path)


class TestMove:
    """Moving the delivered file: it is never lost, and never replaces another."""

    @pytest.fixture
    def source(self, tmp_path):
        """Return a delivered file."""
        path = tmp_path / "work" / "input"
        path.parent.mkdir()
        path.write_bytes(b"\xff\x00data\r\n")
        return path

    @pytest.fixture
    def target(self, tmp_path):
        """Return its place in the archives."""
        path = tmp_path / "archives" / "a"
        path.parent.mkdir()
        return path

    def test_the_file_itself_is_moved(self, source, target):
        """On one file system a gigabyte is moved as fast as a byte."""
        inode = source.stat().st_ino
        move_durably(source, target, 0o640)
        assert inode == target.stat().st_ino
        assert not source.exists()

    @pytest.mark.parametrize(("call", "number"), [("rename", errno.EXDEV), ("fchmod", errno.EPERM)])
    def test_a_file_that_cannot_be_renamed_is_copied(self, source, target, monkeypatch, call, number):
        """The archives may lie on another disk, and the file may belong to the account that sent it."""
        real = getattr(os, call)

        def refuse_once(*args):
            monkeypatch.setattr(os, call, real)
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, call, refuse_once)
        move_durably(source, target, 0o600)
        assert (b"\xff\x00data\r\n", 0o600) == (target.read_bytes(), mode(target))
        assert not source.exists()

    def test_it_moves_between_real_file_systems(self, source, small_disk):
        """The same with two file systems instead of a patch."""
        move_durably(source, small_disk / "a", 0o640)
        assert {"a": b"\xff\x00data\r\n"} == contents(small_disk)
        assert not source.exists()

    def test_a_full_archive_leaves_the_file_where_it_was(self, source, small_disk):
        """Promise 1: archived with its bytes unchanged, or standing where it was."""
        source.write_bytes(bytes(600 * 1024))
        with pytest.raises(PassingError, match="small/a could not be written: No space left on device"):
            move_durably(source, small_disk / "a", 0o640)
        assert {} == contents(small_disk)
        assert 600 * 1024 == source.stat().st_size

    @pytest.mark.parametrize("copied", [False, True])
    def test_wherever_it_is_stopped_the_file_is_whole_and_the_next_call_ends_it(
        self, tmp_path, interrupted, full, killed, copied
    ):
        """A refusing disk and a dying process, at each step of a rename and of a copy."""
        for error in (full, killed):
            for step in range(100):
                work, archives = (tmp_path / f"{type(error).__name__}{step}{name}" for name in ("w", "a"))
                work.mkdir()
                archives.mkdir()
                source, target = work / "input", archives / "a"
                source.write_bytes(b"data")
                with interrupted(step, error) as calls, self.other_disk(copied):
                    try:
                        move_durably(source, target, 0o600)
                    except (PassingError, type(killed)):
                        assert b"data" == (source if source.exists() else target).read_bytes()
                with self.other_disk(copied):
                    move_durably(source, target, 0o600)
                assert ({}, {"a": b"data"}) == (contents(work), contents(archives))
                if len(calls) <= step:
                    break
            assert step > 5

    @staticmethod
    @contextmanager
    def other_disk(yes: bool):
        """Make every rename fail as between two disks."""
        with pytest.MonkeyPatch.context() as patch:
            if yes:

                def refuse(*args):
                    raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

                patch.setattr(os, "rename", refuse)
            yield

    def test_another_file_in_the_place_is_never_replaced(self, source, target):
        """Two deliveries of one name: neither is lost, whatever went wrong before."""
        target.write_bytes(b"other")
        with pytest.raises(PassingError, match="archives/a holds another file and is not replaced; input stays"):
            move_durably(source, target, 0o640)
        assert (b"\xff\x00data\r\n", b"other") == (source.read_bytes(), target.read_bytes())

    def test_an_archive_without_folder_leaves_the_file_where_it_was(self, source, tmp_path):
        """Somebody removed the folder: a sentence, and the file stays."""
        with pytest.raises(PassingError, match="gone/a could not be written: No such file or directory; "):
            move_durably(source, tmp_path / "gone" / "a", 0o640)
        assert source.exists()

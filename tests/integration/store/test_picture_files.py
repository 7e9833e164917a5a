"""The bytes of pictures on a real disk: durable, private, each once."""

import hashlib
import stat

import pytest

from syncd.core.errors import PassingError
from syncd.core.kinds import Kind
from syncd.store.picture_files import PictureFiles


def contents(*numbers: int) -> list[tuple[str, bytes]]:
    """Return contents by their digests."""
    data = [b"%d" % number * 100 for number in numbers]
    return [(hashlib.sha256(each).hexdigest(), each) for each in data]


def stored(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_contents_stand_under_their_digest_for_their_owner_alone(tmp_path):
    """They show people's faces."""
    kept = contents(*range(300))
    PictureFiles(tmp_path / "pictures").keep(iter(kept + kept[:5]))
    assert dict(kept) == stored(tmp_path / "pictures")
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "pictures").iterdir()}
    assert 0o700 == stat.S_IMODE((tmp_path / "pictures").stat().st_mode)


def test_what_is_there_is_not_written_again(tmp_path):
    """Half a file, which nobody of us left there, is."""
    files = PictureFiles(tmp_path)
    files.keep(contents(1, 2))
    times = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    (digest, data), (other, _) = contents(1, 2)
    (tmp_path / digest).write_bytes(data[:5])
    files.keep(contents(1, 2, 3))
    assert dict(contents(1, 2, 3)) == stored(tmp_path)
    assert times[other] == (tmp_path / other).stat().st_mtime_ns


def test_what_nobody_needs_is_told_with_what_a_crash_left(tmp_path):
    """Files of somebody else are none of ours."""
    files = PictureFiles(tmp_path / "pictures")
    assert [] == files.others(frozenset())
    files.keep(contents(1, 2))
    (tmp_path / "pictures" / ".abc.part").touch()
    (tmp_path / "pictures" / "notes.txt").touch()
    (one, _), (two, _) = contents(1, 2)
    assert [".abc.part", two] == [path.name for path in files.others({one})]


def test_a_full_disk_leaves_no_file_half(small_disk):
    """The run is tried again."""
    files = PictureFiles(small_disk / "pictures")
    large = [(hashlib.sha256(bytes([n])).hexdigest(), bytes([n]) * 300_000) for n in range(5)]
    with pytest.raises(PassingError, match="No space left"):
        files.keep(large)
    for name, data in stored(small_disk / "pictures").items():
        assert dict(large)[name] == data


@pytest.mark.parametrize("which", ["full", "killed"])
def test_stopped_anywhere_and_begun_again_everything_is_there(tmp_path, interrupted, request, which):
    """Promise 5."""
    error = request.getfixturevalue(which)
    for step in range(100):
        folder = tmp_path / str(step)
        with interrupted(step, error) as calls:
            try:
                PictureFiles(folder).keep(contents(1, 2, 3))
            except (PassingError, OSError, type(error)):
                pass
        PictureFiles(folder).keep(contents(1, 2, 3))
        assert dict(contents(1, 2, 3)) == stored(folder)
        if step >= len(calls):
            break
    assert step > 5


def test_contents_that_a_record_has_or_had_are_needed(scene):
    """A replaced picture can be brought back, and so can that of a user who went."""
    assert frozenset() == scene.store.contents()
    scene.create(Kind.PICTURE, *({"user_id": n, "sha256": f"{n}a", "type": "png", "bytes": 1} for n in (1, 2)))
    scene.change(Kind.PICTURE, {"user_id": 1, "sha256": "1b"})
    scene.change(Kind.PICTURE, {"user_id": 1, "sha256": "1c"})
    scene.change(Kind.PICTURE, {"user_id": 2, "state": "deleted"}, action="deleted")
    assert {"1a", "1b", "1c", "2a"} == scene.store.contents()

"""Files that shall not be taken yet: those of a feed whose time has not come."""

from syncd.core.runs import Trigger


def not_yet(name: str) -> str:
    return "not yet" if name.startswith("later") else ""


def test_a_file_that_shall_wait_stays_untouched_and_says_why(place):
    """Others are taken meanwhile."""
    place.drop("later.csv", b"x")
    place.drop("now.csv", b"y")
    claim = place.folder().claim(Trigger.WATCH, "", not_yet)
    assert (["now.csv"], (("later.csv", "not yet"),)) == ([work.file for work in claim.taken], claim.left)
    assert (["later.csv"], b"x") == (place.standing(), (place.sync / "later.csv").read_bytes())


def test_for_files_that_wait_the_sender_is_not_kept_out(place):
    """No lock.txt every half minute for the sake of files that nobody takes, and no waiting for them to rest."""
    place.drop("later.csv", b"x", age=0)
    seen = []

    def waits(name: str) -> str:
        seen.append((place.sync / "lock.txt").exists())
        return not_yet(name)

    claim = place.folder().claim(Trigger.WATCH, "", waits)
    assert ({False}, [], False) == (set(seen), place.slept, claim.unsettled)

"""What may be wrong with the drop folder, as troubles: the cause in words, what to do, and the all-clear.

Source of the kinds: promise 8 (docs/promises.md).
"""

from collections.abc import Mapping
from types import MappingProxyType

from syncd.core.handshake import AlarmKind
from syncd.core.incidents import Trouble
from syncd.intake.drop import Claim

_WORDS: Mapping[AlarmKind, tuple[str, str, str]] = MappingProxyType(
    {
        AlarmKind.SENDER_LOCK_STALE: (
            "The sender put alock.txt into sync/ and did not remove it: mostly its transfer died, or its connection "
            "broke before the end.",
            "Look at the sender's last transfer. When it writes no more, have the sender remove alock.txt; "
            "syncd never does. The files are then taken with the next look.",
            "alock.txt does not stop the drop folder any longer",
        ),
        AlarmKind.LOCK_STALE: (
            "A syncd holds sync/ and does not come to an end: it hangs on a slow disk or database, works on another "
            "machine, or cannot remove its own lock.txt.",
            "See whether that process is alive and what it waits for. Only if it is gone, remove lock.txt by hand.",
            "lock.txt does not stop the drop folder any longer",
        ),
        AlarmKind.LOCK_TAKEN_OVER: (
            "The syncd that held sync/ ended without giving it back: it was killed, or its machine went down.",
            "Nothing has to be done: what it left half done has been taken up. If it happens again, see the log of "
            "that time.",
            "",
        ),
        AlarmKind.FOLDER_REFUSED: (
            "The drop folder is not mounted, is full, is a link, or syncd may not write in it.",
            "Mount it, make room, put a folder in the place of the link, or give the account of syncd the right to "
            "read and write there.",
            "the drop folder can be used again",
        ),
        AlarmKind.NOT_TAKEN: (
            "The disk is full, or syncd may not move these files.",
            "Make room, or give the account of syncd the right to move them. They stay where they are and are tried "
            "again with every look.",
            "no file is refused in the drop folder any longer",
        ),
        AlarmKind.NOT_REMOVED: (
            "The files or the folder belong to an account that does not let syncd remove anything.",
            "Remove them by hand, and give the account of syncd the right to. They have been worked and are not "
            "worked again until they change.",
            "no file that was taken stands in the drop folder any longer",
        ),
        AlarmKind.NAME_BARRED: (
            "Somebody put a link, a folder or the like into sync/ under the name of a file that is sent there.",
            "Move it away or give it another name. The files come in by themselves then, in the order in which they "
            "were sent.",
            "no name of a file that was sent is taken by something else any longer",
        ),
    }
)


def troubles(claim: Claim, box: str = "") -> Mapping[str, Trouble]:
    """Return what a claim found wrong, by key. box: the drop box that was claimed; "" for sync/ itself."""
    return {key(kind, box): trouble(kind, sentence, box) for kind, sentence in claim.found.items()}


def key(kind: AlarmKind, box: str = "") -> str:
    """Return the key of the incident that something is wrong with a drop folder."""
    return f"{kind.value} {box}".rstrip()


def trouble(kind: AlarmKind, sentence: str, box: str = "") -> Trouble:
    """Return one of them with all its words."""
    front = f"{box}: " if box else ""
    cause, what_next, all_clear = (words.replace("sync/", f"sync/{box}/" if box else "sync/") for words in _WORDS[kind])
    return Trouble(
        sentence=front + sentence, cause=cause, what_next=what_next, all_clear=front + all_clear if all_clear else ""
    )

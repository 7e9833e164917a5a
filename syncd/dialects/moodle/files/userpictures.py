"""Archives of user pictures: every file in them is the picture of the user after whom it is named."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import polars as pl

from syncd.core.findings import Finding, finding
from syncd.core.kinds import Kind
from syncd.core.order import Stage
from syncd.dialects.moodle.options import MoodleOptions
from syncd.dialects.moodle.plan import planners
from syncd.engine.standing import Watch
from syncd.formats.columns import Commands
from syncd.formats.dialect import ArchiveFile
from syncd.frames import pictures
from syncd.frames.findings import from_values
from syncd.frames.zips import Entry, unpack

_SEPARATOR = re.compile(r"[/\\]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:")
_STAMP = re.compile(r"^[0-9]{8}-[0-9]{6}_")
"""What a file in the archives has before its name: one that is taken from there is still what it was."""

_LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_SHOWN = 80
_EVERY = 500
"""Entries between two words about progress."""

_FRAME = {
    "row": pl.Int64(),
    "line": pl.Int64(),
    "path": pl.String(),
    "user": pl.String(),
    "sha256": pl.String(),
    "type": pl.String(),
    "bytes": pl.Int64(),
}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Looks at the entries of one archive, one after the other; a picture is forgotten once it was looked at."""

    source: BinaryIO
    options: MoodleOptions

    def read(self, row: int, entry: Entry) -> dict[str, object] | Finding | None:
        """Return what an entry holds, or what is wrong with it; None for what other programs leave in archives."""
        limits, parts = self.options.archive_limits, _SEPARATOR.split(entry.name)

        def wrong(code: str, **places: Any) -> Finding:
            return finding(code, row=row, line=entry.ordinal, value=_shown(entry.name), **places)

        if _ABSOLUTE.match(entry.name) or ".." in parts or _CONTROL.search(entry.name) or not parts[-1]:
            return wrong("entry-name")
        if _is_litter(parts):
            return None
        if len(parts) - 1 > limits.depth:
            return wrong("entry-deep", limit=limits.depth)
        if trouble := entry.trouble(limits):
            return wrong(trouble[0], **trouble[1])
        if (data := unpack(self.source, entry)) is None:
            return wrong("entry-damaged")
        if (kind := pictures.format_of(data)) is None:
            return wrong("picture-format", guess=pictures.guess(data))
        if (size := pictures.size_of(data, kind)) is None:
            return wrong("picture-damaged", format=kind)
        if size[0] * size[1] > pictures.MOST_PIXELS:
            return wrong("picture-large", width=size[0], height=size[1], limit=pictures.MOST_PIXELS)
        digest = hashlib.sha256(data).hexdigest()
        found = {"path": entry.name, "user": self._user(parts[-1]), "sha256": digest, "type": kind, "bytes": len(data)}
        return {"row": row, "line": entry.ordinal} | found

    def _user(self, name: str) -> str:
        """Return what a file name says of its user: all before the last dot, composed as databases write it."""
        return unicodedata.normalize("NFC", name.rpartition(".")[0] or name).strip()


def _read(
    source: BinaryIO, entries: Sequence[Entry], options: MoodleOptions, tell: Callable[[int, int], None]
) -> Commands:
    """Return a row for each picture, and in the part `litter` row and line of what is none and does no harm."""
    reader = _Reader(source, options)
    found: list[dict[str, object]] = []
    wrong: list[Finding] = []
    litter: list[tuple[int, int]] = []
    for row, entry in enumerate(entries, start=1):
        what = reader.read(row, entry)
        if what is None:
            litter.append((row, entry.ordinal))
        elif isinstance(what, Finding):
            wrong.append(what)
        else:
            found.append(what)
        if not row % _EVERY:
            tell(row, len(entries))
    left = pl.DataFrame(litter, schema={"row": pl.Int64(), "line": pl.Int64()}, orient="row")
    return Commands(frame=pl.DataFrame(found, schema=_FRAME), findings=from_values(wrong), parts={"litter": left})


def _claims(file_name: str, options: MoodleOptions) -> bool:
    name = _STAMP.sub("", file_name.lower())
    return name.startswith(options.picture_prefix.lower()) and name.endswith(".zip")


def _is_litter(parts: Sequence[str]) -> bool:
    base = parts[-1].lower()
    return "__MACOSX" in parts[:-1] or base in _LITTER or base.startswith("._")


def _shown(name: str) -> str:
    return name if len(name) <= _SHOWN else f"…{name[-_SHOWN:]}"


USERPICTURES = ArchiveFile(
    dialect="moodle",
    object="userpictures",
    kind=Kind.PICTURE,
    stage=Stage.PICTURES,
    plan=planners.userpictures,
    watch=Watch(everything=True),
    default_names=("userpictures_1.zip",),
    claims=_claims,
    read=_read,
    limits=lambda options: options.archive_limits,
    about=(
        "A zip archive of pictures, in folders or not; its name begins with the `picture_prefix`. The name of each "
        "file without its extension is the user's `picture_identifier`. PNG, JPEG, GIF and WebP are taken, whatever "
        "the extension says. A picture that is the same as the stored one changes nothing; with `overwrite_pictures` "
        "off, one of a user who has a picture is skipped. Of several pictures of one user the last in the order of "
        "names counts, and the others are skipped. Folders and what macOS and Windows add are no pictures. Archives "
        "are worked in the order of their names. The tryback is an archive of the entries that failed."
    ),
    options=("picture_prefix", "picture_identifier", "overwrite_pictures"),
    example="mleroux.jpg\nyear7/pdupont.png\n",
)
"""The archive of user pictures."""

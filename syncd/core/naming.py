r"""Names of reports, trybacks and archives, made from the name of a file that anybody may have sent.

The name of a delivered file is hostile: it may hold line ends, slashes, bytes that are no text, marks
that turn the direction of writing, and it may fill all 255 bytes. In an artefact's name

- every character that cannot be printed, `/`, `\`, and a `%` that two hexadecimal digits follow stand
  as `%XX`, one for each byte, so that percent-decoding gives the name back;
- the first character of a tryback is never `.`, `_` or `-` (it would be hidden, stay in the drop folder,
  or pass for an option) but stands as `%XX` too;
- a name that would not fit keeps its extension; its stem is cut and ends in `~` and 8 digits of its hash.

Nothing else is changed: å and spaces stay.
"""

import hashlib
import re

LIMIT = 255
"""The most bytes of a file name on every file system that matters."""

_OPERATION_LIMIT = 64
_MARK = 9
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,16}\Z")
_LITERAL_ESCAPE = re.compile(r"%(?=[0-9A-Fa-f]{2})")
_HALF_ESCAPE = re.compile(r"%[0-9A-F]?\Z")
_TRYBACK = re.compile(r"(?<=.)(?:_tryback_[0-9]{8}-[0-9]{6}(?:-[0-9]+)?)+(?=(?:\.[A-Za-z0-9]{1,16})?\Z)", re.DOTALL)
_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def report_names(stamp: str, operation: str, file: str, number: int = 1) -> tuple[str, str]:
    """Return the names of a run's report as text and as JSON.

    Args:
        stamp: local time as YYYYMMDD-HHMMSS.
        operation: what was asked for, in a word that a person would look for.
        file: the file's name as delivered.
        number: 2, 3 … where the names before are taken; both names share it.
    """
    front = f"{stamp}_{_cut(harmless(operation), _OPERATION_LIMIT)}_"
    back = _tail(number)
    stem, extension = _split(harmless(file))
    name = f"{front}{_cut(stem, LIMIT - _size(front, extension, back, '.json'))}{extension}{back}"
    return f"{name}.txt", f"{name}.json"


def tryback_name(stamp: str, file: str, number: int = 1) -> str:
    """Return the name of a tryback; the tryback of a tryback carries the new stamp only."""
    origin = original_name(file)
    named_by_us = origin != file
    stem, extension = _split(_escaped(origin) if named_by_us else harmless(origin))
    stem = _fronted(stem).rstrip(".")
    back = f"_tryback_{stamp}{_tail(number)}{extension}"
    return _cut(stem, LIMIT - _size(back)) + back


def archive_name(stamp: str, file: str, number: int = 1) -> str:
    """Return the name under which a file is archived."""
    front = f"{stamp}_"
    stem, extension = _split(harmless(file))
    back = _tail(number) + extension
    return front + _cut(stem, LIMIT - _size(front, back)) + back


def original_name(file: str) -> str:
    """Return the name of the file that a tryback was made from; any other name as it is."""
    return _TRYBACK.sub("", file)


def harmless(name: str) -> str:
    """Return a file name in which nothing escapes a folder, breaks a line or hides; see the top of this module."""
    return _escaped(_LITERAL_ESCAPE.sub("%25", name))


def shown(text: str) -> str:
    r"""Return a file name or value as a person may safely see it on a screen: `\n`, `\x1b`, `\u202e` are spelled."""
    return text if text.isprintable() else "".join(c if c.isprintable() else _spelled(c) for c in text)


def _spelled(character: str) -> str:
    code = ord(character)
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    if code < 0x80 or _is_byte(code):
        return f"\\x{code & 0xFF:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _escaped(name: str) -> str:
    return "".join(c if c.isprintable() and c not in "/\\" else _percent(c) for c in name)


def _percent(character: str) -> str:
    how = "surrogateescape" if _is_byte(ord(character)) else "surrogatepass"
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", how))


def _is_byte(code: int) -> bool:
    """Tell whether a code point stands for a byte that was no text (Python's surrogateescape)."""
    return 0xDC80 <= code <= 0xDCFF


def _fronted(stem: str) -> str:
    return _percent(stem[0]) + stem[1:] if stem.startswith((".", "_", "-")) else stem


def _split(name: str) -> tuple[str, str]:
    """Return stem and extension, the dot with the latter; dots at the beginning do not make an extension."""
    found = _EXTENSION.search(name)
    if found is None or not name[: found.start()].strip("."):
        return name, ""
    return name[: found.start()], found.group()


def _cut(text: str, room: int) -> str:
    """Return the text in at most so many bytes, the same for the same text."""
    whole = text.encode()
    if len(whole) <= room:
        return text
    head = _HALF_ESCAPE.sub("", whole[: room - _MARK].decode("utf-8", "ignore"))
    return f"{head}~{hashlib.sha256(whole).hexdigest()[: _MARK - 1]}"


def _tail(number: int) -> str:
    return f"-{number}" if number > 1 else ""


def _size(*parts: str) -> int:
    return sum(len(part.encode()) for part in parts)

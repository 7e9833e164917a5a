"""What each request of a session asks for, and its answer."""

import os
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice

from syncd.sftp import packets
from syncd.sftp.dropbox.refusal import DONE, Refusal, at_end, failed, malformed, unsupported
from syncd.sftp.packets import READS, WRITES, Attributes, Fields, Kind, data, text
from syncd.sftp.serving.handles import LONGEST, Reading, Upload
from syncd.sftp.serving.tree import Tree

_MOST_HANDLES = 64
"""Handles of one session; clients are told."""

_BATCH = 100
"""Names told at once."""

_RENAME, _FSYNC, _LIMITS = "posix-rename@openssh.com", "fsync@openssh.com", "limits@openssh.com"

EXTENSIONS = b"".join(text(name) + data(b"1") for name in (_RENAME, _FSYNC, _LIMITS))
"""What is offered beyond the protocol, as it is told at the beginning."""

_FLAGS = ((0x04, os.O_APPEND), (0x08, os.O_CREAT), (0x10, os.O_TRUNC), (0x20, os.O_EXCL))
"""Flags of the protocol, and what they are here."""


class Listing:
    """The list of a folder, told in parts."""

    def __init__(self, entries: Sequence[tuple[str, Attributes]]) -> None:
        self._rest: Iterator[tuple[str, Attributes]] = iter(entries)

    def more(self) -> list[tuple[str, Attributes]]:
        """Return the next names, none at the end."""
        return list(islice(self._rest, _BATCH))


_Handle = Reading | Upload | Listing


class Requests:
    """Carries out the requests of one session; keeps what it has open."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._handles: dict[bytes, _Handle] = {}
        self._opened = 0
        self._with_answer: Mapping[int, Callable[[int, Fields], bytes]] = {
            Kind.OPEN: self._open,
            Kind.OPENDIR: self._open_folder,
            Kind.READ: self._read,
            Kind.READDIR: self._read_folder,
            Kind.STAT: self._look,
            Kind.LSTAT: self._look,
            Kind.FSTAT: self._look_at_open,
            Kind.REALPATH: lambda number, fields: packets.names(number, [tree.canonical(fields.text())]),
            Kind.EXTENDED: self._extended,
        }
        self._to_do: Mapping[int, Callable[[Fields], None]] = {
            Kind.WRITE: self._write,
            Kind.CLOSE: self._close,
            Kind.SETSTAT: lambda fields: tree.changed(fields.text(), fields.attributes()),
            Kind.FSETSTAT: lambda fields: self._upload(fields).change(fields.attributes()),
            Kind.REMOVE: lambda fields: tree.removed(fields.text()),
            Kind.RENAME: lambda fields: tree.renamed(fields.text(), fields.text(), replace=False),
            Kind.MKDIR: lambda fields: tree.folder_made(fields.text()),
            Kind.RMDIR: lambda fields: tree.folder_removed(fields.text()),
            Kind.READLINK: lambda _: tree.linked(),
            Kind.SYMLINK: lambda _: tree.linked(),
        }

    def answer(self, kind: int, number: int, fields: Fields) -> bytes:
        """Carry out a request and return its answer as a packet. number: of the request.

        Raises:
            Refusal, MalformedError, OSError, SyncdError: it is not carried out.
        """
        if to_do := self._to_do.get(kind):
            to_do(fields)
            return packets.status(number, DONE)
        if with_answer := self._with_answer.get(kind):
            return with_answer(number, fields)
        raise unsupported(f"request {kind}")

    def end(self) -> None:
        """Let go of what is open: the client has gone."""
        for handle in self._handles.values():
            with suppress(OSError, Refusal):
                if isinstance(handle, Upload):
                    self._tree.broken_off(handle)
                elif isinstance(handle, Reading):
                    handle.close()
        self._handles.clear()

    def _open(self, number: int, fields: Fields) -> bytes:
        path, wanted = fields.text(), fields.number()
        flags = os.O_RDWR if wanted & READS else os.O_WRONLY
        if not wanted & WRITES:
            flags = os.O_RDONLY
        for theirs, ours in _FLAGS:
            flags |= ours if wanted & theirs else 0
        return self._keep(number, lambda: self._tree.opened(path, flags))

    def _open_folder(self, number: int, fields: Fields) -> bytes:
        path = fields.text()
        return self._keep(number, lambda: Listing(self._tree.listed(path)))

    def _keep(self, number: int, make: Callable[[], _Handle]) -> bytes:
        if len(self._handles) >= _MOST_HANDLES:
            raise failed(f"{_MOST_HANDLES} files are open in this session; close some")
        made = make()
        self._opened += 1
        name = self._opened.to_bytes(4, "big")
        self._handles[name] = made
        return packets.packet(Kind.HANDLE, number, data(name))

    def _read(self, number: int, fields: Fields) -> bytes:
        file, offset, length = self._file(fields), fields.large(), fields.number()
        if not (found := file.read(_within(offset), length)):
            raise at_end()
        return packets.packet(Kind.DATA, number, data(found))

    def _read_folder(self, number: int, fields: Fields) -> bytes:
        listing = self._handles.get(fields.string())
        if not isinstance(listing, Listing):
            raise malformed("there is no such handle of a folder")
        if not (entries := listing.more()):
            raise at_end()
        return packets.names(number, entries)

    def _look(self, number: int, fields: Fields) -> bytes:
        return packets.packet(Kind.ATTRS, number, self._tree.looked_at(fields.text()).packed())

    def _look_at_open(self, number: int, fields: Fields) -> bytes:
        return packets.packet(Kind.ATTRS, number, self._file(fields).status().packed())

    def _extended(self, number: int, fields: Fields) -> bytes:
        name = fields.text()
        if name == _LIMITS:
            longest = struct.pack(">QQQQ", LONGEST + 1024, LONGEST, LONGEST, _MOST_HANDLES)
            return packets.packet(Kind.EXTENDED_REPLY, number, longest)
        if name == _RENAME:
            self._tree.renamed(fields.text(), fields.text(), replace=True)
        elif name == _FSYNC:
            self._upload(fields).sync()
        else:
            raise unsupported("this extension")
        return packets.status(number, DONE)

    def _write(self, fields: Fields) -> None:
        self._tree.written(self._upload(fields), _within(fields.large()), fields.data())

    def _close(self, fields: Fields) -> None:
        handle = self._handles.pop(fields.string(), None)
        if handle is None:
            raise malformed("there is no such handle")
        if isinstance(handle, Upload):
            self._tree.finished(handle)
        elif isinstance(handle, Reading):
            handle.close()

    def _file(self, fields: Fields) -> Reading | Upload:
        file = self._handles.get(fields.string())
        if isinstance(file, Reading | Upload):
            return file
        raise malformed("there is no such handle of a file")

    def _upload(self, fields: Fields) -> Upload:
        file = self._file(fields)
        if isinstance(file, Upload):
            return file
        raise malformed("the file is open to be read only")


def _within(offset: int) -> int:
    """Return an offset that this machine can work with.

    Raises:
        Refusal: it is none.
    """
    if offset >= 1 << 62:
        raise malformed("there is no such place in a file")
    return offset

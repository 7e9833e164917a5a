"""Columns of other systems that decide what a row does: delete it, rename it, switch it off.

A kind of file that does not know such a column must not ignore it, or it would make what the sender wants gone. The
values decide: a column that asks for nothing (`delete` with 0 in every row) does no harm.
"""

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from syncd.core.errors import FileError
from syncd.core.findings import Finding, finding
from syncd.formats.dialect import CommandFile
from syncd.frames.headers import plain

_NO = ("", "0", "no", "n", "false", "f", "off")
_YES = ("", "1", "yes", "y", "true", "t", "on")
_ADDS = ("", "add", "added", "active", "enabled", "create", "created", "update", "updated", "insert", "upsert")
VERBS = frozenset(
    {"cmd", "command", "verb", "action", "operation", "op", "status", "rowstatus", "changetype", "updatetype"}
)
"""Plain names of columns that hold a word for what a row does."""

_GROUPS = {
    _NO: (
        *("delete", "deleted", "isdeleted", "del", "remove", "removed", "drop", "dropped", "purge", "reset"),
        *("unenrol", "unenroll", "unenrolled", "suspend", "suspended", "issuspended", "disable", "disabled"),
        *("isdisabled", "inactive", "archive", "archived", "withdrawn", "cancel", "cancelled", "canceled"),
    ),
    _YES: ("active", "isactive", "enable", "enabled", "isenabled"),
    _ADDS: VERBS,
    ("",): (
        *("rename", "renameto", "oldname", "oldusername", "oldshortname", "oldidnumber"),
        *("newname", "newusername", "newshortname", "newidnumber"),
    ),
}

TURNING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {name: harmless for harmless, names in _GROUPS.items() for name in names}
)
"""Plain names of such columns (see `frames.headers.plain`), each with the values, in lower case, that do no harm."""


def demand_harmless(command_file: CommandFile, parsed: pl.DataFrame) -> None:
    """Raise FileError where an unknown column asks for something that this kind of file would not do.

    parsed: row, line and the columns of the file in lower case, values as written.
    """
    found = [_asked(command_file, parsed, name) for name in parsed.columns if _is_turning(command_file, name)]
    if problems := [each for each in found if each]:
        raise FileError(*problems)


def _is_turning(command_file: CommandFile, name: str) -> bool:
    return plain(name) in TURNING and command_file.column_of(name) is None


def _asked(command_file: CommandFile, parsed: pl.DataFrame, name: str) -> Finding | None:
    value = pl.col(name).fill_null("").str.strip_chars()
    harmless = value.str.to_lowercase().is_in(TURNING[plain(name)])
    asking = parsed.filter(~harmless).select("line", value.alias("value"))
    if asking.is_empty():
        return None
    line, text = asking.row(0)
    return finding(
        "column-turns",
        line=line,
        column=name,
        value=text[:80],
        count=len(asking),
        what=command_file.object,
        instead=command_file.instead,
    )

"""Every dialect there is: one line for each."""

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from syncd.core.kinds import SPECS, Kind, KindSpec
from syncd.dialects.moodle.dialect import MOODLE
from syncd.formats.dialect import Dialect, FileKind

DIALECTS: Mapping[str, Dialect] = MappingProxyType({dialect.name: dialect for dialect in (MOODLE,)})
"""Every dialect by name. The first is that of feeds which name none."""


def every_kind() -> Mapping[Kind, KindSpec]:
    """Return every kind of record, those that dialects declare included."""
    return SPECS


def file_kinds() -> Mapping[str, FileKind]:
    """Return every kind of file by its object; by DIALECT/OBJECT where several dialects have objects of that name."""
    files = [file for dialect in DIALECTS.values() for file in dialect.objects.values()]
    several = Counter(file.object for file in files)
    return {file.object if several[file.object] == 1 else f"{file.dialect}/{file.object}": file for file in files}

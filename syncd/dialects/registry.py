"""Every dialect there is: one line for each."""

from collections.abc import Mapping
from types import MappingProxyType

from syncd.dialects.moodle.dialect import MOODLE
from syncd.formats.dialect import Dialect

DIALECTS: Mapping[str, Dialect] = MappingProxyType({dialect.name: dialect for dialect in (MOODLE,)})
"""Every dialect by name."""

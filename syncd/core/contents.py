"""Contents: bytes that belong to a record and are no column of it, kept beside the roster by their SHA-256."""

from collections.abc import Mapping
from types import MappingProxyType

from syncd.core.kinds import Kind

CONTENTS: Mapping[Kind, str] = MappingProxyType({Kind.PICTURE: "sha256"})
"""The column that holds the SHA-256 of the content, for each kind that has one."""

"""What a snapshot says by leaving out, in numbers: weighed against its own scope, not against the whole roster."""

from dataclasses import dataclass

from syncd.core.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Records of one kind that a snapshot leaves out.

    gone: how many of them it changes. population: live records in its scope. scope: in words, such as
    "data source sis, department North". removes: whether they are disabled or deleted, not only marked.
    """

    kind: Kind
    gone: int
    population: int
    scope: str
    removes: bool = True

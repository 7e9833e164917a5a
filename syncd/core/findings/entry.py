"""What the catalogue of findings is made of."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters: an error fails the row (or part of it), a warning does not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Entry:
    """A catalogue entry: severity, sentence with `{named}` places, and what the operator can do next."""

    severity: Severity
    sentence: str
    advice: str = ""

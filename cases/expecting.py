"""What a case expects, beside what came out. An expectation that is not understood fails its case."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any


class CaseError(Exception):
    """A case cannot be run: its file is damaged, or says something that the runner does not understand."""


def read(case: Path) -> dict[str, Any]:
    """Return the content of a case's expect.json.

    Raises:
        CaseError: it is no JSON object.
    """
    try:
        found = json.loads((case / "expect.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise CaseError(f"expect.json is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise CaseError("expect.json holds no object")
    return found


def demand_known(what: str, found: Mapping[str, Any], known: Collection[str]) -> None:
    """Raise CaseError where an object has a key that means nothing here."""
    if unknown := sorted(set(found) - set(known)):
        raise CaseError(f"{what}: {', '.join(unknown)} is not understood; known are {', '.join(known)}")


def differences(where: str, expected: Any, came: Any) -> Iterator[str]:
    """Yield where what came out is not what was expected.

    Of an object only the keys that are expected count; a list must have the same items in the same order; null means
    that there is nothing.
    """
    match expected:
        case Mapping() if isinstance(came, Mapping):
            for key, value in expected.items():
                yield from differences(f"{where}.{key}", value, came.get(key))
        case list() if isinstance(came, Sequence) and len(came) == len(expected):
            for number, (one, other) in enumerate(zip(expected, came, strict=True), 1):
                yield from differences(f"{where}[{number}]", one, other)
        case _ if expected != came:
            yield f"{where}: {json.dumps(expected, ensure_ascii=False)} expected, {json.dumps(came, default=str)} came"

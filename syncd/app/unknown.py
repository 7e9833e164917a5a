"""What is said to somebody who asks for a name that is not there."""

from collections.abc import Sequence
from difflib import get_close_matches

from syncd.core.errors import UsageError


def no_such(what: str, name: str, names: Sequence[str]) -> UsageError:
    """Return the error: it tells the name that may have been meant, or else all there are. what: such as "feed"."""
    near = get_close_matches(name, names, n=1) or names
    there = f"there is {', '.join(near)}" if near else f"no {what} is configured"
    return UsageError(f"there is no {what} {name}".rstrip() + f"; {there}")

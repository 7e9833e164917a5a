"""What a database's errors mean to the engine, whichever library raised them.

Four libraries speak to two databases here, each with its own classes of errors; ADBC gives
some of SQLite's as plain OSError. What they mean is told by SQLite's own words and by the
names that the Python database interface (PEP 249) gives to classes.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from syncd.core.errors import FatalError, PassingError, SyncdError

_PASSING = ("database is locked", "is full", "disk I/O error", "unable to open database file")
_DAMAGED = ("malformed", "not a database")
_CONTRADICTION = ("constraint failed",)


@contextmanager
def explained() -> Iterator[None]:
    """Turn what a database raises into an error that says what to do next; what is not known passes as it is."""
    try:
        yield
    except SyncdError:
        raise
    except Exception as error:
        original = getattr(error, "orig", None) or error
        known = _known(original)
        if known is None:
            raise
        raise known from error


def _known(error: BaseException) -> SyncdError | None:
    words = str(error).strip()
    classes = {f"{cls.__module__.partition('.')[0]}.{cls.__name__}" for cls in type(error).__mro__}
    if _speaks(words, _CONTRADICTION) or "psycopg.IntegrityError" in classes:
        return SyncdError(f"the roster refuses the changes, nothing was applied: {words}")
    if _speaks(words, _DAMAGED):
        return FatalError(f"the database is damaged: {words}")
    if _speaks(words, _PASSING) or "psycopg.OperationalError" in classes:
        return PassingError(f"the database cannot be used just now: {words}")
    return None


def _speaks(words: str, signs: tuple[str, ...]) -> bool:
    return any(sign in words for sign in signs)

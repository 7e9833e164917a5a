"""The options of a dialect: one model from which `--option`, the settings, the reference and the defaults come."""

import codecs
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import Annotated, Self

from syncd.core.errors import UsageError
from syncd.frames.zips import ZipLimits

ROLES: Mapping[str, int] = MappingProxyType(
    {
        "manager": 1,
        "coursecreator": 2,
        "editingteacher": 3,
        "teacher": 4,
        "student": 5,
        "guest": 6,
        "user": 7,
        "frontpage": 8,
    }
)
"""Shortnames and ids of the roles of a roster whose settings name no others: those of a fresh Moodle."""

_CODECS = ("utf-8", "utf-16", "cp1252", "iso-8859-1", "iso-8859-15")
_DELIMITERS = {"": "", "tab": "\t", "\\t": "\t", "semicolon": ";", "comma": ",", "colon": ":"}
_HINTS = "__annotations__"
_WORDS = {"yes": True, "1": True, "true": True, "on": True, "no": False, "0": False, "false": False, "off": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What makes a field of a model of options one that people can set.

    parse: reads a text; a ValueError ends the sentence "it takes …". about: what it does, a sentence for the settings
    file. examples: values, as they are written there.
    """

    parse: Callable[[str], str | bool]
    about: str
    examples: tuple[str, ...] = ()


def option(parse: Callable[[str], str | bool], about: str, *examples: str) -> Option:
    """Return what makes a field an option; see `Option`."""
    return Option(parse=parse, about=about, examples=examples)


def choice(*values: str) -> Callable[[str], str]:
    """Return what reads one of these words, in any letter case."""

    def parse(text: str) -> str:
        word = text.strip().lower()
        if word not in values:
            raise ValueError(f"{', '.join(values[:-1])} or {values[-1]}{_near(word, values)}")
        return word

    return parse


def yes_no(text: str) -> bool:
    """Read yes or no."""
    if text.strip().lower() not in _WORDS:
        raise ValueError("yes or no")
    return _WORDS[text.strip().lower()]


def _quoting(text: str) -> str:
    return {True: "true", False: "false"}[yes_no(text)] if text.strip() else ""


def _encoding(text: str) -> str:
    try:
        return codecs.lookup(text.strip()).name if text.strip() else ""
    except LookupError as error:
        near = _near(text.strip().lower(), _CODECS)
        raise ValueError(f"the name of a Python codec, such as utf-8 or cp1252{near}") from error


def _delimiter(text: str) -> str:
    found = _DELIMITERS.get(text.strip(" ").lower(), text.strip(" "))
    if found and found not in ";,\t:":
        raise ValueError("; , tab or :")
    return found


def _near(name: str, known: Iterable[str]) -> str:
    best = get_close_matches(name, list(known), n=1)
    return f"; did you mean {best[0]}?" if best else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the options of every dialect say: how files are written, what empty values mean, and what the home knows.

    A dialect derives its own from it. A field with an Option can be set; the others come from the settings of the
    home.

    zone: the time zone of dates without one. roles: shortname and id of each role. methods: enrolment methods that a
    course has. protected_users: usernames that no file changes. archive_limits: the most that an archive may hold.
    """

    encoding: Annotated[
        str, option(_encoding, "The encoding of files that are not UTF-8; empty for none.", "cp1252")
    ] = ""
    delimiter: Annotated[
        str, option(_delimiter, "What stands between columns: ; , tab or : and empty to find it out.", ";")
    ] = ""
    quote_escape: Annotated[
        str,
        option(
            choice("double", "backslash"),
            "How a quote inside a quoted value is written: double (twice) or backslash.",
            "backslash",
        ),
    ] = "double"
    quoting: Annotated[
        str,
        option(
            _quoting,
            "Whether quotes surround values: true, or false where they are plain characters. Empty: they do, "
            "and rows that look as if they did not are refused.",
            "false",
        ),
    ] = ""
    null: Annotated[
        str,
        option(str.strip, "What files write for an empty value, as databases do; empty for nothing.", "\\N", "NULL"),
    ] = ""
    empty_means: Annotated[
        str,
        option(
            choice("clear", "keep"),
            "What an empty value does to a field: clear or keep. An absent column changes nothing.",
            "keep",
        ),
    ] = "clear"
    empty_flag_means: Annotated[
        str,
        option(
            choice("no", "keep"),
            "What an empty value means in a column of yes and no: no, or keep (no change, as if it were "
            "absent). Empty: keep, but where such a column holds only yes and empty values, new records are refused.",
            "no",
        ),
    ] = ""
    on_unknown_column: Annotated[
        str, option(choice("warn", "refuse"), "What to do about a column that is not known: warn or refuse.", "refuse")
    ] = "warn"
    zone: str = "UTC"
    roles: Mapping[str, int] = field(default_factory=lambda: ROLES)
    methods: tuple[str, ...] = ("manual", "self", "cohort", "meta")
    protected_users: tuple[str, ...] = ("admin", "guest")
    archive_limits: ZipLimits = field(default_factory=ZipLimits)

    @classmethod
    def from_text(cls, text: Mapping[str, str], base: Self | None = None) -> Self:
        """Return the options that a command line or a settings file gives as text.

        base: what holds where the text says nothing.

        Raises:
            UsageError: it names everything that is wrong.
        """
        known = settable(cls)
        found: dict[str, str | bool] = {}
        wrong: list[str] = []
        for name, value in text.items():
            if name not in known:
                wrong.append(f"there is no option {name}{_near(name, known)}")
                continue
            try:
                found[name] = known[name].parse(value)
            except ValueError as error:
                wrong.append(f"option {name} is '{value}'; it takes {error}")
        if wrong:
            raise UsageError("\n".join(wrong))
        return replace(base or cls(), **found)  # type: ignore[arg-type]


def settable(model: type[Options]) -> Mapping[str, Option]:
    """Return the options of a model that people can set, by name; those of every dialect come first."""
    hints = {name: hint for each in reversed(model.__mro__) for name, hint in getattr(each, _HINTS, {}).items()}
    marked = ((name, mark) for name, hint in hints.items() for mark in getattr(hint, "__metadata__", ()))
    return {name: mark for name, mark in marked if isinstance(mark, Option)}

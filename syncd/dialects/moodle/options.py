"""Options of the moodle dialect: the names and values of `--option` and of a feed's configuration."""

import codecs
import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

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
"""Shortnames of a fresh Moodle's roles, with their ids."""

EVERY_ROLE = "*"
"""In the place of a role: whatever role somebody holds, or a cohort is bound with."""

FORMATS = (
    *("topics", "weeks", "social", "singleactivity"),
    *("buttons", "flexsections", "grid", "onetopic", "tiles", "topcoll"),
)
"""Course formats of Moodle itself, then those of plug-ins in wide use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodleOptions:
    """How the command files of a feed are to be understood.

    encoding, delimiter: "" where the file shall tell. quote_escape: double or backslash. quoting: true, false, or ""
    where the file shall tell. null: what stands for NULL, "" for nothing. user_identifier: "" for the default of each
        object (see `user_by`). zone: the time zone of dates without one.
    roles: shortname and id of each role. methods: enrolment methods that a course has.
    formats: course formats, with `*` for any text. protected_users: usernames that no file changes.
    default_role: the role of a user's course column that names a method but no role.
    picture_limits: the most that an archive of pictures may hold.
    """

    encoding: str = ""
    delimiter: str = ""
    quote_escape: str = "double"
    quoting: str = ""
    null: str = ""
    user_identifier: str = ""
    course_identifier: str = "shortname"
    cohort_identifier: str = "idnumber"
    role_identifier: str = "shortname"
    group_identifier: str = "idnumber"
    grouping_identifier: str = "idnumber"
    category_identifier: str = "idname"
    force_update: bool = True
    protect_category: bool = False
    template_mode: str = "none"
    protect_emails: bool = False
    allow_shared_emails: bool = True
    allow_rename: bool = False
    cohort_autocreate: bool = True
    protect_groups: bool = True
    purge_empty_groups: str = "no"
    picture_identifier: str = "username"
    overwrite_pictures: bool = True
    picture_prefix: str = "userpictures_"
    empty_means: str = "clear"
    empty_flag_means: str = ""
    on_unknown_column: str = "warn"
    zone: str = "UTC"
    roles: Mapping[str, int] = field(default_factory=lambda: ROLES)
    methods: tuple[str, ...] = ("manual", "self", "cohort", "meta")
    formats: tuple[str, ...] = FORMATS
    protected_users: tuple[str, ...] = ("admin", "guest")
    default_role: str = "student"
    picture_limits: ZipLimits = field(default_factory=ZipLimits)

    def user_by(self, object_name: str) -> str:
        """Return the identifier by which files of this object name users.

        Users without the option: idnumber, falling back to username in rows that have none; elsewhere username.
        """
        return self.user_identifier or ("idnumber" if object_name == "users" else "username")

    @classmethod
    def from_text(cls, text: Mapping[str, str], base: "MoodleOptions | None" = None) -> "MoodleOptions":
        """Return the options that a command line or a configuration file gives as text.

        base: what holds where the text says nothing. Raises UsageError with everything that is
        wrong, each with its name.
        """
        found: dict[str, str | bool] = {}
        wrong: list[str] = []
        for name, value in text.items():
            parser = PARSERS.get(name)
            if parser is None:
                wrong.append(f"there is no option {name}{_near(name, PARSERS)}")
                continue
            try:
                found[name] = parser(value)
            except ValueError as error:
                wrong.append(f"option {name} is '{value}'; it takes {error}")
        if wrong:
            raise UsageError("\n".join(wrong))
        return replace(base or cls(), **found)  # type: ignore[arg-type]


Parser = Callable[[str], str | bool]


def _choice(*values: str) -> Parser:
    def parse(value: str) -> str:
        if value.strip().lower() not in values:
            near = _near(value.strip().lower(), values)
            raise ValueError(f"{', '.join(values[:-1])} or {values[-1]}{near}")
        return value.strip().lower()

    return parse


def _yes_no(value: str) -> bool:
    words = {"yes": True, "1": True, "true": True, "on": True, "no": False, "0": False, "false": False, "off": False}
    if value.strip().lower() not in words:
        raise ValueError("yes or no")
    return words[value.strip().lower()]


def _quoting(value: str) -> str:
    return {True: "true", False: "false"}[_yes_no(value)] if value.strip() else ""


def _encoding(value: str) -> str:
    try:
        return codecs.lookup(value.strip()).name if value.strip() else ""
    except LookupError as error:
        near = _near(value.strip().lower(), ("utf-8", "utf-16", "cp1252", "iso-8859-1", "iso-8859-15"))
        raise ValueError(f"the name of a Python codec, such as utf-8 or cp1252{near}") from error


def _delimiter(value: str) -> str:
    words = {"": "", "tab": "\t", "\\t": "\t", "semicolon": ";", "comma": ",", "colon": ":"}
    found = words.get(value.strip(" ").lower(), value.strip(" "))
    if found and found not in ";,\t:":
        raise ValueError("; , tab or :")
    return found


def _prefix(value: str) -> str:
    """Read the beginning of file names. An empty one would claim every archive; hidden names are never taken."""
    prefix = value.strip()
    if not prefix or prefix.startswith((".", "_")) or "/" in prefix or not prefix.isprintable():
        raise ValueError("the beginning of file names, such as userpictures_; not empty, and not with . or _ first")
    return prefix


def _near(name: str, known: Iterable[str]) -> str:
    best = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {best[0]}?" if best else ""


_USER = _choice("id", "idnumber", "username", "email")
_NAMED = _choice("id", "idnumber", "name")

PARSERS: Mapping[str, Parser] = MappingProxyType(
    {
        "encoding": _encoding,
        "delimiter": _delimiter,
        "quote_escape": _choice("double", "backslash"),
        "quoting": _quoting,
        "null": str.strip,
        "user_identifier": _USER,
        "course_identifier": _choice("id", "idnumber", "shortname"),
        "cohort_identifier": _NAMED,
        "role_identifier": _choice("id", "shortname"),
        "group_identifier": _NAMED,
        "grouping_identifier": _NAMED,
        "category_identifier": _choice("idname", "idnumber"),
        "force_update": _yes_no,
        "protect_category": _yes_no,
        "template_mode": _choice("none", "add", "replace"),
        "protect_emails": _yes_no,
        "allow_shared_emails": _yes_no,
        "allow_rename": _yes_no,
        "cohort_autocreate": _yes_no,
        "protect_groups": _yes_no,
        "purge_empty_groups": _choice("no", "groups", "groups+groupings"),
        "picture_identifier": _USER,
        "overwrite_pictures": _yes_no,
        "picture_prefix": _prefix,
        "empty_means": _choice("clear", "keep"),
        "empty_flag_means": _choice("no", "keep"),
        "on_unknown_column": _choice("warn", "refuse"),
    }
)
"""Every option that text can give, with what reads its value and says what it takes."""

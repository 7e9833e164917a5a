"""The options of the Moodle dialect as settings: how its command files are read unless a delivery says otherwise.

Names, defaults and what a value may be are the dialect's own; here they get their explanations.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationInfo, field_validator

from syncd.config.table import Table
from syncd.dialects.moodle.options import PARSERS, MoodleOptions

_DEFAULT = MoodleOptions()


def _option(name: str, description: str, *examples: str) -> Any:
    return Field(default=getattr(_DEFAULT, name), description=description, examples=list(examples))


class Moodle(Table):
    """How command files of the Moodle dialect are read.

    The same names stand behind `--option NAME=VALUE`, which holds for one delivery.
    """

    encoding: str = _option("encoding", "The encoding of files that are not UTF-8; empty for none.", "cp1252")
    delimiter: str = _option("delimiter", "What stands between columns: ; , tab or : and empty to find it out.", ";")
    quote_escape: str = _option(
        "quote_escape", "How a quote inside a quoted value is written: double (twice) or backslash.", "backslash"
    )
    quoting: str = _option(
        "quoting",
        "Whether quotes surround values: true, or false where they are plain characters. Empty: they do, and rows "
        "that look as if they did not are refused.",
        "false",
    )
    null: str = _option(
        "null", "What files write for an empty value, as databases do; empty for nothing.", "\\N", "NULL"
    )
    user_identifier: str = _option(
        "user_identifier",
        "What files name a user by: id, idnumber, username or email. Empty: in user files by idnumber, or by "
        "username where the row has none; in all others by username.",
        "email",
    )
    course_identifier: str = _option(
        "course_identifier", "What files name a course by: id, idnumber or shortname.", "idnumber"
    )
    cohort_identifier: str = _option("cohort_identifier", "What files name a cohort by: id, idnumber or name.", "name")
    role_identifier: str = _option("role_identifier", "What files name a role by: id or shortname.", "id")
    group_identifier: str = _option("group_identifier", "What files name a group by: id, idnumber or name.", "name")
    grouping_identifier: str = _option(
        "grouping_identifier", "What files name a grouping by: id, idnumber or name.", "name"
    )
    category_identifier: str = _option(
        "category_identifier",
        "How the category of a course is read: idname (an id, or a path of names) or idnumber.",
        "idnumber",
    )
    force_update: bool = _option("force_update", "Update courses that exist already.")
    protect_category: bool = _option("protect_category", "Never move a course that exists to another category.")
    template_mode: str = _option(
        "template_mode", "What a template does to a course that exists already: none, add or replace.", "add"
    )
    protect_emails: bool = _option("protect_emails", "Never change the e-mail address of a user that exists.")
    allow_shared_emails: bool = _option("allow_shared_emails", "Let several users have one e-mail address.")
    allow_rename: bool = _option("allow_rename", "Let the column oldusername rename users.")
    cohort_autocreate: bool = _option("cohort_autocreate", "Make a cohort when a file first names it.")
    protect_groups: bool = _option("protect_groups", "Take people only out of groups into which a file put them.")
    purge_empty_groups: str = _option(
        "purge_empty_groups",
        "What a file of group members removes if it left it empty: no, groups or groups+groupings.",
    )
    picture_identifier: str = _option(
        "picture_identifier", "What the names of user pictures stand for: id, idnumber, username or email.", "idnumber"
    )
    overwrite_pictures: bool = _option("overwrite_pictures", "Replace the picture of a user who has one.")
    picture_prefix: str = _option("picture_prefix", "How the names of zip archives of user pictures begin.", "avatars_")
    empty_means: str = _option(
        "empty_means", "What an empty value does to a field: clear or keep. An absent column changes nothing.", "keep"
    )
    empty_flag_means: str = _option(
        "empty_flag_means",
        "What an empty value means in a column of yes and no: no, or keep (no change, as if it were absent). Empty: "
        "keep, but where such a column holds only yes and empty values, new users and courses are refused.",
        "no",
    )
    on_unknown_column: str = _option(
        "on_unknown_column", "What to do about a column that is not known: warn or refuse.", "refuse"
    )

    @field_validator("*", mode="before")
    @classmethod
    def _read(cls, value: object, info: ValidationInfo) -> object:
        """Let the dialect read the value, as it reads it at the command line; "" leaves it to the dialect."""
        name = str(info.field_name)
        if value == "" == getattr(_DEFAULT, name):
            return value
        try:
            return PARSERS[name](_text(value))
        except ValueError as error:
            raise ValueError(f"it takes {error}") from None

    def as_text(self) -> Mapping[str, str]:
        """Return the options that are set, as `--option` takes them; the others are the dialect's to decide."""
        values = {name: _text(getattr(self, name)) for name in type(self).model_fields if name in self.model_fields_set}
        return {name: value for name, value in values.items() if value}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)

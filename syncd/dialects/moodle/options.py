"""Options of the moodle dialect."""

from dataclasses import dataclass
from typing import Annotated

from syncd.formats.options import Options, choice, option, yes_no

EVERY_ROLE = "*"
"""In the place of a role: whatever role somebody holds, or a cohort is bound with."""

FORMATS = (
    *("topics", "weeks", "social", "singleactivity"),
    *("buttons", "flexsections", "grid", "onetopic", "tiles", "topcoll"),
)
"""Course formats of Moodle itself, then those of plug-ins in wide use."""


def _prefix(value: str) -> str:
    """Read the beginning of file names. An empty one would claim every archive; hidden names are never taken."""
    prefix = value.strip()
    if not prefix or prefix.startswith((".", "_")) or "/" in prefix or not prefix.isprintable():
        raise ValueError("the beginning of file names, such as userpictures_; not empty, and not with . or _ first")
    return prefix


_USER = choice("id", "idnumber", "username", "email")
_NAMED = choice("id", "idnumber", "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodleOptions(Options):
    """How the command files of a feed are read.

    user_identifier: "" for the default of each object (see `user_by`).
    formats: course formats, with `*` for any text.
    default_role: the role of a user's course column that names a method but no role.
    """

    user_identifier: Annotated[
        str,
        option(
            _USER,
            "What files name a user by: id, idnumber, username or email. Empty: in user files by idnumber, or "
            "by username where the row has none; in all others by username.",
            "email",
        ),
    ] = ""
    course_identifier: Annotated[
        str,
        option(
            choice("id", "idnumber", "shortname"), "What files name a course by: id, idnumber or shortname.", "idnumber"
        ),
    ] = "shortname"
    cohort_identifier: Annotated[str, option(_NAMED, "What files name a cohort by: id, idnumber or name.", "name")] = (
        "idnumber"
    )
    role_identifier: Annotated[
        str, option(choice("id", "shortname"), "What files name a role by: id or shortname.", "id")
    ] = "shortname"
    group_identifier: Annotated[str, option(_NAMED, "What files name a group by: id, idnumber or name.", "name")] = (
        "idnumber"
    )
    grouping_identifier: Annotated[
        str, option(_NAMED, "What files name a grouping by: id, idnumber or name.", "name")
    ] = "idnumber"
    category_identifier: Annotated[
        str,
        option(
            choice("idname", "idnumber"),
            "How the category of a course is read: idname (an id, or a path of names) or idnumber.",
            "idnumber",
        ),
    ] = "idname"
    force_update: Annotated[bool, option(yes_no, "Update courses that exist already.")] = True
    protect_category: Annotated[bool, option(yes_no, "Never move a course that exists to another category.")] = False
    template_mode: Annotated[
        str,
        option(
            choice("none", "add", "replace"),
            "What a template does to a course that exists already: none, add or replace.",
            "add",
        ),
    ] = "none"
    protect_emails: Annotated[bool, option(yes_no, "Never change the e-mail address of a user that exists.")] = False
    allow_shared_emails: Annotated[bool, option(yes_no, "Let several users have one e-mail address.")] = True
    allow_rename: Annotated[bool, option(yes_no, "Let the column oldusername rename users.")] = False
    cohort_autocreate: Annotated[bool, option(yes_no, "Make a cohort when a file first names it.")] = True
    protect_groups: Annotated[bool, option(yes_no, "Take people only out of groups into which a file put them.")] = True
    purge_empty_groups: Annotated[
        str,
        option(
            choice("no", "groups", "groups+groupings"),
            "What a file of group members removes if it left it empty: no, groups or groups+groupings.",
        ),
    ] = "no"
    picture_identifier: Annotated[
        str, option(_USER, "What the names of user pictures stand for: id, idnumber, username or email.", "idnumber")
    ] = "username"
    overwrite_pictures: Annotated[bool, option(yes_no, "Replace the picture of a user who has one.")] = True
    picture_prefix: Annotated[
        str, option(_prefix, "How the names of zip archives of user pictures begin.", "avatars_")
    ] = "userpictures_"
    formats: tuple[str, ...] = FORMATS
    default_role: str = "student"

    def user_by(self, object_name: str) -> str:
        """Return the identifier by which files of this object name users.

        Users without the option: idnumber, falling back to username in rows that have none; elsewhere username.
        """
        return self.user_identifier or ("idnumber" if object_name == "users" else "username")

"""What Moodle's files are told in words of their own."""

from syncd.core.findings import Entry, Severity, declare

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

declare(
    {
        "unknown-method": Entry(_E, "the enrolment method '{value}' is not available in {course}", "use manual"),
        "unknown-group": Entry(
            _E, "the course {course} has no group '{value}'", "make the group first, or use gaddcreate"
        ),
        "unknown-template": Entry(
            _E, "no course has the shortname '{value}' to serve as template", "correct the template"
        ),
        "template-forbidden": Entry(
            _E, "the template '{value}' names a backup file, which is not allowed", "name a model course"
        ),
        "group-missing": Entry(
            _E, "the course {course} has no {what} with the {by} '{value}'", "make it first, or correct the row"
        ),
        "group-elsewhere": Entry(
            _E, "the group with the {by} '{value}' is one of the course {owner}, not of {course}", "correct the row"
        ),
        "group-nowhere": Entry(
            _E, "no course has a group with the {by} '{value}'", "make the group first, or correct the row"
        ),
        "username-differs": Entry(
            _E,
            "the user is known as '{owner}', not '{value}'; usernames change only with allow_rename",
            "correct the row",
        ),
        "rename-forbidden": Entry(_E, "renaming is switched off (allow_rename)", "switch it on, or remove oldusername"),
        "rename-missing": Entry(_E, "no user has the old username '{value}'", "correct oldusername"),
        "course-rename-missing": Entry(_E, "no course has the shortname '{value}' to rename", "correct the shortname"),
        "method-closed": Entry(
            _E,
            "the enrolment method '{value}' is not one that courses have",
            "add it to methods in [roster], or correct the row",
        ),
        "binding-meta": Entry(
            _E, "a cohort cannot be bound by the method meta", "use cohort, or link the courses in a metacourses file"
        ),
        "binding-every-role": Entry(
            _E, "'*' stands for every role only with del, restore and fulldel", "name the role to bind"
        ),
        "binding-missing": Entry(
            _E, "the cohort '{cohort}' is not bound to {course} as {role} ({method})", "bind it with add"
        ),
        "binding-gone": Entry(
            _I, "the cohort '{cohort}' is not bound to {course} as {role} ({method}): nothing to take away"
        ),
        "link-self": Entry(_E, "the course '{value}' cannot be its own master", "correct the row"),
        "link-gone": Entry(_I, "the course {course} is not linked to the master {master}: nothing to take away"),
        "course-exists": Entry(_I, "the course '{value}' exists and is not updated (force_update is off)"),
        "course-found": Entry(_I, "found: {value}, {fullname}"),
        "cohort-incomplete": Entry(_E, "a cohort is made only with a name; {column} is empty", "give it a name"),
        "cohort-closed": Entry(
            _E, "the cohort '{value}' does not exist and is not made (cohort_autocreate is off)", "make it first"
        ),
        "verb-unknown": Entry(_E, "'{value}' is not a command; use {choices}", "correct the command"),
        "not-enrolled": Entry(
            _E, "the user is not enrolled in {course}, so cannot be in its group '{value}'", "enrol the user first"
        ),
        "group-kept": Entry(
            _I, "the {what} '{value}' is there and stays as it is", "to change it, name it in the column updateid"
        ),
        "group-gone": Entry(_I, "no group '{value}' to leave: already gone"),
        "group-purged": Entry(_I, "the {what} '{value}' was left empty by this file and is deleted"),
        "grouping-nested": Entry(_W, "a grouping holds groups, not groupings: {column} has no effect here"),
        "membership-follows": Entry(
            _W, "'{value}' is in the group by a cohort binding and leaves it only with that", "change the cohort"
        ),
        "membership-kept": Entry(
            _W,
            "no file put '{value}' into the group, so no file takes the user out (protect_groups)",
            "do it by hand, or switch protect_groups off",
        ),
        "enrolment-empty": Entry(
            _E, "the course '{value}' comes without a role or a method", "give role<n> or enrol<n>"
        ),
        "remote-host": Entry(_E, "accounts of another host ({value}) are not handled", "remove the column"),
        "header-unworked": Entry(
            _W,
            "the column {column} is one of Moodle's own upload and is not worked here; its values are ignored",
            "remove it, or set them in the platform",
        ),
        "user-gone": Entry(_I, "no user '{value}' to delete: already gone"),
        "user-revived": Entry(_I, "the deleted user '{value}' is live again"),
        "course-gone": Entry(_I, "no course '{value}' to delete: already gone"),
    },
    {
        "unknown-method": "the enrolment method is not available in the course",
        "unknown-group": "the course has no such group",
        "group-missing": "the course has no group or grouping with this identifier",
        "group-elsewhere": "the group is one of another course",
        "group-nowhere": "no course has a group with this identifier",
        "username-differs": "the user is known by another username; usernames change only with allow_rename",
        "binding-missing": "the cohort is not bound to the course in this way",
        "binding-gone": "the cohort is not bound to the course in this way: nothing to take away",
        "link-gone": "the course is not linked to this master: nothing to take away",
        "course-found": "the course is there",
        "cohort-incomplete": "a cohort is made only with a name",
        "verb-unknown": "the row asks for what is not a command",
        "not-enrolled": "the user is not enrolled in the course, so cannot be in its group",
        "group-kept": "the group or grouping is there and stays as it is",
        "group-purged": "the group or grouping was left empty by this file and is deleted",
        "grouping-nested": "a grouping holds groups, not groupings: the column has no effect here",
        "remote-host": "accounts of another host are not handled",
        "header-unworked": "a column is one of Moodle's own upload and is not worked here",
    },
)

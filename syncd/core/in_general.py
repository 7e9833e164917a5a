"""What findings of one code say in general: one sentence for many rows, without a value of any of them.

The summary of a report counts findings by code, and some mails may show no value; both need a
sentence that stands for itself.
"""

from collections.abc import Mapping
from types import MappingProxyType

from syncd.core.findings import CATALOGUE

SAID: Mapping[str, str] = MappingProxyType(
    {
        "history-removed": "plan and findings of this run were kept long enough and are removed; what it changed stays",
        "plan-renewed": "the roster changed since this run was planned, and the plan would now do something else",
        # files, headers and archives
        "file-binary": "the file is not text",
        "file-unrecognised": "no command file has this name or these columns",
        "file-claimed-twice": "the file may be one of several dialects",
        "operation-unknown": "files of the dialect do not ask for this operation",
        "absent-gone": "records of the scope are not in the file and were removed",
        "absent-unsure": "no absent record was removed: rows of the file do not identify a record",
        "tryback-part": "a tryback holds only some of the rows: it was not worked as a snapshot",
        "tryback-whole": "a tryback holds only some of the rows: as a snapshot it would remove every other record",
        "scope-unknown": "no absent record was removed: the roster holds nothing of this scope",
        "file-unreadable": "the file could not be read",
        "file-refused": "the file was refused; nothing was changed",
        "internal": "syncd itself failed on this file; nothing was changed",
        "encoding-unsupported": "the encoding cannot be read row by row",
        "header-undecodable": "the header is not text in the encoding that was declared",
        "header-separator": "the header is not separated by the delimiter that was declared",
        "header-duplicate": "a column stands several times in the header",
        "header-empty-name": "a column of the header has no name",
        "header-required": "a required column is missing",
        "header-unknown": "a column is not known and is ignored",
        "header-unknown-refused": "a column is not known",
        "header-alias": "two columns mean the same",
        "header-ignored": "a column has no effect",
        "columns-contradict": "two columns contradict each other",
        "header-unworked": "a column is one of Moodle's own upload and is not worked here",
        "column-turns": "a column asks for what files of this kind do not do by it; nothing was changed",
        "header-unnamed": "columns at the end of the header without a name were left out",
        "lines-skipped": "lines were skipped",
        "archive-damaged": "the zip archive is damaged or was cut short",
        "archive-large": "the archive holds more than is allowed",
        "entry-deep": "a file stands too many folders deep",
        "entry-large": "a file is larger than is allowed",
        "entry-bomb": "a file would grow as no picture does",
        "entry-method": "a file is packed by a method that is not handled",
        "picture-format": "a file is no picture",
        "picture-damaged": "a picture is damaged or was cut short",
        "picture-large": "a picture has more pixels than are allowed",
        "picture-superseded": "a picture gives way to a later one of the same user",
        # rows and values
        "row-unnamed": "the row has a value in a column that the header does not name",
        "row-columns": "the row has more or fewer values than the header has columns",
        "row-cut": "the last row has too few values and no line end: the file may have been cut short",
        "row-torn": "text stands behind a closing quote",
        "row-backslash": "a backslash seems to escape a quote",
        "row-encoding": "the row is not text in the encoding of the file",
        "row-entangled": "too many rows of the file work on the same record; this one was left out",
        "value-required": "a value that must be there is empty",
        "value-too-long": "a value is longer than is allowed",
        "value-control": "a value holds a control character",
        "value-null-mark": "a value is \\N, which is how MySQL and PostgreSQL export NULL",
        "identifier-nothing": "an identifier stands for a missing value",
        "identifier-short-form": "an identifier is a number shown in short form, so that its last digits are lost",
        "identifier-converted": "an identifier is not what was meant but what a program or spreadsheet made of it",
        "value-placeholder": "a value may stand for a missing one; it was taken as it is",
        "value-flag": "a value is neither 1 or 0, nor yes or no, nor true or false",
        "value-integer": "a value is not a whole number, or not one that its column takes",
        "value-date": "a value is not a time: a date with or without the time of day, or Unix seconds",
        "value-damaged": "some program damaged a value on the way; one that is stored already stays",
        "identifier-damaged": "some program damaged an identifier on the way",
        "identifier-unseen": "an identifier holds a character that no screen shows",
        "flag-unclear": "a column of yes and no has only yes and empty values: empty may mean no, or nothing",
        "flag-unclear-new": "an empty value of a new record may mean no, or nothing",
        "end-before-start": "an end is before its start",
        "value-choice": "a value is not one of those that its column takes",
        "value-code": "a value is not what its column takes",
        # what another file of the delivery would have made
        "awaited-row": "what is missing here would have been made by a row that failed, of a file in the same delivery",
        "awaited-plan": "what is missing here is made by a run that is held, of a file in the same delivery",
        "awaited-file": "what is missing here may be in a file of the same delivery that could not be worked at all",
        # references and identity
        "unknown-user": "no user has this identifier",
        "unknown-course": "no course has this identifier",
        "unknown-cohort": "no cohort has this identifier",
        "unknown-category": "no category has this identifier",
        "unknown-method": "the enrolment method is not available in the course",
        "unknown-group": "the course has no such group",
        "group-missing": "the course has no group or grouping with this identifier",
        "group-elsewhere": "the group is one of another course",
        "group-nowhere": "no course has a group with this identifier",
        "ambiguous": "several records have the same identifier",
        "record-foreign": "the record belongs to another data source and stays with it; it may be changed all the same",
        "record-taken": "the record belonged to another data source, and was taken over from it",
        "not-yours": "the record belongs to another data source",
        "rows-contradict": "two rows give one identifier to different records",
        "value-overridden": "a later row of the file gives the record another value",
        "username-taken": "the username belongs to another user",
        "username-differs": "the user is known by another username; usernames change only with allow_rename",
        "idnumber-taken": "the idnumber belongs to another record",
        "email-taken": "the e-mail address belongs to another user",
        "shortname-taken": "the shortname belongs to another course",
        "cohort-taken": "the name or idnumber belongs to another cohort",
        "group-taken": "the name or idnumber belongs to another group or grouping of the course",
        "binding-missing": "the cohort is not bound to the course in this way",
        "binding-gone": "the cohort is not bound to the course in this way: nothing to take away",
        "link-gone": "the course is not linked to this master: nothing to take away",
        # what was done, left or could not be done
        "course-found": "the course is there",
        "cohort-incomplete": "a cohort is made only with a name",
        "verb-unknown": "the row asks for what is not a command",
        "not-enrolled": "the user is not enrolled in the course, so cannot be in its group",
        "group-kept": "the group or grouping is there and stays as it is",
        "group-purged": "the group or grouping was left empty by this file and is deleted",
        "grouping-nested": "a grouping holds groups, not groupings: the column has no effect here",
        "remote-host": "accounts of another host are not handled",
        "undo-owner": "the record belongs to another data source again",
        "undo-touched": "the record stays as it is: a later run changed it afterwards",
        "undo-needed": "the record stays: one of a later run needs it",
        "undo-lacks": "the record stays as it is: one that it needs is gone since a later run",
        "undo-name-taken": "the record stays as it is: its name is that of another one by now",
        "action-waits": "left to the learning platform, and no target is connected that can do it",
    }
)
"""Codes with more places than a value in quotes."""

_VALUE = "'{value}'"


def in_general(code: str) -> str:
    """Return the sentence of a code without any value, or the code itself where the catalogue does not know it."""
    if code not in CATALOGUE:
        return code
    return SAID.get(code) or CATALOGUE[code].sentence.replace(_VALUE, "'…'")

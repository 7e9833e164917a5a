"""What is said of a row: how it is written, its values, what it refers to, and what it asks for."""

from collections.abc import Mapping
from types import MappingProxyType

from syncd.core.findings.entry import Entry, Severity

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

OF_ROWS: Mapping[str, Entry] = MappingProxyType(
    {
        # a row as written
        "row-columns": Entry(
            _E, "the row has {found} values, the header {expected} columns", "check its delimiters and quotes"
        ),
        "row-unnamed": Entry(
            _E,
            "the row has a value in a column behind the {expected} that the header names",
            "name the column, or leave it empty",
        ),
        "row-encoding": Entry(
            _E,
            "byte {position} of the row is not {encoding} text{guess}",
            "declare the encoding, or write the file in one",
        ),
        "row-nul": Entry(_E, "the row holds a NUL character", "remove it"),
        "row-cut": Entry(
            _E,
            "the last row has {found} values, the header {expected} columns, and the file has no line end behind it: "
            "it may have been cut short",
            "send the whole file again, with a line end behind its last row",
        ),
        "row-broken": Entry(
            _E,
            "a line end inside a value breaks the row in pieces that have too few values",
            "put the value in quotes, or remove the line end",
        ),
        "row-quote": Entry(_E, "a quote is opened and never closed", "close or double it"),
        "row-torn": Entry(
            _E, "text stands behind the closing quote of {column}", "write a quote inside a quoted value twice"
        ),
        "row-backslash": Entry(
            _E,
            "a backslash seems to escape a quote in {column}",
            "write a quote inside a quoted value twice, or set the option quote_escape = backslash",
        ),
        "row-backslash-end": Entry(
            _E,
            "a backslash at the end of the row seems to escape the line end: the row would go on in the next line",
            "quote values with line ends, or set the option quote_escape = backslash",
        ),
        "row-escape": Entry(
            _E,
            "a backslash stands before a character that needs no escape",
            "write the backslash twice, or remove the option quote_escape",
        ),
        "row-swallowed": Entry(
            _E,
            "a quoted value holds line ends and what look like whole rows: its quotes may be meant as plain characters",
            "double them and put the value in quotes, or set the option quoting (true: they are quotes; false: they "
            "are not)",
        ),
        "row-entangled": Entry(
            _E,
            "more than {limit} rows of the file work on the same record; this one was left out",
            "send the rest again",
        ),
        # values
        "value-required": Entry(_E, "{column} is empty", "give it a value"),
        "value-too-long": Entry(_E, "{column} has {length} characters, {limit} are allowed", "shorten it"),
        "value-control": Entry(_E, "{column} holds a control character", "remove it"),
        "value-null-mark": Entry(
            _E,
            "{column} is \\N, which is how MySQL and PostgreSQL export NULL",
            'leave it empty, or declare it with the option null = "\\N"',
        ),
        "identifier-nothing": Entry(
            _E,
            "{column} is '{value}', which stands for a missing value and identifies nobody",
            "leave it empty, or declare it with the option null",
        ),
        "identifier-short-form": Entry(
            _E,
            "{column} is '{value}', a number shown in short form, so that its last digits are lost",
            "format the column as text and export it again",
        ),
        "identifier-converted": Entry(
            _E,
            "{column} is '{value}', which is not what was meant but what a program or spreadsheet made of it",
            "format the column as text and export it again",
        ),
        "value-placeholder": Entry(
            _W,
            "{column} is '{value}', which may stand for a missing value; it was taken as it is",
            "leave it empty, or declare it with the option null",
        ),
        "value-username": Entry(
            _E, "'{value}' is not a legal username: use a-z, 0-9 and . _ - @", "correct the username"
        ),
        "value-email": Entry(_E, "'{value}' is not an e-mail address", "correct the address"),
        "value-flag": Entry(
            _E, "{column} is '{value}'; it takes 1 or 0, yes or no, true or false", "correct the value"
        ),
        "value-integer": Entry(_E, "{column} is '{value}'; it takes a whole number{range}", "correct the value"),
        "value-date": Entry(_E, "{column} is '{value}'; it takes {forms}{hint}", "correct the time"),
        "value-damaged": Entry(
            _W,
            "{column} is '{value}', which some program damaged on the way; a value that is stored already stays",
            "export it anew as UTF-8",
        ),
        "identifier-damaged": Entry(
            _E, "{column} is '{value}', which some program damaged on the way", "export it anew as UTF-8"
        ),
        "identifier-unseen": Entry(_E, "{column} holds {point}, a character that no screen shows", "remove it"),
        "flag-unclear": Entry(
            _W,
            "{column} is 1 in some rows and empty in the others, so that an empty value may mean 0 or nothing",
            "write 0, or set the option empty_flag_means (no: 0; keep: no change)",
        ),
        "flag-unclear-new": Entry(
            _E,
            "{column} is empty, and the file does not say whether that means 0: it has only 1 and empty values there",
            "write 0 or 1, or set the option empty_flag_means (no: 0; keep: as if the column were absent)",
        ),
        "end-before-start": Entry(_W, "the end in {column} is before the start", "correct one of the two"),
        "value-choice": Entry(_E, "{column} is '{value}'; it takes {choices}", "correct the value"),
        "value-code": Entry(_E, "{column} is '{value}'; it takes {what}", "correct the value"),
        "columns-contradict": Entry(_E, "{column} and {other} contradict each other", "fill only one of them"),
        # references
        "awaited-row": Entry(
            _I,
            "line {line_of} of {file}, in the same delivery, would have made the {what}, but it failed{run}",
            "mend that row first, then this one",
        ),
        "awaited-plan": Entry(
            _I,
            "{file}, in the same delivery, makes the {what}, but it is held{run}",
            "decide it, then hand this row in again",
        ),
        "awaited-file": Entry(
            _I,
            "{file}, in the same delivery, could not be worked at all{run}; what is missing here may be in it",
            "mend that file first",
        ),
        "unknown-user": Entry(_E, "no user has the {by} '{value}'", "send the user first, or correct the row"),
        "unknown-course": Entry(_E, "no course has the {by} '{value}'", "send the course first, or correct the row"),
        "unknown-cohort": Entry(_E, "no cohort has the {by} '{value}'", "send the cohort first, or correct the row"),
        "unknown-category": Entry(
            _E, "no category has the {by} '{value}'", "make the category first, or correct the row"
        ),
        "unknown-role": Entry(_E, "there is no role '{value}'", "use one of the configured roles"),
        "ambiguous": Entry(
            _E, "{count} records have the {by} '{value}'", "name the record by an identifier that only it has"
        ),
        "not-yours": Entry(
            _E, "{what} belongs to the data source {owner}", "send it from there, or allow it in the configuration"
        ),
        "record-taken": Entry(_W, "{what} belonged to the data source {owner}, and was taken over from it"),
        "record-foreign": Entry(
            _I,
            "{what} belongs to the data source {owner}, and stays with it; the configuration lets it be changed",
        ),
        # identity
        "rows-contradict": Entry(
            _E,
            "the {by} '{value}' has the {of} '{other}' {place}, but '{own}' in this row",
            "one identifier means one record; correct the row that is wrong",
        ),
        "value-overridden": Entry(_W, "line {line_of} gives the {what} another {column}, and the later row counts"),
        "username-taken": Entry(
            _E, "the username '{value}' belongs to another user ({owner})", "choose another username"
        ),
        "idnumber-taken": Entry(
            _E, "the idnumber '{value}' belongs to another {what} ({owner})", "correct the idnumber"
        ),
        "email-taken": Entry(
            _E, "the e-mail address '{value}' belongs to another user ({owner})", "correct the address"
        ),
        "shortname-taken": Entry(
            _E, "the shortname '{value}' belongs to another course ({owner})", "choose another shortname"
        ),
        "cohort-taken": Entry(_E, "the {by} '{value}' belongs to another cohort ({owner})", "correct the row"),
        "group-taken": Entry(
            _E, "the {by} '{value}' belongs to another {what} of the course {course} ({owner})", "correct the row"
        ),
        "user-protected": Entry(_E, "the user '{value}' is protected and is not changed by files", "change it by hand"),
        # bindings and links
        # what was done, left or could not be done
        # what an undo cannot take back
        "undo-owner": Entry(_I, "{what} belongs to the data source {owner} again"),
        "undo-touched": Entry(
            _E,
            "{what} stays as it is: run {run} changed it afterwards",
            "undo the later run first, or send what shall hold",
        ),
        "undo-needed": Entry(_E, "{what} stays: {needs} of run {run} needs it", "undo the later run first"),
        "undo-lacks": Entry(_E, "{what} stays as it is: {needs} is gone since run {run}", "bring that back first"),
        "undo-name-taken": Entry(
            _E, "{what} stays as it is: {column} '{value}' is that of {needs} by now (run {run})", "change that first"
        ),
        "action-waits": Entry(_I, "left to the learning platform, and no target is connected that can do it: {action}"),
    }
)

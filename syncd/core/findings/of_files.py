"""What is said of a run and of a file as a whole: its header, its encoding, an archive and what is in it."""

from collections.abc import Mapping
from types import MappingProxyType

from syncd.core.findings.entry import Entry, Severity

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

OF_FILES: Mapping[str, Entry] = MappingProxyType(
    {
        # the run as a whole
        "history-removed": Entry(
            _I, "plan and findings of this run were kept long enough and are removed ({setting}); what it changed stays"
        ),
        # the file as a whole
        "file-empty": Entry(_E, "the file holds nothing to read", "send a file with a header and rows"),
        "file-binary": Entry(_E, "the file is not text: it begins like {guess}", "send a delimited text file"),
        "file-unrecognised": Entry(
            _E,
            "no command file has the name {name} or these columns: {columns}{nearest}",
            "rename the file or give --object",
        ),
        "file-claimed-twice": Entry(
            _E,
            "{name} may be a file of several dialects: {dialects}",
            "say which with --dialect, or configure a feed with that dialect and a pattern for its names",
        ),
        "operation-unknown": Entry(
            _E,
            "files of the dialect {dialect} do not ask for {operation}; they ask for {known}",
            "say one of these with --operation or in the feed",
        ),
        "file-unreadable": Entry(_E, "the file could not be read: {reason}", "send it again"),
        "file-refused": Entry(_E, "{reason}; nothing was changed", "mend that and send it again"),
        "internal": Entry(
            _E,
            "syncd itself failed on this file ({error} at {place}); nothing was changed",
            "send it to the makers of syncd",
        ),
        "encoding-unsupported": Entry(_E, "the encoding {encoding} cannot be read row by row", "send UTF-8"),
        "header-undecodable": Entry(
            _E, "the header is not {encoding} text; it looks like {guess}", "declare the encoding"
        ),
        "header-missing": Entry(_E, "no header line was found", "the first line must name the columns"),
        "header-separator": Entry(
            _E, "the header is not separated by {expected} but, it seems, by {found}", "declare the delimiter"
        ),
        "header-duplicate": Entry(_E, "the column {column} stands {count} times in the header", "keep one of them"),
        "header-empty-name": Entry(_E, "column {position} of the header has no name", "name it or remove it"),
        "header-torn": Entry(
            _E, "text stands behind a closing quote in the header", "correct the quotes of the column names"
        ),
        "header-required": Entry(_E, "the required column {column} is missing{near}", "add it to the header"),
        "header-unknown": Entry(_W, "the column {column} is not known and is ignored{near}", "correct or remove it"),
        "header-unknown-refused": Entry(_E, "the column {column} is not known{near}", "correct or remove it"),
        "header-alias": Entry(_E, "the columns {column} and {other} mean the same", "keep one of them"),
        "header-ignored": Entry(_I, "the column {column} has no effect"),
        "column-turns": Entry(
            _E,
            "the column {column}, here '{value}', asks in {count} of the rows for what {what} files do not do by it: "
            "{instead}; nothing was changed",
            "correct the file, or remove the column if its values do not matter",
        ),
        "plan-renewed": Entry(
            _W,
            "the roster changed since this run was planned, and the plan was made again: {difference}",
            "look again before you approve",
        ),
        # what a snapshot says by leaving out
        "absent-gone": Entry(
            _I, "{count} of {population} {what} records of {scope} are not in the file and are {becomes}"
        ),
        "absent-unsure": Entry(
            _W,
            "no absent record was removed: {count} of the file {verb} not identify a record",
            "mend these rows and send the whole file again",
        ),
        "absent-empty": Entry(
            _W, "no absent record was removed: the file has no rows", "send it again if that was not meant"
        ),
        "tryback-part": Entry(
            _I,
            "a tryback holds only some of the rows: it was worked as {part} and not as {operation}",
        ),
        "tryback-whole": Entry(
            _E,
            "a tryback holds only some of the rows: as {operation} it would remove every other record",
            "mend the whole file and send that",
        ),
        "scope-unknown": Entry(
            _W,
            "no absent record was removed: the roster holds no {what} of {scope}",
            "if it is not the first file for that scope, correct its name",
        ),
        "lines-skipped": Entry(_I, "{what} skipped"),
        "header-unnamed": Entry(_I, "{what} without a name at the end of the header {verb} left out"),
        # an archive and its entries
        "archive-not-zip": Entry(_E, "the file is no zip archive", "send a zip archive"),
        "archive-damaged": Entry(
            _E, "the zip archive is damaged or was cut short: {reason}", "make it anew and send it again"
        ),
        "archive-large": Entry(
            _E, "the archive holds {found} {what}, {limit} are allowed", "send several, or see [pictures]"
        ),
        "archive-empty": Entry(_E, "the archive holds no file", "send one with a picture for each user"),
        "entry-name": Entry(
            _E, "'{value}' leads out of the archive, or is no name of a file", "name it after its user alone"
        ),
        "entry-deep": Entry(_E, "'{value}' stands more than {limit} folders deep", "put it further up"),
        "entry-encrypted": Entry(_E, "'{value}' is encrypted", "make the archive without a password"),
        "entry-link": Entry(_E, "'{value}' is a link or a device, not a file", "put the file itself into the archive"),
        "entry-large": Entry(
            _E, "'{value}' has {found} bytes, {limit} are allowed", "send a smaller picture, or see [pictures]"
        ),
        "entry-bomb": Entry(
            _E, "'{value}' would grow more than {limit}-fold, as no picture does", "look at who made the archive"
        ),
        "entry-method": Entry(
            _E, "'{value}' is packed by the method {method}, which is not handled", "pack it by deflate, or not at all"
        ),
        "entry-damaged": Entry(_E, "'{value}' is damaged in the archive", "put it into the archive again"),
        "entry-litter": Entry(_I, "left alone: no picture, but what macOS or Windows adds to folders"),
        "picture-format": Entry(_E, "'{value}' is no picture but {guess}", "send PNG, JPEG, GIF or WebP"),
        "picture-damaged": Entry(
            _E, "'{value}' begins as {format} but is damaged or was cut short", "save it again and send it"
        ),
        "picture-large": Entry(
            _E, "'{value}' has {width} x {height} pixels, {limit} are allowed", "send a smaller picture"
        ),
        "picture-superseded": Entry(
            _W, "'{value}' gives way to '{other}', which is of the same user", "send one picture of each user"
        ),
        "picture-kept": Entry(_I, "the user '{value}' has a picture and keeps it (overwrite_pictures is off)"),
    }
)

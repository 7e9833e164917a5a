"""The JSON that scripts read: a run, a finding, a breach, a record."""

from collections.abc import Mapping
from datetime import UTC, datetime

from docs.generator import markdown
from docs.generator.markdown import code
from syncd.core.findings import Finding, Severity
from syncd.core.kinds import Kind
from syncd.core.limits import Breach, ChangeCounts, Direction
from syncd.core.run_json import finding_as_json, run_as_json
from syncd.core.runs import Outcome, Run, RunState, Trigger

_INTRODUCTION = """\
`--json` prints one object a line. Keys may be added, but those that are here stay. Times are ISO 8601 with their
zone."""
_RECORD = """\
`syncd roster list KIND --json` and `syncd roster show KIND KEY --json` print one record a line:

```json
{"kind": "user", "key": "12", "data_source": "sis", "state": "enabled", "fields": {"username": "mleroux"}, "run": 3}
```

`state` is `enabled`, `disabled` or `deleted`; deleted records are listed with `--deleted` only. `run` is the run that
touched the record last. Which key and which fields each kind has stands under [kinds](kinds.md). What a field refers
to is named as a person would name it: a username, a shortname, an idnumber. Times in `fields` are Unix seconds. There
is never a password."""
_RUN: Mapping[str, str] = {
    "id": "the number of the run; null in a dry run",
    "parent": "the run that this one was made from by a requeue, or that it undoes; or null",
    "state": f"one of {', '.join(code(state.value) for state in RunState)}",
    "trigger": f"what set it off: {', '.join(code(trigger.value) for trigger in Trigger)}",
    "feed": "the feed that the file belongs to, or empty",
    "file": "the file's name as delivered; of several, the first one's",
    "sha256": "the digest of its bytes; of several, one for all of them",
    "files": "its files, in the order in which they were planned: one, or those of a batch; see below",
    "dialect": "how the file is spelt",
    "object": "what it holds; see [command files](command-files.md); of several files, each object once",
    "operation": "what it asks for as a whole",
    "data_source": "who supplies it, and owns what it makes",
    "started": "when work on it began, or null",
    "finished": "when it was over, or null",
    "by": "who asked for it, where somebody did",
    "decided_by": "who approved or rejected it",
    "reason": "why, in that person's words",
    "rows": "data rows as a person counts them; the five outcomes add up to the total: "
    + ", ".join(code(outcome.value) for outcome in Outcome),
    "before": "live records before the run, by kind that it touched",
    "after": "live records after it",
    "changes": "records created, updated, disabled and deleted, by kind",
    "breaches": "limits that the plan goes over; see below",
    "targets": "what learning platforms answered, by target; empty where there is none",
    "findings": "every remark on the file and its rows, never shortened; see below",
    "children": "the runs that were made from this one",
    "open": "rows to mend that none of these has closed",
    "report": "the report, from the home; null where none was written",
    "tryback": "the tryback, from the home, or null; of several files, the first that there is",
    "archive": "the archived file, from the home, or null; of several, the first",
}
_FILE: Mapping[str, str] = {
    "file": "its name as delivered",
    "object": "what it holds",
    "sha256": "the digest of its bytes",
    "rows": "its data rows by outcome, as for the run",
    "tryback": "its tryback, from the home, or null",
    "archive": "the archived file, from the home, or null",
}
_FINDING: Mapping[str, str] = {
    "file": "the file that it is about, where the run has several; empty where it is about the run",
    "row": "the data row, from 1; 0 for the file as a whole",
    "line": "the physical line where the row begins, as an editor counts; 0 for the file",
    "column": "the column as the header names it, or empty",
    "code": "what it is; see [findings](findings.md)",
    "severity": ", ".join(code(severity.value) for severity in Severity),
    "message": "the sentence",
}
_BREACH: Mapping[str, str] = {
    "kind": "the kind of record",
    "direction": ", ".join(code(direction.value) for direction in Direction),
    "planned": "how many the plan would change",
    "allowed": "how many may be",
    "population": "how many live records there are",
    "limit": "the limit as it is set",
    "message": "the sentence",
}


def page() -> str:
    """Return the page."""
    finding = Finding(code="value-email", severity=Severity.ERROR, message="", row=1, line=2, column="email")
    breach = Breach(kind=Kind.USER, direction=Direction.REMOVALS, planned=80, allowed=50, population=900, limit="50")
    moment = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)
    run = Run(
        work="1", file="", trigger=Trigger.CLI, received=moment, changes={Kind.USER: ChangeCounts()}, breaches=(breach,)
    )
    document = run_as_json(run, [finding])
    return markdown.page(
        "JSON",
        _INTRODUCTION,
        "## A run",
        "Printed by `syncd sync --json`, `syncd runs show ID --json` and others, and written to `reports/*.json`. "
        "`syncd runs --json` prints it without findings.",
        _keys(document, _RUN),
        "## A file",
        _keys(document["files"][0], _FILE),
        "## A finding",
        _keys(finding_as_json(finding, of_several=True), _FINDING),
        "## A breach",
        _keys(document["breaches"][0], _BREACH),
        "## A record",
        _RECORD,
    )


def _keys(document: Mapping[str, object], words: Mapping[str, str]) -> str:
    """Return a table of a document's keys.

    Raises:
        KeyError: one of them is not explained, or what is explained is not there.
    """
    if gone := words.keys() - document.keys():
        raise KeyError(f"explained, but not in the document: {gone}")
    return markdown.table(("key", "what it is"), ((code(key), words[key]) for key in document))

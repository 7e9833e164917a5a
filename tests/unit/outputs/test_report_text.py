"""The report for people, whole, as they read it."""

import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.findings import finding
from syncd.core.kinds import Kind
from syncd.core.limits import Breach, ChangeCounts, Direction
from syncd.core.runs import Lineage, RowCounts, RunState, Trigger
from syncd.frames.findings import from_values, none
from syncd.outputs.remarks_text import WIDTH
from syncd.outputs.report_text import render

GOOD_NIGHT = """\
completed  userimport.csv → moodle users

  run         12
  received    2026-09-21 06:29:56+02:00 by sftp
  worked      2026-09-21 06:30:00+02:00, 1.4 s
  by          sis
  sha256      ab12ab12ab12ab12…, 4711 bytes

Rows
  applied       20    1.0 %
  unchanged   1980   99.0 %
  skipped        0
  partial        0
  failed         0
  total       2000

Changes
         created   updated   disabled   deleted   before → after
  user        18         2          0         0      1990 → 2008

What next
  Every finding, for programs:  reports/20260921-063000_users_userimport.csv.json
  The file as it came:          archives/20260921-063000_userimport.csv
"""

BAD_NIGHT = """\
completed with failures  användare 2.csv → moodle users

  run         13, made from run 9
  received    2026-09-21 06:29:56+02:00 by requeue
  worked      2026-09-21 06:30:00+02:00, 1.4 s
  by          anna
  decided by  bo: it is the new school year
  feed        staff
  source      hr
  sha256      ab12ab12ab12ab12…, 4711 bytes

Rows
  applied     3   33.3 %
  unchanged   0
  skipped     1   11.1 %
  partial     0
  failed      5   55.6 %
  total       9

Changes
                  created   updated   disabled   deleted   before → after
  user                  2         1          0         1      1990 → 1991
  cohort member         0         0          0         3            8 → 5

Limits
  4 user removals planned, 3 allowed of 1990 (limit: 3)

Findings by reason
  3  error    value-email: '…' is not an e-mail address
              such as anna@ (2), bo@@school
              to mend: correct the address
  2  error    value-too-long: a value is longer than is allowed
              in city, country
              to mend: shorten it
  1  warning  header-unknown: the column emial is not known and is ignored; is it email?
              to mend: correct or remove it
  1  info     user-gone: no user 'zed' to delete: already gone

Findings by line
  line 1 column emial: warning: the column emial is not known and is ignored; is it email?
  line 4 (row 3) column email: 'anna@' is not an e-mail address
  line 5 (row 4) column city: city has 300 characters, 120 are allowed
  line 6 (row 5) column email: 'bo@@school' is not an e-mail address
  line 8 (row 6) column country: country has 300 characters, 2 are allowed
  line 9 (row 7) column email: 'anna@' is not an e-mail address
  line 10 (row 8): info: no user 'zed' to delete: already gone

What next
  5 rows are to be mended; the tryback holds what was sent, byte for byte:
    reports/användare 2_tryback_20260921-063000.csv
  Correct it there and hand it in, or drop the corrected file in sync/ again:
    syncd requeue 'reports/användare 2_tryback_20260921-063000.csv'
  Every finding, for programs:  reports/20260921-063000_users_användare 2.csv.json
  The file as it came:          archives/20260921-063000_användare 2.csv
  The file holds passwords: only the account of syncd can read these files.
"""

HELD = """\
held  users.csv → moodle users

  run         2041
  received    2026-09-21 06:29:56+02:00 by watch
  worked      2026-09-21 06:30:00+02:00
  sha256      ab12ab12ab12ab12…, 4711 bytes

Rows
  applied       0
  unchanged    40    4.7 %
  skipped     812   95.3 %
  partial       0
  failed        0
  total       852

Changes planned
         created   updated   disabled   deleted   before → after
  user         0         0          0       812              852

Limits
  812 user removals planned, 50 allowed of 852 (limit: 50 or 5 %)
  Nothing was changed.
  The run waits until a named person decides:
  Look:       syncd runs show 2041
  Let it go:  syncd approve 2041 --by NAME --reason TEXT
  End it:     syncd reject 2041 --by NAME --reason TEXT
"""

UNRECOGNISED = """\
failed  what\\nis this.csv → not recognised

  run         12
  received    2026-09-21 06:29:56+02:00 by sftp

Rows: none

Changes: none

Findings by reason
  1  error    file-unrecognised: no command file has the name what\\nis this.csv or these columns: a,
                b
              to mend: rename the file or give --object

Findings by line
  file: no command file has the name what\\nis this.csv or these columns: a, b

What next
  Nothing of the file was worked. Mend what the findings name and send it again;
  if the cause was not in the file, hand in the same one:
    syncd requeue 12
  Every finding, for programs:  reports/r.json
  The file as it came:          archives/a
"""


def test_a_good_night_is_told_on_one_screen(make_run):
    """The commonest report has nothing in it that one need not know."""
    assert GOOD_NIGHT == render(make_run(), none())


def test_a_bad_night_is_told_whole(make_run):
    """Summary first, then reasons, then lines, then what to do."""
    run = make_run(
        id=13,
        parent=9,
        file="användare 2.csv",
        trigger=Trigger.REQUEUE,
        state=RunState.COMPLETED_WITH_FAILURES,
        by="anna",
        decided_by="bo",
        reason="it is the new school year",
        feed="staff",
        data_source="hr",
        rows=RowCounts(applied=3, skipped=1, failed=5),
        before={Kind.USER: 1990, Kind.COHORT_MEMBER: 8, Kind.COURSE: 4},
        after={Kind.USER: 1991, Kind.COHORT_MEMBER: 5, Kind.COURSE: 4},
        changes={
            Kind.COHORT_MEMBER: ChangeCounts(deleted=3),
            Kind.USER: ChangeCounts(created=2, updated=1, deleted=1),
            Kind.COURSE: ChangeCounts(),
        },
        breaches=(
            Breach(kind=Kind.USER, direction=Direction.REMOVALS, planned=4, allowed=3, population=1990, limit="3"),
        ),
        report="reports/20260921-063000_users_användare 2.csv.txt",
        tryback="reports/användare 2_tryback_20260921-063000.csv",
        archive="archives/20260921-063000_användare 2.csv",
        holds_secrets=True,
    )
    findings = from_values(
        [
            finding("value-email", row=3, line=4, column="email", value="anna@"),
            finding("value-email", row=5, line=6, column="email", value="bo@@school"),
            finding("value-email", row=7, line=9, column="email", value="anna@"),
            finding("value-too-long", row=4, line=5, column="city", length=300, limit=120),
            finding("value-too-long", row=6, line=8, column="country", length=300, limit=2),
            finding("user-gone", row=8, line=10, value="zed"),
            finding("header-unknown", line=1, column="emial", near="; is it email?"),
        ]
    )
    assert BAD_NIGHT == render(run, findings)


def test_a_held_run_says_how_to_decide(make_run):
    """Whoever reads it at seven in the morning needs the next command, and to know that nothing happened."""
    run = make_run(
        id=2041,
        file="users.csv",
        trigger=Trigger.WATCH,
        state=RunState.HELD,
        by="",
        finished=None,
        rows=RowCounts(applied=812, unchanged=40),
        before={Kind.USER: 852},
        after={},
        changes={Kind.USER: ChangeCounts(deleted=812)},
        breaches=(
            Breach(
                kind=Kind.USER,
                direction=Direction.REMOVALS,
                planned=812,
                allowed=50,
                population=852,
                limit="50 or 5 %",
            ),
        ),
        report="",
        archive="",
    )
    assert HELD == render(run, none())


def test_a_file_that_was_not_worked_says_what_to_do(make_run):
    """No row, no change, no tryback: still a sentence and a next command; its name cannot break a line."""
    run = make_run(
        file="what\nis this.csv",
        state=RunState.FAILED,
        by="",
        dialect="",
        object="",
        sha256="",
        started=None,
        finished=None,
        rows=RowCounts(),
        before={},
        after={},
        changes={},
        report="reports/r.txt",
        archive="archives/a",
    )
    findings = from_values([finding("file-unrecognised", name="what\nis this.csv", columns="a, b", nearest="")])
    assert UNRECOGNISED == render(run, findings)


def test_a_complete_refresh_is_named(make_run):
    """What a file asks for as a whole decides what its absences mean."""
    title = render(make_run(operation="complete_refresh", object="person"), none()).splitlines()[0]
    assert "completed  userimport.csv → moodle person (complete refresh)" == title


@pytest.mark.parametrize(
    ("expected", "seconds"), [("59.9 s", 59.94), ("1 min 5 s", 65), ("1 h 0 min", 3600), ("25 h 1 min", 90090)]
)
def test_a_duration_is_said_as_people_say_it(make_run, expected, seconds):
    """3725 seconds tell a person nothing."""
    run = make_run()
    text = render(replace(run, finished=run.started + timedelta(seconds=seconds)), none())
    assert f"+02:00, {expected}\n" in text


def test_a_share_is_whole_only_where_it_is(make_run):
    """A summary never lies: one failure among a million rows is not 0 %, and the rest not 100 %."""
    text = render(make_run(rows=RowCounts(unchanged=999_999, failed=1)), none())
    assert "unchanged    999999   >99.9 %" in text
    assert "failed            1    <0.1 %" in text


def test_an_unchanged_night_does_not_load_pandas(make_run, monkeypatch):
    """Loading it takes longer than the whole of such a run may."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert "Findings" not in render(make_run(), none())


def test_nothing_that_a_stranger_sent_reaches_the_terminal_as_it_is(make_run):
    """Names, values and columns are spelled where they cannot be printed, and lines stay lines."""
    nasty = "\x1b[2J\n\u202eå\udce5"
    value = "\x1b[2J\n\u202eå"
    run = make_run(file=nasty, by=nasty, reason=nasty, decided_by=nasty, feed=nasty, data_source=nasty)
    findings = [finding("value-email", row=n, line=n, column=value, value=f"{value}{n}") for n in (1, 2)]
    text = render(run, from_values(findings))
    assert [] == [line for line in text.splitlines() if not line.isprintable()]
    assert "column \\x1b[2J\\n\\u202eå: '\\x1b[2J\\n\\u202eå1' is not" in text


def test_the_text_is_bounded_and_says_what_it_left_out(make_run):
    """A file that fails whole must not make a report that no editor opens, nor hide how much is wrong."""
    findings = [finding("value-email", row=n, line=n + 1, column="email", value=f"u{n}") for n in range(1, 1001)]
    findings.append(finding("row-quote", row=1001, line=1002))
    lines = render(make_run(), from_values(findings)).splitlines()
    assert "  line 201 (row 200) column email: 'u200' is not an e-mail address" in lines
    assert "  line 202 (row 201) column email: 'u201' is not an e-mail address" not in lines
    assert "  line 1002 (row 1001): a quote is opened and never closed" in lines
    more = "  … and 800 more of value-email from line 202 on; every one stands in the JSON report"
    assert more in lines
    assert "such as u1, u2, u3, …" in map(str.strip, lines)


def test_without_a_json_report_it_points_to_the_json_of_the_command(make_run):
    """A dry run writes nothing; its text must not point to a file that is not there."""
    findings = [finding("row-quote", row=n, line=n) for n in range(1, 300)]
    text = render(make_run(report="", archive=""), from_values(findings))
    assert "--json lists every one" in text
    assert "What next" not in text


def test_long_values_are_clipped_and_long_lines_folded(make_run):
    """A field of a megabyte in a sentence is no sentence."""
    long = "word " * 100_000 + "end@"
    findings = [finding("value-email", row=n, line=n, column="email", value=f"{n}{long}") for n in (1, 2)]
    lines = render(make_run(), from_values(findings)).splitlines()
    assert WIDTH >= max(map(len, lines))
    assert 60 > len(lines)
    assert [] == [line for line in lines if line != line.rstrip()]


UNDO = """\
completed with failures  userimport.csv → moodle users (undo)

  run         13, undoes run 12
  received    2026-09-21 06:29:56+02:00 by cli
  worked      2026-09-21 06:30:00+02:00, 1.4 s
  by          ada: wrong file

Records that run 12 made or changed
  applied     1   50.0 %
  unchanged   0
  skipped     0
  partial     0
  failed      1   50.0 %
  total       2

Changes
         created   updated   disabled   deleted   before → after
  user         0         0          0         1            2 → 1

Findings by reason
  1  error    undo-touched: the user 'bo' stays as it is: run 14 changed it afterwards
              to mend: undo the later run first, or send what shall hold

Findings by line
  record 2: the user 'bo' stays as it is: run 14 changed it afterwards

What next
  What stays is named above. When the reasons are gone, take back the rest:
    syncd undo 12
"""


def test_an_undo_says_what_stays_and_why(make_run):
    """It has no file, no tryback and no archive; its rows are records."""
    run = make_run(
        id=13,
        parent=12,
        operation="undo",
        state=RunState.COMPLETED_WITH_FAILURES,
        by="ada",
        reason="wrong file",
        sha256="",
        report="",
        archive="",
        trigger=Trigger.CLI,
        rows=RowCounts(applied=1, failed=1),
        changes={Kind.USER: ChangeCounts(deleted=1)},
        before={Kind.USER: 2},
        after={Kind.USER: 1},
    )
    found = finding("undo-touched", row=2, what="the user 'bo'", run=14)
    assert UNDO == render(run, from_values([found]))


def test_a_run_says_what_became_of_it(make_run):
    """Which runs were made from it, and how much is still to be done."""
    run = make_run(rows=RowCounts(applied=6, failed=4), state=RunState.COMPLETED_WITH_FAILURES)
    mended = make_run(id=14, file="first_tryback\n.csv", rows=RowCounts(applied=3, failed=1))
    undo = make_run(id=15, operation="undo", parent=12, rows=RowCounts(applied=6))
    lines = render(run, none(), Lineage(children=(mended, undo), open=1)).splitlines()
    start = lines.index("Since then")
    assert [
        "  run 14 works first_tryback\\n.csv, completed: 3 of 4 rows done",
        "  run 15 undoes it, completed: 6 of 6 rows done",
        "  still to be mended: 1 row",
    ] == lines[start + 1 : start + 4]
    closed = render(run, none(), Lineage(children=(mended,), open=0))
    assert "  nothing is left to be mended\n" in closed
    assert "Since then" not in render(run, none(), Lineage())

"""Findings gathered by reason."""

from syncd.core.findings import CATALOGUE, Finding, Severity, finding
from syncd.frames.findings import from_values, none
from syncd.outputs.reasons import Remark, by_reason


def test_no_findings_no_reasons():
    """The summary of nothing is nothing."""
    assert ((), ()) == by_reason(none())


def test_errors_come_first_then_the_most_frequent():
    """A million remarks that something exists must not push three errors out of sight."""
    findings = [finding("course-exists", row=n, value=f"c{n}") for n in range(9)]
    findings += [finding("row-nul", row=20), finding("row-quote", row=21), finding("row-quote", row=22)]
    reasons, _ = by_reason(from_values(findings))
    assert [("row-quote", 2), ("row-nul", 1), ("course-exists", 9)] == [(r.code, r.count) for r in reasons]


def test_the_values_found_most_are_given_as_examples():
    """One wrong code that stands in 800 rows is the first thing to look at."""
    values = ["a", "b", "b", "c", "d", "c", "b"]
    findings = [finding("unknown-user", row=n, by="username", value=v) for n, v in enumerate(values)]
    (reason,), _ = by_reason(from_values(findings))
    assert (("b", 3), ("c", 2), ("a", 1)) == reason.examples
    assert "no user has this identifier" == reason.title


def test_the_columns_of_a_reason_are_counted():
    """Which column is wrong says more than that some are."""
    columns = ["city", "email", "email", ""]
    findings = [finding("value-required", row=n, column=c) for n, c in enumerate(columns)]
    (reason,), _ = by_reason(from_values(findings))
    assert (("email", 2), ("city", 1)) == reason.columns


def test_advice_stands_once_with_the_reason_and_not_with_each_row():
    """The same half sentence 200 times hides what differs."""
    (reason,), remarks = by_reason(from_values([finding("value-email", row=3, line=4, column="email", value="x")]))
    assert "correct the address" == reason.advice
    assert "'x' is not an e-mail address" == reason.title
    expected = Remark(file="", row=3, line=4, column="email", severity="error", text="'x' is not an e-mail address")
    assert (expected,) == remarks


def test_remarks_stand_in_order_of_rows_whatever_their_reason():
    """Whoever mends a file goes through it once, from the top."""
    findings = [finding("row-nul", row=5), finding("row-quote", row=2), finding("row-nul", row=1), finding("row-quote")]
    _, remarks = by_reason(from_values(findings))
    assert [0, 1, 2, 5] == [remark.row for remark in remarks]


def test_a_code_of_an_older_syncd_is_shown_by_its_own_words():
    """History outlives the catalogue."""
    words = ["went off {sideways}", "went off; badly"]
    findings = [Finding(code="gone-code", severity=Severity.ERROR, message=m, row=n) for n, m in enumerate(words)]
    (reason,), remarks = by_reason(from_values(findings))
    assert ("gone-code", 2, words[0], "") == (reason.code, reason.count, reason.title, reason.advice)
    assert words == [remark.text for remark in remarks]


def test_every_sentence_of_the_catalogue_can_be_gathered():
    """A sentence that is added tomorrow must not break tonight's report."""

    class Filled(dict[str, str]):
        def __missing__(self, key: str) -> str:
            return f"{key}\n'{{x}}' "

    for code, entry in CATALOGUE.items():
        places = Filled(column="", value="")
        text = entry.sentence.format_map(places)
        other = entry.sentence.format_map(Filled(column="", value="some (value)"))
        advice = f"; {entry.advice}" if entry.advice else ""
        made = [Finding(code=code, severity=entry.severity, message=m + advice, row=1) for m in (text, other)]
        (reason,), remarks = by_reason(from_values(made))
        assert [text, other] == [remark.text for remark in remarks]
        assert "{" not in reason.title.replace("{x}", "")
        assert "<" not in reason.title
        if "{value}" in entry.sentence:
            assert (("", 1), ("some (value)", 1)) == reason.examples

"""The findings: every sentence that syncd says about a row or a file, from the one catalogue of them."""

from docs.generator import markdown
from docs.generator.markdown import code
from syncd.core.findings import CATALOGUE, Severity

_INTRODUCTION = """\
Reports, JSON, command line and mails say the same words. What stands in braces is filled in. An **error** fails its row
or a part of it, or the file; a **warning** and an **info** do not. Scripts should hold on to the code."""


def page() -> str:
    """Return the page."""
    blocks = [_INTRODUCTION]
    for severity in Severity:
        entries = ((name, entry) for name, entry in CATALOGUE.items() if entry.severity is severity)
        rows = ((code(name), entry.sentence, entry.advice) for name, entry in sorted(entries))
        blocks += [f"## {severity.value}", markdown.table(("code", "sentence", "what to do"), rows)]
    return markdown.page("Findings", *blocks)

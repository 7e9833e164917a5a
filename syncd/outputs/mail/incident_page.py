"""The letter of an incident: the alarm when it begins, the all-clear when it is over."""

from collections.abc import Iterator

from syncd.core.incidents import Incident, duration, moment
from syncd.outputs.mail.message import Stationery
from syncd.outputs.mail.page import Block, Command, Facts, Page, Title, Tone, Words


def incident_summary(incident: Incident) -> str:
    """Return what happened in a line for the subject."""
    return f"{'all clear:' if incident.over else 'ALARM'} {incident.title.removeprefix('over: ')}"


def incident_page(incident: Incident, stationery: Stationery) -> Page:
    """Return the page of an incident in its present phase."""
    blocks = (*_over(incident), *_begun(incident, stationery)) if incident.over else _begun(incident, stationery)
    tone = Tone.GOOD if incident.over else Tone.BAD
    return Page(headline=incident_summary(incident), tone=tone, blocks=tuple(blocks))


def _over(incident: Incident) -> Iterator[Block]:
    yield Words("Nothing has to be done any more. This is what it was:")


def _begun(incident: Incident, stationery: Stationery) -> Iterator[Block]:
    trouble, until = incident.trouble, incident.until
    yield Words(_sentence(trouble.sentence))
    yield Facts(
        (
            ("noticed", moment(incident.since)),
            ("over", f"{moment(until)}, after {duration(until - incident.since)}" if until else ""),
            ("home", f"{stationery.home} on {stationery.host}"),
        )
    )
    if trouble.cause:
        yield Title("Cause")
        yield Words(trouble.cause)
    if until:
        return
    yield Title("What next")
    if trouble.what_next:
        yield Words(trouble.what_next)
    yield Words("How things stand:")
    yield Command(stationery.command("status"))
    if trouble.lasts:
        yield Words("This is said once. When it is over, a letter says so.")


def _sentence(text: str) -> str:
    """Return the text with its full stop; names of files at its beginning keep their small letters."""
    return text if text.endswith((".", "!", "?")) else f"{text}."

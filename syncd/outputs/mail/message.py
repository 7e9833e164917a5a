"""A letter as a message that any server takes: text and HTML, 7 bit, headers that nothing can be smuggled into."""

import hashlib
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP
from email.utils import format_datetime, getaddresses

from syncd.core.naming import shown
from syncd.outputs.mail.page import Page, as_html, as_text, clipped

_POLICY = SMTP.clone(cte_type="7bit")
_SUBJECT = 200
_HEAD_END = b"\r\n\r\n"
_TO = re.compile(rb"^To:[^\r\n]*(\r\n[ \t][^\r\n]*)*", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stationery:
    """What all letters of a home have in common.

    sender: the address in From. site: the name in the subject, "" for none. home: the home folder. host: this machine.
    """

    sender: str
    site: str
    home: str
    host: str

    def subject(self, words: str) -> str:
        """Return a subject that says whose letter it is, in one line."""
        return clipped(shown(f"[{' '.join(filter(None, ('syncd', self.site)))}] {words}"), _SUBJECT)

    def path(self, below: str) -> str:
        """Return the whole path of something in the home."""
        return f"{self.home}/{below}"

    def command(self, *words: str) -> str:
        """Return a command that works wherever it is pasted."""
        return shlex.join(["syncd", *words, "--home", self.home])


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes with a letter. Text is sent as text, anything else byte for byte."""

    name: str
    content: str | bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter before it is written out.

    key: the same for the same occasion, so that a letter is never put into the outbox twice. answers: the key of
    the letter that this one belongs to, so that mail readers show both together. feed: that of its run, "" for none.
    """

    key: str
    to: tuple[str, ...]
    subject: str
    page: Page
    at: datetime
    attachments: tuple[Attachment, ...] = ()
    answers: str = ""
    feed: str = ""


def written(letter: Letter, stationery: Stationery) -> bytes:
    """Return the message as bytes with CRLF line ends, all of them ASCII.

    The message id follows from the key: should a letter be sent twice because a server took it and
    did not say so, mail systems can tell that it is the same.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = stationery.sender
    message["To"] = ", ".join(letter.to)
    message["Subject"] = stationery.subject(letter.subject)
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = _message_id(letter.key, stationery)
    if letter.answers:
        message["In-Reply-To"] = message["References"] = _message_id(letter.answers, stationery)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(as_text(letter.page))
    message.add_alternative(as_html(letter.page), subtype="html")
    _attach(message, letter.attachments)
    return message.as_bytes()


def addressees(message: bytes) -> tuple[str, ...]:
    """Return to whom a message says it goes."""
    head = BytesHeaderParser(policy=_POLICY).parsebytes(message)
    return tuple(address for _, address in getaddresses(head.get_all("To", [])) if address)


def readdressed(message: bytes, to: tuple[str, ...]) -> bytes:
    """Return a message that says it goes to these; all else of it stays to the byte."""
    head, gap, body = message.partition(_HEAD_END)
    line = EmailMessage(policy=_POLICY)
    line["To"] = ", ".join(to)
    new = line.as_bytes().removesuffix(_HEAD_END)
    return _TO.sub(lambda _: new, head, count=1) + gap + body


def _attach(message: EmailMessage, attachments: Iterable[Attachment]) -> None:
    for attachment in attachments:
        name = shown(attachment.name)
        if isinstance(attachment.content, str):
            message.add_attachment(attachment.content, filename=name)
        else:
            message.add_attachment(attachment.content, maintype="application", subtype="octet-stream", filename=name)


def _message_id(key: str, stationery: Stationery) -> str:
    mark = hashlib.sha256(f"{stationery.host}\0{stationery.home}\0{key}".encode("utf-8", "surrogateescape")).hexdigest()
    return f"<{mark[:32]}.syncd@{stationery.sender.rpartition('@')[2]}>"

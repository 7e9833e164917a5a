"""One SMTP connection: opened, greeted, encrypted, logged in; then letters through it, one after the other.

What a server may do is sorted by what happens next: `ServerError` means that no letter gets through now, `LetterError`
that this one does not, and a result with refusals that these recipients do not have it and all others do.
A refusal is final (`lasting`) where the server says so by 5xx, unless it is one of policy or of who sends: that
meets every letter until somebody mends the settings or the server, and is nothing that this letter has deserved.
"""

import base64
import re
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from syncd.core.naming import shown

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

_LONGEST = 300
_LASTING, _CLOSING, _TOO_LARGE = 500, 421, 552
_NO_LOGIN = frozenset({530, 534, 535, 538})
"""The codes of a server that wants a login, or another one (RFC 4954, 6)."""

_OF_EVERY_LETTER = re.compile(
    r"\b5\.(7\.\d+|1\.[78]|3\.[0-3])\b|\brelay|authenticat|\bsender (address|verif)", re.IGNORECASE
)
"""What a refusal says that no letter would escape: policy, sender or system (RFC 3463), or the same in plain words."""

_PORTS = {"none": 25, "starttls": 587, "tls": 465}


class Security(StrEnum):
    """How a connection is encrypted."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A mail server. port: 0 for the usual one. ca_file: whom to trust beside the authorities of the system."""

    host: str
    port: int = 0
    security: Security = Security.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None

    @property
    def number(self) -> int:
        """The port that is called."""
        return self.port or _PORTS[self.security]

    def __str__(self) -> str:
        return f"{self.host}:{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds to wait: for an answer, and for the last one, when the server has the letter and looks at it.

    The last wait is long (RFC 5321, 4.5.3.2.6): giving up too soon on a server that has taken a letter doubles it.
    """

    answer: float
    acceptance: float


class MailError(Exception):
    """A letter did not get through. The message is a sentence; `lasting` where nothing will change by itself."""

    def __init__(self, sentence: str, *, lasting: bool) -> None:
        super().__init__(sentence)
        self.lasting = lasting


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a recipient did not get a letter. answer: the server's own words. lasting: it never will."""

    answer: str
    lasting: bool

    def __str__(self) -> str:
        return self.answer


class ServerError(MailError):
    """The server takes no letter now."""


class LetterError(MailError):
    """The server does not take this letter."""


@contextmanager
def connected(server: Server, patience: Patience) -> Iterator["Connection"]:
    """Give an open connection, and end it politely.

    Raises:
        ServerError: there is none to be had.
    """
    with _worded(server):
        client = _client(server, patience)
    try:
        with _worded(server):
            _introduce(client, server)
        yield Connection(client, server)
    finally:
        with suppress(smtplib.SMTPException, OSError, ValueError):
            client.quit()
        client.close()


class Connection:
    """An open connection."""

    def __init__(self, client: smtplib.SMTP, server: Server) -> None:
        self._client = client
        self._server = server

    def send(self, sender: str, to: tuple[str, ...], message: bytes) -> Mapping[str, Refusal]:
        """Send a message; return the recipients that were refused, each with the reason: all others have got it.

        Raises:
            LetterError: nobody has got it.
            ServerError: the same, and no other letter would get through.
        """
        with _worded(self._server):
            try:
                refused = self._client.sendmail(sender, list(to), message)
            except smtplib.SMTPRecipientsRefused as error:
                if _CLOSING in (code for code, _ in error.recipients.values()):
                    raise
                refused = error.recipients
        return {name: _refusal(self._server, *answer) for name, answer in refused.items()}


class _Patient(smtplib.SMTP):
    """Waits long for the answer to a whole letter."""

    acceptance = 0.0
    """Seconds."""

    def data(self, msg: "Buffer | str") -> tuple[int, bytes]:
        """Send the letter itself."""
        if self.sock:
            self.sock.settimeout(self.acceptance)
        try:
            return super().data(msg)
        finally:
            if self.sock:
                self.sock.settimeout(self.timeout)


class _PatientTls(_Patient, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


def _client(server: Server, patience: Patience) -> smtplib.SMTP:
    client: _Patient
    if server.security is Security.TLS:
        client = _PatientTls(server.host, server.number, timeout=patience.answer, context=_trust(server))
    else:
        client = _Patient(server.host, server.number, timeout=patience.answer)
    client.acceptance = patience.acceptance
    return client


def _introduce(client: smtplib.SMTP, server: Server) -> None:
    client.ehlo_or_helo_if_needed()
    if server.security is Security.STARTTLS:
        client.starttls(context=_trust(server))
        client.ehlo_or_helo_if_needed()
    if server.username:
        client.login(server.username, server.password)


def _trust(server: Server) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if server.ca_file:
        try:
            context.load_verify_locations(server.ca_file)
        except (OSError, ssl.SSLError) as error:
            sentence = f"the certificates in {server.ca_file} cannot be used: {error.strerror or error}"
            raise ServerError(sentence, lasting=True) from None
    return context


@contextmanager
def _worded(server: Server) -> Iterator[None]:
    """Put whatever goes wrong into a sentence, sorted by what it stops."""
    try:
        yield
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise _as_mail_error(error, server) from None


def _as_mail_error(error: Exception, server: Server) -> MailError:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        told = "; ".join(f"{name}: {_answer(*answer)}" for name, answer in error.recipients.items())
        return ServerError(f"{server} closes: {told}", lasting=False)
    if isinstance(error, smtplib.SMTPResponseException):
        return _of_answer(error, server)
    if isinstance(error.__context__, TimeoutError):
        return _of_connection(error.__context__, server)
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return ServerError(f"{server} closed the connection without an answer", lasting=False)
    if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException):
        return _of_connection(error, server)
    return ServerError(f"{server}: {shown(str(error))}", lasting=isinstance(error, smtplib.SMTPNotSupportedError))


def _of_answer(error: smtplib.SMTPResponseException, server: Server) -> MailError:
    """Return what an answer of the server means; one that concerns a letter alone leaves the others their chance."""
    answer, lasting = _without_password(_answer(error.smtp_code, error.smtp_error), server), error.smtp_code >= _LASTING
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return ServerError(f"{server} refused the login of {server.username}: {answer}", lasting=lasting)
    meets_all = error.smtp_code == _CLOSING or error.smtp_code in _NO_LOGIN
    if error.smtp_code == _TOO_LARGE or (isinstance(error, smtplib.SMTPDataError) and not meets_all):
        return LetterError(f"{server} refused the letter: {answer}", lasting=_is_final(error.smtp_code, answer))
    if isinstance(error, smtplib.SMTPSenderRefused):
        return ServerError(f"{server} refused the sender {error.sender}: {answer}", lasting=lasting)
    return ServerError(f"{server} answered {answer}", lasting=lasting)


def _of_connection(error: OSError, server: Server) -> ServerError:
    if isinstance(error, TimeoutError):
        return ServerError(f"{server} did not answer in time", lasting=False)
    if isinstance(error, ssl.SSLCertVerificationError):
        return ServerError(f"the certificate of {server} is not trusted: {error.verify_message}", lasting=True)
    if isinstance(error, ssl.SSLError):
        reason = f"{server} does not speak TLS as expected ({error.reason or 'no reason given'})"
        return ServerError(f"{reason}; see security and port in [mail]", lasting=True)
    return ServerError(f"{server} cannot be reached: {shown(error.strerror or str(error))}", lasting=False)


def _without_password(answer: str, server: Server) -> str:
    """Return an answer in which the server does not repeat what it was told."""
    coded = (base64.b64encode(text.encode()).decode() for text in (server.password, _plain_login(server)))
    for secret in filter(None, (server.password, *coded)):
        answer = answer.replace(secret, "***")
    return answer


def _plain_login(server: Server) -> str:
    """Return what AUTH PLAIN says (RFC 4616)."""
    return f"\0{server.username}\0{server.password}"


def _refusal(server: Server, code: int, words: bytes | str) -> Refusal:
    answer = _without_password(_answer(code, words), server)
    return Refusal(answer=answer, lasting=_is_final(code, answer))


def _is_final(code: int, answer: str) -> bool:
    """Tell whether an answer means that the server will never take this letter, or it for this recipient."""
    return code >= _LASTING and code not in _NO_LOGIN and not _OF_EVERY_LETTER.search(answer)


def _answer(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return shown(f"{code} {' '.join(text.split())}"[:_LONGEST])

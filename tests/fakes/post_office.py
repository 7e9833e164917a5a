"""A mail server of its own on loopback: aiosmtpd, which does to letters what a test says."""

import asyncio
import atexit
import socket
import ssl
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


@dataclass
class Habits:
    """What the server does. refuse: address to answer at RCPT. answer: to the letter. slow: seconds before it.

    hang_up: closes the connection in the place of an answer to the letter, so many times; it has kept the letter.
    """

    refuse: dict[str, str] = field(default_factory=dict)
    answer: str = "250 OK"
    slow: float = 0.0
    hang_up: int = 0


class PostOffice:
    """What has arrived, and the way there."""

    def __init__(self) -> None:
        self.habits = Habits()
        self.letters: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.tried = 0
        self.logins: list[bytes] = []
        self.encrypted: list[bool] = []
        self.port = 0

    def subjects(self) -> list[str]:
        return [str(letter["Subject"]).strip() for letter in self.letters]

    def settings(self, more: str = "") -> str:
        """Return the table [mail] of a home that sends here in the clear."""
        return f'[mail]\nhost = "{HOST}"\nport = {self.port}\nsecurity = "none"\nto = ["it@school.example"]\n{more}\n'

    def wait_for(self, count: int, seconds: float = 60) -> list[str]:
        """Wait until so many letters are there, and return their subjects."""
        end = time.monotonic() + seconds
        while len(self.letters) < count:
            assert time.monotonic() < end, self.subjects()
            time.sleep(0.02)
        return self.subjects()

    # What aiosmtpd calls

    async def handle_RCPT(  # noqa: N802 - as aiosmtpd calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.habits.refuse:
            return self.habits.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.tried += 1
        await asyncio.sleep(self.habits.slow)
        if self.habits.answer.startswith("2"):
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.letters.append(message)
            self.envelopes.append((str(envelope.mail_from), list(envelope.rcpt_tos)))
            self.encrypted.append(session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None)
        if self.habits.hang_up:
            self.habits.hang_up -= 1
            server.transport.abort()
        return self.habits.answer

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login)
        return AuthResult(success=data.password == b"right", handled=False)


class _Counter(Controller):
    """A server on a port that nobody else can get meanwhile; on a busy machine it may start slowly."""

    def __init__(self, office: PostOffice, **how: Any) -> None:
        self._listening = socket.create_server((HOST, 0))
        super().__init__(office, hostname=HOST, port=self._listening.getsockname()[1], ready_timeout=60, **how)

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._listening, ssl=self.ssl_context)


@contextmanager
def open_office(*, tls: str = "", pem: Path | None = None, login: bool = False) -> Iterator[PostOffice]:
    """Give an open post office. tls: "starttls" or "tls". pem: its certificate and key."""
    office = PostOffice()
    context = None
    if tls:
        assert pem
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
    more: dict[str, Any] = {}
    if login:
        later = tls == "starttls"
        more = {"authenticator": office.authenticate, "auth_required": later, "auth_require_tls": later}
    if tls == "starttls":
        more |= {"tls_context": context, "require_starttls": True}
    controller = _Counter(office, ssl_context=context if tls == "tls" else None, **more)
    controller.start()
    office.port = controller.port
    try:
        yield office
    finally:
        controller.stop()


def free_port() -> int:
    """Return a port on which nobody listens, nor will: it is kept as long as this process lives."""
    one = socket.socket()
    atexit.register(one.close)
    one.bind((HOST, 0))
    return int(one.getsockname()[1])


def certificate(path: Path) -> Path:
    """Write a certificate for loopback that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "post office")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path

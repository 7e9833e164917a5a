"""The server's side of a connection: paramiko's, made to report what it refuses and why.

Paramiko says no more than that there is no acceptable algorithm, and ends a connection at the first key whose
algorithm it does not know, though RFC 4252 (section 7) has the client try its next one.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from paramiko import PKey, Transport
from paramiko.auth_handler import AuthHandler
from paramiko.message import Message
from paramiko.ssh_exception import IncompatiblePeer, SSHException

from syncd.core.naming import shown

_MARKERS = ("ext-info-", "kex-strict-")
"""First characters of words in the list of key exchanges that name no algorithm."""

ALGORITHMS: tuple[str, ...] = Transport._preferred_pubkeys  # type: ignore[attr-defined]
"""Algorithms of the public keys by which somebody may log in."""

_LONGEST = 400
"""Characters of a list of algorithms that somebody made up, as far as it is logged."""


class ServerTransport(Transport):
    """A transport whose gate, the `server` of start_server(), hears of key exchanges that are refused."""

    def _parse_kex_init(self, m: Message) -> None:
        try:
            super()._parse_kex_init(m)  # type: ignore[misc]
        except IncompatiblePeer:
            m.rewind()
            offered = self._really_parse_kex_init(m)  # type: ignore[attr-defined]
            gate: Any = self.server_object
            gate.exchange_refused("; ".join(self._mismatches(offered)))
            raise

    def _parse_newkeys(self, m: Message) -> None:
        if self.auth_handler is None:
            self.auth_handler = _Authentication(self)
        super()._parse_newkeys(m)  # type: ignore[misc]

    def _mismatches(self, offered: Mapping[str, list[str]]) -> Iterator[str]:
        ours: Any = self
        known: tuple[tuple[str, Collection[str], tuple[str, ...]], ...] = (
            ("key exchange", ours.preferred_kex, ("kex_algo_list",)),
            ("host key algorithm", self.server_key_dict, ("server_key_algo_list",)),
            ("cipher", ours.preferred_ciphers, ("client_encrypt_algo_list", "server_encrypt_algo_list")),
            ("MAC", ours.preferred_macs, ("client_mac_algo_list", "server_mac_algo_list")),
            ("compression", ours.preferred_compression, ("client_compress_algo_list", "server_compress_algo_list")),
        )
        for kind, taken, lists in known:
            for theirs in (offered[name] for name in lists):
                if not set(theirs).intersection(taken):
                    words = ", ".join(word for word in theirs if not word.startswith(_MARKERS))
                    yield f"no {kind} in common: offered {shown(words[:_LONGEST])}; taken {', '.join(taken)}"
                    break


class UnknownKey(PKey):
    """A public key of an algorithm that is not taken. It fits no account."""

    def __init__(self, algorithm: str, blob: bytes) -> None:
        self._algorithm = algorithm
        self._blob = blob

    def asbytes(self) -> bytes:
        """Return what the client sent."""
        return self._blob

    def get_name(self) -> str:
        """Return the name of its algorithm, as the client wrote it."""
        return self._algorithm

    def verify_ssh_sig(self, data: bytes, msg: Message) -> bool:
        """Believe no signature."""
        del data, msg
        return False


class _Authentication(AuthHandler):
    def _generate_key_from_request(self, algorithm: str, keyblob: bytes) -> PKey:
        try:
            key: PKey | None = super()._generate_key_from_request(algorithm, keyblob)  # type: ignore[misc]
        except (SSHException, ValueError, KeyError):
            key = None
        return key or UnknownKey(algorithm, keyblob)

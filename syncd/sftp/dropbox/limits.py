"""How much one account, and all together, may send and try."""

from dataclasses import dataclass

_MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of the server.

    file_bytes: of one file. files, bytes: of one account that are not yet taken. sessions: connections at once, of
    all accounts; sessions_each: of one account. strangers: connections that have not logged in. handles: files that
    an account may have open at once. idle, handshake: seconds. partial_age: seconds after which a partial upload
    that nobody goes on with is removed.
    """

    file_bytes: int = 2000 * _MB
    files: int = 10_000
    bytes: int = 8000 * _MB
    sessions: int = 100
    sessions_each: int = 60
    strangers: int = 50
    handles: int = 200
    idle: float = 600.0
    handshake: float = 30.0
    partial_age: float = 172_800.0

"""The key by which senders know this server. It is made once and kept."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from paramiko import Ed25519Key, PKey

from syncd.core.errors import SyncdError, UsageError
from syncd.disk import durable


def host_key(path: Path) -> PKey:
    """Return the host key; make it (Ed25519, mode 0600) where there is none.

    Raises:
        UsageError: it cannot be made or read, or what stands there is no such key.
        PassingError: the disk does not take a new one.
    """
    try:
        _see_to(path)
        return Ed25519Key(filename=str(path))
    except OSError as error:
        raise UsageError(f"the host key {path} cannot be made or read: {error.strerror}") from error
    except SyncdError:
        raise
    except Exception as error:
        raise UsageError(f"{path} is no private Ed25519 key in OpenSSH's form; move it away and one is made") from error


def fingerprint(key: PKey) -> str:
    """Return the fingerprint as OpenSSH shows it."""
    return str(key.fingerprint)


def _see_to(path: Path) -> None:
    """Make the file where there is none, and keep others from reading it."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        durable.write_durably(path, [made], 0o600)
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)

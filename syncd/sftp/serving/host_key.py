"""The keys by which senders know this server: Ed25519, and ECDSA for libraries that lack it. Each is made once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from paramiko import ECDSAKey, Ed25519Key, PKey

from syncd.core.errors import SyncdError, UsageError
from syncd.disk import durable


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of host key. name: of its algorithm. words: for messages. suffix: of the file."""

    name: str
    words: str
    suffix: str
    make: Callable[[], Ed25519PrivateKey | EllipticCurvePrivateKey]
    load: Callable[..., PKey]


_ED25519 = _Kind("ssh-ed25519", "Ed25519 key", "", Ed25519PrivateKey.generate, Ed25519Key)
_ECDSA = _Kind(
    "ecdsa-sha2-nistp256", "ECDSA key (nistp256)", "_ecdsa", lambda: generate_private_key(SECP256R1()), ECDSAKey
)


def host_keys(path: Path) -> tuple[PKey, ...]:
    """Return the host keys, Ed25519 first; make those that are missing (mode 0600).

    path: of the Ed25519 key; the ECDSA key stands beside it with `_ecdsa` after its name.

    Raises:
        UsageError: one cannot be made or read, or what stands there is no such key.
        PassingError: the disk does not take a new one.
    """
    return tuple(_key(path.with_name(path.name + kind.suffix), kind) for kind in (_ED25519, _ECDSA))


def host_key(path: Path) -> PKey:
    """Return the Ed25519 key at a path; make it where there is none. Raises as host_keys() does."""
    return _key(path, _ED25519)


def fingerprint(key: PKey) -> str:
    """Return the fingerprint as OpenSSH shows it."""
    return str(key.fingerprint)


def fingerprints(keys: Iterable[PKey]) -> dict[str, str]:
    """Return the fingerprints by the names of the algorithms."""
    return {key.get_name(): fingerprint(key) for key in keys}


def _key(path: Path, kind: _Kind) -> PKey:
    wrong = f"{path} is no private {kind.words} in OpenSSH's form; move it away and one is made"
    try:
        _see_to(path, kind)
        key = kind.load(filename=str(path))
    except OSError as error:
        raise UsageError(f"the host key {path} cannot be made or read: {error.strerror}") from error
    except SyncdError:
        raise
    except Exception as error:
        raise UsageError(wrong) from error
    if key.get_name() != kind.name:
        raise UsageError(wrong)
    return key


def _see_to(path: Path, kind: _Kind) -> None:
    """Make the file where there is none, and keep others from reading it."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = kind.make().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        durable.write_durably(path, [made], 0o600)
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)

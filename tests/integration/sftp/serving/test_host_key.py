"""The keys by which senders know the server."""

import shutil
import subprocess
from pathlib import Path

import paramiko
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from syncd.core.errors import UsageError
from syncd.sftp.serving.host_key import fingerprints, host_key, host_keys

ECDSA = "ecdsa-sha2-nistp256"


def shown_to(port: int, *kinds: str) -> paramiko.PKey:
    """Return the key that a client is shown that knows these kinds alone; all of its own where none are named."""
    transport = paramiko.Transport(("127.0.0.1", port))
    try:
        if kinds:
            transport.get_security_options().key_types = kinds
        transport.start_client(timeout=60)
        return transport.get_remote_server_key()
    finally:
        transport.close()


def test_a_client_that_knows_ecdsa_alone_connects(post):
    """Libraries that exporters still use have no Ed25519: JSch 0.1.54, old versions of Java, .NET and PHP."""
    here = post()
    key = shown_to(here.port, ECDSA)
    assert here.server.fingerprints[ECDSA] == key.fingerprint
    transport = paramiko.Transport(("127.0.0.1", here.port))
    here.open.append(transport)
    transport.get_security_options().key_types = (ECDSA,)
    transport.connect(username="ladok", password=here.password, hostkey=key)
    here.put(paramiko.SFTPClient.from_transport(transport), "x.csv")
    assert ["x.csv"] == here.left()


def test_openssh_that_pinned_the_ecdsa_key_connects(post, tmp_path):
    """With its known_hosts and no other kind of key."""
    if not shutil.which("sftp"):
        pytest.skip("sftp is not installed")
    here = post()
    known = tmp_path / "known_hosts"
    key = here.server._serving.keys[1]
    known.write_text(f"[127.0.0.1]:{here.port} {key.get_name()} {key.get_base64()}\n")
    options = ("HostKeyAlgorithms=" + ECDSA, "StrictHostKeyChecking=yes", f"UserKnownHostsFile={known}")
    words = [word for option in options for word in ("-o", option)]
    where = ("-i", str(here.keys.path), "-P", str(here.port), "-b", "-", "ladok@127.0.0.1")
    done = subprocess.run(["sftp", "-q", *words, *where], input="ls\n", text=True, capture_output=True, check=False)
    assert (0, True) == (done.returncode, "reports" in done.stdout), done.stderr


def test_who_knows_ed25519_is_shown_that(post):
    """Who pinned the key before there was a second one must not be stopped by it."""
    here = post()
    assert here.server.fingerprints["ssh-ed25519"] == shown_to(here.port).fingerprint


def test_a_home_that_has_one_key_gets_the_other_and_keeps_its_own(tmp_path):
    """An upgrade must not change what senders have pinned."""
    path = tmp_path / "sftp" / "host_key"
    before = host_key(path)
    bytes_before = path.read_bytes()
    keys = host_keys(path)
    assert (before, bytes_before) == (keys[0], path.read_bytes())
    assert ["ssh-ed25519", ECDSA] == list(fingerprints(keys))
    assert ["host_key", "host_key_ecdsa"] == sorted(each.name for each in path.parent.iterdir())
    assert {0o600} == {each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
    assert keys == host_keys(path)


def ed25519(path: Path) -> bytes:
    host_key(path)
    return path.read_bytes()


def nistp384(_: Path) -> bytes:
    return generate_private_key(SECP384R1()).private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


@pytest.mark.parametrize("other", [lambda _: b"corrupt", lambda _: b"", ed25519, nistp384])
def test_another_key_in_the_place_of_the_second_is_named(tmp_path, other):
    """The sentence says which file it is and what to do."""
    path = tmp_path / "host_key"
    path.with_name("host_key_ecdsa").write_bytes(other(path))
    with pytest.raises(UsageError, match=r"host_key_ecdsa is no private ECDSA key \(nistp256\).*move it away"):
        host_keys(path)

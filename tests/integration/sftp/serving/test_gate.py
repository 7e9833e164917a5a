"""Who comes in."""

import socket
import threading
import time
from contextlib import suppress

import paramiko
import pytest
import sftp_post as fake
from structlog.testing import capture_logs

from syncd.core.audit import Deed


def offer(transport, kind, blob=b"blob"):
    """Offer a public key without a signature."""
    message = paramiko.Message()
    message.add_byte(bytes([50]))
    for text in ("ladok", "ssh-connection", "publickey"):
        message.add_string(text)
    message.add_boolean(False)
    message.add_string(kind)
    message.add_string(blob)
    service = paramiko.Message()
    service.add_byte(bytes([5]))
    service.add_string("ssh-userauth")
    transport._send_message(service)
    transport._send_message(message)


def test_a_key_that_is_only_offered_is_no_login(post):
    """The public half is public; what counts is the signature."""
    here = post()
    transport = paramiko.Transport(("127.0.0.1", here.port))
    here.open.append(transport)
    transport.start_client(timeout=60)
    offer(transport, "ssh-ed25519", here.keys.blob)
    with pytest.raises(paramiko.SSHException):
        transport.open_session(timeout=1)
    assert [] == here.did(Deed.LOGIN)


def test_a_key_with_a_wrong_signature_is_no_login(post, tmp_path):
    """Somebody who has only the public half cannot sign."""
    here = post()

    class Thief(paramiko.Ed25519Key):
        def sign_ssh_data(self, data, algorithm=None):
            return super().sign_ssh_data(data + b"!", algorithm)

    transport = paramiko.Transport(("127.0.0.1", here.port))
    here.open.append(transport)
    with pytest.raises(paramiko.AuthenticationException):
        transport.connect(username="ladok", pkey=Thief(filename=str(here.keys.path)))
    assert [] == here.did(Deed.LOGIN)


def test_a_password_opens_and_a_hundred_wrong_ones_do_not(post, monkeypatch):
    """They wait longer and longer, are told without filling the disk, and the right one works after."""
    here = post()
    waits = []
    here.server._keeping.patience._pause = lambda over, seconds: waits.append(seconds)
    for name in ["ladok", "root", "x" * 500, *["ladok"] * 9]:
        with paramiko.Transport(("127.0.0.1", here.port)) as transport:
            transport.start_client(timeout=60)
            for number in range(9):
                with pytest.raises(paramiko.AuthenticationException):
                    transport.auth_password(name, f"{here.password}{number}")
    here.put(here.client(password=here.password), "x.csv")
    assert 3.0 == max(waits)
    told = here.did(Deed.LOGIN_REFUSED)
    assert "failure 1 " in told[0]["detail"]
    assert 5 <= len(told) <= 20
    assert all(len(facts["account"]) <= 64 for facts in told)


def test_thirty_connections_guess_no_faster_than_one(post):
    """Each waited by itself: thirty of them tried nine passwords a second."""
    here = post(handshake=5)
    tried = []

    def guess():
        with suppress(paramiko.SSHException, EOFError, OSError), paramiko.Transport(("127.0.0.1", here.port)) as each:
            each.start_client(timeout=60)
            for number in range(9):
                with suppress(paramiko.AuthenticationException):
                    each.auth_password("ladok", f"{number}")

    patience = here.server._keeping.patience
    failed = patience.failed
    patience.failed = lambda *words: (tried.append(words), failed(*words))
    threads = [threading.Thread(target=guess) for _ in range(15)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert 1 <= len(tried) <= 9
    assert here.waited(lambda: {} == patience._queues)
    here.put(here.client(), "x.csv")


def test_no_password_opens_an_account_without_one(post):
    """Nor an empty one."""
    here = post()
    for username, password in (("ladok", ""), ("nobody", "nobody has this password"), ("", "")):
        with pytest.raises(paramiko.SSHException):
            here.connect(username=username, password=password)


def test_a_handshake_that_takes_for_ever_is_ended(post):
    """One byte a second would hold a place for hours."""
    here = post(handshake=2.5)
    slow = socket.create_connection(("127.0.0.1", here.port))
    slow.settimeout(60)
    begun = time.monotonic()
    with suppress(OSError):
        while time.monotonic() - begun < 30:
            slow.sendall(b"S")
            time.sleep(0.1)
            if not slow.recv(1000):
                break
            slow.settimeout(0.05)
    slow.close()
    assert time.monotonic() - begun < 30
    here.put(here.client(), "x.csv")


def test_strangers_cannot_take_all_places_for_ever(post):
    """Idle connections that never log in leave room for those who do."""
    here = post(handshake=2.5, strangers=5)
    crowd = [socket.create_connection(("127.0.0.1", here.port)) for _ in range(20)]

    def comes_in():
        try:
            return here.client()
        except (paramiko.SSHException, OSError, EOFError):
            return None

    assert here.waited(comes_in)
    for each in crowd:
        each.close()


def test_who_only_holds_places_loses_them_to_senders(post):
    """A crowd that never logs in must not make anybody wait until its time is over."""
    here = post(strangers=5)
    crowd = [socket.create_connection(("127.0.0.1", here.port)) for _ in range(20)]
    begun = time.monotonic()
    here.put(here.client(), "x.csv")
    assert here.server._serving.limits.handshake / 2 > time.monotonic() - begun
    assert here.waited(lambda: len(here.server._open) <= 6)
    for each in crowd:
        each.close()


def test_an_old_way_to_encrypt_is_not_offered(post):
    """A school's scanner of networks finds nothing to object to; the clients of today have better ways."""
    here = post()
    for kind, names in (("ciphers", ("aes128-cbc", "3des-cbc")), ("digests", ("hmac-md5", "hmac-sha1"))):
        transport = paramiko.Transport(("127.0.0.1", here.port))
        setattr(transport.get_security_options(), kind, names)
        with pytest.raises(paramiko.SSHException):
            transport.start_client(timeout=60)
        transport.close()
    here.put(here.client(), "x.csv")


@pytest.mark.parametrize(
    ("kind", "offered", "words"),
    [
        (
            "kex",
            "diffie-hellman-group14-sha1",
            "no key exchange in common: offered diffie-hellman-group14-sha1; taken ",
        ),
        ("keys", "ssh-rsa", "no host key algorithm in common: offered ssh-rsa"),
        ("ciphers", "aes128-cbc", "no cipher in common: offered aes128-cbc; taken aes128-ctr, "),
        ("macs", "hmac-sha1", "no MAC in common: offered hmac-sha1; taken hmac-sha2-256, "),
        ("compression", "zlib", "no compression in common: offered zlib; taken none"),
    ],
)
def test_a_refused_key_exchange_is_logged_with_what_both_sides_know(post, kind, offered, words):
    """The sender's program says "Algorithm negotiation fail", and its owner asks here why."""
    here = post()
    with capture_logs() as lines:
        transport = paramiko.Transport(("127.0.0.1", here.port))
        setattr(transport, f"_preferred_{kind}", (offered,))
        with pytest.raises(paramiko.SSHException):
            transport.start_client(timeout=60)
        transport.close()
        assert here.waited(lambda: lines)
    (line,) = lines
    assert ("sftp key exchange refused", "127.0.0.1") == (line["event"], line["address"])
    assert line["reason"].startswith(words)


def test_refused_key_exchanges_fill_no_log(post):
    """A scanner of ports comes a thousand times a night."""
    here = post()
    with capture_logs() as lines:
        for _ in range(16):
            transport = paramiko.Transport(("127.0.0.1", here.port))
            transport.get_security_options().digests = ("hmac-sha1",)
            with pytest.raises(paramiko.SSHException):
                transport.start_client(timeout=60)
            transport.close()
        assert here.waited(lambda: lines and lines[-1]["count"] == 16)
    assert [1, 2, 3, 4, 5, 8, 16] == [line["count"] for line in lines]


def test_a_list_of_algorithms_without_end_is_cut(post):
    """A stranger writes it, and it comes into the log."""
    here = post()
    with capture_logs() as lines:
        transport = paramiko.Transport(("127.0.0.1", here.port))
        transport._preferred_compression = ("zlib", *(f"x{number}\n" for number in range(5_000)))
        with pytest.raises(paramiko.SSHException):
            transport.start_client(timeout=60)
        transport.close()
        assert here.waited(lambda: lines)
    assert len(lines[0]["reason"]) < 1_000
    assert lines[0]["reason"].isprintable()


def test_a_refused_key_is_logged_with_its_fingerprint_and_those_that_fit(post, tmp_path):
    """Somebody renewed a key on one side only."""
    here = post()
    other = fake.new_keys(tmp_path)
    with pytest.raises(paramiko.AuthenticationException), paramiko.Transport(("127.0.0.1", here.port)) as transport:
        transport.connect(username="ladok", pkey=paramiko.Ed25519Key(filename=str(other.path)))
    (told,) = here.waited(lambda: here.did(Deed.LOGIN_REFUSED))
    theirs, ours = (paramiko.Ed25519Key(filename=str(keys.path)).fingerprint for keys in (other, here.keys))
    assert ("ladok", "127.0.0.1") == (told["account"], told["address"])
    assert f"none of the keys offered fits: ssh-ed25519 {theirs}; taken: ssh-ed25519 {ours}" in told["detail"]


def test_a_key_that_is_followed_by_a_wrong_password_is_logged_with_it(post, tmp_path):
    """One line for both; of an account that is none it says so."""
    here = post()
    key = paramiko.Ed25519Key(filename=str(fake.new_keys(tmp_path).path))
    with paramiko.Transport(("127.0.0.1", here.port)) as transport:
        transport.start_client(timeout=60)
        with pytest.raises(paramiko.AuthenticationException):
            transport.auth_publickey("nobody", key)
        with pytest.raises(paramiko.AuthenticationException):
            transport.auth_password("nobody", "wrong")
    assert here.waited(lambda: not here.server._open)
    (told,) = here.did(Deed.LOGIN_REFUSED)
    assert f"{key.fingerprint}; there is no such account; then a wrong password" in told["detail"]


@pytest.mark.parametrize(
    ("kind", "logged"),
    [
        ("sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519@openssh.com"),
        ("ssh-dss", "ssh-dss"),
        ("ssh-rsa", "rsa-sha2-512"),
        ("x" * 500 + "\n", "x" * 64),
    ],
)
def test_a_key_of_a_kind_that_is_not_taken_is_logged_and_the_next_one_may_fit(post, kind, logged):
    """OpenSSH offers all that its agent holds; the connection ended at the first that could not be read."""

    class Odd(paramiko.Ed25519Key):
        def get_name(self):
            return kind

    here = post()
    for comes_in in (True, False):
        transport = paramiko.Transport(("127.0.0.1", here.port))
        here.open.append(transport)
        transport.start_client(timeout=60)
        with pytest.raises(paramiko.AuthenticationException):
            transport.auth_publickey("ladok", Odd(filename=str(here.keys.path)))
        if comes_in:
            transport.auth_publickey("ladok", paramiko.Ed25519Key(filename=str(here.keys.path)))
            here.put(paramiko.SFTPClient.from_transport(transport), "x.csv")
            assert [] == here.did(Deed.LOGIN_REFUSED)
        transport.close()
    (told,) = here.waited(lambda: here.did(Deed.LOGIN_REFUSED))
    assert f"fits: {logged} SHA256:" in told["detail"]
    assert "algorithms taken: ssh-ed25519, ecdsa-sha2-nistp256" in told["detail"]


def test_all_addresses_of_ipv6_are_those_of_ipv4_too(post):
    """Who writes :: means every network; and an address is told as the sender knows it."""
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    here = post(address="::")
    with pytest.raises(paramiko.AuthenticationException):
        here.client(password="wrong")
    assert "127.0.0.1" == here.did(Deed.LOGIN_REFUSED)[0]["address"]


@pytest.mark.parametrize("greeting", [b"SSH-2.0-me\r\n" + b"\x7f\xff\xff\xf4", b""])
def test_a_stranger_cannot_fill_the_memory(post, greeting):
    """A packet that says to have 2 GB, or a greeting without end: the connection is over, not the machine."""
    here = post()
    with socket.create_connection(("127.0.0.1", here.port), timeout=60) as stranger:
        stranger.sendall(greeting)
        sent = 0
        with suppress(OSError):
            while sent < 64 << 20:
                sent += stranger.send(b"x" * 65536)
    assert sent < 32 << 20
    here.put(here.client(), "x.csv")

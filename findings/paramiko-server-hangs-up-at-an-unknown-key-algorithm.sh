#!/bin/sh
# Guess:     a paramiko server answers a public key of an algorithm that it does not take with SSH_MSG_USERAUTH_FAILURE, as
#            RFC 4252 (sections 5.1 and 7) has it, so that the client goes on to its next key.
# Behaviour: it disconnects (reason 14, no more auth methods) without asking the application's ServerInterface. A client
#            whose agent holds such a key in front of the right one, such as a FIDO key, can never log in.
# Exit:      0 the behaviour is as described; 1 it has changed; 2 it could not be tried.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv" && "$folder/venv/bin/pip" install -q 'paramiko==5.1.0' || exit 2
cat > "$folder/try.py" <<'PYTHON'
import importlib.metadata, socket, sys, threading
import paramiko
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

print("paramiko", importlib.metadata.version("paramiko"))
folder = sys.argv[1]
pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
open(f"{folder}/key", "wb").write(pem)
good = paramiko.Ed25519Key(filename=f"{folder}/key")
asked = []


class Server(paramiko.ServerInterface):
    def get_allowed_auths(self, username):
        return "publickey"

    def check_auth_publickey(self, username, key):
        asked.append(key.get_name())
        return paramiko.AUTH_SUCCESSFUL if key == good else paramiko.AUTH_FAILED


class Fido(paramiko.Ed25519Key):
    """A key as OpenSSH's agent offers it in front of the others."""

    def get_name(self):
        return "sk-ssh-ed25519@openssh.com"


def outcome(first):
    """Offer a key, then the good one, in one connection."""
    ours, theirs = socket.socketpair()
    server = paramiko.Transport(ours)
    server.add_server_key(good)
    server.start_server(event=threading.Event(), server=Server())
    client = paramiko.Transport(theirs)
    client.start_client(timeout=30)
    try:
        client.auth_publickey("user", first)
    except paramiko.SSHException as error:
        print("  first key: ", type(error).__name__, error)
    try:
        client.auth_publickey("user", good)
        return "logged in"
    except (paramiko.SSHException, EOFError) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        client.close()
        server.close()


print("another Ed25519 key, then the good one:")
other = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
open(f"{folder}/other", "wb").write(other)
known = outcome(paramiko.Ed25519Key(filename=f"{folder}/other"))
print("  second key:", known)
asked.clear()
print("a FIDO key, then the good one:")
unknown = outcome(Fido(filename=f"{folder}/other"))
print("  second key:", unknown)
print("  keys that the application was asked about:", asked)
sys.exit(0 if known == "logged in" and unknown != "logged in" and not asked else 1)
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/try.py" "$folder" 2> /dev/null

"""pull, and the commands that prepare the SFTP server."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from argon2 import PasswordHasher
from click.testing import Result
from typer.testing import CliRunner

from syncd.cli.main import tree

Syncd = Callable[..., Result]


def test_what_was_fetched_is_named(syncd: Syncd, app: Any) -> None:
    """A person wants to see that it worked."""
    app.answer = [SimpleNamespace(pull="hr", file="users\x1b.csv", size=1200, sha256="ab")]
    result = syncd("pull", "hr")
    assert (0, "hr") == (result.exit_code, app.asked["name"])
    assert "hr/users\\x1b.csv  1,200 bytes" in result.stdout


def test_a_script_gets_what_was_fetched_as_json(syncd: Syncd, app: Any) -> None:
    """One object a line."""
    app.answer = [SimpleNamespace(pull="hr", file="users.csv", size=1200, sha256="ab")]
    assert {"pull": "hr", "file": "users.csv", "bytes": 1200, "sha256": "ab"} == json.loads(
        syncd("pull", "--json").stdout
    )


def test_nothing_new_is_said(syncd: Syncd, app: Any) -> None:
    """Silence could be anything."""
    app.answer = []
    assert "Nothing new was there.\n" == syncd("pull").stdout


def test_a_password_becomes_a_hash_that_verifies() -> None:
    """What it prints is what the settings take."""
    result = CliRunner().invoke(tree(), ["sftp", "password"], input="grön stad\n")
    assert PasswordHasher().verify(result.stdout.strip(), "grön stad")


def test_no_password_is_none() -> None:
    """An account without one must not be open."""
    assert 2 == CliRunner().invoke(tree(), ["sftp", "password"], input="\n").exit_code


def test_the_fingerprints_of_both_host_keys_are_shown(syncd: Syncd, app: Any) -> None:
    """Senders compare the one that their program shows."""
    del app
    assert "SHA256:abc  ssh-ed25519\nSHA256:def  ecdsa-sha2-nistp256\n" == syncd("sftp", "fingerprint").stdout
    lines = syncd("sftp", "fingerprint", "--json").stdout.splitlines()
    kinds = {"SHA256:abc": "ssh-ed25519", "SHA256:def": "ecdsa-sha2-nistp256"}
    assert [{"fingerprint": key, "type": kind} for key, kind in kinds.items()] == [json.loads(line) for line in lines]

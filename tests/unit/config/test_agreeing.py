"""Files that the settings name."""

import tomllib

import pytest

from syncd.config.agreeing import unreadable
from syncd.config.home import Home
from syncd.config.loading import resolve

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE5Wm4cGSx8iTHqtF1ApVSMOS7JRSXr7SnZKH1bBGwHM"
SETTINGS = f"""
[sftp]
enabled = true
[[sftp.account]]
name = "ladok"
keys = ["{KEY}", "config/ladok.pub"]
[[sftp.account]]
name = "hr"
keys = ["config/hr.pub"]
[[pull]]
name = "a"
host = "h"
username = "u"
key_file = "config/key"
host_key = "config/known_hosts"
[[pull]]
name = "b"
host = "h"
username = "u"
password_file = "config/password"
host_key = "SHA256:7LOhnAVgOcv9ypY2Dfxpti5rvvTwHZM2aFuoMwLm9eE"
"""


@pytest.fixture
def home(tmp_path):
    """Give a home in which all files are there."""
    (tmp_path / "config").mkdir()
    for name, text in (("ladok.pub", KEY), ("hr.pub", KEY), ("key", "k"), ("known_hosts", "h"), ("password", "p")):
        (tmp_path / "config" / name).write_text(text)
    return Home(tmp_path)


def found(home, text=SETTINGS):
    """Return what is wrong, by path."""
    settings = resolve(tomllib.loads(text), {}, "here").settings
    return {problem.path: problem.message for problem in unreadable(settings, home)}


def test_files_that_are_there_are_no_problem(home):
    """Else nobody believes the others."""
    assert {} == found(home)


def test_every_file_that_is_away_is_named(home):
    """A check that says in order and a daemon that serves nobody do not go together."""
    for file in (home.path / "config").iterdir():
        file.unlink()
    wrong = found(home)
    assert {
        "sftp.account[1].keys",
        "sftp.account[2].keys",
        "pull[1].key_file",
        "pull[1].host_key",
        "pull[2].password_file",
    } == set(wrong)
    assert all("cannot be read: No such file" in message for message in wrong.values())


def test_a_file_of_something_else_is_named_with_its_line(home):
    """A private key, say."""
    (home.path / "config" / "hr.pub").write_text(f"# hr\n{KEY}\n-----BEGIN\n")
    assert "hr.pub, line 3" in found(home)["sftp.account[2].keys"]


def test_files_of_a_server_that_is_off_are_not_looked_for(home):
    """They are not needed."""
    (home.path / "config" / "hr.pub").unlink()
    assert {} == found(home, SETTINGS.replace("enabled = true", ""))

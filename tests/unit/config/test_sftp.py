"""Settings of the SFTP server and of pulls."""

import tomllib

import pytest

from syncd.config.home import Home
from syncd.config.loading import resolve
from syncd.config.problems import ConfigError

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE5Wm4cGSx8iTHqtF1ApVSMOS7JRSXr7SnZKH1bBGwHM"
HASH = "$argon2id$v=19$m=65536,t=3,p=4$YWJjZGVmZ2g$YWJjZGVmZ2g"
ACCOUNT = f'[[sftp.account]]\nname = "ladok"\nkeys = ["{KEY} sis"]\n'
PULL = (
    '[[pull]]\nname = "hr"\nhost = "h"\nusername = "u"\nkey_file = "k"\n'
    'host_key = "SHA256:7LOhnAVgOcv9ypY2Dfxpti5rvvTwHZM2aFuoMwLm9eE"\n'
)


def loaded(text):
    """Return the settings of a text."""
    return resolve(tomllib.loads(text), {}, "here")


def problems(text):
    """Return what is wrong with a text, by path."""
    with pytest.raises(ConfigError) as wrong:
        loaded(text)
    return {problem.path: problem.message for problem in wrong.value.problems}


def test_the_server_is_off_until_one_line_turns_it_on():
    """Nobody listens unasked."""
    assert not loaded("").settings.sftp.enabled
    assert loaded("[sftp]\nenabled = true\n").settings.sftp.enabled


def test_an_account_needs_a_way_to_log_in():
    """Else it is a mistake."""
    assert "never log in" in problems('[[sftp.account]]\nname = "a"\n')["sftp.account[1]"]


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".x", "alock.txt", "LOCK.TXT", "x" * 33, "å"])
def test_a_name_is_fit_for_a_folder(name):
    """It is one, in sync/; and no lock of the handshake."""
    assert "sftp.account[1].name" in problems(ACCOUNT.replace("ladok", name))


def test_names_of_accounts_and_pulls_differ():
    """They share folders otherwise; letter case is not enough for some file systems."""
    found = problems(ACCOUNT + PULL.replace('"hr"', '"LADOK"'))
    assert {"pull[1].name": 'it is "LADOK"; sftp.account[1] has that name'} == found


@pytest.mark.parametrize("key", ["ssh-ed25519 AAAA", "ssh-rsa " + KEY.split()[1], 'command="x" ' + KEY, "ssh-dss AAAA"])
def test_what_is_no_public_key_is_refused(key):
    """The blob must be of the kind that stands before it."""
    assert "sftp.account[1].keys[1]" in problems(ACCOUNT.replace(f"{KEY} sis", key.replace('"', '\\"')))


def test_a_password_in_the_place_of_its_hash_is_refused_and_not_repeated():
    """People do that."""
    found = problems(ACCOUNT + 'password_hash = "hemligt"\n')
    assert "syncd sftp password" in found["sftp.account[1].password_hash"]
    assert "hemligt" not in str(found)


def test_a_hash_is_never_shown():
    """`syncd config show` may be sent to anybody."""
    assert HASH not in str(loaded(ACCOUNT + f"password_hash = '{HASH}'\n").shown())
    assert HASH not in repr(loaded(ACCOUNT + f"password_hash = '{HASH}'\n").settings)


def test_keys_come_from_lines_and_files(tmp_path):
    """A file may have remarks and empty lines."""
    (tmp_path / "keys").write_text(f"# theirs\n\n{KEY} sis\n")
    (account,) = loaded(ACCOUNT.replace(f"{KEY} sis", "keys")).settings.sftp.accounts
    (other,) = loaded(ACCOUNT).settings.sftp.accounts
    assert other.blobs(Home(tmp_path)) == account.blobs(Home(tmp_path))


def test_feeds_that_are_named_are_there():
    """A misspelt one would show nothing, or wait for nothing."""
    found = problems(
        ACCOUNT + 'feeds = ["uzers"]\n' + PULL + 'before = ["users"]\n[[feed]]\nname = "users"\nfiles = "*"\n'
    )
    assert "did you mean users" in found["sftp.account[1].feeds"]
    assert "has no times" in found["pull[1].before"]


def test_a_pull_has_one_way_to_log_in_and_a_pinned_key():
    """Without a pin anybody could answer."""
    assert "one of key_file and password_file" in problems(PULL.replace('key_file = "k"\n', ""))["pull[1]"]
    assert "pull[1].host_key" in problems(PULL.replace("SHA256:7LOh", "SHA256:"))
    assert "pull[1].schedule" in problems(PULL + 'schedule = "arrival"\n')


@pytest.mark.parametrize("move_to", [".", "/out/../export", "done/.."])
def test_files_are_not_moved_to_where_they_are(move_to):
    """Each would come again under another name, at every visit."""
    pull = PULL + f'folder = "/export"\nmove_to = "{move_to}"\n'
    assert "another folder" in problems(pull + 'after = "move"\n')["pull[1]"]
    assert "leave" == loaded(pull).settings.pulls[0].after


def test_a_setting_of_the_server_below_an_account_is_told_where_it_belongs():
    """Who puts the account right below [sftp] gives it all the settings that follow."""
    found = problems("[sftp]\nenabled = true\n" + ACCOUNT + 'idle = "5m"\nfeed = []\n')
    sentence = "there is no such setting here, but in [sftp]; write it above the first [[sftp.account]]"
    assert sentence == found["sftp.account[1].idle"]
    assert "there is no such setting; did you mean feeds?" == found["sftp.account[1].feed"]

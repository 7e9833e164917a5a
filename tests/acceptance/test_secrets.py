"""Promise 9: passwords reach no log, report or roster; the files that hold them are their owner's alone."""

import stat

import pytest

WORDS = ("Korrekt-Häst-1", "batteri; häftklammer", 'p4ss"word')
BAD = "Fel-Lösen-9"
ROWS = (
    'anna;Anna;Ek;a@example.org;Korrekt-Häst-1\nbo;Bo;Ek;b@example.org;"batteri; häftklammer"\n'
    'cia;Cia;Ek;c@example.org;"p4ss""word"\nBAD NAME;D;E;d@example.org;Fel-Lösen-9\n'
    "dan;Dan;Ek;not an address;Fel-Lösen-9\n"
)
USERS = "username;firstname;lastname;email;password\n" + ROWS
HELD = "[limits]\nuser.growth = { count = 1, percent = 'none' }"


def holders(home) -> dict[str, int]:
    """Return the files of the home that hold a password, as bytes, with their mode."""
    found = {}
    for path in home.path.rglob("*"):
        if path.is_file() and any(word.encode() in path.read_bytes() for word in (*WORDS, "p4ss", BAD, "batteri")):
            found[str(path.relative_to(home.path))] = stat.S_IMODE(path.stat().st_mode)
    return found


@pytest.mark.parametrize("settings", ["", HELD], ids=["at once", "held"])
def test_passwords_stay_in_the_files_that_the_sender_sent(home, settings):
    """Every byte of the home is looked through: database, its log, plans, reports, what is remembered."""
    home.configure(settings)
    home.worked("first_users.csv", "username;firstname;lastname\nzoe;Zoe;Ek\n")
    home.drop("users.csv", USERS)
    done = [home.run("sync"), home.run("sync", "--json")]
    if settings:
        assert {0o600} == set(holders(home).values())
        assert {"input"} == {name.rpartition("/")[2] for name in holders(home)}
        done.append(home.run("approve", "2", "--reason", "new year"))
    done += [home.run("runs", "show", "2"), home.run("roster", "list", "user", "--json")]
    assert 4 == len(home.names("user", "username"))
    held = holders(home)
    assert {0o600} == set(held.values())
    assert {"archives", "reports"} == {name.partition("/")[0] for name in held}
    assert all("_tryback_" in name for name in held if name.startswith("reports/"))
    for process in done:
        for word in (*WORDS, "p4ss", BAD, "batteri"):
            assert word not in process.out + process.err


def test_a_file_that_fails_as_a_whole_is_its_owners_alone(home):
    """That it holds passwords its header said, before what is wrong in it was found."""
    content = "username;firstname;lastname;email;password;purge\nanna;Anna;Ek;a@example.org;Korrekt-Häst-1;1\n"
    run = home.worked("users.csv", content)
    assert ("failed", "users") == (run["state"], run["object"])
    assert {run["archive"]: 0o600} == holders(home)


def test_a_file_that_syncd_itself_fails_on_is_its_owners_alone(home, monkeypatch):
    """What was found out of it before is not forgotten."""

    def broken(*_):
        raise RuntimeError

    monkeypatch.setattr("syncd.engine.planning.draw", broken)
    run = home.worked("users.csv", USERS)
    assert ("failed", ["internal"]) == (run["state"], [found["code"] for found in run["findings"]])
    assert {run["archive"]: 0o600} == holders(home)


def test_a_row_that_cannot_be_read_is_not_quoted(home):
    """The sentence tells where, not what: a password may stand there."""
    home.drop("users.csv", f"username;firstname;lastname;password\na;A;{BAD};B;C;D\nb;{BAD}\nc;C;D;{BAD}\x07\n")
    done = home.run("sync", "--json")
    assert 3 == done.json()[0]["rows"]["failed"]
    assert BAD not in done.out
    assert {"archives", "reports"} == {name.partition("/")[0] for name in holders(home)}


def test_a_password_in_the_wrong_column_is_shown_by_no_sentence_of_its_own_column(home):
    """A value that its rule refuses is named in the sentence; that of a secret column never is."""
    home.drop("users.csv", "username;firstname;lastname;password\na1;A;B;" + "x" * 100_000 + BAD + "\n")
    done = home.run("sync", "--json")
    assert BAD not in done.out
    assert all("archives" in name or "_tryback_" in name for name in holders(home))


def test_a_file_without_passwords_may_be_read_by_the_group(home):
    """Whoever fetches reports is often in a group; nothing forbids that."""
    home.drop("users.csv", "username;firstname;lastname\na1;A;B\n")
    home.run("sync")
    modes = {
        stat.S_IMODE(p.stat().st_mode) for folder in ("reports", "archives") for p in (home.path / folder).iterdir()
    }
    assert {0o640} == modes

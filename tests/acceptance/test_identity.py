"""Who is who: letter case, placeholders and contradicting rows, through the whole of syncd on both databases."""

import pytest

USERS = "username;firstname;lastname;email;idnumber\n"
COURSES = "shortname;fullname\nANAT1;Anatomy\n"
CAPITALS = {
    "userimport.csv": f"{USERS}ACHAN;Anne;Chan;Anne.Chan@Bücher.example;H300\n",
    "uploadcourses.csv": f"{COURSES}BIO1;Biology\n",
    "enrols.csv": "cmd;cid;uid;rolename;enrol\nadd;ANAT1;ACHAN;student;manual\n",
    "cohorts.csv": "cmd;cidnumber;cname;userid\nadd;NUR;Nurses;ACHAN\n",
    "uploadcourses2.csv": "shortname;fullname;teacher1_account\nCHE1;Chemistry;ACHAN\n",
    "groups.csv": "courseid;name;idnumber\nANAT1;G1;G1\n",
    "groupmembers.csv": "cmd;courseid;groupid;userid\nadd;ANAT1;G1;AChan\n",
}


def failed(run):
    """Return line and code of every error."""
    return [(found["line"], found["code"]) for found in run["findings"] if found["severity"] == "error"]


def test_usernames_in_capitals_are_found_in_every_file(home, database):
    """A system that writes them so does it in all of its files."""
    home.configure(database)
    for outcome in ("applied", "unchanged"):
        for name, text in CAPITALS.items():
            run = home.worked(name, text)
            assert (run["rows"]["total"], []) == (run["rows"][outcome], failed(run)), name
    assert ["achan"] == [user["fields"]["username"] for user in home.roster("user")["user"]]


def test_addresses_are_one_in_any_case_and_either_form_of_their_domain(home, database):
    """Also when they are looked up by index, in a roster of many; the owner may respell the address."""
    many = "".join(f"user{n};U;{n};u{n}@example.org;N{n}\n" for n in range(60))
    home.configure(f'{database}\n[moodle]\nallow_shared_emails = "no"')
    home.worked("userimport.csv", CAPITALS["userimport.csv"] + many)
    taken = home.worked("userimport.csv", f"{USERS}other;O;O;ANNE.CHAN@xn--bcher-kva.example;\n")
    assert [(2, "email-taken")] == failed(taken)
    home.configure(f'{database}\n[moodle]\nuser_identifier = "email"')
    home.worked("uploadcourses.csv", COURSES)
    respelt = f"{USERS}achan;Anne;Chan;anne.chan@bücher.example;H300\n"
    enrols = "cmd;cid;uid;rolename;enrol\nadd;ANAT1;ANNE.CHAN@BÜCHER.EXAMPLE;student;manual\n"
    for outcome in ("applied", "unchanged"):
        for name, text in (("userimport.csv", respelt), ("enrols.csv", enrols)):
            assert 1 == home.worked(name, text)["rows"][outcome], (name, outcome)
    (anne,) = (user["fields"] for user in home.roster("user")["user"] if user["fields"]["username"] == "achan")
    assert "anne.chan@bücher.example" == anne["email"]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("2.02412E+11", "identifier-short-form"),
        ("\\N", "value-null-mark"),
        ("NULL", "identifier-nothing"),
        ("0", "identifier-nothing"),
        ("X", "rows-contradict"),
    ],
)
def test_people_whose_number_is_lost_are_not_one_account(home, database, number, code):
    """Renaming is meant for one person's new name; the tryback holds the rows as they were sent."""
    home.configure(f'{database}\n[moodle]\nallow_rename = "yes"')
    rows = [f"{name};{name};Doe;{name}@example.org;{number}" for name in ("anew", "bold", "cday")]
    run = home.worked("userimport.csv", USERS + "\n".join([*rows, ""]))
    stands = 1 if code == "rows-contradict" else 0
    assert [(line, code) for line in range(2 + stands, 5)] == failed(run)
    tryback = (home.path / run["tryback"]).read_text()
    assert USERS + "\n".join([*rows[stands:], ""]) == tryback
    assert ["anew"][:stands] == [user["fields"]["username"] for user in home.roster("user")["user"]]

"""What the model destroys, mistakes or passes over in silence, shown absent on a home (W11 to W14, W16, W18)."""

import pytest

START = {
    "userimport.csv": "username;firstname;lastname;idnumber;email;city\n"
    "ada;Ada;X;N1;ada@x.org;Lyon\nbea;Bea;X;N2;bea@x.org;Lund\ncid;Cid;X;N3;cid@x.org;Bonn\n",
    "uploadcourses.csv": "shortname;fullname;idnumber\nALG;Algebra;C1\nGEO;Geometry;C2\nALL;All of it;C3\n",
    "cohorts.csv": "cidnumber;cname;userid\nNUR;Nurses;ada\nNUR;Nurses;bea\n",
    "enrols.csv": "cid;uid;rolename;enrol\nALG;ada;student;manual\nALG;bea;student;manual\nGEO;ada;student;manual\n",
    "groups.csv": "courseid;name;idnumber;description\nALG;Lab A;LAB-A;Room 1\nALG;Empty;LAB-E;\nGEO;Lab G;LAB-G;\n",
    "groupmembers.csv": "courseid;groupid;userid\nALG;LAB-A;ada\nALG;LAB-A;bea\n",
}
"""Files that make a small roster."""

FAILING = {
    "userimport.csv": ("username;firstname;lastname;email", "ada;Ada;X;nowhere", "value-email"),
    "uploadcourses.csv": ("shortname;fullname;newsitems", "GEO;Geometry;99", "value-integer"),
    "deletecourses.csv": ("", "NIL", "unknown-course"),
    "courses.csv": ("", "NIL;is it there?", "unknown-course"),
    "resetcourses.csv": (
        "shortname;events;logs;notes;grades;roles;local_roles;groups;groupings;modules",
        "NIL;yes;no;no;none;none;none;none;none;none",
        "unknown-course",
    ),
    "metacourses.csv": ("cmd;master;meta", "add;NIL;ALL", "unknown-course"),
    "enrols.csv": ("cid;uid;rolename;enrol", "ALG;nobody;student;manual", "unknown-user"),
    "cohorts.csv": ("cmd;cidnumber;cname;userid", "del;NUR;;nobody", "unknown-user"),
    "cohortscourses.csv": ("cmd;cohort;course;role", "add;NIL;ALG;student", "unknown-cohort"),
    "groups.csv": ("courseid;name;idnumber", "NIL;Lab;L1", "unknown-course"),
    "groupmembers.csv": ("courseid;groupid;userid", "ALG;LAB-A;nobody", "unknown-user"),
}
"""For each file a header and a row that must fail, and why."""


@pytest.fixture
def school(seeded, tmp_path):
    """Give a home with a small roster."""
    return seeded(tmp_path / "home", START)


def codes(run) -> list[str]:
    """Return the codes of the errors of a run."""
    return [finding["code"] for finding in run["findings"] if finding["severity"] == "error"]


@pytest.mark.parametrize("name", FAILING)
def test_w11_every_row_that_fails_comes_back_with_its_reason(school, name):
    """The model's cohorts never feed a tryback, and a list of courses comes back as its last line, repeated."""
    header, row, code = FAILING[name]
    text = "\r\n".join([*([header] if header else []), row, row, ""])
    run = school.worked(name, text)
    assert ([code, code], 2) == (codes(run), run["rows"]["failed"])
    assert text.encode() == (school.path / run["tryback"]).read_bytes()
    first = 2 if header else 1
    assert [first, first + 1] == [finding["line"] for finding in run["findings"] if finding["code"] == code]


def test_w12_a_cohort_is_deleted_only_by_a_row_that_says_so(school):
    """In the model `del` with a user whom nobody knows deletes the cohort with everything in it."""
    run = school.worked("cohorts.csv", "cmd;cidnumber;userid\ndel;NUR;nobody\n")
    assert (["unknown-user"], ["NUR"]) == (codes(run), school.names("cohort", "idnumber"))
    assert [("NUR", "ada"), ("NUR", "bea")] == school.names("cohort_member", "cohort", "user")


@pytest.mark.parametrize("value", ["0", "no", "", "false"])
def test_w12_deleted_deletes_only_where_it_says_yes(school, value):
    """In the model the column alone deletes everybody in the file."""
    run = school.worked("userimport.csv", f"username;firstname;lastname;deleted\nada;Ada;X;{value}\n")
    assert ("completed", ["ada", "bea", "cid"]) == (run["state"], school.names("user", "username"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("userimport.csv", "username;firstname;lastname\nada;Ada;X\nbea;Bea;X\n"),
        ("uploadcourses.csv", "shortname;fullname\nALG;Algebra\n"),
        ("cohorts.csv", "cidnumber;cname\nNUR;Nurses\n"),
        ("groups.csv", "courseid;name;updateid\nALG;Lab A;LAB-A\n"),
    ],
)
def test_w12_an_absent_column_changes_nothing(school, name, text):
    """The model resets what a file does not speak of: city, language, summary, the idnumbers of groups."""
    before = school.roster()
    run = school.worked(name, text)
    assert run["rows"]["total"] == run["rows"]["unchanged"]
    assert before == school.roster()


def test_w12_a_reset_does_only_what_it_is_told(school):
    """The model purges completion, blogs and comments where their columns are absent."""
    header, row, _ = FAILING["resetcourses.csv"]
    before = school.roster("course", "enrolment", "group", "group_member")
    run = school.worked("resetcourses.csv", f"{header}\n{row.replace('NIL', 'ALG')}\n")
    assert before == school.roster("course", "enrolment", "group", "group_member")
    (action,) = [finding["message"] for finding in run["findings"] if finding["code"] == "action-waits"]
    assert "events" in action
    assert not any(word in action for word in ("completion", "blog", "comment", "log"))


def test_w12_only_groups_that_the_file_emptied_are_purged(school):
    """The model deletes every empty group of the whole site."""
    school.configure('[moodle]\npurge_empty_groups = "groups"')
    school.worked("groupmembers.csv", "cmd;courseid;groupid;userid\ndel;ALG;LAB-A;ada\ndel;ALG;LAB-A;bea\n")
    assert ["LAB-E", "LAB-G"] == school.names("group", "idnumber")


def test_w12_too_many_removals_wait_for_somebody(school):
    """The model removes whatever a file says, and a file that was cut short says a lot."""
    school.configure("[limits]\nuser.removals = { count = 1, percent = 'none' }")
    before = school.roster()
    run = school.worked("userimport.csv", "username;firstname;lastname;deleted\nada;;;1\nbea;;;1\n")
    assert ("held", "user", 2, 1) == (run["state"], *(run["breaches"][0][k] for k in ("kind", "planned", "allowed")))
    assert before == school.roster()


@pytest.mark.parametrize("name", FAILING)
def test_w13_a_simulation_leaves_no_trace(school, tmp_path, name):
    """In the model deletions, mails, bindings, archiving and cleaning up are done for real."""
    header, row, _ = FAILING[name]
    good = {
        "userimport.csv": "bea;Bea;X;new@x.org",
        "deletecourses.csv": "GEO",
        "cohortscourses.csv": "add;NUR;GEO;student",
        "cohorts.csv": "del;NUR;;",
    }
    rows = [*([header] if header else []), row, *([good[name]] if name in good else []), ""]
    file = tmp_path / name
    file.write_text("\n".join(rows))
    before = school.fingerprint()
    done = school.run("sync", str(file), "--dry-run", "--json")
    (run,) = done.json()
    assert (1, 1, name in good) == (done.code, run["rows"]["failed"], run["rows"]["applied"] == 1)
    assert before == school.fingerprint()


def test_w13_later_rows_and_files_of_a_simulation_see_what_earlier_ones_would_do(home, tmp_path):
    """The model says that nobody is enrolled, of people whom the rows before have enrolled."""
    files = [tmp_path / name for name in ("userimport.csv", "uploadcourses.csv", "enrols.csv")]
    for file in files[:2]:
        file.write_text(START[file.name])
    files[2].write_text(
        "cid;uid;rolename;enrol;gcmd;g1\nALG;ada;student;manual;gaddcreate;Lab\nALG;ada;student;;gadd;Lab\n"
    )
    done = home.run("sync", *map(str, files), "--dry-run", "--json")
    assert [0, 0, 0] == [run["rows"]["failed"] + run["rows"]["partial"] for run in done.json()]
    assert {"user": [], "course": []} == home.roster("user", "course")


def test_w14_addresses_and_usernames_can_change(school):
    """The model refuses every row whose e-mail address or username is not the stored one."""
    school.configure("[moodle]\nallow_rename = true")
    run = school.worked("userimport.csv", "username;firstname;lastname;idnumber;email\nada.new;Ada;X;N1;new@x.org\n")
    assert "completed" == run["state"]
    assert ("ada.new", "N1", "new@x.org") in school.names("user", "username", "idnumber", "email")


def test_w14_an_idnumber_belongs_to_one_person(school):
    """The model makes a second account with the number, and takes the first of several."""
    school.configure('[moodle]\nuser_identifier = "username"')
    run = school.worked("userimport.csv", "username;firstname;lastname;idnumber\neva;Eva;X;N1\n")
    assert ["idnumber-taken"] == codes(run)
    assert "(ada)" in run["findings"][0]["message"]
    school.configure('[moodle]\nuser_identifier = "email"')
    school.worked("userimport.csv", "username;firstname;lastname;email\ndan;Dan;X;\n")
    school.configure('[moodle]\nuser_identifier = "username"')
    school.worked("userimport.csv", "username;firstname;lastname;email\ndan;Dan;X;ada@x.org\n")
    school.configure('[moodle]\nuser_identifier = "email"')
    several = school.worked("enrols.csv", "cid;uid;rolename;enrol\nGEO;ada@x.org;student;manual\n")
    assert (["ambiguous"], ["ada"]) == (
        codes(several),
        [user for course, user in school.names("enrolment", "course", "user") if course == "GEO"],
    )


def test_w14_a_group_is_looked_for_in_its_course(school):
    """In the model a row about one course puts people into the group of another."""
    run = school.worked("groupmembers.csv", "courseid;groupid;userid\nGEO;LAB-A;ada\n")
    assert ["group-elsewhere"] == codes(run)


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("metacourses.csv", "master;meta\nNIL;ALL\nALG;NIL\n", "meta_link"),
        ("groups.csv", "courseid;name;updateid\nNIL;Lab;L1\nALG;Lab;NIL\n", "group"),
        (
            "cohortscourses.csv",
            "cohort;course;role\nNIL;ALG;student\nNUR;NIL;student\nNUR;ALG;wizard\n",
            "cohort_binding",
        ),
        ("enrols.csv", "cid;uid;rolename;enrol\nNIL;ada;student;manual\nALG;nobody;student;manual\n", "enrolment"),
    ],
)
def test_w16_what_is_not_there_is_never_linked(school, name, text, kind):
    """The model stores links to record 0 and reports them as made."""
    before = school.roster(kind)
    run = school.worked(name, text)
    assert (run["rows"]["total"], before) == (run["rows"]["failed"], school.roster(kind))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cohorts.csv", "cmd;cidnumber;cname\nremove;NUR;\n"),
        ("cohortscourses.csv", "cmd;cohort;course\nremove;NUR;ALG\n"),
        ("groupmembers.csv", "cmd;courseid;groupid;userid\nremove;ALG;LAB-A;ada\n"),
        ("metacourses.csv", "cmd;master;meta\nremove;ALG;ALL\n"),
        ("enrols.csv", "cmd;cid;uid;rolename;enrol\nremove;ALG;ada;student;manual\n"),
    ],
)
def test_w18_a_verb_that_nobody_knows_fails_its_row(school, name, text):
    """The model passes over it in silence."""
    run = school.worked(name, text)
    assert (["verb-unknown"], 1) == (codes(run), run["rows"]["failed"])

"""Rows of one file that depend on each other: the file means what its rows mean one after the other."""

import pytest

START = (
    ("first_users.csv", "username;firstname;lastname;idnumber\nada;A;X;N1\nbea;B;X;N2\ncid;C;X;N3\n"),
    ("first_courses.csv", "shortname;fullname;category\nALG;Algebra;Maths\n"),
    ("first_cohorts.csv", "cmd;cidnumber;cname;userid\nadd;c1;First;ada\n"),
)
# name: settings, file name, header, rows
CASES = {
    "a template that an earlier row makes": (
        "",
        "courses.csv",
        "shortname;fullname;template",
        ("GEO;Geometry;", "GEO-2;Geometry 2;GEO", "BIO-2;Biology 2;BIO", "BIO;Biology;"),
    ),
    "a cohort that an earlier row names": (
        "",
        "cohorts.csv",
        "cmd;cidnumber;cname;userid",
        ("add;c3;;ada", "add;c3;Third;", "add;c3;;bea", "del;c3;;cid", "add;c4;Fourth;ada", "del;c4;;ada"),
    ),
    "a member removed before the cohort is made": (
        "",
        "cohorts.csv",
        "cmd;cidnumber;cname;userid",
        ("del;c3;;ada", "add;c3;Third;bea", "free;c3;;", "add;c3;;cid", "del;c3;;", "add;c3;Again;ada"),
    ),
    "two cohorts with one idnumber": (
        '[moodle]\ncohort_identifier = "name"',
        "cohorts.csv",
        "cmd;cname;cidnumber",
        ("add;Third;c3", "add;Fourth;c3", "add;First;c3", "add;Fifth;c1", "add;Third;"),
    ),
    "two cohorts of users with one idnumber": (
        "",
        "users.csv",
        "username;firstname;lastname;cohort;cohortid",
        (
            "ada;A;X;Third;c3",
            "bea;B;X;Fourth;c3",
            "cid;C;X;Third;c1",
            "dan;D;X;Fifth;c1",
            "eve;E;X;Fifth;c5",
            "fay;F;X;Fifth;c1",
        ),
    ),
    "a username that goes from hand to hand": (
        "[moodle]\nallow_rename = true",
        "users.csv",
        "username;firstname;lastname;oldusername",
        ("tmp;A;X;ada", "ada;B;X;bea", "bea;A;X;tmp", "bea;A;X;nobody", "cid;C;X;"),
    ),
    "an idnumber given up and taken": (
        '[moodle]\nuser_identifier = "username"',
        "users.csv",
        "username;firstname;lastname;idnumber",
        ("bea;B;X;N1", "ada;A;X;", "bea;B;X;N1", "ada;A;X;N2", "dan;D;X;N2"),
    ),
    "a user deleted and made again": (
        "",
        "users.csv",
        "username;firstname;lastname;idnumber;deleted",
        ("ada;A;X;N1;1", "dan;D;X;N1;0", "ada;A;X;;0", "ada;A;X;;1", "zoe;Z;X;;0", "zoe;Z;X;;1"),
    ),
    "a shortname given to another course": (
        '[moodle]\ncourse_identifier = "idnumber"',
        "courses.csv",
        "shortname;fullname;idnumber",
        ("NEW;New;1", "ALT;Alt;2", "NEW;Newer;1", "ALG;Other;3"),
    ),
    "groups made and left in turns": (
        "",
        "enrols.csv",
        "cmd;cid;uid;rolename;enrol;gcmd;g1;g2",
        (
            "add;ALG;ada;student;manual;gadd;Blue;",
            "add;ALG;bea;student;manual;gaddcreate;Blue;Red",
            "add;ALG;ada;student;manual;gadd;Blue;Green",
            "del;ALG;bea;;manual;;;",
            "add;ALG;bea;teacher;manual;gadd;Red;",
            "shift;ALG;bea;student;manual;greplace;Blue;",
            "del;ALG;cid;;manual;gdel;Blue;",
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_file_means_what_its_rows_mean_in_order(homes, name):
    """The same roster, the same rows in the tryback, and a replay that changes nothing."""
    settings, file, header, rows = CASES[name]
    whole, single = homes(), homes()
    for place in (whole, single):
        for first, text in START:
            place.worked(first, text)
        place.configure(settings)
    run = whole.worked(file, "\n".join([header, *rows, ""]))
    assert "internal" not in {f["code"] for f in run["findings"]}
    alone = [single.worked(file, f"{header}\n{row}\n") for row in rows]
    failed = [n for n, report in enumerate(alone, start=1) if report["rows"]["failed"] + report["rows"]["partial"]]
    assert single.meaning() == whole.meaning()
    assert failed == sorted({f["row"] for f in run["findings"] if f["severity"] == "error"})

"""Files of the platform's own uploads, and tables of other systems under our names, as they are really sent."""

COURSES = "shortname;fullname;category;idnumber\nANAT1;Anatomy 1;Health/Year 1;UE-01\n"


def test_a_row_that_asks_for_deletion_never_makes_the_course(home):
    """The columns are those of Moodle's own Upload courses."""
    home.worked("uploadcourses.csv", COURSES)
    text = "shortname,fullname,category_path,rename,delete\nOLD1,Old course,Health,,1\nANAT1,Anatomy 1,Health,ANAT1B,\n"
    run = home.worked("uploadcourses.csv", text)
    assert ["unknown-course"] == [finding["code"] for finding in run["findings"]]
    assert [("ANAT1B", "Health")] == home.names("course", "shortname", "category")
    gone = home.worked("uploadcourses.csv", "shortname,delete\nANAT1B,1\n")
    assert ("completed", {"course": 1}) == (gone["state"], {k: c["deleted"] for k, c in gone["changes"].items()})
    assert [] == home.names("course", "shortname")


def test_a_course_list_of_another_system_is_not_one_of_shortnames(home):
    """Canvas and OneRoster both have a courses.csv; what is no list must delete nothing."""
    home.worked("uploadcourses.csv", COURSES)
    text = "course_id,short_name,long_name,account_id,term_id,status\nANAT1,A,A,1,2,deleted\n"
    for name in ("courses.csv", "deletecourses.csv"):
        run = home.worked(name, text)
        assert ("failed", ["file-unrecognised"]) == (run["state"], [each["code"] for each in run["findings"]])
        assert "course_id, short_name, long_name" in run["findings"][0]["message"]
    assert ["ANAT1"] == home.names("course", "shortname")


def test_a_column_that_turns_rows_round_refuses_the_file(home):
    """The user that the sender has switched off must not be made."""
    run = home.worked("userimport.csv", "username;firstname;lastname;status\nada;Ada;X;active\nbea;Bea;X;inactive\n")
    assert ("failed", ["column-turns"], 3) == (
        run["state"],
        [finding["code"] for finding in run["findings"]],
        run["findings"][0]["line"],
    )
    assert [] == home.names("user", "username")

"""The real command files of the tool that syncd follows, where they lie beside the checkout: every step as required."""

from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "moodle"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not beside the checkout")

SETTINGS = '[moodle]\nuser_identifier = "{user}"\ncohort_identifier = "{cohort}"\nforce_update = {update}\n'
OUTCOMES = ("applied", "unchanged", "skipped", "partial", "failed")
MEMBERS = [
    *(("COH001", "amelie.dupont"), ("COH001", "john.doe"), ("COH002", "ggrass"), ("COH002", "jack.duf")),
    *(("COH003", "ggrass"), ("COH003", "yyang"), ("COH004", "ggrass"), ("COH004", "john.doe")),
    *(("COHGRP", f"ugr{n}") for n in (1, 10, 2, 20, 3, 30, 4, 40)),
]
ENROLMENTS = [
    *(("TESTCOURSE1", name, "student") for name in ("ggrass", "jack.duf")),
    *(("TESTCOURSE1", "john.doe", "editingteacher"), ("TESTCOURSE1", "yyang", "student")),
    *(("TESTCOURSE2", name, "student") for name in ("ggrass", "jack.duf")),
    ("TESTCOURSE2", "john.doe", "editingteacher"),
    *(("TESTCOURSE3", "amelie.dupont", "editingteacher"), ("TESTCOURSE3", "jack.duf", "student")),
    ("TESTCOURSE3", "yyang", "student"),
]


class Site:
    """A home with the course that the samples find on a site, and the steps on it."""

    def __init__(self, home) -> None:
        self.home = home
        self._set()
        home.worked(
            "first_courses.csv", "shortname;fullname;idnumber;category\nTEMPLATE;T;TEMPLATEIDNUM;Miscellaneous\n"
        )

    def _set(self, user: str = "idnumber", cohort: str = "idnumber", update: str = "true") -> None:
        self.home.configure(SETTINGS.format(user=user, cohort=cohort, update=update))

    def step(self, name: str, **settings: str) -> dict:
        """Work a sample; the archive must hold its bytes."""
        self._set(**settings)
        data = (SAMPLES / f"{name}.csv").read_bytes()
        run = self.home.worked(f"{name}.csv", data)
        assert data == (self.home.path / run["archive"]).read_bytes()
        return run

    def rows(self, name: str, **settings: str) -> tuple[int, ...]:
        """Work a sample; return its rows by outcome."""
        run = self.step(name, **settings)
        return tuple(run["rows"][outcome] for outcome in OUTCOMES)

    def people(self) -> None:
        """Do steps 5 and 6."""
        assert (23, 0, 0, 0, 0) == self.rows("user_create_sample", user="username")
        assert (13, 0, 0, 0, 0) == self.rows("user_update_sample", user="username")


@pytest.fixture
def site(home) -> Site:
    return Site(home)


def test_courses_are_created_and_deleted(site):
    """Steps 1, 2 and 23."""
    run = site.step("course_create_sample", update="false")
    assert (9, 1, 1) == (run["rows"]["applied"], run["rows"]["skipped"], run["rows"]["failed"])
    back = (site.home.path / run["tryback"]).read_bytes().splitlines()
    assert [b"shortname;category;fullname;format;template", b"TESTCOURSE4"] == [back[0], back[1].partition(b";")[0]]
    assert 2 == len(back)
    assert (0, 9, 1, 0, 1) == site.rows("course_create_sample", update="false")
    assert (2, 0, 0, 0, 0) == site.rows("course_create_sample_newcats")
    courses = {name: rest for name, *rest in site.home.names("course", "shortname", "category", "format", "fullname")}
    assert 12 == len(courses)
    assert ["Miscellaneous/Tests", "weeks", "Test course for creation 2"] == courses["TESTCOURSE2"]
    assert ["Miscellaneous/TestsNew1", "topics", "Test course for creation 1"] == courses["TESTCOURSE11"]
    assert (0, 2, 0, 0, 0) == site.rows("course_create_sample_newcats")
    assert (3, 0, 0, 0, 0) == site.rows("course_delete_sample")
    assert (0, 0, 0, 0, 3) == site.rows("course_delete_sample")
    tryback = site.step("course_delete_sample")["tryback"]
    assert (SAMPLES / "course_delete_sample.csv").read_bytes() == (site.home.path / tryback).read_bytes()
    assert 9 == len(site.home.names("course", "shortname"))


def test_users_are_created_updated_suspended_and_deleted(site):
    """Steps 5, 6, 7 and 22."""
    site.people()
    people = {
        name: rest for name, *rest in site.home.names("user", "username", "idnumber", "email", "lastname", "country")
    }
    assert ["U0004", "ggrass@foobar.com", "Grass", "DE"] == people["ggrass"]
    assert ["UGR14", "u0gr1@foo.com", "Group4", "GB"] == people["ugr40"]
    before = site.home.roster("user")["user"]
    assert (3, 0, 0, 0, 0) == site.rows("user_suspend_sample", user="username")
    after = site.home.roster("user")["user"]
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old["fields"] != new["fields"]]
    assert 3 == len(changed)
    for old, new in changed:
        assert old["fields"] | {"suspended": 1} == new["fields"]
    assert (3, 0, 0, 0, 0) == site.rows("user_delete_sample", user="username")
    run = site.step("user_delete_sample", user="username")
    assert (3, 0) == (run["rows"]["unchanged"] + run["rows"]["skipped"], run["rows"]["applied"])
    assert 3 == len([f for f in run["findings"] if f["code"] == "user-gone"])
    assert 20 == len(site.home.names("user", "username"))


def test_cohorts_are_made_filled_freed_and_deleted(site):
    """Steps 8 to 14."""
    site.people()
    for name, cohort in (("by_name", "name"), ("by_idnumber", "idnumber")):
        assert (5, 0, 0, 0, 0) == site.rows("cohort_create_only")
        assert (0, 5, 0, 0, 0) == site.rows("cohort_create_only")
        assert (5, 0, 0, 0, 0) == site.rows(f"cohort_delete_only_{name}", cohort=cohort)
        assert [] == site.home.names("cohort", "name")
    assert (16, 0, 0, 0, 0) == site.rows("cohort_create_sample")
    assert MEMBERS == site.home.names("cohort_member", "cohort", "user")
    described = dict(site.home.names("cohort", "idnumber", "description"))
    assert ("Teacher Cohort 1", "Generated Cohort 2", "") == tuple(described[f"COH00{n}"] for n in (1, 2, 4))
    assert (5, 0, 0, 0, 0) == site.rows("cohort_free_cohorts_by_idnumber")
    assert (5, []) == (len(site.home.names("cohort", "name")), site.home.names("cohort_member", "cohort", "user"))
    assert (16, 0, 0, 0, 0) == site.rows("cohort_add_members_by_idnumber")
    assert MEMBERS == site.home.names("cohort_member", "cohort", "user")
    assert (8, 0, 0, 0, 0) == site.rows("cohort_delete_members_by_idnumber")
    assert MEMBERS[8:] == site.home.names("cohort_member", "cohort", "user")


def test_users_are_enrolled_with_their_groups(site):
    """Step 16: unknown groups leave their rows partial; the enrolments stand."""
    site.people()
    site.step("course_create_sample", update="false")
    run = site.step("enrol_sample")
    assert ENROLMENTS == site.home.names("enrolment", "course", "user", "role")
    assert {"manual"} == set(site.home.names("enrolment", "method"))
    members = site.home.names("group_member", "group", "user")
    assert [
        *(("GROUP1A", name) for name in ("ggrass", "jack.duf", "john.doe", "yyang")),
        ("GROUP1B", "john.doe"),
        *(("GROUP2A", name) for name in ("jack.duf", "john.doe")),
        *(("GROUP2B", "john.doe"), ("GROUP3B", "jack.duf")),
    ] == members
    assert "GROUP3A" in site.home.names("group", "name")
    unknown = [f["row"] for f in run["findings"] if f["code"] == "unknown-group"]
    assert [3, 4, 5, 5, 7, 8, 9] == unknown
    assert (6, 0) == (run["rows"]["partial"], run["rows"]["failed"])
    again = site.step("enrol_sample")
    assert (0, 5, 6) == (again["rows"]["applied"], again["rows"]["unchanged"], again["rows"]["partial"])
    refused = site.step("enrol_sample_on_sync_method")
    assert (9, {"unknown-method"}) == (refused["rows"]["failed"], {f["code"] for f in refused["findings"]})


def test_the_secondary_cohort_samples(site):
    """A blank idnumber is no conflict; `cid` stands for the configured key."""
    site.people()
    assert (8, 0, 0, 0, 0) == site.rows("cohort_create_sample_by_name", cohort="name")
    assert [("COHORT1", "COH001"), ("COHORT2", "COH002"), ("COHORT3", "COH003"), ("COHORT4", "")] == site.home.names(
        "cohort", "name", "idnumber"
    )
    assert 8 == len(site.home.names("cohort_member", "user"))
    assert (5, 0, 0, 0, 0) == site.rows("cohort_delete_sample", cohort="name")
    assert ["COHORT1", "COHORT2"] == site.home.names("cohort", "name")
    assert ["ggrass"] == site.home.names("cohort_member", "user")


@pytest.mark.parametrize(("user", "code"), [("idnumber", "username-differs"), ("username", "idnumber-taken")])
def test_the_chunks_of_a_large_update(site, user, code):
    """Chunk 3 gives idnumbers of chunk 2 to other people: both rows are refused, whoever identifies them."""
    site.people()
    assert 0 == site.step("user_update_sample_chunk1", user=user)["rows"]["failed"]
    assert (2, 0, 0, 0, 0) == site.rows("user_update_sample_chunk2", user=user)
    run = site.step("user_update_sample_chunk3", user=user)
    assert (2, {code}) == (run["rows"]["failed"], {f["code"] for f in run["findings"]})
    tryback = (site.home.path / run["tryback"]).read_bytes()
    assert (SAMPLES / "user_update_sample_chunk3.csv").read_bytes() == tryback

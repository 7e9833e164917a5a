"""The real command files of the tool that syncd follows, where they lie beside the checkout: every step as required."""

from pathlib import Path

import pytest

from syncd.dialects.registry import recognise

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


def _rows(run: dict) -> list[int]:
    return [finding["row"] for finding in run["findings"]]


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


def test_courses_are_reset(site):
    """Step 4: roles, groups and groupings go; grades `none` stay; `all` is a yes, also for modules."""
    site.people()
    site.step("course_create_sample", update="false")
    site.step("enrol_sample")
    site.step("groups")
    run = site.step("course_reset_sample")
    assert ("courses_reset", 3, 0) == (run["object"], run["rows"]["applied"], run["rows"]["failed"])
    kinds = ("enrolment", "role_assignment", "group", "grouping", "grouping_group", "group_member")
    assert {kind: [] for kind in kinds} == site.home.roster(*kinds)
    asked = sorted(f["message"].rpartition(": ")[2] for f in run["findings"] if f["code"] == "action-waits")
    what = ("events", "local_roles", "logs", "modules", "notes")
    assert [f"reset {name} (3)" for name in what] == asked
    assert (0, 3, 0, 0, 0) == site.rows("course_reset_sample")


def test_meta_courses_are_linked_to_their_masters(site):
    """Step 3; courses that are not there fail their rows. Who is enrolled in a master follows."""
    site.people()
    site.step("course_create_sample", update="false")
    links = [("MASTER1", "META10"), ("MASTER1", "META11"), ("MASTER2", "META20"), ("MASTER2", "META21")]
    for outcomes in ((4, 0, 0, 0, 3), (0, 4, 0, 0, 3)):
        run = site.step("course_metabindings_sample")
        assert outcomes == tuple(run["rows"][outcome] for outcome in OUTCOMES)
        assert ({"unknown-course"}, [5, 6, 7]) == ({f["code"] for f in run["findings"]}, _rows(run))
        back = (site.home.path / run["tryback"]).read_bytes()
        assert b"master;meta\nFAILED1;META10\nMASTER1;FAILED1\nFAILED1;FAILED2" == back.replace(b"\r\n", b"\n").strip()
        assert links == site.home.names("meta_link", "master", "course")
    site.home.worked("enrols.csv", "cmd;cid;uid;rolename;enrol\nadd;MASTER1;U0001;student;manual\n")
    assert [("MASTER1", ""), ("META10", "MASTER1"), ("META11", "MASTER1")] == site.home.names(
        "enrolment", "course", "via"
    )


def test_cohorts_are_bound_to_courses(site):
    """Steps 11 to 15: 6 bindings, 24 enrolments of the 8 members that are left; again it adds nothing."""
    site.people()
    site.step("course_create_sample", update="false")
    for name in ("cohort_create_sample", "cohort_delete_members_by_idnumber"):
        site.step(name)
    assert (6, 0, 0, 0, 0) == site.rows("cohort_bind_courses_sample")
    assert (0, 6, 0, 0, 0) == site.rows("cohort_bind_courses_sample")
    assert [
        *(("TESTCOURSE1", "COH001", "teacher"), ("TESTCOURSE1", "COHGRP", "student")),
        *(("TESTCOURSE2", "COH003", "student"), ("TESTCOURSE2", "COHGRP", "student")),
        *(("TESTCOURSE3", "COH002", "student"), ("TESTCOURSE3", "COHGRP", "student")),
    ] == site.home.names("cohort_binding", "course", "cohort", "role")
    group = [name for cohort, name in MEMBERS if cohort == "COHGRP"]
    following = [(f"TESTCOURSE{n}", name, "student", "COHGRP") for n in (1, 2, 3) for name in group]
    assert following == site.home.names("enrolment", "course", "user", "role", "via")
    site.step("cohort_add_members_by_idnumber")
    assert 24 + 6 == len(site.home.names("enrolment", "user"))
    site.step("cohort_delete_members_by_idnumber")
    assert following == site.home.names("enrolment", "course", "user", "role", "via")
    site.step("cohort_delete_only_by_idnumber")
    assert ([], []) == (site.home.names("enrolment", "user"), site.home.names("cohort_binding", "role"))


def test_groups_are_made_filled_shifted_and_changed(site):
    """Steps 17 to 21; each step again changes nothing."""
    site.people()
    site.step("course_create_sample", update="false")
    people = ("ugr1", "ugr2", "ugr3", "ugr4", "ugr10")
    rows = [f"add;TESTCOURSE{n};{name};student;manual" for n in (1, 2) for name in people]
    site.home.configure('[moodle]\nuser_identifier = "username"\n')
    site.home.worked("enrols.csv", "\n".join(["cmd;cid;uid;rolename;enrol", *rows, ""]))
    assert (10, 0, 0, 0, 0) == site.rows("groups")
    assert (0, 10, 0, 0, 0) == site.rows("groups")
    own = [(f"TC2_GR{n}", f"TC2_GR{n}") for n in range(1, 5)]
    cited = [("GRPA", "TC1_GR1"), ("GRPA", "TC1_GR2"), ("GRPB", "TC1_GR3"), ("GRPB", "TC1_GR4")]
    assert [*cited, *own] == site.home.names("grouping_group", "grouping", "group")
    assert [(f"Group {n}B", "TESTCOURSE2") for n in range(1, 5)] == site.home.names("grouping", "name", "course")[:4]
    filled = [(f"TC1_GR{n}", name) for n in range(1, 5) for name in sorted((f"ugr{n}", "ugr10"))]
    run = site.step("group_members", user="username")
    assert (8, 0, 0, 0, 4) == tuple(run["rows"][outcome] for outcome in OUTCOMES)
    assert {"group-elsewhere"} == {f["code"] for f in run["findings"]}
    back = (site.home.path / run["tryback"]).read_bytes().splitlines()
    assert (SAMPLES / "group_members.csv").read_bytes().splitlines()[-4:] == back[-4:]
    assert filled == site.home.names("group_member", "group", "user")
    assert (0, 8, 0, 0, 4) == site.rows("group_members", user="username")
    shifted = [("TC1_GR1", "ugr10"), ("TC1_GR1", "ugr4"), *((f"TC1_GR{n + 1}", f"ugr{n}") for n in (1, 2, 3))]
    assert (8, 0, 0, 0, 0) == site.rows("shift_group_members", user="username")
    assert shifted == site.home.names("group_member", "group", "user")
    assert (0, 8, 0, 0, 0) == site.rows("shift_group_members", user="username")
    for name, kind, count in (("groups_update", "group", 8), ("groupings_update", "grouping", 2)):
        numbers = site.home.names(kind, "idnumber")
        assert (count, 0, 0, 0, 0) == site.rows(name)
        assert (0, count, 0, 0, 0) == site.rows(name)
        described = site.home.names(kind, "name", "description")
        assert count == len([1 for called, told in described if called.endswith("Updated") and "pdated" in told])
        assert numbers == site.home.names(kind, "idnumber")
    assert (0, 10, 0, 0, 0) == site.rows("groups")


@pytest.mark.parametrize("called", ["", "export.csv"])
def test_only_their_samples_are_taken_for_groups_links_and_bindings(called):
    """By name and header, and by the header alone."""
    found = {"groups": [], "group_members": [], "metacourses": [], "cohort_bindings": []}
    for path in sorted(SAMPLES.glob("*.csv")):
        lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
        file = recognise(called or path.name, lines[0].split(";"), None)
        found.setdefault(file.object if file else "", []).append(path.stem)
    assert ["groupings_update", "groups", "groups_update"] == found["groups"]
    assert ["group_members", "shift_group_members"] == found["group_members"]
    assert ["course_metabindings_sample"] == found["metacourses"]
    assert ["cohort_bind_courses_sample"] == found["cohort_bindings"]


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

"""The real command files of the tool that syncd follows, where they lie beside the checkout: every step as required."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from syncd.dialects.moodle.dialect import MOODLE
from syncd.formats.recognition import recognise

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "moodle"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not beside the checkout")

SETTINGS = '[moodle]\nuser_identifier = "{user}"\ncohort_identifier = "{cohort}"\nforce_update = {update}\n'
OUTCOMES = ("applied", "unchanged", "skipped", "partial", "failed")
TEMPLATE = "shortname;fullname;idnumber;category\nTEMPLATE;T;TEMPLATEIDNUM;Miscellaneous\n"
MEMBERS = [
    *(("COH001", "amelie.dupont"), ("COH001", "john.doe"), ("COH002", "ggrass"), ("COH002", "jack.duf")),
    *(("COH003", "ggrass"), ("COH003", "yyang"), ("COH004", "ggrass"), ("COH004", "john.doe")),
    *(("COHGRP", f"ugr{n}") for n in (1, 10, 2, 20, 3, 30, 4, 40)),
]
GROUPED = [name for cohort, name in MEMBERS if cohort == "COHGRP"]
FOLLOWING = [(f"TESTCOURSE{n}", name, "student", "COHGRP") for n in (1, 2, 3) for name in GROUPED]
ENROLMENTS = [
    *(("TESTCOURSE1", name, "student") for name in ("ggrass", "jack.duf")),
    *(("TESTCOURSE1", "john.doe", "editingteacher"), ("TESTCOURSE1", "yyang", "student")),
    *(("TESTCOURSE2", name, "student") for name in ("ggrass", "jack.duf")),
    ("TESTCOURSE2", "john.doe", "editingteacher"),
    *(("TESTCOURSE3", "amelie.dupont", "editingteacher"), ("TESTCOURSE3", "jack.duf", "student")),
    ("TESTCOURSE3", "yyang", "student"),
]
ENROLLED_INTO = [
    *(("GROUP1A", name) for name in ("ggrass", "jack.duf", "john.doe", "yyang")),
    ("GROUP1B", "john.doe"),
    *(("GROUP2A", name) for name in ("jack.duf", "john.doe")),
    *(("GROUP2B", "john.doe"), ("GROUP3B", "jack.duf")),
]


class Site:
    """A home with the course that the samples find on a site, and the steps on it."""

    def __init__(self, home, database: str) -> None:
        self.home = home
        self._database = database
        self.configure()
        home.worked("first_courses.csv", TEMPLATE)

    def configure(self, user: str = "idnumber", cohort: str = "idnumber", update: str = "true", more: str = "") -> None:
        """Set the identifiers as the step wants them."""
        self.home.configure(self._database + SETTINGS.format(user=user, cohort=cohort, update=update) + more)

    def step(self, name: str, **settings: str) -> dict:
        """Work a sample; the archive must hold its bytes."""
        self.configure(**settings)
        data = (SAMPLES / f"{name}.csv").read_bytes()
        run = self.home.worked(f"{name}.csv", data)
        assert data == (self.home.path / run["archive"]).read_bytes()
        return run

    def rows(self, name: str, **settings: str) -> tuple[int, ...]:
        """Work a sample; return its rows by outcome."""
        return counts(self.step(name, **settings))

    def people(self) -> None:
        """Do steps 5 and 6."""
        assert (23, 0, 0, 0, 0) == self.rows("user_create_sample", user="username")
        assert (13, 0, 0, 0, 0) == self.rows("user_update_sample", user="username")

    def back(self, run: dict) -> list[bytes]:
        """Return the lines of a run's tryback."""
        return (self.home.path / run["tryback"]).read_bytes().splitlines()


def counts(run: dict) -> tuple[int, ...]:
    return tuple(run["rows"][outcome] for outcome in OUTCOMES)


def codes(run: dict, *rows: int) -> set[str]:
    return {f["code"] for f in run["findings"] if not rows or f["row"] in rows}


@pytest.fixture
def site(home, database) -> Site:
    return Site(home, database)


# what must stand after a step


def _courses(site: Site, run: dict) -> None:
    """Step 1: row 4 is there already and no reason for a tryback; row 5 alone is to be mended."""
    assert (4, "course-exists") == next((f["row"], f["code"]) for f in run["findings"] if f["severity"] == "info")
    back = site.back(run)
    assert [b"shortname;category;fullname;format;template", b"TESTCOURSE4"] == [back[0], back[1].partition(b";")[0]]
    assert ({"unknown-template"}, 2) == (codes(run, 5), len(back))
    assert 10 == len(site.home.names("course", "shortname"))
    assert [1] == [v for path, v in site.home.names("category", "path", "visible") if path == "Miscellaneous/Tests"]


def _new_categories(site: Site, _: dict) -> None:
    """Step 2: two more courses, each in a category of its own, under the one that was there."""
    courses = {name: rest for name, *rest in site.home.names("course", "shortname", "category", "format", "fullname")}
    assert 12 == len(courses)
    assert ["Miscellaneous/Tests", "weeks", "Test course for creation 2"] == courses["TESTCOURSE2"]
    assert ["Miscellaneous/TestsNew1", "topics", "Test course for creation 1"] == courses["TESTCOURSE11"]
    parts = ("", "/Tests", "/TestsNew", "/TestsNew1")
    assert [f"Miscellaneous{part}" for part in parts] == site.home.names("category", "path")


def _links(site: Site, run: dict) -> None:
    """Step 3: rows that name a course which is not there go back."""
    assert ({"unknown-course"}, {5, 6, 7}) == (codes(run), {f["row"] for f in run["findings"]})
    assert [b"master;meta", b"FAILED1;META10", b"MASTER1;FAILED1", b"FAILED1;FAILED2"] == site.back(run)
    links = [("MASTER1", "META10"), ("MASTER1", "META11"), ("MASTER2", "META20"), ("MASTER2", "META21")]
    assert links == site.home.names("meta_link", "master", "course")


def _reset(_: Site, run: dict) -> None:
    """Step 4: `all` is a yes, also for modules; what only a platform can do is named; grades `none` is not asked."""
    asked = sorted(f["message"].rpartition(": ")[2] for f in run["findings"] if f["code"] == "action-waits")
    assert [f"reset {name} (3)" for name in ("events", "local_roles", "logs", "modules", "notes")] == asked


def _people(site: Site, _: dict) -> None:
    """Step 5: names are kept as they are written, addresses may be shared."""
    people = {n: rest for n, *rest in site.home.names("user", "username", "email", "lastname", "country", "lang")}
    assert 23 == len(people)
    assert {"ugr1@foo.com", "u0gr1@foo.com"} <= {mail for mail, *_ in people.values()}
    assert ["Grass", "DE"] == people["ggrass"][1:3]


def _updated(site: Site, _: dict) -> None:
    """Step 6: idnumbers for 13, other addresses for the first five of them."""
    people = {name: rest for name, *rest in site.home.names("user", "username", "idnumber", "email", "lastname")}
    assert ["U0004", "ggrass@foobar.com", "Grass"] == people["ggrass"]
    assert ["UGR14", "u0gr1@foo.com", "Group4"] == people["ugr40"]
    numbers = [f"U000{n}" for n in range(1, 6)] + [f"UGR{n}" for n in (1, 11, 12, 13, 14, 2, 3, 4)]
    assert numbers == sorted(number for number, *_ in people.values() if number)
    assert 5 == sum(mail.endswith("@foobar.com") for _, mail, _ in people.values())


def _no_cohorts(site: Site, _: dict) -> None:
    """Steps 9 and 10."""
    assert [] == site.home.names("cohort", "name")


def _cohorts(site: Site, _: dict) -> None:
    """Step 8: they hold for the whole site."""
    numbers = ["COH001", "COH002", "COH003", "COH004", "COHGRP"]
    assert [(number, "") for number in numbers] == site.home.names("cohort", "idnumber", "context")


def _members(site: Site, _: dict) -> None:
    """Steps 11 and 13; the description is the first that is not empty."""
    assert MEMBERS == site.home.names("cohort_member", "cohort", "user")
    described = dict(site.home.names("cohort", "idnumber", "description"))
    assert ("Teacher Cohort 1", "Generated Cohort 2", "") == tuple(described[f"COH00{n}"] for n in (1, 2, 4))


def _freed(site: Site, _: dict) -> None:
    """Step 12: the cohorts stay."""
    assert (5, []) == (len(site.home.names("cohort", "name")), site.home.names("cohort_member", "cohort", "user"))


def _left(site: Site, _: dict) -> None:
    """Step 14: those of the grouped users stay."""
    assert MEMBERS[8:] == site.home.names("cohort_member", "cohort", "user")


def _bound(site: Site, _: dict) -> None:
    """Step 15: 6 bindings; who is in their cohorts is enrolled in their courses."""
    assert [
        *(("TESTCOURSE1", "COH001", "teacher"), ("TESTCOURSE1", "COHGRP", "student")),
        *(("TESTCOURSE2", "COH003", "student"), ("TESTCOURSE2", "COHGRP", "student")),
        *(("TESTCOURSE3", "COH002", "student"), ("TESTCOURSE3", "COHGRP", "student")),
    ] == site.home.names("cohort_binding", "course", "cohort", "role")
    assert FOLLOWING == site.home.names("enrolment", "course", "user", "role", "via")


def _enrolled(site: Site, run: dict) -> None:
    """Step 16: unknown groups leave their rows partial; the enrolments stand, those by cohort are not touched."""
    enrolled = site.home.names("enrolment", "course", "user", "role", "via", "method")
    assert ENROLMENTS == [(course, user, role) for course, user, role, via, _ in enrolled if not via]
    assert {"", "COHGRP"} == {via for *_, via, _ in enrolled}
    assert {("", "manual"), ("COHGRP", "cohort")} == {(via, method) for *_, via, method in enrolled}
    assert ENROLLED_INTO == site.home.names("group_member", "group", "user")
    assert "GROUP3A" in site.home.names("group", "name")
    assert [3, 4, 5, 5, 7, 8, 9] == [f["row"] for f in run["findings"] if f["code"] == "unknown-group"]


def _grouped(site: Site, _: dict) -> None:
    """Step 17: groups of the second course stand in groupings of their own."""
    own = [(f"TC2_GR{n}", f"TC2_GR{n}") for n in range(1, 5)]
    cited = [("GRPA", "TC1_GR1"), ("GRPA", "TC1_GR2"), ("GRPB", "TC1_GR3"), ("GRPB", "TC1_GR4")]
    assert [*cited, *own] == site.home.names("grouping_group", "grouping", "group")
    assert [(f"Group {n}B", "TESTCOURSE2") for n in range(1, 5)] == site.home.names("grouping", "name", "course")[:4]


def _in_groups(site: Site, run: dict) -> None:
    """Step 18: a group of another course is none of this one."""
    assert {"group-elsewhere"} == codes(run)
    assert (SAMPLES / "group_members.csv").read_bytes().splitlines()[-4:] == site.back(run)[-4:]
    filled = [(f"TC1_GR{n}", name) for n in range(1, 5) for name in sorted((f"ugr{n}", "ugr10"))]
    assert [*ENROLLED_INTO, *filled] == site.home.names("group_member", "group", "user")


def _shifted(site: Site, _: dict) -> None:
    """Step 19: the last of four shifts counts; who is in a group by an enrolments file stays there."""
    shifted = [("TC1_GR1", "ugr10"), ("TC1_GR1", "ugr4"), *((f"TC1_GR{n + 1}", f"ugr{n}") for n in (1, 2, 3))]
    assert [*ENROLLED_INTO, *shifted] == site.home.names("group_member", "group", "user")


def _described(kind: str, count: int) -> Callable[[Site, dict], None]:
    def check(site: Site, _: dict) -> None:
        """Steps 20 and 21: renamed and described anew, idnumbers kept."""
        told = site.home.names(kind, "name", "description")
        assert count == len([1 for name, text in told if name.endswith("Updated") and "pdated" in text])
        numbers = {"group": [f"TC{n}_GR{m}" for n in (1, 2) for m in range(1, 5)], "grouping": ["GRPA", "GRPB"]}
        assert set(numbers[kind]) <= set(site.home.names(kind, "idnumber"))

    return check


def _gone(site: Site, _: dict) -> None:
    """Step 22: no new account in place of a deleted one."""
    assert 20 == len(site.home.names("user", "username"))
    assert 23 == len(site.home.roster("user", deleted=True)["user"])


def _emptied(site: Site, _: dict) -> None:
    """Step 23: courses take along all that is in them; links of others stay."""
    assert 9 == len(site.home.names("course", "shortname"))
    kinds = ("enrolment", "role_assignment", "cohort_binding", "group", "grouping", "grouping_group", "group_member")
    assert {kind: [] for kind in kinds} == site.home.roster(*kinds)
    assert 4 == len(site.home.names("meta_link", "course"))


@dataclass(frozen=True, kw_only=True)
class Step:
    """A sample, its rows by outcome, those of its replay, its settings, and what must stand after each of both."""

    name: str
    first: tuple[int, int, int, int, int]
    again: tuple[int, int, int, int, int]
    settings: dict[str, str]
    stands: Callable[[Site, dict], None] | None = None
    stands_again: Callable[[Site, dict], None] | None = None


def _step(
    name: str, first: tuple, again: tuple, stands: Callable | None = None, *, only_first: bool = False, **settings: str
) -> Step:
    return Step(
        name=name,
        first=first,
        again=again,
        settings=settings,
        stands=stands,
        stands_again=None if only_first else stands,
    )


STEPS = (
    _step("course_create_sample", (9, 0, 1, 0, 1), (0, 9, 1, 0, 1), _courses, only_first=True, update="false"),
    _step("course_create_sample_newcats", (2, 0, 0, 0, 0), (0, 2, 0, 0, 0), _new_categories),
    _step("course_metabindings_sample", (4, 0, 0, 0, 3), (0, 4, 0, 0, 3), _links),
    _step("course_reset_sample", (3, 0, 0, 0, 0), (0, 3, 0, 0, 0), _reset, only_first=True),
    _step("user_create_sample", (23, 0, 0, 0, 0), (0, 23, 0, 0, 0), _people, user="username"),
    _step("user_update_sample", (13, 0, 0, 0, 0), (0, 13, 0, 0, 0), _updated, user="username"),
    _step("user_suspend_sample", (3, 0, 0, 0, 0), (0, 3, 0, 0, 0), _updated, user="username"),
    _step("cohort_create_only", (5, 0, 0, 0, 0), (0, 5, 0, 0, 0), _cohorts),
    _step("cohort_delete_only_by_name", (5, 0, 0, 0, 0), (0, 0, 0, 0, 5), _no_cohorts, cohort="name"),
    _step("cohort_create_only", (5, 0, 0, 0, 0), (0, 5, 0, 0, 0), _cohorts),
    _step("cohort_delete_only_by_idnumber", (5, 0, 0, 0, 0), (0, 0, 0, 0, 5), _no_cohorts),
    _step("cohort_create_sample", (16, 0, 0, 0, 0), (0, 16, 0, 0, 0), _members),
    _step("cohort_free_cohorts_by_idnumber", (5, 0, 0, 0, 0), (0, 5, 0, 0, 0), _freed),
    _step("cohort_add_members_by_idnumber", (16, 0, 0, 0, 0), (0, 16, 0, 0, 0), _members),
    _step("cohort_delete_members_by_idnumber", (8, 0, 0, 0, 0), (0, 8, 0, 0, 0), _left),
    _step("cohort_bind_courses_sample", (6, 0, 0, 0, 0), (0, 6, 0, 0, 0), _bound),
    _step("enrol_sample", (5, 0, 0, 6, 0), (0, 5, 0, 6, 0), _enrolled),
    _step("groups", (10, 0, 0, 0, 0), (0, 10, 0, 0, 0), _grouped),
    _step("group_members", (8, 0, 0, 0, 4), (0, 8, 0, 0, 4), _in_groups, user="username"),
    _step("shift_group_members", (8, 0, 0, 0, 0), (0, 8, 0, 0, 0), _shifted, user="username"),
    _step("groups_update", (8, 0, 0, 0, 0), (0, 8, 0, 0, 0), _described("group", 8)),
    _step("groupings_update", (2, 0, 0, 0, 0), (0, 2, 0, 0, 0), _described("grouping", 2)),
    _step("user_delete_sample", (3, 0, 0, 0, 0), (0, 3, 0, 0, 0), _gone, user="username"),
    _step("course_delete_sample", (3, 0, 0, 0, 0), (0, 0, 0, 0, 3), _emptied),
)


def test_every_step_in_order_gives_what_is_required_and_its_replay_changes_nothing(site):
    """The 23 steps of the samples on one site; the tenth makes the cohorts again before it deletes them."""
    for number, step in enumerate(STEPS):
        run = site.step(step.name, **step.settings)
        assert step.first == counts(run), (number, step.name, run["findings"])
        if step.stands:
            step.stands(site, run)
        before = site.home.roster(deleted=True)
        again = site.step(step.name, **step.settings)
        assert step.again == counts(again), (number, step.name, again["findings"])
        assert before == site.home.roster(deleted=True), (number, step.name)
        if step.stands_again:
            step.stands_again(site, again)
    # Rows that delete what is gone are said, and those of a plain list come back as they were sent.
    assert (SAMPLES / "course_delete_sample.csv").read_bytes() == (site.home.path / again["tryback"]).read_bytes()


def test_a_suspension_changes_nothing_else(site):
    """Step 7; and step 22 again says of each user that nobody is there to delete."""
    site.people()
    before = site.home.roster("user")["user"]
    site.step("user_suspend_sample", user="username")
    changed = [(a, b) for a, b in zip(before, site.home.roster("user")["user"], strict=True) if a != b]
    assert 3 == len(changed)
    for old, new in changed:
        assert old["fields"] | {"suspended": 1} == new["fields"]
    site.step("user_delete_sample", user="username")
    run = site.step("user_delete_sample", user="username")
    assert ["user-gone"] * 3 == [f["code"] for f in run["findings"]]


def test_courses_in_use_are_reset(site):
    """Step 4: roles, groups and groupings go, and with them who was in them."""
    site.people()
    site.step("course_create_sample", update="false")
    site.step("enrol_sample")
    site.step("groups")
    run = site.step("course_reset_sample")
    assert ("courses_reset", 3, 0) == (run["object"], run["rows"]["applied"], run["rows"]["failed"])
    kinds = ("enrolment", "role_assignment", "group", "grouping", "grouping_group", "group_member")
    assert {kind: [] for kind in kinds} == site.home.roster(*kinds)


def test_who_is_enrolled_follows_links_and_cohorts(site):
    """Steps 3 and 15, and what happens to members and masters afterwards."""
    site.people()
    for name in ("course_create_sample", "course_metabindings_sample", "cohort_create_sample"):
        site.step(name, update="false")
    site.step("cohort_delete_members_by_idnumber")
    site.step("cohort_bind_courses_sample")
    site.home.worked("enrols.csv", "cmd;cid;uid;rolename;enrol\nadd;MASTER1;U0001;student;manual\n")
    linked = [("MASTER1", ""), ("META10", "MASTER1"), ("META11", "MASTER1")]
    assert linked == site.home.names("enrolment", "course", "via")[:3]
    site.step("cohort_add_members_by_idnumber")
    assert 3 + 24 + 6 == len(site.home.names("enrolment", "user"))
    site.step("cohort_delete_members_by_idnumber")
    assert FOLLOWING == site.home.names("enrolment", "course", "user", "role", "via")[3:]
    site.step("cohort_delete_only_by_idnumber")
    assert (3, []) == (len(site.home.names("enrolment", "user")), site.home.names("cohort_binding", "role"))


@pytest.mark.parametrize("called", ["", "export.csv"])
def test_only_their_samples_are_taken_for_groups_links_and_bindings(called):
    """By name and header, and by the header alone."""
    found = {"groups": [], "group_members": [], "metacourses": [], "cohort_bindings": []}
    for path in sorted(SAMPLES.glob("*.csv")):
        lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
        file = recognise(MOODLE, called or path.name, lines[0].split(";"))
        found.setdefault(file.object if file else "", []).append(path.stem)
    assert ["groupings_update", "groups", "groups_update"] == found["groups"]
    assert ["group_members", "shift_group_members"] == found["group_members"]
    assert ["course_metabindings_sample"] == found["metacourses"]
    assert ["cohort_bind_courses_sample"] == found["cohort_bindings"]


def test_the_secondary_cohort_samples(site):
    """A blank idnumber is no conflict; `cid` stands for the configured key."""
    site.people()
    for outcomes in ((8, 0, 0, 0, 0), (0, 8, 0, 0, 0)):
        assert outcomes == site.rows("cohort_create_sample_by_name", cohort="name")
    cohorts = [("COHORT1", "COH001"), ("COHORT2", "COH002"), ("COHORT3", "COH003"), ("COHORT4", "")]
    assert cohorts == site.home.names("cohort", "name", "idnumber")
    assert 8 == len(site.home.names("cohort_member", "user"))
    assert (5, 0, 0, 0, 0) == site.rows("cohort_delete_sample", cohort="name")
    assert ["COHORT1", "COHORT2"] == site.home.names("cohort", "name")
    assert ["ggrass"] == site.home.names("cohort_member", "user")


def test_a_method_of_its_own_is_refused_until_courses_have_it(site):
    """Nine rows by the method `sync`: none is let through, none stops the run; the tryback finishes the work."""
    site.people()
    site.step("course_create_sample", update="false")
    run = site.step("enrol_sample_on_sync_method")
    assert ((0, 0, 0, 0, 9), {"unknown-method"}) == (counts(run), codes(run))
    methods = '[roster]\nmethods = ["manual", "self", "cohort", "meta", "sync"]\n'
    site.configure(more=methods)
    mended = site.home.worked(Path(run["tryback"]).name, (site.home.path / run["tryback"]).read_bytes())
    assert (9, 0) == (sum(counts(mended)), mended["rows"]["failed"])
    assert {"sync"} == set(site.home.names("enrolment", "method"))


@pytest.mark.parametrize(("user", "code"), [("idnumber", "username-differs"), ("username", "idnumber-taken")])
def test_the_chunks_of_a_large_update_come_by_one_feed(site, user, code):
    """One pass drains what fits the wildcard, by name; chunk 3 gives idnumbers of chunk 2 to other people."""
    site.people()
    feed = f'[[feed]]\nname = "chunks"\nfiles = "user_update_sample_chunk*.csv"\noptions.user_identifier = "{user}"\n'
    site.configure(more=feed)
    for n in (2, 3, 1):
        site.home.drop(f"user_update_sample_chunk{n}.csv", (SAMPLES / f"user_update_sample_chunk{n}.csv").read_bytes())
    with site.home.app() as app:
        first, second, third = (report.as_json() for report in app.sync().reports)
    assert [("chunks", f"user_update_sample_chunk{n}.csv") for n in (1, 2, 3)] == [
        (run["feed"], run["file"]) for run in (first, second, third)
    ]
    assert (5, 0) == (sum(counts(first)), first["rows"]["failed"])
    assert (2, 0, 0, 0, 0) == counts(second)
    assert ((0, 0, 0, 0, 2), {code}) == (counts(third), codes(third))
    tryback = (site.home.path / third["tryback"]).read_bytes()
    assert (SAMPLES / "user_update_sample_chunk3.csv").read_bytes() == tryback
    assert [("daniel.jack", "U0098"), ("jean.bambois", "U0099")] == [
        each for each in site.home.names("user", "username", "idnumber") if each[1] in ("U0098", "U0099")
    ]

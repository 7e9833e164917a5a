"""The kinds of record: what each is, what it is found by, and how it looks in JSON."""

from collections.abc import Mapping

from docs.generator import markdown
from docs.generator.markdown import code
from syncd.core.kinds import SPECS, Kind
from syncd.store.records import form

_INTRODUCTION = """\
In the order in which a pass makes them; it removes them in the opposite order. Behind `syncd roster show KIND` stands
the key as the JSON prints it, or anything that the record is *found by*. No two live records of a kind share what is
marked *unique*."""
_ABOUT: Mapping[Kind, str] = {
    Kind.CATEGORY: "A place in the tree of course categories",
    Kind.COURSE: "A course",
    Kind.META_LINK: "Who is in the master course is in the course",
    Kind.USER: "A person's account; `disabled` is what Moodle calls suspended",
    Kind.PICTURE: "The picture of a user, known by its digest",
    Kind.COHORT: "A set of users across courses",
    Kind.COHORT_MEMBER: "A user in a cohort",
    Kind.COHORT_BINDING: "Who is in the cohort is in the course, with this role",
    Kind.ENROLMENT: "A user in a course, by a method and with a role; `via` names the binding or link that makes it",
    Kind.ROLE_ASSIGNMENT: "A role in a course without an enrolment",
    Kind.GROUP: "A group within a course",
    Kind.GROUPING: "A set of groups of one course",
    Kind.GROUPING_GROUP: "A group in a grouping",
    Kind.GROUP_MEMBER: "A user in a group",
}


def page() -> str:
    """Return the page."""
    blocks = [_INTRODUCTION]
    for kind, spec in SPECS.items():
        key, fields = form(kind)
        found = [code(column.name) for column in spec.columns if column.identity]
        unique = [" + ".join(code(name.removesuffix("_id")) for name in names) for names in spec.unique]
        facts = [f"{_ABOUT[kind]}.", f"Key: {code(key)}."]
        facts += [f"Found by: id, {', '.join(found)}."] if found else []
        facts += [f"Unique: {', '.join(unique)}."] if unique else []
        facts += [f"Fields: {', '.join(map(code, fields))}."]
        blocks += [f"## {kind.value}", markdown.prose(" ".join(facts))]
    return markdown.page("Kinds of record", *blocks)

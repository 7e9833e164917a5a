"""The kinds of record: what each is, what it is found by, and how it looks in JSON."""

from docs.generator import markdown
from docs.generator.markdown import code
from syncd.dialects.registry import every_kind
from syncd.store.records import form

_INTRODUCTION = """\
In the order in which a pass makes them; it removes them in the opposite order. Behind `syncd roster show KIND` stands
the key as the JSON prints it, or anything that the record is *found by*. No two live records of a kind share what is
marked *unique*."""


def page() -> str:
    """Return the page."""
    blocks = [_INTRODUCTION]
    for kind, spec in every_kind().items():
        key, fields = form(kind)
        found = [code(column.name) for column in spec.columns if column.identity]
        unique = [" + ".join(code(name.removesuffix("_id")) for name in names) for names in spec.unique]
        facts = [f"{spec.about}.", f"Key: {code(key)}."]
        facts += [f"Found by: id, {', '.join(found)}."] if found else []
        facts += [f"Unique: {', '.join(unique)}."] if unique else []
        facts += [f"Fields: {', '.join(map(code, fields))}."]
        blocks += [f"## {kind.value}", markdown.prose(" ".join(facts))]
    return markdown.page("Kinds of record", *blocks)

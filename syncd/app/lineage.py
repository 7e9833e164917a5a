"""Where runs come from and what became of them: trybacks that are handed in, children, rows still open."""

from collections.abc import Sequence
from dataclasses import replace

from syncd.core.feeds import as_told
from syncd.core.lineage import lineages
from syncd.core.naming import original_name
from syncd.core.runs import Lineage, Run, Trigger
from syncd.store.store import Store

_REPORTS = "reports"


def linked(run: Run, store: Store) -> Run:
    """Return a new run with the run that it goes back to, if its file has the name of a tryback of this home.

    Mended or not, it is the same rows again: what was told of their file holds for them, unless told otherwise. Who
    names a file like the tryback of another data source gets no part in that.
    """
    # Trybacks have printable names; what is no text at all could not even be looked for.
    may_be = run.parent is None and run.file.isprintable() and original_name(run.file) != run.file
    tryback = f"{_REPORTS}/{run.file}"
    parent = store.run_of_tryback(tryback) if may_be else None
    mended = parent.of_tryback(tryback) if parent else None
    if parent is None or mended is None or (run.trigger is Trigger.SFTP and run.data_source != parent.data_source):
        return run
    told = as_told(parent.alone(mended))
    words = {name: value for name, value in told.items() if isinstance(value, str) and not getattr(run, name)}
    options = told["options"]
    before = options if isinstance(options, dict) else {}
    return replace(run, parent=parent.id, options={**before, **run.options}, **words)  # type: ignore[arg-type]


def lineages_of(runs: Sequence[Run], store: Store) -> dict[int, Lineage]:
    """Return what became of each of these runs, by its id."""
    children: dict[int, list[Run]] = {}
    generation = [run.id for run in runs]
    while generation:
        children.update({id: [] for id in generation})
        found = store.children(*generation)
        for child in found:
            children[child.parent or 0].append(child)
        generation = [child.id for child in found if child.id not in children]
    return lineages(runs, children)

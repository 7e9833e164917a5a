"""The little Markdown that the pages of the reference need."""

import textwrap
from collections.abc import Iterable, Sequence

NOTE = "*Written from the code by `make docs`; changes made by hand are lost.*"
_WIDTH = 118


def page(title: str, *blocks: str) -> str:
    """Return a page: its title, where it comes from, and blocks with an empty line between them."""
    return "\n\n".join([f"# {title}", NOTE, *(block for block in blocks if block)]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a bar in a cell is escaped, a line end becomes a space."""
    lines = [_line(head), "|" + "---|" * len(head), *map(_line, rows)]
    return "\n".join(lines)


def prose(text: str) -> str:
    """Return text in lines of readable length; paragraphs stay apart."""
    return "\n\n".join(textwrap.fill(part, _WIDTH, break_on_hyphens=False) for part in text.split("\n\n"))


def code(text: str) -> str:
    """Return text as code within a line; nothing for nothing."""
    if not text:
        return ""
    mark = "``" if "`" in text else "`"
    return f"{mark}{text}{mark}"


def block(text: str, language: str = "") -> str:
    """Return text as a block of code."""
    return "\n".join([f"```{language}", text.rstrip("\n"), "```"])


def _line(cells: Sequence[str]) -> str:
    tidy = (cell.replace("\n", " ").replace("|", "\\|") for cell in cells)
    return "| " + " | ".join(tidy) + " |"

"""What a letter says, once, and how it looks as text and as HTML. Both say the same words in the same order.

Whatever was sent by a stranger (a file name, a value, an answer of a server) is made harmless here: what cannot
be printed is spelled out, so that nothing breaks a line, turns the direction of writing or hides; HTML is escaped.
"""

import html
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from syncd.core.naming import shown

_WIDTH = 78
_STYLE = "font-family:system-ui,-apple-system,'Segoe UI',sans-serif;font-size:15px;line-height:1.45;color:#1b1b1b"
_HEAD = "font-size:18px;margin:0 0 12px;padding-left:10px;border-left:5px solid "
_TITLE = "font-size:15px;margin:18px 0 4px"
_CODE = "font-family:ui-monospace,Consolas,monospace;font-size:13px"
_PRE = f"{_CODE};background:#f3f3f1;padding:6px 10px;margin:4px 0;white-space:pre-wrap;overflow-wrap:anywhere"
_CELL = "padding:1px 14px 1px 0;vertical-align:top;text-align:"


class Tone(StrEnum):
    """How a letter is marked for the eye; the words say it, too."""

    GOOD = "#2e7d32"
    WAITS = "#b26a00"
    BAD = "#b3261e"


@dataclass(frozen=True, slots=True)
class Title:
    """What the next blocks are about."""

    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph; a `deep` one belongs to the one above it."""

    text: str
    deep: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A line to be copied into a terminal, or a path."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with their values; those without a value are left out."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows under column heads; all columns but those named in `left` are numbers and stand to the right."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: tuple[int, ...] = (0,)


Block = Title | Words | Command | Facts | Grid


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A letter's contents: what happened in a line, then the rest."""

    headline: str
    tone: Tone
    blocks: tuple[Block, ...]


def as_text(page: Page) -> str:
    """Return the page as plain text, folded for a mail reader; commands stand on one line."""
    lines = [*_fold(page.headline), ""]
    last: Block | None = None
    for block in page.blocks:
        begins = isinstance(block, Title) or (isinstance(block, Facts | Grid) and not isinstance(last, Title))
        if begins and lines[-1]:
            lines.append("")
        lines += _text(block)
        last = block
        if isinstance(block, Facts | Grid):
            lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def as_html(page: Page) -> str:
    """Return the page as HTML, with its own styles and nothing to be fetched."""
    blocks = "\n".join(map(_html, page.blocks))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"></head>\n'
        f'<body><div style="{_STYLE}">\n<h1 style="{_HEAD}{page.tone.value}">{_safe(page.headline)}</h1>\n'
        f"{blocks}\n</div></body></html>\n"
    )


def clipped(text: str, most: int) -> str:
    """Return a text in about so many characters, its middle left out where it is longer."""
    return text if len(text) <= most else f"{text[: most * 2 // 3].rstrip()} … {text[-(most // 3) :].lstrip()}"


def _text(block: Block) -> Iterator[str]:
    match block:
        case Title(text):
            yield from _fold(text)
        case Words(text, deep):
            yield from _fold(text, "      " if deep else "  ")
        case Command(text):
            yield f"    {shown(text)}"
        case Facts(pairs):
            told = [(name, value) for name, value in pairs if value]
            width = max((len(name) for name, _ in told), default=0) + 2
            for name, value in told:
                yield from _fold(f"{name:<{width}}{shown(value)}", "  ", hang=width)
        case Grid():
            yield from _aligned(block)


def _aligned(grid: Grid) -> Iterator[str]:
    rows = [tuple(map(shown, row)) for row in (grid.heads, *grid.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell.ljust(width) if place in grid.left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield f"  {'  '.join(cells)}".rstrip()


def _fold(text: str, indent: str = "", hang: int = 0) -> list[str]:
    safe = shown(text)
    if len(indent) + len(safe) <= _WIDTH:
        return [indent + safe]
    return textwrap.wrap(
        safe,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + " " * hang,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _html(block: Block) -> str:
    match block:
        case Title(text):
            return f'<h2 style="{_TITLE}">{_safe(text)}</h2>'
        case Words(text, deep):
            return f'<p style="margin:{"0 0 8px 22px;color:#4a4a4a" if deep else "4px 0"}">{_safe(text)}</p>'
        case Command(text):
            return f'<pre style="{_PRE}">{_safe(text)}</pre>'
        case Facts(pairs):
            rows = (
                f'<tr><td style="{_CELL}left;color:#5f5f5f">{_safe(name)}</td><td style="{_CELL}left">'
                f"{_safe(value)}</td></tr>"
                for name, value in pairs
                if value
            )
            return f'<table style="border-spacing:0;font-size:14px">{"".join(rows)}</table>'
        case Grid():
            return _html_table(block)


def _html_table(grid: Grid) -> str:
    def line(cells: tuple[str, ...], tag: str) -> str:
        written = (
            f'<{tag} style="{_CELL}{"left" if place in grid.left else "right"}">{_safe(cell)}</{tag}>'
            for place, cell in enumerate(cells)
        )
        return f"<tr>{''.join(written)}</tr>"

    rows = "\n".join([line(grid.heads, "th"), *(line(row, "td") for row in grid.rows)])
    return f'<table style="border-spacing:0;font-size:14px">\n{rows}\n</table>'


def _safe(text: str) -> str:
    return html.escape(shown(text), quote=True)

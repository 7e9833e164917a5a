"""The pages of the documentation, and what stands in them."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
_FENCE = re.compile(r"^(?P<fence>```+)(?P<language>[a-z]*)\n(?P<text>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Page:
    """One page: its path from the root of the project, and its text."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """The path as it is printed."""
        return str(self.path.relative_to(ROOT))

    @property
    def prose(self) -> str:
        """The text without blocks of code."""
        return _FENCE.sub("", self.text)

    def blocks(self, *languages: str) -> list[str]:
        """Return the blocks of code in these languages."""
        return [found["text"] for found in _FENCE.finditer(self.text) if found["language"] in languages]

    def code(self) -> list[str]:
        """Return what stands as code within lines, tables included."""
        return [part.replace("\\|", "|") for part in re.findall(r"`([^`\n]+)`", self.prose)]

    def anchors(self) -> set[str]:
        """Return what a link may name behind #, as forges make it of headings."""
        titles = re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def _pages() -> list[Page]:
    paths = [*sorted((ROOT / "docs").rglob("*.md")), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md"))]
    return [Page(path, path.read_text("utf-8")) for path in paths]


@pytest.fixture(scope="session")
def pages() -> list[Page]:
    """Give every page."""
    return _pages()


@pytest.fixture(params=_pages(), ids=lambda page: page.name)
def page(request: pytest.FixtureRequest) -> Page:
    """Give each page in turn."""
    found: Page = request.param
    return found

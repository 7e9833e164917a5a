"""`make docs` writes the pages of the reference; with --check it only says which of them are out of date."""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from docs.generator import command_files, commands, documents, findings, kinds, options, settings

REFERENCE = Path(__file__).resolve().parent.parent / "reference"
PAGES: Mapping[str, Callable[[], str]] = {
    "command-files.md": command_files.page,
    "commands.md": commands.page,
    "findings.md": findings.page,
    "json.md": documents.page,
    "kinds.md": kinds.page,
    "options.md": options.page,
    "settings.md": settings.page,
}


def main() -> int:
    """Write the pages, or compare them; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m docs.generator", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if a page is out of date")
    only_checking = parser.parse_args().check
    stale = []
    for name, page in PAGES.items():
        path, text = REFERENCE / name, page()
        if path.exists() and path.read_text("utf-8") == text:
            continue
        stale.append(name)
        if not only_checking:
            path.write_text(text, "utf-8")
    words = "out of date, write it anew with make docs" if only_checking else "written"
    sys.stdout.writelines(f"docs/reference/{name}: {words}\n" for name in stale)
    return int(only_checking and bool(stale))


if __name__ == "__main__":
    sys.exit(main())

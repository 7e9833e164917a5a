"""Run acceptance cases: `python -m cases [FOLDER]`. Prints a line a case; exits with 1 if any failed."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from cases import command_files
from cases.expecting import CaseError
from syncd.core.errors import SyncdError

OWN = Path(__file__).parent.parent / "tests" / "cases"
EXPECT = "expect.json"
FORMS = {"moodle": command_files.run}
"""What runs the cases of a dialect, which stand in folders `DIALECT/NN-name`; others are taken for command files."""


def main() -> int:
    """Run every case below a folder, or the one that it is."""
    parser = argparse.ArgumentParser(prog="python -m cases", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=OWN)
    folder = parser.parse_args().folder.resolve()
    console = Console(highlight=False, soft_wrap=True)
    cases = sorted(path.parent for path in folder.rglob(EXPECT))
    if not cases:
        console.print(f"there is no {EXPECT} below {folder}", markup=False)
        return 1
    failed = 0
    for case in cases:
        problems = list(problems_of(case))
        failed += bool(problems)
        console.print(f"{'failed' if problems else 'passed'}  {case.parent.name}/{case.name}", markup=False)
        for problem in problems:
            console.print(f"        {problem}", markup=False)
    console.print(f"{len(cases) - failed} passed, {failed} failed", markup=False)
    return int(failed > 0)


def problems_of(case: Path) -> Iterator[str]:
    """Yield what is not as a case expects it."""
    form = FORMS.get(case.parent.name, command_files.run)
    with TemporaryDirectory(prefix="syncd-case-") as home:
        try:
            yield from form(case, Path(home))
        except (CaseError, SyncdError, OSError) as error:
            yield str(error)


if __name__ == "__main__":
    sys.exit(main())

"""What a terminal shows."""

import re
from collections.abc import Callable

OnTerminal = Callable[..., str]
COLOUR = re.compile("\x1b\\[[0-9;]*m")
SHOW = ("-m", "syncd", "config", "show")
WIDTHS = (20, 40, 60, 250)
AT_WIDTHS = """
import fcntl, os, struct, sys, termios
from syncd.cli.main import main
for number, columns in enumerate(map(int, sys.argv[1:])):
    print("--next--" if number else "", flush=True)
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    if os.fork() == 0:
        sys.argv = ["syncd", "config", "show"]
        try:
            main()
        finally:
            sys.stdout.flush()
            os._exit(0)
    os.wait()
"""
"""Does `syncd config show` again and again, on a terminal that gets wider."""

KEPT = ("limits.group_member.removals.percent", "on_unknown_column", '"sqlite:///state/syncd.db"')
PROGRESS = """
from syncd.cli.screen import progress
with progress() as tell:
    tell("users.csv: reading", 0, 0)
    tell("users.csv: [bold]applying", 5, 20)
    tell("users.csv: [bold]applying", 20, 20)
print("done")
"""


def test_a_terminal_gets_a_table_with_colour(on_terminal: OnTerminal) -> None:
    """Rich draws it; long values fold instead of vanishing."""
    shown = on_terminal(*SHOW)
    assert COLOUR.search(shown)
    plain = COLOUR.sub("", shown)
    assert plain.startswith("setting")
    assert all(len(line) <= 100 for line in plain.splitlines())
    assert "frontpage = 8 }" in plain


def test_no_color_is_honoured(on_terminal: OnTerminal) -> None:
    """See no-color.org: whatever its value, if it has one. Bold is no colour."""
    shown = on_terminal("-m", "syncd", "runs", "show", "x", NO_COLOR="1") + on_terminal(*SHOW, NO_COLOR="1")
    assert not re.search("\x1b\\[[0-9;]*3[0-9]m", shown)
    assert "setting" in shown


def test_an_error_is_red_on_a_terminal_only_if_colour_is_wanted(on_terminal: OnTerminal) -> None:
    """The word Error stands there in any case."""
    words = ("-m", "syncd", "sync", "--dry-run")
    assert "\x1b[1;31mError:\x1b[0m " in on_terminal(*words)
    assert on_terminal(*words, NO_COLOR="1").startswith("Error: ")
    assert on_terminal(*words, TERM="dumb").startswith("Error: ")


def test_no_width_loses_a_setting_or_a_value(on_terminal: OnTerminal) -> None:
    """On a narrow terminal each row becomes a block of lines."""
    shown = COLOUR.sub("", on_terminal("-c", AT_WIDTHS, *map(str, WIDTHS))).split("--next--")
    for columns, part in zip(WIDTHS, shown, strict=True):
        together = re.sub(r"\s+", "", part)
        lost = [words for words in KEPT if words not in together]
        assert [] == lost, f"at {columns} columns"


def test_progress_shows_the_step_and_leaves_no_trace(on_terminal: OnTerminal) -> None:
    """Names out of files are shown as they are, markup and all."""
    shown = on_terminal("-c", PROGRESS)
    assert "[bold]applying 20 of 20" in COLOUR.sub("", shown)
    assert shown.rstrip().endswith("done")

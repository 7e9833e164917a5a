"""What people see where no terminal is."""

import pytest

from syncd.cli import screen


def test_columns_are_aligned_and_numbers_stand_right(capsys: pytest.CaptureFixture[str]) -> None:
    """Plain text that a pager, a mail and grep can use."""
    screen.table(("name", "rows"), [("a.csv", 5), ("long.csv", 1200)])
    assert "NAME      ROWS\na.csv        5\nlong.csv  1200\n" == capsys.readouterr().out


def test_a_table_without_rows_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """The command says in words that there is nothing."""
    screen.table(("name",), [])
    assert "" == capsys.readouterr().out


def test_a_long_table_has_one_heading_and_is_not_gathered(capsys: pytest.CaptureFixture[str]) -> None:
    """A million records are listed in the memory of a few."""
    seen = []

    def rows() -> object:
        for number in range(450):
            seen.append(number)
            yield (f"row {number}",)
            if number == 300:
                assert capsys.readouterr().out.startswith("NAME\nrow 0\n")

    screen.table(("name",), rows())  # type: ignore[arg-type]
    assert "NAME" not in capsys.readouterr().out
    assert 450 == len(seen)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("a\x9bb", "a\\u009bb"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("bad\udcff", "bad\\xff"),
        ("Åsa\n\tÖ", "Åsa\n\tÖ"),
    ],
)
def test_values_out_of_files_cannot_steer_the_terminal(text: str, shown: str) -> None:
    """A file name or a value comes from a stranger."""
    assert shown == screen.tidy(text)


def test_a_cell_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A line break in a value must not look like another row."""
    screen.table(("name",), [("a\nb",), (None,)])
    assert "NAME\na\\nb\n\n" == capsys.readouterr().out


def test_no_bar_is_drawn_where_no_terminal_is() -> None:
    """Logs of cron stay readable."""
    with screen.progress() as progress:
        assert progress is None

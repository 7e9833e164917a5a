"""Names of artefacts: what the contract says, and nothing that a sender's file name could do with them."""

from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncd.core.naming import (
    LIMIT,
    archive_name,
    harmless,
    original_name,
    report_names,
    shown,
    tryback_name,
)

STAMP = "20260921-063000"
LATER = "20260922-070102"

HOSTILE = [
    "../../etc/passwd",
    "a\nb.csv",
    "\x1b[2Jusers.csv",
    "users\u202evsc.exe",
    "100%.csv",
    "100%41.csv",
    ".hidden",
    "-rf.csv",
    "_private.csv",
    "..",
    "users.",
    "k\udce5r.csv",
    "C:\\temp\\users.csv",
    "å" * 127,
    "x" * 251 + ".csv",
    "\n" * 255,
    "a." + "b" * 250,
]
names = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=255))


def test_names_are_those_of_the_contract():
    """Scripts of other people look for them."""
    expected = (f"{STAMP}_users_userimport.csv.txt", f"{STAMP}_users_userimport.csv.json")
    assert expected == report_names(STAMP, "users", "userimport.csv")
    assert f"userimport_tryback_{STAMP}.csv" == tryback_name(STAMP, "userimport.csv")
    assert f"{STAMP}_userimport.csv" == archive_name(STAMP, "userimport.csv")


def test_a_number_stands_before_the_extension():
    """A program that opens files by their extension still finds it."""
    expected = (f"{STAMP}_users_userimport.csv-2.txt", f"{STAMP}_users_userimport.csv-2.json")
    assert expected == report_names(STAMP, "users", "userimport.csv", 2)
    assert f"userimport_tryback_{STAMP}-3.csv" == tryback_name(STAMP, "userimport.csv", 3)
    assert f"{STAMP}_userimport-2.csv" == archive_name(STAMP, "userimport.csv", 2)


@pytest.mark.parametrize(
    "file",
    [
        f"userimport_tryback_{STAMP}.csv",
        f"userimport_tryback_{STAMP}-2.csv",
        f"userimport_tryback_{STAMP}_tryback_{STAMP}-12.csv",
    ],
)
def test_a_tryback_of_a_tryback_keeps_one_suffix(file):
    """The tenth attempt at a file must not have ten dates in its name."""
    assert f"userimport_tryback_{LATER}.csv" == tryback_name(LATER, file)
    assert "userimport.csv" == original_name(file)


@pytest.mark.parametrize(
    "file", [f"_tryback_{STAMP}.csv", "tryback.csv", "a_tryback_2026.csv", f"x_tryback_{STAMP}.b.c"]
)
def test_a_name_that_only_resembles_a_tryback_is_kept(file):
    """What is not our suffix belongs to the sender's name."""
    assert file == original_name(file)


@pytest.mark.parametrize(
    ("expected", "file"),
    [
        (f"users_tryback_{STAMP}", "users"),
        (f"users_tryback_{STAMP}", "users."),
        (f"users.tar_tryback_{STAMP}.gz", "users.tar.gz"),
        (f"v1. final version_tryback_{STAMP}", "v1. final version"),
        (f"%2Ehidden_tryback_{STAMP}", ".hidden"),
        (f"%5Fusers_tryback_{STAMP}.csv", "_users.csv"),
        (f"%2Drf_tryback_{STAMP}.csv", "-rf.csv"),
        (f"%2E_tryback_{STAMP}", ".."),
        (f"%2E.%2Fpasswd_tryback_{STAMP}", "../passwd"),
        (f"ko 50%_tryback_{STAMP}.csv", "ko 50%.csv"),
        (f"ko%2541_tryback_{STAMP}.csv", "ko%41.csv"),
    ],
)
def test_a_tryback_can_be_dropped_again(expected, file):
    """A name that is hidden, or begins with an underscore, would stay in the drop folder for ever."""
    assert expected == tryback_name(STAMP, file)


@given(names)
@example("%41\n")
def test_percent_decoding_gives_a_name_back(file):
    """Two names never become one, and a person can find out what was sent."""
    file = file.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
    assert file.encode("utf-8", "surrogateescape") == unquote_to_bytes(harmless(file))


@given(names, st.integers(1, 1000))
def test_no_name_leaves_its_folder_or_breaks_a_line_or_is_too_long(file, number):
    """Whatever a stranger calls a file, the artefacts of its run can be written."""
    made = [
        *report_names(STAMP, "users", file, number),
        tryback_name(STAMP, file, number),
        archive_name(STAMP, file, number),
    ]
    for name in made:
        assert name.isprintable()
        assert not set("/\\") & set(name)
        assert LIMIT >= len(name.encode())
        assert not name.startswith((".", "_", "-"))


@given(names)
def test_the_tryback_of_a_tryback_is_called_after_the_same_file(file):
    """However often rows come back, the name neither grows nor changes but for its stamp."""
    first = tryback_name(STAMP, file)
    assert first.replace(STAMP, LATER) == tryback_name(LATER, first)


def test_a_name_that_is_too_long_keeps_extension_and_stays_apart_from_its_like():
    """Names that differ at their end only must not become the same one."""
    one, two = (archive_name(STAMP, "å" * 120 + end + ".csv") for end in "ab")
    assert one != two
    assert archive_name(STAMP, "å" * 120 + "a.csv") == one
    assert one.startswith(f"{STAMP}_{'å' * 100}")
    assert one.endswith(".csv")


def test_a_long_name_is_not_cut_within_an_escape():
    """Half an escape could not be decoded."""
    stem = archive_name(STAMP, "\x01" * 200).removeprefix(f"{STAMP}_").rpartition("~")[0]
    assert b"\x01" * (len(stem) // 3) == unquote_to_bytes(stem)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("kör 100 %.csv", "kör 100 %.csv"),
        ("a\\nb\\tc\\r", "a\nb\tc\r"),
        ("\\x1b[2J", "\x1b[2J"),
        ("\\u202evsc", "\u202evsc"),
        ("\\u00a0", "\u00a0"),
        ("k\\xe5r", "k\udce5r"),
        ("\\U000e0001", "\U000e0001"),
    ],
)
def test_what_cannot_be_printed_is_spelled(expected, text):
    """A file name must not steer the operator's terminal."""
    assert expected == shown(text)

"""Keys as one text, and back."""

import polars as pl

from syncd.core.kinds import SPECS, Kind
from syncd.frames.keys import key_beginnings, key_hashes, key_text

ENROLMENTS = pl.DataFrame(
    {"course_id": [1, 1], "user_id": [3, 3], "method": ["ma/nual", "self"], "role": ["a/b", "student"], "via": [0, 7]}
)


def test_a_key_is_its_parts_in_the_order_of_the_table() -> None:
    """The journal of changes is searched by it."""
    assert ["1/3/ma/nual/a/b/0", "1/3/self/student/7"] == ENROLMENTS.select(
        key_text(Kind.ENROLMENT)
    ).to_series().to_list()


def test_the_numbers_that_a_key_begins_with_are_found_whatever_follows() -> None:
    """A role may hold the separator; whoever looks records up compares the whole key."""
    texts = ENROLMENTS.select(key_text(Kind.ENROLMENT)).to_series()
    assert {"course_id": [1], "user_id": [3]} == key_beginnings(Kind.ENROLMENT, texts).to_dict(as_series=False)
    assert {"id": [7]} == key_beginnings(Kind.USER, pl.Series(["7", "7"])).to_dict(as_series=False)


def test_every_kind_has_a_key_that_begins_with_a_number() -> None:
    """Otherwise its changes could not be looked up."""
    for kind in SPECS:
        assert key_beginnings(kind, pl.Series([], dtype=pl.String)).width, kind


def test_the_hash_of_a_key_is_for_ever() -> None:
    """It is XXH64 of the text, as it stands in files; never 0, which means that no record is named."""
    users = pl.DataFrame({"id": [1, 12, None]}, schema={"id": pl.Int64()})
    links = pl.DataFrame({"cohort_id": [1, 11], "user_id": [11, 1]})
    found = [key_hashes(Kind.USER, users).tolist(), key_hashes(Kind.COHORT_MEMBER, links).tolist()]
    assert [[13237225503670494420, 6080128442901703586, 0], [11078161378689238138, 6709349467019295547]] == found
    assert 0 == found[0][2]

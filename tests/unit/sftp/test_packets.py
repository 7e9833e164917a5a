"""The packets of the protocol."""

import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.sftp import packets
from syncd.sftp.dropbox.refusal import missing
from syncd.sftp.packets import Attributes, Fields, MalformedError


@given(st.binary())
def test_no_bytes_make_a_reader_fail_otherwise_than_as_malformed(content):
    """What comes from outside may be anything."""
    for take in ("number", "large", "string", "text", "attributes"):
        fields = Fields(memoryview(content))
        try:
            getattr(fields, take)()
        except MalformedError:
            continue


@given(st.binary(max_size=200))
def test_names_come_and_go_as_the_same_bytes(name):
    """Names need not be text."""
    assert packets.data(name) == packets.text(Fields(memoryview(packets.data(name))).text())


def test_attributes_are_read_as_they_are_written():
    """Size, mode and times; everybody is user 0."""
    told = Attributes(size=5_000_000_000, mode=stat.S_IFREG | 0o640, accessed=1, modified=2)
    assert told == Fields(memoryview(told.packed())).attributes()


def test_times_beyond_the_protocol_are_its_last_one():
    """A file may be of the year 2200."""
    told = Attributes(size=0, mode=0o100640, accessed=-5, modified=1 << 40)
    read = Fields(memoryview(told.packed())).attributes()
    assert (0, 0xFFFFFFFF) == (read.accessed, read.modified)


def test_a_packet_that_ends_early_is_malformed():
    """Its length says more than there is."""
    with pytest.raises(MalformedError):
        Fields(memoryview(b"\0\0\0\x09abc")).text()


def test_a_status_tells_its_sentence_whatever_name_is_in_it():
    """A sentence must be UTF-8, a name need not."""
    packet = packets.status(7, missing("b\udce5r.csv"))
    assert b"there is no b\\xe5r.csv" in packet

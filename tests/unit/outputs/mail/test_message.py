"""A letter as a message: headers, encodings, attachments."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.outputs.mail.message import Attachment, Letter, Stationery, addressees, readdressed, written
from syncd.outputs.mail.page import Page, Tone, Words

NOW = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
PAPER = Stationery(sender="syncd@school.example", site="Norra skolan Åre", home="/srv/syncd", host="web01")
PAGE = Page(headline="h", tone=Tone.GOOD, blocks=(Words("Blåbär 日本 \u202e"),))


def letter(**changes):
    values = {"key": "run 12 failed", "to": ("it@school.example", "b@x.example"), "subject": "failed", "page": PAGE}
    return Letter(**(values | {"at": NOW} | changes))


def read(**changes):
    return message_from_bytes(written(letter(**changes), PAPER), policy=policy.default)


def test_a_message_is_seven_bit_with_crlf_and_short_lines():
    """Any server takes it as it is (RFC 5322); what is re-coded on the way may be damaged."""
    data = written(letter(attachments=(Attachment(name="räksmörgås.csv", content=bytes(range(256)) * 9),)), PAPER)
    assert data.isascii()
    assert data.count(b"\n") == data.count(b"\r\n")
    assert max(map(len, data.splitlines())) <= 998


def test_a_message_has_both_parts_and_says_that_a_machine_wrote_it():
    """An out-of-office reply to it would be answered by nobody (RFC 3834)."""
    message = read()
    assert ("auto-generated", "syncd@school.example") == (message["Auto-Submitted"], message["From"])
    assert "it@school.example, b@x.example" == message["To"]
    assert ["text/plain", "text/html"] == [part.get_content_type() for part in message.iter_parts()]
    assert "Blåbär 日本 \\u202e" in message.get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    "evil", ["a\r\nBcc: x@y", "a\nb", "a\x00b", "\u202efdp.exe", "\udcff", "<b>", "x" * 500, "ä" * 300]
)
def test_a_subject_is_one_line_whatever_the_file_is_called(evil):
    """A header that could be broken would let a sender of files send mail."""
    message = read(subject=f"failed: {evil}")
    assert message["Bcc"] is None
    subject = str(message["Subject"])
    assert subject.startswith("[syncd Norra skolan Åre] failed: ")
    assert subject.isprintable()
    assert len(subject) <= 210


@given(st.text())
def test_no_text_makes_another_header(text):
    """Whatever a stranger called his file."""
    plain, hostile = read(), read(subject=text, attachments=(Attachment(name=text or "x", content=b"1"),))
    assert set(plain.keys()) == set(hostile.keys())


def test_an_attachment_is_byte_for_byte_under_its_name():
    """A tryback that comes back changed would not replay."""
    data = b"username;f\xf6rnamn\r\n\x00\xff\n"
    files = (Attachment(name="räksmörgås \n.csv", content=data), Attachment(name="r.txt", content="rapport å\n"))
    table, text = read(attachments=files).iter_attachments()
    assert ("räksmörgås \\n.csv", data) == (table.get_filename(), table.get_content())
    assert ("r.txt", ["rapport å"]) == (text.get_filename(), text.get_content().splitlines())


def test_the_id_follows_from_the_occasion():
    """Sent twice after a crash, mail systems see that it is the same letter; another occasion has another."""
    assert read()["Message-ID"] == read(subject="other")["Message-ID"]
    assert read()["Message-ID"] != read(key="run 13 failed")["Message-ID"]
    assert read(key="all clear", answers="run 12 failed")["In-Reply-To"] == read()["Message-ID"]


def test_a_command_works_wherever_it_is_pasted():
    """The reader of the letter stands in no home."""
    paper = Stationery(sender="a@b", site="", home="/srv/my home", host="h")
    assert "syncd requeue 'reports/a b.csv' --home '/srv/my home'" == paper.command("requeue", "reports/a b.csv")
    assert "[syncd] ok" == paper.subject("ok")


ADDRESSES = st.lists(
    st.from_regex(r"[a-z][a-z0-9.+_-]{0,60}@[a-z]{1,40}\.example", fullmatch=True), min_size=1, max_size=12, unique=True
)


@given(ADDRESSES, ADDRESSES)
def test_a_message_that_goes_to_others_differs_in_nothing_else(before, after):
    """However many there are and however the line was folded; what mail systems know it by stays."""
    old = written(letter(to=tuple(before), attachments=(Attachment(name="a.csv", content="To: x@y\n"),)), PAPER)
    new = readdressed(old, tuple(after))
    assert (tuple(before), tuple(after)) == (addressees(old), addressees(new))
    assert written(letter(to=tuple(after)), PAPER).partition(b"Subject:")[0] == new.partition(b"Subject:")[0]
    assert old.partition(b"Subject:")[2] == new.partition(b"Subject:")[2]
    assert message_from_bytes(old)["Message-ID"] == message_from_bytes(new)["Message-ID"]

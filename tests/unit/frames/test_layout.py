"""What `read_layout` finds out about a file, and the sentence it gives where it cannot."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.core.errors import FileError
from syncd.frames import head as head_module
from syncd.frames.layout import Hints, Layout, read_layout

BOMS = {
    "utf-8": b"\xef\xbb\xbf",
    "utf-16-le": b"\xff\xfe",
    "utf-16-be": b"\xfe\xff",
    "utf-32-le": b"\xff\xfe\0\0",
    "utf-32-be": b"\0\0\xfe\xff",
}


def layout_of(data: bytes, **hints: object) -> Layout:
    return read_layout(io.BytesIO(data), Hints(**hints))  # type: ignore[arg-type]


def codes_of(data: bytes, **hints: object) -> list[str]:
    with pytest.raises(FileError) as problem:
        layout_of(data, **hints)
    return [finding.code for finding in problem.value.findings]


def test_header_is_the_first_line_that_is_neither_blank_nor_a_comment() -> None:
    """Exports begin with remarks; the row numbers must still agree with an editor."""
    found = layout_of(b"# nightly\n\n  \nusername;email\n# data\n")
    assert ("username", "email") == found.header
    assert (3, 5, 29) == (found.skipped, found.body_line, found.body)
    assert b"username;email\n" == found.header_bytes


def test_names_are_trimmed_and_unquoted() -> None:
    """A space after the delimiter made the original reject a whole file (W5)."""
    assert ("user name", 'a"b', "c;d") == layout_of(b' user name ;"a""b";"c;d" \n').header


@pytest.mark.parametrize("encoding", BOMS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_byte_order_mark_wins_over_the_declaration_and_stays_in_the_header_bytes(encoding: str, end: str) -> None:
    """A tryback must begin with the same mark, or the next reader takes another encoding."""
    header = f"prénom;nom{end}".encode(encoding)
    found = layout_of(BOMS[encoding] + header + f"é;b{end}".encode(encoding), encodings=("cp1252",))
    assert (encoding, BOMS[encoding]) == (found.encoding, found.bom)
    assert ("prénom", "nom") == found.header
    assert BOMS[encoding] + header == found.header_bytes
    assert end.encode(encoding) == found.terminator
    assert len(found.header_bytes) == found.body


@pytest.mark.parametrize("declared", ["utf-16", "utf-16-le", "UTF16"])
def test_utf_16_may_be_declared_where_there_is_no_mark(declared: str) -> None:
    """Some exporters leave the mark out."""
    found = layout_of("a;b\n1;2\n".encode("utf-16-le"), encodings=("utf-8", declared))
    assert ("utf-16-le", 2, ("a", "b")) == (found.encoding, found.unit, found.header)


def test_utf_16_without_mark_or_declaration_is_named() -> None:
    """The operator must learn what to declare."""
    with pytest.raises(FileError, match="utf-16-be without a byte-order mark"):
        layout_of("username;email\n".encode("utf-16-be"))


def test_first_encoding_that_decodes_the_whole_file_is_taken() -> None:
    """The header is mostly ASCII, so only the rows tell UTF-8 from cp1252."""
    rows = "a;b\n" + "x;y\n" * 300_000
    several = ("utf-8", "cp1252")
    assert "utf-8" == layout_of((rows + "é;é\n").encode(), encodings=several).encoding
    assert "cp1252" == layout_of((rows + "é;é\n").encode("cp1252"), encodings=several).encoding
    assert "cp1252" == layout_of(b"a;b\n\xc3", encodings=several).encoding


@pytest.mark.parametrize(
    ("rows", "declared", "expected"),
    [
        (["Zoé".encode(), b"No\xc3"], "cp1252", "utf-8"),
        (["Zoé".encode("cp1252"), "Noé".encode()], "cp1252", "utf-8"),
        (["Zoé".encode("cp1252"), b"Noe"], "cp1252", "cp1252"),
        (["中文".encode("gbk"), "Â°".encode("latin-1")], "gbk", "gbk"),
        (["中文".encode("gbk"), "中文".encode()], "gbk", "utf-8"),
        (["Zoé".encode(), b"\x81\xff"], "gbk", "utf-8"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r"])
def test_one_line_of_utf_8_makes_a_file_of_utf_8_where_the_declared_codec_fits_anything(
    rows: list[bytes], declared: str, expected: str, end: str
) -> None:
    """One cut character turned every name of the file into another; a codec of several bytes proves itself."""
    data = end.encode().join([b"a", *rows])
    assert expected == layout_of(data, encodings=("utf-8", declared)).encoding


def test_only_encoding_holds_even_if_a_row_does_not_fit() -> None:
    """One broken row must not change the reading of all others."""
    assert "utf-8" == layout_of(b"a;b\n\xe9;1\n").encoding


@pytest.mark.parametrize("encoding", ["utf-7", "hz", "iso-2022-jp", "cp500", "rot13", "no-such-codec", "idna"])
def test_encodings_that_cannot_be_cut_are_refused(encoding: str) -> None:
    """A line end or quote inside a longer sequence would cut rows in the middle."""
    assert ["encoding-unsupported"] == codes_of(b"a;b\n", encodings=(encoding,))


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "iso-8859-15", "shift_jis", "gb18030", "big5", "koi8-r"])
def test_codecs_that_contain_ascii_are_read(encoding: str) -> None:
    """Schools send what their system was installed with."""
    assert ("a", "b") == layout_of(b"a;b\n", encodings=(encoding,)).header


def test_delimiter_that_is_part_of_characters_is_refused() -> None:
    """In GB 18030 the byte of a vertical bar also ends other characters."""
    assert ["encoding-unsupported"] == codes_of(b"a|b\n", encodings=("gb18030",), delimiter="|")


def test_undecodable_header_says_what_it_looks_like() -> None:
    """The first thing to try should stand in the sentence."""
    header = "prénom;nom de famille;adresse électronique;établissement\n".encode("cp1252")
    with pytest.raises(FileError, match="not utf-8 text; it looks like cp1252"):
        layout_of(header)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"PK\x03\x04....xl/workbook.xml", "xlsx"),
        (b"PK\x03\x04....", "zip"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
        (b"\x01\0\x02\0\0\0\0\n\x03\0\0\0", "NUL"),
        (b"a;\0b\nsome text that is much longer than the NUL\n", "NUL"),
    ],
)
def test_binary_files_are_refused_with_a_guess(data: bytes, kind: str) -> None:
    """The spreadsheet itself is the likeliest wrong file."""
    with pytest.raises(FileError, match=kind) as problem:
        layout_of(data)
    assert "file-binary" == problem.value.findings[0].code


def test_a_nul_in_a_row_does_not_make_the_file_binary() -> None:
    """One damaged row is the matter of that row."""
    assert ("a", "b") == layout_of(b"a;b\nx\0;1\n").header


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\n\n", b"# only\n#remarks", b"  \r\n\t", b"\xff\xfe\n\0"])
@pytest.mark.parametrize("has_header", [True, False])
def test_files_without_content_are_empty(data: bytes, has_header: bool) -> None:
    """The original waited for ever on them (W6)."""
    assert ["file-empty"] == codes_of(data, has_header=has_header)


@pytest.mark.parametrize("data", [b"a;b", b"a;b\n", b"a;b\r\n"])
def test_header_alone_is_a_file_of_no_rows(data: bytes) -> None:
    """A night without changes is legal."""
    found = layout_of(data)
    assert (("a", "b"), len(data)) == (found.header, found.body)


def test_header_has_no_longest_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """A set of columns per course makes headers of many kilobytes; 1 KB cut them before (W5)."""
    names = tuple(f"course{number}" for number in range(30_000))
    assert names == layout_of(";".join(names).encode() + b"\nx\n").header
    monkeypatch.setattr(head_module, "LINE_LIMIT", 100_000)
    assert ["header-missing"] == codes_of(b"x" * 300_000)


@pytest.mark.parametrize("delimiter", [";", ",", "\t", ":"])
def test_delimiter_with_most_known_names_is_found(delimiter: str) -> None:
    """A name may hold another delimiter; the known names decide."""
    header = delimiter.join(["username", "a b", "email"]) + (" ,x,x,x,x" if delimiter != "," else " ;x;x;x;x")
    found = layout_of(header.encode(), known=frozenset({"username", "a b"}))
    assert delimiter == found.delimiter


def test_delimiter_with_most_columns_is_found_where_none_is_known() -> None:
    """Nothing else is left to decide by."""
    assert "," == layout_of(b"a,b,c;d\n").delimiter


def test_single_column_needs_no_delimiter() -> None:
    """A file of user names is one column."""
    found = layout_of(b"username\nx\n", delimiter=",")
    assert (("username",), ",") == (found.header, found.delimiter)


def test_declared_delimiter_that_does_not_split_is_a_sentence() -> None:
    """Else every column would be missing, and nobody knew why."""
    with pytest.raises(FileError, match=r"not separated by ';' but, it seems, by ','"):
        layout_of(b"username,email\n", delimiter=";")
    assert ["header-separator"] == codes_of(b"username\temail\n", delimiter=";")


def test_names_must_be_there_and_differ() -> None:
    """The last of two same names won before, silently; all problems are told at once."""
    assert ["header-empty-name", "header-duplicate"] == codes_of(b"Mail;;mail\n")
    assert ["header-empty-name"] == codes_of(b"a;;b;\n")


@pytest.mark.parametrize("header", [b"a;b;\n", b"a;b;;\n", b'a;b; ;""\n', "a;b;\u00a0;\u200b\n".encode()])
def test_columns_without_a_name_at_the_end_of_the_header_are_left_out(header: bytes) -> None:
    """Deleted columns of a spreadsheet leave them; a tryback keeps them as they were."""
    found = layout_of(header + b"1;2;;\n")
    assert (("a", "b"), header.count(b";") - 1, header) == (found.header, found.unnamed, found.header_bytes)


def test_open_quote_in_the_header_is_a_sentence() -> None:
    """It would take the rows for names."""
    assert ["row-quote"] == codes_of(b'a;"b\n1;2\n')


@pytest.mark.parametrize(
    ("data", "terminator"),
    [
        (b"a;b\rc;d\r", b"\r"),
        (b"a;b\r\nc\rd\n", b"\r\n"),
        (b"a;b\rx;y\nc", b"\r"),
        (b"a;b\nx\rc\nd", b"\n"),
        (b"a;b\r", b"\r"),
        (b"a;b\r\nc;d\ne;f\n", b"\n"),
        (b"a;b", b"\n"),
    ],
)
def test_the_header_ends_at_the_first_line_end_of_any_kind(data: bytes, terminator: bytes) -> None:
    """Moodle's reader takes all three in one file."""
    found = layout_of(data)
    assert (terminator, ("a", "b")) == (found.terminator, found.header)


@pytest.mark.parametrize(
    ("line", "delimiter"), [("sep=;", ";"), ('"sep=,"', ","), ("SEP=\t", "\t"), ("sep=\\t", "\t"), ("sep=|;;", "|")]
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_line_that_declares_the_delimiter_is_believed_and_kept(line: str, delimiter: str, mark: str) -> None:
    """Spreadsheet programs write it for each other; the tryback must begin with it."""
    head = f"{mark}{line}\r\n"
    header = delimiter.join(["user,name", "e;mail"]) + "\r\n" if delimiter not in ";," else f"a{delimiter}b\r\n"
    found = layout_of((head + header).encode())
    assert (delimiter, 2, (head + header).encode()) == (found.delimiter, len(found.header), found.header_bytes)
    assert 3 == found.body_line


def test_a_list_may_begin_with_its_delimiter() -> None:
    """It is no identifier."""
    found = layout_of(b"sep=;\nANAT1;x\n", has_header=False)
    assert (b"sep=;\n", (), 6, 2) == (found.header_bytes, found.header, found.body, found.body_line)


def test_list_begins_at_its_first_identifier() -> None:
    """Delete and check lists have no header."""
    found = layout_of(b"# gone\n\nANAT1;first\n", has_header=False)
    assert ((), b"", 8, 3, 2) == (found.header, found.header_bytes, found.body, found.body_line, found.skipped)
    assert ";" == found.delimiter


def test_list_with_the_name_of_an_identifier_has_a_header() -> None:
    """People put one there; it is no course to delete."""
    found = layout_of(b'"ShortName"\r\nANAT1\r\n', has_header=False, identifier_names=frozenset({"shortname"}))
    assert (("ShortName",), 13, 2) == (found.header, found.body, found.body_line)
    assert b'"ShortName"\r\n' == found.header_bytes


def test_comma_in_an_undeclared_list_is_part_of_the_identifier() -> None:
    """`Smith, John` must never delete the course `Smith`."""
    assert ";" == layout_of(b"Smith, John\n", has_header=False).delimiter


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.booleans())
def test_any_bytes_give_a_layout_or_a_sentence(data: bytes, has_header: bool) -> None:
    """Bad input gets a sentence, never a traceback."""
    try:
        found = layout_of(data, has_header=has_header, encodings=("utf-8", "cp1252"))
    except FileError as problem:
        sentences = [finding.message for finding in problem.findings]
    else:
        sentences = ["".join(found.header) or "a list"]
        assert data[: len(found.bom)] == found.bom
        assert data[: found.body].endswith(found.header_bytes[len(found.bom) :])
    assert all(sentences)

"""Files as people send them: a value is stored as its sender meant it, or its row fails and says why (promise 11)."""

from dataclasses import dataclass

USERS = "username;firstname;lastname"
ENROLS = "cmd;cid;uid;rolename;enrol"
NO_DATES = "".join(f"add;ANAT1;mleroux;student;manual;{day}\n" for day in ("0001-01-01", "1899-12-30", "1970-01-01"))
SEED = (
    ("uploadcourses.csv", "shortname;fullname;visible\nANAT1;Anatomy 1;1\nANAT2;Anatomy 2;0\n"),
    (
        "userimport.csv",
        "username;firstname;lastname;email;idnumber;city;department\n"
        "mleroux;Maud;Lérôux;maud@example.org;H100;Lyon;Ward 1\npdupont;Zoé;Dupont;zoe@example.org;H101;Lyon;Ward 2\n",
    ),
)


@dataclass(frozen=True)
class Case:
    """A file on a home with ANAT1, ANAT2 and the users mleroux and pdupont, and what must come of it.

    outcomes: rows applied, unchanged and failed. codes: its findings. stored: fields of records afterwards, by
    kind and the value of their first field. tryback: the bytes that come back, "" for none.
    """

    name: str
    file: str
    content: str | bytes
    outcomes: tuple[int, int, int]
    codes: tuple[str, ...] = ()
    stored: tuple[tuple[str, tuple[str, ...], tuple[object, ...]], ...] = ()
    tryback: str | bytes = ""
    settings: str = ""
    absent: tuple[tuple[str, str, str], ...] = ()


def users(*fields: str) -> tuple[str, tuple[str, ...]]:
    return "user", ("username", *fields)


CASES = (
    Case(
        "one cut character leaves the other rows of a UTF-8 file alone",
        "userimport.csv",
        f"{USERS}\nmleroux;Maud;Lérôux\npdupont;Zoé;Dupont\n".encode() + b"nnew;No\xc3;Cut\n",
        (0, 2, 1),
        ("row-encoding",),
        ((*users("lastname"), ("mleroux", "Lérôux")),),
        f"{USERS}\n".encode() + b"nnew;No\xc3;Cut\n",
        'encoding = "cp1252"',
    ),
    Case(
        "a file of the declared encoding is read by it",
        "userimport.csv",
        f"{USERS}\nrene;René;Öst\n".encode("cp1252"),
        (1, 0, 0),
        (),
        ((*users("firstname", "lastname"), ("rene", "René", "Öst")),),
        settings='encoding = "cp1252"',
    ),
    Case(
        "a damaged name takes the place of no good one",
        "userimport.csv",
        f"{USERS};city\nmleroux;Maud;LÃ©rÃ´ux;Nice\npdupont;Zo\ufffd;Dupont;Lyon\n",
        (1, 1, 0),
        ("value-damaged", "value-damaged"),
        ((*users("lastname", "city"), ("mleroux", "Lérôux", "Nice")), (*users("firstname"), ("pdupont", "Zoé"))),
    ),
    Case(
        "what differs only in composition and invisible characters changes nothing",
        "userimport.csv",
        "\u200busername;firstname\u00a0;lastname;city\nmleroux;Maud;Le\u0301ro\u0302ux;\u00a0Nice\u200b\n"
        "pdupont\u2060;\u00adZoe\u0301;Dupont;Lyon\ufeff\n",
        (0, 2, 0),
    ),
    Case(
        "a short row leaves what it leaves out",
        "userimport.csv",
        f"{USERS};city;department;description\nmleroux;Maud;Lérôux\n",
        (0, 1, 0),
        (),
        ((*users("city", "department"), ("mleroux", "Nice", "Ward 1")),),
    ),
    Case(
        "a last row that is short and has no line end may be cut",
        "userimport.csv",
        f"{USERS};city;department\npdupont;Zoé;Dupont;Lyon",
        (0, 0, 1),
        ("row-cut",),
        ((*users("department"), ("pdupont", "Ward 2")),),
        f"{USERS};city;department\npdupont;Zoé;Dupont;Lyon",
    ),
    Case(
        "text behind a closing quote fails its row and moves no column",
        "userimport.csv",
        f'department;{USERS}\n"Lab 5\\"";"mleroux";"Maud";"Martin"\n"Lab 6";"pdupont";"Zoé";"Dupont"\n',
        (1, 0, 1),
        ("row-backslash",),
        ((*users("department"), ("mleroux", "Ward 1")), (*users("department"), ("pdupont", "Lab 6"))),
        f'department;{USERS}\n"Lab 5\\"";"mleroux";"Maud";"Martin"\n',
    ),
    Case(
        "with the option a backslash escapes",
        "userimport.csv",
        f'{USERS};description\n"mleroux";"Maud \\"Mo\\"";"Lérôux";"C:\\\\x"\npdupont;Zoé;Dupont;\\N\n',
        (1, 1, 0),
        (),
        ((*users("firstname", "description"), ("mleroux", 'Maud "Mo"', "C:\\x")),),
        settings="quote_escape = \"backslash\"\nnull = '\\N'",
    ),
    Case(
        "spaces around quotes belong to no value",
        "userimport.csv",
        f'{USERS};city\n "mleroux" ; "Maud";"Lérôux" ; "Nice; Côte"\n',
        (1, 0, 0),
        (),
        ((*users("firstname", "city"), ("mleroux", "Maud", "Nice; Côte")),),
    ),
    Case(
        "a quoted value that holds whole rows is refused by name",
        "userimport.csv",
        f'{USERS}\nmleroux;"Maud;Martin\npdupont;Zoé;Martin\nanew;Anna";New\n',
        (0, 0, 1),
        ("row-swallowed",),
        ((*users("lastname"), ("pdupont", "Dupont")),),
        f'{USERS}\nmleroux;"Maud;Martin\npdupont;Zoé;Martin\nanew;Anna";New\n',
    ),
    Case(
        "with the option quotes are characters",
        "userimport.csv",
        f'{USERS};city\nmleroux;"Maud;Lérôux;5" main\n',
        (1, 0, 0),
        (),
        ((*users("firstname", "city"), ("mleroux", '"Maud', '5" main')),),
        settings="quoting = false",
    ),
    Case(
        "a line feed inside a value of a CR LF file fails both halves of the row",
        "userimport.csv",
        f"{USERS};city;department\r\nmleroux;Maud;Lérôux;Main\nStreet;Ward 9\r\npdupont;Zoé;Dupont;Lyon;Ward 9\r\n",
        (1, 0, 1),
        ("row-broken",),
        ((*users("department"), ("mleroux", "Ward 1")), (*users("department"), ("pdupont", "Ward 9"))),
        f"{USERS};city;department\r\nmleroux;Maud;Lérôux;Main\nStreet;Ward 9\r\n",
    ),
    Case(
        "CR ends lines among others",
        "userimport.csv",
        f"{USERS}\r\nanna;Anna;New\rben;Ben;New\rcleo;Cleo;New\r",
        (3, 0, 0),
    ),
    Case(
        "lines that end in CR may hold a quoted line feed",
        "userimport.csv",
        f'{USERS};description\ranna;Anna;New;"Storgatan 1\nLund"\rben;Ben;New;x\r',
        (2, 0, 0),
        (),
        ((*users("description"), ("anna", "Storgatan 1\nLund")),),
    ),
    Case(
        "lines of spreadsheets, database clients and cat are passed over",
        "userimport.csv",
        f'sep=;\r\n{USERS};;\r\n--------;---------;--------\r\nanna;Anna;New;;\r\n;;;;\r\n"";" ";""\r\n\u00a0\r\n'
        f"{USERS};;\r\nben;Ben;New\r\nx;Eve\r\n\r\n(2 rows affected)\r\n\x1a",
        (0, 2, 1),
        ("value-required", "lines-skipped", "header-unnamed"),
        (),
        f"sep=;\r\n{USERS};;\r\nx;Eve\r\n",
        absent=(("user", "username", "username"), ("user", "username", "--------")),
    ),
    Case(
        "a value behind the last named column fails its row",
        "userimport.csv",
        f"{USERS}\nanna;Anna;New;\nben;Ben;New;x\n",
        (0, 1, 1),
        ("row-columns",),
        tryback=f"{USERS}\nben;Ben;New;x\n",
    ),
    Case(
        "day numbers, years and small numbers are no times, and an offset is read",
        "enrols.csv",
        f"{ENROLS};starttime;endtime\nadd;ANAT1;mleroux;student;manual;;46266\nadd;ANAT2;mleroux;student;manual;;2026\n"
        "add;ANAT2;pdupont;student;manual;2026-09-01T08:00:00.5+02:00;2026-08-01T00:00:00Z\n",
        (1, 0, 2),
        ("value-date", "value-date", "end-before-start"),
        (("enrolment", ("user", "starttime", "endtime"), ("pdupont", 1788242400, 1785542400)),),
        f"{ENROLS};starttime;endtime\nadd;ANAT1;mleroux;student;manual;;46266\n"
        "add;ANAT2;mleroux;student;manual;;2026\n",
    ),
    Case(
        "false may be written as nothing, so a new course is not made visible by it",
        "uploadcourses.csv",
        "shortname;fullname;visible\nANAT1;Anatomy 1;t\nANAT2;Anatomy 2;\nANAT3;Anatomy 3;\n",
        (0, 2, 1),
        ("flag-unclear", "flag-unclear-new"),
        (("course", ("shortname", "visible"), ("ANAT2", 0)),),
        "shortname;fullname;visible\nANAT3;Anatomy 3;\n",
    ),
    Case(
        "unless an option says what empty means",
        "uploadcourses.csv",
        "shortname;fullname;visible\nANAT1;Anatomy 1;1.0\nANAT3;Anatomy 3;\n",
        (1, 1, 0),
        (),
        (("course", ("shortname", "visible"), ("ANAT3", 0)),),
        settings='empty_flag_means = "no"',
    ),
    Case(
        "NO MAIL means none only as the whole value",
        "userimport.csv",
        f'{USERS};email\npdupont;Zoé;Dupont;NOMAILER@example.org\nmleroux;"Maud";Lérôux;no mail\n',
        (2, 0, 0),
        (),
        ((*users("email"), ("pdupont", "NOMAILER@example.org")), (*users("email"), ("mleroux", ""))),
    ),
    Case(
        "a repeated header is no row, padded, quoted, marked or ended by a delimiter",
        "userimport.csv",
        "username ;firstname ; lastname\numa;Uma;One\nusername ;firstname ; lastname\n"
        "\ufeffusername;firstname;lastname\n"
        'ulf;Ulf;Two\nUSERNAME;"FirstName";lastname\nusername;firstname;lastname;\n\ufeff"una";"U;na";Three\n',
        (3, 0, 0),
        ("lines-skipped",),
        ((*users("firstname"), ("una", "U;na")),),
        absent=(("user", "username", "username"),),
    ),
    Case(
        "rows between two bare quotes are not swallowed, short or blank ones among them",
        "userimport.csv",
        f'{USERS};city;description\nvera;"V;era";One;L;"4 inch\nvito;Vito;Two\n\nvala;Vala;Three;M;5"\n'
        'vivi;Vivi;"A\nB";L;x; y\n',
        (0, 0, 2),
        ("row-swallowed", "row-columns"),
        tryback=f'{USERS};city;description\nvera;"V;era";One;L;"4 inch\nvito;Vito;Two\n\nvala;Vala;Three;M;5"\n'
        'vivi;Vivi;"A\nB";L;x; y\n',
    ),
    Case(
        "a row that may be shifted fails: a number before it, or a delimiter in a value without quotes",
        "userimport.csv",
        "username,firstname,lastname,city\n1,wim,Wim,One,\nwout,Dupont, Jr,Two,\nwies,Wies,Three,Four,\n",
        (1, 0, 2),
        ("row-columns", "row-columns"),
        tryback="username,firstname,lastname,city\n1,wim,Wim,One,\nwout,Dupont, Jr,Two,\n",
        absent=(("user", "username", "1"), ("user", "username", "wout")),
    ),
    Case(
        "a line feed in the first value of a CRLF file fails both halves",
        "userimport.csv",
        f"{USERS}\r\nxa\nvi;Xavi;One\r\nxena;Xena;Two\r\n",
        (1, 0, 1),
        ("row-broken",),
        tryback=f"{USERS}\r\nxa\nvi;Xavi;One\r\n",
        absent=(("user", "username", "vi"),),
    ),
    Case(
        "rows that all end otherwise than the header are rows, short ones too",
        "userimport.csv",
        f"{USERS};city;department\r\nyan;Yan;One\nyves;Yves;Two\n",
        (2, 0, 0),
    ),
    Case(
        "a backslash at the end of a row may escape the line end",
        "userimport.csv",
        "username\tfirstname\tlastname\tdescription\nzara\tZara\tOne\tline\\\nline2\nzeno\tZeno\tTwo\tx\n",
        (1, 0, 2),
        ("row-backslash-end", "value-required", "value-required"),
        tryback="username\tfirstname\tlastname\tdescription\nzara\tZara\tOne\tline\\\nline2\n",
        absent=(("user", "username", "zara"),),
    ),
    Case(
        "dates that programs write for no date are none",
        "enrols.csv",
        f"{ENROLS};endtime\n{NO_DATES}",
        (0, 0, 3),
        ("value-date",) * 3,
        tryback=f"{ENROLS};endtime\n{NO_DATES}",
    ),
    Case(
        "an enrolment in two rows is said, and the later row counts",
        "enrols.csv",
        f"{ENROLS};endtime\nadd;ANAT2;pdupont;student;manual;2027-01-01\nadd;ANAT2;pdupont;student;manual;2028-01-01T00:00Z\n",
        (2, 0, 0),
        ("value-overridden",),
        (("enrolment", ("user", "endtime"), ("pdupont", 1830297600)),),
    ),
    *(
        Case(
            f"what an empty flag means is asked of all rows, {night}",
            "userimport.csv",
            f"{USERS};suspended\nabel;Abel;One;1\nadam;Adam;Two;\n",
            (applied, 1 - applied, 1),
            ("flag-unclear", "flag-unclear-new"),
            tryback=f"{USERS};suspended\nadam;Adam;Two;\n",
            absent=(("user", "username", "adam"),),
        )
        for night, applied in (("the first night", 1), ("and the second, when one is known", 0))
    ),
)


def check(home, case: Case) -> list[str]:
    """Send the file of a case and return what came out otherwise."""
    run = home.worked(case.file, case.content)
    rows = run["rows"]
    came = (rows["applied"], rows["unchanged"], rows["failed"])
    codes = [finding["code"] for finding in run["findings"] if finding["code"] != "action-waits"]
    wrong = [] if came == case.outcomes else [f"{case.name}: {came} rows applied, unchanged, failed"]
    if sorted(codes) != sorted(case.codes):
        wrong.append(f"{case.name}: {run['findings']}")
    for kind, fields, expected in case.stored:
        if expected not in home.names(kind, *fields):
            wrong.append(f"{case.name}: no {kind} {expected} among {home.names(kind, *fields)}")
    for kind, field, value in case.absent:
        if value in home.names(kind, field):
            wrong.append(f"{case.name}: there is a {kind} {value}")
    expected = case.tryback.encode() if isinstance(case.tryback, str) else case.tryback
    found = (home.path / run["tryback"]).read_bytes() if run["tryback"] else b""
    return wrong if found == expected else [*wrong, f"{case.name}: tryback {found!r}"]


def test_each_value_is_stored_as_meant_or_its_row_comes_back(home, database):
    """One home for all, on both databases: what a case leaves does not matter to the next but where it says so."""
    home.configure(database)
    for name, content in SEED:
        assert "completed" == home.worked(name, content)["state"]
    wrong = []
    for case in CASES:
        home.configure(f"{database}[moodle]\n{case.settings}")
        wrong += check(home, case)
    assert [] == wrong

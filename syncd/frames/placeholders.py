"""What databases, programs and spreadsheets write where they have no value, or not all of one."""

import re

NULL_MARK = "\\N"
"""NULL as MySQL and PostgreSQL export it. Nobody is called so: it is refused in every column."""

_NULLS = ("null", "(null)", "[null]", "<null>", "undefined")
_NO_NUMBERS = ("nan", "none", "nil", "n/a", "-", "--", "?", "0000-00-00")
_ERRORS = (
    *("#N/A", "#NA", "#NV", "#N/D", "#REF!", "#BEZUG!", "#RIF!", "#¡REF!", "#VALUE!", "#WERT!", "#VALEUR!", "#VALORE!"),
    *("#VALOR!", "#¡VALOR!", "#NAME?", "#NOM?", "#NOME?", "#¿NOMBRE?", "#DIV/0!", "#¡DIV/0!", "#NUM!", "#ZAHL!"),
    *("#NOMBRE!", "#¡NUM!", "#NULL!", "#NUL!", "#¡NULO!", "#SPILL!", "#CALC!", "#ERROR!"),
    *("#VÄRDEFEL!", "#SAKNAS!", "#REFERENS!", "#NAMN?", "#OGILTIGT!", "#DIVISION/0!", "#SKÄRNING!"),
    *("#VERDI!", "#NAVN?", "#VÆRDI!", "#REFERENCE!", "#I/T", "#ARVO!", "#PUUTTUU!", "#VIITTAUS!", "#NIMI?", "#LUKU!"),
    *("#ÉRTÉK!", "#HIÁNYZIK", "#HIV!", "#NÉV?", "#ZÉRÓOSZTÓ!", "#SZÁM!", "#ARG!", "#ADR!", "#NAZWA?", "#LICZBA!"),
    *("#WAARDE!", "#VERW!", "#NAAM?", "#DEEL/0!", "#GETAL!", "#N/B", "#HODNOTA!", "#ODKAZ!", "#NÁZEV?"),
)
"""Errors of spreadsheets in English, German, French, Italian, Spanish, Portuguese and languages of northern and
eastern Europe."""

WORDS = (
    *(spelled for word in _NULLS for spelled in (word, word.upper(), word.title())),
    *("NaN", "None", "N/A", "n/a"),
    *_ERRORS,
    *("#" * count for count in range(3, 13)),
)
"""Values that stand for no value, and are names of people, too: `Null`, `None`. Those of other spellings are names."""

NO_NUMBER = rf"0+(?:[.,]0+)?|NA|(?i:{'|'.join(map(re.escape, _NO_NUMBERS))})"
"""What stands for no number: zeros, the NA of R, words and signs of other programs, and the empty date of MySQL."""

FORMULA = r'="[^"]*"'
"""A number that a spreadsheet was to keep as text: ="00123"."""

FLOAT = r"[1-9][0-9]*\.0"
"""A whole number with a fraction, as pandas writes it where other rows have no value: 101.0."""

SHORT_FORM = r"[+-]?[0-9]{1,3}(?:[.,][0-9]+[eE][+-]?|[eE][+-])[0-9]{1,3}"
"""A number as spreadsheets, R, Java and JavaScript shorten it: 2.02412E+11, 2,02412E+11, 1e+05, 1.97001E11.

Without a sign or a fraction (`3E2`) it may be the name of a class.
"""

"""What databases, programs and spreadsheets write where they have no value, or not all of one."""

NULL_MARK = "\\N"
"""NULL as MySQL and PostgreSQL export it. Nobody is called so: it is refused in every column."""

_NULLS = ("null", "(null)", "[null]", "<null>", "undefined")
_ERRORS = (
    *("#N/A", "#NA", "#NV", "#N/D", "#REF!", "#BEZUG!", "#RIF!", "#¡REF!", "#VALUE!", "#WERT!", "#VALEUR!", "#VALORE!"),
    *("#VALOR!", "#¡VALOR!", "#NAME?", "#NOM?", "#NOME?", "#¿NOMBRE?", "#DIV/0!", "#¡DIV/0!", "#NUM!", "#ZAHL!"),
    *("#NOMBRE!", "#¡NUM!", "#NULL!", "#NUL!", "#¡NULO!", "#SPILL!", "#CALC!", "#ERROR!"),
)
"""Errors of spreadsheets in English, German, French, Italian, Spanish and Portuguese."""

WORDS = (
    *(spelled for word in _NULLS for spelled in (word, word.upper(), word.title())),
    *("NaN", "None", "N/A", "n/a"),
    *_ERRORS,
    *("#" * count for count in range(3, 13)),
)
"""Values that stand for no value, and are names of people, too: `Null`, `None`. Those of other spellings are names."""

NO_NUMBER = r"0+(?:[.,]0+)?|NA"
"""What stands for no number: zeros, and the NA of R."""

SHORT_FORM = r"[+-]?[0-9]{1,3}(?:[.,][0-9]+[eE][+-]?|[eE][+-])[0-9]{1,3}"
"""A number as spreadsheets, R, Java and JavaScript shorten it: 2.02412E+11, 2,02412E+11, 1e+05, 1.97001E11.

Without a sign or a fraction (`3E2`) it may be the name of a class.
"""

"""Rules: what a column of a delivered file may hold, as polars expressions over the whole column.

A rule turns the values as written into canonical ones: text, whole numbers, or times in
Unix seconds. What it cannot turn becomes null, and `complaints` says why in sentences.
Nothing here makes a Python object for each row, also where every row is wrong.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from syncd.frames.findings import gather, none, remarks
from syncd.frames.placeholders import NULL_MARK, WORDS

_CONTROL = r"[\x00-\x1f\x7f-\x9f]"
_CONTROL_BUT_LINES = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
_SHOWN = 80
_YES = ("1", "yes", "true", "y", "t", "on")
_NO = ("0", "no", "false", "n", "f", "off")
_ATOM = r"[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?"
_EMAIL = rf"^{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One way in which a value can be wrong: which values, the finding's code, and its places."""

    mask: pl.Expr
    code: str
    places: Mapping[str, str | int | pl.Expr] = field(default_factory=dict)


def _none_known(_value: pl.Expr) -> tuple[Problem, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a column may hold.

    type: the type of the canonical column.
    convert: from an expression of values as written (see `trimmed`) to the canonical one, which
        is null where a value is not legal. An empty value becomes "" in a text column, else null.
    words: the rule as the reference tells it, a phrase that can stand behind "it takes".
    code, places: the finding of a value that is wrong otherwise than by its length or a control character; a
        place may be made of the value.
    limit: the most characters, None for any number.
    lines: the value may hold tabs and line ends.
    flag: it is yes or no, and empty may mean no. identifier: it names a record. raw: surrounding spaces belong to it.
    secret: the value is never written into a message.
    placeholders: the ways in which a value can be none at all; `convert` refuses these values.
    doubtful: values that are taken with a warning, since they may be none (`syncd.frames.identifiers.doubts`).
    """

    type: pl.DataType
    convert: Callable[[pl.Expr], pl.Expr]
    words: str = ""
    code: str = ""
    places: Mapping[str, str | Callable[[pl.Expr], pl.Expr]] = field(default_factory=dict)
    limit: int | None = None
    lines: bool = False
    flag: bool = False
    identifier: bool = False
    raw: bool = False
    secret: bool = False
    placeholders: Callable[[pl.Expr], tuple[Problem, ...]] = _none_known
    doubtful: Sequence[str] = ()

    def trimmed(self, column: str) -> pl.Expr:
        """Return the column's values as written, without surrounding spaces unless they belong to them; null stays."""
        written = pl.col(column)
        return written if self.raw else written.str.strip_chars()

    def problems(self, text: pl.Expr) -> tuple[Problem, ...]:
        """Return in which ways a value that became null can be wrong; the first that applies counts."""
        found = [
            Problem(mask=text == NULL_MARK, code="value-null-mark"),
            *self.placeholders(text),
            Problem(mask=text.str.contains(self._control()), code="value-control"),
        ]
        if self.limit is not None:
            length = text.str.len_chars()
            found.append(
                Problem(mask=length > self.limit, code="value-too-long", places={"length": length, "limit": self.limit})
            )
        if self.code:
            value = pl.lit("…") if self.secret else shown(text)
            places = {name: place(text) if callable(place) else place for name, place in self.places.items()}
            found.append(Problem(mask=pl.lit(value=True), code=self.code, places={"value": value, **places}))
        return tuple(found)

    def _control(self) -> str:
        return _CONTROL_BUT_LINES if self.lines else _CONTROL


def complaints(rows: pl.DataFrame, rule: Rule, *, column: str, name: str = "") -> pl.DataFrame:
    """Return one finding for each of the rows, which are those whose value the rule could not turn.

    rows: has `row`, `line` and the column of trimmed values. name: what the header calls it, if otherwise.
    """
    found, left = [], rows
    for problem in rule.problems(pl.col(column)):
        if left.is_empty():
            break
        found.append(remarks(left.filter(problem.mask), problem.code, column=name or column, **problem.places))
        left = left.filter(~problem.mask)
    return gather(found) if found else none()


def text(limit: int | None = None, *, lines: bool = False, lower: bool = False) -> Rule:
    """Text of at most that many characters. lines: tabs and line ends are allowed. lower: made lower case."""
    control = _CONTROL_BUT_LINES if lines else _CONTROL

    def convert(value: pl.Expr) -> pl.Expr:
        good = ~value.str.contains(control) & (value != NULL_MARK)
        if limit is not None:
            good &= value.str.len_chars() <= limit
        return pl.when(good).then(value.str.to_lowercase() if lower else value)

    words = f"text{'' if limit is None else f' of at most {limit} characters'}"
    words += f"{', also of several lines' if lines else ''}{', made lower case' if lower else ''}"
    return Rule(type=pl.String(), convert=convert, words=words, limit=limit, lines=lines, doubtful=WORDS)


def secret(limit: int) -> Rule:
    """A password: text exactly as written, which no message shows."""
    written = text(limit)
    words = f"a password of at most {limit} characters, kept exactly as written"
    return Rule(type=pl.String(), convert=written.convert, words=words, limit=limit, raw=True, secret=True)


def code(pattern: str, what: str, *, limit: int | None = None, lower: bool = False) -> Rule:
    """Text that matches the whole pattern, named `what` in messages. lower: it is made lower case first."""
    prepare = _lowered if lower else _same
    return _matching(rf"^(?:{pattern})$", "value-code", limit=limit, prepare=prepare, places={"what": what})


def choice(*values: str, aliases: Mapping[str, str] | None = None, finding: str = "value-choice") -> Rule:
    """One of these words, in any case; an alias stands for the word that it maps to."""
    words = {value: value for value in values} | dict(aliases or {}) | {"": ""}

    def convert(value: pl.Expr) -> pl.Expr:
        return value.str.to_lowercase().replace_strict(
            list(words), list(words.values()), default=None, return_dtype=pl.String
        )

    spoken = _or(values) + "".join(f"; {alias} stands for {value}" for alias, value in (aliases or {}).items())
    return Rule(type=pl.String(), convert=convert, words=spoken, code=finding, places={"choices": _or(values)})


def flag_of(yes: Sequence[str], no: Sequence[str]) -> Rule:
    """1 for the words of yes, 0 for those of no, in any case; 1 and 0 also with a fraction of zeros."""
    values = dict.fromkeys(yes, 1) | dict.fromkeys(no, 0)
    values |= {f"{n}{point}{zeros}": n for n in (0, 1) for point in ".," for zeros in ("0", "00", "000000")}

    def convert(value: pl.Expr) -> pl.Expr:
        return value.str.to_lowercase().replace_strict(
            list(values), list(values.values()), default=None, return_dtype=pl.Int64
        )

    spoken = f"{_or(yes)}; or {_or(no)}"
    return Rule(type=pl.Int64(), convert=convert, words=spoken, code="value-flag", flag=True)


def integer(least: int | None = None, most: int | None = None) -> Rule:
    """A whole number, also with a fraction of zeros, from `least` to `most`, both included; None for no bound."""

    def convert(value: pl.Expr) -> pl.Expr:
        number = value.str.replace(r"[.,]0+$", "").cast(pl.Int64, strict=False)
        above = pl.lit(value=True) if least is None else number >= least
        below = pl.lit(value=True) if most is None else number <= most
        return pl.when(above & below).then(number)

    bounds = f"{'' if least is None else f' from {least}'}{'' if most is None else f' to {most}'}"
    spoken = f"a whole number{bounds}"
    return Rule(type=pl.Int64(), convert=convert, words=spoken, code="value-integer", places={"range": bounds})


def _same(value: pl.Expr) -> pl.Expr:
    return value


def _lowered(value: pl.Expr) -> pl.Expr:
    return value.str.to_lowercase()


def _matching(
    pattern: str,
    finding: str,
    *,
    limit: int | None,
    prepare: Callable[[pl.Expr], pl.Expr] = _same,
    places: Mapping[str, str] | None = None,
) -> Rule:
    def convert(value: pl.Expr) -> pl.Expr:
        prepared = prepare(value)
        good = prepared.str.contains(pattern) | (value == "")
        if limit is not None:
            good &= value.str.len_chars() <= limit
        return pl.when(good).then(prepared)

    words = (places or {}).get("what", "")
    return Rule(type=pl.String(), convert=convert, words=words, code=finding, places=places or {}, limit=limit)


def _or(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def shown(value: pl.Expr) -> pl.Expr:
    """Return a value as messages quote it: the beginning, where it is long."""
    long = value.str.len_chars() > _SHOWN
    return pl.when(long).then(pl.concat_str(value.str.head(_SHOWN), pl.lit("…"))).otherwise(value)


flag = flag_of(_YES, _NO)
"""Yes or no, in the words of several systems: 1 or 0."""

username = replace(
    _matching(r"^[-._@a-z0-9]+$", "value-username", limit=100, prepare=_lowered),
    words="a-z, 0-9 and . _ - @, at most 100 characters; capitals become small",
)
"""A legal Moodle username, made lower case (extended characters are not switched on)."""

email = replace(_matching(_EMAIL, "value-email", limit=100), words="an e-mail address of at most 100 characters")
"""An e-mail address: the form of the HTML standard, with letters of any script; the domain may have no dot."""

country = _matching(
    r"^[A-Z]{2}$",
    "value-code",
    limit=None,
    prepare=lambda value: value.str.to_uppercase(),
    places={"what": "a country code of two letters"},
)
"""An ISO 3166 country code, made upper case."""

lang = _matching(
    r"^[a-z]{2,3}(?:_[a-z0-9]+)*$",
    "value-code",
    limit=None,
    prepare=lambda value: value.str.to_lowercase().str.replace("_utf8", "", literal=True),
    places={"what": "a language code such as fr or pt_br"},
)
"""A Moodle language code, made lower case, without the `_utf8` of old installations."""

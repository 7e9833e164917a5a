"""Make the files that the benchmarks work on: enrolments, users and courses in the Moodle form.

Run as a process of its own, so that what it holds in memory is no part of any measurement:
`python -m benchmarks.generate FOLDER --enrolments 1000000 --users 1000000 --courses 50000`.

The numbers are seeded: the same arguments give the same bytes. A file that is there already is not made again.
"""

import argparse
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

CHANGED, ADDED = 0.008, 0.002
"""Parts of a file's rows that are changed and added in its 1 % variant. A row that a command file lacks
asks for nothing, so that removed lines would be no change."""

QUOTED = 0.21
"""Part of the users whose institution must be quoted."""

_WORDS: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
_TERM = 1_755_000_000
_SPREAD = 40
_STRIDE, _STEP = 48_271, 6_007
_SEED = 20_261_121


def main() -> None:
    """Make every file of the given sizes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    for name in ("enrolments", "users", "courses"):
        parser.add_argument(f"--{name}", type=int, required=True)
    wanted = parser.parse_args()
    folder, people, places = wanted.folder, wanted.users, wanted.courses
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "courses.csv", lambda: courses(places))
    _variants(folder, "users", lambda: users(np.arange(people)), changed_users)
    size = f"enrolments-{wanted.enrolments}"
    base = _Once(lambda: enrolments(np.arange(wanted.enrolments), people, places))
    _variants(folder, size, base, lambda frame: changed_enrolments(frame, people, places))
    _write(folder / f"{size}-failing.csv", lambda: base().with_columns(uid="x" + pl.col("uid")))
    _write(folder / "courses-one.csv", lambda: courses(1))
    _one(folder, "users", users(np.arange(1)), pl.col("city") + "a")
    _one(folder, "enrolments", enrolments(np.arange(1), 1, 1), pl.lit("1800000000").alias("endtime"))


def courses(count: int) -> pl.DataFrame:
    """Return courses in categories of two levels."""
    number = pl.Series("number", np.arange(count))
    rng = np.random.default_rng(_SEED)
    faculty = pl.Series("faculty", _WORDS["faculties"]).gather(rng.integers(0, len(_WORDS["faculties"]), count))
    frame = pl.DataFrame([number, faculty, pl.Series("unit", rng.integers(1, _SPREAD, count))])
    return frame.select(
        shortname=_numbered("C", 6),
        fullname=pl.format("Kurs {} i {}", "number", pl.col("faculty").str.to_lowercase()),
        category=pl.format("{}/Avdelning {}", "faculty", "unit"),
        idnumber=_numbered("kurs-", 6),
    )


def users(numbers: np.ndarray) -> pl.DataFrame:
    """Return the users of these numbers, in 10 columns of about 120 bytes."""
    rng = np.random.default_rng(_SEED + 1)
    count = len(numbers)
    plain, quoted = _picked(rng, _WORDS["schools"], count), _picked(rng, _WORDS["quoted_schools"], count)
    frame = pl.DataFrame(
        {
            "number": numbers,
            "firstname": _picked(rng, _WORDS["first"], count),
            "lastname": _picked(rng, _WORDS["last"], count),
            "city": _picked(rng, _WORDS["cities"], count),
            "institution": plain.zip_with(pl.Series(rng.random(count) >= QUOTED), quoted),
            "department": _picked(rng, _WORDS["departments"], count),
            "lang": _picked(rng, ["sv", "en", "de", "fi"], count),
        }
    )
    return frame.select(
        _numbered("u", 7).alias("username"),
        _numbered("nr-", 8).alias("idnumber"),
        "firstname",
        "lastname",
        _numbered("elev.", 7).add("@skola.example").alias("email"),
        "lang",
        pl.lit("SE").alias("country"),
        "city",
        "institution",
        "department",
    )


def enrolments(numbers: np.ndarray, people: int, places: int) -> pl.DataFrame:
    """Return these enrolments, in 8 columns of about 60 bytes, in order of courses.

    No two have the same user and course: round after round, every user gets another course.
    """
    user, round_ = numbers % people, numbers // people
    course = (user * _STRIDE + round_ * _STEP) % places
    start = _TERM + (numbers % _SPREAD) * 86_400
    frame = pl.DataFrame({"user": user, "course": course, "start": start, "pick": numbers % 23})
    return frame.sort("course", "user").select(
        cmd=pl.lit("add"),
        cid=_numbered("C", 6, "course"),
        uid=_numbered("u", 7, "user"),
        rolename=pl.when(pl.col("pick") == 0).then(pl.lit("editingteacher")).otherwise(pl.lit("student")),
        enrol=pl.lit("manual"),
        starttime=pl.col("start").cast(pl.String),
        endtime=(pl.col("start") + 180 * 86_400).cast(pl.String),
        gcmd=pl.lit(None, pl.String),
    )


def changed_enrolments(frame: pl.DataFrame, people: int, places: int) -> pl.DataFrame:
    """Return the rows with some end times moved, and some new ones of known users in known courses."""
    count = len(frame)
    new = enrolments(np.arange(10 * people, 10 * people + int(count * ADDED)), people, places)
    later = (pl.col("endtime").cast(pl.Int64) + 86_400).cast(pl.String)
    changed = frame.with_columns(endtime=pl.when(_some(count)).then(later).otherwise(pl.col("endtime")))
    return pl.concat([changed, new])


def changed_users(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with some people moved to another town and department, and some new ones."""
    count = len(frame)
    new = users(np.arange(count, count + int(count * ADDED)))
    moved = [pl.when(_some(count)).then(pl.lit("Sjöbo")).otherwise(pl.col("city")).alias("city")]
    return pl.concat([frame.with_columns(moved), new])


class _Once:
    """A frame that is made when it is first asked for."""

    def __init__(self, make: Callable[[], pl.DataFrame]) -> None:
        self._make = make
        self._frame: pl.DataFrame | None = None

    def __call__(self) -> pl.DataFrame:
        if self._frame is None:
            self._frame = self._make()
        return self._frame


def _variants(
    folder: Path, name: str, make: Callable[[], pl.DataFrame], change: Callable[[pl.DataFrame], pl.DataFrame]
) -> None:
    """Write a file, the same rows in another order, and the variant with 1 % changed, in another order too."""
    base = make if isinstance(make, _Once) else _Once(make)
    _write(folder / f"{name}.csv", base)
    _write(folder / f"{name}-reordered.csv", lambda: _shuffled(base()))
    _write(folder / f"{name}-changed.csv", lambda: _shuffled(change(base())))


def _one(folder: Path, name: str, frame: pl.DataFrame, change: pl.Expr) -> None:
    """Write files of one row: as it is, with nothing but another line end, and changed."""
    one = folder / f"{name}-one.csv"
    _write(one, lambda: frame)
    _write(folder / f"{name}-one-changed.csv", lambda: frame.with_columns(change))
    (folder / f"{name}-one-reordered.csv").write_bytes(one.read_bytes().replace(b"\n", b"\r\n"))


def _write(path: Path, make: Callable[[], pl.DataFrame]) -> None:
    if path.exists():
        return
    part = path.with_suffix(".part")
    make().write_csv(part, separator=";", quote_style="necessary")
    part.replace(path)
    print(f"made {path.name}: {path.stat().st_size / 1e6:.0f} MB", flush=True)


def _shuffled(frame: pl.DataFrame) -> pl.DataFrame:
    return frame[np.random.default_rng(_SEED + 2).permutation(len(frame))]


def _some(count: int) -> pl.Series:
    """Return a flag for each row, true for the part that changes."""
    return pl.Series(np.random.default_rng(_SEED + 3).random(count) < CHANGED)


def _picked(rng: np.random.Generator, words: list[str], count: int) -> pl.Series:
    return pl.Series(words).gather(rng.integers(0, len(words), count))


def _numbered(prefix: str, digits: int, column: str = "number") -> pl.Expr:
    return pl.lit(prefix) + pl.col(column).cast(pl.String).str.zfill(digits)


if __name__ == "__main__":
    main()

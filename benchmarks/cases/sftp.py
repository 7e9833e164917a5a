"""(h) Files sent by OpenSSH's client over loopback: to the daemon's SFTP server, and to OpenSSH's."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks import shell
from benchmarks.bench import Bench
from benchmarks.figures import Figure, skip
from benchmarks.measure import CommandError, Contender, Measured, Runs, interleaved
from benchmarks.sftp_servers import PROGRAMS, Target, new_key, openssh, ours, sshd

_MB = 1_000_000
_ROUNDS = 5
_SMALL = 1000
"""Bytes of a small file."""

_PIECE = bytes(range(256)) * 4096
_PATIENCE = 300


def figures(bench: Bench, stem: str, rows: int) -> Iterator[Figure]:
    """Yield a large file, many small ones, and many sessions at once. rows: of nothing; it only places the figures."""
    del stem
    lacking = next(filter(None, map(shell.missing, PROGRAMS)), "") or ("" if sshd() else "sshd is not installed")
    if lacking:
        yield skip("h", "files by SFTP", rows, lacking)
        return
    folder = bench.scale.folder / "runs" / "sftp"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    key = new_key(folder / "key")
    try:
        with ours(folder, key) as us, openssh(folder, key) as them:
            yield from _raced(bench, folder, {"ours": us, "sshd": them})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _raced(bench: Bench, folder: Path, targets: dict[str, Target]) -> Iterator[Figure]:
    full = bench.scale.is_full
    large, small, sessions = (500, 200, 50) if full else (50, 50, 10)
    sizes = {"large": [large * _MB], "small": [_SMALL] * small, "each": [100_000]}
    files = {name: _files(folder / name, each) for name, each in sizes.items()}
    yield _figure(bench, f"one file of {large} MB", 0.5, partial(_sent, files=files["large"]), targets)
    yield _figure(bench, f"{small} files of 1 kB in one session", 1.0, partial(_sent, files=files["small"]), targets)
    at_once = partial(_at_once, file=files["each"][0], sessions=sessions)
    yield _figure(bench, f"{sessions} sessions at once, none refused", None, at_once, targets)


def _figure(
    bench: Bench,
    what: str,
    at_least: float | None,
    send: Callable[[Target], Measured],
    targets: dict[str, Target],
) -> Figure:
    rounds = _ROUNDS if bench.scale.is_full else 1
    contenders = {name: Contender(partial(send, target), rounds) for name, target in targets.items()}
    bench.say(f"SFTP: {what}")
    runs: dict[str, Runs] = interleaved(contenders)
    return Figure(
        case="h",
        what=what,
        rows=0,
        ours=runs["ours"].wall,
        rival=runs["sshd"].wall,
        rival_name="OpenSSH sshd",
        at_least=at_least,
        noise=max(each.spread for each in runs.values()),
        runs=runs,
    )


def _files(folder: Path, sizes: list[int]) -> list[Path]:
    folder.mkdir()
    made = []
    for number, size in enumerate(sizes):
        path = folder / f"file{number:03}.csv"
        with path.open("wb") as file:
            for start in range(0, size, len(_PIECE)):
                file.write(_PIECE[: size - start])
        made.append(path)
    return made


def _sent(target: Target, files: list[Path]) -> Measured:
    """Send files in one session, and see that all of them arrived."""
    target.empty()
    batch = files[0].parent / "batch"
    batch.write_text("".join(f"put {file.absolute()} {target.below}{file.name}\n" for file in files))
    measured = target.send(batch)
    _see_that_all_came(target, {file.name: file.stat().st_size for file in files})
    return measured


def _at_once(target: Target, file: Path, sessions: int) -> Measured:
    """Send a file in each of many sessions at once; one that fails breaks the figure."""
    target.empty()
    batches = []
    for number in range(sessions):
        batch = file.parent / f"batch{number}"
        batch.write_text(f"put {file.absolute()} {target.below}at-once{number}.csv\n")
        batches.append(batch)
    begun = time.perf_counter()
    running = [
        subprocess.Popen(target.command(batch), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for batch in batches
    ]
    ended = [(process.communicate(timeout=_PATIENCE)[1], process.returncode) for process in running]
    wall = time.perf_counter() - begun
    if failed := [said.decode(errors="replace").strip() for said, code in ended if code]:
        raise CommandError(f"{len(failed)} of {sessions} sessions failed: {failed[0]}")
    _see_that_all_came(target, {f"at-once{number}.csv": file.stat().st_size for number in range(sessions)})
    return Measured(wall=wall, cpu=0.0, peak=0)


def _see_that_all_came(target: Target, sizes: dict[str, int]) -> None:
    came = {path.name: path.stat().st_size for path in target.folder.iterdir() if path.is_file()}
    if came != sizes:
        raise CommandError(f"{len(sizes)} files were sent, {len(came)} came, or not whole")

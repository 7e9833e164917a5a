"""Run commands in processes of their own and measure them: wall clock, CPU, peak memory."""

import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_POLL_SECONDS = 0.02

_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Programs are measured as they run once installed: what Python compiled is kept for the next time."""


class CommandError(Exception):
    """A command ended otherwise than it should: its figure would mean nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run. Seconds of wall clock and of CPU (children included); `peak`: VmHWM in bytes; what it printed."""

    wall: float
    cpu: float
    peak: int
    output: str = ""

    def as_json(self) -> dict[str, float]:
        """Return the numbers."""
        return {"wall": round(self.wall, 4), "cpu": round(self.cpu, 4), "peak": self.peak}


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of one contender; figures are their medians, except for the highest peak."""

    each: tuple[Measured, ...]

    @property
    def wall(self) -> float:
        """Median seconds of wall clock."""
        return statistics.median(run.wall for run in self.each)

    @property
    def cpu(self) -> float:
        """Median seconds of CPU."""
        return statistics.median(run.cpu for run in self.each)

    @property
    def spread(self) -> float:
        """How far the wall clocks typically lie from their median, in seconds."""
        return statistics.median(abs(run.wall - self.wall) for run in self.each)

    @property
    def peak(self) -> int:
        """The highest peak in bytes."""
        return max(run.peak for run in self.each)


@dataclass(frozen=True, slots=True)
class Contender:
    """Something to be measured. `go` prepares what a run needs, unmeasured, and returns what the run took."""

    go: Callable[[], Measured]
    rounds: int


def interleaved(contenders: Mapping[str, Contender]) -> dict[str, Runs]:
    """Run the contenders in turn, each once a round, until each has run as often as it should."""
    found: dict[str, list[Measured]] = {name: [] for name in contenders}
    for number in range(max(contender.rounds for contender in contenders.values())):
        for name, contender in contenders.items():
            if number < contender.rounds:
                found[name].append(contender.go())
    return {name: Runs(tuple(runs)) for name, runs in found.items()}


def run(command: Sequence[str | Path], *, codes: tuple[int, ...] = (0,), feed: Path | None = None) -> Measured:
    """Run a command to its end and measure it.

    Args:
        command: the program and its arguments.
        codes: exit codes that are right.
        feed: what it reads from its standard input; nothing if None.

    Raises:
        CommandError: it ended with another code.
    """
    with tempfile.TemporaryFile() as out, (feed or Path(os.devnull)).open("rb") as source:
        begin = time.perf_counter()
        process = subprocess.Popen(
            list(map(str, command)), stdin=source, stdout=out, stderr=subprocess.STDOUT, env=_ENVIRONMENT
        )
        watch = _PeakWatch(process.pid)
        watch.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.stop()
        out.seek(0)
        output = out.read().decode(errors="replace")
    if process.returncode not in codes:
        raise CommandError(f"{command[0]} ended with {process.returncode}: {output[-2000:]}")
    return Measured(wall=wall, cpu=used.ru_utime + used.ru_stime, peak=watch.peak, output=output)


class _PeakWatch(threading.Thread):
    """Looks at VmHWM of a process and its children, which the kernel only raises, until the process is gone.

    `ru_maxrss` will not do: a child inherits it from the process that started it.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._over = threading.Event()
        self._peaks: dict[int, int] = {}

    @property
    def peak(self) -> int:
        """Bytes of the largest process."""
        return max(self._peaks.values(), default=0)

    def run(self) -> None:
        while not self._over.wait(_POLL_SECONDS):
            for pid in (self._pid, *_children(self._pid)):
                self._peaks[pid] = max(_peak_of(pid), self._peaks.get(pid, 0))

    def stop(self) -> None:
        """End the watch."""
        self._over.set()
        self.join()


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _peak_of(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)

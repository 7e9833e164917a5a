"""What a signal may not do to the file in hand."""

import subprocess
import sys

import pytest

READING = """
import os, signal, threading, time
from syncd.frames import parse

heard = []
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda number, _: heard.append(number))
rows = b"".join(b"%d;a;b\\n" % n for n in range(3_000_000))

def hurry():
    time.sleep(0.01)
    for number in (signal.SIGTERM, signal.SIGINT) * 3:
        os.kill(os.getpid(), number)
        time.sleep(0.01)

thread = threading.Thread(target=hurry)
thread.start()
table = parse.pa_csv.read_csv(parse.pa.BufferReader(rows), parse_options=parse.pa_csv.ParseOptions(delimiter=";"))
thread.join()
print(table.num_rows, len(heard) > 0, flush=True)
# How Arrow's threads end with a process in such a hurry is not asked here.
os._exit(0)
"""


@pytest.mark.parametrize("_again", range(2))
def test_a_signal_ends_no_reading(_again):
    """SIGTERM and Ctrl-C finish the batch: Arrow, left alone, ends its reading with an error, and the file fails."""
    done = subprocess.run([sys.executable, "-c", READING], capture_output=True, text=True, check=False, timeout=120)
    assert ("2999999 True\n", "") == (done.stdout, done.stderr)

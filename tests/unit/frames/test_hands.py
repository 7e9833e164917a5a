"""Threads that work on columns."""

import subprocess
import sys

TWO_AT_ONCE = """
import polars, numpy, time, threading
import polars._dependencies as lazy
import syncd.frames.hands
taken, pauses, wrong, there = lazy.import_module, iter([0.0, 0.3]), [], threading.Barrier(2)

def slowly(name):
    module = taken(name)
    there.wait(30)
    time.sleep(next(pauses))
    return module

def meet():
    try:
        polars.DataFrame({"a": numpy.zeros(3)})
    except Exception as error:
        wrong.append(repr(error))

lazy.import_module = slowly
both = [threading.Thread(target=meet) for _ in range(2)]
[thread.start() for thread in both]
[thread.join() for thread in both]
print(wrong)
"""


def test_two_threads_may_meet_their_first_array_at_once():
    """Polars fails there where it was loaded before numpy: the first file of a process would fail now and then."""
    done = subprocess.run([sys.executable, "-c", TWO_AT_ONCE], capture_output=True, text=True, check=False, timeout=60)
    assert ("[]\n", "") == (done.stdout, done.stderr)

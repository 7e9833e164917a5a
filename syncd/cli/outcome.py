"""How a command ends: with an exit code, and where it failed with one sentence."""

import os
import sys
import traceback
from collections.abc import Callable

from syncd.cli.exits import Exit, of_error
from syncd.cli.screen import complain
from syncd.core.errors import SyncdError

_TRACEBACK = "SYNCD_TRACEBACK"


def guarded(work: Callable[[], int | None]) -> int:
    """Do the work of a command and return its exit code; an error becomes a sentence on standard error."""
    try:
        code = work() or Exit.DONE
        sys.stdout.flush()
    except SyncdError as error:
        complain(str(error))
        return of_error(error)
    except BrokenPipeError:
        _abandon_output()
        return Exit.PIPE_CLOSED
    except KeyboardInterrupt:
        complain("interrupted; what was begun is taken up again by the next run")
        return Exit.INTERRUPTED
    except OSError as error:
        complain(": ".join(str(part) for part in (error.filename, error.strerror or error) if part))
        return Exit.FAILURES
    except Exception as error:  # noqa: BLE001 - the last line: an operator gets a sentence, never a traceback
        complain(_own_fault(error))
        return Exit.FAILURES
    return code


def _own_fault(error: Exception) -> str:
    """Say where syncd itself failed. The error's own words stay out: they may hold what must not be shown."""
    if os.environ.get(_TRACEBACK):
        return "".join(traceback.format_exception(error)).rstrip()
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}"  # noqa: PTH119 - no path is looked up
    return f"syncd itself failed ({type(error).__name__} at {place}); with {_TRACEBACK}=1 it says all it knows"


def _abandon_output() -> None:
    """Send what is still to be written nowhere, so that the interpreter does not complain as it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)

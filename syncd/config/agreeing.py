"""Whether settings of different tables agree with each other, and with the files that they name."""

from collections.abc import Iterator

from syncd.config.home import Home
from syncd.config.models import Settings
from syncd.config.problems import Problem, nearest
from syncd.config.pull import PullTable
from syncd.config.sftp import repeated_boxes
from syncd.core.errors import UsageError
from syncd.core.feeds import ARRIVAL, HAND

_FINGERPRINT = "SHA256:"


def disagreements(settings: Settings) -> Iterator[Problem]:
    """Find names that two drop folders have, and feeds that are named and not there, or have no times."""
    accounts = [(f"sftp.account[{place}]", table) for place, table in enumerate(settings.sftp.accounts, start=1)]
    pulls = [(f"pull[{place}]", table) for place, table in enumerate(settings.pulls, start=1)]
    named = [*((path, table.name) for path, table in accounts), *((path, table.name) for path, table in pulls)]
    for path, name, first in repeated_boxes(named):
        yield Problem(path=f"{path}.name", message=f'it is "{name}"; {first} has that name')
    schedules = {table.name: table.schedule for table in settings.feed_tables}
    for path, feeds in [
        *((f"{path}.feeds", account.feeds) for path, account in accounts),
        *((f"{path}.before", pull.before) for path, pull in pulls),
    ]:
        for feed in feeds:
            if feed not in schedules:
                yield Problem(path=path, message=f"there is no feed {feed}{nearest(feed, schedules)}")
    for path, pull in pulls:
        for feed in pull.before:
            if schedules.get(feed) in (ARRIVAL, HAND):
                yield Problem(path=f"{path}.before", message=f"the feed {feed} has no times; give it a schedule")


def unreadable(settings: Settings, home: Home) -> Iterator[Problem]:
    """Find files of keys and passwords that are named and cannot be read, or hold what is no key.

    It looks at the disk, so it is asked when somebody wants to know; a daemon starts all the same, and says it then.
    """
    try:
        settings.mail.secret(home)
    except UsageError as error:
        yield Problem(path="", message=str(error))
    for place, account in enumerate(settings.sftp.accounts if settings.sftp.enabled else (), start=1):
        try:
            account.blobs(home)
        except UsageError as error:
            yield Problem(path=f"sftp.account[{place}].keys", message=str(error))
    for place, pull in enumerate(settings.pulls, start=1):
        for name, path in _files(pull):
            try:
                with (home.path / path).open("rb") as file:
                    file.read(1)
            except (OSError, ValueError) as error:
                why = getattr(error, "strerror", None) or str(error)
                yield Problem(path=f"pull[{place}].{name}", message=f"{home.path / path} cannot be read: {why}")


def _files(pull: PullTable) -> Iterator[tuple[str, str]]:
    for name in ("key_file", "password_file", "host_key"):
        if (path := getattr(pull, name)) and not path.startswith(_FINGERPRINT):
            yield name, path

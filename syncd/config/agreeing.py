"""Whether settings of different tables agree with each other."""

from collections.abc import Iterator

from syncd.config.models import Settings
from syncd.config.problems import Problem, nearest
from syncd.config.sftp import repeated_boxes
from syncd.core.feeds import ARRIVAL, HAND


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

#!/usr/bin/env bash
# APScheduler matches the beginning of each part of a cron field by names; what stands behind is not looked at.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check APScheduler==3.11.3
cat > "$work/try.py" <<'PY'
import sys
from datetime import datetime, timezone
from importlib.metadata import version

from apscheduler.triggers.cron import CronTrigger

print("APScheduler", version("apscheduler"))
print("guess: what cannot be understood whole is refused, as 15W and 1-mar are")
PARTS = {
    ("day", "last-1"): "last",
    ("day", "last/2"): "last",
    ("month", "jan-mar/2"): "jan-mar",
    ("month", "jan-3"): "jan",
    ("month", "jan#2"): "jan",
    ("day_of_week", "mon-fri/2"): "mon-fri",
    ("day_of_week", "mon#1"): "mon",
    ("day_of_week", "fri-7"): "fri",
}
seen = {}
for (field, part), _ in PARTS.items():
    trigger = CronTrigger(**{field: part}, hour=2, minute=0, timezone="UTC")
    (seen[field, part],) = (str(found) for found in trigger.fields if found.name == field)
    first = trigger.get_next_fire_time(None, datetime(2026, 1, 2, tzinfo=timezone.utc))
    print(f'seen: {field}="{part}" is taken for "{seen[field, part]}", first on {first:%a %Y-%m-%d}')
for field, part in (("day", "15W"), ("month", "1-mar")):
    try:
        CronTrigger(**{field: part})
    except ValueError as error:
        print(f"seen: {error}")
    else:
        sys.exit(f"{part} is not refused any more")
print("behaviour: the beginning counts, the rest is dropped without an error")
sys.exit(seen != PARTS)
PY
"$work/venv/bin/python" "$work/try.py"

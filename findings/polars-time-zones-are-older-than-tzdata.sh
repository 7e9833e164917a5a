#!/usr/bin/env bash
# polars reads no time zone files: its tables are compiled in, and end with the year 2099.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0 tzdata==2026.6
cat > "$work/try.py" <<'PY'
import sys
import zoneinfo
from datetime import datetime

import polars as pl
import tzdata

zoneinfo.reset_tzpath(())
print("polars", pl.__version__, "tzdata", tzdata.IANA_VERSION)
print("guess: a local time becomes the same instant in polars and in Python")
TIMES = [
    ("America/Vancouver", datetime(2026, 12, 1, 12), 1),
    ("America/Edmonton", datetime(2026, 12, 1, 12), 1),
    ("America/Winnipeg", datetime(2026, 12, 1, 12), 1),
    ("Africa/Casablanca", datetime(2026, 12, 1, 12), -1),
    ("Europe/Stockholm", datetime(2026, 7, 1, 12), 0),
    ("Europe/Stockholm", datetime(2099, 7, 1, 12), 0),
    ("Europe/Stockholm", datetime(2100, 7, 1, 12), 1),
    ("America/New_York", datetime(2100, 7, 1, 12), 1),
]
seen = []
for zone, moment, _ in TIMES:
    (ours,) = pl.Series([moment]).dt.replace_time_zone(zone).dt.epoch("s")
    python = moment.replace(tzinfo=zoneinfo.ZoneInfo(zone)).timestamp()
    seen.append((ours - python) / 3600)
    print(f"seen: {zone:18} {moment}  polars {ours}  Python {python:.0f}  {seen[-1]:+.0f} h")
print("behaviour: laws of 2026 are missing, and from 2100 on no zone has summer time")
sys.exit(seen != [hours for _, _, hours in TIMES])
PY
"$work/venv/bin/python" "$work/try.py"

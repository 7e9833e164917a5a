#!/usr/bin/env bash
# tzlocal knows names of time zones by its table of Windows' zones. A TZ that Windows has no zone for is passed over by
# get_localzone_name(), which then names the zone of the system's files; get_localzone() goes by TZ.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check tzlocal==5.4.5 tzdata==2026.6
cat > "$work/try.py" <<'PY'
import os
import sys
import time
from importlib.metadata import version

import tzlocal

print("tzlocal", version("tzlocal"), "TZ", os.environ["TZ"])
time.tzset()
name, zone = tzlocal.get_localzone_name(), tzlocal.get_localzone()
print(f"seen: get_localzone_name() {name}, get_localzone() {zone}, the C library {time.tzname}")
sys.exit((name == os.environ["TZ"], str(zone) == os.environ["TZ"]) != (sys.argv[1] == "agrees", True))
PY
echo "guess: both functions name the zone of TZ"
TZ=America/New_York "$work/venv/bin/python" "$work/try.py" agrees
for zone in EST5EDT PST8PDT Antarctica/Troll; do
    TZ=$zone "$work/venv/bin/python" "$work/try.py" differs
done
echo "behaviour: for zones that are not in the table the two differ, by hours"

#!/usr/bin/env bash
# business-duration 0.68: with opening hours, a working day is a third of a "day".
#
# From Monday 9:00 to Tuesday 9:00 at a service that is open from 8:30 to 16:30 one working day passes:
# 8 open hours. In hours the answer is 8. In days it is 0.333, because open time is divided by 24 hours; the
# same call without opening hours says 1. A mean "duration in business days" of a log read so is
# three times too short.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'business-duration==0.68'
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from datetime import time
from importlib.metadata import version

import pandas as pd
from business_duration import businessDuration

begin, end = pd.Timestamp("2026-03-02 09:00"), pd.Timestamp("2026-03-03 09:00")
open_hours = {"starttime": time(8, 30), "endtime": time(16, 30)}
hours = businessDuration(begin, end, unit="hour", **open_hours)
days = businessDuration(begin, end, unit="day", **open_hours)
plain = businessDuration(begin, end, unit="day")
print("business-duration", version("business-duration"))
print(f"open hours {hours}, days {days:.4f}, days without opening hours {plain}")
assert hours == 8
assert abs(days - 1 / 3) < 1e-9
assert plain == 1
PYTHON

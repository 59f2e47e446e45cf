#!/usr/bin/env bash
# businesstimedelta 1.0.1: the business time between two instants does not say which came first.
#
# `difference(later, earlier)` is the same positive number as `difference(earlier, later)`, where
# Python's own subtraction changes its sign. In a log of cases a row that ends before it began,
# a week's work of the wrong sign, is counted as a week of work: the total of two cases that
# took 8 hours and "minus 40" is 48, and a check for negative durations finds nothing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'businesstimedelta==1.0.1'
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import datetime
from importlib.metadata import version

import businesstimedelta

office = businesstimedelta.WorkDayRule(
    start_time=datetime.time(9), end_time=datetime.time(17), working_days=[0, 1, 2, 3, 4]
)
rows = [
    (datetime.datetime(2026, 3, 2, 9), datetime.datetime(2026, 3, 2, 17)),
    (datetime.datetime(2026, 3, 9, 9), datetime.datetime(2026, 3, 2, 9)),
]
print("businesstimedelta", version("businesstimedelta"))
hours = [office.difference(begin, end).hours for begin, end in rows]
plain = [(end - begin).total_seconds() / 3600 for begin, end in rows]
print("business hours", hours, "plain hours", plain)
assert hours == [8, 40]
assert plain == [8, -168]
PYTHON

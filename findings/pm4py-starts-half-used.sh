#!/usr/bin/env bash
# pm4py 2.7.23.11: of two measures on one log one uses the starts, the other does not.
#
# Intake from 9:00 to 10:00 on Monday, investigation from Friday 15:00 to Monday 10:00. The frame has
# both `start_timestamp` and `time:timestamp`. The performance graph takes the wait between them
# from end to start, 101 hours. The duration of the case leaves the first hour out (168 for 169 hours),
# and the service time is 0 for every activity, because both look at ends alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'pm4py==2.7.23.11'
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import pandas as pd
import pm4py

log = pd.DataFrame(
    {
        "case:concept:name": ["a", "a"],
        "concept:name": ["intake", "investigation"],
        "start_timestamp": pd.to_datetime(["2026-03-02 09:00", "2026-03-06 15:00"], utc=True),
        "time:timestamp": pd.to_datetime(["2026-03-02 10:00", "2026-03-09 10:00"], utc=True),
    }
)
graph, _, _ = pm4py.discover_performance_dfg(log)
wait = graph[("intake", "investigation")]["mean"] / 3600
(duration,) = pm4py.get_all_case_durations(log)
service = pm4py.get_service_time(log)
print("pm4py", pm4py.__version__)
print(f"wait in the graph {wait} h (from end to start)")
print(f"duration of the case {duration / 3600} h (169 from the first start), service {service}")
assert wait == 101
assert duration / 3600 == 168
assert service == {"intake": 0.0, "investigation": 0.0}
PYTHON

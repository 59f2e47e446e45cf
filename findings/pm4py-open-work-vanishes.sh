#!/usr/bin/env bash
# pm4py 2.7.23.11: work that has begun and not ended is taken out of the log, and with it whole cases.
#
# An activity that is still going on has a start and no end. `format_dataframe` is told both columns, and
# drops each row without an end; a case all of whose work is open is gone. So the log of a service
# looks as if everybody had been finished, which is what censoring is about: of three activities
# of two people one activity of one person is left, with a warning as the only trace.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'pm4py==2.7.23.11'
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import pandas as pd
import pm4py

rows = pd.DataFrame(
    {
        "case": ["a", "a", "b"],
        "activity": ["intake", "investigation", "intake"],
        "start": pd.to_datetime(["2026-03-02 09:00", "2026-03-03 09:00", "2026-03-04 09:00"]),
        "end": pd.to_datetime(["2026-03-02 10:00", None, None]),
    }
)
log = pm4py.format_dataframe(
    rows, case_id="case", activity_key="activity", timestamp_key="end", start_timestamp_key="start"
)
people = sorted(log["case:concept:name"].unique())
print("pm4py", pm4py.__version__, "rows", len(rows), "->", len(log), "cases a, b ->", people)
assert len(log) == 1
assert people == ["a"]
PYTHON

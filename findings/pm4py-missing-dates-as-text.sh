#!/usr/bin/env bash
# pm4py 2.7.23.11: a missing date is written to XES as the text "NaT".
#
# A column of dates that only some events have, such as a legal term, is a date in the file where it is
# there, and a string with the value NaT where it is not. XES would leave the attribute out. Who
# reads the file back meets one key with two types, and an event that "has" a term.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'pm4py==2.7.23.11'
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import re
import tempfile
from pathlib import Path

import pandas as pd
import pm4py

log = pd.DataFrame(
    {
        "case:concept:name": ["a", "a"],
        "concept:name": ["intake", "investigation"],
        "time:timestamp": pd.to_datetime(["2026-03-02 09:00", "2026-03-03 09:00"], utc=True),
        "due": pd.to_datetime([None, "2026-04-01"], utc=True),
    }
)
with tempfile.TemporaryDirectory() as folder:
    path = str(Path(folder) / "log.xes")
    pm4py.write_xes(log, path)
    written = re.findall(r'<(\w+) key="due" value="([^"]*)"', Path(path).read_text())
print("pm4py", pm4py.__version__, "the attribute due:", written)
assert written[0] == ("string", "NaT")
assert written[1][0] == "date"
PYTHON

"""Our logs in the hands of pm4py and vidigi, and theirs in ours: in an environment of its own.

pm4py is under the AGPL, so nothing here depends on it. Make an environment with both
(``python -m venv NAME; NAME/bin/pip install pm4py vidigi``) and name its Python in
CAPSIM_PROCESS_MINING_PYTHON; without it these tests are skipped. The sample logs of pm4py come
neither with its wheel nor with its source package: those in CAPSIM_PROCESS_MINING_LOGS are read, a
folder such as tests/input_data of a clone of github.com/pm4py/pm4py-core.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

import capsim

PYTHON = os.environ.get("CAPSIM_PROCESS_MINING_PYTHON", "")
pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(
        not PYTHON,
        reason="to run it: python -m venv /tmp/mining; /tmp/mining/bin/pip install pm4py vidigi; "
        "export CAPSIM_PROCESS_MINING_PYTHON=/tmp/mining/bin/python (pm4py is under the AGPL)",
    ),
]
LOGS = Path(os.environ.get("CAPSIM_PROCESS_MINING_LOGS", "."))
SAMPLES = ["running-example.csv", "running-example.xes", "receipt.csv", "receipt.xes"]

DISCOVER = """
import json, sys, warnings
warnings.simplefilter("ignore")
import pandas as pd
import pm4py
log = pm4py.read_xes(sys.argv[1])
events = log["time:timestamp"].dt.tz_convert("Europe/Brussels")
rows = pm4py.format_dataframe(
    pd.read_csv(sys.argv[2]),
    case_id="case:concept:name",
    activity_key="concept:name",
    timestamp_key="time:timestamp",
    start_timestamp_key="start_timestamp",
)
graph, starts, ends = pm4py.discover_dfg(rows)
pm4py.discover_petri_net_inductive(rows)
pm4py.write_xes(rows, sys.argv[3])
last = {
    "events": len(log),
    "hours": [int(events.dt.hour.min()), int(events.dt.hour.max())],
    "rows": len(rows),
    "graph": {" > ".join(pair): int(number) for pair, number in graph.items()},
}
print("ANSWER" + json.dumps(last))
"""
SAMPLE = """
import json, sys, warnings
warnings.simplefilter("ignore")
import pandas as pd
import pm4py
path = sys.argv[1]
log = pm4py.read_xes(path) if path.endswith("xes") else pd.read_csv(path)
log = pm4py.format_dataframe(log, case_id="case:concept:name", activity_key="concept:name",
                             timestamp_key="time:timestamp")
graph, _, _ = pm4py.discover_dfg(log)
pm4py.discover_petri_net_inductive(log)
pm4py.write_xes(log, sys.argv[2])
last = {
    "rows": len(log),
    "cases": int(log["case:concept:name"].nunique()),
    "graph": {" > ".join(pair): int(number) for pair, number in graph.items()},
    "ends": sorted(log["time:timestamp"].astype("datetime64[ns, UTC]").astype("int64").tolist()),
}
print("ANSWER" + json.dumps(last))
"""
ANIMATE = """
import json, sys
import pandas as pd
from vidigi.animation import animate_activity_log
log = pd.read_csv(sys.argv[1])
events = list(dict.fromkeys(log["event"]))
place = pd.DataFrame({"event": events, "x": range(100, 100 + 120 * len(events), 120)})
place = place.assign(y=200, label=events)
used = set(log.loc[log["event_type"] == "resource_use", "event"])
place["resource"] = [("seats" if event in used else None) for event in events]
class Model:
    seats = int(log["resource_id"].max())
figure = animate_activity_log(
    log, event_position_df=place, scenario=Model(), every_x_time_units=1440,
    limit_duration=60 * 1440,
)
print("ANSWER" + json.dumps(len(figure.frames)))
"""


@pytest.fixture(scope="module")
def run():
    """A year of three stages."""
    return capsim.simulate(
        capsim.Scenario(
            start="2026-01-01",
            horizon="1 year",
            teams={"t": {"fte": 3}},
            stages={
                "intake": {"team": "t", "work": "1 h"},
                "check": {"team": "t", "work": "2 h", "next": {"papers": 0.5, "closed": 0.5}},
                "papers": {"stay": "20 days"},
            },
            inflows={"regular": {"rate": {"per_month": 60}}},
        ),
        seed=1,
    )


def answer(program, *arguments):
    done = subprocess.run(
        [PYTHON, "-c", program, *map(str, arguments)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    (line,) = [text for text in done.stdout.splitlines() if text.startswith("ANSWER")]
    return json.loads(line.removeprefix("ANSWER"))


def test_pm4py_discovers_the_pathway_and_writes_it_back(run, tmp_path):
    """It reads both files, finds the arrows that the run took, in opening hours; what it writes we
    read again. Rows of open stays it leaves out itself, with a warning.
    """
    log = run.to_event_log("pm4py", tmp_path / "log.csv")
    events = run.to_event_log("xes", tmp_path / "log.xes")
    found = answer(DISCOVER, tmp_path / "log.xes", tmp_path / "log.csv", tmp_path / "back.xes")
    ended = log[log["time:timestamp"].notna()]
    following = ended.groupby("case:concept:name")["concept:name"].shift(-1)
    arrows = (ended["concept:name"] + " > " + following).dropna().value_counts().to_dict()

    assert found["events"] == len(events)
    assert found["rows"] == len(ended)
    assert found["graph"] == arrows
    assert found["hours"][0] >= 8
    assert found["hours"][1] <= 16
    back = capsim.read_log(tmp_path / "back.xes")
    assert len(back) == len(ended)
    assert (
        back.groupby("case")["ended"].max().sort_index().tolist()
        == ended.groupby("case:concept:name")["time:timestamp"]
        .max()
        .dt.tz_localize(None)
        .sort_index()
        .tolist()
    )


def test_vidigi_draws_the_animation(run, tmp_path):
    """A frame a day for sixty days, from the file as it stands."""
    run.to_event_log("vidigi", tmp_path / "log.csv")

    assert answer(ANIMATE, tmp_path / "log.csv") >= 60


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_of_pm4py_are_read_as_pm4py_reads_them(name, tmp_path):
    """Events, cases, arrows and ends, from the file and from what pm4py writes of it; and fitted.

    The files know completions alone, some in two offsets from UTC.
    """
    file = LOGS / name
    if not file.exists():
        pytest.skip(
            f"to run it: git clone https://github.com/pm4py/pm4py-core /tmp/pm4py; "
            f"export CAPSIM_PROCESS_MINING_LOGS=/tmp/pm4py/tests/input_data (there is no {file})"
        )
    theirs = answer(SAMPLE, file, tmp_path / "back.xes")
    zone = "Europe/Amsterdam"
    for path in (file, tmp_path / "back.xes"):
        read = capsim.read_log(path, zone=zone)
        ends = read["ended"].dt.tz_localize(zone).dt.tz_convert("UTC")
        assert len(read) == theirs["rows"]
        assert read["case"].nunique() == theirs["cases"]
        assert sorted(ends.astype("datetime64[ns, UTC]").astype("int64")) == theirs["ends"]
        ordered = read.sort_values(["case", "ended"], kind="stable")
        following = ordered.groupby("case")["stage"].shift(-1)
        arrows = (ordered["stage"] + " > " + following).dropna().value_counts()
        assert arrows.to_dict() == theirs["graph"]
        found = capsim.fit(path, zone=zone)
        assert found.estimates["path"].str.contains(".next.", regex=False).any()

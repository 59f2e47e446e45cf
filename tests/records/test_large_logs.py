"""Logs of a million events: time and memory, each size in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import capsim

SECONDS, MEGABYTES = 60, 2000
FIT = """
import json, resource, sys, time
import capsim
begun = time.process_time()
found = capsim.fit(sys.argv[1], end="2025-06-01")
unit = 1024 if sys.platform == "linux" else 1024**2
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
rows = found.estimates.set_index("path").loc["inflows.regular.rate.per_month", "n"]
print("ANSWER" + json.dumps([time.process_time() - begun, peak, int(rows)]))
"""


def measured(folder, cases, others=0):
    """CPU seconds, megabytes and arrivals of a fit to a CSV of four steps a case."""
    rng = np.random.default_rng(1)
    at, pieces = np.sort(rng.uniform(0, 1460, cases)), []
    for step in ("intake", "check", "guidance", "closing"):
        started = at + rng.exponential(3, cases)
        ended = started + rng.gamma(2, 5, cases)
        pieces.append(
            pd.DataFrame({"case": np.arange(cases), "concept:name": step})
            .assign(start_timestamp=started, **{"time:timestamp": ended})
            .assign(**{f"attribute {number}": "some words" for number in range(others)})
        )
        at = ended
    log = pd.concat(pieces).sample(frac=1, random_state=1)
    for name in ("start_timestamp", "time:timestamp"):
        days = pd.to_timedelta(log[name], unit="D")
        log[name] = (pd.Timestamp("2021-01-01") + days).dt.floor("s")
    file = folder / f"{cases}-{others}.csv"
    log.to_csv(file, index=False)
    done = subprocess.run(
        [sys.executable, "-c", FIT, str(file)], capture_output=True, text=True, timeout=300
    )
    file.unlink()
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.rpartition("ANSWER")[2])


@pytest.mark.thorough
def test_a_million_events_are_fitted_in_a_minute_and_two_gigabytes(tmp_path):
    """A million rows stay below both bounds, and take at most eight times what a fifth of them
    takes.
    """
    fifth, _, _ = measured(tmp_path, 50_000)
    seconds, megabytes, arrivals = measured(tmp_path, 250_000)

    assert arrivals == 250_000
    assert seconds < SECONDS
    assert megabytes < MEGABYTES
    assert seconds < 8 * fifth


@pytest.mark.thorough
def test_columns_that_nobody_reads_take_no_memory(tmp_path):
    """Forty other columns of text add less than a gigabyte to a million rows."""
    _, megabytes, arrivals = measured(tmp_path, 250_000, others=40)

    assert arrivals == 250_000
    assert megabytes < MEGABYTES


def test_other_columns_change_nothing_and_still_serve_messages():
    """A wide log is fitted as the narrow one; a misspelt column is looked for among all."""
    rng = np.random.default_rng(2)
    joined = np.sort(rng.uniform(0, 300, 60))
    narrow = pd.DataFrame({"case": range(60), "stage": "check", "joined": joined})
    narrow = narrow.assign(started=np.nan, ended=joined + rng.exponential(9, 60))
    wide = narrow.assign(Colour="red", Dossier="x")

    pd.testing.assert_frame_equal(
        capsim.fit(wide, end=400).estimates, capsim.fit(narrow, end=400).estimates
    )
    with pytest.raises(capsim.ScenarioError, match="did you mean 'Dossier'"):
        capsim.fit(wide, columns={"case": "Dosier"}, end=400)


def test_a_row_too_long_far_down_is_refused(tmp_path):
    """A decimal comma in row 200,001 of a file with commas is named, not read as another cell."""
    rows = ["case,stage,joined,started,ended", *(["1,check,1,,2"] * 200_000), "2,check,1,5,2,5,9"]
    (tmp_path / "log.csv").write_text("\n".join(rows), encoding="utf-8")

    with pytest.raises(capsim.ScenarioError, match="line 200002"):
        capsim.fit(tmp_path / "log.csv")

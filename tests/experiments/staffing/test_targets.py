"""Targets: what is read from their texts, and what is refused."""

import datetime

import numpy as np
import pandas as pd
import pytest

from capsim.experiments.staffing.targets import Target, parse_targets
from experiments.small import service

START = datetime.date(2026, 1, 1)


@pytest.mark.parametrize(
    ("text", "bound", "often"),
    [
        ("wait_p90[intake] <= 14 days", 14.0, None),
        ("wait_mean[intake] <= 2 weeks", 14.0, None),
        ("wait_mean[intake] ≤ 12 h", 0.5, None),
        ("late_share[intake] <= 0.05", 0.05, None),
        ("late_share[intake, office=genk] <= 5 %", 0.05, None),
        ("caseload_peak[guidance] <= 80", 80.0, None),
        ("caseload_per_fte[guidance] <= 90 cases per FTE", 90.0, None),
        ("contact_ratio[guidance] >= 0.9", 0.9, None),
        ("clear_day[intake] <= 2026-09-01", 243.0, None),
        ("my_measure <= -2.5", -2.5, None),
        ("late_share[intake] <= 5 % in 90 % of replications", 0.05, 0.9),
        ("wait_max[intake] <= 30 days in 0.8 of the runs", 30.0, 0.8),
    ],
)
def test_a_target_is_read_with_its_unit(text, bound, often):
    """Bounds come in the unit of the measure, dates as days since the start."""
    target = Target.parse(text, START)

    assert target.bound == bound
    assert target.often == often


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("wait_p90[intake] <= 14", "needs its unit"),
        ("wait_p90[intake] <= 10 workdays", "calendar days"),
        ("late_share[intake] <= 5", "write 0.05 or 5 %"),
        ("late_share[intake] <= 5 days", "with '%'"),
        ("late_share[intake] < 5 %", "must be <= or >="),
        ("late_share[intake] < 5 %", "; write <="),
        ("late_share[intake] <= 0,05", "write 0.05: decimals follow a point"),
        ("clear_day[intake] <= 01/09/2026", "write 2026-09-01: a date is year-month-day"),
        ("late_share[intake] >= 5 %", "harder to meet"),
        ("contact_ratio[guidance] <= 0.9", "harder to meet"),
        ("arrivals[intake] <= 5", "does not change how many arrive"),
        ("clear_day[intake] <= 30 days", "must be a date"),
        ("late_share[intake] <= 5 % in 120 % of replications", "between 0 and 1"),
        ("late_share[intake]", "cannot be read"),
        ("late_share[of=a, of=b] <= 5 %", "twice"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(text, message):
    """Each mistake names the target and what to write instead."""
    with pytest.raises(ValueError, match=message) as caught:
        Target.parse(text, START)

    assert text.split(" ")[0].split("[")[0] in str(caught.value)


def test_no_target_is_a_mistake():
    """An empty list asks for nothing."""
    with pytest.raises(ValueError, match="there is none"):
        parse_targets([], service())


def test_a_run_that_does_not_reach_a_measure_counts_as_infinitely_bad():
    """NaN of a quantile is left out only where nobody joined."""
    target = Target.parse("wait_p90[intake] <= 14 days")
    keys = pd.DataFrame(
        [[measure, "stage", "intake", "all", "all"] for measure in ("wait_p90", "stay_mean")],
        columns=["measure", "kind", "of", "inflow", "office"],
    )
    matrix = np.array([[3.0, 5.0], [np.nan, 40.0], [np.nan, np.nan]])

    columns = target.columns(keys)
    values = target.values(keys.iloc[columns], matrix[:, columns])

    assert values.tolist() == [3.0, np.inf]

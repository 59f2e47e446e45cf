"""Measures of the log in `hand_logs`, worked out on paper."""

import numpy as np
import pytest

from capsim.catalogue import Selector, measure_keys
from capsim.measures import measures_of
from measures.hand_logs import hand_log

WAITS = 0.2 + 0.4 + 1.0 + 7.0  # c1, c2, c3 gave up, c4 still waits
EXPECTED = {
    "wait_mean[intake]": WAITS / 4,
    "wait_mean_finished[intake]": 0.3,
    "wait_p50[intake]": 0.4,
    "wait_p90[intake]": np.nan,  # a quarter is left at 7.0
    "wait_max[intake]": 7.0,
    "censored_share[intake]": 1 / 4,
    "dropout_share[intake]": 1 / 4,
    "turned_away_share[intake]": 0.0,
    "queue_mean[intake]": WAITS / 14,
    "queue_peak[intake]": 2.0,
    "in_stage_mean[intake]": (0.4 + 0.5 + 1 + 7) / 14,
    "stay_mean[intake]": (0.4 + 0.5 + 1 + 7) / 4,
    "late_share[intake]": 1 / 3,  # c4 among c1, c2, c4; c3 left before it was due
    "decision_days_mean[intake]": (0.4 + 0.5) / 2,
    "decision_days_p90[intake]": np.nan,
    "arrivals[intake]": 4.0,
    "completed[intake]": 2.0,
    "clear_day[intake]": np.nan,  # before the wave 0.6 / 7 waited, c4 still does
    "wait_mean[intake, inflow=regular]": 0.3,
    "wait_p90[intake, inflow=regular]": 0.4,
    "wait_mean[intake, inflow=reform]": 4.0,
    "queue_peak[intake, inflow=regular]": 1.0,
    "late_share[intake, inflow=reform]": 1.0,
    "wait_mean[guidance]": (0.1 + 2.1) / 2,
    "wait_max[guidance]": 2.1,
    "assignment_wait_mean[guidance]": (0 + 2.0) / 2,
    # c0: 3.0-3.0, 10.5-11.2; c1: 1.4-1.5, 8.0-9.0; c2: 7.0-7.1, 12.0-14.0
    "contact_wait_mean[guidance]": (0 + 0.7 + 0.1 + 1.0 + 0.1 + 2.0) / 6,
    # gaps 3.1-10.5, 1.6-8.0, 7.2-12.0; visits 0.1, 0.1, none yet; waits 0.7, 1.0, 2.0
    "contact_ratio[guidance]": (7.5 + 6.5 + 4.8) / (7.5 + 6.5 + 4.8 + 3.7),
    "queue_mean[guidance]": (0.1 + 2.1) / 14,
    "queue_peak[guidance]": 1.0,
    "in_stage_mean[guidance]": (14 + 7.7 + 9) / 14,
    "stay_mean[guidance]": (7.7 + 9) / 2,
    "censored_share[guidance]": 0.0,
    "arrivals[guidance]": 2.0,
    "completed[guidance]": 1.0,
    # places: c0 0-10 and 11-14, c1 1.4-9.1, c2 7-14; guide 1 employed 10 days, guide 2 14
    "caseload_per_worker[guides]": (13 + 7.7 + 7) / 24,
    "caseload_per_fte[guides]": 1.5 * (13 + 7.7 + 7) / (10 + 7 + 0.5 * 7),
    "caseload_peak[guides]": 2.0,
    # 7 and 5 open days at half, then 5 at a quarter, of ten hours
    "utilization[guides]": (0.5 * 3 + 0.25 * 2) / (35 + 25 + 12.5),
    "queue_mean[guides]": (0.1 + 2.1) / 14,
    "caseload_per_worker[desk]": (0.4 + 0.5 + 1 + 7) / 14,
    "caseload_per_fte[desk]": (1.5 * 0.9 + 8) / 14,
    "utilization[desk]": 3 / 100,
}


@pytest.mark.parametrize("selector", EXPECTED)
def test_a_measure_is_what_the_paper_says(selector):
    """Every measure, for two stages, two inflows and two teams."""
    value = Selector.parse(selector).value(measures_of(hand_log()))
    assert value == pytest.approx(EXPECTED[selector], rel=1e-12, nan_ok=True)


WARM = {
    "arrivals[intake]": 2.0,
    "completed[intake]": 0.0,
    "wait_mean[intake]": 4.0,
    "queue_mean[intake]": 8 / 7,
    "in_stage_mean[guidance]": (7 + 2.1 + 7) / 7,
    "arrivals[guidance]": 0.0,
    "wait_mean[guidance]": np.nan,
    "completed[guidance]": 1.0,
    "queue_peak[guidance]": 1.0,  # c2, there already at the opening of day 7
    # due from day 7 on: c0 10.5, c1 8.0, c2 7.0 and 12.0
    "contact_wait_mean[guidance]": (0.7 + 1.0 + 0.1 + 2.0) / 4,
    "caseload_per_worker[guides]": (3 + 3 + 2.1 + 7) / (3 + 7),
    "caseload_per_fte[guides]": 1.5 * (3 + 3 + 2.1 + 7) / (3 + 3.5),
    "utilization[guides]": (0.5 + 0.5) / (15 + 12.5),
    "utilization[desk]": 0.0,
}


@pytest.mark.parametrize("selector", WARM)
def test_what_lies_before_the_warm_up_is_not_measured(selector):
    """With a warm-up of seven days only the second week counts; what is open then is carried in."""
    value = Selector.parse(selector).value(measures_of(hand_log(warm_up="7 days")))
    assert value == pytest.approx(WARM[selector], rel=1e-12, nan_ok=True)


def test_joiners_of_the_follow_up_are_not_judged():
    """With a follow-up of eight days c3 and c4, who join on day 7, are in the queue only."""
    frame = measures_of(hand_log(follow_up="8 days"))
    assert Selector.parse("wait_mean[intake]").value(frame) == pytest.approx(0.3)
    assert Selector.parse("censored_share[intake]").value(frame) == 0
    assert Selector.parse("queue_mean[intake]").value(frame) == pytest.approx(WAITS / 14)


def test_a_backlog_clears_on_the_first_day_with_a_queue_as_before_the_wave():
    """c4 is started at 9.0: the mean queue of a week is back at that before the wave on day 15.

    Before the wave 0.6 case days in 7 days; c3 (7.0-8.0) and c4 (7.0-9.0) add 3. The first highest
    week is that of days 2-8 with 3.4; that of day 14 has day 8 in it still, that of 15 is empty.
    """
    log = hand_log(horizon="28 days")
    log.stay_started[6] = 9 * 36_000
    assert Selector.parse("clear_day[intake]").value(measures_of(log)) == 15


def test_rows_that_do_not_apply_are_absent_and_those_that_do_are_in_a_fixed_order():
    """Guidance has no deadline and no patience; intake has one visit and no caseworker."""
    log = hand_log()
    rows = measure_keys(log.plan).rows
    has = {(measure, of) for measure, _, of, *_ in rows}
    assert not {("late_share", "guidance"), ("dropout_share", "guidance")} & has
    assert not {("contact_ratio", "intake"), ("assignment_wait_mean", "intake")} & has
    assert not {("caseload_peak", "desk")} & has
    assert {("contact_ratio", "guidance"), ("turned_away_share", "intake")} <= has
    assert len(set(rows)) == len(rows)
    assert rows[0] == ("wait_mean", "stage", "intake", "all", "all", "all")
    assert rows == measure_keys(hand_log().plan).rows

"""Bands of the variants of the province in 2026, as docs/limburg-model.md states them (long)."""

import numpy as np
import pytest

from presets.preset_runs import limburg, values

pytestmark = pytest.mark.thorough

N = 20
NO_REFORM = {"inflows.reform.take_up": 0}


def late(variant, n=N):
    return values(limburg(variant), n, "late_share", "investigation", window="2026")


def stock_of_2028(variant, changes=None):
    scenario = limburg(variant)
    scenario = scenario.with_(changes) if changes else scenario
    return values(scenario, 10, "in_stage_mean", "guidance", window="december").mean()


def is_safely_within(found, low, high):
    error = found.std(ddof=1) / np.sqrt(len(found))
    return low + 3 * error < found.mean() < high - 3 * error


@pytest.mark.parametrize(
    ("variant", "low", "high"),
    [
        (None, 0.06, 0.18),
        ("announced", 0.28, 0.52),
        ("abrupt", 0.33, 0.58),
        ("phased", 0.14, 0.34),
        ("structural-staff", 0.10, 0.28),
        ("together", 0.05, 0.16),
        ("decisions-first", 0.0, 0.10),
    ],
)
def test_late_share_of_2026(variant, low, high):
    """Means of 20 runs lie in the bands by at least three standard errors."""
    assert is_safely_within(late(variant), low, high)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (None, "phased"),
        ("together", "phased"),
        ("phased", "announced"),
        ("announced", "abrupt"),
        ("informed-early", "announced"),
        ("joint-activation", "announced"),
        ("structural-staff", "late-staff"),
        ("late-staff", "announced"),
        ("pooled", "announced"),
        ("announced", "later-waves"),
        ("own-pace", "elasticity-zero"),
        ("elasticity-zero", "announced"),
    ],
)
def test_order_in_2026(better, worse):
    """On the same luck the difference is more than three standard errors from zero."""
    difference = late(worse) - late(better)
    assert difference.mean() > 3 * difference.std(ddof=1) / np.sqrt(N)


def test_early_staff_halves_what_late_staff_barely_touches():
    """Ten posts in October 2025 leave 0.35-0.65 of the late share, in July 2026 more than 0.75."""
    announced = late("announced").mean()
    assert 0.35 < late("structural-staff").mean() / announced < 0.65
    assert 0.75 < late("late-staff").mean() / announced < 1


def test_deciding_first_makes_the_guided_wait():
    """Who waits is a choice: where hardly anybody is late, contacts fall below 0.75."""
    decisions_first = limburg("decisions-first")
    contact = values(decisions_first, N, "contact_ratio", "guidance", window="2026")
    assert is_safely_within(contact, 0.6, 0.75)


def test_pooling_helps_ordinary_years():
    """Without the reform pooled hours leave less than 0.07 late, half of what others have."""
    pooled = limburg("pooled").with_(NO_REFORM)
    found = values(pooled, 10, "late_share", "investigation", window="2026")
    assert is_safely_within(found, 0, 0.07)
    assert found.mean() < late(None, 10).mean() / 2


def test_stock_after_the_waves_depends_on_how_guidance_ends():
    """December 2028, announced over no reform: closing + 5 to 13 %, elasticity 0 and stay less.

    Standard error of each ratio: 0.005.
    """
    added = {}
    for variant in ("announced", "elasticity-zero", "own-pace"):
        added[variant] = stock_of_2028(variant) / stock_of_2028(variant, NO_REFORM) - 1
    assert 0.05 < added["announced"] < 0.13
    assert added["elasticity-zero"] < added["announced"] - 0.02
    assert added["own-pace"] < added["elasticity-zero"]
    assert added["own-pace"] > 0


def test_phasing_does_not_change_the_work():
    """The stock at the end of 2028 is the same as with the legal dates, within 4 %."""
    assert stock_of_2028("phased") == pytest.approx(stock_of_2028("announced"), rel=0.04)
    assert 0.92 < stock_of_2028("joint-activation") / stock_of_2028("announced") < 0.995

"""The quick start: small, stable, believable."""

import numpy as np
import pytest

from presets.preset_runs import preset, values

N = 150


def test_is_in_order_and_stable():
    """No warnings; every team has hours and places for what it is asked, reform apart."""
    scenario = preset("one-office")
    assert scenario.check() == []
    assert scenario.describe().state == "stable"


def test_has_about_forty_applications_a_month():
    """New applications and returns together; 640 days are measured, 60 of them not judged."""
    arrivals = values(preset("one-office"), N, "arrivals", "intake")
    months = (730 - 90) / 30.4375
    # 150 runs: standard error 0.1 a month.
    assert arrivals.mean() / months == pytest.approx(39.7, abs=1.5)


def test_stock_stays():
    """Without the wave the cases in guidance stay at the 350 of the first day (within 5 %)."""
    assert values(preset("one-office"), N, "in_stage_mean", "guidance").mean() == pytest.approx(
        350, rel=0.05
    )


@pytest.mark.parametrize(
    ("measure", "of", "low", "high"),
    [
        ("utilization", "applications", 0.74, 0.86),
        ("utilization", "guidance", 0.67, 0.79),
        ("late_share", "investigation", 0.03, 0.12),
        ("decision_days_mean", "investigation", 18, 23),
        ("caseload_per_fte", "guidance", 73, 84),
        ("dropout_share", "intake", 0.0, 0.03),
    ],
)
def test_is_believable(measure, of, low, high):
    """Means of 150 runs, each more than three standard errors inside its band."""
    found = values(preset("one-office"), N, measure, of)
    error = found.std(ddof=1) / np.sqrt(N)
    assert low + 3 * error < found.mean() < high - 3 * error


def test_wave_makes_decisions_late_and_a_worker_in_time_prevents_it():
    """On the same luck the wave multiplies late decisions; one worker more takes that away."""
    late = {
        name: values(
            preset("one-office") if name == "base" else preset("one-office").variant(name),
            N,
            "late_share",
            "investigation",
        ).mean()
        for name in ("base", "wave", "wave-with-staff")
    }
    assert late["wave"] > 3 * late["base"]
    assert late["wave-with-staff"] < 1.5 * late["base"]

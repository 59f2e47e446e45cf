"""Case managers, caseload feedback and the workforce against exact figures."""

import numpy as np
import pytest

from capsim import theory
from capsim.theory import FeedbackTeam, TheoryError, steps
from figures import oracle, published

CASES = (
    oracle("i_case_manager")["cases"]
    + oracle("z_phenomena")["case_manager_levers"]
    + oracle("z_phenomena")["caseload_limit_curve"]
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"N{case['N']}-M{case['M']}")
def test_case_managers_agree_with_the_exact_figures(case: dict) -> None:
    """One and two workers, levers and limits: waits, caseloads, hours and places."""
    line = theory.case_manager(
        case["lam"],
        case["mu_contact"],
        case["gamma_external"],
        case["p_close"],
        case["M"],
        case["N"],
    )
    # The reference cut the queue off and solved to about 1e-9; for one worker its second method
    # (matrix-geometric) did not. Compare waits with that where it exists.
    wait = case.get("crosscheck_qbd_mean_preassignment_wait", case["mean_preassignment_wait"])
    assert line.assignment_wait_mean == pytest.approx(wait, rel=1e-8)
    assert line.probability_of_waiting == pytest.approx(case["P_preassignment_wait"], rel=1e-8)
    assert line.caseload_mean == pytest.approx(case["mean_caseload_per_worker"], rel=1e-9)
    assert line.utilization == pytest.approx(case["util_theory"], rel=1e-9)
    assert line.contact_wait_mean == pytest.approx(case["mean_internal_wait_per_contact"], rel=1e-8)
    assert line.stay_mean == pytest.approx(case["mean_case_duration_after_assignment"], rel=1e-9)
    assert line.time_in_system_mean == pytest.approx(case["mean_total_time"], rel=1e-8)
    assert line.arrival_limit == pytest.approx(case["stability_lambda_max"], rel=1e-9)
    assert line.places_utilization == pytest.approx(case["load_vs_limit"], rel=1e-9)


@pytest.mark.parametrize("case", published("08")["cases"], ids=lambda case: f"M{case['M']}")
def test_one_published_social_worker(case: dict) -> None:
    """One worker with a caseload limit, five settings, solved elsewhere by another program."""
    line = theory.case_manager(case["lam"], case["mu"], case["nu"], case["p"], case["M"])
    assert line.arrival_limit == pytest.approx(case["max_throughput"], rel=1e-9)
    assert line.assignment_queue_mean == pytest.approx(case["E_external_queue"], rel=1e-8)
    assert line.caseload_mean == pytest.approx(case["E_open_caseload"], rel=1e-9)
    assert line.utilization == pytest.approx(case["worker_busy"], rel=1e-9)
    assert line.probability_of_waiting == pytest.approx(case["P_wait_external"], rel=1e-8)
    assert line.time_in_system_mean == pytest.approx(case["E_time_in_system"], rel=1e-9)


def test_places_bind_where_hours_do_not() -> None:
    """Guidance: a case every two weeks, twelve places. Busy a fifth of the time, and yet full."""
    limit = theory.case_manager_limit(4, 1 / 14, 0.1, 12, workers=2)
    assert limit.places == pytest.approx(0.185820, abs=5e-7)
    assert limit.hours == pytest.approx(0.8)
    line = theory.case_manager(0.155, 4, 1 / 14, 0.1, 12, workers=2)
    assert line.utilization == pytest.approx(0.155 / 0.8, rel=1e-9)
    assert line.utilization < 0.2
    assert line.assignment_wait_mean > 7


def test_a_case_manager_beyond_the_limit_is_refused() -> None:
    """At 0.19 a day that team's list grows for ever although it is busy a quarter of the time."""
    with pytest.raises(TheoryError, match=r"utilisation of the places .* must be below 1"):
        theory.case_manager(0.19, 4, 1 / 14, 0.1, 12, workers=2)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("filled", [0.05, 0.7, 0.967, 0.993, 0.9999, 0.999998])
def test_case_managers_close_what_comes_in_at_any_load(filled: float, workers: int) -> None:
    """Busy for 1 / p contacts per case, up to a millionth below the limit of the places."""
    limit = theory.case_manager_limit(1, 0.5, 0.2, 5, workers).places
    line = theory.case_manager(filled * limit, 1, 0.5, 0.2, 5, workers)
    assert line.utilization == pytest.approx(filled * limit / 0.2 / workers, rel=1e-6)
    assert line.assignment_wait_mean > 0
    with pytest.raises(TheoryError, match="must stay a millionth below"):
        theory.case_manager((1 - 1e-8) * limit, 1, 0.5, 0.2, 5, workers)


def test_one_visit_per_case_makes_a_case_manager_a_single_server() -> None:
    """With p = 1 every contact closes, so one worker is M/M/1, wherever the case waits."""
    line = theory.case_manager(0.7, 1, 0.5, 1, 4)
    assert line.time_in_system_mean == pytest.approx(1 / 0.3, rel=1e-9)


def test_a_wide_limit_leaves_an_open_network() -> None:
    """No limit that binds: desk and away are a Jackson network."""
    line = theory.case_manager(0.1, 1, 0.5, 0.2, 150)
    network = theory.jackson([0.1, 0], [[0, 0.8], [1, 0]], [1, 0.5], [1, np.inf])
    assert line.stay_mean == pytest.approx(network.time_in_system_mean, rel=1e-9)
    assert line.probability_of_waiting < 1e-12


def test_a_constant_caseload() -> None:
    """One worker with fifteen cases for ever: the machine-repair figures."""
    case = published("13")
    full = theory.closed_caseload(15, 1.0, 0.1)
    assert full.utilization == pytest.approx(case["exact"]["worker_busy"], rel=1e-9)
    assert full.needy_mean == pytest.approx(case["exact"]["mean_needy"], rel=1e-9)
    # The cycle of one case times its rate is the number of cases: Little's law.
    cycle = 11 / full.contact_ratio
    assert full.contacts_per_time * cycle == pytest.approx(15, rel=1e-12)


@pytest.mark.parametrize(
    "case",
    oracle("m_caseload_feedback")["cases"],
    ids=lambda case: f"{case['lam']}-{case['beta']}-{case['K']}",
)
def test_caseload_feedback_agrees_with_the_exact_figures(case: dict) -> None:
    """Five inflows by three teams: stationary means to 1e-9."""
    team = FeedbackTeam(1 / 70, 100, case["beta"], case["K"], case["total_places"])
    line = theory.caseload_feedback(team, case["lam"])
    assert line.open_mean == pytest.approx(case["mean_open"], rel=1e-9)
    assert line.queue_mean == pytest.approx(case["mean_queue"], rel=1e-9)
    assert line.probability_of_blocking == pytest.approx(case["P_block"], rel=1e-9)
    assert line.throughput == pytest.approx(case["throughput"], rel=1e-9)
    assert line.stay_mean == pytest.approx(case["mean_duration"], rel=1e-9)
    assert line.beyond_knee == pytest.approx(case["P_n_gt_knee"], rel=1e-9)
    assert team.flow_peak == pytest.approx(case["D_max"], rel=1e-9)
    assert team.flow_at_limit == pytest.approx(case["D_at_cap"], rel=1e-9)


@pytest.mark.parametrize(
    "case",
    oracle("m_caseload_feedback")["transient"],
    ids=lambda case: f"{case['beta']}-{case['K']}-wave{case['wave']}",
)
def test_a_wave_through_a_team_with_feedback(case: dict) -> None:
    """A wave of 60 days: with the cap the team recovers, without it the caseload keeps rising."""
    team = FeedbackTeam(1 / 70, 100, case["beta"], case["K"], 900)
    first, last = case["wave_window"]
    base = case["lam0"]
    wave = steps((0, base), (first, base + case["wave"]), (last, base))
    path = theory.caseload_feedback_path(team, wave, case["t"], initial=case["n0"])
    # The reference integrated across the jumps of the inflow: some 1e-6 in a probability.
    assert path.in_system_mean == pytest.approx(case["mean_total"], rel=1e-7)
    assert path.open_mean == pytest.approx(case["mean_open"], rel=1e-7)
    assert path.beyond_knee == pytest.approx(case["P_total_gt_knee"], rel=3e-6)


def test_posts_under_turnover() -> None:
    """12 % a year, four months vacant: 26 posts for 25 people; exact alternation of means."""
    assert theory.filled_posts(26, 0.12, 4 / 12) == pytest.approx(25)
    assert theory.filled_posts(10, 0, 5) == 10


def test_kinds_of_absence_compete() -> None:
    """Two spells of 10 days and one of 5 per year at work: 25 days away per 365.25 at work."""
    share = theory.presence_share([(2, 10 / 365.25), (1, 5 / 365.25)])
    assert share == pytest.approx(365.25 / 390.25, rel=1e-12)


def test_onboarding_costs_what_the_new_ones_lack() -> None:
    """Half pace for a quarter of a year at 20 % turnover: 1 - e^-0.05 of the staff is new."""
    team = theory.effective_posts(
        10, 0.2, 0.5, onboarding_length=0.25, onboarding_rate=0.5, absences=[(1, 0.25)]
    )
    assert team.filled == pytest.approx(10 / 1.1)
    assert team.present == pytest.approx(10 / 1.1 * 0.8)
    assert team.effective == pytest.approx(10 / 1.1 * 0.8 * (1 - 0.5 * (1 - np.exp(-0.05))))
    assert team.posts_per_effective_post == pytest.approx(10 / team.effective)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.case_manager_limit(1, 1, 0, 5), "closing_probability: 0 must lie in"),
        (lambda: theory.case_manager_limit(1, 1, 0.5, 0), "caseload_limit: 0 must be at least 1"),
        (lambda: theory.case_manager(0.1, 1, 1, 0.5, 5, 3), "workers: 3 must be 1 or 2"),
        (lambda: theory.case_manager(0.01, 1, 1, 0.5, 90, 2), "too many for 2 worker"),
        (lambda: theory.closed_caseload(0, 1, 1), "cases: 0 must be at least 1"),
        (lambda: FeedbackTeam(1, 100, 2, 50, 20), "places: 20 must be at least 50"),
        (lambda: theory.filled_posts(5, -0.1, 1), "turnover: -0.1 must be 0 or more"),
        (
            lambda: theory.effective_posts(5, 0.1, 1, onboarding_length=1, onboarding_rate=2),
            "onboarding_rate: 2 must lie in",
        ),
    ],
)
def test_numbers_outside_the_domain_are_refused(call: object, message: str) -> None:
    """The error names the argument, its value and the rule."""
    with pytest.raises(TheoryError, match=message):
        call()

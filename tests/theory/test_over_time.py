"""The time-varying methods against exact figures: loads, transients, fluids, staffing rules."""

import math

import numpy as np
import pytest

from capsim import theory
from capsim.theory import TheoryError, steps
from figures import oracle, published

RATES = {
    "step": steps((0, 2), (20, 5), (50, 2)),
    "sin52": lambda t: 10 + 6 * math.sin(2 * math.pi * t / 52),
    "gauss_wave": lambda t: 4 + 12 * math.exp(-0.5 * ((t - 60) / 10) ** 2),
}
STAYS = {
    "exp10": theory.exponential(10),
    "det10": theory.fixed(10),
    "lognorm10_cv1": theory.lognormal(10, 1),
}


@pytest.mark.parametrize(
    "case", oracle("f_mt_g_inf")["cases"], ids=lambda case: f"{case['lam']}-{case['service']}"
)
def test_infinite_server_load_agrees_with_the_exact_figures(case: dict) -> None:
    """Three rates by three laws of the stay, at thirteen instants, to 1e-9."""
    curve = theory.infinite_server_load(RATES[case["lam"]], STAYS[case["service"]], case["t"])
    assert curve.load == pytest.approx(case["mean_N"], rel=1e-9)


@pytest.mark.parametrize("name", ["parking", "caseload"])
def test_a_published_seasonal_load(name: str) -> None:
    """Car park and caseload from empty: exact ODE solutions, to 1e-9."""
    case = published("09")[name]
    rate = {
        "parking": lambda t: 1000 + 100 * math.sin(math.pi * t / 12),
        "caseload": lambda t: 20 + 8 * math.sin(2 * math.pi * t / 12),
    }[name]
    times = [float(time) for time in case["expected"]]
    curve = theory.infinite_server_load(rate, theory.exponential(case["mean_stay"]), times)
    expected = [row["from_empty"] for row in case["expected"].values()]
    assert curve.load == pytest.approx(expected, rel=1e-9)


def test_a_published_stroke_service_in_steady_state() -> None:
    """Monks et al. 2016, table 2: mean occupancy of acute beds by the infinite-server formula."""
    case = published("01")
    laws = case["distributions"]

    def mean(name: str) -> float:
        return laws[name]["params"]["mean"]

    destinations = dict(
        zip(
            laws["asu_routing_stroke"]["params"]["values"],
            laws["asu_routing_stroke"]["params"]["freq"],
            strict=True,
        )
    )
    stays = {"rehab": "stroke_noesd", "esd": "stroke_esd", "other": "stroke_mortality"}
    total = sum(destinations.values())
    stroke = sum(
        share / total * mean(f"asu_los_{stays[where]}") for where, share in destinations.items()
    )
    occupancy = stroke / mean("asu_arrival_stroke") + sum(
        mean(f"asu_los_{kind}") / mean(f"asu_arrival_{kind}") for kind in ("tia", "neuro", "other")
    )
    assert occupancy == pytest.approx(case["exact_oracle"]["mean_occupancy"]["base"]["asu"])
    # P(delay) with n beds is Erlang B with that load: the paper's figures are its rounding.
    for beds, exact in case["exact_oracle"]["p_delay"]["base"]["asu"].items():
        assert theory.erlang_b(occupancy, int(beds)) == pytest.approx(exact, abs=5.1e-5)


def test_initial_cases_run_off_like_the_equilibrium_they_come_from() -> None:
    """A service in equilibrium stays there: inflow refills what the residual stays empty."""
    for law in (theory.exponential(10), theory.lognormal(10, 1), theory.gamma(10, 0.5)):
        curve = theory.infinite_server_load(2, law, [1, 5, 20, 60], initial=20)
        assert curve.load == pytest.approx([20] * 4, rel=1e-9)


def test_a_network_of_exponential_stages_settles_at_the_traffic_equations() -> None:
    """Erlang-R: visits and returns; at last the loads are those of the traffic equations."""
    routing = [[0, 0.75], [1, 0]]
    curve = theory.infinite_server_network(
        [6, 0], routing, [theory.exponential(1), theory.exponential(14)], [5, 1500]
    )
    flows = theory.traffic([6, 0], routing)
    assert curve.load[1] == pytest.approx(flows * [1, 14], rel=1e-8)
    assert (curve.load[0] < curve.load[1]).all()


def test_a_network_over_the_grid_agrees_with_the_equations() -> None:
    """The same network by the grid method (stays given as if not memoryless): 1e-5 relative."""
    stays = [theory.exponential(1), theory.exponential(14)]
    general = [theory.StayLaw("other", stay.mean, stay.survival) for stay in stays]
    rates = [steps((0, 6), (20, 9)), 0.5]
    routing = [[0, 0.75], [0.9, 0]]
    times = [1, 10, 20, 30, 60]
    exact = theory.infinite_server_network(rates, routing, stays, times, initial=[3, 20])
    grid = theory.infinite_server_network(
        rates, routing, general, times, initial=[3, 20], step=0.02
    )
    assert grid.load == pytest.approx(exact.load, rel=1e-5)


def test_one_stage_of_a_network_over_the_grid_is_the_single_stage() -> None:
    """Lognormal stays: the grid against quadrature, 1e-4 relative."""
    case = oracle("f_mt_g_inf")["cases"][5]
    curve = theory.infinite_server_network(
        [RATES["sin52"]], [[0]], [STAYS["lognorm10_cv1"]], case["t"]
    )
    assert curve.load[:, 0] == pytest.approx(case["mean_N"], rel=1e-4)


def _wave_or_season(case: dict) -> dict:
    season = {"rate": lambda t: 4.5 * (1 + 0.4 * math.sin(2 * math.pi * t / 52))}
    return {
        "h1_wave_and_late_hiring": {
            "rate": steps((0, 4.5), (20, 7.0), (80, 4.5)),
            "servers": steps((0, 20), (40, 30)),
        },
        "h2_sinusoid": {**season, "servers": 20},
        "h3_sinusoid_abandon_stepdown_preemptive": {
            **season,
            "servers": steps((0, 24), (40, 16), (100, 24)),
            "patience_rate": 1 / 60,
        },
    }[case["id"]]


@pytest.mark.parametrize("case", oracle("h_mt_m_ct")["cases"], ids=lambda case: case["id"])
def test_transient_queue_agrees_with_the_exact_figures(case: dict) -> None:
    """Wave with late hiring (1e-9), season, patience and a cut of staff (1e-7)."""
    line = theory.transient_mmc(
        service_rate=case["mu"], times=case["t"], initial=case["n0"], **_wave_or_season(case)
    )
    # The reference ODE's own tolerance is 1e-9 per step; its uniformised check is exact.
    tolerance = 2e-7
    if "crosscheck_uniformisation_mean_queue" in case:
        assert line.queue_mean == pytest.approx(
            case["crosscheck_uniformisation_mean_queue"], rel=1e-9
        )
    assert line.in_system_mean == pytest.approx(case["mean_N"], rel=tolerance)
    assert line.queue_mean == pytest.approx(case["mean_queue"], rel=tolerance, abs=1e-9)
    assert line.probability_of_waiting == pytest.approx(case["P_wait"], rel=tolerance, abs=2e-8)


def test_the_transient_queue_settles_at_erlang_c() -> None:
    """Long after the start the mean queue and the law of the wait are the steady state's."""
    line = theory.transient_mmc(1.6, 1, 2, [1500])
    steady = theory.erlang_c(1.6, 1, 2)
    assert line.queue_mean[0] == pytest.approx(steady.queue_mean, rel=1e-8)
    assert line.wait_exceeds(3)[0] == pytest.approx(steady.wait_exceeds(3), rel=1e-8)


def test_a_limited_room_loses_arrivals() -> None:
    """With `places` the last state blocks: the steady state is M/M/c/K's."""
    line = theory.transient_mmc(9, 1, 10, [200], places=15)
    exact = theory.mmck(9, 1, 10, 15)
    assert line.distribution[0] == pytest.approx(exact.distribution, rel=1e-8)


def settled_start() -> np.ndarray:
    """The steady state of 4.5 arrivals a day at 20 workers of 4 days: where the stories begin."""
    chances = np.ones(600)
    for n in range(1, 600):
        chances[n] = chances[n - 1] * 18 / min(n, 20)
    return chances / chances.sum()


@pytest.mark.parametrize("row", oracle("z_phenomena")["abrupt_vs_phased"]["rows"][:4])
def test_a_phased_wave_peaks_lower_but_clears_no_sooner(row: dict) -> None:
    """A wave of 150 over 1 to 60 days: exact peak, waits over 30 days, and the fluid beside it."""
    length = row["duration"]
    inflow = steps((0, 4.5 + 150 / length), (length, 4.5))
    line = theory.transient_mmc(inflow, 0.25, 20, [length, 300], initial=settled_start())
    assert line.queue_mean[0] == pytest.approx(row["exact_peak_meanQ"], rel=1e-5)
    assert line.queue_mean[1] == pytest.approx(row["meanQ_at_300"], rel=1e-5)

    # A flow has no queue at a load below 1; it needs 20 in service to start where chance has 18.
    path = theory.fluid(inflow, 0.25, 20, np.linspace(0, 320, 641), initial=20)
    assert path.queue_peak == pytest.approx(149.5 - 0.5 * (length - 1), rel=1e-6)
    assert path.queue_peak == pytest.approx(row["fluid_peak"], rel=1e-6)
    assert path.clears() == pytest.approx(300, abs=1e-4)
    # The area is exact: V (V / s - d) / 2 with the wave's own triangle.
    assert path.queue_days[-1] == pytest.approx(row["fluid_peak"] * 300 / 2, rel=1e-6)


@pytest.mark.parametrize("row", oracle("z_phenomena")["hiring_vs_information_lead"]["rows"])
def test_each_day_of_hiring_delay_costs_a_day_of_extra_inflow(row: dict) -> None:
    """Inflow 4.5 -> 6 with 8 workers after D days: the exact peak and queue-days."""
    delay = row["D"]
    crew = steps((0, 20), (delay, 28)) if delay else 28
    # The source looked every five days; a sample at the hiring already has the new staff.
    times = np.arange(0, 601, 5.0)
    line = theory.transient_mmc(6.0, 0.25, crew, times, initial=settled_start())
    assert line.queue_mean[-1] == pytest.approx(row["EQ600"], rel=1e-6)
    assert line.queue_mean.max() == pytest.approx(row["peak_EQ"], rel=1e-6)
    area = 5 * (line.queue_mean.sum() - (line.queue_mean[0] + line.queue_mean[-1]) / 2)
    assert area == pytest.approx(row["queue_days_600"], rel=1e-6)

    path = theory.fluid(6.0, 0.25, crew, [max(delay - 1e-6, 1e-6), 600], initial=20)
    assert path.queue_peak == pytest.approx(row["fluid_peak"], abs=1e-4)


def test_a_fluid_with_patience_settles_where_leaving_balances_the_excess() -> None:
    """Overload 6 against 5 a day, patience 60 days: the queue tends to (6 - 5) x 60."""
    path = theory.fluid(6, 0.25, 20, [2000], patience_rate=1 / 60, initial=0)
    assert path.queue[0] == pytest.approx(60, rel=1e-8)
    assert path.abandoned[0] + path.served[0] + path.in_system[0] == pytest.approx(12_000)


def test_a_fluid_below_capacity_is_the_infinite_server_load() -> None:
    """While nobody waits the fluid and the load equation are the same."""
    rate = RATES["sin52"]
    times = [5, 20, 80]
    path = theory.fluid(rate, 0.1, 1000, times)
    load = theory.infinite_server_load(rate, theory.exponential(10), times)
    assert path.in_system == pytest.approx(load.load, rel=1e-8)
    assert path.queue == pytest.approx([0, 0, 0])
    assert path.clears() == 5


def test_a_queue_that_never_clears_says_so() -> None:
    """More inflow than capacity: no time to clear."""
    assert theory.fluid(6, 0.25, 20, [10, 100]).clears() == math.inf


def test_pooling_offices_as_in_the_exact_figures() -> None:
    """38 offices alone, in clusters of six, and as one: waits, lateness and staff needed."""
    pooling = oracle("z_phenomena")["pooling"]
    for row in pooling["rows"]:
        line = theory.erlang_c(row["lam"], 0.25, row["c"])
        assert line.wait_mean == pytest.approx(row["Wq"], rel=1e-9)
        assert line.wait_exceeds(30) == pytest.approx(row["P_wait_gt_30"], rel=1e-9)
    needed = pooling["staff_for_P_wait30_lt_1pct"]
    single = theory.smallest_servers(0.65, 0.25, wait=30, probability=0.01)
    pooled = theory.smallest_servers(24.7, 0.25, wait=30, probability=0.01)
    assert (single, 38 * single, pooled) == (
        needed["per_office"],
        needed["total_38_separate"],
        needed["pooled"],
    )


def test_smallest_servers_is_the_first_that_meets_the_target() -> None:
    """One fewer fails, with and without impatience."""
    for patience in (0.0, 0.1):
        found = theory.smallest_servers(12, 1, probability=0.1, wait=0.2, patience_rate=patience)

        def late(servers: int, patience: float = patience) -> float:
            if patience:
                return theory.erlang_a(12, 1, patience, servers).offered_wait_exceeds(0.2)
            return theory.erlang_c(12, 1, servers).wait_exceeds(0.2)

        assert late(found) <= 0.1 < late(found - 1)


def test_square_root_staffing_is_within_one_of_the_exact_number() -> None:
    """Halfin and Whitt's rule for loads of 10 to 1000 and three targets."""
    for load in (10, 50, 200, 1000):
        for target in (0.1, 0.3, 0.6):
            exact = theory.smallest_servers(load, 1, probability=target)
            assert abs(theory.square_root_staffing(load, target) - exact) <= 1


@pytest.mark.parametrize("row", oracle("z_phenomena")["staffing_rules"]["rows"][:3])
def test_staffing_rules_for_a_season(row: dict) -> None:
    """Weekly plans by PSA, lagged PSA and MOL: mean staff and the range of P(wait) they give."""

    def rate(t: float) -> float:
        return 6 * (1 + 0.5 * math.sin(2 * math.pi * t / 182))

    weeks = np.arange(0, 364, 7.0)
    if row["rule"].startswith("MOL"):
        # The season has been going on: its own periodic load at day 0 is the start.
        omega = 2 * math.pi / 182
        start = 60 - 30 * omega * 10 / (1 + (omega * 10) ** 2)
        plan = theory.modified_offered_load(
            rate, theory.exponential(10), weeks, probability=0.2, initial=start
        )
    else:
        lag = 10 if row["rule"].startswith("Lag") else 0
        plan = theory.pointwise_stationary(rate, 10, weeks, probability=0.2, lag=lag)
    assert plan.servers_mean == pytest.approx(row["staff_weeks_mean"], rel=1e-9)

    crew = steps(*zip(plan.times, plan.servers, strict=True))
    line = theory.transient_mmc(rate, 0.1, crew, np.arange(1, 364, 0.5), initial=60, places=320)
    second = line.probability_of_waiting[361:]
    # The same lagged plan to the digit. The other two averaged a week at other instants: a week or
    # two of the plan differs by one worker.
    tolerance = 1e-6 if row["rule"].startswith("Lag") else 0.02
    assert second.max() == pytest.approx(row["P_wait_max"], abs=tolerance)
    assert second.min() == pytest.approx(row["P_wait_min"], abs=tolerance)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.infinite_server_load(2, 10, [1]), "stay: 10 is no law of a stay"),
        (lambda: theory.infinite_server_load(-2, theory.fixed(1), [1]), "rate: -2 must be 0"),
        (lambda: theory.infinite_server_load(2, theory.fixed(1), [2, 1]), "must increase"),
        (
            lambda: theory.infinite_server_load(lambda t: -t, theory.fixed(1), [3]),
            "rate at time .*: -",
        ),
        (lambda: steps((1, 2), (0, 3)), "increasing times"),
        (lambda: theory.transient_mmc(1, 1, 1.5, [1]), "servers: 1.5 must be a whole number"),
        (lambda: theory.transient_mmc(1, 1, 2, [1], initial=[0.5, 0.2]), "sum to 1"),
        (lambda: theory.transient_mmc(1, 1, 2, [1], initial=15_000), "number of states"),
        (lambda: theory.fluid(1, 1, 1, [1], patience_rate=-1), "patience_rate: -1"),
        (lambda: theory.smallest_servers(1, 1, probability=0), r"must lie in \(0, 1\)"),
        (lambda: theory.square_root_staffing(-1, 0.1), "load: -1"),
        (
            lambda: theory.infinite_server_network([1], [[0, 1]], [theory.fixed(1)], [1]),
            "routing",
        ),
    ],
)
def test_numbers_outside_the_domain_are_refused(call: object, message: str) -> None:
    """The error names the argument, its value and the rule."""
    with pytest.raises(TheoryError, match=message):
        call()

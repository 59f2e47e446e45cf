"""The steady-state formulas against exact figures, each other and hand-worked cases."""

import math

import numpy as np
import pytest

from capsim import theory
from capsim.theory import TheoryError
from figures import oracle, published

EXACT = {"rel": 1e-9, "abs": 1e-300}


@pytest.mark.parametrize("case", oracle("a_mmc")["cases"])
def test_erlang_c_agrees_with_the_exact_figures(case: dict) -> None:
    """Nine M/M/c queues: probabilities, means, spread and quantiles to 1e-9."""
    line = theory.erlang_c(case["lam"], case["mu"], case["c"])
    assert line.probability_of_waiting == pytest.approx(case["P_wait"], **EXACT)
    assert line.wait_mean == pytest.approx(case["Wq"], **EXACT)
    assert line.wait_sd == pytest.approx(case["sd_Wq"], **EXACT)
    assert line.queue_mean == pytest.approx(case["Lq"], **EXACT)
    assert line.in_system_mean == pytest.approx(case["L"], **EXACT)
    assert line.time_in_system_mean == pytest.approx(case["W"], **EXACT)
    assert line.utilization == pytest.approx(case["util"], **EXACT)
    assert line.probability_empty == pytest.approx(case["p0"], **EXACT)
    assert line.wait_exceeds(1 / case["mu"]) == pytest.approx(case["P_Wq_gt_1_service"], **EXACT)
    assert line.wait_quantile(0.9) == pytest.approx(case["p90_Wq"], **EXACT)


@pytest.mark.parametrize("case", oracle("c_erlang_a")["cases"])
def test_erlang_a_agrees_with_the_exact_figures(case: dict) -> None:
    """Six M/M/c+M queues: waiting, leaving, and both means of the wait to 1e-9."""
    line = theory.erlang_a(case["lam"], case["mu"], case["theta"], case["c"])
    assert line.probability_of_waiting == pytest.approx(case["P_wait"], **EXACT)
    assert line.abandonment_share == pytest.approx(case["P_abandon"], **EXACT)
    assert line.queue_mean == pytest.approx(case["Lq"], **EXACT)
    assert line.wait_mean == pytest.approx(case["Wq_all_arrivals"], **EXACT)
    assert line.wait_mean_served == pytest.approx(case["Wq_served_only"], **EXACT)
    assert line.utilization == pytest.approx(case["util"], **EXACT)
    assert line.in_system_mean == pytest.approx(case["L"], **EXACT)
    assert line.throughput == pytest.approx(case["throughput"], **EXACT)


@pytest.mark.parametrize("case", oracle("c_erlang_a")["cases"])
def test_the_law_of_the_wait_with_impatience_has_the_mean_of_the_queue(case: dict) -> None:
    """The integral of P(wait > t), from Palm's formula, is the mean that Little's law gives."""
    from scipy.integrate import quad

    line = theory.erlang_a(case["lam"], case["mu"], case["theta"], case["c"])
    far = line.wait_quantile(1 - 1e-13)
    mean, _ = quad(line.wait_exceeds, 0, far, epsabs=1e-12, limit=200)
    assert mean == pytest.approx(case["Wq_all_arrivals"], rel=1e-8)
    assert line.wait_exceeds(0) == pytest.approx(case["P_wait"], **EXACT)
    assert line.wait_exceeds(line.wait_quantile(0.97)) == pytest.approx(0.03, rel=1e-9)


def test_erlang_a_tends_to_erlang_c_when_patience_is_endless() -> None:
    """With a mean patience of a million services the two formulas agree to its order."""
    patient, endless = theory.erlang_a(4.5, 1, 1e-6, 5), theory.erlang_c(4.5, 1, 5)
    assert patient.wait_mean == pytest.approx(endless.wait_mean, rel=1e-4)
    assert patient.wait_exceeds(3) == pytest.approx(endless.wait_exceeds(3), rel=1e-4)


def test_a_free_server_for_everyone_makes_erlang_a_poisson() -> None:
    """With patience rate equal to service rate the number in the system is Poisson."""
    line = theory.erlang_a(7, 1, 1, 5)
    assert line.in_system_mean == pytest.approx(7, rel=1e-12)


@pytest.mark.parametrize("case", oracle("l_mmck")["cases"])
def test_limited_waiting_room_agrees_with_the_exact_figures(case: dict) -> None:
    """Five M/M/c/K queues to 1e-9."""
    line = theory.mmck(case["lam"], case["mu"], case["c"], case["K"])
    assert line.probability_of_blocking == pytest.approx(case["P_block"], **EXACT)
    assert line.throughput == pytest.approx(case["throughput"], **EXACT)
    assert line.queue_mean == pytest.approx(case["Lq"], abs=1e-15, rel=1e-9)
    assert line.wait_mean == pytest.approx(case["Wq_accepted"], abs=1e-15, rel=1e-9)
    assert line.probability_of_waiting == pytest.approx(
        case["P_wait_accepted"], abs=1e-15, rel=1e-9
    )
    assert line.utilization == pytest.approx(case["util"], **EXACT)
    assert line.in_system_mean == pytest.approx(case["L"], **EXACT)
    assert line.wait_exceeds(0) == pytest.approx(line.probability_of_waiting, rel=1e-12)


def test_no_waiting_room_is_erlangs_loss_system() -> None:
    """K = c blocks with Erlang B, and nobody waits."""
    line = theory.mmck(5, 1, 5, 5)
    assert line.probability_of_blocking == pytest.approx(theory.erlang_b(5, 5), rel=1e-12)
    assert line.wait_exceeds(0) == 0
    assert line.wait_quantile(0.99) == 0


def test_the_wait_in_a_limited_room_has_the_mean_of_the_queue() -> None:
    """The integral of P(wait > t) is the mean that Little's law gives."""
    from scipy.integrate import quad

    line = theory.mmck(12, 1, 10, 20)
    mean, _ = quad(line.wait_exceeds, 0, 10, epsabs=1e-12, limit=200)
    assert mean == pytest.approx(line.wait_mean, rel=1e-9)


@pytest.mark.parametrize("case", oracle("j_mdc")["cases"])
def test_fixed_work_agrees_with_crommelin(case: dict) -> None:
    """Six M/D/c queues: the mean wait to 1e-9 of Crommelin's series, waiting to 1e-10."""
    line = theory.mdc(case["lam"], case["D"], case["c"])
    # The series of c = 20 was cut off at 1e-11; elsewhere it is exact to the last digits.
    assert line.wait_mean == pytest.approx(case["crosscheck_Wq_crommelin_series"], rel=1e-9)
    assert line.queue_mean == pytest.approx(case["Lq"], rel=1e-9)
    assert line.probability_of_waiting == pytest.approx(case["P_wait_ge"], rel=1e-9)
    assert line.wait_exceeds(0) == pytest.approx(line.probability_of_waiting, rel=1e-10)


@pytest.mark.parametrize("case", oracle("j_mdc")["cases"])
def test_the_law_of_the_wait_for_fixed_work_has_the_right_mean(case: dict) -> None:
    """The integral of P(wait > t), taken lag by lag, is the mean wait."""
    line = theory.mdc(case["lam"], case["D"], case["c"])
    nodes, weights = np.polynomial.legendre.leggauss(20)
    length, total, lag = case["D"], 0.0, 0
    while line.wait_exceeds(lag * length) > 1e-12:
        times = length * (lag + (nodes + 1) / 2)
        total += (
            length / 2 * sum(w * line.wait_exceeds(t) for w, t in zip(weights, times, strict=True))
        )
        lag += 1
    assert total == pytest.approx(line.wait_mean, rel=1e-8)
    assert line.wait_exceeds(line.wait_quantile(0.9)) == pytest.approx(0.1, rel=1e-9)


def test_one_server_with_fixed_work_is_the_same_by_two_formulas() -> None:
    """M/D/1 by Crommelin and by Pollaczek-Khinchine."""
    assert theory.mdc(0.8, 1, 1).wait_mean == pytest.approx(theory.mg1(0.8, 1, 0).wait_mean)


def test_exponential_work_makes_mg1_mm1_in_three_moments() -> None:
    """E[W], E[W^2], E[W^3] of M/M/1: the wait is 0 or exponential with rate mu - lambda."""
    rate, load = 0.8, 0.8
    line = theory.mg1(rate, 1, 1, higher_moments=[6, 24])
    expected = [load * math.factorial(k) / (1 - rate) ** k for k in (1, 2, 3)]
    assert line.wait_moments == pytest.approx(expected, rel=1e-12)
    assert line.wait_sd == pytest.approx(theory.erlang_c(0.8, 1, 1).wait_sd, rel=1e-12)


def test_the_spread_of_the_wait_needs_a_third_moment() -> None:
    """Asked for a standard deviation that the moments cannot give, mg1 says what it needs."""
    with pytest.raises(TheoryError, match="third moment"):
        _ = theory.mg1(0.5, 1, 1).wait_sd


def test_moments_that_no_law_can_have_are_refused() -> None:
    """E[S^3] below E[S^2]^(3/2) is impossible."""
    with pytest.raises(TheoryError, match=r"E\[S\^3\]: 2 must be at least"):
        theory.mg1(0.5, 1, 1, higher_moments=[2])


def test_priorities_conserve_the_work() -> None:
    """Kleinrock: sum rho_k W_k is the same in any order of the classes, and FIFO's."""
    rates, means, cvs = [0.2, 0.1, 0.3], [1.0, 2.0, 0.5], [1.0, 0.5, 2.0]
    sums = []
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2)):
        line = theory.priority_queue(
            [rates[k] for k in order],
            [means[k] for k in order],
            service_cvs=[cvs[k] for k in order],
        )
        loads = [rates[k] * means[k] for k in order]
        sums.append(sum(w * load for w, load in zip(line.wait_means, loads, strict=True)))
    load = sum(r * m for r, m in zip(rates, means, strict=True))
    second = sum(r * m**2 * (1 + c**2) for r, m, c in zip(rates, means, cvs, strict=True))
    assert sums == pytest.approx([load * second / 2 / (1 - load)] * 3, rel=1e-12)


def test_priorities_with_several_servers_keep_the_mean_wait() -> None:
    """Equal exponential work: the mean wait over all classes is Erlang C's."""
    line = theory.priority_queue([1.5, 1, 2], 1, servers=5)
    assert line.wait_mean == pytest.approx(theory.erlang_c(4.5, 1, 5).wait_mean, rel=1e-12)
    assert line.wait_means == tuple(sorted(line.wait_means))


def test_a_hand_worked_priority_queue() -> None:
    """M/M/1, rates .3 and .5: W0 = .8, so .8/.7 and .8/(.7 x .2)."""
    assert theory.priority_queue([0.3, 0.5], 1).wait_means == pytest.approx((8 / 7, 40 / 7))


@pytest.mark.parametrize("case", oracle("e_jackson")["cases"], ids=lambda case: case["id"])
def test_jackson_networks_agree_with_the_exact_figures(case: dict) -> None:
    """Two networks with returns and losses: stations, totals, remaining times, exits to 1e-9."""
    stations = case["stations"]
    network = theory.jackson(
        case["external"],
        case["routing"],
        [station["mu"] for station in stations],
        [station["c"] for station in stations],
    )
    for found, station in zip(network.stations, stations, strict=True):
        assert found.arrival_rate == pytest.approx(station["lam_total"], **EXACT)
        assert found.utilization == pytest.approx(station["rho"], **EXACT)
        assert found.probability_of_waiting == pytest.approx(station["P_wait"], **EXACT)
        assert found.wait_mean == pytest.approx(station["Wq_per_visit"], **EXACT)
        assert found.queue_mean == pytest.approx(station["Lq"], **EXACT)
        assert found.in_system_mean == pytest.approx(station["L"], **EXACT)
    assert network.in_system_mean == pytest.approx(case["L_total"], **EXACT)
    assert network.time_in_system_mean == pytest.approx(case["mean_time_in_system"], **EXACT)
    assert network.remaining_times == pytest.approx(case["mean_remaining_time_from_station"])
    assert network.exit_rates == pytest.approx(case["exit_flow"], **EXACT)


def test_a_published_pathway_with_a_delay_stage() -> None:
    """Intake, investigation and an unlimited guidance stage: waits and the mean caseload."""
    case = published("10")
    inputs, expected = case["inputs"], case["expected"]
    onward = [inputs["p_to_investigation"], inputs["p_to_trajectory"]]
    network = theory.jackson(
        [inputs["arrivals_per_week"], 0, 0],
        [[0, onward[0], 0], [0, 0, onward[1]], [0, 0, 0]],
        [inputs["intake"]["rate"], inputs["investigation"]["rate"], 1 / 40],
        [inputs["intake"]["servers"], inputs["investigation"]["servers"], math.inf],
        names=["intake", "investigation", "guidance"],
    )
    for name in ("intake", "investigation"):
        assert network[name].wait_mean == pytest.approx(expected[name]["Wq"], **EXACT)
        assert network[name].in_system_mean == pytest.approx(expected[name]["L"], **EXACT)
    assert network["guidance"].in_system_mean == pytest.approx(
        expected["trajectory_mean_caseload"], **EXACT
    )


def test_routing_without_exit_is_refused() -> None:
    """Somebody who never leaves would fill the network for ever."""
    with pytest.raises(TheoryError, match="everyone leave"):
        theory.traffic([1, 0], [[0, 1], [1, 0]])


def test_a_published_clinic_and_call_centre() -> None:
    """The exact companions of two published tables (M/M/s clinic, M/M/N and M/M/N+M centre)."""
    clinic = published("03")
    line = theory.erlang_c(1 / 4, 1 / 10, 5)
    assert line.wait_mean == pytest.approx(clinic["exact"]["Wq"], **EXACT)
    for name, exact in clinic["scenario_exact"].items():
        gap, servers = name.split("_")
        line = theory.erlang_c(1 / float(gap[3:]), 1 / 10, int(servers[1:]))
        assert line.wait_mean == pytest.approx(exact["Wq"], **EXACT)
        assert theory.erlang_b(line.load, line.servers) == pytest.approx(exact["erlangB"], **EXACT)

    centre = published("07")["exact"]
    line = theory.erlang_c(48, 1, 50)
    assert 60 * line.wait_quantile(0.9) == pytest.approx(centre["MMN"]["p90_wait_sec"], **EXACT)
    impatient = theory.erlang_a(48, 1, 0.5, 50)
    assert impatient.abandonment_share == pytest.approx(centre["MMN_M"]["P_abandon"], **EXACT)
    assert impatient.wait_mean == pytest.approx(centre["MMN_M"]["mean_wait_all"], **EXACT)


def test_a_published_finite_queue() -> None:
    """M/M/2/3 of the simmer vignette: two servers and one place to wait."""
    case = published("12")
    line = theory.mmck(3, 4, 2, 3)
    assert line.distribution == pytest.approx(case["exact"]["p"], **EXACT)
    assert line.wait_mean == pytest.approx(case["exact"]["Wq_accepted"], **EXACT)


def test_lee_longton_is_exact_where_it_should_be_and_named() -> None:
    """M/M/c and M/G/1 are exact; the result says whose approximation it is."""
    assert theory.mgc_approximation(4.5, 1, 1, 5).wait_mean == pytest.approx(
        theory.erlang_c(4.5, 1, 5).wait_mean, rel=1e-12
    )
    one = theory.mgc_approximation(0.8, 1, 0.5, 1)
    assert one.wait_mean == pytest.approx(theory.mg1(0.8, 1, 0.5).wait_mean, rel=1e-12)
    assert one.approximation == "Lee-Longton"
    assert theory.mgc_approximation(0.8, 1, 0.5, 1, arrival_cv=0.5).approximation == "Allen-Cunneen"


@pytest.mark.parametrize("case", oracle("j_mdc")["cases"])
def test_lee_longton_for_fixed_work_is_half_of_erlang_c(case: dict) -> None:
    """The approximation's own value, which differs from the exact one by up to 4 %."""
    line = theory.mgc_approximation(case["lam"], case["D"], 0, case["c"])
    assert line.wait_mean == pytest.approx(case["half_MMc"], rel=1e-9)
    assert line.wait_mean == pytest.approx(case["Wq"], rel=0.04)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.erlang_c(5, 1, 5), "utilisation of 5 servers: 1 must be below 1"),
        (lambda: theory.erlang_c(-1, 1, 5), "arrival_rate: -1 must be 0 or more"),
        (lambda: theory.erlang_c(1, 0, 5), "service_rate: 0 must be above 0"),
        (lambda: theory.erlang_c(1, 1, 2.5), "servers: 2.5 must be a whole number"),
        (lambda: theory.erlang_c(1, 1, 0), "servers: 0 must be at least 1"),
        (lambda: theory.erlang_c(math.nan, 1, 2), "arrival_rate: nan is not a number"),
        (lambda: theory.erlang_a(1, 1, 0, 2), "use erlang_c if nobody leaves"),
        (lambda: theory.erlang_b(-1, 2), "load: -1 must be 0 or more"),
        (lambda: theory.mmck(1, 1, 5, 4), "places: 4 must be at least 5"),
        (lambda: theory.mg1(1, 1, 1), "utilisation of one server: 1 must be below 1"),
        (lambda: theory.mdc(2, 1, 2), "must be below 1"),
        (lambda: theory.priority_queue([1, 1], [1, 2], servers=5), "one exponential law"),
        (lambda: theory.priority_queue([0.5, 0.6], 1), "must be below 1"),
        (lambda: theory.jackson([1], [[0]], [1, 1], [2]), "must have equal lengths"),
        (lambda: theory.jackson([1], [[0.5]], [1], [2]), "utilisation of 2 servers"),
        (lambda: theory.erlang_c(1, 1, 2).wait_exceeds(-1), "time: -1 must be 0 or more"),
        (lambda: theory.erlang_c(1, 1, 2).wait_quantile(1), r"p: 1 must lie in \[0, 1\)"),
        (lambda: theory.erlang_c("many", 1, 2), "arrival_rate: 'many' is not a number"),
    ],
)
def test_numbers_outside_the_domain_are_refused(call: object, message: str) -> None:
    """The error names the argument, its value, the rule and a remedy; never a figure instead."""
    with pytest.raises(TheoryError, match=message):
        call()


def test_the_public_names_are_sorted_and_complete() -> None:
    """`__all__` lists every public name of the package, in order."""
    assert list(theory.__all__) == sorted(theory.__all__)
    assert all(hasattr(theory, name) for name in theory.__all__)


def test_ample_staff_and_long_patience_stay_within_the_floats() -> None:
    """Two hundred servers for a load of one, and a patience of a billion services: no overflow."""
    assert theory.erlang_b(1, 200) == pytest.approx(0, abs=1e-300)
    assert theory.erlang_c(1, 1, 200).wait_mean == pytest.approx(0, abs=1e-300)
    assert theory.erlang_c(1, 1, 200).probability_empty == pytest.approx(math.exp(-1))
    assert theory.erlang_a(1, 1, 1, 200).in_system_mean == pytest.approx(1)
    assert theory.erlang_a(9, 1, 1e-9, 10).queue_mean == pytest.approx(
        theory.erlang_c(9, 1, 10).queue_mean, rel=1e-6
    )
    heavy = theory.mdc(0.999, 1, 1)
    assert heavy.wait_mean == pytest.approx(0.999 / 2 / 0.001, rel=1e-9)
    assert heavy.wait_exceeds(heavy.wait_quantile(0.9)) == pytest.approx(0.1, rel=1e-9)

"""Outside its domain every theory function says which number is wrong, instead of a figure."""

import math

import pytest

from capsim import theory
from capsim.theory import TheoryError

STAY = theory.exponential(10)
WAY = [[0, 0.5], [0, 0]]
TEAM = (0.01, 100, 2, 20, 40)

# Of each function the arguments that are numbers, one at a time.
TAKES_ONE = {
    "erlang_b, load": lambda x: theory.erlang_b(x, 5),
    "erlang_b, servers": lambda x: theory.erlang_b(2, x),
    "erlang_c, arrival_rate": lambda x: theory.erlang_c(x, 1, 5),
    "erlang_c, service_rate": lambda x: theory.erlang_c(1, x, 5),
    "erlang_c, servers": lambda x: theory.erlang_c(1, 1, x),
    "erlang_c, time": lambda x: theory.erlang_c(1, 1, 2).wait_exceeds(x),
    "erlang_c, p": lambda x: theory.erlang_c(1, 1, 2).wait_quantile(x),
    "erlang_a, arrival_rate": lambda x: theory.erlang_a(x, 1, 1, 5),
    "erlang_a, patience_rate": lambda x: theory.erlang_a(1, 1, x, 5),
    "erlang_a, time": lambda x: theory.erlang_a(1, 1, 1, 5).wait_exceeds(x),
    "erlang_a, p": lambda x: theory.erlang_a(1, 1, 1, 5).wait_quantile(x),
    "mmck, service_rate": lambda x: theory.mmck(1, x, 1, 3),
    "mmck, places": lambda x: theory.mmck(1, 1, 1, x),
    "mmck, p": lambda x: theory.mmck(1, 1, 1, 3).wait_quantile(x),
    "mg1, arrival_rate": lambda x: theory.mg1(x, 1, 1),
    "mg1, service_cv": lambda x: theory.mg1(0.5, 1, x),
    "mg1, a moment": lambda x: theory.mg1(0.5, 1, 1, higher_moments=[x]),
    "mdc, service_time": lambda x: theory.mdc(1, x, 2),
    "mgc_approximation, arrival_cv": lambda x: theory.mgc_approximation(1, 1, 1, 2, arrival_cv=x),
    "priority_queue, a rate": lambda x: theory.priority_queue([x, 0.1], 1),
    "priority_queue, service_means": lambda x: theory.priority_queue([0.1, 0.1], x),
    "jackson, a rate": lambda x: theory.jackson([x, 0], WAY, [1, 1], [9, 9]),
    "jackson, a share": lambda x: theory.jackson([1, 0], [[0, x], [0, 0]], [1, 1], [9, 9]),
    "jackson, a service rate": lambda x: theory.jackson([1, 0], WAY, [1, x], [9, 9]),
    "fluid, rate": lambda x: theory.fluid(x, 1, 1, [1, 2]),
    "fluid, a rate that varies": lambda x: theory.fluid(lambda _: x, 1, 1, [1, 2]),
    "fluid, a time": lambda x: theory.fluid(1, 1, 1, [1, x]),
    "infinite_server_load, rate": lambda x: theory.infinite_server_load(x, STAY, [1, 2]),
    "infinite_server_load, initial": lambda x: theory.infinite_server_load(
        1, STAY, [1, 2], initial=x
    ),
    "infinite_server_load, a rate that varies": lambda x: theory.infinite_server_load(
        lambda _: x, STAY, [1, 2]
    ),
    "infinite_server_network, a share": lambda x: theory.infinite_server_network(
        [1, 0], [[0, x], [0, 0]], [STAY, STAY], [1, 2]
    ),
    "infinite_server_network, initial": lambda x: theory.infinite_server_network(
        [1, 0], WAY, [STAY, STAY], [1, 2], initial=[x, 0]
    ),
    "infinite_server_network, step": lambda x: theory.infinite_server_network(
        [1, 0], WAY, [theory.fixed(3), STAY], [1, 2], step=x
    ),
    "transient_mmc, service_rate": lambda x: theory.transient_mmc(1, x, 2, [1, 2]),
    "transient_mmc, servers": lambda x: theory.transient_mmc(1, 1, x, [1, 2]),
    "transient_mmc, a rate that varies": lambda x: theory.transient_mmc(lambda _: x, 1, 2, [1]),
    "transient_mmc, initial": lambda x: theory.transient_mmc(1, 1, 2, [1, 2], initial=x),
    "steps, a value": lambda x: theory.steps((0, 1), (1, x)),
    "exponential": theory.exponential,
    "lognormal, cv": lambda x: theory.lognormal(1, x),
    "gamma, cv": lambda x: theory.gamma(1, x),
    "case_manager, arrival_rate": lambda x: theory.case_manager(x, 1, 1, 0.5, 3),
    "case_manager, return_rate": lambda x: theory.case_manager(0.1, 1, x, 0.5, 3),
    "case_manager, closing_probability": lambda x: theory.case_manager(0.1, 1, 1, x, 3),
    "case_manager, caseload_limit": lambda x: theory.case_manager(0.1, 1, 1, 0.5, x),
    "case_manager_limit, workers": lambda x: theory.case_manager_limit(1, 1, 0.5, 3, x),
    "closed_caseload, cases": lambda x: theory.closed_caseload(x, 1, 1),
    "FeedbackTeam, elasticity": lambda x: theory.FeedbackTeam(0.01, 100, x, 20, 40),
    "FeedbackTeam, places": lambda x: theory.FeedbackTeam(0.01, 100, 2, 20, x),
    "caseload_feedback, arrival_rate": lambda x: theory.caseload_feedback(
        theory.FeedbackTeam(*TEAM), x
    ),
    "filled_posts, vacancy": lambda x: theory.filled_posts(1, 0.1, x),
    "effective_posts, turnover": lambda x: theory.effective_posts(1, x, 0.1),
    "effective_posts, onboarding_rate": lambda x: theory.effective_posts(
        1, 0.1, 0.1, onboarding_rate=x
    ),
    "presence_share, spells": lambda x: theory.presence_share([(x, 1)]),
    "square_root_staffing, load": lambda x: theory.square_root_staffing(x, 0.1),
    "quality_of_service": theory.quality_of_service,
    "smallest_servers, arrival_rate": lambda x: theory.smallest_servers(x, 1, probability=0.1),
    "smallest_servers, wait": lambda x: theory.smallest_servers(1, 1, probability=0.1, wait=x),
    "modified_offered_load, probability": lambda x: theory.modified_offered_load(
        1, STAY, [1, 2], probability=x
    ),
    "pointwise_stationary, lag": lambda x: theory.pointwise_stationary(
        1, 1, [1, 2], probability=0.1, lag=x
    ),
}


BAD = [math.nan, math.inf, -math.inf, -1, "3", None, [2.0]]
# The distribution of the number at the start; the default.
FINE = {("transient_mmc, initial", "[2.0]"), ("infinite_server_network, step", "None")}


@pytest.mark.parametrize(
    ("name", "bad"),
    [(name, bad) for name in TAKES_ONE for bad in BAD if (name, repr(bad)) not in FINE],
)
def test_no_number_outside_a_domain_gives_a_figure(name, bad):
    """Not nan, not infinite, not negative, not text, not a list: one sentence says so."""
    with pytest.raises(TheoryError, match="; "):
        TAKES_ONE[name](bad)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.erlang_c(5, 1, 5), "utilisation of 5 servers: 1 must be below 1"),
        (lambda: theory.mg1(1, 1, 0), "utilisation of one server: 1 must be below 1"),
        (lambda: theory.mdc(2, 1, 2), "utilisation of 2 servers: 1 must be below 1"),
        (lambda: theory.mgc_approximation(3, 1, 1, 2), "utilisation of 2 servers: 1.5 must be"),
        (lambda: theory.priority_queue([0.5, 0.5], 1), "utilisation of 1 server.*: 1 must be"),
        (lambda: theory.jackson([2, 0], WAY, [1, 1], [2, 9]), "utilisation of 2 servers: 1 must"),
        (lambda: theory.case_manager(9, 1, 1, 0.5, 3), "utilisation of the places of 1 worker"),
        (lambda: theory.priority_queue(3, 1), "arrival_rates: 3 is no list"),
        (lambda: theory.presence_share([3]), r"absences\[0\]: 3 is no list"),
        (lambda: theory.steps((0, 1, 2)), "steps: .* must be a pair"),
        (lambda: theory.traffic([1, 0], [[0, 1], [0]]), "must be 2 rows of 2 shares"),
        (lambda: theory.traffic([1, 0], [[0, 1.5], [0, 0]]), "sum to at most 1 per row"),
        (lambda: theory.erlang_b(2, 10**9), "servers: 1e.09 must be at most 10,000,000"),
        (lambda: theory.erlang_c(1e-200, 1, 2), "count in another unit of time"),
        (lambda: theory.erlang_a(12, 1, 1e-9, 10), "lets a queue of 2e.09 grow"),
        (lambda: theory.fluid(1, 1, 1, [2, 1]), "times: .* must increase"),
        (lambda: theory.fluid(lambda t: 1 - t, 1, 1, [2]), "rate at time .* must be 0 or more"),
    ],
)
def test_a_refusal_names_what_is_wrong(call, message):
    """Subject, value, rule, and after the semicolon what to do."""
    with pytest.raises(TheoryError, match=message):
        call()


def test_long_patience_does_not_stop_the_search_for_servers():
    """Patience of a million services: just above the load of 100, as for the endlessly patient."""
    impatient = theory.smallest_servers(100, 1, probability=0.2, patience_rate=1e-6)
    assert impatient == theory.smallest_servers(100, 1, probability=0.2)

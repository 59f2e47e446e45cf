"""What theory says about the questions of policy, as cases: waves, hiring, pooling, deadlines.

`docs/phenomena.md` tells them as stories. The stories without an exact figure (collapse under a
growing caseload, serving by deadline) are scenarios here too, tested in test_phenomena.py.
"""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy as np

from capsim import theory
from figures import oracle
from verification.case import Case, Quantity, Tables, changed, stretched
from verification.queues import relaxation
from verification.rates import START, piecewise, steps_of
from verification.writing import always_open, days, exponential, hours, rate

BEFORE = 400.0
"""Days of the base rate before day 0, after which the team is in its steady state."""


def _day(day: float) -> str:
    return (START + datetime.timedelta(days=BEFORE + day)).isoformat()


def wave_of(duration: float) -> Tables:
    """20 workers, 4.5 a day, mean work 4 d; 150 more spread over `duration` days from day 0."""
    facts = oracle("z_phenomena")["abrupt_vs_phased"]
    base, more = facts["base_lam"], facts["V"] / duration
    return always_open(
        length=BEFORE + 752,
        teams={"desk": {"fte": facts["c"]}},
        stages={"desk": {"team": "desk", "work": exponential(hours(1 / facts["mu"]))}},
        inflows={
            "regular": {
                "rate": piecewise((0.0, base), (BEFORE, base + more), (BEFORE + duration, base))
            }
        },
        initial={"desk": {"cases": 22}},
    )


LATE = {
    1: 155.523108,
    10: 136.345200,
    30: 102.693862,
    60: 68.391601,
    120: 31.907699,
    240: 8.092390,
    300: 4.354024,
}
"""Arrivals of 720 days that wait more than 30 days, by the days that the wave takes.

Recomputed by `late_exactly` in test_phenomena.py. The figures of the oracle are lower, the more the
faster the rate changes (147.24 for a wave of one day, 131.17 for ten), as sums on a coarse grid
are; the simulation lies on the integral.
"""


def late_exactly(duration: float) -> float:
    """The integral of the rate times P(wait > 30 d) of who then arrives, from the steady state."""
    facts = oracle("z_phenomena")["abrupt_vs_phased"]
    base, service, workers = facts["base_lam"], facts["mu"], facts["c"]
    places = 700
    settled = theory.transient_mmc(base, service, workers, [3000.0], places=places)
    rate = theory.steps((0.0, base + facts["V"] / duration), (duration, base))
    nodes, weights = np.polynomial.legendre.leggauss(12)
    edges = np.concatenate((np.linspace(0, duration, 6), np.linspace(duration, 720, 40)[1:]))
    middle, half = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    times = (middle[:, None] + half[:, None] * nodes).ravel()
    shares = (half[:, None] * weights).ravel()
    line = theory.transient_mmc(
        rate, service, workers, times, initial=settled.distribution[-1], places=places
    )
    return float(shares @ ([rate(t) for t in times] * line.wait_exceeds(30)))


def _phased() -> list[Case]:
    facts = oracle("z_phenomena")["abrupt_vs_phased"]
    cases = []
    for exact in facts["rows"]:
        duration = float(exact["duration"])
        tables = wave_of(duration)
        peak, late = exact["exact_peak_meanQ"], LATE[exact["duration"]]
        excess = exact["excess_queue_days"]
        quantities = [
            Quantity(
                "peak of the mean queue",
                peak,
                0.03 * peak + 8,
                lambda look, t=duration: float(look.waiting("desk", BEFORE + t)),
            ),
            Quantity(
                "E queue(300)",
                exact["meanQ_at_300"],
                13.0,
                lambda look: float(look.waiting("desk", BEFORE + 300)),
            ),
            Quantity(
                "queue-days more than without",
                excess,
                4500.0,
                lambda look: (
                    look.queue_days("desk", BEFORE, BEFORE + 720) - 720 * exact_base(facts)
                ),
            ),
        ]
        if duration <= 120:
            # Few of them are rare events: with a longer wave chance would hide everything.
            quantities.append(
                Quantity(
                    "arrivals that wait more than 30 d",
                    late,
                    0.2 * late + 30,
                    lambda look: look.late_arrivals("desk", BEFORE, BEFORE + 720, 30),
                )
            )
        cases.append(
            Case(
                name=f"150 cases over {duration:g} d",
                source="oracles/z_phenomena, abrupt_vs_phased",
                model="M(t)/M/20: 4.5 a day and 150 cases more from day 0 on; mean work 4 d",
                note=(
                    "the oracle starts in the steady state; here 400 days of 4.5 a day precede. "
                    "Its late arrivals are up to 5 % below the integral, which stands here"
                ),
                tables=tables,
                quantities=tuple(quantities),
                n=3000,
                wrong={"work 2 % longer": stretched(tables)},
                is_quick=duration == 60,
            )
        )
    return cases


def exact_base(facts: dict[str, Any]) -> float:
    """The mean queue before the wave."""
    return float(facts["rows"][0]["EQ0"])


def hiring(delay: float) -> Tables:
    """4.5 a day with 20 workers; 6 a day from day 0, and 8 workers more after `delay` days."""
    return always_open(
        length=BEFORE + 601,
        teams={"desk": {"fte": 20, "changes": {"more": {"at": _day(delay), "add": 8}}}},
        stages={"desk": {"team": "desk", "work": exponential(hours(4))}},
        inflows={"regular": {"rate": piecewise((0.0, 4.5), (BEFORE, 6.0))}},
        initial={"desk": {"cases": 22}},
    )


def _hiring() -> list[Case]:
    cases = []
    for exact in oracle("z_phenomena")["hiring_vs_information_lead"]["rows"]:
        delay = float(exact["D"])
        tables = hiring(delay)
        quantities = [
            Quantity(
                "queue-days in 600 d",
                exact["queue_days_600"],
                0.07 * exact["queue_days_600"] + 450,
                lambda look: look.queue_days("desk", BEFORE, BEFORE + 600),
            ),
            Quantity(
                "E queue(600)",
                exact["EQ600"],
                1.6,
                lambda look: float(look.waiting("desk", BEFORE + 600)),
            ),
        ]
        if delay > 0:
            quantities.append(
                Quantity(
                    "E queue 5 d before they start",
                    exact["peak_EQ"],
                    0.03 * exact["peak_EQ"] + 6,
                    lambda look, t=delay: float(look.waiting("desk", BEFORE + t - 5)),
                )
            )
        cases.append(
            Case(
                name=f"8 workers more after {delay:g} d",
                source="oracles/z_phenomena, hiring_vs_information_lead",
                model="M(t)/M/c(t): 4.5 a day, 6 from day 0; 20 workers, then 28; mean work 4 d",
                note=(
                    "the oracle starts in the steady state; here 400 days of 4.5 a day precede. "
                    "Its peak is the largest mean queue on a grid of 5 days"
                ),
                tables=tables,
                quantities=tuple(quantities),
                n=2500,
                wrong={"work 2 % longer": stretched(tables)}
                | (
                    {
                        "hired ten days later": changed(
                            tables, {"teams.desk.changes.more.at": _day(delay + 10)}
                        )
                    }
                    if delay >= 30
                    else {}
                ),
            )
        )
    return cases


def pooling(offices: int, *, shared: bool, workers: int = 3) -> Tables:
    """Offices of 3 workers and 0.65 cases a day each, mean work 4 d."""
    each = relaxation(0.65, 0.25, 3)
    return always_open(
        length=round(22 * each),
        warm_up=round(10 * each),
        follow_up=round(2 * each),
        teams={"desk": {"fte": workers * offices, "shared": shared}},
        stages={"desk": {"team": "desk", "work": exponential(hours(4))}},
        inflows={"regular": {"rate": rate(0.65 * offices)}},
        offices={f"office-{number + 1}": {"share": 1 / offices} for number in range(offices)},
    )


def _pooling() -> list[Case]:
    separate, clustered, pooled = oracle("z_phenomena")["pooling"]["rows"]
    cases = []
    for name, exact, n_offices, shared, found, n in (
        ("38 offices, each for itself", separate, 38, False, 0.08, 140),
        ("6 offices that share their workers", clustered, 6, True, 0.2, 200),
        ("38 offices that share their workers", pooled, 38, True, 0.3, 100),
    ):
        tables = pooling(n_offices, shared=shared)
        quantities = [
            Quantity(
                "mean wait",
                exact["Wq"],
                found * exact["Wq"],
                lambda look: look.time("wait_mean[desk]"),
            ),
            Quantity("P(wait)", exact["P_wait"], 0.05, lambda look: look.waited("desk")),
        ]
        if exact["P_wait_gt_30"] > 1e-3:
            quantities.append(
                Quantity(
                    "P(wait > 30 d)",
                    exact["P_wait_gt_30"],
                    0.01,
                    lambda look: look.wait_exceeds("desk", 30),
                )
            )
        cases.append(
            Case(
                name=name,
                source="oracles/z_phenomena, pooling",
                model="offices of 3 workers, 0.65 a day each, mean work 4 d",
                tables=tables,
                quantities=tuple(quantities),
                n=n,
                wrong={
                    "work 2 % longer": stretched(tables),
                    "the other organisation": changed(tables, {"teams.desk.shared": not shared}),
                },
                is_quick=n_offices == 6,
            )
        )
    return cases


def cliff(load: float, *, length: float = 300, discipline: str = "fifo") -> Tables:
    """20 workers with 4 days of work a case; a start is late after 30 days."""
    arrivals = load * 5
    tau = relaxation(arrivals, 0.25, 20)
    return always_open(
        length=min(round((length + 18) * tau), 100_000),
        warm_up=round(12 * tau),
        follow_up=round(5 * tau),
        teams={"desk": {"fte": 20, "discipline": discipline}},
        stages={
            "desk": {
                "team": "desk",
                "work": exponential(hours(4)),
                "deadline": {"within": "720 h", "until": "start"},
            }
        },
        inflows={"regular": {"rate": rate(arrivals)}},
    )


CLIFF = {0.90: 1.7e-7, 0.96: 0.0020, 0.99: 0.2115}
"""P(wait > 30 days) by load, 20 workers and 4 days of work (Erlang C)."""


def _cliff() -> list[Case]:
    cases = []
    for load, length, n in ((0.90, 120, 150), (0.96, 100, 150)):
        line = theory.erlang_c(5 * load, 0.25, 20)
        assert math.isclose(line.wait_exceeds(30), CLIFF[load], rel_tol=0.05)
        tables = cliff(load, length=length)
        limit = 5 if load < 0.95 else 30
        exact = line.wait_exceeds(limit)
        cases.append(
            Case(
                name=f"deadline cliff, load {load:g}",
                source="Erlang C (capsim.theory, equal to oracles/a_mmc)",
                model="M/M/20, mean work 4 d, late after 30 d",
                tables=tables,
                quantities=(
                    Quantity(
                        f"P(wait > {limit} d)",
                        exact,
                        (0.6 if limit < 30 else 2.0) * exact,
                        (lambda look: look["late_share[desk]"])
                        if limit == 30
                        else (lambda look: look.wait_exceeds("desk", 5)),
                    ),
                    Quantity(
                        "mean wait",
                        line.wait_mean,
                        0.2 * line.wait_mean,
                        lambda look: look.time("wait_mean[desk]"),
                    ),
                ),
                n=n,
                wrong={"work 2 % longer": stretched(tables)},
            )
        )
    return cases


def _constant_staff() -> list[Case]:
    """The rows of z_phenomena, staffing_rules, in which the staff does not change."""
    rows = {row["rule"]: row for row in oracle("z_phenomena")["staffing_rules"]["rows"]}
    cases = []
    cycle = 182.0
    # Three cycles are enough to forget the start, one more is looked at, day by day.
    first, last = 3 * cycle, 4 * cycle
    times = [first + day for day in range(int(cycle))]
    for rule, workers, found in (
        ("constant at mean load", 69, 0.025),
        ("constant at peak load", 101, 0.011),
    ):
        exact = rows[rule]
        assert exact["staff_weeks_mean"] == workers
        tables = always_open(
            length=last + 1,
            teams={"desk": {"fte": workers}},
            stages={"desk": {"team": "desk", "work": exponential(hours(10))}},
            inflows={
                "regular": {
                    "rate": steps_of(
                        lambda t: 6 * (1 + 0.5 * math.sin(2 * math.pi * t / cycle)), last + 1, 1.0
                    )
                }
            },
            initial={"desk": {"cases": 60}},
        )
        cases.append(
            Case(
                name=f"season with staff {rule}",
                source="oracles/z_phenomena, staffing_rules",
                model=f"6 (1 + 0.5 sin(2 pi t / 182)) a day, {workers} workers, mean work 10 d",
                note="rate in steps of a day",
                tables=tables,
                quantities=(
                    Quantity(
                        "P(wait), mean of the season",
                        exact["P_wait_mean"],
                        found,
                        lambda look, c=workers: float((look.number("desk", times) >= c).mean()),
                    ),
                ),
                n=2600,
                wrong={"work 2 % longer": stretched(tables)},
            )
        )
    return cases


def cases() -> list[Case]:
    """Those with exact figures."""
    return [*_phased(), *_hiring(), *_pooling(), *_cliff(), *_constant_staff()]


# -- stories without an exact figure -------------------------------------------------------------


def caseload_wave(*, limit: float | None, weakens: bool, horizon: float = 721) -> Tables:
    """The nearest scenario to m_caseload_feedback: five workers, a wave of 60 cases.

    A contact takes half a day and is due every 10 days, so that a worker can keep up with 20
    cases; each contact closes the case with 1/7, and with less the more cases the worker has. Of
    the oracle it differs in that closing happens at contacts, by the worker's own caseload, and in
    that contacts queue at a desk before the knee is reached.
    """
    facts = oracle("m_caseload_feedback")["transient"][0]
    first, last = facts["wave_window"]
    base = facts["lam0"]
    closing: Tables = {"probability": 1 / 7}
    if weakens:
        closing |= {"norm": 20, "elasticity": -1.0}
    team: Tables = {"fte": 5}
    if limit is not None:
        team["caseload_limit"] = limit
    return always_open(
        length=horizon,
        teams={"guidance": team},
        stages={
            "guidance": {
                "team": "guidance",
                "caseworker": True,
                "work": exponential(hours(0.5)),
                "gap": exponential(days(9.0)),
                "closing": closing,
            }
        },
        inflows={"regular": {"rate": piecewise((0.0, base), (first, base + 1.0), (last, base))}},
        initial={"guidance": {"cases": facts["n0"]}},
    )


def two_deadlines(load: float, discipline: str) -> Tables:
    """A team of 5 whose cases have to be started within 10 or within 60 days."""
    urgent = {"within": "10 days", "until": "start"}
    return always_open(
        length=1500,
        warm_up=300,
        follow_up=60,
        teams={"desk": {"fte": 5, "discipline": discipline}},
        stages={
            "desk": {
                "team": "desk",
                "work": exponential(hours(4)),
                "deadline": {"within": "60 days", "until": "start"},
            }
        },
        inflows={
            "ordinary": {"rate": rate(0.5 * load * 1.25)},
            "urgent": {
                "rate": rate(0.5 * load * 1.25),
                "stages": {"desk": {"deadline": urgent}},
            },
        },
    )

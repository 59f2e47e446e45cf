"""Caseworkers: places and hours, full caseloads, and closing that depends on the caseload."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures import oracle, published
from verification.case import Case, Quantity, changed, stretched
from verification.writing import Tables, always_open, days, exponential, hours, rate


def case_manager(
    *,
    arrivals: float,
    contact: float,
    returns: float,
    closing: Any,
    limit: int,
    workers: int,
    length: float,
    warm_up: float,
    follow_up: float,
) -> Tables:
    """Cases wait for a place with a worker, who sees them again and again until they close."""
    return always_open(
        length=length,
        warm_up=warm_up,
        follow_up=follow_up,
        teams={"guidance": {"fte": workers, "caseload_limit": limit}},
        stages={
            "guidance": {
                "team": "guidance",
                "caseworker": True,
                "work": exponential(hours(1 / contact)),
                "gap": exponential(days(1 / returns)),
                "closing": closing if isinstance(closing, dict) else {"probability": closing},
            }
        },
        inflows={"regular": {"rate": rate(arrivals)}},
    )


def waited_for_a_place(look: Any) -> float:
    """Share of the assigned that had to wait for it."""
    return look.waited("guidance", "assigned")


def _mean(name: str, exact: float, found: float, of: Any) -> Quantity:
    return Quantity(name, exact, found * exact, of)


def _measure(name: str) -> Any:
    return lambda look: look[f"{name}[guidance]"]


def _manager(
    name: str,
    source: str,
    exact: dict[str, Any],
    *,
    length: float,
    found: float,
    n: int = 120,
    is_quick: bool = False,
) -> Case:
    """One of the exact cases, in the notation of tests/oracles/i_case_manager.json."""
    N, M, lam = exact["N"], exact["M"], exact["lam"]
    mu, gamma, p = exact["mu_contact"], exact["gamma_external"], exact["p_close"]
    stay = exact["mean_total_time"]
    tables = case_manager(
        arrivals=lam,
        contact=mu,
        returns=gamma,
        closing=p,
        limit=M,
        workers=N,
        length=round((length + 20) * stay),
        warm_up=round(15 * stay),
        follow_up=round(5 * stay),
    )
    return Case(
        name=name,
        source=source,
        model=(
            f"case manager: {lam:g} a day, contact {1 / mu:g} d, return after {1 / gamma:g} d, "
            f"closes with {p:g}, workers: {N}, places: {M} each"
        ),
        tables=tables,
        quantities=(
            _mean(
                "mean wait for a place",
                exact["mean_preassignment_wait"],
                found,
                _measure("assignment_wait_mean"),
            ),
            Quantity(
                "P(wait for a place)",
                exact["P_preassignment_wait"],
                max(0.02, 0.3 * found * exact["P_preassignment_wait"]),
                waited_for_a_place,
            ),
            _mean(
                "mean caseload per worker",
                exact["mean_caseload_per_worker"],
                0.04,
                _measure("caseload_per_worker"),
            ),
            Quantity("utilisation", exact["util_theory"], 0.02, _measure("utilization")),
            _mean(
                "mean wait per contact",
                exact["mean_internal_wait_per_contact"],
                0.08,
                _measure("contact_wait_mean"),
            ),
            _mean("mean time until closed", stay, 0.08, _measure("stay_mean")),
        ),
        n=n,
        wrong={
            "contacts 2 % longer": stretched(tables),
            "closes 5 % more often": changed(
                tables, {"stages.guidance.closing.probability": 1.05 * p}
            ),
            "one place more": changed(tables, {"teams.guidance.caseload_limit": M + 1}),
        },
        is_quick=is_quick,
    )


# Length in mean times until closed, and the relative error of the wait for a place that is found.
_MANAGERS = {
    (1, 3): (4500, 0.15),
    (1, 5): (3500, 0.15),
    (1, 10): (1800, 0.28),
    (1, 25): (700, 0.45),
    (2, 3): (4500, 0.15),
    (2, 5): (3500, 0.18),
    (2, 8): (2500, 0.22),
}


def _managers() -> list[Case]:
    cases = []
    for exact in oracle("i_case_manager")["cases"]:
        N, M = exact["N"], exact["M"]
        length, found = _MANAGERS[N, M]
        cases.append(
            _manager(
                f"{N} case manager{'s' if N > 1 else ''}, {M} places, {exact['lam']:g} a day",
                "oracles/i_case_manager",
                exact,
                length=length,
                found=found,
                is_quick=(N, M) in {(1, 3), (2, 5)},
            )
        )
    return cases


def levers() -> list[Case]:
    """What helps most: the changes of z_phenomena, case_manager_levers."""
    return [
        _manager(
            f"lever: {exact['change'].removeprefix('N/A ')}",
            "oracles/z_phenomena, case_manager_levers",
            exact,
            length=3000,
            found=0.2 if exact["mean_preassignment_wait"] > 1 else 0.35,
        )
        for exact in oracle("z_phenomena")["case_manager_levers"]
        if exact["change"] != "base"
    ]


def limit_curve() -> list[Case]:
    """Places from 3 to 9: the limit only moves the waiting."""
    return [
        _manager(
            f"limit curve: {exact['M']} places",
            "oracles/z_phenomena, caseload_limit_curve",
            exact,
            length=3000,
            found={3: 0.3, 4: 0.2, 6: 0.3, 7: 0.4, 8: 0.5, 9: 0.6}[exact["M"]],
        )
        for exact in oracle("z_phenomena")["caseload_limit_curve"]
        if exact["M"] != 5
    ]


def _published() -> list[Case]:
    """Published 08, in its own notation, and 13."""
    cases = []
    for exact in published("08")["cases"]:
        lam, mu, nu, p, M = (exact[key] for key in ("lam", "mu", "nu", "p", "M"))
        stay = exact["E_time_in_system"]
        tables = case_manager(
            arrivals=lam,
            contact=mu,
            returns=nu,
            closing=p,
            limit=M,
            workers=1,
            length=min(round(1000 * stay), 100_000),
            warm_up=round(15 * stay),
            follow_up=round(5 * stay),
        )
        wait = exact["E_wait_external"]
        quantities = [
            Quantity(
                "mean wait for a place",
                wait,
                max(0.3 * wait, 2.0),
                _measure("assignment_wait_mean"),
            ),
            Quantity("P(wait for a place)", exact["P_wait_external"], 0.03, waited_for_a_place),
            _mean(
                "mean open caseload",
                exact["E_open_caseload"],
                0.06,
                _measure("caseload_per_worker"),
            ),
            Quantity("worker busy", exact["worker_busy"], 0.02, _measure("utilization")),
            _mean("mean time until closed", stay, 0.08, _measure("stay_mean")),
        ]
        cases.append(
            Case(
                name=f"caseload limit {M}, {lam:g} a day",
                source="published/08",
                model=(
                    f"case manager: {lam:g} a day, contact {1 / mu:g} d, return after "
                    f"{1 / nu:g} d, closes with {p:g}, workers: 1, places: {M}"
                ),
                tables=tables,
                quantities=tuple(quantities),
                n=200,
                wrong={"contacts 2 % longer": stretched(tables)},
            )
        )
    return [*cases, _closed()]


def _closed() -> Case:
    """Published 13: cases that never close, so that the caseload stays at 15."""
    model = published("13")
    inputs, exact = model["inputs"], model["exact"]
    N, contact, back = inputs["N"], inputs["contact_rate"], inputs["return_rate"]
    tables = always_open(
        length=20_000,
        warm_up=200,
        follow_up=100,
        teams={"guidance": {"fte": 1}},
        stages={
            "guidance": {
                "team": "guidance",
                "caseworker": True,
                "work": exponential(hours(1 / contact)),
                "gap": exponential(days(1 / back)),
                "stay": "100000 days",
            }
        },
        inflows={"there": {"trace": [0.0] * N}},
    )
    # Little: N = (contacts per time) x (gap + wait + contact).
    needy = exact["mean_needy"]
    wait = needy / exact["contacts_per_time"] - 1 / contact
    return Case(
        name="a caseload of 15 that never closes",
        source="published/13 (machine repair)",
        model="one worker, 15 cases, contact 1 d, return after 10 d",
        tables=tables,
        quantities=(
            Quantity("worker busy", exact["worker_busy"], 0.005, _measure("utilization")),
            _mean(
                "contacts per day", exact["contacts_per_time"], 0.01, lambda look: look.contacts()
            ),
            _mean("mean wait per contact", wait, 0.04, lambda look: look.contact_wait("guidance")),
        ),
        n=60,
        wrong={
            "contacts 2 % longer": stretched(tables),
            "one case fewer": changed(tables, {"inflows.there.trace": [0.0] * (N - 1)}),
        },
        is_quick=True,
    )


def _saturating() -> list[Case]:
    """The rows of m_caseload_feedback with beta 1: closing at most 100 d0 a day.

    The closing flow n d0 min(1, 100 / n) is that of 100 servers, so the team of the oracle is a
    pooled stage of 100 places that work 1 / d0 days on a case.
    """
    cases = []
    for exact in oracle("m_caseload_feedback")["cases"]:
        if exact["beta"] != 1.0:
            continue
        lam, stay = exact["lam"], 1 / exact["close_rate_full"]
        knee = 100
        tables = always_open(
            length=round(200 * stay),
            warm_up=round(15 * stay),
            teams={"guidance": {"fte": knee}},
            stages={"guidance": {"team": "guidance", "work": exponential(hours(stay))}},
            inflows={"regular": {"rate": rate(lam)}},
        )
        quantities = [_mean("mean open cases", exact["mean_open"], 0.03, _measure("in_stage_mean"))]
        if exact["P_n_gt_knee"] > 1e-4:
            # At 0.8 a day it is one in a hundred million: no run ever sees it.
            quantities.append(
                Quantity(
                    "P(more than 100 open)",
                    exact["P_n_gt_knee"],
                    0.06 if lam > 1.2 else 0.03 if lam > 1.1 else 0.005,
                    lambda look: float((look.daily("guidance") > 100).mean()),
                )
            )
        cases.append(
            Case(
                name=f"closing saturates, {lam:g} a day",
                source="oracles/m_caseload_feedback, beta 1",
                model="closing flow n d0 min(1, 100 / n), d0 = 1/70 a day",
                note="stated as 100 places that work 70 days on a case: the same chain",
                tables=tables,
                quantities=tuple(quantities),
                wrong={"work 2 % longer": stretched(tables)},
                is_quick=lam == 1.1,
            )
        )
    return cases


def closing_chain(
    *,
    arrivals: float,
    contact: float,
    returns: float,
    probability: float,
    norm: int,
    elasticity: float,
    most: int,
) -> dict[str, float]:
    """Steady state of one worker whose cases close less often the more there are.

    The chain (open cases n, of them k at the desk); who finds `most` open cases is turned away. A
    contact that ends with n open cases closes the case with p min(1, (n / norm) ** elasticity).

    Returns
    -------
    dict
        caseload: mean of n; busy: P(k > 0); desk: mean of k; full: P(n = most).
    """
    from scipy.sparse import coo_array
    from scipy.sparse.linalg import spsolve

    states = [(n, k) for n in range(most + 1) for k in range(n + 1)]
    number = {state: index for index, state in enumerate(states)}
    rows, columns, flows = [], [], []
    for (n, k), here in number.items():
        chance = probability * min(1.0, (n / norm) ** elasticity) if n else 0.0
        ways = [
            ((n + 1, k + 1), arrivals),
            ((n, k + 1), (n - k) * returns),
            ((n - 1, k - 1), contact * chance if k else 0.0),
            ((n, k - 1), contact * (1 - chance) if k else 0.0),
        ]
        for state, flow in ways:
            if flow > 0 and state in number:
                rows += [here, here]
                columns += [number[state], here]
                flows += [flow, -flow]
    size = len(states)
    generator = coo_array((flows, (columns, rows)), shape=(size, size)).tolil()
    generator[0, :] = 1.0
    right = np.zeros(size)
    right[0] = 1.0
    chances = spsolve(generator.tocsr(), right)
    n, k = np.array(states).T
    return {
        "caseload": float(chances @ n),
        "busy": float(chances[k > 0].sum()),
        "desk": float(chances @ k),
        "full": float(chances[n == most].sum()),
    }


def _feedback() -> list[Case]:
    """Closing that weakens with the caseload of the worker, from a chain solved here."""
    inputs = {"arrivals": 0.1, "contact": 1.0, "returns": 0.2, "probability": 0.2}
    cases = []
    places = 15
    for norm, elasticity in ((3, -0.3), (4, -1.0)):
        exact = closing_chain(**inputs, norm=norm, elasticity=elasticity, most=places)
        tables = case_manager(
            **{key: inputs[key] for key in ("arrivals", "contact", "returns")},
            closing={"probability": 0.2, "norm": norm, "elasticity": elasticity},
            limit=places,
            workers=1,
            length=100_000,
            warm_up=2_000,
            follow_up=1_000,
        )
        tables["stages"]["guidance"]["room"] = 0
        cases.append(
            Case(
                name=f"closing weakens above {norm} cases, elasticity {elasticity:g}",
                source="a chain of 136 states, solved in tests/verification/caseloads.py",
                model=(
                    "one worker, 15 places and no waiting: 0.1 a day, contact 1 d, return after "
                    "5 d, closes with 0.2, less with more cases"
                ),
                tables=tables,
                quantities=(
                    _mean(
                        "mean caseload", exact["caseload"], 0.08, _measure("caseload_per_worker")
                    ),
                    Quantity("worker busy", exact["busy"], 0.02, _measure("utilization")),
                    Quantity(
                        "P(turned away)",
                        exact["full"],
                        0.3 * exact["full"],
                        _measure("turned_away_share"),
                    ),
                ),
                wrong={
                    "contacts 2 % longer": stretched(tables),
                    "no feedback": changed(tables, {"stages.guidance.closing.elasticity": None}),
                    "norm one case higher": changed(
                        tables, {"stages.guidance.closing.norm": norm + 1}
                    ),
                },
                n=200,
                is_quick=norm == 3,
            )
        )
    return cases


def cases() -> list[Case]:
    """All of them."""
    return [
        *_managers(),
        *levers(),
        *limit_curve(),
        *_published(),
        *_saturating(),
        *_feedback(),
    ]

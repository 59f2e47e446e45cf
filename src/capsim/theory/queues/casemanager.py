"""Case managers: workers who keep a case for its whole trajectory and meet it again and again.

A case arrives (Poisson, rate lambda), waits for a worker with fewer than M open cases (the one
with the fewest), and is then needy: it waits at that worker's desk for a contact (exponential,
rate mu). After a contact it closes with probability p; else it is away (exponential, rate gamma)
and comes back to the same desk. When a case closes and somebody waits, the next case is
assigned at once.

Two capacities follow, and they are not the same. *Hours*: a case takes 1 / p contacts, so that N
workers have contact time for N mu p new cases per unit of time. *Places*: a worker with M open
cases is idle with probability pi0(M), because all of them may be away; the full team closes only
N mu p (1 - pi0(M)). Where contacts are rare the places bind long before the hours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capsim.theory.queues.casemanager_chain import Chain, solve
from capsim.theory.queues.domain import TheoryError, positive, share, stable, whole

NEAREST_TO_LIMIT = 1 - 1e-6


@dataclass(frozen=True)
class FullCaseload:
    """One worker with a number of cases that never changes: what `closed_caseload` gives back."""

    cases: int
    utilization: float
    contacts_per_time: float
    needy_mean: float
    """Cases at the desk, the one in contact included."""
    contact_wait_mean: float
    """From due to the start of the contact."""
    contact_ratio: float
    """Planned length of a cycle (away + contact) over its actual length."""


def closed_caseload(cases: int, contact_rate: float, return_rate: float) -> FullCaseload:
    """The rhythm of contacts of one worker with a constant caseload (the machine-repair model).

    With k at the desk: up (cases - k) gamma, down mu.

    Parameters
    ----------
    cases : int
        Open cases, at least 1.
    contact_rate : float
        mu, contacts a busy worker finishes per unit of time.
    return_rate : float
        gamma, 1 / mean time between the end of a contact and the next one's due.

    Returns
    -------
    FullCaseload
        Times in the unit of the rates.

    Raises
    ------
    TheoryError
        If a rate is not positive or there is no case.

    References
    ----------
    Palm (1947); Kleinrock (1975), Queueing Systems I, section 3.8.

    Examples
    --------
    >>> full = closed_caseload(15, contact_rate=1, return_rate=0.1)
    >>> round(full.utilization, 7), round(full.needy_mean, 6)
    (0.9635031, 5.364969)
    """
    cases = whole("cases", cases, at_least=1)
    contact_rate = positive("contact_rate", contact_rate)
    return_rate = positive("return_rate", return_rate)
    chances = _desk(cases, contact_rate, return_rate)
    busy = 1 - float(chances[0])
    needy = float(np.arange(cases + 1) @ chances)
    at_desk = needy / (contact_rate * busy)
    cycle = 1 / return_rate + at_desk
    return FullCaseload(
        cases=cases,
        utilization=busy,
        contacts_per_time=contact_rate * busy,
        needy_mean=needy,
        contact_wait_mean=at_desk - 1 / contact_rate,
        contact_ratio=(1 / return_rate + 1 / contact_rate) / cycle,
    )


def _desk(cases: int, down: float, up: float) -> np.ndarray:
    """P(k at the desk), k = 0 ... cases: up (cases - k) `up`, down `down`."""
    steps = np.log(np.arange(cases, 0, -1) * up / down)
    logs = np.concatenate(([0.0], np.cumsum(steps)))
    chances = np.exp(logs - logs.max())
    return np.asarray(chances / chances.sum())


@dataclass(frozen=True)
class CaseManagerLimit:
    """The largest inflows a team of case managers can take, per unit of time."""

    hours: float
    """N mu p: contact time alone."""
    places: float
    """N mu p (1 - pi0(M)): with the caseload limit; the true limit of stability."""
    utilization_when_full: float
    """Share of their time that workers with full caseloads are in contact."""


def case_manager_limit(
    contact_rate: float,
    return_rate: float,
    closing_probability: float,
    caseload_limit: int,
    workers: int = 1,
) -> CaseManagerLimit:
    """The inflow beyond which the waiting list of a team of case managers grows for ever.

    At saturation every worker holds M cases; those at the desk go up with (M - k) gamma and down
    with mu (1 - p), since a closed case is replaced at once by a needy one. Stable if and only if
    lambda < N mu p (1 - pi0(M)).

    Parameters
    ----------
    contact_rate : float
        mu, contacts a busy worker finishes per unit of time.
    return_rate : float
        gamma, 1 / mean time from a contact to the next one's due.
    closing_probability : float
        p, that a contact is the last, in (0, 1].
    caseload_limit : int
        M, most open cases per worker.
    workers : int
        N.

    Returns
    -------
    CaseManagerLimit

    Raises
    ------
    TheoryError
        If an argument is outside its range.

    References
    ----------
    Model: Campello, Ingolfsson and Shumsky (2017), Management Science 63, 882-900. The limit is
    derived here by saturation of that model.

    Examples
    --------
    >>> limit = case_manager_limit(4, 1 / 14, 0.1, 12, workers=2)
    >>> round(limit.places, 6), round(limit.hours, 6)
    (0.18582, 0.8)
    """
    contact_rate = positive("contact_rate", contact_rate)
    return_rate = positive("return_rate", return_rate)
    closing = share("closing_probability", closing_probability, zero=False)
    caseload_limit = whole("caseload_limit", caseload_limit, at_least=1)
    workers = whole("workers", workers, at_least=1)
    hours = workers * contact_rate * closing
    if closing == 1:
        busy = 1.0
    else:
        busy = 1 - float(_desk(caseload_limit, contact_rate * (1 - closing), return_rate)[0])
    return CaseManagerLimit(hours=hours, places=hours * busy, utilization_when_full=busy)


@dataclass(frozen=True)
class CaseManagerLine:
    """Steady state of one or two case managers: what `case_manager` gives back."""

    arrival_rate: float
    workers: int
    caseload_limit: int
    utilization: float
    """Hours: share of their time that workers are in contact."""
    places_utilization: float
    """Places: inflow over the largest inflow that the caseload limit allows."""
    arrival_limit: float
    """That largest inflow."""
    probability_of_waiting: float
    """That a case has to wait for a worker."""
    assignment_wait_mean: float
    assignment_queue_mean: float
    caseload_mean: float
    """Open cases per worker."""
    share_at_limit: float
    """Share of time that a worker is at the limit."""
    contact_wait_mean: float
    """From due to start, per contact."""
    stay_mean: float
    """From assignment to closing."""
    time_in_system_mean: float


def case_manager(
    arrival_rate: float,
    contact_rate: float,
    return_rate: float,
    closing_probability: float,
    caseload_limit: int,
    workers: int = 1,
) -> CaseManagerLine:
    """The exact steady state of one or two case managers with a waiting list.

    A quasi-birth-death chain: the level is the number waiting for a worker, the phases the open and
    the needy cases of each. Sparse solve of the levels with nobody or one waiting, geometric above
    (Neuts' matrix R), so that nothing is cut off.

    Parameters
    ----------
    arrival_rate : float
        lambda, new cases per unit of time.
    contact_rate, return_rate, closing_probability, caseload_limit
        As in `case_manager_limit`.
    workers : int
        1 or 2.

    Returns
    -------
    CaseManagerLine
        Times in the unit of the rates.

    Raises
    ------
    TheoryError
        If the inflow is at or above the limit, there are more than two workers, or the chain would
        be too large (a limit above some 30 for two workers, 340 for one).

    References
    ----------
    Campello, Ingolfsson and Shumsky (2017), Management Science 63, 882-900; solution: Neuts (1981),
    Matrix-Geometric Solutions in Stochastic Models, chapter 3; Latouche and Ramaswami (1993).

    Examples
    --------
    >>> line = case_manager(0.3, 1, 0.5, 0.2, caseload_limit=5, workers=2)
    >>> round(line.assignment_wait_mean, 6), round(line.caseload_mean, 6)
    (2.021659, 2.963308)
    >>> round(line.utilization, 6), round(line.places_utilization, 6)
    (0.75, 0.763552)
    """
    arrival_rate = positive("arrival_rate", arrival_rate)
    limit = case_manager_limit(
        contact_rate, return_rate, closing_probability, caseload_limit, workers
    )
    if workers > 2:
        raise TheoryError(
            "workers", workers, "must be 1 or 2", "use case_manager_limit, or simulate"
        )
    filled = stable(
        f"the places of {workers} worker(s) with {caseload_limit} cases each",
        arrival_rate,
        limit.places,
    )
    if filled > NEAREST_TO_LIMIT:
        raise TheoryError(
            "arrival_rate",
            arrival_rate,
            f"must stay a millionth below the limit of {limit.places:.9g}: rounding rules there",
            "give a smaller rate",
        )
    chain = Chain(
        float(arrival_rate),
        float(contact_rate),
        float(return_rate),
        float(closing_probability),
        int(caseload_limit),
        int(workers),
    )
    base, ratio, first = solve(chain)
    size = len(chain.full)
    # Above level 1: pi_q = first R^(q - 1). Sums of the geometric series and of q times it.
    rest = np.linalg.solve((np.eye(size) - ratio).T, first)
    waiting = float(np.linalg.solve((np.eye(size) - ratio).T, rest).sum())
    open_cases, needy, busy, at_limit = 0.0, 0.0, 0.0, 0.0
    blocked = float(rest.sum())
    for state, chance in zip(chain.states, base, strict=True):
        open_cases += chance * sum(opened for opened, _ in state)
        needy += chance * sum(desk for _, desk in state)
        busy += chance * sum(desk > 0 for _, desk in state)
        full = sum(opened == chain.limit for opened, _ in state)
        at_limit += chance * full
        blocked += chance * (full == workers)
    for desks, chance in zip(chain.full, rest, strict=True):
        open_cases += chance * workers * chain.limit
        needy += chance * sum(desks)
        busy += chance * sum(desk > 0 for desk in desks)
        at_limit += chance * workers
    stay = float(open_cases) / arrival_rate
    contacts = arrival_rate / closing_probability
    wait = waiting / arrival_rate
    return CaseManagerLine(
        arrival_rate=chain.arrival,
        workers=chain.workers,
        caseload_limit=chain.limit,
        utilization=float(busy) / workers,
        places_utilization=filled,
        arrival_limit=limit.places,
        probability_of_waiting=float(blocked),
        assignment_wait_mean=wait,
        assignment_queue_mean=waiting,
        caseload_mean=float(open_cases) / workers,
        share_at_limit=float(at_limit) / workers,
        contact_wait_mean=float(needy) / contacts - 1 / contact_rate,
        stay_mean=stay,
        time_in_system_mean=wait + stay,
    )

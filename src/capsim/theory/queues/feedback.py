"""Caseloads that feed back on closing: beyond a knee a case gets less attention and stays longer.

A team has n open cases. Up to the knee every case gets the contacts it wants; beyond it the same
capacity is spread, and the rate at which cases close falls with the attention to the power
`elasticity`. Above 1 the whole closing flow falls as the caseload grows: a wave can tip the team
into a state from which it does not return, unless a caseload limit keeps the new cases in a queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from capsim.theory.queues.domain import TheoryError, nonnegative, positive, whole
from capsim.theory.queues.functions import RateFunction, Steps, as_function, break_times, increasing
from capsim.theory.queues.transient import birth_death_path


@dataclass(frozen=True)
class FeedbackTeam:
    """A team whose closing flow depends on its caseload.

    Parameters
    ----------
    closing_rate : float
        Closings per open case and unit of time up to the knee.
    knee : float
        Open cases up to which everyone gets full attention: capacity / wanted contacts.
    elasticity : float
        0: no feedback; 1: the flow saturates at the knee; above 1: it falls beyond it.
    caseload_limit : int
        Most open cases of the team; the others wait.
    places : int
        Most cases in all, waiting ones included; arrivals beyond are lost. Large: no effect.
    """

    closing_rate: float
    knee: float
    elasticity: float
    caseload_limit: int
    places: int

    def __post_init__(self) -> None:
        positive("closing_rate", self.closing_rate)
        positive("knee", self.knee)
        nonnegative("elasticity", self.elasticity)
        whole("caseload_limit", self.caseload_limit, at_least=1)
        whole("places", self.places, at_least=1)
        if self.places < self.caseload_limit:
            raise TheoryError(
                "places",
                self.places,
                f"must be at least {self.caseload_limit}, the caseload limit",
                "count open cases too",
            )

    def attention(self, cases: np.ndarray) -> np.ndarray:
        """Share of the wanted contacts that each open case gets, for a number of open cases."""
        return np.minimum(1.0, self.knee / np.maximum(cases, 1))

    def closing_flow(self, cases: np.ndarray) -> np.ndarray:
        """Closings per unit of time with that many cases in all: D(n), open ones at most the limit.

        Examples
        --------
        >>> team = FeedbackTeam(1 / 70, 100, 2, 200, 400)
        >>> team.closing_flow(np.array([50, 100, 200])).round(6).tolist()
        [0.714286, 1.428571, 0.714286]
        """
        opened = np.minimum(cases, self.caseload_limit)
        return np.asarray(opened * self.closing_rate * self.attention(opened) ** self.elasticity)

    @property
    def flow_peak(self) -> float:
        """The largest closing flow: above it no inflow can last."""
        return float(self.closing_flow(np.arange(self.caseload_limit + 1)).max())

    @property
    def flow_at_limit(self) -> float:
        """The closing flow of a full team: above it an inflow does not recover from a collapse."""
        return float(self.closing_flow(np.array([self.caseload_limit]))[0])


@dataclass(frozen=True)
class FeedbackLine:
    """Steady state of a `FeedbackTeam`: what `caseload_feedback` gives back."""

    arrival_rate: float
    open_mean: float
    queue_mean: float
    probability_of_blocking: float
    throughput: float
    attention_mean: float
    """Mean over the open cases of the share of wanted contacts they get."""
    stay_mean: float
    """From becoming open to closing."""
    beyond_knee: float
    """P(more cases in all than the knee)."""
    distribution: np.ndarray = field(repr=False)
    """(places + 1,) float64, P(n cases in all)."""


def caseload_feedback(team: FeedbackTeam, arrival_rate: float) -> FeedbackLine:
    """The steady state of a team whose caseload feeds back on closing.

    Birth-death with p(n) proportional to prod_{i <= n} lambda / D(i). A steady state of a team that
    can collapse says little about a year: it may sit in either basin for longer than that. Look at
    `caseload_feedback_path` too.

    Parameters
    ----------
    team : FeedbackTeam
    arrival_rate : float
        New cases per unit of time.

    Returns
    -------
    FeedbackLine
        Times in the unit of the rates.

    Raises
    ------
    TheoryError
        If the rate is not positive.

    References
    ----------
    Birth-death: Kleinrock (1975), Queueing Systems I, equation 3.11; the closing flow is capsim's
    own, after the caseload studies named in the documentation.

    Examples
    --------
    >>> line = caseload_feedback(FeedbackTeam(1 / 70, 100, 2, 110, 400), 1.2)
    >>> round(line.open_mean, 5), round(line.queue_mean, 6)
    (85.03111, 0.433111)
    """
    arrival_rate = positive("arrival_rate", arrival_rate)
    numbers = np.arange(team.places + 1)
    logs = np.concatenate(([0.0], np.cumsum(np.log(arrival_rate / team.closing_flow(numbers[1:])))))
    chances = np.exp(logs - logs.max())
    chances /= chances.sum()
    opened = np.minimum(numbers, team.caseload_limit)
    blocked = float(chances[-1])
    throughput = arrival_rate * (1 - blocked)
    open_mean = float(opened @ chances)
    return FeedbackLine(
        arrival_rate=arrival_rate,
        open_mean=open_mean,
        queue_mean=float((numbers - opened) @ chances),
        probability_of_blocking=blocked,
        throughput=throughput,
        attention_mean=float((opened * team.attention(opened)) @ chances) / open_mean,
        stay_mean=open_mean / throughput,
        beyond_knee=float(chances[numbers > team.knee].sum()),
        distribution=chances,
    )


@dataclass(frozen=True)
class FeedbackPath:
    """A `FeedbackTeam` over time: what `caseload_feedback_path` gives back."""

    times: tuple[float, ...]
    in_system_mean: np.ndarray = field(repr=False)
    """(times,) float64, open and waiting."""
    open_mean: np.ndarray = field(repr=False)
    """(times,) float64."""
    beyond_knee: np.ndarray = field(repr=False)
    """(times,) float64, P(more cases in all than the knee)."""


def caseload_feedback_path(
    team: FeedbackTeam,
    rate: RateFunction | float,
    times: Sequence[float] | np.ndarray,
    *,
    initial: int = 0,
    breaks: Sequence[float] = (),
) -> FeedbackPath:
    """A team with caseload feedback over time, from a number of cases at time 0.

    Parameters
    ----------
    team : FeedbackTeam
    rate : callable, Steps or float
        New cases per unit of time.
    times : (k,) array_like
        When the state is wanted, increasing, from 0 on.
    initial : int
        Cases at time 0.
    breaks : sequence of float
        Where `rate` jumps, if it is not a `Steps`.

    Returns
    -------
    FeedbackPath
        Accurate to 1e-10 for `Steps` and constants, to 1e-8 otherwise.

    Raises
    ------
    TheoryError
        If a number is outside its range.

    Examples
    --------
    >>> from capsim.theory import steps
    >>> wave = steps((0, 1.1), (30, 2.1), (90, 1.1))
    >>> free = FeedbackTeam(1 / 70, 100, 2, 900, 900)
    >>> caseload_feedback_path(free, wave, [720], initial=77).in_system_mean.round(2).tolist()
    [235.46]
    """
    inflow = as_function("rate", rate)
    points = increasing(times, 0.0)
    initial = whole("initial", initial)
    numbers = np.arange(team.places + 1)
    first = np.zeros(numbers.size)
    first[min(initial, team.places)] = 1.0
    flow = team.closing_flow(numbers)
    distribution = birth_death_path(
        inflow,
        lambda _: flow,
        first,
        points,
        start=0.0,
        breaks=break_times([inflow], breaks),
        constant=isinstance(inflow, Steps),
    )
    return FeedbackPath(
        times=tuple(points.tolist()),
        in_system_mean=distribution @ numbers,
        open_mean=distribution @ np.minimum(numbers, team.caseload_limit),
        beyond_knee=distribution[:, numbers > team.knee].sum(axis=1),
    )

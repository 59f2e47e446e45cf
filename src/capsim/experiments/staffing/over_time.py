"""Staff over time: how many workers from when, where the need varies, beside a constant number.

Where the need comes and goes (a wave, a season), a constant staff is too small at the peak or idle
after it. Iterative staffing finds the staff of every interval from the simulated need itself: with
some staff the distribution of the need N that visits meet when they fall due is simulated, the
staff becomes the smallest c with P(N >= c) at most the probability asked for, and so on until it no
longer changes (Feldman, Mandelbaum, Massey and Whitt 2008, Management Science 54, 324-338).
It starts from theory, the modified offered load, which stands beside it: good where a case has one
visit and few come back; the simulated need is right everywhere.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
from numpy.typing import NDArray

from capsim.execution.campaign import Campaign
from capsim.execution.options import Execution, check_options
from capsim.execution.provenance import provenance
from capsim.execution.settings import RunSettings
from capsim.experiments.arguments import check_n, check_scenario, check_settings
from capsim.experiments.results.result import AbstractResult
from capsim.experiments.staffing.need import COLUMNS, DUE, MEAN, SAMPLES, WAITED, NeedWork
from capsim.experiments.staffing.search import PROOF
from capsim.experiments.staffing.start import TeamNeed, needs

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["Bench", "Profile", "ProfiledTeam", "load_of", "staffing_profile"]

_MOST_ITERATIONS = 12
_CLOSE = 0.05
"""Change of the workers of an interval, as a share, that no longer counts."""


@dataclass(frozen=True, eq=False, repr=False)
class Profile(AbstractResult):
    """Staff over time that keeps the probability of waiting, and constant staff beside it.

    Attributes
    ----------
    team : str
    probability : float
        Share of visits that may have to wait, in every interval.
    table : DataFrame
        One row per interval: date, load (mean need in workers if nobody waits), theory (workers by
        the modified offered load), workers, fte, waiting (share of visits that had to wait),
        lower, upper (95 %), and the same share with constant staff: same_mean (a constant staff of
        the same mean) and constant (the smallest that does as well in every interval).
    overrides : dict
        Dotted paths that give a scenario this staff.
    scenario : Scenario
        With the profile.
    fte_mean : float
        FTE of the profile, mean over the horizon.
    constant_fte : float
        The smallest constant FTE that does as well in every interval.
    iterations : int
    settled : bool
        Whether the last iteration changed no interval by more than one worker or 5 %.
    seed, n : int
    provenance : dict
    """

    team: str
    probability: float
    table: pd.DataFrame
    overrides: dict[str, Any]
    scenario: Scenario
    fte_mean: float
    constant_fte: float
    iterations: int
    settled: bool
    seed: int
    n: int
    provenance: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _heading(self) -> list[str]:
        worst = self.table["waiting"].max()
        lines = [
            f"{self.scenario.name}, team {self.team}: staff by interval so that "
            f"{100 * self.probability:g} % have to wait ({self.n} replications, seed {self.seed})",
            f"mean {self.fte_mean:.1f} FTE, at most {100 * worst:.0f} % wait in any interval; a "
            f"constant staff needs {self.constant_fte:.1f} FTE for that",
        ]
        if not self.settled:
            lines.append(f"not settled after {self.iterations} iterations; try more replications")
        return lines

    def _table(self) -> list[list[str]]:
        rows = [["from", "load", "theory", "workers", "waiting", "same mean", "constant"]]
        frame = self.table
        shown = frame if len(frame) <= 14 else frame.iloc[:: math.ceil(len(frame) / 14)]
        for row in shown.to_dict("records"):
            rows.append(
                [
                    str(row["date"]),
                    f"{row['load']:.1f}",
                    f"{row['theory']:.0f}",
                    f"{row['workers']:.0f}",
                    f"{100 * row['waiting']:.0f} %",
                    f"{100 * row['same_mean']:.0f} %",
                    f"{100 * row['constant']:.0f} %",
                ]
            )
        return rows


class ProfiledTeam:
    """One team of a scenario, its intervals, and how a number of workers becomes a scenario."""

    def __init__(self, scenario: Scenario, team: str, every: str) -> None:
        from capsim.scenario.errors import nearest
        from capsim.scenario.tables.copies import copies_of_team

        if team not in scenario.teams:
            raise ValueError(f"team = {team!r}: there is none; {nearest(team, scenario.teams)}")
        copies = len(copies_of_team(scenario, team))
        if copies > 1:
            raise ValueError(
                f"team = {team!r} has {copies} copies, and a profile is one of a single staff: "
                "share the team over offices, or make a scenario of one office"
            )
        self.scenario = scenario
        self.team = team
        self.worker_fte = scenario.teams[team].worker_fte
        self.days = _days(scenario, every)
        self.dates = [scenario.start + datetime.timedelta(days=day) for day in self.days]
        self.lengths = np.diff([*self.days, scenario.horizon_days]).astype(np.float64)
        self.need: TeamNeed = needs(scenario)[team]
        present = self.need.per_fte * self.worker_fte / max(self.need.worker, 1e-12)
        self.presence = np.clip(self._by_interval(present), 1e-3, 1.0)
        """Share of the employed workers who are there."""

    def _by_interval(self, by_day: NDArray[np.float64]) -> NDArray[np.float64]:
        edges = [*self.days, self.scenario.horizon_days]
        return np.array([by_day[low:high].mean() for low, high in pairwise(edges)])

    def theory(self, probability: float) -> NDArray[np.float64]:
        """Workers by the modified offered load: Erlang's formula for the load of each interval."""
        from capsim.theory import smallest_servers

        load = self._by_interval(self._busy())
        rate = self.need.worker / max(self.need.visit, 1e-12)
        return np.array(
            [smallest_servers(float(one) * rate, rate, probability=probability) for one in load],
            dtype=np.float64,
        )

    def _busy(self) -> NDArray[np.float64]:
        """Workers busy on each day if nobody waits: visits that start, over their length."""
        length = max(self.need.visit / max(self.need.worker, 1e-12), 1e-6)
        starts = self.need.asked / max(self.need.visit, 1e-12)
        days = np.arange(-1.0, len(starts) + 1)
        # Twice integrated P(visit > x) of an exponential visit; its second difference is the time
        # that a visit begun during day 0 is under way on day j.
        reached = np.where(
            days > 0, length * days - length**2 * -np.expm1(-np.maximum(days, 0) / length), 0.0
        )
        under_way = np.diff(reached, n=2)
        return np.convolve(starts, under_way)[: len(starts)]

    def seats(self, workers: NDArray[np.float64]) -> NDArray[np.int64]:
        """Workers to employ so that so many are there."""
        return np.ceil(np.round(workers / self.presence, 6)).astype(np.int64)

    def overrides(self, seats: Sequence[int] | NDArray[np.int64]) -> dict[str, Any]:
        """The staff as first FTE and dated changes."""
        changes = {
            f"profile-{date.isoformat()}": {
                "at": date.isoformat(),
                "add": round(int(later - earlier) * self.worker_fte, 9),
            }
            for date, earlier, later in zip(self.dates[1:], seats, seats[1:], strict=False)
            if later != earlier
        }
        return {
            f"teams.{self.team}.fte": round(int(seats[0]) * self.worker_fte, 9),
            f"teams.{self.team}.changes": changes,
        }

    def staffed(self, seats: Sequence[int] | NDArray[np.int64]) -> Scenario:
        """The scenario with so many workers in each interval."""
        return self.scenario.with_(self.overrides(seats))

    def mean_fte(self, seats: NDArray[np.int64]) -> float:
        """FTE, mean over the horizon."""
        return float((seats * self.lengths).sum() / self.lengths.sum()) * self.worker_fte


class Bench:
    """Simulates the need under a staff."""

    def __init__(
        self, campaign: Campaign, team: ProfiledTeam, settings: RunSettings, n: int
    ) -> None:
        self._campaign, self._team, self._settings, self._n = campaign, team, settings, n

    def values(self, seats: NDArray[np.int64], first: int) -> NDArray[np.float64]:
        """(replications, intervals, COLUMNS) float64."""
        team = self._team
        work = NeedWork(
            f"{team.team}: {int(seats.min())} to {int(seats.max())} workers",
            team.staffed(seats),
            self._settings,
            team=team.team,
            days=tuple(team.days),
        )
        point = self._campaign.add(work, first)
        self._campaign.run([(point, first, first + self._n)])
        matrix = self._campaign.values(point)[: self._n]
        return matrix.reshape(self._n, len(team.days), COLUMNS)

    def waiting(self, seats: NDArray[np.int64]) -> pd.DataFrame:
        """Share of visits that had to wait, by interval, on luck that no staff was made for."""
        import pandas as pd

        found = self.values(seats, PROOF)
        due, waited = found[:, :, DUE], found[:, :, WAITED]
        share = waited.sum(axis=0) / np.maximum(due.sum(axis=0), 1)
        # A ratio of means: its error is that of waited - share x due.
        error = (waited - share * due).std(axis=0, ddof=1) / math.sqrt(self._n)
        half = 1.96 * error / np.maximum(due.mean(axis=0), 1e-12)
        return pd.DataFrame({"waiting": share, "lower": share - half, "upper": share + half})


def staffing_profile(
    scenario: Scenario | str,
    team: str,
    *,
    probability: float,
    seed: int,
    n: int = 100,
    every: str = "1 month",
    engine: str = "auto",
    **execution: Unpack[Execution],
) -> Profile:
    """Staff of a team over time that keeps the share of visits that wait, beside constant staff.

    Parameters
    ----------
    scenario : Scenario or str
        Its staff of that team, dated changes included, is replaced.
    team : str
        One with a single copy: one office, or shared.
    probability : float
        Share of visits that may have to wait, in every interval, inside (0, 1).
    seed : int
    n : int
        Replications of each iteration, and of the check on fresh luck.
    every : str
        Length of an interval; months step by the calendar.
    engine : {"auto", "simpy", "compiled"}
    **execution
        store, jobs, client, backend, block, progress: see `capsim.experiments.Execution`.

    Returns
    -------
    Profile

    Raises
    ------
    ValueError
        If the team has several copies, or the probability is none.

    Notes
    -----
    Staff is in whole workers of `worker_fte`, employed in such number that on average enough are
    present. Who goes finishes the visit in hand, and newcomers are slower for the onboarding time,
    so a sharp step is followed late: the table shows what was reached.

    Examples
    --------
    >>> import capsim
    >>> scenario = capsim.Scenario(
    ...     start="2026-01-01", horizon="6 months", calendar={"kind": "continuous"},
    ...     teams={"desk": {"fte": 3}}, stages={"intake": {"team": "desk", "work": "12 h"}},
    ...     inflows={"everyone": {"rate": {
    ...         "unit": "per_day", "steps": [["0 days", 3], ["60 days", 8], ["120 days", 3]]}}},
    ... )
    >>> found = staffing_profile(scenario, "desk", probability=0.2, seed=1, n=20, jobs=1)
    >>> found.table["workers"].tolist()
    [4, 4, 7, 7, 4, 4]
    >>> found.constant_fte > found.fte_mean
    True
    """
    check_options(staffing_profile, execution)
    subject = check_scenario(scenario)
    n = check_n(n)
    if n < 2:
        raise ValueError(f"n = {n} must be at least 2 replications")
    if not 0 < probability < 1:
        raise ValueError(f"probability = {probability!r} must lie between 0 and 1, such as 0.2")
    settings = check_settings(seed=seed, engine=engine)
    own = ProfiledTeam(subject, team, every)
    with Campaign(**execution) as campaign:
        bench = Bench(campaign, own, settings, n)
        theory = own.theory(probability)
        load = load_of(bench, own, theory)
        seats, iterations, settled = _iterated(bench, own, theory, probability)
        table = bench.waiting(seats)
        mean = own.mean_fte(seats)
        same = np.full(len(seats), math.ceil(round(mean / own.worker_fte, 6)), dtype=np.int64)
        worst = max(probability, float(table["waiting"].max()))
        constant = _smallest_constant(bench, same, seats, worst)
        table["same_mean"] = bench.waiting(same)["waiting"]
        table["constant"] = bench.waiting(constant)["waiting"]
        seconds = campaign.seconds
    table.insert(0, "date", own.dates)
    table.insert(1, "load", load)
    table.insert(2, "theory", own.seats(theory))
    table.insert(3, "workers", seats)
    table.insert(4, "fte", seats * own.worker_fte)
    overrides = own.overrides(seats)
    return Profile(
        team=team,
        probability=probability,
        table=table,
        overrides=overrides,
        scenario=subject.with_(overrides),
        fte_mean=mean,
        constant_fte=float(constant[0]) * own.worker_fte,
        iterations=iterations,
        settled=settled,
        seed=settings.seed,
        n=n,
        provenance=provenance({subject.label: subject}, settings, seconds, n=n, team=team),
    )


# -- iteration ------------------------------------------------------------------------------------


def load_of(bench: Bench, team: ProfiledTeam, theory: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean need of each interval, in workers, with ample staff."""
    ample = math.ceil(2 * float(theory.max()) + 10)
    while True:
        seats = np.full(len(team.days), ample, dtype=np.float64)
        found = bench.values(team.seats(seats), 0)
        met = found[:, :, :SAMPLES]
        if not (met >= ample).any():
            return np.asarray(found[:, :, MEAN].mean(axis=0))
        ample *= 2


def _iterated(
    bench: Bench, team: ProfiledTeam, theory: NDArray[np.float64], probability: float
) -> tuple[NDArray[np.int64], int, bool]:
    """Workers to employ in each interval, iterations, and whether they settled."""
    workers = theory
    for iteration in range(1, _MOST_ITERATIONS + 1):
        need = bench.values(team.seats(workers), 0)[:, :, :SAMPLES]
        found = np.array(
            [_smallest(need[:, k].ravel(), probability) for k in range(len(team.days))],
            dtype=np.float64,
        )
        away = np.abs(found - workers)
        if iteration > 1 and (away <= np.maximum(1, _CLOSE * workers)).all():
            # With c workers the need may ask for c + 1, and with c + 1 for c: the larger is enough.
            return team.seats(np.maximum(found, workers)), iteration, True
        # Too few workers make more need, and more workers less: half the way ends the swinging.
        workers = found if iteration < 3 else np.ceil((found + workers) / 2)
    return team.seats(workers), _MOST_ITERATIONS, False


def _smallest(need: NDArray[np.float64], probability: float) -> int:
    """The smallest number that the need reaches with at most the probability; NaN: nobody came.

    Examples
    --------
    >>> _smallest(np.array([0.0, 1.0, 1.0, 2.0]), 0.25)
    2
    """
    need = need[~np.isnan(need)]
    workers = 0
    while len(need) and (need >= workers).mean() > probability:
        workers += 1
    return workers


def _smallest_constant(
    bench: Bench, low: NDArray[np.int64], profile: NDArray[np.int64], worst: float
) -> NDArray[np.int64]:
    """The smallest constant staff with which no interval waits more than the worst share."""
    few, many = max(int(low[0]) - 1, 0), int(profile.max())

    def enough(seats: int) -> bool:
        found = bench.waiting(np.full(len(profile), seats, dtype=np.int64))
        return float(found["waiting"].max()) <= worst

    while not enough(many):
        few, many = many, many + max(1, many // 4)
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if enough(middle) else (middle, many)
    return np.full(len(profile), many, dtype=np.int64)


def _days(scenario: Scenario, every: str) -> list[int]:
    """First day of each interval."""
    from capsim.scenario.units import Duration

    step = Duration.parse(every)
    days = [0]
    while True:
        factor = len(days)
        length = Duration(step.value * factor, step.unit)
        day = scenario.calendar.days_after(scenario.start, length)
        if day <= days[-1]:
            raise ValueError(f"every = {every!r} must be at least one day, such as '1 month'")
        if day >= scenario.horizon_days:
            return days
        days.append(day)

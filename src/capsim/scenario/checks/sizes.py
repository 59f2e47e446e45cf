"""How large a scenario is, estimated before anything is simulated.

Estimates are of one replication. They ignore queues: a case that waits for years makes fewer visits
than expected here. `size_rules` refuses what no machine simulates; `size_warnings` tells what is
merely large.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from capsim.kernels.codes import MOST_STRAIN
from capsim.scenario.base import plain
from capsim.scenario.errors import Mistake, amount
from capsim.scenario.tables.copies import unnamed_by_copy
from capsim.scenario.tables.inflow import Inflow
from capsim.scenario.tables.scenario import ScenarioFields
from capsim.scenario.tables.stages import Stage
from capsim.scenario.units import DAYS_PER_YEAR, Duration

__all__ = [
    "LONGEST_HORIZON",
    "MOST_CASES",
    "MOST_EVENTS",
    "MOST_WORKERS",
    "Sizes",
    "size_rules",
    "size_warnings",
    "sizes_of",
]

LONGEST_HORIZON = 106_751
"""Days: 2**63 billionths of a second of a worker's idle time, 292 years."""
MOST_WORKERS = 100_000
"""Workers of all teams together."""
MOST_CASES = 100_000_000
"""Cases of a replication, those of the first day included."""
MOST_EVENTS = 10_000_000_000
"""Events of a replication: hours of the faster engine."""
_MOST_SWEEPS = 200
_EVENTS_PER_MINUTE = 100_000_000
_BYTES_PER_CASE = 450
_BYTES_PER_STAY = 90
_BYTES_PER_WORKER = 600
_BYTES_PER_SPELL = 100
_LARGE_CASES, _LARGE_EVENTS, _LARGE_MEMORY = 2_000_000, 200_000_000, 1 << 30


@dataclass(frozen=True)
class Sizes:
    """Expected sizes of one replication.

    Attributes
    ----------
    cases : float
        Applicants and cases of the first day.
    stays : float
        Entries into stages.
    visits : float
        Visits of all stays.
    workers : int
        Seats of all teams.
    spells : float
        Absences and vacancies of all workers.
    memory : float
        Bytes that the faster engine needs for each thread.
    """

    cases: float
    stays: float
    visits: float
    workers: int
    spells: float
    memory: float

    @property
    def events(self) -> float:
        """Arrivals, ends of visits, and changes of the staff."""
        return self.cases + self.stays + 2 * self.visits + 2 * self.spells


def sizes_of(scenario: ScenarioFields) -> Sizes:
    """Expected sizes of one replication of a scenario whose tables are in order.

    Examples
    --------
    >>> from capsim.scenario import load
    >>> sizes = sizes_of(load("one-office"))
    >>> sizes.workers < 100 and sizes.memory < 1e8
    True
    """
    cases = cases_by_inflow(scenario)
    initial = scenario.numbered_initial()
    stays = visits = 0.0
    for name in scenario.inflows:
        begun = np.zeros(len(scenario.stages))
        begun[list(scenario.stages).index(scenario.entry_stage(name))] += cases[name]
        for position, stage in enumerate(scenario.stages):
            begun[position] += sum(
                one.cases for one in initial if (one.stage, one.inflow) == (stage, name)
            )
        if not begun.any():
            continue
        settings = {stage: scenario.stage_for(stage, name) for stage in scenario.stages}
        entries = _entries(scenario, settings, begun)
        stays += float(entries.sum())
        counts = [_visits(stage, scenario.horizon_days) for stage in settings.values()]
        visits += float(entries @ np.array(counts))
    total = sum(cases.values()) + sum(one.cases for one in initial)
    workers, spells = _staff(scenario)
    memory = total * (_BYTES_PER_CASE + 4 * len(scenario.stages)) + _BYTES_PER_STAY * max(
        stays, 4 * total
    )
    memory += _BYTES_PER_WORKER * workers + _BYTES_PER_SPELL * spells
    return Sizes(total, stays, visits, workers, spells, memory)


def cases_by_inflow(scenario: ScenarioFields) -> dict[str, float]:
    """Expected applicants of each inflow within the horizon, traces and waves included."""
    return {name: _applicants(scenario, table) for name, table in scenario.inflows.items()}


def _applicants(scenario: ScenarioFields, inflow: Inflow) -> float:
    days = scenario.horizon_days
    total = float(len(inflow.trace)) if inflow.trace is not None else 0.0
    total += sum(wave.people * inflow.take_up_of(wave) for wave in inflow.waves.values())
    total += sum(inflow.counts.count) if inflow.counts is not None else 0.0
    if inflow.rate is None:
        return total
    steps = inflow.rate.steps_per_day(scenario.start)
    ends = [since for since, _ in steps[1:]] + [float(days)]
    season = max(inflow.seasonality) if inflow.seasonality is not None and days < 365 else 1.0
    if inflow.seasonality is not None and days >= 365:
        season = sum(inflow.seasonality) / 12
    for (since, rate), end in zip(steps, ends, strict=True):
        begin, end = min(since, days), min(end, days)
        total += rate * season * _grown_days(begin, end, inflow.growth)
    return total


def _grown_days(begin: float, end: float, growth: float) -> float:
    """Integral of (1 + growth) ** (day / 365.25), at most that of e ** 700."""
    if growth == 0 or end <= begin:
        return max(end - begin, 0.0)
    slope = math.log1p(growth) / float(DAYS_PER_YEAR)
    high, low = min(slope * end, 700.0), min(slope * begin, 700.0)
    return (math.exp(high) - math.exp(low)) / slope


def _entries(scenario: ScenarioFields, settings: dict[str, Stage], begun: np.ndarray) -> np.ndarray:
    """Expected entries into each stage, e = begun + e P, as far as the horizon allows."""
    places = {name: position for position, name in enumerate(settings)}
    into: list[list[tuple[int, float]]] = [[] for _ in settings]
    for position, stage in enumerate(settings.values()):
        if stage.next is None and position + 1 < len(into):
            into[position + 1].append((position, 1.0))
        for target, share in (stage.next or {}).items():
            if target in places:
                into[places[target]].append((position, share))
    first = begun.tolist()
    entries = first.copy()
    # Sweeps in the order of the pathway: two where nobody goes back.
    for _ in range(_MOST_SWEEPS):
        changed = 0.0
        for position, sources in enumerate(into):
            if sources:
                value = first[position] + sum(entries[one] * share for one, share in sources)
                changed = max(changed, value - entries[position])
                entries[position] = value
        if changed <= 1e-6 * sum(first):
            break
    days = [max(_days(stage), 1e-5) for stage in settings.values()]
    spent = sum(entry * length for entry, length in zip(entries, days, strict=True))
    allowed = 2 * scenario.horizon_days * sum(first)
    # Who goes round for ever does so until the horizon.
    is_endless = changed > 1e-6 * sum(first)
    return np.array(entries) * (allowed / spent if is_endless else min(1.0, allowed / spent))


def _length(duration: Duration) -> float:
    """Days of a duration; seven for five workdays."""
    return float(duration.exact) * 1.4 if duration.is_workdays else duration.days


def _days(stage: Stage) -> float:
    """Days that a stay takes at least, on average."""
    if stage.stay is not None:
        return stage.stay.mean_in(_length)
    work = sum(law.mean_in(_length) for law in stage.work_laws[:1])
    return work + (0.0 if stage.gap is None else stage.gap.mean_in(_length))


def _visits(stage: Stage, days: float) -> float:
    """Expected visits of a stay."""
    if stage.kind in ("delay", "places"):
        return 0.0
    gap = 0.0 if stage.gap is None else stage.gap.mean_in(_length)
    if stage.n_visits is not None:
        count = stage.n_visits if isinstance(stage.n_visits, int) else stage.n_visits.expectation
        growth = 0.0 if isinstance(stage.n_visits, int) else stage.n_visits.growth
        expected = count * math.exp(min(days / 365.25 * math.log1p(growth), 700.0))
    elif stage.stay is not None:
        expected = 1 + min(stage.stay.mean_in(_length), days) / max(gap, 1e-6)
    else:
        expected = 1.0 if stage.closing is None else 1 / stage.closing.probability
    return min(expected, 1 + days / gap) if gap > 0 else expected


def _staff(scenario: ScenarioFields) -> tuple[int, float]:
    """Seats of all teams, and the absences and vacancies of their holders."""
    years = scenario.horizon_days / float(DAYS_PER_YEAR)
    workers, spells = 0, 0.0
    for name, team in scenario.teams.items():
        seats = sum(team.seats(fte)[0] for fte in unnamed_by_copy(scenario, name).values())
        seats += 0 if team.workers is None else len(team.workers.name)
        if team.places is None:
            seats += sum(team.seats(change.add)[0] for change in team.changes.values())
        reserves = [one.change.add for one in scenario.triggers.values() if one.change.team == name]
        if team.places is None:
            seats += len(scenario.office_names) * sum(team.seats(add)[0] for add in reserves)
        per_year = sum(
            kind.spells_per_year * max(kind.seasonality or (1.0,)) for kind in team.absence.values()
        )
        leaving = 0.0 if team.turnover is None else team.turnover.per_year
        if team.turnover is not None and team.turnover.load is not None:
            leaving *= MOST_STRAIN
            workers += math.ceil(seats * years * leaving)  # who may follow is there from the start
        per_year += leaving
        per_year += 52.0 * len(max(team.patterns, key=len, default=()))
        workers += seats
        spells += seats * years * per_year
    return workers, spells


def size_rules(scenario: ScenarioFields) -> Iterator[Mistake]:
    """Mistakes of sizes that no machine simulates."""
    sizes = sizes_of(scenario)
    if sizes.workers > MOST_WORKERS:
        name = max(scenario.teams, key=lambda name: scenario.teams[name].fte or 0.0)
        yield Mistake(
            f"teams.{name}.fte",
            plain(scenario.teams[name].fte),
            f"the teams would have {amount(sizes.workers)} workers, more than {MOST_WORKERS:,}",
            "check fte and worker_fte",
        )
    if sizes.cases > MOST_CASES:
        yield _most_cases(scenario, sizes)
    elif sizes.events > MOST_EVENTS:
        yield Mistake(
            "horizon",
            str(scenario.horizon),
            f"a replication would have {amount(sizes.events)} events, more than {MOST_EVENTS:,}",
            "shorten it, or check visits, gaps, and spells of absence",
        )


def _most_cases(scenario: ScenarioFields, sizes: Sizes) -> Mistake:
    cases = cases_by_inflow(scenario)
    name = max(cases, key=lambda name: cases[name])
    written = {
        path: table.cases for path, _, table in scenario.initial_tables if table.cases != "steady"
    }
    most = max(written, key=lambda path: written[path], default="")
    path, value = f"inflows.{name}", plain(scenario.inflows[name].rate)
    if most and written[most] > cases[name]:
        path, value = f"{most}.cases", written[most]
    return Mistake(
        path,
        value,
        f"a replication would have {amount(sizes.cases)} cases, more than {MOST_CASES:,}",
        "check it, or simulate a part: a tenth of the cases and a tenth of the staff",
    )


def size_warnings(scenario: ScenarioFields) -> Iterator[str]:
    """What is large enough to take minutes, or gigabytes of memory."""
    sizes = sizes_of(scenario)
    is_large = (
        sizes.cases > _LARGE_CASES or sizes.events > _LARGE_EVENTS or sizes.memory > _LARGE_MEMORY
    )
    if is_large:
        minutes = max(1, math.ceil(sizes.events / _EVENTS_PER_MINUTE))
        yield (
            f"horizon: a replication has about {sizes.cases:,.0f} cases and {sizes.events:,.0f} "
            f"events, which take about {sizes.memory / 2**30:.1f} GB of memory for each thread and "
            f"{minutes} min or more; a tenth of the cases and of the staff says nearly the same"
        )

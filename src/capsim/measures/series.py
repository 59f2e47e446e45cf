"""Time series of one run: averages and counts over intervals of whole days.

For each interval that begins at `day`, of stages (per office and "all")

    waiting         joined and not yet started, time average (initial cases that have a caseworker
                    when the run opens have been started before)
    in_service      in a visit, or in a place
    open            joined and not ended
    unassigned      open in a caseworker stage without a worker, handed-over cases included
    arrivals, exits number that joined (initial cases apart) and ended
    pending         people without a decision (`capsim.measures.pending`), of a stage that decides
    late_open       open beyond their deadline, or waiting for a first visit if it asks for a start

and of teams (per copy and "all") the first four, summed over its stages, and

    caseload_per_worker, caseload_per_fte, caseload_max
                    as the measures of a team; caseload_max only where cases stay with one worker
    busy_share      client hours worked among those worked or idle
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from capsim.catalogue.measures import STAGE_SERIES, TEAM_SERIES
from capsim.kernels.codes import KIND_CASEWORKER, KIND_DELAY, KIND_PLACES, NEVER, NONE
from capsim.log.facts import Facts, Setting
from capsim.measures.presence import Hours, contracts, places_there, presence
from capsim.measures.steps import amounts, integrals, pairs
from capsim.plan.plan import Floats, Ints
from capsim.scenario.tables.calendar import add_months, step
from capsim.scenario.units import Duration

if TYPE_CHECKING:
    import pandas as pd

CALENDAR_MONTH = "calendar month"
"""Intervals that begin on the first of each month; the first and the last may be cut."""
COLUMNS = ("day", "office", "kind", "of", "measure", "value")


def borders_of(setting: Setting, every: str) -> Ints:
    """Days at which intervals begin, and the end of the run as the last border.

    Raises
    ------
    ValueError
        Unless `every` is "calendar month", or at least one day in whole days, weeks, months or
        years.

    Examples
    --------
    >>> import types
    >>> import datetime
    >>> january = types.SimpleNamespace(first_date=datetime.date(2026, 1, 1), n_days=70)
    >>> borders_of(january, "1 month").tolist()
    [0, 31, 59, 70]

    Months step from the first day; calendar months begin on their first, whatever day that is.

    >>> later = types.SimpleNamespace(first_date=datetime.date(2026, 1, 15), n_days=70)
    >>> borders_of(later, "calendar month").tolist()
    [0, 17, 45, 70]
    """
    if every == CALENDAR_MONTH:
        first = setting.first_date
        month = first.replace(day=1)
        counts = range(1, setting.n_days // 28 + 2)
        days = [(add_months(month, count) - first).days for count in counts]
        inner = [day for day in days if day < setting.n_days]
        return np.array([0, *inner, setting.n_days], dtype=np.int64)
    try:
        length = Duration.parse(every)
    except ValueError as error:
        raise ValueError(f"every: {every!r} {error}") from error
    whole = not length.is_workdays and (
        length.is_calendar_step or float(length.exact_days).is_integer()
    )
    if not whole or length.exact == 0:
        raise ValueError(
            f"every: {every!r} is not a whole number of days; write '1 day', '7 days', '1 month' "
            f"or {CALENDAR_MONTH!r}"
        )
    first = setting.first_date
    borders = [0]
    while True:
        day = (step(first, length, len(borders)) - first).days
        if day >= setting.n_days:
            return np.array([*borders, setting.n_days], dtype=np.int64)
        borders.append(day)


def series_of(setting: Setting, facts: Facts, every: str = "7 days") -> pd.DataFrame:
    """Tidy frame: day, office, kind, of, measure, value.

    Parameters
    ----------
    every : str
        Length of an interval; the last one ends with the run.
    """
    import pandas as pd

    days = borders_of(setting, every)
    blocks: list[tuple[str, str, str, str, Floats]] = []
    stages = StageSeries(setting, facts, days * setting.day_ticks)
    for s, stage in enumerate(setting.stages):
        for measure, values in stages.of_stage(s).items():
            for office, row in zip((*setting.offices, "all"), values, strict=True):
                blocks.append((office, "stage", stage, measure, row))
    copies = CopySeries(setting, facts, days, stages)
    for t, team in enumerate(setting.teams):
        mine = [c for c, number in enumerate(setting.copy_team) if number == t]
        for measure, values in copies.of_team(mine).items():
            for office, row in zip(
                (*(setting.copies[c] for c in mine), "all"), values, strict=True
            ):
                blocks.append((office, "team", team, measure, row))
    n = len(days) - 1
    columns = {"day": np.tile(days[:-1].astype(np.float64), len(blocks))}
    for k, name in enumerate(("office", "kind", "of", "measure")):
        columns[name] = np.repeat(np.array([block[k] for block in blocks], dtype=object), n)
    values = np.concatenate([block[4] for block in blocks]) if blocks else np.empty(0)
    frame = pd.DataFrame({**columns, "value": values}, columns=list(COLUMNS))
    return frame.astype(dict.fromkeys(("office", "kind", "of", "measure"), "str"))


def _with_all(rows: Floats) -> Floats:
    """The rows, and their sum as the last one."""
    return np.vstack([rows, rows.sum(axis=0)])


class StageSeries:
    """Integrals (offices, stages, bins) of what happens in stages, in calendar ticks."""

    def __init__(self, setting: Setting, facts: Facts, borders: Ints) -> None:
        self.setting, self.facts, self.borders = setting, facts, borders
        self.clock = setting.clock
        self.lengths = np.diff(borders).astype(np.float64)
        self.kind = np.array(setting.stage_kind)
        f, end = facts, self.clock.end
        self.group = f.stay_office * len(setting.stages) + f.stay_stage
        kind = self.kind[f.stay_stage]
        self.end = np.where(f.stay_ended == NONE, end, f.stay_ended)
        wait_end = np.where(f.stay_started != NONE, f.stay_started, self.end)
        queued = (kind != KIND_DELAY) & (f.stay_first != 2)
        self.waiting = self._integrals(np.where(queued, self.group, -1), f.stay_joined, wait_end)
        self.open = self._integrals(self.group, f.stay_joined, self.end)
        begun = f.visit_begin != NONE
        visit_end = np.where(f.visit_end == NONE, end, self.clock.calendar_end(f.visit_end))
        self.in_service = self._integrals(
            np.where(begun, self.group[f.visit_stay], -1),
            self.clock.calendar(f.visit_begin),
            visit_end,
        )
        assigned = self._assigned()
        self.unassigned = self.open - assigned
        self.in_service += assigned * (self.kind == KIND_PLACES)[None, :, None]
        judged_at = np.where(f.stay_judged_at == NONE, self.end, f.stay_judged_at)
        self.late_open = self._integrals(
            np.where(f.stay_due != NONE, self.group, -1),
            np.maximum(f.stay_due, f.stay_joined),
            judged_at,
        )
        self.blocked = self._integrals(
            np.where(f.stay_released != NONE, self.group, -1),
            self.end,
            np.minimum(f.stay_released, end),
        )
        self.pending = self._integrals(
            f.pending_office * len(setting.stages) + f.pending_stage,
            f.pending_start,
            f.pending_stop,
        )
        self.has_deadline = set(f.stay_stage[f.stay_due != NONE].tolist())

    def _integrals(self, group: Ints, start: Ints, stop: Ints) -> Floats:
        shape = (len(self.setting.offices), len(self.setting.stages), len(self.lengths))
        n = shape[0] * shape[1]
        return integrals(group, n, start, stop, None, self.borders).reshape(shape)

    def _assigned(self) -> Floats:
        """Integrals of open stays whose case holds a place."""
        f = self.facts
        stay, place = pairs(
            np.searchsorted(f.place_case, f.stay_case, side="left"),
            np.searchsorted(f.place_case, f.stay_case, side="right"),
        )
        until = np.where(f.place_until == NONE, self.clock.end, f.place_until)
        # A place of another team is one that is kept while the case waits here.
        copy = np.array(self.setting.stage_copy)[f.stay_office, f.stay_stage]
        own = copy[stay] == f.worker_copy[f.place_worker][place]
        return self._integrals(
            np.where(
                own & (self.kind[f.stay_stage] >= KIND_CASEWORKER)[stay], self.group[stay], -1
            ),
            np.maximum(f.stay_joined[stay], f.place_from[place]),
            np.minimum(self.end[stay], until[place]),
        )

    def _counts(self, keep: Ints, instant: Ints) -> Floats:
        shape = (len(self.setting.offices), len(self.setting.stages), len(self.lengths))
        where = np.searchsorted(self.borders, instant[keep], side="right") - 1
        where = np.minimum(where, shape[2] - 1)
        flat = self.group[keep] * shape[2] + where
        counts = np.bincount(flat, minlength=shape[0] * shape[1] * shape[2])
        return counts.reshape(shape).astype(np.float64)

    def of_stage(self, s: int) -> dict[str, Floats]:
        """Values (offices + 1, bins) of each measure that the stage has."""
        f = self.facts
        mine = f.stay_stage == s
        found = {"open": self.open / self.lengths}
        if self.kind[s] != KIND_DELAY:
            found["waiting"] = self.waiting / self.lengths
            found["in_service"] = self.in_service / self.lengths
        if self.kind[s] >= KIND_CASEWORKER:
            found["unassigned"] = self.unassigned / self.lengths
        found["arrivals"] = self._counts(mine & (f.stay_first == 0), f.stay_joined)
        found["exits"] = self._counts(mine & (f.stay_ended != NONE), f.stay_ended)
        if any(self.setting.stage_keeps[s : s + 1]):
            found["blocked"] = self.blocked / self.lengths
        if s in self.setting.deciding:
            found["pending"] = self.pending / self.lengths
        if s in self.has_deadline:
            found["late_open"] = self.late_open / self.lengths
        names = [record.name for record in STAGE_SERIES]
        return {name: _with_all(found[name][:, s]) for name in names if name in found}


class CopySeries:
    """Integrals (copies, bins) of what team copies do."""

    def __init__(self, setting: Setting, facts: Facts, days: Ints, stages: StageSeries) -> None:
        self.setting, self.facts, self.stages = setting, facts, stages
        clock, f = setting.clock, facts
        n = len(setting.copies)
        self.copy = np.array(setting.stage_copy)
        borders = days * setting.day_ticks
        spans = contracts(f, clock.calendar(f.roster_time), clock.end)
        worker, hired, left, fte = spans
        copy = f.worker_copy[worker]
        of_places = np.zeros(n, np.int64)
        of_places[self.copy[:, stages.kind == KIND_PLACES]] = 1
        self.employed = integrals(copy, n, hired, left, None, borders)
        self.fte = integrals(copy, n, hired, left, fte, borders)
        weight = np.array(setting.inflow_weight)
        until = np.where(f.place_until == NONE, clock.end, f.place_until)
        copy = f.worker_copy[f.place_worker]
        self.placed = integrals(copy, n, f.place_from, until, None, borders)
        placed_weight = np.where(of_places[copy], 1000, weight[f.place_inflow])
        self.placed_weight = integrals(copy, n, f.place_from, until, placed_weight, borders)
        copy = self.copy[f.stay_office, f.stay_stage]
        self.stays_weight = integrals(
            copy, n, f.stay_joined, stages.end, weight[f.stay_inflow], borders
        )
        # Office time from here on. The last border is the end of the run in either.
        office_borders = np.append(clock.office(borders[:-1]), clock.horizon)
        hours = Hours.of(
            presence(f, np.array(setting.copy_share), clock.horizon),
            len(f.worker_copy),
            (f.visit_worker, f.visit_begin, f.visit_end, f.visit_work),
            clock.horizon,
        )
        pace = hours.work / (hours.end - hours.begin)
        self.worked = amounts(
            f.worker_copy[hours.worker], n, hours.begin, hours.end, pace, office_borders
        )
        free = hours.free
        self.available = self.worked + amounts(
            f.worker_copy[free.worker], n, free.start, free.stop, free.speed / 1e9, office_borders
        )
        if of_places.any():
            there = places_there(
                spans, (f.place_worker, f.place_from, until), of_places[f.worker_copy]
            )
            worker, start, stop, size = there
            is_place = of_places[:, None] == 1
            places = integrals(f.worker_copy[worker], n, start, stop, size, borders)
            self.available = np.where(is_place, places, self.available)
            self.worked = np.where(is_place, self.placed_weight, self.worked)
            self.employed = np.where(is_place, self.fte / 1000, self.employed)
        self.most = self._most(office_borders)

    def _most(self, borders: Ints) -> Floats:
        """(copies, bins) most open cases of any one worker, after all events of an instant."""
        f, clock = self.facts, self.setting.clock
        up = clock.office(f.place_from)
        down = np.where(f.place_until == NONE, NEVER, clock.office(f.place_until))
        worker = np.append(f.place_worker, f.place_worker)
        instant = np.append(up, down)
        change = np.repeat([1, -1], len(up))
        order = np.lexsort((instant, worker))
        worker, instant, level = worker[order], instant[order], np.cumsum(change[order])
        # Each worker's changes add up to zero, so the running sum begins anew with each.
        last = np.append((worker[1:] != worker[:-1]) | (instant[1:] != instant[:-1]), True)
        worker, instant, level = (x[last[: len(x)]] for x in (worker, instant, level))
        n_bins = len(borders) - 1
        result = np.zeros((len(self.setting.copies), n_bins))
        inside = instant < borders[-1]
        where = np.searchsorted(borders, instant[inside], side="right") - 1
        np.maximum.at(result, (f.worker_copy[worker[inside]], where), level[inside])
        for w in np.unique(worker).tolist():
            mine = worker == w
            # The level carried into a bin, unless something changes at its first instant.
            at = np.searchsorted(instant[mine], borders[:-1], side="right")
            carried = np.append(0, level[mine])[at]
            np.maximum(result[f.worker_copy[w]], carried, out=result[f.worker_copy[w]])
        return result

    def of_team(self, mine: list[int]) -> dict[str, Floats]:
        """Values (copies of the team + 1, bins) of each measure that the team has."""
        lengths = self.stages.lengths
        kind = self.stages.kind

        def over_stages(values: Floats) -> Floats:
            return np.array([values[self.copy == c].sum(axis=0) for c in mine])

        def ratio(above: Floats, below: Floats) -> Floats:
            above, below = _with_all(above), _with_all(below)
            return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)

        by_place = any((kind[(self.copy == c).any(axis=0)] == KIND_CASEWORKER).any() for c in mine)
        stays = over_stages(self.stages.open)
        weighted = self.placed_weight if by_place else self.stays_weight
        found = {
            "waiting": _with_all(over_stages(self.stages.waiting) / lengths),
            "in_service": _with_all(over_stages(self.stages.in_service) / lengths),
            "open": _with_all(stays / lengths),
            "caseload_per_worker": ratio(
                self.placed[mine] if by_place else stays, self.employed[mine]
            ),
            "caseload_per_fte": ratio(weighted[mine], self.fte[mine]),
            "busy_share": ratio(self.worked[mine], self.available[mine]),
        }
        if by_place:
            own = self.stages.unassigned * (kind == KIND_CASEWORKER)[None, :, None]
            found["unassigned"] = _with_all(over_stages(own) / lengths)
            most = self.most[mine]
            found["caseload_max"] = np.vstack([most, most.max(axis=0)])
        names = [record.name for record in TEAM_SERIES]
        return {name: found[name] for name in names if name in found}

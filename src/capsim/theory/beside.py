"""What is known exactly about a scenario: closed forms beside the figures of a simulation.

A closed form applies where a stage is one of the classical queues. `beside` looks for them:

* *Erlang C*: a pooled stage of one visit with exponential work, served in order of joining by a
  team that does nothing else: equal workers, always there (continuous calendar, no absence,
  turnover or changes).
* *Erlang A*: the same with exponential patience; *M/M/c/K*: the same with limited room.
* *M/G/infinity*: a delay; the number in it needs no more than the mean stay.

The cases must come as a Poisson stream of constant rate. That is so if they enter with a constant
`rate`, or come, also again and again, from stages that are delays or Erlang C themselves (Burke
1956; Jackson 1957; Baskett, Chandy, Muntz and Palacios 1975). Everything else is left out rather
than approximated.

All figures are steady states: give the run a warm-up long enough to forget its first day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import nan

import numpy as np

from capsim.plan import compile_plan
from capsim.plan.tables import NEVER, Plan
from capsim.plan.teams import Copies, copies_of
from capsim.scenario.inflow import Inflow
from capsim.scenario.laws import Exponential
from capsim.scenario.model import Scenario
from capsim.scenario.stages import Stage
from capsim.scenario.units import days, hours
from capsim.theory.demand import routing_of, steady_entries
from capsim.theory.erlang import erlang_a, erlang_c, mmck

__all__ = ["ExactFigure", "beside"]

ALL = "all"

_Key = tuple[str, int | str]
"""A stage, and the number of the copy that serves it or, for a delay, the office."""


@dataclass(frozen=True)
class ExactFigure:
    """The exact value of a measure in the long run, under the names of `Run.measures()`.

    Attributes
    ----------
    measure, kind, of, office : str
        As in `Run.measures()`; the inflow is "all".
    value : float
        In the unit of the measure: days, cases, shares.
    formula : str
        "M/M/5", "M/M/5+M", "M/M/5/8", "M/G/infinity", or "Poisson" for arrivals.
    """

    measure: str
    kind: str
    of: str
    office: str
    value: float
    formula: str


@dataclass
class _Node:
    """A stage at one team copy, or a delay in one office."""

    stage: str
    copy: int
    """-1 for a delay."""
    rates: dict[str, float] = field(default_factory=dict)
    """Cases per day by office."""
    settings: list[tuple[Stage, int, float]] = field(default_factory=list)
    """What each inflow meets there, with its priority and its rate."""
    before: set[_Key] = field(default_factory=set)
    """Nodes that send cases here."""
    is_fed_otherwise: bool = False
    """Whether some of its cases come by a season, a wave or a trace."""

    @property
    def rate(self) -> float:
        return sum(self.rates.values())


@dataclass(frozen=True)
class _Line:
    """Figures of one node in the long run."""

    formula: str
    capacity: float
    """Workers times their speed; 0 for a delay."""
    used: float
    """Share of it."""
    figures: dict[str, float]
    """By measure of the stage."""


def beside(scenario: Scenario) -> tuple[ExactFigure, ...]:
    """The figures of a scenario for which a closed form exists.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of ExactFigure
        Empty where nothing is known exactly. Per stage wait_mean, wait_p90, wait_mean_finished,
        queue_mean, in_stage_mean, dropout_share, turned_away_share and the expected arrivals as
        far as they apply, and the utilization of its team; by office, and for "all" of them.

    References
    ----------
    Erlang (1917); Burke (1956), Operations Research 4(6); Jackson (1957), Operations Research
    5(4); Baskett et al. (1975), Journal of the ACM 22(2). The formulas stand in
    `capsim.theory.erlang`.

    Examples
    --------
    >>> scenario = Scenario(
    ...     start="2026-01-01",
    ...     horizon="1 year",
    ...     warm_up="30 days",
    ...     calendar={"kind": "continuous"},
    ...     teams={"intake": {"fte": 5}},
    ...     stages={"intake": {"team": "intake", "work": {"law": "exponential", "mean": "24 h"}}},
    ...     inflows={"regular": {"rate": {"per_day": 4.5}}},
    ... )
    >>> known = {figure.measure: figure.value for figure in beside(scenario)}
    >>> round(known["wait_mean"], 6), round(known["queue_mean"], 5), known["utilization"]
    (1.524986, 6.86244, 0.9)
    >>> sorted({figure.formula for figure in beside(scenario)})
    ['M/M/5', 'Poisson']
    """
    plan, copies = compile_plan(scenario), copies_of(scenario)
    nodes = _nodes(scenario, copies)
    lines: dict[_Key, _Line] = {}
    for key, node in nodes.items():
        line = _line(node, scenario, plan, copies)
        if line is not None:
            lines[key] = line
    known = {key: lines[key] for key in lines if _is_poisson(key, nodes, lines)}
    result: list[ExactFigure] = []
    for stage in scenario.stage_names:
        result += _of_stage(stage, scenario, nodes, known)
    for team in scenario.teams:
        result += _of_team(team, copies, nodes, known)
    return tuple(result)


# -- who comes -----------------------------------------------------------------------------------


def _constant_rate(inflow: Inflow) -> float | None:
    """Applications per day if they are a Poisson stream of constant rate, else None."""
    if inflow.waves or inflow.trace is not None:
        return None
    if inflow.rate is None:
        return 0.0
    levels = {rate for _, rate in inflow.rate.steps_per_day}
    starts_at_once = inflow.rate.steps_per_day[0][0] == 0
    if len(levels) > 1 or not starts_at_once or inflow.growth:
        return None
    if inflow.seasonality is not None and set(inflow.seasonality) != {1.0}:
        return None
    return levels.pop()


def _nodes(scenario: Scenario, copies: Copies) -> dict[_Key, _Node]:
    """Every stage at every copy (or office) that cases can reach, with the streams into it."""
    names = scenario.stage_names
    nodes: dict[_Key, _Node] = {}
    for office, share in scenario.office_shares.items():
        local = copies.local[office]
        for inflow_name, inflow in scenario.inflows.items():
            rate = _constant_rate(inflow)
            if rate == 0:
                continue
            met = [local.stage_for(name, inflow_name) for name in names]
            entry = names.index(scenario.entry_stage(inflow_name))
            outside = np.zeros(len(names))
            outside[entry] = share * (rate or 0.0)
            entries = steady_entries(outside, routing_of(local, met))
            here = [copies.number.get((office, stage.team or ""), -1) for stage in met]
            keys: list[_Key] = [
                (name, copy if copy >= 0 else office)
                for name, copy in zip(names, here, strict=True)
            ]
            ways = [
                _destinations(local, name, stage) for name, stage in zip(names, met, strict=True)
            ]
            reached = _reached(entry, names, ways)
            for number in reached:
                node = nodes.setdefault(keys[number], _Node(names[number], here[number]))
                cases = float(entries[number])
                node.rates[office] = node.rates.get(office, 0.0) + cases
                node.settings.append((met[number], inflow.priority, cases))
                node.is_fed_otherwise |= rate is None
            for number in reached:
                for to in ways[number]:
                    nodes[keys[names.index(to)]].before.add(keys[number])
    return nodes


def _destinations(local: Scenario, name: str, stage: Stage) -> set[str]:
    """Stages that a case may go to from here, by whatever way."""
    ways = {to for to, share in local.next_of(name, stage).items() if share > 0}
    if stage.patience is not None and stage.if_left is not None:
        ways.add(stage.if_left)
    if stage.room is not None and stage.if_turned_away is not None:
        ways.add(stage.if_turned_away)
    return ways & set(local.stage_names)


def _reached(entry: int, names: tuple[str, ...], ways: list[set[str]]) -> list[int]:
    seen: set[int] = set()
    to_see = [entry]
    while to_see:
        number = to_see.pop()
        if number not in seen:
            seen.add(number)
            to_see += [names.index(to) for to in ways[number]]
    return sorted(seen)


def _is_poisson(
    key: _Key,
    nodes: dict[_Key, _Node],
    lines: dict[_Key, _Line],
) -> bool:
    """Whether everything before a node leaves the streams Poisson, or of product form."""
    seen: set[_Key] = set()
    to_see = [key]
    while to_see:
        here = to_see.pop()
        if nodes[here].is_fed_otherwise:
            return False
        for before in nodes[here].before - seen:
            # Who leaves or is turned away spoils the stream, also one that comes back to itself.
            if before not in lines or not _is_open(lines[before]):
                return False
            seen.add(before)
            to_see.append(before)
    return True


def _is_open(line: _Line) -> bool:
    """Whether all who come are served: the departures are then as good as Poisson."""
    return "dropout_share" not in line.figures and "turned_away_share" not in line.figures


# -- which queue a stage is ----------------------------------------------------------------------


def _line(node: _Node, scenario: Scenario, plan: Plan, copies: Copies) -> _Line | None:
    """The figures of a node if it is one of the classical queues, fed by a Poisson stream."""
    if any(stage.meetings is not None for stage, _, _ in node.settings):
        return None
    if node.rate == float("inf"):
        return None
    if node.copy < 0:
        return _delay(node)
    return _queue(node, scenario, plan, copies)


def _delay(node: _Node) -> _Line | None:
    present = 0.0
    for stage, _, rate in node.settings:
        law = stage.stay
        if law is None or law.growth or law.in_workdays:
            return None
        present += rate * law.mean_in(days)
    return _Line("M/G/infinity", 0.0, 0.0, {"in_stage_mean": present})


def _queue(node: _Node, scenario: Scenario, plan: Plan, copies: Copies) -> _Line | None:
    stage = node.settings[0][0]
    is_alike = all(
        (other.work, other.patience, other.room, other.n_visits, other.priority, priority)
        == (
            stage.work,
            stage.patience,
            stage.room,
            stage.n_visits,
            stage.priority,
            node.settings[0][1],
        )
        for other, priority, _ in node.settings
    )
    workers = _workers(node.copy, scenario, plan, copies)
    if not is_alike or stage.kind != "pooled" or stage.n_visits != 1 or workers is None:
        return None
    if len(stage.work_laws) != 1 or (stage.patience is not None and stage.room is not None):
        return None
    servers, speed = workers
    capacity = servers * speed
    (work,) = stage.work_laws
    if not _is_plain_exponential(work) or node.rate == 0:
        return None
    rate, service = node.rate, 24 * speed / work.mean_in(hours)
    if stage.patience is not None:
        if not _is_plain_exponential(stage.patience) or stage.patience.in_workdays:
            return None
        leaving = erlang_a(rate, service, 1 / stage.patience.mean_in(days), servers)
        return _Line(
            f"M/M/{servers}+M",
            capacity,
            leaving.utilization,
            {
                "wait_mean": leaving.wait_mean,
                "wait_mean_finished": leaving.wait_mean_served,
                "dropout_share": leaving.abandonment_share,
                "queue_mean": leaving.queue_mean,
                "in_stage_mean": leaving.in_system_mean,
            },
        )
    if stage.room is not None:
        bounded = mmck(rate, service, servers, servers + stage.room)
        admitted = 1 - bounded.probability_of_blocking
        return _Line(
            f"M/M/{servers}/{servers + stage.room}",
            capacity,
            bounded.utilization,
            {
                "wait_mean": bounded.wait_mean * admitted,
                "wait_mean_finished": bounded.wait_mean,
                "turned_away_share": bounded.probability_of_blocking,
                "queue_mean": bounded.queue_mean,
                "in_stage_mean": bounded.in_system_mean,
            },
        )
    if rate >= servers * service:
        return None
    line = erlang_c(rate, service, servers)
    return _Line(
        f"M/M/{servers}",
        capacity,
        line.utilization,
        {
            "wait_mean": line.wait_mean,
            "wait_p90": line.wait_quantile(0.9),
            "wait_mean_finished": line.wait_mean,
            "queue_mean": line.queue_mean,
            "in_stage_mean": line.in_system_mean,
        },
    )


def _is_plain_exponential(law: object) -> bool:
    return isinstance(law, Exponential) and law.plus is None and not law.growth


def _workers(copy: int, scenario: Scenario, plan: Plan, copies: Copies) -> tuple[int, float] | None:
    """Number and speed of the workers of a copy if they are alike and always there."""
    team, staff = copies.settings[copy], plan.staff
    stages = [stage for stage in scenario.stages.values() if stage.team == copies.teams[copy]]
    if scenario.calendar.kind != "continuous" or len(stages) != 1 or team.discipline != "fifo":
        return None
    seats = staff.seat_copy == copy
    sizes = {int(fte) for fte in staff.seat_fte[seats]}
    is_changed = (
        (staff.seat_from[seats] > 0).any()
        or (staff.seat_until[seats] < NEVER).any()
        or bool(seats[staff.cut_seat].any())
    )
    kinds = slice(int(staff.absence_first[copy]), int(staff.absence_first[copy + 1]))
    is_away = staff.turnover_rate[copy] > 0 or (staff.absence_rate[kinds] > 0).any()
    if len(sizes) != 1 or is_changed or is_away:
        return None
    return int(seats.sum()), sizes.pop() / 1000 * int(plan.copy_share[copy]) / 1000


# -- the figures ---------------------------------------------------------------------------------

_BY_CASE = ("wait_mean", "wait_mean_finished", "wait_p90", "dropout_share", "turned_away_share")
_IN_TIME = ("queue_mean", "in_stage_mean")


def _of_stage(
    stage: str,
    scenario: Scenario,
    nodes: dict[_Key, _Node],
    known: dict[_Key, _Line],
) -> Iterator[ExactFigure]:
    mine = [key for key in nodes if key[0] == stage]
    found = [key for key in mine if key in known]
    measured = scenario.horizon_days - scenario.warm_up_days
    for key in found:
        node, line = nodes[key], known[key]
        for office, rate in node.rates.items():
            share = rate / node.rate
            yield ExactFigure("arrivals", "stage", stage, office, rate * measured, "Poisson")
            for measure, value in line.figures.items():
                if measure in _IN_TIME:
                    value *= share
                yield ExactFigure(measure, "stage", stage, office, value, line.formula)
    if not found or len(found) < len(mine):
        return
    total = sum(nodes[key].rate for key in found)
    formula = _one_of(known[key].formula for key in found)
    yield ExactFigure("arrivals", "stage", stage, ALL, total * measured, "Poisson")
    for measure in (*_BY_CASE, *_IN_TIME):
        values = [known[key].figures.get(measure, nan) for key in found]
        if measure in _IN_TIME:
            value = sum(values)
        elif measure == "wait_p90":
            value = values[0] if max(values) - min(values) <= 1e-9 * max(values) else nan
        elif measure == "wait_mean_finished":
            served = [
                nodes[key].rate
                * (1 - known[key].figures.get("dropout_share", 0.0))
                * (1 - known[key].figures.get("turned_away_share", 0.0))
                for key in found
            ]
            value = sum(s * v for s, v in zip(served, values, strict=True)) / sum(served)
        else:
            rates = [nodes[key].rate for key in found]
            value = sum(r * v for r, v in zip(rates, values, strict=True)) / total
        if value == value:
            yield ExactFigure(measure, "stage", stage, ALL, value, formula)


def _of_team(
    team: str,
    copies: Copies,
    nodes: dict[_Key, _Node],
    known: dict[_Key, _Line],
) -> Iterator[ExactFigure]:
    mine = [number for number, name in enumerate(copies.teams) if name == team]
    lines = {
        node.copy: known[key] for key, node in nodes.items() if node.copy in mine and key in known
    }
    for number, line in lines.items():
        yield ExactFigure(
            "utilization", "team", team, copies.names[number], line.used, line.formula
        )
    if lines and len(lines) == len(mine):
        capacity = sum(line.capacity for line in lines.values())
        used = sum(line.used * line.capacity for line in lines.values())
        formula = _one_of(line.formula for line in lines.values())
        yield ExactFigure("utilization", "team", team, ALL, used / capacity, formula)


def _one_of(formulas: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(formulas))

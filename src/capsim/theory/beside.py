"""What is known exactly about a scenario: closed forms beside the figures of a simulation.

A closed form applies where a stage is one of the classical queues. `beside` looks for them:

* *Erlang C*: a pooled stage of one visit with exponential work, served in order of joining by a
  team that does nothing else: equal workers, always there (continuous calendar, no absence,
  turnover or changes).
* *Erlang A*: the same with exponential patience; *M/M/c/K*: the same with limited room.
* *M/G/infinity*: a delay; the number in it needs no more than the mean stay.
* *Case managers*: one or two equal caseworkers with a caseload limit, exponential work and gaps,
  and a closing probability that does not depend on the caseload.

The cases must come as a Poisson stream of constant rate. That is so if they enter with a constant
`rate`, or come, also again and again, from stages that are delays or Erlang C themselves (Burke
1956; Jackson 1957; Baskett, Chandy, Muntz and Palacios 1975). Everything else is left out rather
than approximated.

All figures are steady states: give the run a warm-up long enough to forget its first day.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import nan

import numpy as np

from capsim.plan import compile_plan
from capsim.plan.copies import Copies, copies_of
from capsim.scenario.model import Scenario
from capsim.scenario.tables.inflow import Inflow
from capsim.scenario.tables.stages import Stage
from capsim.theory.classical import Key, Line, Node, is_open, line_of
from capsim.theory.routes import routes_of

__all__ = ["ExactFigure", "beside"]

ALL = "all"


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
        "M/M/5", "M/M/5+M", "M/M/5/8", "M/G/infinity", "2 case managers x 5", or "Poisson" for
        arrivals.
    """

    measure: str
    kind: str
    of: str
    office: str
    value: float
    formula: str


def beside(scenario: Scenario) -> tuple[ExactFigure, ...]:
    """The figures of a scenario for which a closed form exists.

    Known are delays, and teams of equal workers who are always there, do nothing else and have
    exponential work: M/M/c, also with exponential patience or limited room, and one or two
    caseworkers with a caseload limit. Their cases must come at a constant rate, also by way of such
    stages. Opening hours, absence, seasons, waves and meetings put an end to it.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of ExactFigure
        Empty where nothing is known exactly. Per stage wait_mean, wait_p90, wait_mean_finished,
        assignment_wait_mean, contact_wait_mean, stay_mean, queue_mean, in_stage_mean,
        dropout_share, turned_away_share and the expected arrivals as far as they apply, and of its
        team the utilization and the caseload_per_worker; by office, and for "all" of them.

    References
    ----------
    Erlang (1917); Burke (1956), Operations Research 4(6); Jackson (1957), Operations Research
    5(4); Baskett et al. (1975), Journal of the ACM 22(2). The formulas stand in
    `capsim.theory.queues.erlang`.

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
    lines: dict[Key, Line] = {}
    for key, node in nodes.items():
        line = line_of(node, scenario, plan, copies)
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


def _constant_rate(inflow: Inflow, start: datetime.date) -> float | None:
    """People per day if they, or their groups, are a Poisson stream of constant rate, else None."""
    if any(wave.people for wave in inflow.waves.values()):
        return None
    if inflow.trace is not None or inflow.counts is not None:
        return None
    if inflow.dispersion > 1:
        return None
    if inflow.weekdays is not None and len(set(inflow.weekdays)) > 1:
        return None
    if inflow.rate is None:
        return 0.0
    steps = inflow.rate.steps_per_day(start)
    levels = {rate for _, rate in steps}
    starts_at_once = steps[0][0] == 0
    if len(levels) > 1 or not starts_at_once or inflow.growth:
        return None
    if inflow.seasonality is not None and set(inflow.seasonality) != {1.0}:
        return None
    return levels.pop()


def _group(inflow: Inflow) -> float:
    """How many come with a person in the mean, itself included: E[X^2] / E[X] of the groups."""
    together = inflow.together
    if together is None or isinstance(together, int):
        return float(together or 1)
    probabilities = together.pmf()
    size = np.arange(1, len(probabilities) + 1)
    return float(probabilities @ size**2) / float(probabilities @ size)


def _nodes(scenario: Scenario, copies: Copies) -> dict[Key, Node]:
    """Every stage at every copy (or office) that cases can reach, with the streams into it."""
    names = scenario.stage_names
    nodes: dict[Key, Node] = {}
    for office in scenario.office_names:
        local = copies.local[office]
        for inflow_name, inflow in scenario.inflows.items():
            share = scenario.office_shares_of(inflow_name)[office]
            rate = _constant_rate(inflow, scenario.start)
            if rate == 0:
                continue
            met = [local.stage_for(name, inflow_name) for name in names]
            entry = names.index(scenario.entry_stage(inflow_name))
            outside = np.zeros(len(names))
            outside[entry] = share * (rate or 0.0)
            entries = routes_of(local, met).steady(outside)
            here = [copies.number.get((office, stage.team or ""), -1) for stage in met]
            keys: list[Key] = [
                (name, copy if copy >= 0 else office)
                for name, copy in zip(names, here, strict=True)
            ]
            ways = [
                _destinations(local, name, stage) for name, stage in zip(names, met, strict=True)
            ]
            reached = _reached(entry, names, ways)
            for number in reached:
                node = nodes.setdefault(keys[number], Node(names[number], here[number]))
                cases = float(entries[number])
                node.rates[office] = node.rates.get(office, 0.0) + cases
                node.settings.append((met[number], inflow.priority, cases))
                node.burdens[inflow.burden] = node.burdens.get(inflow.burden, 0.0) + cases
                own = _group(inflow)
                node.group += cases * own
                # Who came in a group leaves a stage in no stream that is known.
                node.is_fed_otherwise |= rate is None or (own > 1 and number != entry)
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
    key: Key,
    nodes: dict[Key, Node],
    lines: dict[Key, Line],
) -> bool:
    """Whether everything before a node leaves the streams Poisson, or of product form."""
    seen: set[Key] = set()
    to_see = [key]
    while to_see:
        here = to_see.pop()
        if nodes[here].is_fed_otherwise:
            return False
        for before in nodes[here].before - seen:
            # Who leaves or is turned away spoils the stream, also one that comes back to itself.
            if before not in lines or not is_open(lines[before]):
                return False
            seen.add(before)
            to_see.append(before)
    return True


# -- the figures ---------------------------------------------------------------------------------

_BY_CASE = (
    "wait_mean",
    "wait_mean_finished",
    "wait_p90",
    "assignment_wait_mean",
    "contact_wait_mean",
    "stay_mean",
    "dropout_share",
    "turned_away_share",
)
_IF_EQUAL = ("wait_p90", "contact_wait_mean")
"""Of several queues together known only if each has the same."""
_IN_TIME = ("queue_mean", "in_stage_mean")


def _of_stage(
    stage: str,
    scenario: Scenario,
    nodes: dict[Key, Node],
    known: dict[Key, Line],
) -> Iterator[ExactFigure]:
    # Where nobody comes, as in an office with a share of 0, there is nothing to say.
    mine = [key for key in nodes if key[0] == stage and nodes[key].rate > 0]
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
        elif measure in _IF_EQUAL:
            value = _common(values)
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
    nodes: dict[Key, Node],
    known: dict[Key, Line],
) -> Iterator[ExactFigure]:
    mine = [number for number, name in enumerate(copies.teams) if name == team]
    lines = {
        node.copy: known[key] for key, node in nodes.items() if node.copy in mine and key in known
    }
    for number, line in lines.items():
        for measure, value in (("utilization", line.used), ("caseload_per_worker", line.caseload)):
            if value == value:
                yield ExactFigure(measure, "team", team, copies.names[number], value, line.formula)
    if lines and len(lines) == len(mine):
        capacity = sum(line.capacity for line in lines.values())
        used = sum(line.used * line.capacity for line in lines.values())
        formula = _one_of(line.formula for line in lines.values())
        yield ExactFigure("utilization", "team", team, ALL, used / capacity, formula)
        caseload = _common([line.caseload for line in lines.values()])
        if caseload == caseload:
            yield ExactFigure("caseload_per_worker", "team", team, ALL, caseload, formula)


def _common(values: list[float]) -> float:
    """The value that all of them have, else nan."""
    return values[0] if max(values) - min(values) <= 1e-9 * max(values) else nan


def _one_of(formulas: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(formulas))

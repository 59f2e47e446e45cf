"""Which stages of a scenario are classical queues, and what is known of those in the long run."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from math import nan

from capsim.kernels.codes import NEVER
from capsim.plan.copies import Copies
from capsim.plan.plan import Plan
from capsim.scenario.laws.durations import AbstractLaw, Exponential
from capsim.scenario.model import Scenario
from capsim.scenario.tables.burden import Burden
from capsim.scenario.tables.stages import Stage
from capsim.scenario.units import days, hours
from capsim.theory.queues.casemanager import case_manager
from capsim.theory.queues.domain import TheoryError
from capsim.theory.queues.erlang import erlang_a, erlang_b, erlang_c, mmck
from capsim.theory.queues.single import mg1

__all__ = ["Key", "Line", "Node", "is_open", "line_of"]

ONE_SERVER = "M/G/1"
GROUPS = "M^X/G/1"

Key = tuple[str, int | str]
"""A stage, and the number of the copy that serves it or, for a delay, the office."""


@dataclass
class Node:
    """A stage at one team copy, or a delay in one office."""

    stage: str
    copy: int
    """-1 for a delay."""
    rates: dict[str, float] = field(default_factory=dict)
    """Cases per day by office."""
    settings: list[tuple[Stage, int, float]] = field(default_factory=list)
    """What each inflow meets there, with its priority and its rate."""
    before: set[Key] = field(default_factory=set)
    """Nodes that send cases here."""
    burdens: dict[Burden | None, float] = field(default_factory=dict)
    """Cases per day by the burden that they carry."""
    group: float = 0.0
    """Cases per day, each times how many come with it in the mean, itself included."""
    is_fed_otherwise: bool = False
    """Whether some of its cases come by a season, a wave or a trace."""

    @property
    def rate(self) -> float:
        """Cases per day from all offices."""
        return sum(self.rates.values())

    @property
    def comes_in_groups(self) -> bool:
        """Whether some come at once with others."""
        return self.group > self.rate * (1 + 1e-12)


@dataclass(frozen=True)
class Line:
    """Figures of one node in the long run."""

    formula: str
    capacity: float
    """Workers times their speed, or places; 0 for a delay."""
    used: float
    """Share of it."""
    figures: dict[str, float]
    """By measure of the stage."""
    caseload: float = nan
    """Open cases per worker, where cases stay with one."""


def line_of(node: Node, scenario: Scenario, plan: Plan, copies: Copies) -> Line | None:
    """The figures of a node if it is one of the classical queues, fed by a Poisson stream."""
    if any(
        stage.meetings or stage.no_show or stage.partner or stage.keep_place
        for stage, _, _ in node.settings
    ):
        return None
    if node.rate == float("inf"):
        return None
    if node.copy < 0:
        return _delay(node)
    if node.comes_in_groups and node.before:
        return None
    if node.settings[0][0].kind == "caseworker":
        return None if node.comes_in_groups else _case_managers(node, scenario, plan, copies)
    return _queue(node, scenario, plan, copies)


def _delay(node: Node) -> Line | None:
    present = 0.0
    for stage, _, rate in node.settings:
        law = stage.stay
        if law is None or law.growth or law.in_workdays:
            return None
        present += rate * law.mean_in(days)
    return Line("M/G/infinity", 0.0, 0.0, {"in_stage_mean": present})


def _queue(node: Node, scenario: Scenario, plan: Plan, copies: Copies) -> Line | None:
    stage = node.settings[0][0]
    workers = _workers(node.copy, scenario, plan, copies)
    of_places = stage.kind == "places"
    if not _is_alike(node) or workers is None or (stage.n_visits != 1 and not of_places):
        return None
    if len(stage.work_laws) > 1 or (stage.patience is not None and stage.room is not None):
        return None
    servers, speed = (round(workers[1]), 1.0) if of_places else workers
    work = stage.stay if of_places else stage.work_laws[0]
    assert work is not None
    if node.comes_in_groups or (set(node.burdens) != {None} and not of_places):
        is_plain = stage.patience is None and stage.room is None and not work.growth
        is_plain &= servers == 1 and not of_places and not work.in_workdays
        return _one_server(node, work, speed) if is_plain else None
    if node.rate == 0 or work.in_workdays:
        return None
    mean = work.mean_in(days) if of_places else work.mean_in(hours) / 24 / speed
    if not _is_plain_exponential(work):
        has_no_queue = stage.room is not None and stage.room.places == 0
        if has_no_queue and not work.growth:
            return _lost(node.rate * mean, servers, servers * speed)
        return None
    rate, service, capacity = node.rate, 1 / mean, servers * speed
    if stage.patience is not None:
        return _impatient(rate, service, stage.patience, servers, capacity)
    if stage.room is not None:
        return _bounded(rate, service, servers, stage.room.places, capacity)
    if rate >= servers * service:
        return None
    line = erlang_c(rate, service, servers)
    return Line(
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


def _is_alike(node: Node) -> bool:
    """Whether all who come are served by the same rules."""
    rules = [
        (one.work, one.stay, one.patience, one.room, one.n_visits, one.priority, priority)
        for one, priority, _ in node.settings
    ]
    return all(one == rules[0] for one in rules)


def _impatient(
    rate: float, service: float, patience: AbstractLaw, servers: int, capacity: float
) -> Line | None:
    if not _is_plain_exponential(patience) or patience.in_workdays:
        return None
    leaving = erlang_a(rate, service, 1 / patience.mean_in(days), servers)
    return Line(
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


def _bounded(rate: float, service: float, servers: int, places: int, capacity: float) -> Line:
    bounded = mmck(rate, service, servers, servers + places)
    admitted = 1 - bounded.probability_of_blocking
    return Line(
        f"M/M/{servers}/{servers + places}",
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


def _lost(load: float, servers: int, capacity: float) -> Line:
    """Whoever finds all taken is lost: the same share for every law with this mean."""
    lost = erlang_b(load, servers)
    carried = load * (1 - lost)
    return Line(
        f"M/G/{servers}/{servers}",
        capacity,
        carried / servers,
        {
            "wait_mean": 0.0,
            "turned_away_share": lost,
            "queue_mean": 0.0,
            "in_stage_mean": carried,
        },
    )


def _one_server(node: Node, work: AbstractLaw, speed: float) -> Line | None:
    """One worker whose cases carry a burden, or come in groups.

    Work times burden has the product of the moments. Of a group X, whoever is not first waits for
    the work of those before, (E[X^2] / E[X] - 1) / 2 in the mean, and all wait for more (Gross and
    Harris, Fundamentals of Queueing Theory, section 3.1, for any law of work): the mean wait is
    that of one by one, and (E[X^2] / E[X] - 1) E[S] / 2 (1 - load).
    """
    mean = work.mean_in(hours) / 24 / speed
    if not mean or node.rate * mean >= 1:
        return None
    second = sum(
        rate / node.rate * (1.0 if burden is None else burden.second_moment)
        for burden, rate in node.burdens.items()
    )
    spread = 1 + (work.sd_in(hours) / work.mean_in(hours)) ** 2
    line = mg1(node.rate, mean, math.sqrt(max(second * spread - 1, 0.0)))
    others = node.group / node.rate - 1
    wait = line.wait_mean + others * mean / 2 / (1 - line.utilization)
    return Line(
        GROUPS if node.comes_in_groups else ONE_SERVER,
        speed,
        line.utilization,
        {
            "wait_mean": wait,
            "wait_mean_finished": wait,
            "queue_mean": node.rate * wait,
            "in_stage_mean": node.rate * (wait + mean),
        },
    )


def _case_managers(node: Node, scenario: Scenario, plan: Plan, copies: Copies) -> Line | None:
    """One or two case managers with the same places, whose cases are all alike."""
    stage = node.settings[0][0]
    closing, gap = stage.closing, stage.gap
    is_alike = all(
        (other.work, other.gap, other.closing, other.priority, priority)
        == (stage.work, stage.gap, stage.closing, stage.priority, node.settings[0][1])
        and (other.patience, other.room, other.visits, other.stay) == (None, None, None, None)
        for other, priority, _ in node.settings
    )
    if set(node.burdens) != {None}:
        return None
    weights = {inflow.case_weight for inflow in scenario.inflows.values()}
    limit = copies.settings[node.copy].caseload_limit
    workers = _workers(node.copy, scenario, plan, copies)
    if not is_alike or workers is None or limit is None or closing is None or len(weights) > 1:
        return None
    if closing.norm is not None and closing.elasticity:
        return None
    if len(stage.work_laws) != 1 or not _is_plain_exponential(stage.work_laws[0]):
        return None
    if gap is None or not _is_plain_exponential(gap) or gap.in_workdays or node.rate == 0:
        return None
    number, speed = workers
    fte = speed / copies.settings[node.copy].client_share
    places = int(limit * fte / weights.pop() + 1e-9)
    try:
        line = case_manager(
            node.rate,
            24 * speed / stage.work_laws[0].mean_in(hours),
            1 / gap.mean_in(days),
            closing.probability,
            places,
            number,
        )
    except TheoryError:
        # More inflow than places, more than two workers, or a chain that is too long to solve.
        return None
    return Line(
        f"{number} case manager{'s' if number > 1 else ''} x {places}",
        number * speed,
        line.utilization,
        {
            "assignment_wait_mean": line.assignment_wait_mean,
            "contact_wait_mean": line.contact_wait_mean,
            "stay_mean": line.time_in_system_mean,
            "in_stage_mean": node.rate * line.time_in_system_mean,
        },
        line.caseload_mean,
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
        or (staff.seat_lead[seats] >= 0).any()
        or (staff.seat_filled[seats] < 1).any()
        or (staff.seat_duty[seats] >= 0).any()
        or (staff.seat_reserve[seats] >= 0).any()
    )
    kinds = slice(int(staff.absence_first[copy]), int(staff.absence_first[copy + 1]))
    is_away = staff.turnover_rate[copy] > 0 or (staff.absence_rate[kinds] > 0).any()
    if len(sizes) != 1 or is_changed or is_away:
        return None
    return int(seats.sum()), sizes.pop() / 1000 * int(plan.copies.share[copy]) / 1000


def is_open(line: Line) -> bool:
    """Whether the departures are as good as Poisson: all are served, by whoever is free."""
    spoiled = {"dropout_share", "turned_away_share", "assignment_wait_mean"}
    return line.formula not in (ONE_SERVER, GROUPS) and not spoiled & line.figures.keys()

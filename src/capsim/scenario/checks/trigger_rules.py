"""Rules of plans that react."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from capsim.scenario.checks.names import Names, unknown
from capsim.scenario.checks.office_rules import SMALLEST_WORKER
from capsim.scenario.errors import Mistake
from capsim.scenario.tables.triggers import Condition, Trigger, condition_of

if TYPE_CHECKING:
    from capsim.scenario.tables.scenario import ScenarioFields

__all__ = ["trigger_rules", "trigger_warnings"]


def trigger_rules(scenario: ScenarioFields, names: Names) -> Iterator[Mistake]:
    """Mistakes of triggers: what they look at, whom they call, and for how long."""
    for name, trigger in scenario.triggers.items():
        path = f"triggers.{name}"
        yield from _looks_at(scenario, names, trigger.when, f"{path}.when")
        if trigger.until is not None:
            yield from _looks_at(scenario, names, trigger.until, f"{path}.until")
            yield from _flapping(trigger, path)
        yield from _lengths(trigger, path)
        team = trigger.change.team
        yield from unknown(team, names.teams, f"{path}.change.team", "team")
        if team in scenario.teams and scenario.teams[team].places is not None:
            yield Mistake(
                f"{path}.change.team",
                team,
                "has places, and a reserve is of workers",
                "let changes of the team add the places, or call workers of another team",
            )
        elif team in scenario.teams:
            if scenario.teams[team].seats(trigger.change.add)[1] < SMALLEST_WORKER - 1e-9:
                yield Mistake(
                    f"{path}.change.add",
                    trigger.change.add,
                    f"a worker would be below {SMALLEST_WORKER} FTE",
                    "add more, or make worker_fte larger",
                )


def _looks_at(scenario: ScenarioFields, names: Names, text: str, path: str) -> Iterator[Mistake]:
    condition = condition_of(text)
    if condition.is_of_team:
        if names.teams is not None and condition.of not in names.teams:
            yield from unknown(condition.of, names.teams, path, "team")
        elif condition.of in scenario.teams:
            served = [one for one in scenario.stages.values() if one.team == condition.of]
            if scenario.teams[condition.of].places is not None:
                yield Mistake(
                    path,
                    text,
                    "a team of places has no FTE",
                    f"write open[STAGE] {condition.sign} {condition.level:g}",
                )
            elif not served and set(names.stages) == set(scenario.stages):
                yield Mistake(path, text, "no stage uses that team", "name one that has cases")
        return
    if not names.stages:
        return
    if condition.of not in names.stages:
        yield from unknown(condition.of, names.stages, path, "stage")
        return
    stage = scenario.stages.get(condition.of)
    if stage is None:
        return
    if condition.quantity == "waiting" and stage.kind == "delay":
        yield Mistake(
            path, text, "nobody waits at a stage without a team", f"write open[{condition.of}]"
        )
    if condition.quantity == "pending" and set(names.inflows) == set(scenario.inflows):
        settings = [scenario.stage_for(condition.of, inflow) for inflow in scenario.inflows]
        if all(own.deadline is None and own.meetings is None for own in settings):
            yield Mistake(
                path,
                text,
                "people are without a decision only at a stage with a deadline or a decision",
                f"write open[{condition.of}], or give the stage a decision",
            )


def _flapping(trigger: Trigger, path: str) -> Iterator[Mistake]:
    """`until` must not hold at all levels at which `when` does."""
    when, until = condition_of(trigger.when), condition_of(trigger.until or "")
    if (when.quantity, when.of) != (until.quantity, until.of):
        return
    if _is_upwards(when) == _is_upwards(until) and (
        until.level <= when.level if _is_upwards(when) else until.level >= when.level
    ):
        yield trigger.mistake(
            path,
            "until",
            "holds whenever `when` does, so that everyone goes on the next Monday",
            f"turn the sign, as in {when.quantity}[{when.of}] "
            f"{'<' if _is_upwards(when) else '>'} {until.level:g}",
        )


def _is_upwards(condition: Condition) -> bool:
    return condition.sign.startswith(">")


def _lengths(trigger: Trigger, path: str) -> Iterator[Mistake]:
    if trigger.for_ is not None and (trigger.for_.is_workdays or trigger.for_.is_work):
        yield Mistake(
            f"{path}.for",
            str(trigger.for_),
            "is counted from Monday to Monday",
            "write weeks, as in '2 weeks': three Mondays in a row",
        )
    most, lead = trigger.at_most, trigger.change.lead
    if most is not None and most.value == 0:
        yield Mistake(f"{path}.at_most", str(most), "nobody would ever come", "lengthen it")
    elif most is not None and lead is not None and most.is_workdays == lead.is_workdays:
        if lead.exact_in_own >= most.exact_in_own:
            yield Mistake(
                f"{path}.at_most",
                str(most),
                f"runs from the order, and nobody comes before {lead}",
                "make it longer than change.lead",
            )


def trigger_warnings(scenario: ScenarioFields) -> Iterator[str]:
    """Triggers that are probably not meant so."""
    for name, trigger in scenario.triggers.items():
        path, team = f"triggers.{name}", scenario.teams[trigger.change.team]
        if trigger.until is None and trigger.at_most is None:
            yield (
                f"{path}: nothing sends the extra staff home again; write until = "
                f"{_until(condition_of(trigger.when))!r} or at_most, or leave it so if they stay"
            )
        if trigger.of_all and not scenario.offices:
            yield f"{path}.of_all: there is one office only"
        if team.shared and scenario.offices and not trigger.of_all:
            yield (
                f"{path}: teams.{trigger.change.team} is shared, so the offices that share it are "
                "counted together"
            )
        length = scenario.horizon_days // 7
        if trigger.mondays > length:
            yield f"{path}.for: the run has {length} Mondays, so nobody is ever called"


def _until(when: Condition) -> str:
    sign = "<" if _is_upwards(when) else ">"
    return f"{when.quantity}[{when.of}] {sign} {when.level / 2:g}"

"""What stands between a scenario and a target: the target again with one obstacle taken away.

Ample staff, room for any caseload, decisions without waiting for a meeting, one team for all
offices, nobody ever absent: each on the same luck, so that what changes is due to the obstacle.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Unpack

from capsim.catalogue.shown import shown_interval
from capsim.catalogue.text import html_table, text_table
from capsim.execution.options import Execution, check_options
from capsim.execution.own_functions import Measure
from capsim.execution.settings import RunSettings
from capsim.experiments.arguments import check_n, check_scenario, check_settings
from capsim.experiments.staffing.assurance import Reading, read
from capsim.experiments.staffing.targets import Target, parse_targets
from capsim.experiments.sweeps import run_points

if TYPE_CHECKING:
    import pandas as pd

    from capsim.engines.reference import AssignRule, ChooseRule
    from capsim.scenario import Scenario

__all__ = ["Obstacles", "obstacles"]

_AMPLE = 10
_CONFIDENCE = 0.95


@dataclass(frozen=True, eq=False)
class Obstacles:
    """What stands in the way of targets.

    Attributes
    ----------
    reasons : tuple of str
        In sentences: what theory says, what binds, and what would have to change.
    targets : tuple of Target
    """

    reasons: tuple[str, ...]
    targets: tuple[Target, ...]
    _rows: tuple[tuple[str, tuple[Reading, ...]], ...] = field(repr=False)

    @property
    def table(self) -> pd.DataFrame:
        """One row per obstacle taken away and target.

        Columns without ("nothing": the scenario as it is), target, estimate, lower, upper, n, and
        met: whether the estimate keeps the bound.
        """
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "without": name,
                    "target": target.text,
                    "estimate": reading.estimate,
                    "lower": reading.lower,
                    "upper": reading.upper,
                    "n": reading.n,
                    "met": target.distance(reading.estimate) <= 0,
                }
                for name, readings in self._rows
                for target, reading in zip(self.targets, readings, strict=True)
            ]
        )

    def __repr__(self) -> str:
        return "\n".join([*self.reasons, *text_table(self._table())])

    def _repr_html_(self) -> str:
        above = "<br>".join(html.escape(reason) for reason in self.reasons)
        return f"<p>{above}</p>{html_table(self._table())}"

    def _table(self) -> list[list[str]]:
        header = ["without"]
        for target in self.targets:
            header += [target.text, "interval"]
        rows = [header]
        for name, readings in self._rows:
            row = [name]
            for target, reading in zip(self.targets, readings, strict=True):
                row += [_shown(target, reading), _interval(target, reading)]
            rows.append(row)
        return rows


def obstacles(
    scenario: Scenario | str,
    target: str | Sequence[str],
    *,
    seed: int,
    n: int = 30,
    engine: str = "auto",
    measures: Mapping[str, Measure] | None = None,
    own: Mapping[str, Measure] | None = None,
    assign: AssignRule | None = None,
    choose: ChooseRule | None = None,
    **execution: Unpack[Execution],
) -> Obstacles:
    """What stands between a scenario and its targets: hours, places, seats, meetings, absence.

    Parameters
    ----------
    scenario : Scenario or str
    target : str or list of str
        As in `find_staffing`.
    seed : int
    n : int
        Replications with each obstacle taken away, on the same luck.
    engine, measures, own, assign, choose, **execution
        As in `find_staffing`.

    Returns
    -------
    Obstacles

    Raises
    ------
    ValueError
        If a target is not understood.

    Examples
    --------
    >>> import capsim
    >>> scenario = capsim.Scenario(
    ...     start="2026-01-01",
    ...     horizon="1 year",
    ...     teams={"intake": {"fte": 2}},
    ...     stages={
    ...         "intake": {
    ...             "team": "intake", "work": "1 h", "deadline": "7 days",
    ...             "decision": {"every": "14 days"},
    ...         }
    ...     },
    ...     inflows={"regular": {"rate": {"per_month": 20}}},
    ... )
    >>> found = obstacles(scenario, "late_share[intake] <= 5 %", seed=1, n=5, jobs=1)
    >>> print(found.reasons[-1])
    without waiting for a meeting it is met (0.0 %): hold meetings more often, or decide without one
    """
    check_options(obstacles, execution)
    subject = check_scenario(scenario)
    targets = parse_targets(target, subject)
    settings = check_settings(
        seed=seed,
        engine=engine,
        measures=measures,
        own=own,
        assign=assign,
        choose=choose,
        also=[one.selector for one in targets],
    )
    return obstacles_of(subject, targets, check_n(n), settings, execution)


def obstacles_of(
    subject: Scenario,
    targets: tuple[Target, ...],
    n: int,
    settings: RunSettings,
    execution: Execution,
) -> Obstacles:
    """The obstacles between a scenario and targets, with checked arguments."""
    names, changes, scenarios = [], [], []
    for name, overrides in _without(subject):
        try:
            changed = subject.with_(overrides)
        except ValueError:
            continue  # the rest of the scenario needs what was taken away
        names.append(name)
        changes.append(overrides)
        scenarios.append(changed)
    result = run_points(subject, changes, scenarios, n, settings, execution)
    rows = []
    for name, sample in zip(names, result.samples, strict=True):
        readings = []
        for one in targets:
            keys = sample.keys()
            try:
                columns = one.columns(keys)
            except KeyError as error:
                if name == "nothing":
                    raise ValueError(f"target: {error.args[0]}") from None
                readings.append(Reading("undecided", math.nan, math.nan, math.nan, 0))
                continue
            values = one.values(keys.iloc[columns], sample.matrix[:, columns])
            readings.append(
                read(one, values, error_met=0.05, error_fails=0.05, confidence=_CONFIDENCE)
            )
        rows.append((name, tuple(readings)))
    return Obstacles(tuple(_reasons(subject, targets, rows)), targets, tuple(rows))


# -- what is taken away ---------------------------------------------------------------------------


def _without(scenario: Scenario) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "nothing", {}
    staff = _ample_staff(scenario)
    yield "lack of staff", staff
    in_time = {
        f"teams.{name}.changes.{change}": {"at": scenario.start.isoformat(), "add": fields.add}
        for name, team in scenario.teams.items()
        for change, fields in team.changes.items()
        if fields.add > 0
    }
    if in_time:
        yield "delay of new staff", in_time
    limits = {
        f"teams.{name}.caseload_limit": team.caseload_limit / _AMPLE
        for name, team in scenario.teams.items()
        if team.caseload_limit is not None
    }
    if limits:
        yield "lack of hours", {**staff, **limits}
        yield "lack of places", dict.fromkeys(limits)
    meetings = _no_meetings(scenario)
    if meetings:
        full = _places_at_meetings(scenario)
        if full:
            yield "limits of places at meetings", full
        yield "waiting for a meeting", meetings
        yield "lack of staff and meetings", {**staff, **meetings}
    if len(scenario.office_names) > 1 and any(
        team.shared is not True for team in scenario.teams.values()
    ):
        yield "borders of offices", {f"teams.{name}.shared": True for name in scenario.teams}
    away: dict[str, Any] = {}
    for name, team in scenario.teams.items():
        if team.absence:
            away[f"teams.{name}.absence"] = None
        if team.turnover is not None:
            away[f"teams.{name}.turnover"] = None
    if away:
        yield "absence and turnover", away
    gaps = {
        f"stages.{name}.gap": None
        for name, stage in scenario.stages.items()
        if stage.gap is not None and stage.kind == "pooled"
    }
    if gaps:
        for inflow_name, inflow in scenario.inflows.items():
            for name, override in inflow.stages.items():
                if override.gap is not None and f"stages.{name}.gap" in gaps:
                    gaps[f"inflows.{inflow_name}.stages.{name}.gap"] = None
        yield "time between visits", gaps


def _ample_staff(scenario: Scenario) -> dict[str, Any]:
    staff: dict[str, Any] = {
        f"teams.{name}.fte": _AMPLE * max(team.size, team.worker_fte)
        for name, team in scenario.teams.items()
        if team.places is None
    }
    staff |= {
        f"teams.{name}.places": _AMPLE * max(team.places, 1)
        for name, team in scenario.teams.items()
        if team.places is not None
    }
    for office, settings in scenario.offices.items():
        for team, fte in settings.fte.items():
            staff[f"offices.{office}.fte.{team}"] = _AMPLE * fte
    return staff


def _places_at_meetings(scenario: Scenario) -> dict[str, Any]:
    """Meetings that take every file."""
    changes: dict[str, Any] = {}
    for name, stage in scenario.stages.items():
        path = f"stages.{name}.decision.places"
        if stage.meetings is not None and stage.meetings.places is not None:
            changes[path] = None
        for office, settings in scenario.offices.items():
            if path in settings.set:
                changes[f"offices.{office}.set.{path}"] = None
        for inflow_name, inflow in scenario.inflows.items():
            own = inflow.stages.get(name)
            if own is not None and own.decision and own.decision.places is not None:
                changes[f"inflows.{inflow_name}.{path}"] = None
    return changes


def _no_meetings(scenario: Scenario) -> dict[str, Any]:
    with_meetings = [
        name
        for name, stage in scenario.stages.items()
        if stage.meetings is not None
        or any(
            (own := inflow.stages.get(name)) is not None and own.decision
            for inflow in scenario.inflows.values()
        )
    ]
    changes: dict[str, Any] = {}
    for name in with_meetings:
        prefix = f"stages.{name}.decision"
        if scenario.stages[name].decision is not None:
            changes[prefix] = None
        for office, settings in scenario.offices.items():
            for path in settings.set:
                if path == prefix or path.startswith(f"{prefix}."):
                    changes[f"offices.{office}.set.{path}"] = None
        for inflow_name, inflow in scenario.inflows.items():
            own = inflow.stages.get(name)
            if own is not None and own.decision is not None:
                changes[f"inflows.{inflow_name}.{prefix}"] = None
    return changes


# -- what it means --------------------------------------------------------------------------------

_REMEDIES = {
    "lack of staff": "staff binds; allow more of it",
    "delay of new staff": "new staff comes too late; hire earlier",
    "lack of hours": "hours of client work bind, not places; add staff or shorten the work",
    "lack of places": "places bind, not hours; raise the caseload limit or close cases sooner",
    "limits of places at meetings": "meetings are full; take more files at each, or hold more",
    "waiting for a meeting": "hold meetings more often, or decide without one",
    "borders of offices": "small offices with few seats bind; share teams over offices",
    "absence and turnover": "absence and turnover bind; replace those who are away",
    "time between visits": "the time between visits binds; plan visits closer together",
    "lack of staff and meetings": "it takes both more staff and more frequent meetings",
}


def _reasons(
    scenario: Scenario, targets: tuple[Target, ...], rows: list[tuple[str, tuple[Reading, ...]]]
) -> Iterator[str]:
    theory = scenario.describe()
    if theory.state in ("growing", "clears_after_end", "clears"):
        yield f"theory: {theory.verdict}"
    yield from (
        f"theory: meetings of {row.stage} in {row.office} have {row.places:.1f} places a month for "
        f"{row.files:.1f} files"
        for row in theory.meetings[:3]
        if row.state == "growing"
    )
    found = dict(rows)
    as_it_is = found["nothing"]
    for t, target in enumerate(targets):
        now = target.distance(as_it_is[t].estimate)
        if now <= 0:
            continue
        yield f"{target.text}: it is {_shown(target, as_it_is[t])}"
        gains = {
            name: now - target.distance(readings[t].estimate)
            for name, readings in rows
            if name != "nothing" and readings[t].n
        }
        enough = [name for name in gains if target.distance(found[name][t].estimate) <= 0]
        yield from _sentences(target, t, found, gains, enough)


def _sentences(
    target: Target,
    t: int,
    found: Mapping[str, tuple[Reading, ...]],
    gains: Mapping[str, float],
    enough: Sequence[str],
) -> Iterator[str]:
    def value(name: str) -> str:
        return _shown(target, found[name][t])

    if "lack of staff" not in enough:
        yield (
            f"with {_AMPLE} times the staff it is {value('lack of staff')}: staff alone cannot "
            "do it"
        )
    single = [name for name in enough if name != "lack of staff and meetings"]
    for name in sorted(single, key=lambda name: -gains[name]):
        yield f"without {name} it is met ({value(name)}): {_REMEDIES[name]}"
    if single:
        return
    helpful = sorted((name for name in gains if gains[name] > 0.05), key=lambda name: -gains[name])
    for name in helpful[:3]:
        yield f"without {name} it is {value(name)}: {_REMEDIES[name]}"
    if not enough:
        yield "nothing alone is enough: the target asks less time than the work itself takes"


def _shown(target: Target, reading: Reading) -> str:
    if target.often is not None:
        return f"kept in {100 * reading.estimate:.0f} % of replications"
    return target.shown(reading.estimate)


def _interval(target: Target, reading: Reading) -> str:
    if target.often is not None:
        return f"{100 * reading.lower:.0f} % to {100 * reading.upper:.0f} %"
    return shown_interval(target.measure, reading.lower, reading.upper)

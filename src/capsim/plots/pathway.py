"""The pathway of a scenario as a picture: stages, their teams, and where cases go."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from capsim.plots import style
from capsim.plots.flows import Flows, flows_of
from capsim.scenario.loading import as_scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from capsim.experiments import Replications
    from capsim.runs import Run
    from capsim.scenario import Scenario

WIDTH, HEIGHT, STEP = 1.9, 0.8, 2.6
LEFT, RIGHT = 1.5, 0.2
DEPTH, ARCH = 0.95, 0.36
"""Where exits stand below the middle of a stage, and the height of an arch above the last one."""
INCHES = 0.85
"""Of a unit of the drawing, across and down."""


def pathway(
    result: Scenario | Replications | Run | str | PathLike[str] | Mapping[str, Any],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Axes with the stages from left to right, arrows between them, and the exits below.

    A stage has the colour of its team; a delay, where nobody works, is grey. Inflows enter from the
    left of their stage; returns to an earlier stage arch over the others. Arrows of a scenario have
    the shares that it says, those of a run or of replications people a year as they were counted in
    the window that is meant (of replications: in the first ten, simulated once more with their
    tables).

    Parameters
    ----------
    result : Scenario, Replications, Run, path, str or mapping
        What to draw; a path or the name of a preset is loaded, of a table a scenario is made.
    ax : Axes, optional
        Where to draw; without it, a new figure.

    Returns
    -------
    Axes
    """
    flows: Flows | None = None
    if hasattr(result, "stays") or hasattr(result, "summary"):
        scenario, flows = flows_of(result)
    else:
        scenario = as_scenario(result)
    stages = list(scenario.stages)
    width, low, high = _extent(scenario, stages)
    if ax is None:
        ax = style.new_axes(INCHES * width, INCHES * (high - low) + 0.4)
    ax.set_axis_off()
    teams = list(scenario.teams)
    sized: set[str] = set()
    for index, name in enumerate(stages):
        _box(ax, index * STEP, scenario, name, teams, sized)
    _entries(ax, scenario, stages, flows)
    arches = 0
    for index, name in enumerate(stages):
        exits: list[tuple[str, str]] = []
        for goal, share in destinations(scenario, name).items():
            text = "" if share > 0.9995 else f"{100 * share:.3g} %"
            if flows is not None:
                text = _people(flows.ways.get((name, goal), 0.0))
            if goal == _after(stages, index):
                _arrow(ax, (index * STEP + WIDTH, 0), ((index + 1) * STEP, 0), text)
            elif goal in stages:
                arches += 1
                _arch(ax, index * STEP, stages.index(goal) * STEP, text, arches)
            else:
                exits.append((goal, text))
        exits += [
            (goal, "" if flows is None else _people(flows.ways.get((name, goal), 0.0)))
            for goal in _impatient(scenario.stages[name])
        ]
        for place, (goal, text) in enumerate(exits):
            _exit(ax, index * STEP, place, len(exits), goal, text)
    ax.set_xlim(-LEFT, width - LEFT)
    ax.set_ylim(low, high)
    said = "the way of a case" if flows is None else f"people a year, {flows.said}"
    style.title(ax, f"{scenario.label}: {said}")
    return ax


def _people(a_year: float) -> str:
    """A number of people a year, as a reader can use it.

    Examples
    --------
    >>> _people(5821.4), _people(3.26), _people(0.0)
    ('5,821', '3.3', '0')
    """
    return f"{a_year:,.0f}" if a_year >= 10 or a_year == 0 else f"{a_year:.1f}"


def _extent(scenario: Scenario, stages: list[str]) -> tuple[float, float, float]:
    """Width of the drawing, and its lower and upper edge."""
    arches, most = 0, 0
    for index, name in enumerate(stages):
        goals = [goal for goal in destinations(scenario, name) if goal != _after(stages, index)]
        arches += sum(goal in stages for goal in goals)
        exits = [goal for goal in goals if goal not in stages]
        most = max(most, len(exits) + len(_impatient(scenario.stages[name])))
    low = -HEIGHT / 2 - 0.1 if most == 0 else -DEPTH - (0.4 if most == 1 else 0.8)
    is_entered_above = any(scenario.entry_stage(name) != stages[0] for name in scenario.inflows)
    high = HEIGHT / 2 + (0.25 + ARCH * arches + 0.25 if arches else 0.1)
    return LEFT + (len(stages) - 1) * STEP + WIDTH + RIGHT, low, max(high, 0.9 * is_entered_above)


def destinations(scenario: Scenario, stage: str) -> dict[str, float]:
    """Share of the cases of `stage` that go to each destination, defaults filled in."""
    return {goal: share for goal, share in scenario.next_of(stage).items() if share > 0}


def _after(stages: list[str], index: int) -> str | None:
    return stages[index + 1] if index + 1 < len(stages) else None


def _impatient(stage: Any) -> list[str]:
    exits = []
    if getattr(stage, "patience", None) is not None:
        exits.append(getattr(stage, "if_left", None) or "left")
    if getattr(stage, "room", None) is not None:
        exits.append(getattr(stage, "if_turned_away", None) or "turned_away")
    return exits


def _box(
    ax: Axes, x: float, scenario: Scenario, name: str, teams: list[str], sized: set[str]
) -> None:
    """A stage; the first one of a team, which is not in `sized` yet, says how large the team is."""
    stage = scenario.stages[name]
    team = getattr(stage, "team", None)
    ink = style.colour(teams.index(team)) if team in teams else style.QUIET
    ax.add_patch(
        FancyBboxPatch(
            (x, -HEIGHT / 2),
            WIDTH,
            HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.12",
            facecolor=(*_rgb(ink), 0.12),
            edgecolor=ink,
            linewidth=1.5,
        )
    )
    what = "delay" if team is None else team
    if team is not None and team not in sized:
        sized.add(team)
        what = f"{team}, {_size(scenario, team)}"
    ax.text(x + WIDTH / 2, 0.14, name, ha="center", va="center", fontsize=style.FONT, weight="bold")
    ax.text(
        x + WIDTH / 2, -0.18, what, ha="center", va="center", fontsize=style.FONT - 2, color=ink
    )


def _size(scenario: Scenario, team: str) -> str:
    places = scenario.teams[team].places
    return f"{scenario.teams[team].size:g} {'FTE' if places is None else 'places'}"


def _rgb(ink: str) -> tuple[float, float, float]:
    red, green, blue = (int(ink[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _entries(ax: Axes, scenario: Scenario, stages: list[str], flows: Flows | None) -> None:
    entering: dict[str, list[str]] = {}
    for name, inflow in scenario.inflows.items():
        text = name if flows is None else f"{name}, {_people(flows.entries.get(name, 0.0))}"
        entering.setdefault(getattr(inflow, "enter", None) or stages[0], []).append(text)
    for stage, names in entering.items():
        x = stages.index(stage) * STEP
        text = "\n".join(names)
        if x == 0:
            _arrow(ax, (-0.75, 0), (0, 0), "")
            ax.text(-0.85, 0, text, ha="right", va="center", fontsize=style.FONT - 1)
        else:
            # Below the first arch, whose height it would cross.
            _arrow(ax, (x + 0.4, 0.64), (x + 0.4, HEIGHT / 2), "")
            ax.text(
                x + 0.4, 0.66, ", ".join(names), ha="center", va="bottom", fontsize=style.FONT - 2
            )


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], text: str) -> None:
    _connect(ax, start, end, "arc3")
    ax.text(
        (start[0] + end[0]) / 2,
        (start[1] + end[1]) / 2 + 0.1,
        text,
        ha="center",
        va="bottom",
        fontsize=style.FONT - 2,
    )


def _arch(ax: Axes, x: float, goal: float, text: str, height: int) -> None:
    top = HEIGHT / 2 + 0.2 + ARCH * height
    start, end = x + 0.65 * WIDTH, goal + 0.35 * WIDTH
    ax.plot([start, start, end], [HEIGHT / 2, top, top], color=style.QUIET, linewidth=1.2)
    _connect(ax, (end, top), (end, HEIGHT / 2), "arc3")
    ax.text((start + end) / 2, top + 0.05, text, ha="center", va="bottom", fontsize=style.FONT - 2)


def _exit(ax: Axes, x: float, place: int, of: int, goal: str, text: str) -> None:
    middle = x + WIDTH / 2 + (place - (of - 1) / 2) * WIDTH / max(of, 1)
    depth = -DEPTH - 0.4 * (place % 2)
    _connect(ax, (middle, -HEIGHT / 2), (middle, depth + 0.04), "arc3")
    words = f"{goal}\n{text}" if text else goal
    ax.text(middle, depth, words, ha="center", va="top", fontsize=style.FONT - 2, color=style.QUIET)


def _connect(ax: Axes, start: tuple[float, float], end: tuple[float, float], how: str) -> None:
    ax.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=11,
            connectionstyle=how,
            color=style.QUIET,
            linewidth=1.2,
            shrinkA=0,
            shrinkB=0,
        )
    )

"""Paired differences between scenarios, with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from capsim.catalogue import measure_named
from capsim.catalogue.measures import Unit
from capsim.catalogue.shown import axis_unit, number
from capsim.plots import style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

# What a first look at a comparison should show, in this order.
FIRST_LOOK = (
    "late_share",
    "wait_mean",
    "wait_p90",
    "queue_peak",
    "caseload_per_worker",
    "caseload_per_fte",
    "utilization",
)


def measures(
    comparison: Any,
    names: Sequence[str] | None = None,
    *,
    office: str = "all",
    ax: Axes | None = None,
) -> Axes:
    """Axes with the differences from the baseline: a dot with its 95 % interval for each measure.

    An interval that crosses the line at zero is a difference that these replications do not show.
    Measures of different units stand in panels of their own.

    Parameters
    ----------
    comparison : Comparison or DataFrame
        A comparison, or its ``differences()``: scenario, measure, of, office, difference, lower,
        upper.
    names : sequence of str, optional
        Measures to show; default the late share, waits, queues, caseload and use of hours.
    office : str
        One office, or all of them together.
    ax : Axes, optional
        Where to draw measures of one unit; without it, a new figure with a panel for each unit.

    Returns
    -------
    Axes
        The first panel; its ``figure`` has all of them.

    Raises
    ------
    ValueError
        If nothing of what was asked for was compared, or one `ax` is given for several units.
    """
    rows = _rows(comparison, names, office)
    panels = list(
        rows.groupby(rows["measure"].map(lambda name: measure_named(name).unit), sort=False)
    )
    scenarios = list(rows["scenario"].unique())
    inks = _inks(comparison, scenarios)
    if ax is None:
        axes = _panels([_places(part) for _, part in panels], len(scenarios))
    elif len(panels) == 1:
        axes = [style.dress(ax)]
    else:
        units = ", ".join(repr(unit) for unit, _ in panels)
        raise ValueError(f"ax: one panel cannot show {units}; name measures of one unit")
    for panel, (unit, part) in zip(axes, panels, strict=True):
        _draw(panel, part, unit, inks)
    said = [style.runs_of(comparison), style.window_of(comparison), "bar: 95 % interval"]
    style.say_below(axes[-1], said if not hasattr(comparison, "columns") else said[-1:], lines=3.4)
    style.title(axes[0], _heading(comparison))
    _name_scenarios(axes[0], inks)
    return axes[0]


def _panels(places: list[list[tuple[str, str]]], scenarios: int) -> list[Axes]:
    rows = [len(keys) * max(1.0, 0.55 * scenarios) for keys in places]
    figure = style.Picture(
        figsize=(7.5, 0.7 * len(rows) + 0.32 * sum(rows) + 0.5), layout="constrained"
    )
    grid = figure.add_gridspec(len(rows), 1, height_ratios=[row + 0.6 for row in rows])
    return [style.dress(figure.add_subplot(grid[place])) for place in range(len(rows))]


def _places(rows: pd.DataFrame) -> list[tuple[str, str]]:
    return list(dict.fromkeys(zip(rows["measure"], rows["of"], strict=True)))


def _draw(ax: Axes, rows: pd.DataFrame, unit: Unit, inks: Mapping[str, str]) -> None:
    scenarios, keys = list(inks), _places(rows)
    lane = 0.75 / len(scenarios)
    # Shares are read in points of a hundred.
    scale = 100.0 if unit == "share" else 1.0
    ax.grid(visible=False)
    ax.axvline(0, color=style.QUIET, linewidth=1)
    for row in rows.to_dict("records"):
        place = scenarios.index(row["scenario"])
        y = keys.index((row["measure"], row["of"])) + (place - (len(scenarios) - 1) / 2) * lane
        middle, lower, upper = (scale * float(row[k]) for k in ("difference", "lower", "upper"))
        ink = inks[row["scenario"]]
        ax.plot([lower, upper], [y, y], color=ink, linewidth=1.8, solid_capstyle="butt")
        ax.plot([middle], [y], "o", color=ink, markersize=4.5)
        ax.annotate(
            _text(float(row["difference"]), unit),
            (upper if upper == upper else middle, y),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=style.FONT - 2,
            color=ink,
        )
    ax.set_yticks(range(len(keys)), [f"{measure_named(name).title}, {of}" for name, of in keys])
    ax.set_ylim(len(keys) - 0.4, -0.6)
    left, right = ax.get_xlim()
    ax.set_xlim(left, right + 0.16 * (right - left))
    ax.set_xlabel(axis_unit(unit, of_differences=True), fontsize=style.FONT - 1)


def _text(difference: float, unit: Unit) -> str:
    text = number(abs(difference), unit).removesuffix(" %")
    return f"{'−' if difference < 0 else '+'}{text}"


def _inks(comparison: Any, scenarios: Sequence[str]) -> dict[str, str]:
    """Colour of each scenario, as in figures over time; a frame does not show its baseline."""
    known = list(getattr(comparison, "scenarios", ["", *scenarios]))
    return {name: style.colour(known.index(name)) for name in scenarios}


def _name_scenarios(ax: Axes, inks: Mapping[str, str]) -> None:
    """Names of the scenarios in their colours, right above the first panel."""
    for place, (name, ink) in enumerate(reversed(list(inks.items()))):
        ax.annotate(
            name,
            (1, 1),
            xycoords="axes fraction",
            xytext=(0, 4 + 12 * place),
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize=style.FONT - 1,
            color=ink,
        )


def _heading(comparison: Any) -> str:
    if hasattr(comparison, "columns"):
        return "Differences"
    return f"Difference from {comparison.baseline!r}"


def _rows(comparison: Any, names: Sequence[str] | None, office: str) -> pd.DataFrame:
    from numpy import isfinite

    from capsim.catalogue.meant import in_the_window_meant

    if hasattr(comparison, "columns"):
        frame = comparison
    else:
        differences = style.part_of(comparison, "differences", "a comparison, or its differences()")
        frame = differences(office=office)
    wanted = FIRST_LOOK if names is None else names
    frame = in_the_window_meant(frame)
    rows = frame[frame["measure"].isin(wanted) & isfinite(frame["difference"].astype(float))]
    if "kind" in rows.columns:
        rows = rows[(rows["kind"] != "team") | (rows["measure"] != "queue_mean")]
    offices = list(rows["office"].unique())
    if office == "all" and len(offices) == 1:
        office = offices[0]
    rows = rows[rows["office"] == office]
    if "inflow" in rows.columns:
        rows = rows[rows["inflow"] == "all"]
    if rows.empty:
        compared = ", ".join(map(repr, dict.fromkeys(frame["measure"])))
        raise ValueError(
            f"names: none of {', '.join(map(repr, wanted))} was compared for office {office!r}; "
            f"compared were {compared}"
        )
    order = {name: position for position, name in enumerate(wanted)}
    return rows.sort_values("measure", key=lambda column: column.map(order), kind="stable")

"""Paired differences between scenarios, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from capsim.measures.labels import label, show
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
    "utilization",
)


def measures(
    comparison: Any,
    names: Sequence[str] | None = None,
    *,
    office: str = "all",
    ax: Axes | None = None,
) -> Axes:
    """Axes with the differences from the baseline: a dot with its interval for each measure.

    Measures have different units, so a difference is drawn in half-widths of its own interval: a bar
    that crosses zero is a difference that these replications do not show. The number beside it is the
    difference in its unit.

    Parameters
    ----------
    comparison : Comparison or DataFrame
        A comparison, or its ``differences()``: scenario, measure, of, office, difference, lower, upper.
    names : sequence of str, optional
        Measures to show; default the late share, waits, queues, caseload and use of hours.
    office : str
        One office, or all of them together.
    ax : Axes, optional
        Where to draw; without it, a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If nothing of what was asked for was compared.
    """
    rows = _rows(comparison, names, office)
    scenarios = list(rows["scenario"].unique())
    keys = list(dict.fromkeys(zip(rows["measure"], rows["of"], strict=True)))
    lane = 0.8 / len(scenarios)
    if ax is None:
        ax = style.new_axes(7.5, 1.2 + 0.32 * len(keys) * max(1.0, 0.7 * len(scenarios)))
    else:
        style.dress(ax)
    ax.grid(visible=False)
    ax.axvline(0, color=style.QUIET, linewidth=1)
    for row in rows.itertuples():
        place = scenarios.index(row.scenario)
        y = keys.index((row.measure, row.of)) + (place - (len(scenarios) - 1) / 2) * lane
        half = (row.upper - row.lower) / 2
        ink = style.colour(place)
        middle = _scaled(row.difference, half)
        ax.errorbar(
            middle,
            y,
            xerr=1.0 if half > 0 else 0.0,
            fmt="o",
            color=ink,
            markersize=4.5,
            elinewidth=1.8,
        )
        unit = label(row.measure).unit
        sign = "+" if row.difference > 0 else ""
        name = f"   {row.scenario}" if len(scenarios) > 1 else ""
        ax.annotate(
            f"{sign}{show(row.difference, unit)}{_unit(unit)}{name}",
            (middle + (1.0 if half > 0 else 0.0), y),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=style.FONT - 2,
            color=ink,
        )
    ax.set_yticks(range(len(keys)), [f"{label(name).title}, {of}" for name, of in keys])
    ax.set_ylim(len(keys) - 0.4, -0.6)
    left, right = ax.get_xlim()
    ax.set_xlim(left, right + 0.3 * (right - left))
    ax.set_xlabel(
        "difference in half-widths of its interval (symmetric logarithm)", fontsize=style.FONT - 1
    )
    ax.set_xticks([])
    style.title(ax, _heading(comparison))
    return ax


def _scaled(difference: float, half: float) -> float:
    """Difference in half-widths of its interval, compressed beyond five so that all fit one axis."""
    import math

    if difference == 0:
        return 0.0
    units = abs(difference) / half if half > 0 else 50.0
    compressed = units if units <= 5 else 5 + 2 * math.log(units / 5)
    return math.copysign(compressed, difference)


def _unit(unit: str) -> str:
    return "" if unit in ("share", "ratio") else f" {unit}"


def _heading(comparison: Any) -> str:
    baseline = getattr(comparison, "baseline", None)
    return f"Difference from {baseline!r}" if baseline else "Differences"


def _rows(comparison: Any, names: Sequence[str] | None, office: str) -> pd.DataFrame:
    frame = comparison if hasattr(comparison, "columns") else comparison.differences()
    wanted = FIRST_LOOK if names is None else names
    rows = frame[frame["measure"].isin(wanted) & frame["difference"].notna()]
    offices = list(rows["office"].unique())
    if office == "all" and "all" not in offices and len(offices) == 1:
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

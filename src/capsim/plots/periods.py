"""Measures by calendar period, with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num

from capsim.catalogue import Selector, measure_named
from capsim.catalogue.shown import axis_unit
from capsim.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["by_period"]


def by_period(
    result: Any, selector: str, *, every: str = "1 month", ax: Axes | None = None
) -> Axes:
    """Axes with a measure by calendar period: a step for each, and its 95 % interval as a band.

    Parameters
    ----------
    result : Run, Replications or Comparison
        Studies made by period (``by="1 month"``); a comparison has a line for each scenario.
    selector : str
        Such as ``"late_share[investigation]"``.
    every : {"1 week", "1 month", "1 quarter", "1 year"}
        Length of the periods of a run; a study has its own.
    ax : Axes, optional
        Where to draw; without it, a new figure.

    Returns
    -------
    Axes
        Its ``figure`` can be given to `capsim.plots.save`.

    Raises
    ------
    KeyError
        If there is no such measure by period.
    ValueError
        If the study was not made by period, or the result has no periods at all.

    Notes
    -----
    People belong to the period in which they joined. A period in which nobody was seen, or whose
    value was not reached in some replication, has a gap.
    """
    import numpy as np

    of = style.part_of(result, "by", "a run, replications or a comparison")
    frame = of(selector, every=every) if hasattr(result, "log") else of(selector)
    asked = Selector.parse(selector)
    record = measure_named(asked.in_frames[0])
    scale = 100.0 if record.unit == "share" else 1.0
    axes = style.dress(ax if ax is not None else style.new_axes())
    middle = "value" if "value" in frame.columns else "mean"
    groups = frame.groupby("scenario", sort=False) if "scenario" in frame.columns else [("", frame)]
    for number, (name, rows) in enumerate(groups):
        borders = date2num([*rows["from"], rows["until"].iloc[-1]])
        colour = style.colour(number)

        def steps(column: str, rows: Any = rows) -> Any:
            values = rows[column].to_numpy(float) * scale
            values = np.where(np.isfinite(values), values, np.nan)
            return np.append(values, values[-1])

        axes.step(borders, steps(middle), where="post", color=colour, label=str(name) or None)
        if middle == "mean":
            low, high = steps("lower"), steps("upper")
            axes.fill_between(borders, low, high, step="post", color=colour, alpha=0.2, lw=0)
    locator = AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.set_ylabel(axis_unit(record.unit))
    where = f", {asked.of}" if asked.of else ""
    style.title(axes, f"{record.title}{where}, by period")
    if "scenario" in frame.columns:
        axes.legend(frameon=False)
    return axes

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
        Studies made by period (``by="1 month"``); a comparison has a line for each scenario, or a
        panel where there are more than seven.
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
    of = style.part_of(result, "by", "a run, replications or a comparison")
    frame = of(selector, every=every) if hasattr(result, "log") else of(selector)
    asked = Selector.parse(selector)
    record = measure_named(asked.in_frames[0])
    scale = 100.0 if record.unit == "share" else 1.0
    middle = "value" if "value" in frame.columns else "mean"
    groups = (
        list(frame.groupby("scenario", sort=False))
        if "scenario" in frame.columns
        else [("", frame)]
    )
    many = len(groups) > style.MOST_LINES
    if many and ax is not None:
        raise ValueError(
            f"ax: {len(groups)} scenarios are drawn as small multiples, in a figure of their own; "
            f"leave ax out, or draw at most {style.MOST_LINES}"
        )
    if many:
        panels = style.small_multiples(len(groups))
    else:
        panels = [style.dress(ax if ax is not None else style.new_axes())] * len(groups)
    for number, (name, rows) in enumerate(groups):
        axes = panels[number]
        _draw(axes, rows, middle, scale, 0 if many else number, str(name))
        if many:
            axes.set_title(str(name), loc="left", fontsize=style.FONT - 1, color=style.INK)
        locator = AutoDateLocator(maxticks=4 if many else 9)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes = panels[0]
    where = f", {asked.of}" if asked.of else ""
    title = f"{record.title}{where}, by period"
    band = "band: 95 % interval" if middle == "mean" else ""
    said = [style.runs_of(result), band]
    if many:
        figure = axes.get_figure(root=True)
        assert figure is not None
        unit = axis_unit(record.unit)
        words = "; ".join(text for text in (unit, *said) if text)
        figure.suptitle(f"{title}\n{words}", x=0.01, ha="left", fontsize=style.FONT)
        return axes
    axes.set_ylabel(axis_unit(record.unit))
    style.say_below(axes, said)
    style.title(axes, title)
    if "scenario" in frame.columns:
        axes.legend(frameon=False)
    return axes


def _draw(axes: Axes, rows: Any, middle: str, scale: float, number: int, name: str) -> None:
    """A step for each period, and its interval as a band."""
    import numpy as np

    colour, dashes = style.colour(number), style.dashes(number)

    borders = date2num([*rows["from"], rows["until"].iloc[-1]])

    def steps(column: str) -> Any:
        values = rows[column].to_numpy(float) * scale
        values = np.where(np.isfinite(values), values, np.nan)
        return np.append(values, values[-1])

    axes.step(borders, steps(middle), where="post", color=colour, ls=dashes, label=name or None)
    if middle == "mean":
        low, high = steps("lower"), steps("upper")
        axes.fill_between(borders, low, high, step="post", color=colour, alpha=0.2, lw=0)

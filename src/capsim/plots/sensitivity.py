"""Which input matters: tornado, Morris plane, Sobol' bars; and what is not known beforehand."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.catalogue import Measure, measure_named
from capsim.catalogue.shown import axis_unit, shown_interval
from capsim.plots import style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST_INPUTS = 15
"""Inputs in a picture, the most influential; the frame has all of them."""

LOW, HIGH = style.PALETTE[4], style.PALETTE[1]

UNCERTAINTY_TEXTS = {
    "simulation": "the mean, as known inputs would have it",
    "mean": "the mean over the inputs",
    "inputs": "inputs not known",
    "luck": "luck of a single run",
    "both": "both together",
}


def tornado(result: Any, measure: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Axes with the change of a measure when one input goes to its low and to its high end.

    The longest bar is on top; a thin line on each end is its 95 % interval.

    Parameters
    ----------
    result : Sensitivity or DataFrame
        Of method "oat", or its `indices`.
    measure : str, optional
        Default the first one.
    ax : Axes, optional

    Raises
    ------
    ValueError
        If the result is of another method, or the measure is not in it.
    """
    frame, name, words, scale = _indices(result, measure, ("low", "high"), "oat")
    ends = {index: _limits(frame, index, scale) for index in ("low", "high")}
    inputs = _ranked({one: max(abs(ends[index][one][0]) for index in ends) for one in ends["low"]})
    ax = _rows_of(ax, len(inputs))
    ax.axvline(0, color=style.QUIET, linewidth=1)
    for index, ink, shift in (("low", LOW, -0.18), ("high", HIGH, 0.18)):
        _bars(ax, inputs, ends[index], shift, ink, f"at its {index} end")
    _name_inputs(ax, inputs)
    ax.set_xlabel(f"{words.title}: change in {_change(words)}", fontsize=style.FONT - 1)
    ax.legend(fontsize=style.FONT - 2, frameon=False, loc="best")
    style.say_below(ax, [style.rows_of(result)], lines=3.4)
    style.title(ax, f"One input at a time: {name}")
    return ax


def morris(result: Any, measure: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Axes with mu_star (influence) across and sigma (interaction or curvature) upwards.

    An input near the origin can be left alone. Below the lines sigma = mu_star and mu_star / 2
    effects are more and more alike wherever the others are.

    Parameters
    ----------
    result : Sensitivity or DataFrame
        Of method "morris", or its `indices`.
    measure : str, optional
        Default the first one.
    ax : Axes, optional

    Raises
    ------
    ValueError
        If the result is of another method, or the measure is not in it.
    """
    frame, name, words, scale = _indices(result, measure, ("mu_star", "sigma"), "morris")
    across, upwards = _limits(frame, "mu_star", scale), _limits(frame, "sigma", scale)
    inputs = _ranked({one: limits[0] for one, limits in across.items()})
    ax = style.new_axes(7.5, 5.0) if ax is None else style.dress(ax)
    for place, one in enumerate(inputs):
        (x, left, right), (y, lower, upper) = across[one], upwards[one]
        ink = style.colour(place)
        ax.plot([left, right], [y, y], color=ink, linewidth=1, alpha=0.6)
        ax.plot([x, x], [lower, upper], color=ink, linewidth=1, alpha=0.6)
        ax.plot([x], [y], "o", color=ink, markersize=6)
    right, top = ax.get_xlim()[1], ax.get_ylim()[1]
    for slope, text in ((1.0, "sigma = mu*"), (0.5, "sigma = mu* / 2")):
        end = min(right, top / slope)
        ax.plot([0, end], [0, slope * end], color=style.GRID, linewidth=1, zorder=0)
        ax.annotate(
            text,
            (end, slope * end),
            xytext=(-4, -2),
            textcoords="offset points",
            fontsize=style.FONT - 3,
            color=style.QUIET,
            ha="right",
            va="top",
        )
    ax.set_xlim(0, right * 1.05)
    ax.set_ylim(0, top * 1.05)
    _name_points(ax, {one: (across[one][0], upwards[one][0]) for one in inputs})
    unit = _change(words)
    ax.set_xlabel(f"mu*: mean size of the effect, {unit} per range", fontsize=style.FONT - 1)
    ax.set_ylabel(f"sigma: its spread, {unit} per range", fontsize=style.FONT - 1)
    style.say_below(ax, [style.rows_of(result)], lines=3.4)
    style.title(ax, f"Elementary effects on {name}")
    return ax


def sobol(result: Any, measure: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Axes with two bars for each input: its first order and its total share of the variance.

    The difference is interaction with other inputs. A thin line on each is its interval.

    Parameters
    ----------
    result : Sensitivity or DataFrame
        Of method "sobol", or its `indices`.
    measure : str, optional
        Default the first one.
    ax : Axes, optional

    Raises
    ------
    ValueError
        If the result is of another method, or the measure is not in it.
    """
    frame, name, _, _ = _indices(result, measure, ("S1", "ST"), "sobol")
    alone, total = _limits(frame, "S1"), _limits(frame, "ST")
    inputs = _ranked({one: limits[0] for one, limits in total.items()})
    ax = _rows_of(ax, len(inputs))
    ax.axvline(0, color=style.QUIET, linewidth=1)
    _bars(ax, inputs, alone, -0.18, style.PALETTE[0], "alone (S1)")
    _bars(ax, inputs, total, 0.18, style.PALETTE[4], "with interactions (ST)")
    _name_inputs(ax, inputs)
    ax.set_xlabel("share of the variance", fontsize=style.FONT - 1)
    ax.legend(fontsize=style.FONT - 2, frameon=False, loc="best")
    style.say_below(ax, [style.rows_of(result)], lines=3.4)
    style.title(ax, f"What the variance of {name} is due to")
    return ax


def uncertainty(result: Any, measure: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Axes with an interval for each source of what is not known beforehand.

    Parameters
    ----------
    result : Uncertainty or DataFrame
        Or its `intervals`.
    measure : str, optional
        Default the first one.
    ax : Axes, optional

    Raises
    ------
    ValueError
        If the measure is not in the result, or has no interval.
    """
    frame = (
        result
        if hasattr(result, "columns")
        else style.part_of(result, "intervals", "an uncertainty, or its intervals")
    )
    frame, name = _of_measure(frame, measure)
    there = np.isfinite(frame["lower"].astype(float)) & np.isfinite(frame["upper"].astype(float))
    rows = frame[there].to_dict("records")
    if not rows:
        raise ValueError(
            f"measure: {name} was not reached in some run and has no interval to draw; choose "
            "another measure"
        )
    words = measure_named(name.split("[")[0])
    scale = _scale(words)
    ax = _rows_of(ax, len(rows))
    for y, row in enumerate(rows):
        ink = style.colour(y)
        lower, upper = scale * row["lower"], scale * row["upper"]
        ax.plot([lower, upper], [y, y], color=ink, linewidth=6, solid_capstyle="butt")
        ax.plot([scale * row["value"]], [y], "o", color=style.INK, markersize=4)
        ax.annotate(
            shown_interval(words.name, row["lower"], row["upper"]).removesuffix(" days"),
            (upper, y),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=style.FONT - 2,
            color=ink,
        )
    ax.set_yticks(range(len(rows)), [UNCERTAINTY_TEXTS[row["source"]] for row in rows])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    left, right = ax.get_xlim()
    ax.set_xlim(left, right + 0.25 * (right - left))
    ax.set_xlabel(f"{words.title}, {axis_unit(words.unit)}", fontsize=style.FONT - 1)
    style.say_below(ax, [style.rows_of(result)], lines=3.4)
    style.title(ax, f"What is not known of {name}")
    return ax


def _name_points(ax: Axes, points: Mapping[str, tuple[float, float]]) -> None:
    """Names beside points, on the side where there is room and no other name.

    The first points have the first choice. Sizes are those of letters of average width.
    """
    size = style.FONT - 2
    box_of_axes = ax.get_window_extent()
    points_per_pixel = 72 / ax.figure.dpi
    width, height = box_of_axes.width * points_per_pixel, box_of_axes.height * points_per_pixel
    right, top = ax.get_xlim()[1], ax.get_ylim()[1]
    at = {one: (x / right * width, y / top * height) for one, (x, y) in points.items()}
    taken: list[tuple[float, float, float, float]] = [
        (x - 4, y - 4, x + 4, y + 4) for x, y in at.values()
    ]
    for place, (one, (x, y)) in enumerate(at.items()):
        long, tall = 0.6 * size * len(one), 1.5 * size
        best = None
        for up, side in itertools.product((3, -3 - tall, 3 + tall, -3 - 2 * tall), (1, -1)):
            left = x + 6 if side > 0 else x - 6 - long
            box = (left, y + up, left + long, y + up + tall)
            outside = max(0.0, -box[0]) + max(0.0, box[2] - width) + max(0.0, -box[1])
            worth = outside + sum(_overlap(box, other) for other in taken)
            if best is None or worth < best[0]:
                best = (worth, side, up, box)
            if worth == 0:
                break
        assert best is not None
        _, side, up, box = best
        taken.append(box)
        ax.annotate(
            one,
            points[one],
            xytext=(6 * side, up),
            textcoords="offset points",
            ha="left" if side > 0 else "right",
            va="bottom",
            fontsize=size,
            color=style.colour(place),
        )


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Area that two boxes (left, bottom, right, top) have in common."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    upwards = min(one[3], other[3]) - max(one[1], other[1])
    return max(across, 0.0) * max(upwards, 0.0)


def _indices(
    result: Any, measure: str | None, wanted: tuple[str, str], method: str
) -> tuple[pd.DataFrame, str, Measure, float]:
    frame = (
        result
        if hasattr(result, "columns")
        else style.part_of(result, "indices", "a sensitivity, or its indices")
    )
    if not set(wanted) <= set(frame["index"]):
        there = ", ".join(dict.fromkeys(frame["index"]))
        raise ValueError(
            f"result: needs the indices {' and '.join(wanted)} of method {method!r}; it has {there}"
        )
    frame, name = _of_measure(frame, measure)
    frame = frame[frame["index"].isin(wanted)]
    if not np.isfinite(frame["value"].astype(float)).any():
        raise ValueError(
            f"measure: {name} has no index, because it does not vary or was not always reached; "
            "choose another measure"
        )
    words = measure_named(name.split("[")[0])
    return frame, name, words, _scale(words)


def _of_measure(frame: pd.DataFrame, measure: str | None) -> tuple[pd.DataFrame, str]:
    there = list(dict.fromkeys(frame["measure"]))
    name = there[0] if measure is None else measure
    if name not in there:
        # A short name will do where only one measure begins with it.
        close = [full for full in there if full.split("[")[0] == name]
        if len(close) != 1:
            raise ValueError(f"measure = {name!r} is not in the result, only {', '.join(there)}")
        name = close[0]
    return frame[frame["measure"] == name], name


Limits = dict[str, tuple[float, float, float]]


def _limits(frame: pd.DataFrame, index: str, scale: float = 1.0) -> Limits:
    """Value, lower and upper limit of one index by input."""
    return {
        str(row["input"]): (
            scale * float(row["value"]),
            scale * float(row["lower"]),
            scale * float(row["upper"]),
        )
        for row in frame[frame["index"] == index].to_dict("records")
    }


def _ranked(sizes: dict[str, float]) -> list[str]:
    """Inputs by size, the largest first; those without one last."""
    order = sorted(sizes, key=lambda one: -sizes[one] if sizes[one] == sizes[one] else np.inf)
    return order[:MOST_INPUTS]


def _bars(ax: Axes, inputs: list[str], limits: Limits, shift: float, ink: str, text: str) -> None:
    places = [place + shift for place in range(len(inputs))]
    ax.barh(places, [limits[one][0] for one in inputs], height=0.34, color=ink, label=text)
    for y, one in zip(places, inputs, strict=True):
        ax.plot(limits[one][1:], [y, y], color=style.INK, linewidth=1)


def _rows_of(ax: Axes | None, rows: int) -> Axes:
    axes = style.new_axes(7.5, 1.3 + 0.42 * rows) if ax is None else style.dress(ax)
    axes.grid(visible=False)
    return axes


def _name_inputs(ax: Axes, inputs: list[str]) -> None:
    ax.set_yticks(range(len(inputs)), inputs)
    ax.set_ylim(len(inputs) - 0.4, -0.6)


def _scale(words: Measure) -> float:
    """Shares are read in points of a hundred."""
    return 100.0 if words.unit == "share" else 1.0


def _change(words: Measure) -> str:
    return axis_unit(words.unit, of_differences=True)

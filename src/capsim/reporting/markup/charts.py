"""Drawings of a report: lines over time and bars of effects, as SVG that also prints.

Each line chart is drawn twice, wide and narrow, so that its letters can be read on a phone; the
style sheet shows one of them. Lines differ in their dashes too, for grey paper.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capsim.reporting.markup.html import Html, tag
from capsim.reporting.markup.words import Words

__all__ = ["Chart", "Line", "drawn", "line_path", "ticks"]

WIDE, NARROW = 760, 360
HEIGHT = 250
LEFT, RIGHT, TOP, BOTTOM = 56, 14, 12, 30


@dataclass(frozen=True)
class Line:
    """One line, with its band where there is one.

    Attributes
    ----------
    label : str
    mean : (points,) float64
    lower, upper : (points,) float64 or None
    """

    label: str
    mean: np.ndarray
    lower: np.ndarray | None = None
    upper: np.ndarray | None = None


@dataclass(frozen=True)
class Chart:
    """Lines over the same days.

    Attributes
    ----------
    title : str
        What is drawn, for whoever does not see it.
    days : list of date
        Of the points.
    lines : list of Line
    is_share : bool
        Whether the axis is in hundredths.
    marks : list of (date, str)
        Days that explain a bump.
    top : float or None
        End of the axis; default what the lines need.
    """

    title: str
    days: list[datetime.date]
    lines: list[Line]
    is_share: bool = False
    marks: Sequence[tuple[datetime.date, str]] = ()
    top: float | None = None

    @property
    def highest(self) -> float:
        """End of the axis."""
        if self.top is not None:
            return self.top
        parts = [line.mean for line in self.lines]
        parts += [line.upper for line in self.lines if line.upper is not None]
        values = np.concatenate(parts)
        values = values[np.isfinite(values)]
        most = float(values.max()) if len(values) else 0.0
        return min(most, 1.0) if self.is_share else most


def ticks(highest: float, most: int = 5) -> list[float]:
    """Round numbers from 0 to the first one that is not below the highest value.

    Examples
    --------
    >>> ticks(1130.0), ticks(0.37)
    ([0.0, 500.0, 1000.0, 1500.0], [0.0, 0.1, 0.2, 0.3, 0.4])
    """
    if not highest > 0:
        return [0.0, 1.0]
    size = 10.0 ** math.floor(math.log10(highest / most))
    step = next(one * size for one in (1, 2, 5, 10) if highest <= one * size * most)
    return [round(k * step, 10) for k in range(math.ceil(highest / step - 1e-9) + 1)]


def line_path(values: np.ndarray, x: list[float], highest: float) -> str:
    """The line through the points, with gaps where there is no value."""
    parts, pen = [], "M"
    for place, value in zip(x, values.tolist(), strict=True):
        if not math.isfinite(value):
            pen = "M"
            continue
        parts.append(f"{pen}{place:.1f} {_y(value, highest):.1f}")
        pen = "L"
    return "".join(parts)


def points_of(days: list[datetime.date], width: int) -> list[float]:
    """Where the days stand."""
    first, last = days[0].toordinal(), max(days[-1].toordinal(), days[0].toordinal() + 1)
    span = width - LEFT - RIGHT
    return [LEFT + span * (day.toordinal() - first) / (last - first) for day in days]


def _y(value: float, highest: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * min(max(value / highest, 0.0), 1.0)


def drawn(chart: Chart, words: Words, caption: object = "", *, id_: str = "") -> Html:
    """The chart with its legend, as a figure."""
    legend = None
    if len(chart.lines) > 1:
        legend = tag(
            "ul",
            [tag("li", _swatch(place), " ", line.label) for place, line in enumerate(chart.lines)],
            class_="legend",
        )
    return tag(
        "figure",
        legend,
        _svg(chart, words, WIDE, "wide", id_),
        _svg(chart, words, NARROW, "narrow", id_),
        tag("figcaption", caption) if caption else None,
    )


def _swatch(place: int) -> Html:
    return tag(
        "svg",
        tag("path", d="M0 6H30", class_=f"line l{place}"),
        class_="swatch",
        viewBox="0 0 30 12",
        aria_hidden="true",
    )


def _svg(chart: Chart, words: Words, width: int, kind: str, id_: str) -> Html:
    x = points_of(chart.days, width)
    steps = ticks(chart.highest)
    top = steps[-1]
    parts: list[Html] = [tag("title", chart.title)]
    for value in steps:
        text = words.share(value) if chart.is_share else words.plain(value)
        y = _y(value, top)
        parts.append(tag("path", d=f"M{LEFT} {y:.1f}H{width - RIGHT}", class_="rule"))
        parts.append(tag("text", text, x=LEFT - 6, y=f"{y + 4:.1f}", text_anchor="end"))
    parts += _days(chart, words, x, width)
    first, last = chart.days[0], chart.days[-1]
    for day, label in chart.marks:
        if first <= day <= last:
            place = points_of([first, day, last], width)[1] if first < day < last else x[0]
            parts.append(
                tag("path", tag("title", label), d=f"M{place:.1f} {TOP}V{HEIGHT - BOTTOM}",
                    class_="mark")
            )  # fmt: skip
    for place, line in enumerate(chart.lines):
        if line.lower is not None and line.upper is not None:
            parts += _band(line, x, top, place)
    for place, line in enumerate(chart.lines):
        parts.append(
            tag("path", d=line_path(line.mean, x, top), class_=f"line l{place}",
                data_line=f"{id_}{place}" if id_ else None)
        )  # fmt: skip
    return tag(
        "svg", parts, class_=f"chart {kind}", viewBox=f"0 0 {width} {HEIGHT}", role="img",
        data_kind=kind,
    )  # fmt: skip


def _band(line: Line, x: list[float], top: float, place: int) -> list[Html]:
    assert line.lower is not None
    assert line.upper is not None
    known = np.isfinite(line.lower) & np.isfinite(line.upper)
    parts = []
    for run in np.split(
        np.flatnonzero(known), np.flatnonzero(np.diff(np.flatnonzero(known)) > 1) + 1
    ):
        if len(run) < 2:
            continue
        up = [f"{x[k]:.1f} {_y(float(line.upper[k]), top):.1f}" for k in run]
        down = [f"{x[k]:.1f} {_y(float(line.lower[k]), top):.1f}" for k in run[::-1]]
        parts.append(tag("path", d=f"M{'L'.join([*up, *down])}Z", class_=f"band b{place}"))
    return parts


def _days(chart: Chart, words: Words, x: list[float], width: int) -> list[Html]:
    """Marks of months or years below the axis, as many as there is room for."""
    room = max((width - LEFT - RIGHT) // 66, 2)
    gap = max(-(-len(chart.days) // room), 1)
    gap = next((one for one in (1, 2, 3, 6, 12) if one >= gap), gap)
    parts = []
    for place in range(0, len(chart.days), gap):
        right = x[place] > width - RIGHT - 36
        if right and place:
            continue
        parts.append(tag("path", d=f"M{x[place]:.1f} {HEIGHT - BOTTOM}v5", class_="tick"))
        parts.append(
            tag("text", words.short_month(chart.days[place]), x=f"{x[place]:.1f}",
                y=HEIGHT - BOTTOM + 19, text_anchor="middle" if place else "start",
                dx=0 if place else -10)
        )  # fmt: skip
    return parts

"""Part 4: sliders over scenarios that were simulated beforehand."""

from __future__ import annotations

from typing import Any

import numpy as np

from capsim.reporting.markup.charts import (
    NARROW,
    WIDE,
    Chart,
    Line,
    drawn,
    line_path,
    points_of,
    ticks,
)
from capsim.reporting.markup.html import Html, name, tag
from capsim.reporting.markup.words import Words
from capsim.reporting.numbers.figures import Key, Monthly
from capsim.reporting.numbers.grid import Slider, Sliders
from capsim.reporting.numbers.material import Material
from capsim.reporting.parts.over_time import scroller

__all__ = ["what_if", "what_if_data"]


def what_if(material: Material, words: Words) -> list[Html]:
    """The sliders, what they show, and all points in a table."""
    grid = material.grid
    if grid is None:
        return [tag("p", words("what_if.nothing"))]
    n = words.several("replications", grid.n)
    sliders = [_slider(place, axis, words) for place, axis in enumerate(grid.axes)]
    cells = _cells(grid, words)[grid.point[grid.now]]
    rows = [
        tag(
            "tr",
            tag("th", _titled(key, words), scope="row"),
            tag("td", mean, id=f"what-if-mean-{place}"),
            tag("td", interval, id=f"what-if-interval-{place}"),
        )
        for place, (key, (mean, interval)) in enumerate(zip(grid.keys, cells, strict=True))
    ]
    head = [words("measure"), words("mean"), words("interval")]
    table = tag(
        "table",
        tag("thead", tag("tr", [tag("th", text, scope="col") for text in head])),
        tag("tbody", rows),
        id="what-if-table",
    )
    return [
        tag("p", words("what_if.intro", n=n, points=words.whole(len(grid.sweep)))),
        tag("noscript", tag("p", words("what_if.no_script"), class_="note")),
        tag("form", sliders, tag("button", words("what_if.reset"), type="reset"), id="what-if"),
        tag("div", table, aria_live="polite"),
        _chart(grid, words),
        _all_points(grid, words),
    ]


def _titled(key: Key, words: Words) -> str:
    return words("form.of", measure=words.title(key[2]), of=name(key[1]))


def _label(axis: Slider, words: Words) -> str:
    return words(f"what_if.{axis.kind}", of=name(axis.of))


def _value(axis: Slider, place: int, words: Words) -> str:
    value = axis.values[place]
    if axis.kind == "date":
        return words.date(value)
    if axis.kind in ("staff", "places"):
        if value == 0:
            return words("what_if.as_is")
        sign = "+" if value > 0 else "\u2212"
        return words(f"what_if.of_{axis.kind}", number=sign + words.plain(abs(value)))
    text = words.share(value)
    return words("what_if.now", value=text) if place == axis.now else text


def _slider(place: int, axis: Slider, words: Words) -> Html:
    texts = [_value(axis, k, words) for k in range(len(axis.values))]
    return tag(
        "div",
        tag("label", _label(axis, words), for_=f"slider-{place}"),
        tag("output", texts[axis.now], id=f"slider-{place}-value", for_=f"slider-{place}"),
        tag(
            "input",
            type="range",
            id=f"slider-{place}",
            min=0,
            max=len(axis.values) - 1,
            step=1,
            value=axis.now,
            aria_valuetext=texts[axis.now],
        ),
        class_="slider",
    )


def _cells(grid: Sliders, words: Words) -> list[list[tuple[str, str]]]:
    """Mean and interval of each measure at each point, as they are shown."""
    return [
        [
            (words.value(key[2], mean), words.interval(key[2], lower, upper))
            for key in grid.keys
            for mean, lower, upper in [grid.means[key][place].tolist()]
        ]
        for place in range(len(grid.sweep))
    ]


def _chart(grid: Sliders, words: Words) -> Html:
    if grid.drawn is None:
        return Html("")
    key, months = grid.drawn
    now = months[grid.point[grid.now]]
    title = words("what_if.chart", measure=words.title(key[2]), stage=name(key[1]))
    lines = [
        Line(words("what_if.line_now"), now.mean),
        Line(words("what_if.line_moved"), now.mean),
    ]
    chart = Chart(title, now.first, lines, key[2] == "late_share", top=_top(months))
    return drawn(chart, words, title, id_="what-if-")


def _top(months: list[Monthly]) -> float:
    values = np.concatenate([one.mean for one in months])
    values = values[np.isfinite(values)]
    return float(values.max()) if len(values) else 1.0


def _all_points(grid: Sliders, words: Words) -> Html:
    cells = _cells(grid, words)
    seen: set[int] = set()
    rows = []
    for places, number in grid.point.items():
        if number in seen:
            continue
        seen.add(number)
        texts = [_value(axis, place, words) for axis, place in zip(grid.axes, places, strict=True)]
        means = [mean for mean, _ in cells[number]]
        rows.append(tag("tr", [tag("td", text) for text in (*texts, *means)], data_point=number))
    head = [_label(axis, words) for axis in grid.axes] + [_titled(k, words) for k in grid.keys]
    title = words("what_if.all", count=words.whole(len(rows)))
    table = tag(
        "table",
        tag("thead", tag("tr", [tag("th", text, scope="col") for text in head])),
        tag("tbody", rows),
        id="what-if-points",
    )
    return tag("details", tag("summary", title), scroller(table, title))


def what_if_data(material: Material, words: Words) -> dict[str, Any] | None:
    """What the script of the page moves over: texts and lines of all points, ready to be shown."""
    grid = material.grid
    if grid is None:
        return None
    lines: dict[str, list[str]] = {}
    if grid.drawn is not None:
        months = grid.drawn[1]
        top = ticks(_top(months))[-1]
        for kind, width in (("wide", WIDE), ("narrow", NARROW)):
            x = points_of(months[0].first, width)
            lines[kind] = [line_path(one.mean, x, top) for one in months]
    return {
        "texts": [[_value(a, k, words) for k in range(len(a.values))] for a in grid.axes],
        "now": list(grid.now),
        "point": {",".join(map(str, places)): number for places, number in grid.point.items()},
        "cells": _cells(grid, words),
        "lines": lines,
    }

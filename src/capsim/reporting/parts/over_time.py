"""Part 2: people without a decision, lateness, files per post and staff, month by month."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import numpy as np

from capsim.catalogue import measure_named
from capsim.reporting.markup.charts import Chart, Line, drawn
from capsim.reporting.markup.html import Html, name, tag
from capsim.reporting.markup.words import Words
from capsim.reporting.numbers.figures import Figures, Key, Monthly
from capsim.reporting.numbers.material import Material

__all__ = ["data_table", "over_time"]

_MOST_TEAMS = 4
_MANY = 5
"""People of a wave who apply in a month, in the mean of the runs, from which on it is drawn."""


def over_time(material: Material, words: Words) -> list[Html]:
    """The figures over time, each with its numbers in a table."""
    figures = material.figures
    parts: list[Html] = []
    stage = figures.deciding
    if stage is not None:
        parts += _curves(material, ("stage", stage, "pending_mean"), "pending", words)
        parts += _curves(material, ("stage", stage, "late_share"), "late", words, by_wave=True)
        parts += _curves(
            material, ("stage", stage, "decision_days_mean"), "decision", words, by_wave=True
        )
    elif figures.waiting is not None:
        of = figures.waiting[1]
        parts += _curves(material, ("stage", of, "queue_mean"), "queue", words)
        parts += _curves(material, figures.waiting, "wait", words, by_wave=True)
    parts += _files(figures, words)
    parts += _staff(material, words)
    if not parts:
        return [tag("p", words("over_time.nothing"))]
    return parts


def _marks(figures: Figures, words: Words) -> list[tuple[datetime.date, str]]:
    return [
        (day, words("over_time.mark", wave=name(label), date=words.date(day)))
        for label, days in figures.waves.items()
        for day in days
    ]


def _line(label: str, months: Monthly, *, with_band: bool) -> Line:
    if with_band and not np.isnan(months.lower).all():
        return Line(label, months.mean, months.lower, months.upper)
    return Line(label, months.mean)


def _names(material: Material, words: Words) -> tuple[str, str]:
    """Labels of the lines of the scenario and of what it is compared with."""
    return name(material.label), words("over_time.base", name=name(material.base_label))


def _curves(
    material: Material, key: Key, kind: str, words: Words, *, by_wave: bool = False
) -> list[Html]:
    """One measure by month, beside the base; by month of application also those of a wave alone."""
    figures = material.figures
    months = figures.monthly(key)
    if months is None or np.isnan(months.mean).all():
        return []
    ours, theirs = _names(material, words)
    beside = []
    for wave in list(figures.waves)[:2] if by_wave else ():
        own = _where_many(figures, figures.monthly(key, wave), key, wave)
        if own is not None:
            label = words("over_time.of_wave", wave=name(wave))
            beside.append(_line(label, own, with_band=False))
    base = None if material.base is None else material.base.monthly(key)
    if base is not None and base.first == months.first:
        beside.append(_line(theirs, base, with_band=False))
    label = words("over_time.everybody") if by_wave and beside else ours
    lines = [_line(label, months, with_band=True), *beside]
    return _figure(figures, key, kind, months, lines, words)


def _where_many(figures: Figures, months: Monthly | None, key: Key, inflow: str) -> Monthly | None:
    """The months in which enough of an inflow applied for a share of them to say anything."""
    arrivals = figures.monthly(("stage", key[1], "arrivals"), inflow)
    if months is None or arrivals is None:
        return None
    there = arrivals.mean >= _MANY
    if not (there & np.isfinite(months.mean)).any():
        return None
    cut = (np.where(there, part, np.nan) for part in (months.mean, months.lower, months.upper))
    return Monthly(months.first, months.until, *cut)


def _figure(
    figures: Figures, key: Key, kind: str, months: Monthly, lines: list[Line], words: Words
) -> list[Html]:
    measure = key[2]
    title = words(f"over_time.{kind}.title", stage=name(key[1]))
    is_share = measure_named(measure).unit == "share"
    chart = Chart(title, months.first, lines, is_share, _marks(figures, words))
    n = words.several("replications", figures.result.n)
    caption = words(f"over_time.{kind}.caption", stage=name(key[1]), n=n)
    return [
        tag("h3", title),
        drawn(chart, words, caption),
        data_table(title, months.first, lines, lambda value: words.value(measure, value), words),
    ]


def data_table(
    title: str,
    days: list[datetime.date],
    lines: list[Line],
    shown: Callable[[float], str],
    words: Words,
) -> Html:
    """The numbers of a figure, folded."""
    head = tag(
        "tr",
        tag("th", words("month"), scope="col"),
        [
            (
                tag("th", line.label, scope="col"),
                None if line.lower is None else tag("th", words("interval"), scope="col"),
            )
            for line in lines
        ],
    )
    body = [
        tag(
            "tr",
            tag("th", words.month(day), scope="row"),
            [_cells(line, place, shown, words) for line in lines],
        )
        for place, day in enumerate(days)
    ]
    return tag(
        "details",
        tag("summary", words("numbers", title=title)),
        scroller(tag("table", tag("thead", head), tag("tbody", body)), title),
    )


def scroller(table: Html, label: str) -> Html:
    """A wide table that scrolls by itself, also by keyboard."""
    return tag("div", table, class_="scroll", tabindex="0", role="region", aria_label=label)


def _cells(line: Line, place: int, shown: Callable[[float], str], words: Words) -> list[Html]:
    cells = [tag("td", shown(float(line.mean[place])))]
    if line.lower is not None and line.upper is not None:
        low, high = float(line.lower[place]), float(line.upper[place])
        text = words("no_interval")
        if low == low and high == high:
            text = words("form.range", lower=shown(low), upper=shown(high))
        cells.append(tag("td", text))
    return cells


def _files(figures: Figures, words: Words) -> list[Html]:
    """Files per post of each team that carries files."""
    teams = [key for key in figures.carried if figures.row(key)]
    teams.sort(key=lambda key: -float(figures.rows[(*key, "all")]["mean"]))
    found = [(key, figures.monthly(key)) for key in teams[:_MOST_TEAMS]]
    lines = [
        _line(name(key[1]), months, with_band=len(found) == 1)
        for key, months in found
        if months is not None
    ]
    first = next((months.first for _, months in found if months is not None), None)
    if first is None:
        return []
    return _figure_of(
        "files",
        Chart(words("over_time.files.title"), first, lines, marks=_marks(figures, words)),
        lambda value: words.value("caseload_per_fte", value),
        words.several("replications", figures.result.n),
        words,
    )


def _staff(material: Material, words: Words) -> list[Html]:
    staff = material.staff
    if staff is None:
        return []
    lines = [
        Line(words("over_time.filled"), staff.filled),
        Line(words("over_time.at_work"), staff.at_work),
    ]
    chart = Chart(words("over_time.staff.title"), staff.first, lines)
    runs = words.several("replications", staff.runs)
    return _figure_of(
        "staff", chart, lambda value: words.value("caseload_per_fte", value), runs, words
    )


def _figure_of(
    kind: str, chart: Chart, shown: Callable[[float], str], n: str, words: Words
) -> list[Html]:
    return [
        tag("h3", chart.title),
        drawn(chart, words, words(f"over_time.{kind}.caption", n=n)),
        data_table(chart.title, chart.days, chart.lines, shown, words),
    ]

"""Part 3: the comparison with the base, the other plans, and all measures with a sentence each."""

from __future__ import annotations

import math
from typing import Any

from capsim.catalogue import measure_named
from capsim.catalogue.measures import FIRST_LOOK
from capsim.reporting.markup.html import Html, name, tag
from capsim.reporting.markup.words import Words
from capsim.reporting.numbers.figures import Figures, Key, selector_of
from capsim.reporting.numbers.material import Material
from capsim.reporting.parts.over_time import scroller

__all__ = ["compared", "measures", "money", "plans"]

_CLEAR = 0.05
_COLUMNS = 5


def compared(material: Material, words: Words) -> list[Html]:
    """The scenario beside what it is compared with, on the same luck."""
    if material.compared is None:
        return [tag("p", words("compared.nothing"))]
    comparison, keys = material.compared.comparison, material.compared.keys
    means, changes = material.compared.means, material.compared.changes
    base = comparison.baseline
    ours = next(label for label in comparison.scenarios if label != base)
    rows = [
        tag(
            "tr",
            tag("th", _titled(key, words), scope="row"),
            tag("td", _mean(means.get((base, key)), key, words)),
            tag("td", _mean(means.get((ours, key)), key, words)),
            tag("td", _change(changes.get((ours, key)), key, words)),
        )
        for key in keys
    ]
    head = [words("measure"), name(base), name(ours), words("difference")]
    return [
        scroller(_table(head, rows, "compared"), words("compared.title")),
        tag("p", words("compared.note", n=words.several("replications", comparison.n)),
            class_="note"),
    ]  # fmt: skip


def plans(material: Material, words: Words) -> list[Html]:
    """The scenario and other plans, a row each."""
    if material.plans is None or not material.plans.keys:
        return []
    found, keys = material.plans.comparison, material.plans.keys[:_COLUMNS]
    means, changes = material.plans.means, material.plans.changes
    rows = []
    for label in found.scenarios:
        cells = []
        for key in keys:
            text: list[Any] = [_mean(means.get((label, key)), key, words)]
            if label != found.baseline:
                text += [tag("br"), tag("small", _change(changes.get((label, key)), key, words))]
            cells.append(tag("td", text))
        title: list[Any] = [name(label)]
        if label == found.baseline:
            title.append(tag("small", f" ({words('plans.this')})"))
        rows.append(tag("tr", tag("th", title, scope="row"), cells))
    head = [words("plans.plan"), *(_titled(key, words) for key in keys)]
    return [
        tag("h3", words("plans.title")),
        scroller(_table(head, rows, "plans"), words("plans.title")),
        tag("p", words("plans.note", n=words.several("replications", found.n)), class_="note"),
    ]


def measures(material: Material, words: Words) -> list[Html]:
    """All measures of everybody, by stage and team, each with its sentence."""
    figures = material.figures
    first: list[Key] = []
    rest: list[Key] = []
    for key in figures.keys:
        shown = FIRST_LOOK.get(key[0])
        (first if shown is None or key[2] in shown or key[0] == "exit" else rest).append(key)
    title = words("measures_title")
    parts = [scroller(_of_keys(figures, first, words, "measures"), title)]
    if rest:
        more = words.several("more_measures", len(rest))
        table = scroller(_of_keys(figures, rest, words, "measures"), more)
        parts.append(tag("details", tag("summary", more), table))
    return parts


def money(material: Material, words: Words) -> list[Html]:
    """What the service costs and what is paid for it, by year and item."""
    scenario = material.scenario
    if not scenario.has_money:
        return []
    frame = material.result.money()
    whole = frame[(frame["office"] == "all") & (frame["inflow"] == "all")]
    rows = []
    for row in whole.to_dict("records"):
        period = words("money.all") if row["period"] == "all" else str(row["period"])
        item = words(f"money.{row['kind']}") if row["item"] == "all" else name(row["item"])
        rows.append(
            tag(
                "tr",
                tag("td", period),
                tag("th", item, scope="row"),
                tag("td", words(f"money.{row['kind']}")),
                tag("td", words.value("cost_total", float(row["amount"]))),
                tag("td", words.interval("cost_total", float(row["lower"]), float(row["upper"]))),
            )
        )
    head = [words(f"money.{key}") for key in ("period", "item", "kind", "amount")]
    currency = name(scenario.costs.currency)
    n = words.several("replications", material.result.n)
    return [
        tag("h3", words("money.title")),
        scroller(_table([*head, words("interval")], rows, "money"), words("money.title")),
        tag("p", words("money.note", currency=currency, n=n), class_="note"),
    ]


def _of_keys(figures: Figures, keys: list[Key], words: Words, kind: str) -> Html:
    groups: dict[tuple[str, str], list[Html]] = {}
    for key in keys:
        groups.setdefault(key[:2], []).append(_row(figures, key, words))
    bodies = [
        tag(
            "tbody",
            tag(
                "tr",
                tag(
                    "th", _place(figures, place, words), colspan=3, scope="rowgroup", class_="group"
                ),
            ),
            rows,
        )
        for place, rows in groups.items()
    ]
    head = [words("measure"), words("mean"), words("interval")]
    return tag("table", _head(head), bodies, class_=kind)


def _place(figures: Figures, place: tuple[str, str], words: Words) -> str:
    if place[0] == "money":
        return words("place.money", currency=name(figures.scenario.costs.currency))
    return words.place(*place)


def _row(figures: Figures, key: Key, words: Words) -> Html:
    row = figures.rows[(*key, "all")]
    measure = key[2]
    mean, lower, upper = (float(row[column]) for column in ("mean", "lower", "upper"))
    title, meaning = words.title(measure), words.meaning(measure)
    if measure_named(measure).unit == "day":
        return _of_a_day(figures, key, title, meaning, words)
    return tag(
        "tr",
        tag("th", title, tag("small", meaning), scope="row"),
        tag("td", words.value(measure, mean)),
        tag("td", words.interval(measure, lower, upper)),
        data_measure=selector_of(key),
    )


def _of_a_day(figures: Figures, key: Key, title: str, meaning: str, words: Words) -> Html:
    """A day that some runs may not reach: the middle one stands for it."""
    from capsim.estimates import quantile_interval

    values = figures.result.values(selector_of(key))["value"].fillna(math.inf)
    days = values.to_numpy(dtype=float)
    found = quantile_interval(days, 0.5)
    reached = sum(map(math.isfinite, days.tolist()))
    start = figures.scenario.start
    median = words("median", reached=words.whole(reached), n=words.whole(len(days)))
    return tag(
        "tr",
        tag("th", title, " ", median, tag("small", meaning), scope="row"),
        tag("td", words.value(key[2], found.estimate, start)),
        tag("td", words.interval(key[2], found.lower, found.upper, start)),
        data_measure=selector_of(key),
    )


def _titled(key: Key, words: Words) -> str:
    kind, of, measure = key
    if kind == "run" or of == "all":
        return words.title(measure)
    return words("form.of", measure=words.title(measure), of=name(of))


def _mean(row: dict[Any, Any] | None, key: Key, words: Words) -> str:
    return words("none") if row is None else words.value(key[2], float(row["mean"]))


def _change(row: dict[Any, Any] | None, key: Key, words: Words) -> str:
    if row is None:
        return words("none")
    text = words.difference(key[2], *(float(row[c]) for c in ("difference", "lower", "upper")))
    p = float(row["p_holm"])
    is_unclear = p == p and p > _CLEAR
    return f"{text} (?)" if is_unclear and text not in (words("the_same"), words("none")) else text


def _head(texts: list[str]) -> Html:
    return tag("thead", tag("tr", [tag("th", text, scope="col") for text in texts]))


def _table(head: list[str], rows: list[Html], kind: str) -> Html:
    return tag("table", _head(head), tag("tbody", rows), class_=kind)

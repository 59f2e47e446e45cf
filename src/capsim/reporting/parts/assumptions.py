"""Part 5: what the outcome rests on, the most influential first, and what may not be concluded."""

from __future__ import annotations

import math
from typing import Any

from capsim.reporting.markup.html import Html, dotted, name, tag
from capsim.reporting.markup.words import Words
from capsim.reporting.numbers.influence import Effect, Influence
from capsim.reporting.numbers.material import Material
from capsim.reporting.parts.over_time import scroller
from capsim.scenario.tables.evidence import CERTAINTIES, Evidence

__all__ = ["assumptions", "not_concluded"]

_OTHERS = ("variants.", "offices.")
"""Evidence about plans and single offices, which is counted, not listed."""
_FEW = 10


def assumptions(material: Material, words: Words) -> list[Html]:
    """The tornado, then every number of the model with its source."""
    influence = material.influence
    parts: list[Html] = []
    if influence is None:
        parts.append(tag("p", words("tornado.nothing")))
    else:
        parts += _tornado(influence, material, words)
    return parts + _evidence(material, words)


def _tornado(influence: Influence, material: Material, words: Words) -> list[Html]:
    key = influence.key
    measure = key[2]
    evidence = material.scenario.evidence
    widest = max(
        (abs(v) for one in influence.effects for v in (one.at_low[0], one.at_high[0]) if v == v),
        default=0.0,
    )
    rows = [_effect(one, measure, widest, evidence, words) for one in influence.effects]
    head = [
        words("tornado.input"), words("tornado.low"), words("tornado.high"),
        words("tornado.picture"), words("tornado.source"),
    ]  # fmt: skip
    title = words("tornado.title", measure=words.title(measure), of=name(key[1]))
    table = tag(
        "table",
        tag("thead", tag("tr", [tag("th", text, scope="col") for text in head])),
        tag("tbody", rows),
        class_="tornado",
    )
    note = "tornado.note" if influence.is_stated else "tornado.by_a_tenth"
    n = words.several("replications", influence.n)
    return [
        tag("h3", title),
        scroller(table, title),
        tag("p", words(note, n=n), class_="note"),
    ]


def _effect(
    one: Effect, measure: str, widest: float, evidence: dict[str, Evidence], words: Words
) -> Html:
    def cell(value: Any, change: tuple[float, float, float]) -> Html:
        text = words("none")
        if math.isfinite(change[0]):
            text = words.difference(measure, *change)
        return tag("td", words("tornado.at", value=_plain(value, words)), tag("br"), text)

    bars = [
        tag("i", class_=f"bar {kind}", style=_span(change[0], widest))
        for kind, change in (("low", one.at_low), ("high", one.at_high))
        if math.isfinite(change[0]) and widest > 0
    ]
    entry = evidence.get(one.path) or _nearest(one.path, evidence)
    source: list[Any] = [words("tornado.no_source")]
    if entry is not None:
        source = [_badge(entry.certainty, words), " ", tag("bdi", entry.source)]
    return tag(
        "tr",
        tag("th", dotted(one.path), scope="row"),
        cell(one.low, one.at_low),
        cell(one.high, one.at_high),
        tag("td", tag("div", bars, class_="bars", aria_hidden="true")),
        tag("td", source),
        data_input=one.path,
    )


def _nearest(path: str, evidence: dict[str, Evidence]) -> Evidence | None:
    """What is said of the table that holds a number."""
    while "." in path:
        path = path.rpartition(".")[0]
        if path in evidence:
            return evidence[path]
    return None


def _span(value: float, widest: float) -> str:
    half = 50 * abs(value) / widest
    left = 50 - half if value < 0 else 50
    return f"left:{left:.2f}%;width:{half:.2f}%"


def _plain(value: Any, words: Words) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return words.plain(float(value))
    return str(value)


def _badge(certainty: str, words: Words) -> Html:
    return tag("span", words(f"certainty.{certainty}"), class_=f"badge {certainty}")


def _evidence(material: Material, words: Words) -> list[Html]:
    evidence = material.scenario.evidence
    if not evidence:
        return [tag("p", words("evidence.nothing"), class_="note")]
    influence = material.influence
    order = [] if influence is None else [one.path for one in influence.effects]
    own = [path for path in evidence if not path.startswith(_OTHERS)]
    rank = {path: place for place, path in enumerate(order)}
    weakest = {word: -place for place, word in enumerate(CERTAINTIES)}
    own.sort(key=lambda p: (rank.get(p, len(rank)), weakest[evidence[p].certainty]))
    rows = [
        tag(
            "tr",
            tag("th", dotted(path), scope="row"),
            tag("td", tag("bdi", _short(evidence[path].value))),
            tag("td", _badge(evidence[path].certainty, words)),
            tag("td", tag("bdi", evidence[path].source), _note(evidence[path].note)),
        )
        for path in own
    ]
    counts = [
        tag(
            "li",
            _badge(word, words),
            f" {words.whole(sum(evidence[path].certainty == word for path in own))}",
        )
        for word in CERTAINTIES
        if any(evidence[path].certainty == word for path in own)
    ]
    head = [words(f"evidence.{key}") for key in ("what", "value", "certainty", "source")]
    title = words.several("evidence.all", len(own))
    table = tag(
        "table",
        tag("thead", tag("tr", [tag("th", text, scope="col") for text in head])),
        tag("tbody", rows),
        class_="evidence",
    )
    others = len(evidence) - len(own)
    return [
        tag("h3", words("evidence.title")),
        tag("p", words("evidence.intro")),
        tag("ul", counts, class_="counts"),
        tag("details", tag("summary", title), scroller(table, title)),
        tag("p", words("evidence.others", count=words.whole(others)), class_="note")
        if others
        else tag("span"),
    ]


def _note(note: str) -> Html | None:
    return tag("small", tag("bdi", note)) if note else None


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 120 else text[:117] + "..."


def not_concluded(material: Material, words: Words) -> list[Html]:
    """What these numbers do not say."""
    result, scenario = material.result, material.scenario
    lines = [words("limits.luck")]
    if result.n < _FEW:
        lines.append(words.several("limits.few", result.n))
    lines.append(_of_load(material, words))
    if material.influence is None or not material.influence.is_stated:
        lines.append(words("limits.inputs"))
    assumed = sum(entry.certainty == "assumption" for entry in scenario.evidence.values())
    if assumed:
        lines.append(
            words(
                "limits.assumed",
                count=words.whole(assumed),
                all=words.whole(len(scenario.evidence)),
            )
        )
    if len(scenario.office_names) > 1:
        lines.append(words("limits.offices"))
    if any(key[2] == "contact_ratio" for key in material.figures.keys):
        lines.append(words("limits.choice"))
    lines.append(words("limits.model"))
    warnings = scenario.check()
    parts = [tag("ul", [tag("li", line) for line in lines if line])]
    if warnings:
        parts.append(
            tag(
                "details",
                tag("summary", words.several("limits.warnings", len(warnings))),
                tag("ul", [tag("li", text) for text in warnings], lang="en"),
                open=True,
            )
        )
    return parts


def _of_load(material: Material, words: Words) -> str:
    """What theory says of the load, in the words of the language."""
    state = material.scenario.describe().state
    if state == "stable":
        return ""
    return words(f"limits.{state}")

"""The page: six parts, style and script in one file that asks no network for anything."""

from __future__ import annotations

from importlib import resources
from typing import Any

from capsim.reporting.markup.html import Html, json_for_script, name, tag
from capsim.reporting.markup.words import Words
from capsim.reporting.numbers.material import Material
from capsim.reporting.numbers.replay import replay_of
from capsim.reporting.parts.answer import answer_of, period_of
from capsim.reporting.parts.assumptions import assumptions, not_concluded
from capsim.reporting.parts.method import method, replay
from capsim.reporting.parts.over_time import over_time
from capsim.reporting.parts.tables import compared, measures, money, plans
from capsim.reporting.parts.whatif import what_if, what_if_data

__all__ = ["page_of"]

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
"""What the browser may load: nothing from anywhere."""


def page_of(material: Material, words: Words) -> str:
    """The whole page as HTML."""
    scenario = material.scenario
    title = words("title", name=name(scenario.label))
    data = json_for_script(_data(material, words))
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="generator", content="capsim"),
        tag("title", title),
        tag("style", Html(_asset("page.css"))),
    )
    parts = _parts(material, words)
    contents = tag(
        "nav",
        tag("ol", [tag("li", tag("a", words(f"part.{key}"), href=f"#{key}")) for key, _ in parts]),
        aria_label=words("contents"),
    )
    body = tag(
        "body",
        tag("a", words("skip"), href="#answer", class_="skip"),
        tag(
            "header",
            tag("h1", words("heading", name=name(scenario.label))),
            tag("p", period_of(scenario, words), class_="note"),
            contents,
        ),
        tag("main", [_section(key, content, words) for key, content in parts]),
        tag("footer", tag("p", words("footer"))),
        tag("script", data, type="application/json", id="data"),
        tag("script", Html(_asset("page.js"))),
    )
    html = tag("html", head, body, lang=words.language, dir="ltr")
    return f"<!DOCTYPE html>\n{html}\n"


def _parts(material: Material, words: Words) -> list[tuple[str, Any]]:
    sentences = answer_of(material, words)
    return [
        ("answer", tag("div", [tag("p", text) for text in sentences], class_="answer")),
        ("over_time", over_time(material, words)),
        (
            "tables",
            [
                tag("h3", words("compared.title")),
                compared(material, words),
                plans(material, words),
                tag("h3", words("measures_title")),
                measures(material, words),
                money(material, words),
            ],
        ),
        ("what_if", what_if(material, words)),
        (
            "assumptions",
            [
                assumptions(material, words),
                tag("h3", words("limits.title")),
                not_concluded(material, words),
            ],
        ),
        (
            "method",
            [
                method(material, words),
                tag("h3", words("replay.title")),
                replay(material, words),
            ],
        ),
    ]


def _section(key: str, content: Any, words: Words) -> Html:
    heading = tag("h2", words(f"part.{key}"), id=f"{key}-title")
    return tag("section", heading, content, id=key, aria_labelledby=f"{key}-title")


def _data(material: Material, words: Words) -> dict[str, Any]:
    """What the script reads."""
    form = words.table["form"]
    return {
        "whatIf": what_if_data(material, words),
        "replay": replay_of(material.runs[0]) if material.runs else None,
        "form": {
            "months": form["months"],
            "date": form["date"],
            "first": form["first"],
            "thousands": form["thousands"],
            "pause": words("replay.pause"),
            "play": words("replay.play"),
            "each": words("replay.each", count="{count}"),
            "waiting": words("replay.waiting"),
            "inside": words("replay.inside"),
        },
    }


def _asset(file: str) -> str:
    return resources.files("capsim.reporting").joinpath(file).read_text(encoding="utf-8")

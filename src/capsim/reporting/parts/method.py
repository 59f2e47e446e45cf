"""Part 6: how it was computed, the scenario to copy, and one run to watch."""

from __future__ import annotations

from typing import Any

from capsim.reporting.markup.html import Html, name, tag
from capsim.reporting.markup.words import Words
from capsim.reporting.numbers.material import Material
from capsim.reporting.parts.over_time import scroller
from capsim.scenario.files.writing import to_toml

__all__ = ["method", "replay", "scenario_text"]

_LONGEST = 400_000
"""Characters of a scenario that a page holds."""


def method(material: Material, words: Words) -> list[Html]:
    """Replications, seed, versions, and how to get the same numbers again."""
    result, scenario = material.result, material.scenario
    origin = result.provenance
    versions = ", ".join(f"{key} {value}" for key, value in origin["versions"].items() if value)
    rows: list[tuple[str, Any]] = [
        ("scenario", tag("bdi", scenario.label)),
        ("replications", words.whole(result.n)),
        ("seed", tag("code", str(result.seed))),
        ("engine", result.engine),
        ("versions", versions),
        ("machine", str(origin.get("machine", ""))),
        ("hash", tag("code", scenario.hash)),
    ]
    if scenario.overrides:
        rows.append(("overrides", tag("bdi", _listed(scenario.overrides))))
    table = tag(
        "table",
        tag(
            "tbody",
            [
                tag("tr", tag("th", words(f"method.{key}"), scope="row"), tag("td", value))
                for key, value in rows
            ],
        ),
    )
    own = f"capsim.replicate(scenario, n={result.n}, seed={result.seed}, by='1 month', control=0)"
    lines = [tag("li", tag("code", own))]
    if material.grid is not None:
        n, seed = material.grid.n, result.seed
        sweep = f"capsim.sweep(scenario, points, n={n}, seed={seed}, control=0)"
        lines.append(tag("li", tag("code", sweep)))
    return [
        tag("p", words("method.intro")),
        scroller(table, words("method.title")),
        tag("p", words("method.again")),
        tag("ul", lines),
        *_scenario(material, words),
    ]


def _listed(overrides: dict[str, Any]) -> str:
    return "; ".join(f"{path} = {value}" for path, value in overrides.items())


def scenario_text(material: Material) -> str | None:
    """The scenario as a file has it; None if it is too long for a page."""
    text = to_toml(material.scenario.to_dict())
    return text if len(text) <= _LONGEST else None


def _scenario(material: Material, words: Words) -> list[Html]:
    text = scenario_text(material)
    if text is None:
        return [tag("p", words("method.too_long"), class_="note")]
    return [
        tag(
            "details",
            tag("summary", words("method.file")),
            tag(
                "p",
                tag("button", words("method.copy"), type="button", id="copy"),
                " ",
                tag("span", id="copied", role="status", data_text=words("method.copied")),
            ),
            tag("pre", text, id="scenario", tabindex="0", aria_label=words("method.file")),
        )
    ]


def replay(material: Material, words: Words) -> list[Html]:
    """One run, day by day, with pause and step."""
    if not material.runs:
        return [tag("p", words("replay.nothing"))]
    stages = list(material.runs[0].setting.stages)
    buttons = [
        tag("button", words(f"replay.{kind}"), type="button", id=f"replay-{kind}")
        for kind in ("play", "back", "step")
    ]
    rows = [
        tag(
            "tr",
            tag("th", name(stage), scope="row"),
            tag("td", "", id=f"replay-waiting-{place}"),
            tag("td", "", id=f"replay-inside-{place}"),
        )
        for place, stage in enumerate(stages)
    ]
    head = [words("replay.stage"), words("replay.waiting"), words("replay.inside")]
    return [
        tag("p", words("replay.intro", seed=material.result.seed)),
        tag(
            "div",
            buttons,
            tag("label", words("replay.speed"), " ", _speeds(words)),
            class_="controls",
        ),
        tag(
            "div",
            tag("label", words("replay.day"), for_="replay-day"),
            tag("output", "", id="replay-date", for_="replay-day"),
            tag("input", type="range", id="replay-day", min=0, max=1, step=1, value=0),
            class_="slider",
        ),
        tag("canvas", id="replay-canvas", role="img", aria_label=words("replay.picture")),
        tag("p", "", id="replay-each", class_="note"),
        scroller(
            tag(
                "table",
                tag("thead", tag("tr", [tag("th", text, scope="col") for text in head])),
                tag("tbody", rows),
                id="replay-table",
            ),
            words("replay.picture"),
        ),
    ]


def _speeds(words: Words) -> Html:
    options = [
        tag("option", words(f"replay.{kind}"), value=value, selected=kind == "usual")
        for kind, value in (("slow", 2), ("usual", 7), ("fast", 30))
    ]
    return tag("select", options, id="replay-speed")

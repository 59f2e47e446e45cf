"""A document of headings, paragraphs, tables and prompts, written as Markdown and as HTML."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from capsim.reporting.markup.html import Html, tag

if TYPE_CHECKING:
    from capsim.scenario import Scenario

__all__ = ["Block", "as_html", "as_markdown"]

_SPECIAL = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>|#"} | {"\n": " ", "\r": " "})


@dataclass(frozen=True)
class Block:
    """One piece of a document.

    Attributes
    ----------
    kind : {"title", "section", "item", "text", "prompt", "table", "list", "pathway"}
    text : str
        Of a pathway: its flowchart, as Mermaid writes it.
    rows : tuple of tuples
        Of a table, its header first; of a list one cell each.
    """

    kind: Literal["title", "section", "item", "text", "prompt", "table", "list", "pathway"]
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


def as_markdown(blocks: list[Block]) -> str:
    """The document as Markdown; whatever a user wrote stays a text."""
    return "\n\n".join(_markdown(block) for block in blocks) + "\n"


def _markdown(block: Block) -> str:
    text = block.text.translate(_SPECIAL)
    if block.kind in ("title", "section", "item"):
        return f"{'#' * (1 + ('title', 'section', 'item').index(block.kind))} {text}"
    if block.kind == "prompt":
        return f"> **Author:** {text}"
    if block.kind == "pathway":
        return f"```mermaid\n{block.text}\n```"
    if block.kind == "list":
        return "\n".join(f"* {row[0].translate(_SPECIAL)}" for row in block.rows)
    if block.kind == "table":
        lines = [" | ".join(cell.translate(_SPECIAL) for cell in row) for row in block.rows]
        rule = " | ".join("---" for _ in block.rows[0])
        return "\n".join(f"| {line} |" for line in (lines[0], rule, *lines[1:]))
    return text


def as_html(blocks: list[Block], title: str, scenario: Scenario) -> str:
    """The document as a page that asks no network."""
    style = resources.files("capsim.reporting").joinpath("page.css").read_text(encoding="utf-8")
    page = tag(
        "html",
        tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("title", title),
            tag("style", Html(style)),
        ),
        tag("body", tag("main", [_html(block, scenario) for block in blocks])),
        lang="en",
    )
    return f"<!DOCTYPE html>\n{page}\n"


def _html(block: Block, scenario: Scenario) -> Html:
    if block.kind == "title":
        return tag("h1", block.text)
    if block.kind in ("section", "item"):
        return tag("h2" if block.kind == "section" else "h3", block.text)
    if block.kind == "prompt":
        return tag("p", tag("strong", "Author: "), block.text, class_="answer")
    if block.kind == "list":
        return tag("ul", [tag("li", row[0]) for row in block.rows])
    if block.kind == "pathway":
        return tag("figure", _drawing(scenario), role="img", aria_label=block.text)
    if block.kind == "table":
        head, *body = block.rows
        table = tag(
            "table",
            tag("thead", tag("tr", [tag("th", cell, scope="col") for cell in head])),
            tag("tbody", [tag("tr", [tag("td", cell) for cell in row]) for row in body]),
        )
        return tag("div", table, class_="scroll", tabindex="0", role="region", aria_label=head[0])
    return tag("p", block.text)


def _drawing(scenario: Scenario) -> Html:
    """The pathway as SVG."""
    from capsim import plots

    with tempfile.TemporaryDirectory() as folder:
        *_, file = plots.save(plots.pathway(scenario), Path(folder) / "pathway")
        text = file.read_text(encoding="utf-8")
    return Html(text[text.index("<svg") :])

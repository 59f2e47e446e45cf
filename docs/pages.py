"""Pages of the documentation that are read off the sources: fields, measures, contract, names.

`conf.py` writes them into `docs/generated` before the site is built; nothing here needs sphinx.
"""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import capsim
import capsim.engines
import capsim.experiments
import capsim.theory
from capsim.catalogue import MEASURES, measure_named
from capsim.catalogue.measures import STAGE_SERIES, TEAM_SERIES

ROOT = Path(__file__).parents[1]
LANGUAGES = ("nl", "fr")

REACHED = {
    "always": "nobody was there",
    "by people": "too many still waited",
    "in time": "it did not come before the end of the run",
}
RESULTS = (
    *("Replications", "Comparison", "Sweep", "Selection", "Sensitivity", "Uncertainty"),
    *("Staffing", "Forecast", "Funded"),
)
"""Classes of what studies give back."""


def write(folder: Path) -> None:
    """Write all generated pages into a folder; a page that did not change is left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """Name of each generated page, and its text."""
    return {
        "fields.md": "\n".join(_fields()),
        "measures.md": "\n".join(_measures()),
        "engines.rst": "\n".join(_contract()),
        "names.rst": "\n".join(_names()),
        "theory.rst": "\n".join(_theory()),
    }


def _fields() -> Iterator[str]:
    """The scenario language, a section for each table at the top."""
    guide = capsim.fields()
    yield "# The scenario language, field by field\n"
    yield (
        f"{len(guide)} entries, read off the tables that check a scenario; the terminal shows the "
        "same: `capsim fields teams.caseload_limit`. Names in capitals stand for yours. A duration "
        'is a text with its unit, such as `"45 min"`, `"10 workdays"` or `"1 month"` (s, min, h, '
        "days, workdays, weeks, months, years); where a law may stand, a bare duration is one that "
        "never varies. Every number may also be changed by `variants`, `uncertain`, `with_` and "
        "`--set`, by its dotted path.\n"
    )
    yield "```{raw} html"
    yield (
        '<p><label for="filter">Show only fields that say</label> '
        '<input id="filter" type="search" placeholder="caseload, meeting, per_month ...">'
        ' <span id="filter-count" role="status"></span></p>'
    )
    yield "```\n"
    for entry in guide:
        if "." not in entry.path:
            yield f"## {entry.path}\n"
        unit = f", {entry.unit}" if entry.unit not in ("", "its own", "none") else ""
        facts = [f"{entry.kind}{unit}", entry.rule]
        facts.append(entry.default if entry.default == "required" else f"default {entry.default}")
        yield "::::{container} field-entry"
        yield f"`{entry.path}`"
        yield f": {entry.meaning}"
        yield f"\n  {_escaped('; '.join(filter(None, facts)))}"
        if entry.example:
            yield f"\n  Example: `{entry.example}`"
        if entry.also:
            yield f"\n  Also: {', '.join(f'`{place}`' for place in entry.also)}"
        yield "::::\n"


def _escaped(text: str) -> str:
    return re.sub(r"([*_\[\]<])", r"\\\1", text)


def _measures() -> Iterator[str]:
    """Every measure with its words in three languages, its unit, its formula and its limits."""
    words = {
        language: tomllib.loads(
            (ROOT / "src/capsim/reporting/languages" / f"{language}.toml").read_text("utf-8")
        )["measures"]
        for language in LANGUAGES
    }
    yield "# Measures and their formulas\n"
    yield (
        "What each is called, what is computed and where it could mislead, from the one record "
        "that tables, figures and targets use (`capsim.catalogue.measures`). In the formulas T is "
        "the length of the window, n the number of people who joined in it (followed to the end "
        "of the run), i one of them, v a visit, t a time, d a day; times are calendar days. S is "
        "the share who wait longer, by Kaplan and Meier, so that those who still wait count. "
        "The definitions in full are in `capsim.measures.reference`; "
        "[which time is meant](../how-to/windows.md) has a page of its own.\n"
    )
    for name in MEASURES:
        one = measure_named(name)
        yield f"## {name}\n"
        yield f"**{one.title}**, of a {one.of}" if one.of != "money" else f"**{one.title}**"
        names = [f"{language}: {words[language][name]['title']}" for language in LANGUAGES]
        yield f"({'; '.join(names)}). {one.explanation}\n"
        yield f"* computed: `{one.formula}`"
        low, high = one.limits
        limits = f", {low:g} to {high:g}" if high < float("inf") else ""
        yield f"* unit: {one.unit or 'none'}{limits}"
        yield f"* missing where {REACHED[one.reached]}"
        yield f"* more staff: {_staff(one.more_staff)}\n"
    yield "## Series over time\n"
    yield (
        "Asked by `run.series(every=...)`, and drawn by `plots.queues`, `plots.caseload` and "
        "`plots.pending`.\n"
    )
    yield "| of | series | what |"
    yield "|---|---|---|"
    for one in (*STAGE_SERIES, *TEAM_SERIES):
        yield f"| {one.of} | `{one.name}` | {one.explanation} |"


def _staff(word: str) -> str:
    return {
        "lowers": "lowers it",
        "raises": "raises it",
        "either": "may do either",
        "nothing": "does nothing to it",
    }[word]


def _contract() -> Iterator[str]:
    """The rules that both engines keep, as they stand with the engines."""
    title = "The contract of the engines"
    yield f"{title}\n{'=' * len(title)}\n"
    yield inspect.cleandoc(capsim.engines.__doc__ or "")


def groups() -> dict[str, list[str]]:
    """The public names in the order of a study, as the docstring of the package lists them."""
    text = inspect.cleandoc(capsim.__doc__ or "")
    items = re.findall(r"^\* ([^:]+): ((?:.|\n  )+)", text, re.MULTILINE)
    return {group: re.findall(r"`(\w+)`", names) for group, names in items}


def _names() -> Iterator[str]:
    """The public names, each with a page of its own."""
    yield "Names of the library\n====================\n"
    yield "All of these are reached as ``capsim.NAME``.\n"
    for group, names in groups().items():
        modules = [name for name in names if inspect.ismodule(getattr(capsim, name))]
        yield from _summary(group, "capsim", [name for name in names if name not in modules])
        for module in modules:
            where = ":doc:`theory`" if module == "theory" else "the figures below"
            yield f"``capsim.{module}``: {where}\n"
    yield from _summary("results of studies", "capsim.experiments", list(RESULTS))
    yield from _summary("figures", "capsim.plots", list(capsim.plots.__all__))


def _theory() -> Iterator[str]:
    """What is known without simulation."""
    yield "Theory\n======\n"
    yield (inspect.cleandoc(capsim.theory.__doc__ or "")) + "\n"
    yield "Beside every result stands what theory says of it: ``result.theory()``. As functions:\n"
    yield from _summary("functions", "capsim.theory", list(capsim.theory.__all__))


def _summary(title: str, module: str, names: list[str]) -> Iterator[str]:
    title = title[0].upper() + title[1:]
    yield f"{title}\n{'-' * len(title)}\n"
    yield f".. currentmodule:: {module}\n"
    yield ".. autosummary::\n   :toctree: api\n"
    yield from (f"   {name}" for name in names)
    yield ""

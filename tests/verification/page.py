"""docs/verification.md and docs/phenomena.md, from what the tests recorded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from verification.case import FALSE_ALARM, MISS, Case, Finding
from verification.catalogue import NOT_STATED, all_cases, cases
from verification.drawing import Line, drawing
from verification.stories import stories

PLOTS = "verification"
Records = Mapping[str, list[Any]]


class PageError(ValueError):
    """Something that the page has to show was not run."""


def write(folder: Path, records: Records, counts: Mapping[str, int], failed: list[str]) -> None:
    """Write both pages and the drawings; with failures they say so.

    Raises
    ------
    PageError
        If a case is missing, because only a part of the tests was run.
    """
    found = {
        finding["case"]: [Finding(**one) for one in group]
        for group in records.get("verification", [])
        for finding in group[:1]
    }
    missing = [case.name for case in all_cases() if case.name not in found]
    if missing:
        raise PageError(f"not run, so that there is no page: {', '.join(missing)}")
    folder.mkdir(parents=True, exist_ok=True)
    wrong = {(one["case"], one["wrong"]): one for one in records.get("wrong", [])}
    plots = _draw(folder / PLOTS, records)
    text = _verification(found, wrong, counts, plots, failed)
    (folder / "verification.md").write_text(text, encoding="utf-8")
    told = {one["name"]: one for one in records.get("story", [])}
    (folder / "phenomena.md").write_text(stories(found, told), encoding="utf-8")


def number(value: float) -> str:
    """Five significant digits, without an exponent where that can be read."""
    if value == 0:
        return "0"
    if 1e-4 <= abs(value) < 1e6:
        text = f"{value:.5g}"
        return f"{float(text):g}" if "e" not in text else f"{value:.0f}"
    return f"{value:.3g}"


def table(header: Iterable[str], rows: Iterable[Iterable[str]], *, left: int = 1) -> list[str]:
    """A table in Markdown; columns from `left` on are aligned to the right."""
    header = list(header)
    marks = ["---" if place < left else "---:" for place in range(len(header))]
    return [
        f"| {' | '.join(header)} |",
        f"| {' | '.join(marks)} |",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]


def slug(name: str) -> str:
    """A name for a file."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _draw(folder: Path, records: Records) -> list[tuple[Case, str]]:
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    paths = {one["case"]: one["paths"] for one in records.get("paths", [])}
    drawn = []
    for case in all_cases():
        if not case.curves:
            continue
        lines = [
            Line(curve.label, curve.times, curve.exact(), np.array(mean), np.array(error))
            for curve, (mean, error) in zip(case.curves, paths[case.name], strict=True)
        ]
        units = {1.0: "days", 30.4375: "months", 1 / 24: "hours", 7.0: "weeks"}
        name = f"{slug(case.name)}.svg"
        title = f"{case.name}: {lines[0].label}" if len(lines) == 1 else case.name
        text = drawing(title, lines, unit=units[case.unit])
        (folder / name).write_text(text, encoding="utf-8")
        drawn.append((case, name))
    return drawn


def _verification(
    found: Mapping[str, list[Finding]],
    wrong: Mapping[tuple[str, str], Any],
    counts: Mapping[str, int],
    plots: list[tuple[Case, str]],
    failed: list[str],
) -> str:
    everything = [finding for group in found.values() for finding in group]
    bad = [finding for finding in everything if finding.problem]
    off = np.array([abs(finding.off) for finding in everything])
    noticed = sum(bool(one["seen"]) for one in wrong.values())
    lines = [
        "# Verification",
        "",
        "`make verify` simulates every case of this page anew and writes the page; nothing on it "
        "is typed by hand.",
        "",
        f"**{len(everything)} exact figures of {len(found)} cases: {len(everything) - len(bad)} "
        f"agree, {len(bad)} do not. {len(wrong)} models that are wrong on purpose: {noticed} "
        f"noticed.**",
        "",
    ]
    if failed:
        lines += ["Failed in this run:", "", *(f"* `{name}`" for name in failed), ""]
    lines += [
        "## How it is judged",
        "",
        "Each case is a scenario in the language of capsim (`tests/verification`), simulated with "
        "independent replications. A figure agrees if it lies in the interval around the simulated "
        f"mean that a correct model misses once in {1 / FALSE_ALARM:,.0f} checks. The column "
        f"*finds* says which error is found with certainty: a model off by so much passes once in "
        f"{1 / MISS:,.0f} checks; with too few replications for that a check refuses to judge. "
        "*off* is the difference in standard errors.",
        "",
        f"Of {len(off)} differences {np.mean(off > 1.96):.1%} are beyond 1.96 standard errors "
        "(5 % is what chance gives; figures of one case move together), the largest is "
        f"{off.max():.2f}.",
        "",
        "That the checks can fail is tested with models that are wrong on purpose: work 2 % "
        "longer, a worker fewer, a place more, hired too late. They are listed at the end.",
        "",
        "## Other witnesses",
        "",
        *_witnesses(counts),
        "## Paths over time",
        "",
        "Lines are exact, points simulated, with four standard errors on either side.",
        "",
        *(f"![{case.name}]({PLOTS}/{name})" for case, name in plots),
        "",
    ]
    for section, group in cases().items():
        lines += [f"## {section}", ""]
        lines += table(
            ["case", "model", "source of the exact figures", "replications", "remark"],
            ([c.name, c.model, c.source, str(c.n), c.note] for c in group),
            left=5,
        )
        rows = []
        for case in group:
            for place, finding in enumerate(found[case.name]):
                rows.append(
                    [
                        case.name if place == 0 else "",
                        finding.quantity,
                        number(finding.exact),
                        number(finding.simulated),
                        f"{number(finding.lower)} to {number(finding.upper)}",
                        f"{finding.off:+.2f}",
                        f"±{finding.detectable:.2g}",
                        finding.verdict if not finding.problem else f"**{finding.verdict}**",
                    ]
                )
        header = ["case", "figure", "exact", "simulated", "interval", "off", "finds", "verdict"]
        lines += table(header, rows, left=2)
    lines += [
        "## Published figures and their exact values",
        "",
        *PUBLISHED,
        "",
        "## Figures that no scenario can state",
        "",
        *(f"* *{what}*: {reason}." for what, reason in NOT_STATED.items()),
        "",
        "## Wrong on purpose",
        "",
        *table(
            ["case", "what is wrong", "figures that notice"],
            (
                [case, what, f"{len(one['seen'])} of {one['of']}"]
                for (case, what), one in sorted(wrong.items())
            ),
            left=2,
        ),
    ]
    return "\n".join(lines).rstrip() + "\n"


PUBLISHED = [
    "* 01 (Monks et al. 2016): the occupancies are exactly Poisson, so that P(delay) follows. The "
    "article's *one in 7 at 10 acute beds* is 0.128, *one in 50 at 14* is 0.0192; its pooled 22 "
    "and 26 beds, 0.0647 and 0.0163 in 150 replications of the Python version, are 0.0629 and "
    "0.0158.",
    "* 03 (nurse clinic): the committed 95 % interval of the mean wait, 0.4653 to 0.5117 minutes, "
    "misses the exact 0.5215; that of the utilisation, 0.4941 to 0.4995, misses 0.5. Those seeds "
    "drew a low load.",
    "* 07 (Erlang A): 20.8 s, 58.1 s, 17, 96 % and 3.1 %, 3.7 s, 3, 93 % are 20.83, 58.14, 16.67, "
    "96.00 and 3.09 %, 3.71, 2.97, 93.03.",
    "* 08 (case manager): the structure is that of Campello, Ingolfsson and Shumsky (2017); the "
    "figures are the exact ones of the chain.",
    "* 09 (car park), 10, 12, 13: exact to the digits printed.",
]


def _witnesses(counts: Mapping[str, int]) -> list[str]:
    agreed = counts.get("scenarios on which the engines agree", 0)
    rows = [
        ["generated scenarios on which both engines give equal tables and measures", agreed],
        ["errors put into the kernels on purpose, all of them noticed", counts.get("mutants", 0)],
        [
            "comparisons with Ciw, a SimPy model and recursions, customer by customer",
            counts.get("peers", 0),
        ],
    ]
    return table(["what", "number"], ([what, f"{n:,}"] for what, n in rows))

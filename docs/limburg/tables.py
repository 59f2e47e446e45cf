"""Numbers in the pages: `<!--=NAME:FORMAT-->39 %<!---->` in a sentence, tables in comments.

NAME is a path in numbers.json. FORMAT: n about, w whole, d one decimal, dd two, p per cent; + with
its sign, abs without. `fill_pages` writes what stands between the comments; a test compares.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGES = {"limburg.md": "en", "limburg.nl.md": "nl", "limburg.fr.md": "fr", "limburg-model.md": "en"}
WORDS = tomllib.loads((HERE / "words.toml").read_text(encoding="utf-8"))

_IN_LINE = re.compile(r"<!--=([^:>]+):([^>]+)-->(.*?)<!---->", re.DOTALL)
_TABLE = re.compile(r"<!--table ([\w-]+)-->\n(.*?)<!--/table-->", re.DOTALL)

DEMAND = {
    "informed-early": "1", "informed": "1", "phased": "2", "clusters": "3", "structural-staff": "4",
    "late-staff": "4", "joint-activation": "5", "together": "1, 2, 4, 5",
}  # fmt: skip
"""Variants of the first table, by the number of the demand in the letter."""

OTHERS = (
    "phased-3-months", "phased-6-months", "extra-meetings", "structural-28", "structural-42",
    "hard-hiring", "decisions-first", "vdab", "complexity", "fears", "all-together",
)  # fmt: skip
COLUMNS = (("peak", "n"), ("late_n", "n"), ("sets", "p"), ("person_days", "n"), ("files_2028", "d"))


def found(numbers: Any, path: str) -> Any:
    """What stands at a dotted path."""
    node = numbers
    for name in path.split("."):
        node = node[int(name)] if isinstance(node, list) else node[name]
    return node


def shown(value: float, form: str, language: str) -> str:
    """A number as the language writes it; from 10,000 on in steps of a hundred.

    Examples
    --------
    >>> shown(1234.5, "n", "nl"), shown(-0.125, "+p", "en"), shown(2.25, "abs d", "fr")
    ('1.230', '−12 %', '2,2')
    """
    words = WORDS[language]
    kind = form.split()[-1].lstrip("+")
    if "abs" in form:
        value = abs(value)
    if kind == "w":
        text = f"{abs(value):.0f}"
    elif kind == "p":
        text = f"{100 * abs(value):.0f}\u00a0%"
    elif kind == "n":
        steps = 10 if abs(value) >= 100 else 1
        text = f"{round(abs(value) / steps) * steps:,}".replace(",", words["thousands"])
    else:
        text = f"{abs(value):.{len(kind)}f}".replace(".", words["decimal"])
    is_zero = not re.search("[1-9]", text)
    sign = "" if is_zero else "−" if value < 0 else "+" if "+" in form else ""
    return sign + text


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _cells(numbers: Any, variant: str, language: str) -> list[str]:
    is_level = variant in ("none", "announced")
    sign = "" if is_level else "+"
    kind = "level" if is_level else "worth"
    over = numbers["inputs"][kind].get(variant, {})
    means = numbers[kind]["preset"][variant]

    def with_range(key: str, form: str) -> str:
        text = shown(means[key][0], sign + form, language)
        if key in over:
            ends = [shown(end, sign + form, language) for end in over[key]]
            text += f"<br>({ends[0]} {WORDS[language]['to']} {ends[1]})"
        return text

    def in_both_sets(form: str) -> str:
        shares = [numbers["level"][which][variant]["late"][0] for which in ("preset", "few")]
        return " / ".join(shown(share, form, language) for share in shares)

    cells = [
        in_both_sets(form) if key == "sets" else with_range(key, form) for key, form in COLUMNS
    ]
    base = 0 if is_level else numbers["money"]["announced"]["posts"]
    cells.append(shown(numbers["money"][variant]["posts"] - base, sign + "d", language))
    cells.append(with_range("cost", "d"))
    own_pace = numbers["years"]["own_pace"].get(variant)
    without = is_level or own_pace is None
    return [*cells, "" if without else shown(own_pace["cost"][0], "+d", language)]


def demands(numbers: Any, language: str) -> str:
    """The one table: levels of two, and the demands as differences from the announced."""
    words = WORDS[language]
    rows = [
        [f"**{words['variants'][one]}**", *_cells(numbers, one, language)]
        for one in ("none", "announced")
    ]
    rows += [
        [f"**{number}** {words['variants'][one]}", *_cells(numbers, one, language)]
        for one, number in DEMAND.items()
    ]
    return table(words["demands"], rows)


def others(numbers: Any, language: str) -> str:
    """The same of what else was tried, and of what is feared."""
    words = WORDS[language]
    rows = [[words["variants"][one], *_cells(numbers, one, language)] for one in OTHERS]
    return table(words["demands"], rows)


def sensitivity(numbers: Any, language: str) -> str:
    """Inputs by influence."""
    words, rows = WORDS[language], []
    for row in numbers["sensitivity"]:
        ends = [_end(end, language) for end in row["ends"]]
        effect = [shown(100 * value, "+n", language) for value in row["late"]]
        middle = f"{effect[0]} {words['to']} {effect[1]}"
        rows.append([words["inputs"][row["input"]], *ends, middle])
    return table(words["sensitivity"], rows)


def _end(text: str, language: str) -> str:
    number, _, unit = text.partition(" ")
    unit = WORDS["units"].get(language, {}).get(unit, unit)
    return f"{number.replace('.', WORDS[language]['decimal'])} {unit}".strip()


def trap(numbers: Any, language: str) -> str:
    """What phasing does to the doubled subsidy."""
    rows = []
    for one in ("announced", "phased-3-months", "phased-6-months", "phased", "phased-window-moved"):
        money = numbers["money"][one]
        name = WORDS[language]["variants"][one].split(" (")[0]
        rows.append([name, shown(money["covered"], "p", language),
                     shown(money["doubled"], "dd", language),
                     shown(money["reimbursed"], "d", language)])  # fmt: skip
    return table(WORDS[language]["trap"], rows)


def funded(numbers: Any, language: str) -> str:
    """The same money in three ways: posts, and late decisions."""
    words, rows = WORDS[language], []
    years = ("2026", "2027", "2028")
    parts = numbers["funded_staff"]
    outflow, files = parts["funded-by-outflow"], parts["funded-per-file"]
    lasting = {year: sum(files["posts"][one] for one in years) / 3 for year in years}
    for name, posts, late, which in (
        (words["funded_rows"][0], dict.fromkeys(years, 0.0), files["late"], "without"),
        (words["funded_rows"][1], outflow["posts"], outflow["late"], "funded"),
        (words["funded_rows"][2], files["posts"], files["late"], "funded"),
        (words["funded_rows"][3], lasting, files["late"], "structural"),
    ):
        rows.append([name, *(shown(posts[year], "d", language) for year in years),
                     *(shown(late[year][which], "p", language) for year in years)])  # fmt: skip
    return table(words["funded"], rows)


def base(numbers: Any, language: str) -> str:
    """The province without the reform."""
    level = numbers["level"]["preset"]["none"]
    rows = [
        [title, f"{shown(level[key][0], form, language)} ± {shown(level[key][1], form, language)}"]
        for title, key, form in (
            ("people in guidance, mean of 2028", "stock", "n"),
            ("client hours used", "used", "p"),
            ("files per post", "files", "d"),
            ("days from application to decision, mean", "days", "d"),
            ("nine in ten decided within, days", "p90", "d"),
            ("decided late", "late", "p"),
            ("contact ratio", "contact", "dd"),
            ("most people without a decision", "peak", "n"),
        )
    ]
    return table(["2026, without the reform", "mean ± half of the 95 % interval"], rows)


def variants(numbers: Any, language: str) -> str:
    """All variants of the preset, and some of them without the reform."""
    rows = []
    for name, level in numbers["level"]["preset"].items():
        cells = [
            shown(level[key][0], form, language)
            for key, form in (
                ("late", "p"),
                ("late_2027", "p"),
                ("late_2028", "p"),
                ("days", "d"),
                ("peak", "n"),
                ("files_2028", "d"),
            )
        ]
        calm = numbers["calm"].get(name)
        without = "" if calm is None else shown(calm["late"][0], "p", language)
        stock = "" if calm is None else shown(calm["stock"][0], "n", language)
        rows.append([f"`{name}`", *cells, without, stock])
    head = [
        "variant",
        "late 2026",
        "2027",
        "2028",
        "days",
        "peak",
        "files per post 2028",
        "late, no reform",
        "stock, no reform",
    ]
    return table(head, rows)


def months(numbers: Any, language: str) -> str:
    """Late share by month."""
    late = numbers["months"]["late"]
    every = sorted(next(iter(late.values())))
    rows = [
        [f"`{name}`", *(shown(row[month], "p", language) for month in every)]
        for name, row in late.items()
    ]
    return table(["late, by month of 2026", *every], rows)


TABLES: Mapping[str, Callable[[Any, str], str]] = {
    one.__name__: one
    for one in (demands, others, sensitivity, trap, funded, base, variants, months)
}


def filled(text: str, numbers: Any, language: str) -> str:
    """A page with the numbers in their places."""

    def number(match: re.Match[str]) -> str:
        value = found(numbers, match[1])
        return f"<!--={match[1]}:{match[2]}-->{shown(float(value), match[2], language)}<!---->"

    def block(match: re.Match[str]) -> str:
        return f"<!--table {match[1]}-->\n{TABLES[match[1]](numbers, language)}<!--/table-->"

    return _IN_LINE.sub(number, _TABLE.sub(block, text))


def fill_pages(numbers: Any) -> None:
    """Write the numbers into the pages."""
    for name, language in PAGES.items():
        page = HERE.parent / name
        text = page.read_text(encoding="utf-8")
        page.write_text(filled(text, numbers, language), encoding="utf-8")

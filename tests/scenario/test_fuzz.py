"""Whatever stands in a file, the answer is a scenario or a ScenarioError, and soon.

Two and three mistakes at once, most of them in one table: in the tables of a scenario, in the text
of its file, in a trace, and in overrides. A seed that once failed stays in `KEPT`.
"""

import copy
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from capsim.plan import compile_plan
from capsim.scenario import Scenario, ScenarioError
from capsim.scenario.files.writing import to_json, to_toml
from capsim.scenario.loading import load

SLOWEST = 10.0
"""Seconds of the processor for one case: far above what any takes, far below a hang."""

DEEP: Any = "1 h"
for _ in range(200):
    DEEP = [DEEP]

JUNK: list[Any] = [
    None, True, False, 0, 1, -1, 3, 0.5, 1e300, float("nan"), float("inf"), 10**30, "", " ", "x",
    "3", "1 day", "10 workdays", "-1 h", "1e99 years", "2026-02-30", "2026-01-01", "intake", "all",
    [], [1], ["1 h", "2 h"], [[]], [None], {}, {"law": "gamma"}, {"law": 3}, {"x": {}},
    {"law": "mixture", "of": [{"share": 1, "law": "fixed", "mean": "1 h"}]}, {"share": 1},
    {"mean": "1 h", "law": "exponential"}, [{}], {"": 1}, {"a.b": 1}, {"every": "1 day"},
    1e-300, -1e-300, 2**63, 10**5000, DEEP, "9999-12-31", "0001-01-01", "0 s", "1e-300 h",
    "9999 years", "1e12 years", object(), {"law": "lognormal", "mean": "1 h", "cv": 1e-200},
    {"law": "weibull", "mean": "1 h", "cv": 900}, {"law": "gamma", "mean": "1 h", "sd": "5 years"},
    {"law": "geometric", "mean": 9e9}, {"law": "poisson", "mean": 1e-300}, {1: 2}, "main", "left",
    {"law": "scipy", "name": "norm", "args": [1, 2], "scale": "1 h"}, {"per_month": 1e11},
    {"law": "empirical", "values": ["1 h", "x"], "weights": [0, 0]}, {"unit": "per_day"},
    {"steps": [["1 day", 1], ["0 days", 2]], "unit": "per_day"}, [["a"], ["a", "b"]], 1 << 40,
]  # fmt: skip

RENAMED = ("main", "a b", "guidance", "mean", "fte", "law", "cases", "work", "next", "stages")


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of everything in plain data."""
    items = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    below = [place for key, item in items for place in places(item, (*path, key))]
    return [path, *below] if path else below


def damage(raw: dict[str, Any], place: tuple[Any, ...], source: random.Random) -> None:
    """Replace, rename, remove, lift or double what stands at a place, if it is still there."""
    *tables, last = place
    node: Any = raw
    for key in tables:
        try:
            node = node[key]
        except (KeyError, IndexError, TypeError):
            return
    if not isinstance(node, dict) or last not in node:
        if isinstance(node, list) and isinstance(last, int) and last < len(node):
            node[last] = copy.deepcopy(source.choice(JUNK))
        return
    action = source.choice(["replace", "replace", "replace", "rename", "remove", "lift", "add"])
    if action == "replace":
        node[last] = copy.deepcopy(source.choice(JUNK))
    elif action == "add":
        node[source.choice(RENAMED)] = copy.deepcopy(source.choice(JUNK))
    else:
        value = node.pop(last)
        if action == "rename":
            node[source.choice([f"{last}s", *RENAMED])] = value
        elif action == "lift" and isinstance(value, dict):
            node.update(value)


def damaged(raw: dict[str, Any], source: random.Random) -> dict[str, Any]:
    """Plain data with two or three mistakes, as a rule in one table."""
    raw = copy.deepcopy(raw)
    first = source.choice(places(raw))
    damage(raw, first, source)
    for _ in range(source.randint(1, 2)):
        near = [place for place in places(raw) if place[:2] == first[:2]]
        damage(raw, source.choice(near if near and source.random() < 0.7 else places(raw)), source)
    return raw


def example() -> dict[str, Any]:
    """The example of the language with offices, variants and evidence."""
    raw = load(Path(__file__).parent / "example.toml").to_dict()
    raw["offices"] = {
        "a": {"share": 0.5, "set": {"stages.intake.work": "2 h"}},
        "b": {"share": 0.5},
    }
    raw["inflows"]["history"]["trace"]["office"] = ["a", "b", None]
    return raw


def use(scenario: Scenario) -> None:
    """Everything that a check does with a scenario."""
    assert Scenario(**scenario.to_dict()) == scenario
    repr(scenario)
    scenario.check()
    for office in scenario.office_names:
        scenario.for_office(office)
    compile_plan(scenario)


def tables(source: random.Random, folder: Path) -> Callable[[], Scenario]:
    """A scenario of damaged tables."""
    raw = damaged(example(), source)
    return lambda: Scenario.model_validate(raw)


def overrides(source: random.Random, folder: Path) -> Callable[[], Scenario]:
    """A scenario with two or three damaged overrides."""
    raw = example()
    known = places(raw)
    changes = {}
    for _ in range(source.randint(2, 3)):
        tokens = [str(token) for token in source.choice(known)]
        if source.random() < 0.3:
            tokens.append(source.choice(["mean", "0", "x", "cv", ""]))
        changes[".".join(tokens)] = copy.deepcopy(source.choice(JUNK))
    return lambda: Scenario.model_validate(raw).with_(changes)


def texts(source: random.Random, folder: Path) -> Callable[[], Scenario]:
    """A file in which two or three pieces of text are cut, doubled or replaced."""
    kind = source.choice(["toml", "json"])
    raw = example()
    raw["inflows"]["history"]["trace"] = "trace.csv"
    text = to_toml(raw) if kind == "toml" else to_json(raw)
    for _ in range(source.randint(2, 3)):
        begin = source.randrange(len(text))
        end = min(begin + source.choice([0, 1, 2, 10, 60]), len(text))
        piece = text[begin:end]
        others = ["", piece * 2, ",", "\u201c", '"', "[", "{" * 3000, "9" * 5000, "=", "\n", "\x00"]
        text = text[:begin] + source.choice(others) + text[end:]
    (folder / "trace.csv").write_text("date,office\n2026-01-05,a\n2026-01-06,b\n")
    path = folder / f"scenario.{kind}"
    path.write_text(text, encoding="utf-8")
    return lambda: load(path)


def traces(source: random.Random, folder: Path) -> Callable[[], Scenario]:
    """A trace with two or three cells replaced, and perhaps a row cut."""
    rows = [["date", "office", "work.intake"], ["2026-01-05", "a", "1"], ["2026-02-05", "b", "2"]]
    cells = ["", "1e308", "-1", "nan", "x", "9999-12-31", "0001-01-01", '"', "1e6 h", "a,b", "\x00"]
    cells += ["day", "office", "stay.nowhere", "2026-02-30", "9" * 400, "inf", "1e-300", "2 weeks"]
    for _ in range(source.randint(2, 3)):
        source.choice(rows)[source.randrange(3)] = source.choice(cells)
    if source.random() < 0.2:
        source.choice(rows).pop()
    raw = example()
    raw["inflows"]["history"]["trace"] = "trace.csv"
    (folder / "trace.csv").write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    path = folder / "scenario.json"
    path.write_text(to_json(raw), encoding="utf-8")
    return lambda: load(path)


KINDS = (tables, tables, overrides, texts, traces)
KEPT = (1303,)


def attempt(seed: int, folder: Path) -> str:
    """What is wrong with the answer to the input of a seed; empty if nothing is."""
    source = random.Random(seed)
    make = source.choice(KINDS)(source, folder)
    begun = time.process_time()
    try:
        use(make())
    except ScenarioError as error:
        for mistake in error.mistakes:
            if not mistake.rule or not mistake.remedy or "\n" in str(mistake):
                return f"{mistake!r} lacks a rule, a remedy or fits no line"
        if not error.mistakes:
            return "an error without a mistake"
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    taken = time.process_time() - begun
    return "" if taken < SLOWEST else f"{taken:.0f} s"


@pytest.mark.parametrize("first", range(0, 300, 20))
def test_two_or_three_mistakes_are_named_and_no_other_error_comes_out(
    first: int, tmp_path: Path
) -> None:
    """Each mistake says its rule and what to do; what passes can be used, compiled and saved."""
    failed = {seed: attempt(seed, tmp_path) for seed in range(first, first + 20)}
    assert {seed: said for seed, said in failed.items() if said} == {}


@pytest.mark.parametrize("seed", KEPT)
def test_seeds_that_once_failed(seed: int, tmp_path: Path) -> None:
    """What was mended stays so."""
    assert attempt(seed, tmp_path) == ""


@pytest.mark.thorough
@pytest.mark.parametrize("first", range(1000, 11_000, 500))
def test_ten_thousand_inputs_with_several_mistakes(first: int, tmp_path: Path) -> None:
    """As above, for many more."""
    failed = {seed: attempt(seed, tmp_path) for seed in range(first, first + 500)}
    assert {seed: said for seed, said in failed.items() if said} == {}

"""Whatever stands in a file, the answer is a scenario or a ScenarioError."""

import copy
import random
from pathlib import Path
from typing import Any

import pytest

from capsim.scenario import Mistake, Scenario, ScenarioError
from capsim.scenario.loading import load

JUNK: list[Any] = [
    None, True, False, 0, 1, -1, 3, 0.5, 1e300, float("nan"), float("inf"), 10**30, "", " ", "x",
    "3", "1 day", "10 workdays", "-1 h", "1e99 years", "2026-02-30", "2026-01-01", "intake", "all",
    [], [1], ["1 h", "2 h"], [[]], [None], {}, {"law": "gamma"}, {"law": 3}, {"x": {}},
    {"law": "mixture", "of": [{"share": 1, "law": "fixed", "mean": "1 h"}]}, {"share": 1},
    {"mean": "1 h", "law": "exponential"}, [{}], {"": 1}, {"a.b": 1}, {"every": "1 day"},
]  # fmt: skip


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


def damaged(raw: dict[str, Any], source: random.Random) -> dict[str, Any]:
    """Plain data with one to three places replaced, renamed or removed."""
    raw = copy.deepcopy(raw)
    for _ in range(source.randint(1, 3)):
        *tables, last = source.choice(places(raw))
        node: Any = raw
        for key in tables:
            node = node[key]
        action = source.choice(["replace", "replace", "rename", "remove"])
        if action == "replace":
            node[last] = copy.deepcopy(source.choice(JUNK))
        elif isinstance(node, dict):
            value = node.pop(last)
            if action == "rename":
                node[source.choice([f"{last}s", "main", "a b", "guidance"])] = value
    return raw


@pytest.mark.parametrize("seed", range(300))
def test_damaged_files_give_mistakes_with_rule_and_remedy(seed: int) -> None:
    """No other error comes out; each mistake says what to do; what passes can be used."""
    raw = load(Path(__file__).parent / "example.toml").to_dict()
    raw["offices"] = {
        "a": {"share": 0.5, "set": {"stages.intake.work": "2 h"}},
        "b": {"share": 0.5},
    }
    raw["inflows"]["history"]["trace"]["office"] = ["a", "b", None]
    raw = damaged(raw, random.Random(seed))
    mistakes: tuple[Mistake, ...] = ()
    try:
        scenario = Scenario.model_validate(raw)
        assert Scenario(**scenario.to_dict()) == scenario
        scenario.check()
        for office in scenario.office_names:
            scenario.for_office(office)
    except ScenarioError as error:
        mistakes = error.mistakes or (Mistake("nothing"),)
    for mistake in mistakes:
        assert mistake.rule, mistake
        assert mistake.remedy, mistake
        assert "\n" not in str(mistake)

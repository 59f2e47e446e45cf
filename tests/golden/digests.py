"""Digests of all columns of all tables of small scenarios, on both engines.

``PYTHONPATH=tests python -m golden.digests`` compares them with those that are stored, on whatever
Python, packages and processor it runs; with ``--write`` it stores them anew.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

import capsim
from capsim.scenario import Scenario

STORED = Path(__file__).with_name("digests.json")
SCENARIOS = Path(__file__).parents[1] / "twins" / "small.jsonl"
TABLES = ("cases", "stays", "visits", "workers")
COUNT = 12


def scenarios() -> dict[str, Scenario]:
    """The first scenarios that the engines are compared on, by their line."""
    lines = SCENARIOS.read_text(encoding="utf-8").splitlines()[:COUNT]
    return {
        f"line {number}": Scenario.model_validate(json.loads(line)["scenario"])
        for number, line in enumerate(lines, start=1)
    }


def digest(column: pd.Series) -> str:
    """Eight digits that change with any bit of a number and any letter of a text."""
    if column.dtype.kind in "if":
        return hashlib.sha256(column.to_numpy(dtype=np.float64).tobytes()).hexdigest()[:8]
    codes, names = pd.factorize(column.astype("object"), use_na_sentinel=True)
    text = "|".join(map(str, names))
    return hashlib.sha256(codes.astype(np.int64).tobytes() + text.encode()).hexdigest()[:8]


def digests(scenario: Scenario, engine: str) -> dict[str, str]:
    """Digest of each column, such as "stays.joined"."""
    run = capsim.simulate(scenario, seed=3, engine=engine)
    return {
        f"{table}.{name}": digest(getattr(run, table)[name])
        for table in TABLES
        for name in getattr(run, table).columns
    }


def changed(engine: str) -> dict[str, str]:
    """What differs from the stored digests, by scenario and column; new columns do not count."""
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    found = {name: digests(scenario, engine) for name, scenario in scenarios().items()}
    return {
        f"{name}: {column}": f"{found[name].get(column)} instead of {right}"
        for name, columns in stored.items()
        for column, right in columns.items()
        if found[name].get(column) != right
    }


def main() -> None:
    """Compare, or store.

    Raises
    ------
    SystemExit
        With 1 if any digest differs.
    """
    if "--write" in sys.argv[1:]:
        all_of_them = {name: digests(scenario, "simpy") for name, scenario in scenarios().items()}
        STORED.write_text(json.dumps(all_of_them, indent=0) + "\n", encoding="utf-8")
        return
    wrong = {engine: changed(engine) for engine in ("simpy", "compiled")}
    for engine, columns in wrong.items():
        print(f"Python {sys.version.split()[0]}, {engine}: {len(columns)} digests differ")
        for column, words in columns.items():
            print(f"  {column}: {words}")
    raise SystemExit(int(any(wrong.values())))


if __name__ == "__main__":
    main()

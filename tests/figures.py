"""The exact and published figures that the tests compare with, read from their data files."""

import json
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@cache
def oracle(name: str) -> Any:
    """An exact case of tests/oracles, by the name of its file without `.json`."""
    return json.loads((HERE / "oracles" / f"{name}.json").read_text(encoding="utf-8"))


@cache
def published(name: str) -> Any:
    """A published model of tests/published, by the beginning of its file's name."""
    (path,) = (HERE / "published").glob(f"{name}*.json")
    return json.loads(path.read_text(encoding="utf-8"))

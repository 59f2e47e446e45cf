"""Scenarios for the tests of the compiler."""

from __future__ import annotations

from typing import Any

import pytest

from capsim.scenario import Scenario


def small(**changes: Any) -> Scenario:
    """One desk in January 2026 (New Year is a closed Thursday), with any part replaced."""
    parts: dict[str, Any] = {
        "start": "2026-01-01",
        "horizon": "1 month",
        "teams": {"desk": {"fte": 2}},
        "stages": {"intake": {"team": "desk", "work": "45 min"}},
        "inflows": {"regular": {"rate": {"per_day": 1}}},
    }
    return Scenario(**{**parts, **changes})


@pytest.fixture
def build():
    """Function from changed parts to a scenario."""
    return small

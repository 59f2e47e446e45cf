"""`Scenario.describe` on generated scenarios of every feature of the language."""

import math
import warnings

from hypothesis import given, settings

from capsim.scenario import Scenario
from contract.strategies import scenarios


@settings(max_examples=40)
@given(scenarios())
def test_any_scenario_has_a_description(scenario: Scenario) -> None:
    """No warning, no missing figure, and never a steady state for an overload."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        description = scenario.describe()
    assert len(description.to_frame()) == len(description.teams)
    for row in description.teams:
        assert row.utilization >= 0
        assert row.once_hours >= -1e-6
        overloaded = row.utilization > 1 + 1e-9 or row.places_utilization > 1 + 1e-9
        assert not overloaded or row.state not in ("stable", "clears")
        assert not row.places_utilization > 1 + 1e-9 or row.state == "growing"
        assert row.clear_date is None or row.state in ("clears", "clears_after_end")
        assert row.state != "clears" or row.clear_date < scenario.last_day()
        assert math.isnan(row.queue_peak) == (row.state == "growing")

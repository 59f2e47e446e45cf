"""Lists of open cases at random, added to generated scenarios that have their own initial cases."""

from __future__ import annotations

from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

import capsim
from contract.strategies import often, scenarios

DAYS = st.sampled_from([0, 1, 1, 2, 3, 5, 8])


@st.composite
def open_cases(draw: Any, scenario: capsim.Scenario) -> dict[str, list[Any]]:
    """Columns of a valid list; every kind of knowledge about every kind of stage."""
    offices = scenario.office_names
    tells_worker = draw(often(0.7))
    rows: dict[str, list[Any]] = {name: [] for name in capsim.scenario.tables.open_cases.COLUMNS}
    for number in range(draw(st.integers(1, 8))):
        stage = draw(st.sampled_from(scenario.stage_names))
        settings = scenario.stages[stage]
        last = draw(DAYS)
        since = last + draw(DAYS) + draw(st.sampled_from([0.5, 1]))
        row: dict[str, Any] = {
            "case": f"c{number}",
            "stage": stage,
            "since": -since,
            "applied": -since - draw(DAYS) if draw(often(0.5)) else None,
            "inflow": draw(st.sampled_from([None, *scenario.inflows])),
            "office": draw(st.sampled_from([None, *offices])),
        }
        if settings.kind != "delay":
            row["visits_done"] = draw(st.sampled_from([None, 0, 1, 1, 2, 3]))
            if settings.caseworker and tells_worker and draw(often(0.7)):
                # Names are few, and so are the seats of these teams.
                row["worker"] = draw(st.sampled_from(["Ann", "Bea", "1"]))
                row["office"] = row["office"] or offices[0]
            if row["visits_done"] != 0:
                row["last_visit"] = -last if draw(often(0.5)) else None
            if row["visits_done"] or row.get("worker"):
                row["next_visit"] = draw(DAYS) if draw(often(0.4)) else None
        for name, values in rows.items():
            values.append(row.get(name))
    return {
        name: values for name, values in rows.items() if any(value is not None for value in values)
    }


@st.composite
def listed_scenarios(draw: Any) -> capsim.Scenario:
    """A valid scenario with a list of open cases."""
    scenario = draw(scenarios())
    content = scenario.to_dict()
    content["initial"] = {**content.get("initial", {}), "files": draw(open_cases(scenario))}
    changed = capsim.Scenario(**content)
    try:
        capsim.plan.compile_plan(changed)
    except capsim.ScenarioError as error:
        assume("names" not in str(error))  # more of them than seats
        raise
    return changed

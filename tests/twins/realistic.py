"""Scenarios as users write them, on a clock of seconds, with every feature of the language."""

from __future__ import annotations

from typing import Any

from benchmarks import pathway
from capsim.scenario import Scenario

SICKNESS = {
    "spells_per_year": 4,
    "length": {"law": "lognormal", "mean": "12 days", "cv": 1.5},
}
LEAVE = {
    "spells_per_year": 3,
    "length": "10 days",
    "seasonality": [1, 1, 1, 1, 1, 1, 3, 3, 1, 1, 1, 1],
}


def everything(
    size: str = "office", *, generalists: bool = False, offices: int = 1, horizon: str = "5 years"
) -> Scenario:
    """The pathway of the benchmarks, with everything that can happen to staff and cases.

    Absence, turnover with hand-over, onboarding, changes of staff, a limit on caseloads, meetings
    with places and urgent files, room, patience, closing under load, people who come back, debts
    that enter in the middle, cases there on the first day, a list of past applications, and, with
    several offices, a team shared by two of them.
    """
    document: dict[str, Any] = pathway.scenario(
        size, generalists=generalists, offices=offices
    ).to_dict()
    per_year = pathway.SIZES[size][0]
    document["horizon"] = horizon
    document["warm_up"] = "90 days"
    document["follow_up"] = "60 days"
    for team in document["teams"].values():
        team["worker_fte"] = 0.8
        team["absence"] = {"sickness": SICKNESS, "leave": LEAVE}
        team["turnover"] = {
            "per_year": 0.4,
            "vacancy": {"law": "gamma", "mean": "4 months", "cv": 0.5},
        }
        team["onboarding"] = {"length": "3 months", "rate": 0.5}
        team["handover_after"] = "20 days"
        team["changes"] = {
            "hired": {
                "decided": "2026-12-01",
                "lead": "3 months",
                "add": max(0.5 * offices, round(team["fte"] / 8, 2)),
            },
            "saved": {"at": "2028-02-01", "add": -round(team["fte"] / 6, 2)},
        }
    guiding = document["teams"]["social" if generalists else "guidance"]
    guiding["caseload_limit"] = 90
    guiding["discipline"] = "returning_first"
    first = document["teams"]["social" if generalists else "investigation"]
    if not generalists:
        first["discipline"] = "deadline"
    if offices > 1:
        names = list(document["offices"])
        first["shared"] = [names[:2]]
    stages = document["stages"]
    stages["intake"]["room"] = max(10, per_year // 20)
    stages["investigation"]["decision"] = {
        "every": "14 days",
        "first": "2026-01-06",
        "places": max(4, per_year // 20 // offices),
        "urgent": 0.5,
    }
    stages["guidance"]["closing"] = {"probability": 0.06, "norm": 75, "elasticity": -0.61}
    stages["guidance"]["decision"] = {"every": "1 month"}
    stages["guidance"]["next"] = {"aftercare": 0.2, "closed": 0.6, "away": 0.2}
    stages["aftercare"] = {
        "team": guiding_name(generalists),
        "caseworker": True,
        "stay": {"law": "gamma", "mean": "3 months", "cv": 0.9},
        "work": [{"law": "exponential", "mean": "40 min"}, "20 min"],
        "gap": "10 workdays",
        "priority": 1,
        "next": {"closed": 1.0},
    }
    stages["away"] = {
        "stay": {"law": "exponential", "mean": "180 days"},
        "next": {"intake": 1.0},
    }
    inflows = document["inflows"]
    inflows["regular"]["seasonality"] = [1.1, 1, 1, 1, 1, 1, 0.85, 0.85, 1.2, 1.2, 1, 1]
    inflows["regular"]["rate"]["per_year"] = per_year * 0.8
    inflows["reform"].update(
        take_up=0.6, lag={"law": "exponential", "mean": "30 days"}, priority=1, case_weight=1.5
    )
    inflows["reform"]["stages"] = {
        "investigation": {"work": {"law": "lognormal", "mean": "3 h", "cv": 0.6}, "decision": False}
    }
    inflows["debts"] = {"enter": "guidance", "rate": {"per_month": per_year / 200}}
    inflows["history"] = {
        "trace": {
            "when": [day % 400 for day in range(0, 4000, 97)],
            "patience": {"intake": [None if day % 3 else float(day % 60) for day in range(42)]},
        }
    }
    cases = per_year // offices
    document["initial"] = {
        "guidance": {"cases": cases, "inflow": "regular"},
        "investigation": {
            "cases": cases // 10,
            "age": {"law": "exponential", "mean": "12 days"},
        },
        "away": {"cases": cases // 5, "inflow": "regular"},
    }
    return Scenario.model_validate(document)


def guiding_name(generalists: bool) -> str:
    """The team that guides."""
    return "social" if generalists else "guidance"

"""Scenarios at random for the tests of verdicts, and the three ways of making one worse."""

from __future__ import annotations

import copy
import datetime
import random
from typing import Any

from capsim.theory.description import ORDER, Description

START = datetime.date(2026, 1, 1)


def rank(description: Description) -> tuple[int, int]:
    """How bad the worst verdict is: its state, and with a clearing the last date."""
    level = len(ORDER) - ORDER.index(description.state)
    rows = [*description.teams, *description.meetings]
    dates = [
        row.clear_date.toordinal() if row.clear_date else datetime.date.max.toordinal()
        for row in rows
        if row.state.startswith("clears")
    ]
    return level, max(dates) if dates and description.state.startswith("clears") else 0


def generated(seed: int) -> dict[str, Any]:
    """Tables of a service: one to six stages of all kinds, returns, waves, meetings, changes."""
    dice = random.Random(seed)
    teams = {f"t{k}": _team(dice) for k in range(dice.randint(1, 3))}
    names = [f"s{k}" for k in range(dice.randint(1, 6))]
    stages: dict[str, Any] = {}
    for k, name in enumerate(names):
        stages[name] = _stage(dice, list(teams))
        after = names[k + 1] if k + 1 < len(names) else "done"
        back = dice.choice(names[: k + 1])
        if dice.random() < 0.3 and back != name:
            share = dice.choice([0.05, 0.2, 0.5])
            stages[name]["next"] = {after: 1 - share, back: share}
        elif dice.random() < 0.3:
            share = dice.choice([0.2, 0.5, 0.8])
            stages[name]["next"] = {after: share, "elsewhere": 1 - share}
    tables: dict[str, Any] = {
        "start": START.isoformat(),
        "horizon": dice.choice(["400 days", "2 years"]),
        "teams": teams,
        "stages": stages,
        "inflows": {f"i{k}": _inflow(dice, names) for k in range(dice.randint(1, 2))},
    }
    if dice.random() < 0.4:
        tables["warm_up"] = "60 days"
    if dice.random() < 0.4:
        tables["calendar"] = {"kind": "continuous"}
    if dice.random() < 0.3:
        tables["initial"] = {dice.choice(names): {"cases": dice.choice([5, 50, 400])}}
    if dice.random() < 0.2:
        tables["offices"] = {"a": {"share": 0.7}, "b": {"share": 0.3}}
        for team in teams.values():
            team["shared"] = dice.random() < 0.5
    return tables


def _team(dice: random.Random) -> dict[str, Any]:
    team: dict[str, Any] = {"fte": dice.choice([0.8, 1, 1.5, 2, 3, 5, 8]), "client_share": 0.7}
    if dice.random() < 0.4:
        team["caseload_limit"] = dice.choice([5, 20, 60])
    if dice.random() < 0.3:
        team["absence"] = {"any": {"spells_per_year": 6, "length": "9 days"}}
    if dice.random() < 0.3:
        team["discipline"] = dice.choice(["returning_first", "deadline"])
    if dice.random() < 0.3:
        day = START + datetime.timedelta(days=dice.randint(20, 300))
        team["changes"] = {"c": {"at": day.isoformat(), "add": dice.choice([0.5, 1, 2])}}
        if dice.random() < 0.5:
            back = (day + datetime.timedelta(days=90)).isoformat()
            team["changes"]["d"] = {"at": back, "add": -0.3}
    return team


def _law(dice: random.Random, mean: float, unit: str) -> dict[str, Any]:
    law = dice.choice(["exponential", "gamma", "lognormal"])
    table: dict[str, Any] = {"law": law, "mean": f"{mean:g} {unit}"}
    return table if law == "exponential" else {**table, "cv": 0.6}


def _stage(dice: random.Random, teams: list[str]) -> dict[str, Any]:
    kind = dice.choice(["delay", "pooled", "pooled", "visits", "stay", "closing"])
    if kind == "delay":
        return {"stay": _law(dice, dice.choice([5, 30, 90]), "days")}
    stage: dict[str, Any] = {
        "team": dice.choice(teams),
        "work": _law(dice, dice.choice([0.5, 1, 3, 8]), "h"),
        "priority": dice.choice([0, 0, 0, 1]),
    }
    if kind == "pooled":
        if dice.random() < 0.2:
            stage.update(visits=2, gap="10 days")
        if dice.random() < 0.15:
            stage["patience"] = _law(dice, 20, "days")
    else:
        stage.update(caseworker=True, gap=_law(dice, dice.choice([7, 30]), "days"))
        ways = {
            "visits": {"visits": {"law": "geometric", "mean": 4}},
            "stay": {"stay": _law(dice, dice.choice([60, 200, 330]), "days")},
            "closing": {"closing": {"probability": 0.2}},
        }
        stage.update(ways[kind])
    if dice.random() < 0.25:
        stage["decision"] = {"every": "14 days"}
        if dice.random() < 0.6:
            stage["decision"]["places"] = dice.choice([3, 10, 40])
    return stage


def _inflow(dice: random.Random, names: list[str]) -> dict[str, Any]:
    inflow: dict[str, Any] = {"rate": {"per_month": dice.choice([1, 3, 6, 10, 20, 40])}}
    if dice.random() < 0.3:
        inflow["seasonality"] = [0.6, 0.8, 1.0, 1.2, 1.4, 1.2, 1.0, 1.0, 0.8, 1.0, 1.0, 1.0]
    if dice.random() < 0.2:
        inflow["growth"] = 0.05
    if dice.random() < 0.5:
        day = START + datetime.timedelta(days=dice.randint(0, 300))
        wave: dict[str, Any] = {"date": day.isoformat(), "people": dice.choice([10, 100, 800])}
        if dice.random() < 0.5:
            wave["over"] = "60 days"
        inflow["waves"] = {"w": wave}
    if dice.random() < 0.2 and len(names) > 1:
        inflow["enter"] = names[1]
    if dice.random() < 0.2:
        inflow["priority"] = 1
    return inflow


def worse(tables: dict[str, Any], seed: int) -> tuple[str, dict[str, Any]]:
    """What was made worse, and the tables: more people, fewer staff, or longer work."""
    dice = random.Random(seed)
    result = copy.deepcopy(tables)
    way = dice.choice(["people", "wave", "fte", "work"])
    factor = dice.choice([1.02, 1.2, 2.0, 5.0])
    if way == "people":
        inflow = result["inflows"][dice.choice(list(result["inflows"]))]
        inflow["rate"]["per_month"] *= factor
    elif way == "wave":
        inflow = result["inflows"][dice.choice(list(result["inflows"]))]
        if "waves" in inflow:
            inflow["waves"]["w"]["people"] = round(inflow["waves"]["w"]["people"] * factor) + 1
        else:
            inflow["waves"] = {"w": {"date": "2026-04-01", "people": round(20 * factor)}}
    elif way == "fte":
        team = result["teams"][dice.choice(list(result["teams"]))]
        team["fte"] = max(0.6, round(team["fte"] / factor, 2))
    else:
        with_work = [stage for stage in result["stages"].values() if "work" in stage]
        if with_work:
            law = dice.choice(with_work)["work"]
            law["mean"] = f"{float(law['mean'].split()[0]) * factor:g} h"
    return way, result

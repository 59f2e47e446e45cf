"""Places: loss for any law of the stay, and the list of exponential stays."""

from __future__ import annotations

import math
from typing import Any

from capsim.theory import erlang_b, erlang_c
from verification.case import Case, Quantity, changed
from verification.writing import Tables, always_open, days, exponential, rate

ARRIVALS, STAY, PLACES = 4.5, 1.0, 5


def house(stay: Any, **stage: Any) -> Tables:
    """Five places that 4.5 people a day ask for, for a day each."""
    return always_open(
        length=4000,
        warm_up=100,
        teams={"homes": {"places": PLACES}},
        stages={"home": {"team": "homes", "stay": stay, **stage}},
        inflows={"regular": {"rate": rate(ARRIVALS)}},
    )


def _wrong(tables: Tables, stay: str) -> dict[str, Tables]:
    return {
        "a place missing": changed(tables, {"teams.homes.places": PLACES - 1}),
        "stays 5 % longer": changed(tables, {f"stages.home.{stay}": days(1.05 * STAY)}),
    }


def _lost(name: str, stay: Any, path: str) -> Case:
    tables = house(stay, room=0)
    load = ARRIVALS * STAY
    lost = erlang_b(load, PLACES)
    return Case(
        name=f"M/G/{PLACES}/{PLACES} in places, {name}",
        source="Erlang's loss formula, for any law of the stay",
        model=f"{ARRIVALS:g} a day, stay of 1 d on average, {PLACES} places, nobody waits",
        tables=tables,
        quantities=(
            Quantity(
                "share turned away", lost, 0.006, lambda look: look["turned_away_share[home]"]
            ),
            Quantity(
                "share of the places taken",
                load * (1 - lost) / PLACES,
                0.006,
                lambda look: look["utilization[homes]"],
            ),
            Quantity(
                "people there",
                load * (1 - lost),
                0.03,
                lambda look: look["in_stage_mean[home]"],
            ),
        ),
        n=120,
        wrong=_wrong(tables, path),
        is_quick=True,
    )


def _list() -> Case:
    tables = house(exponential(days(STAY)))
    line = erlang_c(ARRIVALS, 1 / STAY, PLACES)
    found = 0.09
    return Case(
        name=f"M/M/{PLACES} in places",
        source="Erlang's delay formula",
        model=f"{ARRIVALS:g} a day, exponential stay of 1 d, {PLACES} places",
        tables=tables,
        quantities=(
            Quantity(
                "mean wait",
                line.wait_mean,
                found * line.wait_mean,
                lambda look: look["wait_mean[home]"],
            ),
            Quantity(
                "mean list",
                line.queue_mean,
                found * line.queue_mean,
                lambda look: look["queue_mean[homes]"],
            ),
            Quantity(
                "share of the places taken",
                ARRIVALS * STAY / PLACES,
                0.006,
                lambda look: look["utilization[homes]"],
            ),
        ),
        n=300,
        wrong=_wrong(tables, "stay.mean"),
        is_quick=True,
    )


def cases() -> list[Case]:
    """All of them."""
    fixed, spread = days(STAY), {"law": "gamma", "mean": days(STAY), "cv": math.sqrt(3)}
    return [
        _lost("fixed stays", fixed, "stay"),
        _lost("stays that vary much", spread, "stay.mean"),
        _list(),
    ]

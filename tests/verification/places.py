"""Places: loss for any law of the stay, and the list of exponential stays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from capsim.theory import erlang_b, erlang_c
from verification.case import Case, Quantity, changed, stretched
from verification.writing import Tables, always_open, days, exponential, hours, rate

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
    found = 0.13
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


def _urgent_lost(urgent: float, others: float, service: float, room: int) -> tuple[float, float]:
    """Shares turned away of two classes at one desk where the least urgent gives way.

    The chain of who waits while the desk works: u urgent ones, who are served first, and o others.
    State 0 is the empty desk. An urgent one who finds the list full takes the place of another, if
    there is any.
    """
    states = [(u, o) for u in range(room + 1) for o in range(room + 1 - u)]
    number = {state: k + 1 for k, state in enumerate(states)}
    moves = np.zeros((len(states) + 1, len(states) + 1))

    def flow(origin: int, to: int, at: float) -> None:
        moves[origin, to] += at
        moves[origin, origin] -= at

    flow(0, number[0, 0], urgent + others)
    pushed = np.zeros(len(states) + 1)
    full = np.zeros(len(states) + 1)
    no_others = np.zeros(len(states) + 1)
    for (u, o), k in number.items():
        after = (u - 1, o) if u else (u, o - 1)
        flow(k, number[after] if u + o else 0, service)
        if u + o < room:
            flow(k, number[u + 1, o], urgent)
            flow(k, number[u, o + 1], others)
        else:
            full[k] = 1
            pushed[k], no_others[k] = float(o > 0), float(o == 0)
            if o:
                flow(k, number[u + 1, o - 1], urgent)
    system = np.vstack([moves.T, np.ones(len(moves))])
    chance = np.linalg.lstsq(system, np.append(np.zeros(len(moves)), 1.0), rcond=None)[0]
    lost = others * chance @ full + urgent * chance @ pushed
    return float(chance @ no_others), float(lost / others)


def _turned_away() -> Case:
    urgent, others, room = 0.3, 0.6, 3
    tables = always_open(
        length=20000,
        warm_up=100,
        teams={"desk": {"fte": 1}},
        stages={
            "desk": {
                "team": "desk",
                "work": exponential(hours(1)),
                "room": {"places": room, "turn_away": "least_urgent"},
            }
        },
        inflows={
            "urgent": {"rate": rate(urgent), "priority": -1},
            "other": {"rate": rate(others)},
        },
    )
    exact = _urgent_lost(urgent, others, 1.0, room)
    return Case(
        name="the least urgent gives way",
        source="the Markov chain of two classes at one desk with a bounded list",
        model=f"{urgent:g} urgent and {others:g} others a day, work 1 d, room for {room}",
        tables=tables,
        quantities=tuple(
            Quantity(
                f"share of {name} turned away",
                share,
                0.012,
                lambda look, name=name: look.of_inflow("turned_away_share[desk]", name),
            )
            for name, share in zip(("urgent", "other"), exact, strict=True)
        ),
        n=150,
        wrong={
            "the last who came is turned away": changed(
                tables, {"stages.desk.room.turn_away": "last"}
            ),
            "one may wait more": changed(tables, {"stages.desk.room.places": room + 1}),
            "work 2 % longer": stretched(tables),
        },
        is_quick=True,
    )


def _tandem(arrivals: float, room: int, shelter: Any, home: Any, length: float) -> Tables:
    """A shelter and a home of one place each, without room between them."""
    return always_open(
        length=length,
        warm_up=50,
        teams={"shelter": {"places": 1}, "homes": {"places": 1}},
        stages={
            "shelter": {"team": "shelter", "stay": shelter, "keep_place": True, "room": room},
            "home": {"team": "homes", "stay": home},
        },
        inflows={"regular": {"rate": rate(arrivals)}},
    )


def _saturated(name: str, stays: tuple[Any, Any], cycle: float) -> Case:
    """Both stays begin anew when the home is free and the shelter done: after the longer one."""
    length = 3000
    tables = _tandem(8.0, 40, *stays, length)
    longer = {"law": "exponential", "mean": days(2.2)} if cycle != 2 else days(2.2)
    return Case(
        name=f"two places in a row, always asked for, {name}",
        source="the mean of the longer one of two stays",
        model="one place each, stays of 1 d and 2 d on average, nobody between them",
        tables=tables,
        quantities=(
            Quantity(
                "people through a day",
                1 / cycle,
                0.03 / cycle,
                lambda look: look["completed[home]"] / (length - 50),
            ),
        ),
        n=240,
        wrong={
            "the shelter is free at once": changed(
                tables, {"stages.shelter.keep_place": None, "teams.homes.places": 2}
            ),
            "stays in the home a tenth longer": changed(tables, {"stages.home.stay": longer}),
        },
        is_quick=True,
    )


def _blocked() -> Case:
    """The chain of five states: shelter empty, taken or blocked, home empty or taken."""
    lam, mu, nu = 0.5, 1.0, 0.5
    moves = np.zeros((5, 5))  # 00, 10, 01, 11, blocked
    for origin, to, at in (
        (0, 1, lam),
        (1, 2, mu),
        (2, 0, nu),
        (2, 3, lam),
        (3, 1, nu),
        (3, 4, mu),
        (4, 2, nu),
    ):
        moves[origin, to] += at
        moves[origin, origin] -= at
    system = np.vstack([moves.T, np.ones(5)])
    chance = np.linalg.lstsq(system, np.array([0, 0, 0, 0, 0, 1.0]), rcond=None)[0]
    tables = _tandem(lam, 0, exponential(days(1 / mu)), exponential(days(1 / nu)), 4000)
    return Case(
        name="a shelter that waits for a home",
        source="a Markov chain of five states",
        model=f"{lam:g} a day, one place each, exponential stays of 1 d and 2 d, no list",
        tables=tables,
        quantities=(
            Quantity(
                "share turned away",
                float(chance[[1, 3, 4]].sum()),
                0.012,
                lambda look: look["turned_away_share[shelter]"],
            ),
            Quantity(
                "days in a kept place",
                float(chance[4]) / lam,
                0.03,
                lambda look: look["blocked_mean[shelter]"],
            ),
            Quantity(
                "share of the shelter taken",
                float(chance[[1, 3, 4]].sum()),
                0.012,
                lambda look: look["utilization[shelter]"],
            ),
        ),
        n=120,
        wrong={
            "a place more in the home": changed(tables, {"teams.homes.places": 2}),
            "stays in the home a tenth longer": changed(
                tables, {"stages.home.stay.mean": days(1.1 / nu)}
            ),
        },
        is_quick=True,
    )


def cases() -> list[Case]:
    """All of them."""
    fixed, spread = days(STAY), {"law": "gamma", "mean": days(STAY), "cv": math.sqrt(3)}
    return [
        _lost("fixed stays", fixed, "stay"),
        _lost("stays that vary much", spread, "stay.mean"),
        _list(),
        _turned_away(),
        _saturated("fixed stays", (days(1), days(2)), 2.0),
        _saturated("exponential stays", (exponential(days(1)), exponential(days(2))), 7 / 3),
        _blocked(),
    ]

"""Legal clocks, and posts that take a random time to fill."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import expm

from verification.case import Case, Quantity, changed
from verification.rates import START
from verification.writing import Tables, always_open, days, exponential

PEOPLE = 400
"""All apply at the first instant, so that no window cuts a path short."""


def late(begin: list[float], moves: list[list[float]], within: float) -> tuple[float, float]:
    """P(T > within) and E T of the time to absorption of a chain in continuous time."""
    rates = np.array(moves, dtype=float)
    alpha = np.array(begin, dtype=float)
    survival = float((alpha @ expm(rates * within)).sum())
    return survival, float(alpha @ np.linalg.solve(-rates, np.ones(len(alpha))))


def file_of(deadline: Tables, back: Any, **others: Any) -> Tables:
    """Ask (2 d on average); six in ten are decided upon (4 d), the others go to `back` first."""
    return always_open(
        length=400,
        stages={
            "ask": {"stay": exponential(days(2)), "next": {"back": 0.4, "decide": 0.6}},
            "back": {"stay": back, **others},
            "decide": {"stay": exponential(days(4)), "deadline": deadline},
        },
        inflows={"all_at_once": {"waves": {"w": {"date": START.isoformat(), "people": PEOPLE}}}},
    )


def clock_that_continues() -> Case:
    tables = file_of(
        {"within": "288 h", "on_return": "continue"},
        exponential(days(5)),
        next={"ask": 1.0},
    )
    share, mean = late(
        [1, 0, 0],
        [[-1 / 2, 0.4 / 2, 0.6 / 2], [1 / 5, -1 / 5, 0], [0, 0, -1 / 4]],
        12.0,
    )
    return Case(
        name="a clock that continues over returns",
        source="absorption of a chain of three states, by the exponential of its generator",
        model="ask (2 d), 0.4 back (5 d) and to ask again, decide (4 d), all exponential; 12 d",
        tables=tables,
        quantities=(
            Quantity("share late", share, 0.02, lambda look: look["late_share[decide]"]),
            Quantity(
                "days to decision", mean, 0.4, lambda look: look["decision_days_mean[decide]"]
            ),
        ),
        n=240,
        wrong={
            "the clock starts anew": changed(tables, {"stages.decide.deadline.on_return": None}),
            "ways back a fifth longer": changed(tables, {"stages.back.stay.mean": days(6.0)}),
        },
        is_quick=True,
    )


def clock_that_stands_still() -> Case:
    pause = 7.0
    tables = file_of({"within": "240 h"}, days(pause), pauses_deadlines=True)
    share, mean = late([1, 0], [[-1 / 2, 1 / 2], [0, -1 / 4]], 10.0)
    return Case(
        name="a clock that stands still for a week",
        source="the sum of two exponential times: the pause leaves the late share as it is",
        model="ask (2 d), 0.4 wait 7 d for papers, decide (4 d); 10 d without the pause",
        tables=tables,
        quantities=(
            Quantity("share late", share, 0.02, lambda look: look["late_share[decide]"]),
            Quantity(
                "days to decision", mean + 0.4 * pause, 0.2,
                lambda look: look["decision_days_mean[decide]"],
            ),
        ),
        n=240,
        wrong={
            "the clock runs on": changed(tables, {"stages.back.pauses_deadlines": False}),
            "papers take a day longer": changed(tables, {"stages.back.stay": days(pause + 1)}),
        },
        is_quick=True,
    )  # fmt: skip


def cases() -> list[Case]:
    return [clock_that_continues(), clock_that_stands_still()]

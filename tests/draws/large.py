"""A busy province built by hand, to compare whole replications."""

from __future__ import annotations

import dataclasses
import hashlib

import numpy as np
from scipy import stats

from capsim.draws import Draws, deal
from capsim.kernels.codes import SOURCE_INITIAL, SOURCE_RATE, SOURCE_TRACE, SOURCE_WAVE
from capsim.plan.plan import Plan
from draws.by_hand import Laws, plan, source

DAY = 27_360
N_DAYS = 1461
YEAR = 365.25 * DAY


def province(*, offices: int = 5, people: int = 2000) -> Plan:
    """Five offices with sickness, leave by season, turnover; every kind of source; four years."""
    laws = Laws()
    sickness = laws.table(stats.lognorm(1.1, scale=5 * DAY))
    residual = laws.exponential(12 * DAY)
    leave = laws.fixed(10 * DAY, office=True)
    leave_residual = laws.table(stats.uniform(0, 10 * DAY), office=True)
    vacancy = laws.exponential(120 * DAY)
    mixed = laws.mixture([(0.6, sickness), (0.4, vacancy)], plus=3.5)
    number = laws.discrete([(0.3, 1), (0.3, 2), (0.4, 5)])
    grown = laws.exponential(3600, growth=np.linspace(1, 1.2, N_DAYS + 1))
    month = np.arange(N_DAYS + 1) % 365 // 31
    season = np.where((month == 6) | (month == 7), 3.0, 1.0)
    absences = (
        {"name": "sickness", "rate": 2 / YEAR, "length": sickness, "residual": residual,
         "mean": 8.0 * DAY},
        {"name": "leave", "rate": 3 / YEAR, "length": leave, "residual": leave_residual,
         "mean": 14.0 * DAY, "season": 0},
    )  # fmt: skip
    copies = [
        {
            "name": f"office{i}/team",
            "team": "team",
            "onboarding": (90 * DAY, 500),
            "turnover": (0.12 / YEAR, vacancy, vacancy, 120.0 * DAY),
            "handover_after": 30 * DAY,
            "absences": absences,
        }
        for i in range(offices)
    ]
    seats = [{"copy": i, "number": k + 1} for i in range(offices) for k in range(5)]
    steps = [(300 * DAY * k, people / 4 * (1 + k % 2) / 2 / YEAR) for k in range(4)]
    traced = [(day * DAY + 100, row, -1 if row % 2 else 1, row) for row, day in enumerate((3, 9))]
    sources = [
        source(SOURCE_INITIAL, 0, "initial/x", n=50, first=sickness),
        source(SOURCE_INITIAL, 1, "initial/y", n=20, first=-1),
        source(SOURCE_RATE, 0, pieces=[*steps, (N_DAYS * DAY, 0.0)]),
        source(SOURCE_TRACE, 0, "trace", trace=traced),
        source(SOURCE_RATE, 1, pieces=[(0, people / 20 / YEAR), (N_DAYS * DAY, 0.0)]),
        source(SOURCE_WAVE, 1, "january", n=400, first=5 * DAY, take_up=0.36, lag=mixed),
        source(SOURCE_WAVE, 1, "march", n=400, first=60 * DAY, last=30 * DAY, take_up=0.36),
    ]
    return plan(
        n_days=N_DAYS,
        day_ticks=DAY,
        laws=laws,
        sources=sources,
        offices=tuple(range(1, offices + 1)),
        inflows=2,
        residuals=((vacancy, sickness, number),),
        trace_values=np.array([[1000], [-1]]),
        people={"seats": seats, "copies": copies, "season": (season,),
                "cuts": ((3, 500 * DAY, 500),)},
        profiles={"patience": [vacancy], "stay": [mixed], "visits": [number],
                  "gap": [leave], "work": [[grown, sickness]]},
    )  # fmt: skip


def digest() -> str:
    """One word for everything that chance deals to the province."""
    table = province()
    luck = deal(table, 5, 3)
    draws = Draws(table, luck)
    summary = hashlib.sha256()
    for field in dataclasses.fields(luck):
        summary.update(np.ascontiguousarray(getattr(luck, field.name)).tobytes())
    for case in range(0, len(luck.applied), 40):
        answers = (
            draws.patience(case, 0, 1, 5),
            draws.stay(case, 0, 2, 5),
            draws.visits(case, 0, 1, 5),
            draws.routing(case, 0, 1),
            draws.work(case, 0, 1, 2, 1000),
            draws.work(case, 0, 1, 1, 1000),
            draws.gap(case, 0, 1, 1, 5),
            draws.closing(case, 0, 1, 3),
            draws.urgent(case, 0, 1),
        )
        summary.update(repr(answers).encode())
    return summary.hexdigest()

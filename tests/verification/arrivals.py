"""How people come: groups, weeks that vary, weekdays, and a day more of notice."""

from __future__ import annotations

import math

from verification.case import Case, Quantity, changed, stretched
from verification.writing import always_open, days, exponential, hours, one_desk, rate

MONDAY = "2026-01-05"


def _groups() -> list[Case]:
    """M^X/M/1 with geometric groups of mean m: L = load * m / (1 - load).

    The general formula is L = load (1 + E[X^2] / E[X]) / (2 (1 - load)) (Gross and Harris,
    Fundamentals of Queueing Theory, section 3.1), and E[X^2] / E[X] = 2 m - 1 for these groups.
    """
    lam, mu, m = 0.6, 1.0, 1.5
    load = lam / mu
    present = load * m / (1 - load)
    tables = one_desk(
        arrivals=lam, work=exponential(hours(1 / mu)), workers=1, length=6000, warm_up=200
    )
    tables = changed(tables, {"inflows.regular.together": {"law": "geometric", "mean": m}})
    found = 0.08
    return [
        Case(
            name="M^X/M/1, geometric groups",
            source="Gross and Harris, section 3.1",
            model=f"groups of mean {m:g}, {lam:g} people a day, mean work 1 d, one worker",
            tables=tables,
            quantities=(
                Quantity(
                    "mean number present",
                    present,
                    found * present,
                    lambda look: look["in_stage_mean[desk]"],
                ),
                Quantity(
                    "mean wait",
                    present / lam - 1 / mu,
                    found * (present / lam - 1 / mu),
                    lambda look: look.time("wait_mean[desk]"),
                ),
                Quantity("utilisation", load, 0.02, lambda look: look["utilization[desk]"]),
            ),
            n=250,
            wrong={
                "one by one": changed(tables, {"inflows.regular.together": 1}),
                "groups of 1.8": changed(tables, {"inflows.regular.together.mean": 1.8}),
                "work 2 % longer": stretched(tables),
            },
            is_quick=True,
        )
    ]


def _weeks() -> list[Case]:
    """Infinite servers with a stay of seven days, at the middle of a week.

    Half of those present came in this week and half in the one before, whose factors are
    independent with variance (D - 1) / m. So the variance of the number present is m (1 + (D - 1)
    (1 / 4 + 1 / 4)); on Monday, when all came in one week, it is m D.
    """
    m, spread = 14.0, 3.0
    tables = always_open(
        start=MONDAY,
        length=70,
        stages={"stay": {"stay": days(7)}},
        inflows={"a": {"rate": rate(m / 7), "dispersion": spread}},
    )
    n = 2400
    quantities = []
    for name, time, variance in (
        ("on a Monday", 63.0, m * spread),
        ("in mid-week", 59.5, m * (1 + (spread - 1) / 2)),
    ):
        quantities += [
            Quantity(
                f"mean number present {name}",
                m,
                12 * math.sqrt(variance / n),
                lambda look, time=time: float(look.number("stay", time)),
            ),
            Quantity(
                f"variance of the number present {name}",
                variance,
                0.55 * variance,
                lambda look, time=time: (float(look.number("stay", time)) - m) ** 2,
            ),
        ]
    return [
        Case(
            name="weeks that vary, infinite servers",
            source="a mixture of Poisson weeks",
            model=f"{m:g} a week with variance over mean {spread:g}, each stays a week",
            tables=tables,
            quantities=tuple(quantities),
            n=n,
            wrong={
                "Poisson weeks": changed(tables, {"inflows.a.dispersion": 1}),
                "stay 10 % longer": changed(tables, {"stages.stay.stay": days(7.7)}),
            },
            is_quick=True,
        )
    ]


def _weekdays() -> list[Case]:
    """Infinite servers with a stay of two days and weekday factors 2, 1, 1, 1, 1, 0, 0.

    Present are those of the last two days: at midnight after Tuesday half of the week.
    """
    week = 30.0
    tables = always_open(
        start=MONDAY,
        length=28,
        stages={"stay": {"stay": days(2)}},
        inflows={"a": {"rate": rate(week / 7), "weekdays": [2, 1, 1, 1, 1, 0, 0]}},
    )
    n = 600
    exact = {
        "after Monday": (15.0, week * 2 / 6),
        "after Tuesday": (16.0, week * 3 / 6),
        "at noon on Tuesday": (15.5, week * 2.5 / 6),
        "after Thursday": (18.0, week * 2 / 6),
        "at noon on Saturday": (19.5, week * 1.5 / 6),
    }
    quantities = [
        Quantity(
            f"E N {name}",
            mean,
            12 * math.sqrt(mean / n),
            lambda look, time=time: float(look.number("stay", time)),
        )
        for name, (time, mean) in exact.items()
    ]
    return [
        Case(
            name="weekday factors, infinite servers",
            source="sums of Poisson numbers",
            model=f"{week:g} a week, twice as many on Monday, none at the weekend; each stays 2 d",
            tables=tables,
            quantities=tuple(quantities),
            n=n,
            wrong={
                "every day alike": changed(tables, {"inflows.a.weekdays": [1] * 7}),
                "a day too late": changed(tables, {"inflows.a.weekdays": [0, 2, 1, 1, 1, 1, 0]}),
            },
            is_quick=True,
        )
    ]


def cases() -> list[Case]:
    """All of them."""
    return [*_groups(), *_weeks(), *_weekdays()]

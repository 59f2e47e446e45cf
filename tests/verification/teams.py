"""Teams under waves, seasons and late hiring, against the transient of M(t)/M/c(t)."""

from __future__ import annotations

import datetime
import math

import numpy as np

from capsim import theory
from figures import oracle
from verification.case import Case, Curve, Quantity, Tables, changed, stretched
from verification.rates import START, chance_found, piecewise, steps_of
from verification.writing import always_open, days, exponential, hours


def team_over_time(
    *,
    rate: Tables,
    workers: int,
    mean_work: float,
    length: float,
    there: int,
    changes: dict[float, int] | None = None,
    patience: float | None = None,
) -> Tables:
    """One pooled team from a given number of cases on; `changes`: FTE added on a day."""
    stage: Tables = {"team": "desk", "work": exponential(hours(mean_work))}
    if patience is not None:
        stage["patience"] = exponential(days(patience))
    team: Tables = {"fte": workers}
    if changes:
        team["changes"] = {
            f"day-{day:g}": {
                "at": (START + datetime.timedelta(days=day)).isoformat(),
                "add": add,
            }
            for day, add in changes.items()
        }
    return always_open(
        length=length,
        teams={"desk": team},
        stages={"desk": stage},
        inflows={"regular": {"rate": rate}},
        initial={"desk": {"cases": there}},
    )


def cases() -> list[Case]:
    rows = {row["id"][:2]: row for row in oracle("h_mt_m_ct")["cases"]}

    def season(t: float) -> float:
        return 4.5 * (1 + 0.4 * math.sin(2 * math.pi * t / 52))

    wave = ((0.0, 4.5), (20.0, 7.0), (80.0, 4.5))
    sizes = {"h1": 14_000, "h2": 11_000, "h3": 8_000}
    grid = np.arange(0.0, 201.0, 2.5)
    stated = {
        "h1": (
            "4.5 a day, 7 from day 20 to 80; 20 workers, 30 from day 40",
            team_over_time(
                rate=piecewise(*wave), workers=20, mean_work=4, length=201, there=18,
                changes={40: 10},
            ),
            grid,
            lambda times: theory.transient_mmc(
                theory.steps(*wave), 0.25, theory.steps((0.0, 20), (40.0, 30)), times, initial=18
            ),
        ),
        "h2": (
            "4.5 (1 + 0.4 sin(2 pi t / 52)) a day, 20 workers",
            team_over_time(
                rate=steps_of(season, 201, 0.25), workers=20, mean_work=4, length=201, there=18
            ),
            grid,
            lambda times: theory.transient_mmc(season, 0.25, 20, times, initial=18),
        ),
        "h3": (
            "the same season, 24 workers, patience 60 d",
            team_over_time(
                rate=steps_of(season, 41, 0.25), workers=24, mean_work=4, length=41, there=18,
                patience=60,
            ),
            np.arange(0.0, 40.0),
            lambda times: theory.transient_mmc(
                season, 0.25, 24, times, patience_rate=1 / 60, initial=18
            ),
        ),
    }  # fmt: skip
    cases = []
    for row, (words, tables, times, path) in stated.items():
        exact, n = rows[row], sizes[row]
        quantities = []
        for t, number, queue, waiting, c in zip(
            exact["t"], exact["mean_N"], exact["mean_queue"], exact["P_wait"], exact["c"],
            strict=True,
        ):  # fmt: skip
            if t > times[-1]:
                continue
            quantities += [
                Quantity(
                    f"E N({t:g})",
                    number,
                    0.06 * number + 0.5,
                    lambda look, t=t: float(look.number("desk", t)),
                ),
                Quantity(
                    f"E queue({t:g})",
                    queue,
                    0.12 * queue + 0.4,
                    lambda look, t=t: float(look.waiting("desk", t)),
                ),
                Quantity(
                    f"P(wait) at {t:g}",
                    waiting,
                    chance_found(waiting, n),
                    lambda look, t=t, c=c: float(look.number("desk", t) >= c),
                    is_probability=True,
                ),
            ]
        wrong = {"work 2 % longer": stretched(tables)}
        if row == "h1":
            wrong["hired ten days later"] = changed(
                tables, {"teams.desk.changes.day-40.at": "2026-02-20"}
            )
        if row == "h3":
            wrong["patience three times as long"] = stretched(tables, 3.0, "patience")
        cases.append(
            Case(
                name=f"team over time, {row}",
                source=f"oracles/h_mt_m_ct, {exact['id']}",
                model=f"M(t)/M/c(t): 18 cases at 0; {words}; mean work 4 d",
                note={
                    "h1": "",
                    "h2": "rate in steps of 6 hours",
                    "h3": "up to the cut of staff on day 40; rate in steps of 6 hours",
                }[row],
                tables=tables,
                quantities=tuple(quantities),
                n=n,
                wrong=wrong,
                is_quick=row == "h1",
                curves=(
                    Curve(
                        "mean queue",
                        times,
                        lambda path=path, times=times: path(times).queue_mean,
                        lambda look, times=times: look.waiting("desk", times),
                    ),
                ),
            )
        )
    return cases

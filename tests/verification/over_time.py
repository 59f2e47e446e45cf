"""Paths over time: numbers present when nobody waits, and with them the units and the teams."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import integrate, stats

from capsim import theory
from figures import oracle, published
from verification import stroke, teams
from verification.case import Case, Curve, Quantity, changed, stretched
from verification.rates import START, chance_found, counts, piecewise, steps_of
from verification.writing import always_open, days, exponential

_RATES: dict[str, Callable[[float], float]] = {
    "sin52": lambda t: 10 + 6 * math.sin(2 * math.pi * t / 52),
    "gauss_wave": lambda t: 4 + 12 * math.exp(-0.5 * ((t - 60) / 10) ** 2),
}
_STEP = ((0.0, 2.0), (20.0, 5.0), (50.0, 2.0))
_STAYS: dict[str, tuple[Any, theory.StayLaw]] = {
    "exp10": (exponential(days(10)), theory.exponential(10)),
    "det10": (days(10), theory.fixed(10)),
    "lognorm10_cv1": (
        {"law": "lognormal", "mean": days(10), "cv": 1.0},
        theory.lognormal(10, 1.0),
    ),
}


def _infinite() -> list[Case]:
    cases = []
    words = oracle("f_mt_g_inf")["lam_defs"]
    grid = np.arange(0.0, 151.0, 2.0)
    for exact in oracle("f_mt_g_inf")["cases"]:
        shape, stay = exact["lam"], exact["service"]
        law, known = _STAYS[stay]
        if shape == "step":
            per_day: Any = theory.steps(*_STEP)
            rate = piecewise(*_STEP)
        else:
            per_day = _RATES[shape]
            rate = steps_of(per_day, 151, 0.25)
        n = 2000
        tables = always_open(
            length=151,
            stages={"guidance": {"stay": law}},
            inflows={"regular": {"rate": rate}},
        )

        def curve(per_day: Any = per_day, known: theory.StayLaw = known) -> np.ndarray:
            return theory.infinite_server_load(per_day, known, grid).load

        cases.append(
            Case(
                name=f"infinite servers, {shape}, {stay}",
                source="oracles/f_mt_g_inf",
                model=f"M(t)/G/infinity from empty: {words[shape]} a day",
                note="" if shape == "step" else "rate in steps of 6 hours",
                tables=tables,
                quantities=tuple(counts("guidance", exact["t"], exact["mean_N"], n)),
                n=n,
                wrong={"stay 5 % longer": stretched(tables, 1.05, "stay")},
                is_quick=(shape, stay) == ("step", "lognorm10_cv1"),
                curves=(
                    Curve("cases present", grid, curve, lambda look: look.number("guidance", grid)),
                ),
            )
        )
    return cases


def _car_park() -> list[Case]:
    """Published 09, the car park, from empty and when the days repeat themselves."""
    model = published("09")["parking"]
    hour = 1 / 24
    tables = always_open(
        length=97,
        unit=hour,
        stages={"park": {"stay": exponential(days(2, hour))}},
        inflows={
            "cars": {
                "rate": steps_of(lambda t: 1000 + 100 * math.sin(math.pi * t / 12), 97, 0.1, hour)
            }
        },
    )
    # A horizon is whole days: the fifth day has begun.
    quantities = []
    n = 80
    for t, exact in model["expected"].items():
        for label, time, mean in (
            ("from empty", float(t), exact["from_empty"]),
            ("repeating", 72 + float(t), exact["periodic"]),
        ):
            quantities.append(
                Quantity(
                    f"E N({t} h), {label}",
                    mean,
                    12 * math.sqrt(mean / n),
                    lambda look, time=time: float(look.number("park", time)),
                )
            )
    return [
        Case(
            name="car park",
            source="published/09 (Nelson 2013), parking",
            model="M(t)/M/infinity: 1000 + 100 sin(pi t / 12) an hour, mean stay 2 h",
            note="rate in steps of 6 minutes",
            tables=tables,
            quantities=tuple(quantities),
            n=n,
            unit=hour,
            wrong={"stay 5 % longer": stretched(tables, 1.05, "stay")},
        )
    ]


def _seasonal_caseload() -> list[Case]:
    """Published 09, a caseload of long trajectories, in months."""
    model = published("09")["caseload"]
    month = 30.4375

    def season(t: float) -> float:
        return 20 + 8 * math.sin(2 * math.pi * t / 12)

    tables = always_open(
        length=186,
        unit=month,
        stages={"guidance": {"stay": exponential(days(14, month))}},
        inflows={"regular": {"rate": steps_of(season, 186, 0.125, month)}},
    )
    n = 800
    grid = np.arange(0.0, 186.0, 1.0)
    expected = model["expected"]
    empty = [(float(t), exact["from_empty"]) for t, exact in expected.items()]
    # 144 months are twelve whole years, after which the start is forgotten.
    repeating = [(144 + float(t) % 12, exact["periodic"]) for t, exact in expected.items()]
    points = dict(empty) | dict(repeating)
    return [
        Case(
            name="seasonal caseload",
            source="published/09, caseload",
            model="M(t)/M/infinity: 20 + 8 sin(2 pi t / 12) a month, mean stay 14 months",
            note="rate in steps of an eighth of a month",
            tables=tables,
            quantities=tuple(counts("guidance", list(points), list(points.values()), n)),
            n=n,
            unit=month,
            wrong={"stay 5 % longer": stretched(tables, 1.05, "stay")},
            curves=(
                Curve(
                    "open cases",
                    grid,
                    lambda: theory.infinite_server_load(season, theory.exponential(14), grid).load,
                    lambda look: look.number("guidance", grid),
                ),
            ),
        )
    ]


def _seasons() -> list[Case]:
    """Seasonality by calendar month, against the integral over the same steps."""
    factors = [1.1, 1, 1, 1, 1.3, 1, 0.5, 0.5, 1.6, 1.2, 1, 0.8]
    first, steps = 0, []
    for number in range(24):
        month = number % 12
        steps.append((float(first), 4 * factors[month]))
        following = datetime.date(2026 + (number + 1) // 12, (number + 1) % 12 + 1, 1)
        first = (following - START).days
    known = theory.gamma(45, 0.7)
    times = [31.0, 59.0, 120.0, 151.0, 212.0, 243.0, 273.0, 365.0, 500.0, 600.0, 700.0]
    exact = theory.infinite_server_load(theory.steps(*steps), known, times).load
    grid = np.arange(0.0, 730.0, 7.0)

    def curve() -> np.ndarray:
        return theory.infinite_server_load(theory.steps(*steps), known, grid).load

    tables = always_open(
        length=730,
        stages={"guidance": {"stay": {"law": "gamma", "mean": days(45), "cv": 0.7}}},
        inflows={"regular": {"rate": {"per_day": 4}, "seasonality": factors}},
    )
    n = 1000
    return [
        Case(
            name="seasons of a calendar year",
            source="M(t)/G/infinity by quadrature (capsim.theory, equal to the oracles)",
            model="4 a day times the factor of the month, gamma stay of 45 d",
            tables=tables,
            quantities=tuple(counts("guidance", times, exact.tolist(), n)),
            n=n,
            wrong={
                "stay 5 % longer": stretched(tables, 1.05, "stay"),
                "July and September exchanged": changed(
                    tables,
                    {
                        "inflows.regular.seasonality": [
                            *factors[:6], factors[8], factors[7], factors[6], *factors[9:]
                        ]
                    },
                ),
            },
            is_quick=True,
            curves=(
                Curve("open cases", grid, curve, lambda look: look.number("guidance", grid)),
            ),
        )
    ]  # fmt: skip


def _wave() -> list[Case]:
    """A wave with take-up and lag, spread over a month: numbers are sums of binomials."""
    people, take_up, lag, stay, over = 600, 0.4, 20.0, 60.0, 30.0
    first = 30.0
    begins = first + over * (np.arange(people) + 0.5) / people

    def chance(t: float) -> np.ndarray:
        """Of having applied after an exponential lag and not left after an exponential stay."""
        since = np.maximum(t - begins, 0.0)
        a, b = 1 / lag, 1 / stay
        return np.asarray(take_up * a / (a - b) * (np.exp(-b * since) - np.exp(-a * since)))

    tables = always_open(
        length=300,
        stages={"guidance": {"stay": exponential(days(stay))}},
        inflows={
            "reform": {
                "take_up": take_up,
                "lag": exponential(days(lag)),
                "waves": {
                    "january": {
                        "date": (START + datetime.timedelta(days=first)).isoformat(),
                        "people": people,
                        "over": days(over),
                    }
                },
            }
        },
    )
    n = 2000
    quantities = []
    for t in (40.0, 60.0, 75.0, 90.0, 120.0, 180.0, 250.0):
        p = chance(t)
        mean, variance = float(p.sum()), float((p * (1 - p)).sum())
        quantities.append(
            Quantity(
                f"E N({t:g})",
                mean,
                11 * math.sqrt(variance / n),
                lambda look, t=t: float(look.number("guidance", t)),
            )
        )
        quantities.append(
            Quantity(
                f"Var N({t:g})",
                variance,
                12 * variance * math.sqrt(2.1 / n),
                lambda look, t=t, mean=mean: float((look.number("guidance", t) - mean) ** 2),
            )
        )
    grid = np.arange(0.0, 300.0, 4.0)

    def curve() -> np.ndarray:
        return np.array([chance(t).sum() for t in grid])

    return [
        Case(
            name="wave with take-up and lag",
            source="sum of binomials, exact",
            model="600 people entitled over 30 d, 40 % apply after 20 d on average, stay 60 d",
            tables=tables,
            quantities=tuple(quantities),
            n=n,
            wrong={
                "stay 5 % longer": stretched(tables, 1.05, "stay"),
                "lag 10 % longer": changed(
                    tables, {"inflows.reform.lag": exponential(days(1.1 * lag))}
                ),
                "take-up 42 %": changed(tables, {"inflows.reform.take_up": 0.42}),
            },
            is_quick=True,
            curves=(
                Curve("cases present", grid, curve, lambda look: look.number("guidance", grid)),
            ),
        )
    ]


def _already_there() -> list[Case]:
    """Cases found on the first day: their remaining stay follows the equilibrium residual law."""
    cases_there, mean, cv = 200, 60.0, 0.5
    law = stats.gamma(1 / cv**2, scale=mean * cv**2)

    def staying(t: float) -> float:
        """P(residual > t) = the integral of the survival function from t on, over the mean."""
        return float(integrate.quad(law.sf, t, math.inf, epsabs=1e-12)[0]) / mean

    tables = always_open(
        length=200,
        stages={"guidance": {"stay": {"law": "gamma", "mean": days(mean), "cv": cv}}},
        inflows={"regular": {"rate": {"per_day": 0.0}}},
        initial={"guidance": {"cases": cases_there}},
    )
    n = 2000
    quantities = []
    for t in (5.0, 20.0, 40.0, 60.0, 90.0, 120.0):
        p = staying(t)
        quantities.append(
            Quantity(
                f"share still there at {t:g}",
                p,
                11 * math.sqrt(p * (1 - p) / cases_there / n),
                lambda look, t=t: float(look.number("guidance", t)) / cases_there,
            )
        )
    return [
        Case(
            name="cases already there",
            source="equilibrium residual of the stay, by quadrature",
            model="200 cases in a gamma stay of 60 d, cv 0.5, nobody new",
            tables=tables,
            quantities=tuple(quantities),
            n=n,
            wrong={
                "stay 2 % longer": stretched(tables, 1.02, "stay"),
                "an exponential stay": changed(
                    tables, {"stages.guidance.stay": exponential(days(mean))}
                ),
            },
            is_quick=True,
        )
    ]


def _tandem() -> list[Case]:
    """Two delays in a row with returns: the networked infinite-server load."""
    stays = [30.0, 120.0]
    routing = np.array([[0.0, 0.7], [0.2, 0.0]])
    # About what is there in the long run of two a day: 60 / 0.86 and 168 / 0.86.
    there = [70, 195]
    times = [30.0, 60.0, 90.0, 120.0, 135.0, 150.0, 200.0, 300.0, 400.0]
    grid = np.arange(0.0, 420.0, 5.0)
    pairs = ((0.0, 2.0), (60.0, 6.0), (90.0, 2.0))
    laws = [theory.exponential(mean) for mean in stays]

    def path(at: Any) -> np.ndarray:
        rates = [theory.steps(*pairs), 0.0]
        return theory.infinite_server_network(rates, routing, laws, at, initial=there).load

    tables = always_open(
        length=420,
        stages={
            "intake": {
                "stay": exponential(days(stays[0])),
                "next": {"guidance": 0.7, "refused": 0.3},
            },
            "guidance": {
                "stay": exponential(days(stays[1])),
                "next": {"intake": 0.2, "closed": 0.8},
            },
        },
        inflows={"regular": {"rate": piecewise(*pairs)}},
        initial={
            name: {"cases": cases}
            for name, cases in zip(("intake", "guidance"), there, strict=True)
        },
    )
    n = 1500
    exact = path(times)
    # Those there at the start stay or not, the others are Poisson: less scatter than Poisson.
    quantities = [
        Quantity(
            f"E N({t:g}) {name}",
            float(exact[row, station]),
            11 * math.sqrt(float(exact[row, station]) / n),
            lambda look, name=name, t=t: float(look.number(name, t)),
        )
        for station, name in enumerate(("intake", "guidance"))
        for row, t in enumerate(times)
    ]
    return [
        Case(
            name="downstream wave",
            source="equations of the infinite-server network (capsim.theory)",
            model=(
                "70 and 195 cases there; 2 a day, 6 from day 60 to 90; 30 d, then 70 % go on for "
                "120 d, 20 % return"
            ),
            tables=tables,
            quantities=tuple(quantities),
            n=n,
            wrong={"stay 5 % longer": stretched(tables, 1.05, "stay")},
            curves=(
                Curve(
                    "intake",
                    grid,
                    lambda: path(grid)[:, 0],
                    lambda look: look.number("intake", grid),
                ),
                Curve(
                    "guidance",
                    grid,
                    lambda: path(grid)[:, 1],
                    lambda look: look.number("guidance", grid),
                ),
            ),
        )
    ]


def _no_feedback() -> list[Case]:
    """The transient of m_caseload_feedback with beta 0: a delay that starts with 77 cases."""
    (exact,) = (row for row in oracle("m_caseload_feedback")["transient"] if row["beta"] == 0.0)
    first, last = exact["wave_window"]
    base, wave = exact["lam0"], exact["wave"]
    stay = 70.0
    tables = always_open(
        length=721,
        stages={"guidance": {"stay": exponential(days(stay))}},
        inflows={"regular": {"rate": piecewise((0.0, base), (first, base + wave), (last, base))}},
        initial={"guidance": {"cases": exact["n0"]}},
    )
    n = 2000
    quantities = []
    for t, mean, above in zip(
        exact["t"], exact["mean_total"], exact["P_total_gt_knee"], strict=True
    ):
        # The 77 leave as binomials, the others are Poisson: less scatter than Poisson.
        quantities.append(
            Quantity(
                f"E N({t:g})",
                mean,
                11 * math.sqrt(mean / n),
                lambda look, t=t: float(look.number("guidance", t)),
            )
        )
        quantities.append(
            Quantity(
                f"P(N({t:g}) > 100)",
                above,
                chance_found(above, n),
                lambda look, t=t: float(look.number("guidance", t) > 100),
                is_probability=True,
            )
        )
    grid = np.arange(0.0, 721.0, 10.0)
    per_day = theory.steps((0.0, base), (first, base + wave), (last, base))

    def curve() -> np.ndarray:
        return theory.infinite_server_load(
            per_day, theory.exponential(stay), grid, initial=exact["n0"]
        ).load

    return [
        Case(
            name="a wave without feedback",
            source="oracles/m_caseload_feedback, transient, beta 0",
            model="77 cases, 1.1 a day, 2.1 from day 30 to 90, exponential stay of 70 d",
            tables=tables,
            quantities=tuple(quantities),
            n=n,
            wrong={"stay 5 % longer": stretched(tables, 1.05, "stay")},
            curves=(Curve("open cases", grid, curve, lambda look: look.number("guidance", grid)),),
        )
    ]


def cases() -> list[Case]:
    """All of them."""
    return [
        *_infinite(),
        *_car_park(),
        *_seasonal_caseload(),
        *_seasons(),
        *_wave(),
        *_already_there(),
        *_tandem(),
        *_no_feedback(),
        *stroke.cases(),
        *teams.cases(),
    ]

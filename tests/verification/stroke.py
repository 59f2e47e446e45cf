"""Published 01: the occupancy of two stroke units, and the chance of finding no bed."""

from __future__ import annotations

from typing import Any

from scipy import stats

from figures import published
from verification.case import Case, Quantity, Tables, stretched
from verification.writing import always_open, days


def cases() -> list[Case]:
    """Published 01: two units without limit; the stay depends on where a patient goes next.

    A stroke patient's stay in the acute unit depends on the destination, so the inflow of strokes
    is split by destination: a thinned Poisson process. Where both destinations are exits, the stay
    is the mixture.
    """
    model = published("01")
    laws = model["distributions"]

    def los(name: str) -> Tables:
        params = laws[name]["params"]
        return {"law": "lognormal", "mean": days(params["mean"]), "sd": days(params["stdev"])}

    def shares(name: str) -> dict[str, float]:
        params = laws[name]["params"]
        total = sum(params["freq"])
        return {
            value: share / total
            for value, share in zip(params["values"], params["freq"], strict=True)
        }

    def mean_between(name: str) -> float:
        return float(laws[name]["params"]["mean"])

    stroke_rehab = shares("rehab_routing_stroke")
    rehab = {
        "stroke": {
            "law": "mixture",
            "of": [
                {"share": stroke_rehab["esd"], **los("rehab_los_stroke_esd")},
                {"share": stroke_rehab["other"], **los("rehab_los_stroke_noesd")},
            ],
        },
        **{kind: los(f"rehab_los_{kind}") for kind in ("tia", "neuro", "other")},
    }

    def tables(factor: float, kinds: tuple[str, ...]) -> Tables:
        inflows: Tables = {}
        destinations = {"rehab": "noesd", "esd": "esd", "other": "mortality"}
        for to, share in shares("asu_routing_stroke").items():
            inflows[f"stroke-{to}"] = {
                "rate": {"per_day": factor * share / mean_between("asu_arrival_stroke")},
                "stages": {
                    "acute": {
                        "stay": los(f"asu_los_stroke_{destinations[to]}"),
                        "next": {"rehab": 1.0} if to == "rehab" else {"home": 1.0},
                    },
                    "rehab": {"stay": rehab["stroke"]},
                },
            }
        for kind in kinds:
            to_rehab = shares(f"asu_routing_{kind}")["rehab"]
            inflows[kind] = {
                "rate": {"per_day": factor / mean_between(f"asu_arrival_{kind}")},
                "stages": {
                    "acute": {
                        "stay": los(f"asu_los_{kind}"),
                        "next": {"rehab": to_rehab, "home": 1 - to_rehab},
                    },
                    "rehab": {"stay": rehab[kind]},
                },
            }
        for kind in ("stroke", *kinds):
            if f"rehab_arrival_{kind}" in laws:
                inflows[f"{kind}-direct"] = {
                    "enter": "rehab",
                    "rate": {"per_day": factor / mean_between(f"rehab_arrival_{kind}")},
                    "stages": {"rehab": {"stay": rehab[kind]}},
                }
        run = model["run"]
        return always_open(
            length=run["warm_up"] + run["data_collection"],
            warm_up=run["warm_up"],
            stages={
                "acute": {"stay": days(1), "next": {"home": 1.0}},
                "rehab": {"stay": days(1), "next": {"home": 1.0}},
            },
            inflows=inflows,
        )

    variants = {
        "base": (tables(1.0, ("tia", "neuro", "other")), "suptable1, tables 2 and 3"),
        "plus5pct": (tables(1.05, ("tia", "neuro", "other")), "table 2, 5 % more"),
        "no_complex_neuro": (tables(1.0, ("tia", "other")), "table 2, without neurology"),
    }
    known = model["exact_oracle"]
    cases = []
    for variant, (stated, table) in variants.items():
        means = known["mean_occupancy"][variant]
        quantities = [
            Quantity(
                f"mean occupancy, {unit}",
                mean,
                0.02 * mean,
                lambda look, stage=stage: look[f"in_stage_mean[{stage}]"],
            )
            for unit, stage, mean in (
                ("acute", "acute", means["asu"]),
                ("rehab", "rehab", means["rehab"]),
            )
        ]
        for unit, beds in known["p_delay"][variant].items():
            stages = {"asu": ["acute"], "rehab": ["rehab"], "pooled": ["acute", "rehab"]}[unit]
            mean = sum(means[{"acute": "asu", "rehab": "rehab"}[stage]] for stage in stages)
            for n_beds, rounded in beds.items():
                b = int(n_beds)
                exact = float(stats.poisson.pmf(b, mean) / stats.poisson.cdf(b, mean))
                assert abs(exact - rounded) < 1e-4, (variant, unit, b, exact, rounded)
                quantities.append(
                    Quantity(
                        f"P(delay), {n_beds} beds {' and '.join(stages)}",
                        exact,
                        0.004 + 0.1 * exact,
                        _delay_chance(stages, b, exact, float(stats.poisson.cdf(b, mean))),
                    )
                )
        cases.append(
            Case(
                name=f"stroke units, {variant}",
                source=f"published/01, {table}",
                model="seven inflows, acute unit and rehabilitation without limit, lognormal stays",
                note="strokes split by destination, as their stay depends on it",
                tables=stated,
                quantities=tuple(quantities),
                n=1100,
                wrong={"stays 2 % longer": stretched(stated, 1.02, "stay")},
                is_quick=variant == "base",
            )
        )
    return cases


def _delay_chance(stages: list[str], beds: int, exact: float, within: float) -> Any:
    """P(N = beds) / P(N <= beds) of the daily counts, made linear around the exact ratio.

    A ratio of means of one run has a bias; the linear form has none if `exact` is the ratio.
    """

    def value(look: Any) -> float:
        n = sum(look.daily(stage) for stage in stages)
        return float(exact + ((n == beds).mean() - exact * (n <= beds).mean()) / within)

    return value

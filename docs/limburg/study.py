"""Every number and figure of docs/limburg*.md: `make limburg` computes them and fills the pages.

    python docs/limburg/study.py            # simulates, writes numbers.json, figures and pages
    python docs/limburg/study.py --pages    # fills the pages from the numbers that are stored
    python docs/limburg/study.py --only notice  # simulates one part, keeps the other numbers
    python docs/limburg/study.py --show level.preset.announced

Scenarios meet the same people with the same luck (seed 1). Few replications are enough for that:
the luck of a difference is told beside the tables. Over the inputs of [uncertain], draw k is the
same in every variant, so that ranges are of differences as well.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tables import fill_pages

import capsim
from capsim.catalogue import Selector

HERE = Path(__file__).parent
STORED = HERE / "numbers.json"
IMAGES = HERE.parent / "images"

PROVINCE = capsim.load("limburg")
SEED, N, SAMPLES, JOBS = 1, 24, 40, 2

ANNOUNCED, NONE = "announced", "none"
HEADLINES = (
    "phased-3-months",
    "phased-6-months",
    "phased",
    "informed-early",
    "informed",
    "structural-staff",
    "structural-28",
    "structural-42",
    "late-staff",
    "hard-hiring",
    "joint-contacts",
    "joint-exits",
    "joint-activation",
    "clusters",
    "extra-meetings",
    "decisions-first",
    "together",
    "vdab",
    "complexity",
    "fears",
    "all-together",
)
"""Variants that the pages hold against the announced dates, with both assumption sets."""

RANGED = (
    "informed-early",
    "informed",
    "phased",
    "clusters",
    "structural-staff",
    "joint-activation",
    "together",
)
"""Of these also with a range over the inputs, the same draws for all."""

SETS: dict[str, dict[str, Any]] = {
    "preset": {},
    "few": {"stages.investigation.decision.urgent": 0.01},
}
"""Two assumption sets: the chair decides eight in ten urgent files, or hardly any."""

OWN_EXITS = ("joint-contacts", "joint-exits", "joint-activation", "decisions-first", "together",
             "all-together")  # fmt: skip
SAME_EXITS = tuple(one for one in HEADLINES if one not in OWN_EXITS)
"""Of these also with everybody leaving guidance at their own pace: the others are about exits."""

NO_REFORM = {"inflows.reform.take_up": 0}
WITHOUT = ("pooled", "clusters", "pooled-investigation", "extra-meetings", "thorough", "contract",
           "elasticity-zero", "own-pace", "decisions-first")  # fmt: skip

SELECTORS = {
    "peak": "pending_peak[investigation]",
    "late": "late_share[investigation]",
    "days": "decision_days_mean[investigation]",
    "p90": "decision_days_p90[investigation]",
    "joined": "arrivals[investigation]",
    "files": "caseload_per_fte[social]",
    "files_2028": "caseload_per_fte[social, window=2028]",
    "contact": "contact_ratio[guidance]",
    "used": "utilization[social]",
    "stock": "in_stage_mean[guidance, window=2028]",
    "late_2027": "late_share[investigation, window=2027]",
    "late_2028": "late_share[investigation, window=2028]",
    "late_regular": "late_share[investigation, inflow=regular]",
    "cost": "cost_total[all, window=all]",
}
YEARS = {
    "joined": "arrivals[investigation, window=all]",
    "late": "late_share[investigation, window=all]",
    "cost": SELECTORS["cost"],
}
"""The three years together."""
ASKED = {name: SELECTORS[name] for name in ("peak", "late", "days", "joined", "files_2028", "cost")}
"""Of the inputs: what the table of demands shows."""


def of(variant: str) -> capsim.Scenario:
    """A variant of the preset, or the province without the reform."""
    return PROVINCE if variant == NONE else PROVINCE.variant(variant)


def vectors(values: Any, selectors: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Values by measure and run, with what follows from them."""
    found = {}
    for name, selector in selectors.items():
        asked = Selector.parse(selector)
        mine = values[
            (values["measure"] == asked.measure)
            & (values["of"] == asked.of)
            & (values["window"] == (asked.window or "2026"))
            & (values["inflow"] == asked.inflow)
            & (values["office"] == "all")
        ]
        found[name] = mine.sort_values("replication")["value"].to_numpy()
        assert len(found[name]) == values["replication"].nunique(), name
    if {"joined", "late"} <= found.keys():
        found["late_n"] = found["joined"] * found["late"]
    if {"joined", "days"} <= found.keys():
        found["person_days"] = found["joined"] * found["days"] / 1000
    if "cost" in found:
        found["cost"] = found["cost"] / 1e6
    return found


def told(values: np.ndarray) -> list[float]:
    """Mean, and half of its 95 % interval."""
    half = 1.96 * values.std(ddof=1) / np.sqrt(len(values))
    return [round(float(values.mean()), 6), round(float(half), 6)]


def studied(scenario: capsim.Scenario, n: int) -> tuple[dict[str, np.ndarray], Any]:
    """Runs of a scenario: their measures, and their money."""
    result = capsim.replicate(scenario, n=n, seed=SEED, jobs=JOBS)
    return vectors(result.values(*SELECTORS.values()), SELECTORS), result


def whole(scenario: capsim.Scenario) -> dict[str, np.ndarray]:
    """Late decisions and costs of the three years together, and late decisions of 2026."""
    result = capsim.replicate(scenario, n=N, seed=SEED, jobs=JOBS)
    first = {name: SELECTORS[name] for name in ("joined", "late")}
    found = vectors(result.values(*YEARS.values()), YEARS)
    found["late_n_2026"] = vectors(result.values(*first.values()), first)["late_n"]
    return found


def money_of(result: Any) -> dict[str, float | None]:
    """Millions of euros of 2026 to 2028, by item; the share that the doubled subsidy covers."""
    frame = result.money()
    frame = frame[(frame["office"] == "all") & (frame["inflow"] == "all")]
    frame = frame[frame["period"].astype(str).isin(["2026", "2027", "2028"])]
    sums = frame.groupby("item")["amount"].sum() / 1e6
    posts = sum(value for item, value in sums.items() if str(item).endswith(".post"))
    wages = sum(value for item, value in sums.items() if str(item).endswith(".open_month"))
    known = {"posts": posts, "wages": wages, "late": sums["stages.investigation.late_day"],
             "doubled": sums["doubled"], "reimbursed": sums["reimbursed"],
             "per_file": sums["per_file"], "outflow": sums["outflow"]}  # fmt: skip
    covered = result.values("funded_share[doubled, window=all]")["value"].mean()
    numbers = {**known, "covered": covered}
    return {name: None if value != value else round(float(value), 4)
            for name, value in numbers.items()}  # fmt: skip


def levels_and_worth() -> dict[str, Any]:
    """Means of every variant, and differences from the announced dates on the same luck."""
    level: dict[str, Any] = {}
    worth: dict[str, Any] = {}
    money: dict[str, Any] = {}
    for name, changes in SETS.items():
        level[name], worth[name] = {}, {}
        every = (ANNOUNCED, NONE, *HEADLINES)
        if name == "preset":
            every = tuple(dict.fromkeys((*every, *PROVINCE.variants)))
        announced: dict[str, np.ndarray] = {}
        for variant in every:
            scenario = of(variant)
            found, result = studied(scenario.with_(changes) if changes else scenario, N)
            announced = announced or found
            level[name][variant] = {key: told(one) for key, one in found.items()}
            worth[name][variant] = {key: told(one - announced[key]) for key, one in found.items()}
            if name == "preset":
                money[variant] = money_of(result)
    calm = {}
    for variant in WITHOUT:
        found, _ = studied(of(variant).with_(NO_REFORM), N // 2)
        calm[variant] = {key: told(one) for key, one in found.items()}
    return {"level": level, "worth": worth, "money": money, "calm": calm}


def over_inputs() -> dict[str, Any]:
    """From the 5 % to the 95 % draw of [uncertain]: levels, and differences from the announced."""
    drawn: dict[str, dict[str, np.ndarray]] = {}
    every = dict(of(ANNOUNCED).uncertain_inputs)
    calm = {path: law for path, law in every.items() if not path.startswith("inflows.reform")}
    for variant in (NONE, ANNOUNCED, *RANGED):
        result = capsim.uncertainty(
            of(variant), calm if variant == NONE else every, list(ASKED.values()),
            samples=SAMPLES, replications=2, seed=SEED, jobs=JOBS,
        )  # fmt: skip
        runs = vectors(result.values(), ASKED)
        drawn[variant] = {key: one.reshape(SAMPLES, 2).mean(axis=1) for key, one in runs.items()}

    def ends(values: np.ndarray) -> list[float]:
        return [round(float(end), 6) for end in np.quantile(values, [0.05, 0.95])]

    base = drawn[ANNOUNCED]
    worth = {
        variant: {key: ends(one - base[key]) for key, one in drawn[variant].items()}
        for variant in RANGED
    }
    level = {v: {key: ends(one) for key, one in found.items()} for v, found in drawn.items()}
    # In how many draws a demand prevents more late decisions than the next one of the row.
    row = ("structural-staff", "phased", "informed-early", "joint-activation", ANNOUNCED)
    before = {
        first: int((drawn[first]["late_n"] < drawn[second]["late_n"]).sum())
        for first, second in itertools.pairwise(row)
    }
    return {"level": level, "worth": worth, "before": before}


def years() -> dict[str, Any]:
    """The three years together, against the announced dates: demands, and six posts for ten."""
    guidance = {"stages.guidance": PROVINCE.variants["own-pace"]["stages.guidance"]}
    six = of("structural-staff").with_({"teams.social.changes.structural.add": 6})
    ways = {
        "preset": {**{one: of(one) for one in (ANNOUNCED, *RANGED)}, "six-posts": six},
        "own_pace": {one: of(one).with_(guidance) for one in (ANNOUNCED, *SAME_EXITS)},
    }
    results: dict[str, Any] = {}
    for way, scenarios in ways.items():
        found = {name: whole(scenario) for name, scenario in scenarios.items()}
        base = found[ANNOUNCED]
        results[way] = {
            name: {key: told(one[key] - base[key]) for key in ("late_n", "late_n_2026", "cost")}
            for name, one in found.items()
        }
        results[way]["level"] = told(base["late_n"])
    return results


def notice() -> dict[str, Any]:
    """Ten posts decided when the first wave is announced, by the months before it."""
    found = {}
    for months in (0, 2, 4, 6, 8):
        path = "inflows.reform.waves.first.notice"
        scenario = of("informed").with_({path: f"{months} months"})
        runs, _ = studied(scenario, N)
        found[str(months)] = {key: told(runs[key]) for key in ("peak", "late", "late_n", "days")}
    return found


def funded_staff() -> dict[str, Any]:
    """The same money for outflow, by file, and as lasting posts."""
    found: dict[str, Any] = {}
    for variant in ("funded-by-outflow", "funded-per-file"):
        result = capsim.funded(of(variant), "posts", n=N // 2, seed=SEED, jobs=JOBS)
        years = result.years.set_index("year")
        posts = {str(year): round(float(years.loc[year, "posts"]), 2) for year in years.index}
        late = {}
        for year in ("2026", "2027", "2028"):
            selector = f"late_share[investigation, window={year}]"
            table = result.comparison.summary(selector).set_index("scenario")["mean"]
            late[year] = {str(name): round(float(value), 4) for name, value in table.items()}
        found[variant] = {"posts": posts, "late": late}
    return found


def sensitivity() -> list[dict[str, Any]]:
    """Inputs of [uncertain] from end to end, one at a time, by influence on late decisions."""
    scenario = of(ANNOUNCED)
    spans = {
        path: tuple(one["between"]) if "between" in one else (one["low"], one["high"])
        for path, one in scenario.uncertain_inputs.items()
    }
    result = capsim.sensitivity(
        scenario, spans, [SELECTORS["late"], SELECTORS["peak"]],
        method="oat", replications=N // 2, seed=SEED, jobs=JOBS,
    )  # fmt: skip
    table = result.indices.set_index(["input", "measure", "index"])["value"]
    rows = [
        {
            "input": path,
            "ends": [str(end) for end in ends],
            "late": [
                round(float(table[path, SELECTORS["late"], end]), 4) for end in ("low", "high")
            ],
            "peak": [
                round(float(table[path, SELECTORS["peak"], end]), 1) for end in ("low", "high")
            ],
        }
        for path, ends in spans.items()
    ]
    return sorted(rows, key=lambda row: -abs(row["late"][1] - row["late"][0]))


def january() -> dict[str, float]:
    """What the preset says of the readings of January 2026, by arithmetic on its own numbers."""
    wave = of(ANNOUNCED).inflows["reform"].waves["first"]
    take_up = of(ANNOUNCED).inflows["reform"].take_up
    ahead = wave.ahead.days

    def come(day: float) -> float:
        return round(float(take_up * wave.lag.cdf(day + ahead, capsim.scenario.units.days)), 4)

    people = sum(one.people for one in of("later-waves").inflows["reform"].waves.values())
    share = of(ANNOUNCED).offices["riemst"].share
    return {"by_16": come(15), "by_20": come(19), "by_feb_2": come(32), "riemst": people * share}


def months() -> dict[str, Any]:
    """By month of 2026: late share and people without a decision, with the figure."""
    names = (NONE, ANNOUNCED, "phased", "structural-28", "together")
    study = capsim.compare(
        {name: of(name) for name in names}, n=N, seed=SEED, jobs=JOBS, by="1 month"
    )
    axes = capsim.plots.by_period(study, "pending_mean[investigation]")
    axes.figure.savefig(IMAGES / "limburg-pending.png", dpi=110)
    found: dict[str, Any] = {}
    for key, selector in (("late", SELECTORS["late"]), ("pending", "pending_mean[investigation]")):
        frame = study.by(selector)
        frame = frame[frame["window"].str.startswith("2026")]
        for scenario, window, mean in zip(
            frame["scenario"], frame["window"], frame["mean"], strict=True
        ):
            found.setdefault(key, {}).setdefault(scenario, {})[window[-2:]] = round(float(mean), 4)
    return found


def identity() -> dict[str, str]:
    """What was simulated, and what is uncertain of it, by variant: short hashes."""
    found = {}
    for variant in (NONE, *PROVINCE.variants):
        scenario = of(variant)
        text = scenario.hash + json.dumps(scenario.uncertain_inputs, sort_keys=True, default=str)
        found[variant] = hashlib.sha256(text.encode()).hexdigest()[:12]
    return found


PARTS: Mapping[str, Callable[[], Any]] = {
    "demands": levels_and_worth,
    "inputs": over_inputs,
    **{one.__name__: one for one in (years, notice, funded_staff, sensitivity, january, months)},
}  # fmt: skip


def main() -> None:
    """Compute, or only fill the pages, or show."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", action="store_true", help="fill the pages, simulate nothing")
    parser.add_argument("--only", choices=PARTS, help="simulate one part, keep the other numbers")
    parser.add_argument("--show", metavar="NAME", help="print stored numbers, such as worth.preset")
    asked = parser.parse_args()
    stored: dict[str, Any] = json.loads(STORED.read_text(encoding="utf-8"))
    if asked.show:
        node: Any = stored
        for name in asked.show.split("."):
            node = node[int(name)] if isinstance(node, list) else node[name]
        print(json.dumps(node, indent=1))
        return
    if not asked.pages:
        if asked.only and stored["identity"] != identity():
            parser.error("the preset is no longer that of the stored numbers: simulate all of them")
        stored |= {"n": N, "samples": SAMPLES, "seed": SEED, "identity": identity()}
        for name in [asked.only] if asked.only else PARTS:
            found = PARTS[name]()
            stored |= found if name == "demands" else {name: found}
        STORED.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    fill_pages(stored)


if __name__ == "__main__":
    main()

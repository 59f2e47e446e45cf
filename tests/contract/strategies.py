"""Whole scenarios at random, on clocks so coarse that nearly everything ties.

A day of the office has between two and a few hundred ticks, gaps and stays are mostly whole days,
and works a few seconds: so visits, gaps, meetings, arrivals and patience end at the same
instants, and only the rules of the contract say what comes first. All features are mixed. What
mutations of an engine survived most easily is asked for more often than its share: hand-overs
(before new cases, on desks, in mid-visit), leaving the queue, and blocked heads.
"""

from __future__ import annotations

import datetime
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st

import capsim
from capsim.plan import compile_plan

START = datetime.date(2026, 1, 1)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_SECONDS = (2, 3, 5, 9, 36, 360)


def often(probability: float) -> st.SearchStrategy[bool]:
    """True about so often."""
    n = round(10 * probability)
    return st.sampled_from([False] * (10 - n) + [True] * n)


@st.composite
def delays(draw: Any, longest: int = 8, *, random: float = 0.1, workdays: float = 0.1) -> Any:
    """A law of calendar time: mostly a few whole days, so that ends coincide."""
    kind = draw(st.sampled_from(range(100)))
    days = draw(st.integers(1, longest))
    if kind < 100 * random:
        return {"law": "exponential", "mean": f"{days} days"}
    if kind < 100 * (random + workdays):
        return f"{days} workdays"
    if kind > 90:
        return draw(
            st.sampled_from(
                [
                    "1 s",
                    "12 h",
                    {
                        "law": "mixture",
                        "of": [
                            {"share": 0.5, "law": "fixed", "mean": "1 day"},
                            {"share": 0.5, "law": "fixed", "mean": "3 days"},
                        ],
                    },
                    {"law": "exponential", "mean": "2 days", "growth": 0.5},
                ]
            )
        )
    return f"{days} days"


@st.composite
def works(draw: Any, day: int) -> Any:
    """Laws of client work, from nothing to more than a day."""
    seconds = st.sampled_from([0, 1, 1, 2, 3, day // 2, day, day + 1])
    if draw(often(0.1)):
        return {"law": "exponential", "mean": f"{draw(st.integers(1, day))} s"}
    if draw(often(0.2)):
        return [f"{draw(seconds)} s" for _ in range(draw(st.integers(1, 3)))]
    return f"{draw(seconds)} s"


@st.composite
def teams(draw: Any, n_offices: int, names: list[str], horizon: int) -> dict[str, Any]:
    """A team: few workers, and often absences, leavers and changes."""
    team: dict[str, Any] = {
        "fte": draw(st.sampled_from([0.2, 0.5, 1, 1.5, 2, 3])) * n_offices,
        "worker_fte": draw(st.sampled_from([0.2, 0.5, 1])),
        "client_share": draw(st.sampled_from([1.0, 0.75])),
        "discipline": draw(st.sampled_from(["fifo", "fifo", "deadline", "returning_first"])),
    }
    if draw(often(0.5)):
        team["caseload_limit"] = draw(st.sampled_from([0.5, 1, 2, 3, 5, 10]))
    if n_offices > 1 and draw(often(0.4)):
        cut = draw(st.integers(1, n_offices - 1))
        team["shared"] = draw(st.sampled_from([True, [names[:cut], names[cut:]], [names[1:]]]))
    if draw(often(0.4)):
        team["changes"] = {
            f"c{k}": {
                "at": (START + datetime.timedelta(days=draw(st.integers(0, horizon)))).isoformat(),
                "add": draw(st.sampled_from([1, 0.5, 2, -0.5, -1, -0.2])),
            }
            for k in range(draw(st.integers(1, 3)))
        }
    if draw(often(0.3)):
        team.setdefault("changes", {})["posts"] = {
            "decided": draw(st.sampled_from(["2026-01-01", "2025-12-30", "2026-01-03"])),
            "lead": draw(delays(6)),
            "add": draw(st.sampled_from([0.5, 1, 2])),
            "filled": draw(st.sampled_from([1.0, 0.5])),
        }
        if n_offices > 1 and draw(often(0.5)):
            team["changes"]["posts"]["offices"] = [names[-1]]
    if draw(often(0.3)):
        team["worker_fte"] = 0.2
        team["weekdays"] = draw(
            st.sampled_from([["thu"], ["thu", "sun", "mon"], [["thu", "fri"], ["mon", "thu"]]])
        )
    if draw(often(0.5)):
        team["onboarding"] = {
            "length": draw(st.sampled_from(["1 day", "3 days", "5 workdays"])),
            "rate": draw(st.sampled_from([0.5, 0.3, 1.0])),
        }
    if draw(often(0.5)):
        team["absence"] = {
            f"k{k}": {
                "spells_per_year": draw(st.sampled_from([30, 100, 400])),
                "length": draw(delays(5)),
            }
            for k in range(draw(st.integers(1, 2)))
        }
    if draw(often(0.4)):
        team["turnover"] = {
            "per_year": draw(st.sampled_from([10, 40, 150])),
            "vacancy": draw(delays(4)),
        }
    if draw(often(0.7)):
        team["handover_after"] = draw(st.sampled_from(["1 s", "1 day", "2 days"]))
    if draw(often(0.05)):
        team["fte"] = 0
        team["changes"] = {
            "late": {"at": (START + datetime.timedelta(days=3)).isoformat(), "add": 1}
        }
    return team


@st.composite
def stages(draw: Any, position: int, names: list[str], staff: list[str], day: int) -> Any:
    """A stage of any kind; routes that take no time go forward only."""
    later = names[position + 1 :]
    stage: dict[str, Any] = {}
    kind = draw(st.sampled_from(["delay", "pooled", "pooled", "caseworker", "caseworker"]))
    if kind == "delay":
        stage["stay"] = draw(delays())
        if draw(often(0.4)):
            stage["pauses_deadlines"] = True
    else:
        stage["team"] = draw(st.sampled_from(staff))
        stage["work"] = draw(works(day))
        stage["priority"] = draw(st.sampled_from([0, 0, 0, 1, -1]))
        if draw(often(0.4)):
            stage["patience"] = draw(delays(6))
        if draw(often(0.4)):
            stage["room"] = draw(rooms([0, 1, 2, 5]))
        for way in ("if_left", "if_turned_away"):
            if draw(often(0.4)):
                stage[way] = draw(st.sampled_from([*later, "elsewhere"]))
        if draw(often(0.7)):
            stage["gap"] = draw(delays(4))
        if draw(often(0.3)):
            stage["no_show"] = draw(no_shows(day))
        if kind == "caseworker" and draw(often(0.3)):
            stage["partner"] = draw(st.sampled_from([0.3, 0.7, 1.0]))
        counts = [1, 2, 3, {"law": "geometric", "mean": 2.5}]
        if kind == "pooled":
            stage["visits"] = draw(st.sampled_from(counts))
        else:
            stage["caseworker"] = True
            if draw(often(0.3)):
                stage["keep_place"] = True
            ending = draw(st.sampled_from(["visits", "stay", "stay", "closing"]))
            if ending == "visits":
                stage["visits"] = draw(st.sampled_from(counts))
            elif ending == "stay":
                stage["stay"] = draw(delays(12))
                stage["gap"] = draw(delays(4))
            else:
                stage["closing"] = draw(closings())
    if draw(often(0.35)):
        stage["decision"] = draw(decisions())
    if draw(often(0.5)) and "pauses_deadlines" not in stage:
        stage["deadline"] = {
            "within": draw(st.sampled_from(["1 day", "3 days", "5 days", "30 h", "3 workdays"])),
            "from": draw(st.sampled_from(names)),
            "until": draw(st.sampled_from(["end", "end", "start"])),
        }
        if "decision" not in stage and draw(often(0.2)):
            stage["deadline"] = "4 days"
        elif draw(often(0.5)):
            stage["deadline"]["on_return"] = draw(st.sampled_from(["continue", "restart"]))
    ways = draw(st.lists(st.sampled_from([*names, "out", "gone"]), max_size=3, unique=True))
    if ways:
        stage["next"] = dict(zip(ways, _shares(draw, len(ways)), strict=True))
    return stage


def rooms(places: list[int]) -> st.SearchStrategy[Any]:
    """How many may wait; in half of them the least urgent has to go."""
    return st.sampled_from([*places, *({"places": n, "turn_away": "least_urgent"} for n in places)])


@st.composite
def no_shows(draw: Any, day: int) -> dict[str, Any]:
    """Appointments that are missed, at no cost or more than a day."""
    no_show: dict[str, Any] = {"share": draw(st.sampled_from([0.2, 0.6]))}
    if draw(often(0.7)):
        no_show["costs"] = f"{draw(st.sampled_from([1, 2, day + 1]))} s"
    return no_show


@st.composite
def closings(draw: Any) -> dict[str, Any]:
    """Closing that mostly depends on the load at that moment."""
    closing: dict[str, Any] = {"probability": draw(st.sampled_from([0.3, 1.0]))}
    if draw(often(0.7)):
        closing["norm"] = draw(st.sampled_from([1, 3]))
        closing["elasticity"] = draw(st.sampled_from([-1.0, 0.0, 0.5]))
    return closing


def own_cases_only(draw: Any, content: dict[str, Any]) -> None:
    """Let every team see its own cases only, in order: their visits can be foreseen."""
    for team in content["teams"].values():
        team["discipline"] = "fifo"
    for stage in content["stages"].values():
        if "team" in stage:
            stage["caseworker"] = True
            stage["priority"] = 0
            stage.pop("no_show", None)
            stage.pop("partner", None)
            if stage.pop("stay", None) is not None or draw(often(0.3)):
                stage.pop("visits", None)
                stage.setdefault("closing", draw(closings()))
    for inflow in content["inflows"].values():
        inflow["priority"] = 0
        for settings in inflow.get("stages", {}).values():
            settings.pop("priority", None)
        if "trace" in inflow:
            inflow["trace"].pop("stay", None)


def strain_on_leaving(draw: Any, team: dict[str, Any]) -> None:
    """Let leaving rise with the load, from low norms on."""
    turnover = team.setdefault(
        "turnover", {"per_year": draw(st.sampled_from([10, 40])), "vacancy": draw(delays(4))}
    )
    turnover["load"] = {
        "norm": draw(st.sampled_from([0.5, 1, 3])),
        "elasticity": draw(st.sampled_from([0.5, 1, 4])),
    }


OF_VISITS = ("work", "visits", "gap", "closing", "no_show", "partner", "caseworker")


def places_instead(draw: Any, content: dict[str, Any], team: str, horizon: int) -> None:
    """Let a team have places, and cases stay there instead of being visited."""
    shared = content["teams"][team].get("shared")
    table: dict[str, Any] = {"places": draw(st.sampled_from([0, 1, 2, 3, 5]))}
    if shared is not None:
        table["shared"] = shared
    if table["places"] == 0 or draw(often(0.5)):
        table["changes"] = {
            f"c{k}": {
                "at": (START + datetime.timedelta(days=draw(st.integers(0, horizon)))).isoformat(),
                "add": add,
            }
            for k, add in enumerate(draw(st.sampled_from([[1], [2, -1], [3, -3, 1], [-1, 1]])))
        }
    content["teams"][team] = table
    for office in content.get("offices", {}).values():
        if team in office.get("fte", {}):
            del office["fte"][team]
    names = [name for name, stage in content["stages"].items() if stage.get("team") == team]
    for name in names:
        stage = content["stages"][name]
        stage["stay"] = draw(delays(5))
        if draw(often(0.4)):
            stage["keep_place"] = True
        settings = [stage]
        settings += [one.get("stages", {}).get(name, {}) for one in content["inflows"].values()]
        for one in settings:
            for field in OF_VISITS:
                one.pop(field, None)
        for one in content["inflows"].values():
            one.get("trace", {}).get("work", {}).pop(name, None)
        for office in content.get("offices", {}).values():
            office.get("set", {}).pop(f"stages.{name}.work", None)


@st.composite
def decisions(draw: Any) -> dict[str, Any]:
    """Meetings, often full, often urgent."""
    decision: dict[str, Any] = draw(
        st.sampled_from(
            [
                {"every": "1 day"},
                {"every": "3 days"},
                {"every": "2 workdays"},
                {"every": "1 week", "first": "2026-01-02"},
                {"dates": ["2026-01-03", "2026-01-04", "2026-01-08"]},
            ]
        )
    )
    decision = dict(decision)
    if draw(often(0.5)):
        decision["places"] = draw(st.sampled_from([1, 2, 5]))
    if draw(often(0.5)):
        decision["urgent"] = draw(st.sampled_from([1.0, 0.5]))
    if draw(often(0.2)):
        decision["closed"] = ["2026-01-02", {"from": "2026-01-04", "until": "2026-01-06"}]
    return decision


def _shares(draw: Any, n: int) -> list[float]:
    """Shares that sum to 1, some of them perhaps 0."""
    parts = [draw(st.integers(0, 4)) for _ in range(n)]
    if not sum(parts):
        parts[0] = 1
    return [part / sum(parts) for part in parts]


@st.composite
def burdens(draw: Any) -> dict[str, Any]:
    """Factors on the work of a case."""
    burden: dict[str, Any] = draw(
        st.sampled_from(
            [
                {"law": "empirical", "values": [0, 2]},
                {"law": "empirical", "values": [0.5, 2], "weights": [2, 1]},
                {"law": "gamma", "cv": 0.6},
            ]
        )
    )
    return burden


@st.composite
def inflows(draw: Any, table: dict[str, Any], names: list[str], horizon: int, day: int) -> Any:
    """Cases by rate, trace and waves, with settings of their own."""
    stage_names = list(table)
    inflow: dict[str, Any] = {
        "priority": draw(st.sampled_from([0, 0, 1])),
        "case_weight": draw(st.sampled_from([1.0, 1.0, 0.5, 2.5])),
    }
    if draw(often(0.3)):
        inflow["burden"] = draw(burdens())
    if draw(often(0.3)):
        inflow["enter"] = draw(st.sampled_from(stage_names))
    if draw(often(0.7)):
        inflow["rate"] = {"per_day": draw(st.sampled_from([0, 1, 3, 6]))}
        if draw(often(0.2)):
            inflow["rate"] = {"steps": [["0 days", 1], ["5 days", 4]], "unit": "per_day"}
        elif draw(often(0.1)):
            steps = [["2025-12-01", 2], ["2026-01-04", 5]]
            inflow["rate"] = {"steps": steps, "unit": "per_day"}
    if draw(often(0.2)):
        inflow |= draw(counts(names))
    if draw(often(0.2)):
        inflow["weekdays"] = draw(st.sampled_from([[2, 1, 1, 1, 1, 0, 0], [0, 0, 0, 1, 0, 0, 0]]))
    if "rate" in inflow and draw(often(0.2)):
        inflow["dispersion"] = draw(st.sampled_from([1.5, 6.0]))
    if "rate" in inflow and draw(often(0.2)):
        inflow["together"] = draw(st.sampled_from([2, {"law": "geometric", "mean": 1.5}]))
    if draw(often(0.5)):
        n = draw(st.integers(1, 12))
        when = draw(
            st.lists(
                st.one_of(st.integers(0, horizon), st.floats(0, horizon)), min_size=n, max_size=n
            )
        )
        inflow["trace"] = {"when": [float(one) for one in when]}
        if draw(often(0.3)):
            inflow["trace"]["office"] = [draw(st.sampled_from([None, *names])) for _ in range(n)]
        served = [name for name in stage_names if "team" in table[name]]
        if served and draw(often(0.3)):
            cells = [draw(st.sampled_from([None, 1 / 3600, 2 / 3600])) for _ in range(n)]
            inflow["trace"]["work"] = {draw(st.sampled_from(served)): cells}
        stays = [name for name in stage_names if "stay" in table[name]]
        if stays and draw(often(0.3)):
            cells = [draw(st.sampled_from([None, 0.0, 1.0, 2.0])) for _ in range(n)]
            inflow["trace"]["stay"] = {draw(st.sampled_from(stays)): cells}
    if draw(often(0.4)):
        inflow["waves"] = {
            "w": {
                "date": (
                    START + datetime.timedelta(days=draw(st.integers(0, horizon)))
                ).isoformat(),
                "people": draw(st.integers(0, 15)),
            }
        }
        if draw(often(0.5)):
            inflow["waves"]["w"]["over"] = draw(st.sampled_from(["3 days", "2 workdays"]))
        if draw(often(0.3)):
            inflow["waves"]["w"] |= {"take_up": 0.7, "lag": draw(delays(5, workdays=0))}
        if draw(often(0.3)) and inflow["waves"]["w"].get("over") != "2 workdays":
            inflow["waves"]["w"]["ahead"] = draw(st.sampled_from(["2 days", "1 month"]))
        inflow["take_up"] = draw(st.sampled_from([1.0, 0.5]))
        if draw(often(0.3)):
            inflow["lag"] = draw(delays(5))
    own = draw(st.sampled_from([None, *stage_names]))
    if own is not None and draw(often(0.7)):
        settings: dict[str, Any] = {}
        if "team" in table[own]:
            settings["work"] = draw(works(day))
            if draw(often(0.4)):
                settings["room"] = draw(rooms([0, 1, 3]))
            if draw(often(0.4)):
                settings["patience"] = draw(delays(6))
            if draw(often(0.3)):
                settings["priority"] = draw(st.sampled_from([0, 2]))
        if draw(often(0.4)):
            settings["decision"] = False if draw(often(0.5)) else draw(decisions())
        if draw(often(0.3)) and "pauses_deadlines" not in table[own]:
            settings["deadline"] = "3 days"
        if draw(often(0.3)):
            settings["next"] = {draw(st.sampled_from([*stage_names, "out"])): 1.0}
        if settings:
            inflow["stages"] = {own: settings}
    return inflow


@st.composite
def initial_cases(draw: Any, n_inflows: int) -> Any:
    """Those of the first day in one stage, of one inflow or of each; seldom a steady number."""

    def table(inflow: int) -> dict[str, Any]:
        number = draw(st.integers(0, 8)) if draw(often(0.95)) else "steady"
        age = {"age": draw(delays(6))} if draw(often(0.5)) else {}
        return {"cases": number, "inflow": f"i{inflow}"} | age

    if draw(often(0.2)):
        return [table(inflow) for inflow in range(n_inflows)]
    return table(0)


@st.composite
def counts(draw: Any, names: list[str]) -> Any:
    """Numbers by month, week or day, some of them cut by the start or by the horizon."""
    when = draw(
        st.sampled_from(
            [
                ["2026-01", "2026-02"],
                ["2025-W52", "2026-W01", "2026-W02"],
                ["2026-01-01", "2026-01-03", "2026-01-04"],
            ]
        )
    )
    table: dict[str, Any] = {"when": when, "count": [draw(st.integers(0, 9)) for _ in when]}
    if draw(often(0.4)):
        table["office"] = [draw(st.sampled_from([None, *names])) for _ in when]
    return {"counts": table, "counts_exact": draw(st.booleans())}


@st.composite
def scenarios(draw: Any) -> capsim.Scenario:
    """A valid scenario of one to five offices."""
    horizon = draw(st.sampled_from([1, 3, 8, 15, 30, 40]))
    day = draw(st.sampled_from(DAY_SECONDS))
    n_offices = draw(st.sampled_from([1, 1, 2, 3, 5]))
    names = ["main"] if n_offices == 1 else [f"o{k}" for k in range(n_offices)]
    calendar: dict[str, Any] = {"hours_per_day": day / 3600, "country": False}
    if draw(often(0.4)):
        others = draw(st.lists(st.sampled_from(WEEK), unique=True))
        calendar["weekdays"] = sorted({"thu", *others}, key=WEEK.index)
    if draw(often(0.3)):
        calendar["closed"] = [
            (START + datetime.timedelta(days=draw(st.integers(0, horizon)))).isoformat()
        ]
    staff = [f"t{k}" for k in range(draw(st.integers(1, 3)))]
    stage_names = [f"s{k}" for k in range(draw(st.integers(1, 5)))]
    table: dict[str, Any] = {
        name: draw(stages(position, stage_names, staff, day))
        for position, name in enumerate(stage_names)
    }
    content: dict[str, Any] = {
        "start": START,
        "horizon": f"{horizon} days",
        "calendar": calendar,
        "teams": {name: draw(teams(n_offices, names, horizon)) for name in staff},
        "stages": table,
        "inflows": {
            f"i{k}": draw(inflows(table, names, horizon, day))
            for k in range(draw(st.integers(1, 3)))
        },
    }
    if horizon >= 5 and draw(often(0.3)):
        content["warm_up"] = "1 day"
        content["follow_up"] = "2 days"
    if draw(often(0.6)):
        content["initial"] = {
            name: draw(initial_cases(len(content["inflows"])))
            for name in draw(st.lists(st.sampled_from(stage_names), max_size=3, unique=True))
        }
    if draw(often(0.3)):
        own_cases_only(draw, content)
    if n_offices > 1:
        shares = _shares(draw, n_offices)
        content["offices"] = {
            name: {"share": share} for name, share in zip(names, shares, strict=True)
        }
        for team in staff:
            left = content["teams"][team]["fte"]
            if "shared" in content["teams"][team]:
                continue
            for name in names[1:]:
                if draw(often(0.6)):
                    fte = draw(st.sampled_from([fte for fte in (0, 0.5, 1, 2) if fte <= left]))
                    left -= fte
                    content["offices"][name].setdefault("fte", {})[team] = fte
        if draw(often(0.2)):
            content["offices"][names[-1]]["shares"] = {"i0": draw(st.sampled_from([0.0, 0.5, 1.0]))}
        if draw(often(0.3)):
            stage = draw(st.sampled_from(stage_names))
            if "team" in table[stage]:
                content["offices"][names[0]]["set"] = {f"stages.{stage}.work": "2 s"}
    for team in staff:
        if draw(often(0.2)):
            places_instead(draw, content, team, horizon)
    of_caseworkers = {one.get("team") for one in table.values() if one.get("caseworker")}
    for team in sorted(of_caseworkers - {None}):
        if draw(often(0.4)):
            strain_on_leaving(draw, content["teams"][team])
    if draw(often(0.3)):
        content["triggers"] = {
            f"x{k}": draw(triggers(table, staff)) for k in range(draw(st.integers(1, 2)))
        }
    if draw(often(0.3)):
        content["windows"] = draw(windows(1 if "warm_up" in content else 0, horizon))
        content["window"] = draw(st.sampled_from(["all", *content["windows"]]))
    try:
        scenario = capsim.Scenario(**content)
        compile_plan(scenario)
    except capsim.ScenarioError:
        reject()
    return scenario


@st.composite
def triggers(draw: Any, table: dict[str, Any], staff: list[str]) -> dict[str, Any]:
    """Reserves that are called, and sent home, at small numbers."""
    served = [name for name, stage in table.items() if "team" in stage]
    decides = [name for name, stage in table.items() if {"deadline", "decision"} & set(stage)]
    of = [f"open[{name}]" for name in table]
    of += [f"waiting[{name}]" for name in served] * 2
    of += [f"pending[{name}]" for name in decides] * 2
    of += [f"caseload_per_fte[{table[name]['team']}]" for name in served]
    counted = draw(st.sampled_from(of))
    sign, level = draw(st.sampled_from([">", ">="])), draw(st.sampled_from([0, 1, 3]))
    trigger: dict[str, Any] = {
        "when": f"{counted} {sign} {level}",
        "change": {
            "team": draw(st.sampled_from(staff)),
            "add": draw(st.sampled_from([0.2, 0.5, 1, 2])),
        },
        "of_all": draw(often(0.3)),
    }
    if draw(often(0.1)):
        trigger["when"] = f"{counted} <= {draw(st.sampled_from([1, 5]))}"
    if draw(often(0.2)):
        trigger["for"] = "1 week"
    if draw(often(0.6)):
        counted = draw(st.sampled_from([counted, *of]))
        trigger["until"] = f"{counted} {draw(st.sampled_from(['<', '<=']))} 2"
    if draw(often(0.4)):
        trigger["at_most"] = draw(st.sampled_from(["1 day", "3 days", "2 workdays", "7 days"]))
    if draw(often(0.3)):
        trigger["change"]["lead"] = draw(st.sampled_from(["12 h", "1 workday", "4 days"]))
    return trigger


@st.composite
def windows(draw: Any, first: int, last: int) -> dict[str, Any]:
    """Windows that overlap, of a single closed day as well as of weeks."""
    result = {}
    for k in range(draw(st.integers(1, 3))):
        low = draw(st.integers(first, last - 1))
        high = draw(st.integers(low + 1, last))
        dates = [START + datetime.timedelta(days=day) for day in (low, high)]
        result[f"w{k}"] = {"from": dates[0].isoformat(), "until": dates[1].isoformat()}
    return result

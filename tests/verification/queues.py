"""Steady states of one team and of networks: M/M/c, M/D/c, patience, room, returns."""

from __future__ import annotations

import math
from typing import Any

from figures import oracle, published
from verification.case import Case, Quantity, changed, stretched
from verification.writing import always_open, days, exponential, hours, one_desk, rate

# Length in relaxation times, relative error of means and absolute error of probabilities that is
# found, by load and workers of the oracle.
_MMC = {
    (0.8, 1): (400, 0.08, 0.02),
    (1.6, 2): (400, 0.08, 0.02),
    (4.5, 5): (300, 0.08, 0.02),
    (9, 10): (300, 0.08, 0.02),
    (19, 20): (120, 0.15, 0.03),
    (47.5, 100): (120, 0.20, 0.03),
    (2.0, 9): (400, 0.08, 0.02),
    (0.95, 1): (45, 0.15, 0.03),
    (5.142857142857143, 28): (300, 0.10, 0.02),
}
_QUICK_MMC = {(0.8, 1), (4.5, 5)}


def relaxation(arrivals: float, service: float, workers: float) -> float:
    """Time in which an M/M/c forgets: 1 / (sqrt(c mu) - sqrt(lambda))^2, at least a service."""
    slack = math.sqrt(workers * service) - math.sqrt(min(arrivals, 0.98 * workers * service))
    return max(1 / slack**2, 1 / service)


def _desk(measure: str) -> Any:
    return lambda look: look[f"{measure}[desk]"]


def _desk_team(measure: str) -> Any:
    return lambda look: look[f"{measure}[desk]"]


def _desk_time(measure: str) -> Any:
    return lambda look: look.time(f"{measure}[desk]")


def _mmc() -> list[Case]:
    cases = []
    for exact in oracle("a_mmc")["cases"]:
        lam, mu, c = exact["lam"], exact["mu"], exact["c"]
        times, found, tail = _MMC[lam, c]
        tau = relaxation(lam, mu, c)
        tables = one_desk(
            arrivals=lam,
            work=exponential(hours(1 / mu)),
            workers=c,
            length=round((times + 17) * tau),
            warm_up=round(12 * tau),
            follow_up=round(5 * tau),
        )
        square = exact["sd_Wq"] ** 2 + exact["Wq"] ** 2
        longer = exact["P_Wq_gt_1_service"]
        quantities = [
            _mean("mean wait", exact["Wq"], found, _desk_time("wait_mean")),
            _mean("mean queue", exact["Lq"], found, _desk("queue_mean")),
            _mean("mean number present", exact["L"], found, _desk("in_stage_mean")),
            Quantity("utilisation", exact["util"], 0.012, _desk_team("utilization")),
            Quantity("P(wait)", exact["P_wait"], tail, lambda look: look.waited("desk")),
            Quantity(
                "P(wait > its 90 % quantile)",
                0.1,
                tail,
                lambda look, time=exact["p90_Wq"]: look.wait_exceeds("desk", time),
            ),
            _mean("mean squared wait", square, 3 * found, lambda look: look.wait_square("desk")),
        ]
        if longer > 0.01:
            quantities.append(
                Quantity(
                    "P(wait > one service)",
                    longer,
                    tail,
                    lambda look, time=1 / mu: look.wait_exceeds("desk", time),
                )
            )
        wrong = {"work 2 % longer": stretched(tables)}
        if (lam, c) in _QUICK_MMC:
            wrong["2 % more applications"] = changed(
                tables, {"inflows.regular.rate": rate(1.02 * lam)}
            )
        if c > 1:
            wrong["one worker missing"] = changed(tables, {"teams.desk.fte": c - 1})
        cases.append(
            Case(
                name=f"M/M/{c}, load {exact['rho']:.3g}",
                source="oracles/a_mmc",
                model=f"M/M/c: {lam:.4g} a day, mean work {1 / mu:g} d, workers: {c}",
                tables=tables,
                quantities=tuple(quantities),
                # A horizon of 106,751 days is the longest for one worker: more, shorter runs.
                n=260 if (lam, c) == (0.95, 1) else 150,
                wrong=wrong,
                is_quick=(lam, c) in _QUICK_MMC,
            )
        )
    return cases


def _mdc() -> list[Case]:
    cases = []
    for exact in oracle("j_mdc")["cases"]:
        lam, D, c = exact["lam"], exact["D"], exact["c"]
        # Fixed work forgets about twice as fast as exponential work.
        tau = relaxation(lam, 1 / D, c) / 2
        times, found = (250, 0.10) if c < 20 else (150, 0.15)
        tables = one_desk(
            arrivals=lam,
            work=hours(D),
            workers=c,
            length=round((times + 30) * tau),
            warm_up=round(20 * tau),
            follow_up=round(10 * tau),
        )
        cases.append(
            Case(
                name=f"M/D/{c}, load {lam * D / c:.3g}",
                source="oracles/j_mdc",
                model=f"M/D/c: {lam:g} a day, work {D:g} d, workers: {c}",
                tables=tables,
                quantities=(
                    _mean("mean wait", exact["Wq"], found, _desk_time("wait_mean")),
                    _mean("mean queue", exact["Lq"], found, _desk("queue_mean")),
                    Quantity(
                        "P(wait)",
                        exact["P_delay_strictly_positive"],
                        0.03,
                        lambda look: look.waited("desk"),
                    ),
                ),
                wrong={
                    "work 2 % longer": stretched(tables),
                    "exponential work": changed(
                        tables, {"stages.desk.work": exponential(hours(D))}
                    ),
                },
                is_quick=(lam, c) == (4.5, 5),
            )
        )
    return cases


def _erlang_a() -> list[Case]:
    cases = []
    for exact in oracle("c_erlang_a")["cases"]:
        lam, mu, theta, c = exact["lam"], exact["mu"], exact["theta"], exact["c"]
        tau = 1 / min(mu, theta)
        tables = one_desk(
            arrivals=lam,
            work=exponential(hours(1 / mu)),
            patience=exponential(days(1 / theta)),
            workers=c,
            length=round(((300 if theta < mu / 2 else 3000) + 30) * tau),
            warm_up=round(20 * tau),
            follow_up=round(10 * tau),
        )
        found = 0.06
        cases.append(
            Case(
                name=f"M/M/{c}+M, {lam:.3g} a day",
                source="oracles/c_erlang_a",
                model=(
                    f"Erlang A: {lam:.4g} a day, mean work {1 / mu:g} d, patience {1 / theta:g} d, "
                    f"workers: {c}"
                ),
                tables=tables,
                quantities=(
                    _mean("P(leaves)", exact["P_abandon"], found, _desk("dropout_share")),
                    Quantity(
                        "P(wait)", exact["P_wait"], 0.02, lambda look: look.waited_of_all("desk")
                    ),
                    _mean(
                        "mean wait of all", exact["Wq_all_arrivals"], found, _desk_time("wait_mean")
                    ),
                    _mean(
                        "mean wait of the served",
                        exact["Wq_served_only"],
                        found,
                        _desk_time("wait_mean_finished"),
                    ),
                    _mean("mean queue", exact["Lq"], found, _desk("queue_mean")),
                    _mean("mean number present", exact["L"], found, _desk("in_stage_mean")),
                    Quantity("utilisation", exact["util"], 0.01, _desk_team("utilization")),
                ),
                wrong={
                    "work 2 % longer": stretched(tables),
                    "patience 10 % longer": stretched(tables, 1.1, "patience"),
                    "one worker missing": changed(tables, {"teams.desk.fte": c - 1}),
                },
                is_quick=(lam, c) == (10, 10),
            )
        )
    return cases


def _mmck() -> list[Case]:
    cases = []
    for exact in oracle("l_mmck")["cases"]:
        lam, mu, c, K = exact["lam"], exact["mu"], exact["c"], exact["K"]
        tau = max(1 / mu, min(relaxation(lam, mu, c), K / mu))
        tables = one_desk(
            arrivals=lam,
            work=exponential(hours(1 / mu)),
            room=K - c,
            workers=c,
            length=round((2000 if c < 10 else 400 if c < 20 else 90) * tau),
            warm_up=round(20 * tau),
            follow_up=round(10 * tau),
        )
        quantities = [
            _mean("P(turned away)", exact["P_block"], 0.06, _desk("turned_away_share")),
            _mean("mean number present", exact["L"], 0.03, _desk("in_stage_mean")),
            Quantity("utilisation", exact["util"], 0.01, _desk_team("utilization")),
        ]
        if c < K:
            quantities += [
                _mean(
                    "mean wait of the admitted",
                    exact["Wq_accepted"],
                    0.06,
                    lambda look: look.accepted_wait("desk"),
                ),
                _mean("mean queue", exact["Lq"], 0.06, _desk("queue_mean")),
                Quantity(
                    "P(wait) of the admitted",
                    exact["P_wait_accepted"],
                    0.02,
                    lambda look: look.waited("desk"),
                ),
            ]
        cases.append(
            Case(
                name=f"M/M/{c}/{K}, {lam:.3g} a day",
                source="oracles/l_mmck",
                model=f"M/M/c/K: {lam:.4g} a day, mean work {1 / mu:g} d, workers: {c}, room for "
                f"{K - c} more",
                tables=tables,
                quantities=tuple(quantities),
                wrong={
                    "work 2 % longer": stretched(tables),
                    "room for one more": changed(tables, {"stages.desk.room": K - c + 1}),
                },
                is_quick=(lam, c) in {(5, 5), (9, 10)},
            )
        )
    return cases


def _mean(name: str, exact: float, found: float, of: Any) -> Quantity:
    """A mean whose relative error `found` is found."""
    return Quantity(name, exact, found * exact, of)


_E1 = ("intake", "investigation", "trajectory")


def _jackson() -> list[Case]:
    cases = []
    for exact in oracle("e_jackson")["cases"]:
        stations, routing = exact["stations"], exact["routing"]
        is_large = exact["id"].startswith("e1")
        stages = {}
        for number, (name, station) in enumerate(zip(_E1, stations, strict=True)):
            ways = {_E1[to]: share for to, share in enumerate(routing[number]) if share > 0} | {
                "closed": 1 - sum(routing[number])
            }
            stages[name] = {
                "team": name,
                "work": exponential(hours(1 / station["mu"])),
                "next": {to: share for to, share in ways.items() if share > 1e-9},
            }
        inflows = {
            f"to-{name}": {"enter": name, "rate": rate(external)}
            for name, external in zip(_E1, exact["external"], strict=True)
            if external > 0
        }
        slowest = max(1 / station["mu"] for station in stations)
        length = 90 * slowest if is_large else 4000 * slowest
        tables = always_open(
            length=round(length + 25 * slowest),
            warm_up=round(15 * slowest),
            follow_up=round(10 * slowest),
            teams={name: {"fte": s["c"]} for name, s in zip(_E1, stations, strict=True)},
            stages=stages,
            inflows=inflows,
        )
        quantities = []
        for name, station, share in zip(_E1, stations, exact["exit_prob"], strict=True):
            waits = 0.15 if is_large else 0.10
            quantities += [
                _mean(
                    f"mean wait, {name}",
                    station["Wq_per_visit"],
                    waits if name != "trajectory" or not is_large else 0.6,
                    lambda look, name=name: look.time(f"wait_mean[{name}]"),
                ),
                Quantity(
                    f"P(wait), {name}",
                    station["P_wait"],
                    0.03 if name != "trajectory" or not is_large else 0.06,
                    lambda look, name=name: look.waited(name),
                ),
                _mean(
                    f"mean number present, {name}",
                    station["L"],
                    0.05,
                    lambda look, name=name: look[f"in_stage_mean[{name}]"],
                ),
                _mean(
                    f"closed per day, {name}",
                    station["lam_total"] * share,
                    0.05,
                    lambda look, name=name, share=share: look.rate_of_exit(name, share),
                ),
            ]
        quantities.append(
            _mean(
                "mean time until closed",
                exact["mean_time_in_system"],
                0.03,
                lambda look: look.time_in_system(),
            )
        )
        cases.append(
            Case(
                name=f"network {exact['id'][:2]}",
                source="oracles/e_jackson",
                model="three stages with returns and losses (Jackson)",
                tables=tables,
                quantities=tuple(quantities),
                n=150 if is_large else 200,
                wrong={
                    "work 2 % longer": stretched(tables),
                    "investigation one worker short": changed(
                        tables, {"teams.investigation.fte": stations[1]["c"] - 1}
                    ),
                },
                is_quick=not is_large,
            )
        )
    return cases


def _clinic() -> list[Case]:
    """Published 03. A minute of the source is written as a day, so that seconds do not matter."""
    model = published("03")
    inputs = model["inputs"]
    between, service = inputs["mean_interarrival"], inputs["mean_service"]
    cases = []
    figures = {"base": (between, inputs["servers"], model["exact"])} | {
        name: (int(name[3]), int(name[-1]), exact)
        for name, exact in model["scenario_exact"].items()
    }
    for name, (iat, c, exact) in figures.items():
        found = 0.10 if exact["P_wait"] > 0.03 else 0.25
        tables = one_desk(
            arrivals=1 / iat,
            work=exponential(hours(service)),
            workers=c,
            length=100_000,
            warm_up=500,
            follow_up=200,
        )
        cases.append(
            Case(
                name=f"nurse clinic, {name}",
                source="published/03, example_overall.csv" if name == "base" else "published/03",
                model=f"M/M/s: a patient every {iat} min, {service} min, nurses: {c}",
                note="a minute is written as a day",
                tables=tables,
                quantities=(
                    _mean("mean wait (min)", exact["Wq"], found, _desk_time("wait_mean")),
                    _mean("mean queue", exact["Lq"], found, _desk("queue_mean")),
                    Quantity("P(wait)", exact["P_wait"], 0.02, lambda look: look.waited("desk")),
                    Quantity("utilisation", exact["rho"], 0.01, _desk_team("utilization")),
                ),
                n=150,
                wrong={"work 2 % longer": stretched(tables)},
                is_quick=name == "base",
            )
        )
    return cases


def _calls() -> list[Case]:
    """Published 07: without and with patience. A minute is written as a day."""
    exact = published("07")["exact"]
    common = {"arrivals": 48.0, "work": exponential(hours(1)), "workers": 50}
    patient = one_desk(**common, length=3_600, warm_up=500, follow_up=100)
    impatient = one_desk(
        **common, patience=exponential(days(2)), length=1_500, warm_up=40, follow_up=20
    )
    line, leaving = exact["MMN"], exact["MMN_M"]
    return [
        Case(
            name="call centre, nobody leaves",
            source="published/07, first column (20.8 s, 58.1 s, 17, 96 %)",
            model="M/M/N: 48 a minute, mean 1 min, 50 agents",
            note="a minute is written as a day",
            tables=patient,
            quantities=(
                _mean("mean wait (min)", line["Wq"], 0.15, _desk_time("wait_mean")),
                _mean("mean queue", line["Lq"], 0.15, _desk("queue_mean")),
                Quantity("P(wait)", line["P_wait"], 0.03, lambda look: look.waited("desk")),
                Quantity(
                    "P(wait > 58.14 s)",
                    0.1,
                    0.03,
                    lambda look: look.wait_exceeds("desk", line["p90_wait_sec"] / 60),
                ),
                Quantity("utilisation", line["rho"], 0.01, _desk_team("utilization")),
            ),
            wrong={"work 2 % longer": stretched(patient)},
        ),
        Case(
            name="call centre, mean patience 2 min",
            source="published/07, second column (3.1 %, 3.7 s, 3, 93 %)",
            model="M/M/N+M: 48 a minute, mean 1 min, 50 agents, mean patience 2 min",
            note="a minute is written as a day",
            tables=impatient,
            quantities=(
                _mean("P(leaves)", leaving["P_abandon"], 0.08, _desk("dropout_share")),
                _mean(
                    "mean wait of all (min)",
                    leaving["mean_wait_all"],
                    0.08,
                    _desk_time("wait_mean"),
                ),
                _mean("mean queue", leaving["Lq"], 0.08, _desk("queue_mean")),
                Quantity(
                    "P(wait)", leaving["P_wait"], 0.02, lambda look: look.waited_of_all("desk")
                ),
                _mean("mean number present", leaving["L"], 0.02, _desk("in_stage_mean")),
                Quantity("utilisation", leaving["utilisation"], 0.01, _desk_team("utilization")),
            ),
            wrong={"work 2 % longer": stretched(impatient)},
        ),
    ]


def _service() -> list[Case]:
    """Published 10: intake, investigation, and a trajectory without limit, in weeks."""
    model = published("10")
    inputs, expected = model["inputs"], model["expected"]
    week = 7.0
    intake, investigation = inputs["intake"], inputs["investigation"]
    tables = always_open(
        length=4_000,
        warm_up=450,
        follow_up=20,
        unit=week,
        teams={
            "intake": {"fte": intake["servers"]},
            "investigation": {"fte": investigation["servers"]},
        },
        stages={
            "intake": {
                "team": "intake",
                "work": exponential(hours(1 / intake["rate"], week)),
                "next": {"investigation": 0.6, "refused": 0.4},
            },
            "investigation": {
                "team": "investigation",
                "work": exponential(hours(1 / investigation["rate"], week)),
                "next": {"trajectory": 0.5, "refused": 0.5},
            },
            "trajectory": {
                "stay": {
                    "law": "gamma",
                    "mean": days(inputs["trajectory"]["mean"], week),
                    "cv": 0.8,
                }
            },
        },
        inflows={"regular": {"rate": rate(inputs["arrivals_per_week"], week)}},
    )
    quantities = []
    for name in ("intake", "investigation"):
        exact = expected[name]
        quantities += [
            _mean(
                f"mean wait, {name} (weeks)",
                exact["Wq"],
                0.10,
                lambda look, name=name: look.time(f"wait_mean[{name}]"),
            ),
            Quantity(
                f"P(wait), {name}",
                exact["P_wait"],
                0.02,
                lambda look, name=name: look.waited(name),
            ),
            _mean(
                f"mean number present, {name}",
                exact["L"],
                0.08,
                lambda look, name=name: look[f"in_stage_mean[{name}]"],
            ),
        ]
    mean, sd = expected["trajectory_mean_caseload"], expected["trajectory_sd"]
    quantities += [
        _mean(
            "mean caseload, trajectory", mean, 0.03, lambda look: look["in_stage_mean[trajectory]"]
        ),
        _mean(
            "variance of the caseload, trajectory",
            sd**2,
            0.2,
            lambda look: float(((look.daily("trajectory") - mean) ** 2).mean()),
        ),
    ]
    return [
        Case(
            name="social service as a network",
            source="published/10 (Burke, Jackson)",
            model="intake, investigation and a trajectory without limit, gamma stay",
            tables=tables,
            quantities=tuple(quantities),
            unit=week,
            wrong={
                "work 2 % longer": stretched(tables),
                "trajectories 5 % longer": stretched(tables, 1.05, "stay"),
            },
        )
    ]


def _simmer() -> list[Case]:
    """Published 12: M/M/2/3."""
    model = published("12")
    inputs, exact = model["inputs"], model["exact"]
    tables = one_desk(
        arrivals=inputs["lam"],
        work=exponential(hours(1 / inputs["mu"])),
        workers=inputs["c"],
        room=inputs["queue_limit"],
        length=12_000,
        warm_up=20,
        follow_up=10,
    )
    chances = [
        Quantity(
            f"P({n} present)",
            p,
            0.01,
            lambda look, n=n: float((look.daily("desk") == n).mean()),
        )
        for n, p in enumerate(exact["p"])
    ]
    return [
        Case(
            name="M/M/2/3 of simmer",
            source="published/12, vignette 06",
            model="M/M/2/3: 3 a day, mean work 1/4 d, room for one more",
            tables=tables,
            quantities=(
                *chances,
                _mean("P(turned away)", exact["P_block"], 0.06, _desk("turned_away_share")),
                _mean("mean number present", exact["L"], 0.02, _desk("in_stage_mean")),
                _mean(
                    "mean wait of the admitted",
                    exact["Wq_accepted"],
                    0.06,
                    lambda look: look.accepted_wait("desk"),
                ),
            ),
            wrong={
                "work 2 % longer": stretched(tables),
                "room for one more": changed(tables, {"stages.desk.room": 2}),
            },
            is_quick=True,
        )
    ]


def _burdens() -> list[Case]:
    """One worker, work = burden x exponential: Pollaczek and Khinchine."""
    lam, square = 0.7, 2 * (1 + 0.8**2)
    wait = lam * square / 2 / (1 - lam)
    tau = relaxation(lam, 1, 1) * square / 2
    tables = one_desk(
        arrivals=lam,
        work=exponential(hours(1)),
        workers=1,
        length=round(420 * tau),
        warm_up=round(15 * tau),
        follow_up=round(5 * tau),
    )
    tables["inflows"]["regular"]["burden"] = {"law": "gamma", "cv": 0.8}
    return [
        Case(
            name="M/G/1, heavy cases stay heavy",
            source="Pollaczek (1930), Khinchine (1932)",
            model="M/G/1: 0.7 a day, exponential work of 1 d times a gamma burden of cv 0.8",
            tables=tables,
            quantities=(
                _mean("mean wait", wait, 0.10, _desk_time("wait_mean")),
                _mean("mean queue", lam * wait, 0.10, _desk("queue_mean")),
                Quantity("utilisation", lam, 0.015, _desk_team("utilization")),
            ),
            n=150,
            wrong={
                "all cases alike": changed(
                    tables, {"inflows.regular.burden": {"law": "gamma", "cv": 1e-5}}
                ),
                "work 2 % longer": stretched(tables),
            },
            is_quick=True,
        )
    ]


def _missed() -> list[Case]:
    """One worker and appointments that are missed: the work of a case is w and the lost times."""
    lam, held, lost, p = 0.9, 0.6, 0.5, 0.2
    repeats = p / (1 - p)
    mean = held + lost * repeats
    square = held**2 + lost**2 * repeats / (1 - p) + mean**2
    wait = lam * square / 2 / (1 - lam * mean)
    tau = relaxation(lam, 1 / mean, 1) * square / 2 / mean**2
    tables = one_desk(
        arrivals=lam,
        work=exponential(hours(held)),
        workers=1,
        length=round(420 * tau),
        warm_up=round(15 * tau),
        follow_up=round(5 * tau),
        no_show={"share": p, "costs": hours(lost)},
    )
    tables["teams"]["desk"]["discipline"] = "returning_first"
    return [
        Case(
            name="M/G/1, appointments are missed",
            source="Pollaczek (1930), Khinchine (1932)",
            model="M/G/1: 0.9 a day, exponential work of 0.6 d, one in five missed at 0.5 d each",
            tables=tables,
            quantities=(
                _mean("mean wait", wait + lost * repeats, 0.10, _desk_time("wait_mean")),
                Quantity("utilisation", lam * mean, 0.012, _desk_team("utilization")),
            ),
            n=150,
            wrong={
                "half of them are missed": changed(tables, {"stages.desk.no_show.share": 0.1}),
                "work 2 % longer": stretched(tables),
            },
            note="who missed an appointment is called next, so that the times of a case add up",
            is_quick=True,
        )
    ]


def _partners() -> list[Case]:
    """One caseworker; three of ten visits are a partner's, so the own ones are a thinned stream."""
    lam, p = 1.0, 0.3
    own = lam * (1 - p)
    wait = own / (1 - own)
    tau = relaxation(own, 1, 1)
    tables = one_desk(
        arrivals=lam,
        work=exponential(hours(1)),
        workers=1,
        length=round(420 * tau),
        warm_up=round(15 * tau),
        follow_up=round(5 * tau),
        caseworker=True,
        visits=1,
        partner=p,
    )
    return [
        Case(
            name="M/M/1, a partner does three of ten visits",
            source="Erlang (1917) for the thinned stream",
            model="M/M/1: 1 a day, mean work 1 d, of which 0.3 by a partner",
            tables=tables,
            quantities=(
                _mean("mean delay", (1 - p) * wait, 0.10, _desk_time("contact_wait_mean")),
                Quantity("utilisation", own, 0.012, _desk_team("utilization")),
            ),
            n=150,
            wrong={
                "two of ten": changed(tables, {"stages.desk.partner": 0.2}),
                "work 2 % longer": stretched(tables),
            },
            is_quick=True,
        )
    ]


def cases() -> list[Case]:
    """All of them."""
    return [
        *_mmc(),
        *_erlang_a(),
        *_mdc(),
        *_mmck(),
        *_jackson(),
        *_clinic(),
        *_calls(),
        *_service(),
        *_simmer(),
        *_burdens(),
        *_missed(),
        *_partners(),
    ]

"""What a log tells about each number of a scenario, found one after the other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.estimates.proportions import proportion_interval
from capsim.records.arrival_patterns import add_patterns
from capsim.records.arrival_rates import fit_rate
from capsim.records.burdens import add_burden
from capsim.records.durations import FEWEST_ENDS, Durations
from capsim.records.event_log import EventLog
from capsim.records.findings import Findings

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["find_all"]

EXITS = ("open", "left", "turned_away")
"""Words in the column `exit` that name no destination of a finished stage."""

_SAME = 1e-6
_ONE_LAW = ("exponential",)


def find_all(
    log: EventLog,
    inflow: str,
    findings: Findings,
    *,
    season: bool | None = None,
    growth: bool | None = None,
) -> None:
    """Everything that the log tells, in the order of a scenario."""
    _offices(log, findings)
    known = log.scenario.stage_names if log.scenario is not None else ()
    stages = list(known) or list(dict.fromkeys(log.stays.sort_values("joined")["stage"]))
    for stage in stages:
        rows = log.stays[log.stays["stage"] == stage]
        if len(rows):
            _stage(log, stage, rows, findings)
        else:
            findings.remarks.append(f"stages.{stage}: nobody in the log came there")
    _burden(log, inflow, stages, findings)
    _arrivals(log, inflow, findings, season, growth)


def _burden(log: EventLog, inflow: str, stages: Sequence[str], findings: Findings) -> None:
    worked: list[tuple[str, pd.DataFrame]] = []
    for stage in stages:
        own = _visits_of(log, stage, log.stays[log.stays["stage"] == stage])
        if own is not None and "hours" in own:
            worked += _worked(log, stage, own)
    add_burden(f"inflows.{inflow}", worked, findings)


def _offices(log: EventLog, findings: Findings) -> None:
    if "office" not in log.stays:
        return
    first = log.stays[log.stays["entry"] & (log.stays["joined"] >= log.begin)]
    counts = first["office"].value_counts()
    names = list(log.scenario.offices) if log.scenario is not None else sorted(counts.index)
    if len(names) < 2:
        return
    counted = {name: int(counts.get(name, 0)) for name in names}
    for name, share in _shares(counted, "offices.{}.share", findings).items():
        findings.overrides[f"offices.{name}.share"] = share


def _shares(counts: Mapping[str, int], path: str, findings: Findings) -> dict[str, float]:
    """Shares that sum to 1, each with its exact interval."""
    total = sum(counts.values())
    shares = {}
    for name, count in counts.items():
        found = proportion_interval(count, total, confidence=findings.confidence)
        findings.add(path.format(name), (found.estimate, found.lower, found.upper), "share", total)
        shares[name] = found.estimate
    return shares


def _arrivals(
    log: EventLog, inflow: str, findings: Findings, season: bool | None, growth: bool | None
) -> None:
    stays = log.stays
    first = stays[stays["entry"] & ~stays["initial"] & stays["by_rate"]]
    days = first.loc[first["joined"] >= log.begin, "joined"].to_numpy(dtype=np.float64)
    if len(days) == 0:
        findings.remarks.append(f"inflows.{inflow}.rate: nobody arrived; not fitted")
        return
    scenario = log.scenario
    reference = 0.0
    if scenario is not None and log.day_0 is not None:
        reference = float((scenario.start - log.day_0).days)
    fitted = fit_rate(
        days,
        log.begin,
        log.end,
        day_0=log.day_0,
        reference=reference,
        season=season,
        growth=growth,
        confidence=findings.confidence,
    )
    path = f"inflows.{inflow}"
    common: dict[str, Any] = {"aic": fitted.aic, "goodness": fitted.goodness, "law": "poisson"}
    findings.add(f"{path}.rate.per_month", fitted.rate, "per month", fitted.n, **common)
    findings.overrides[f"{path}.rate"] = {"per_month": float(f"{fitted.rate[0]:.6g}")}
    if fitted.season is not None:
        for month, limits in enumerate(fitted.season):
            findings.add(f"{path}.seasonality.{month}", limits, "factor", fitted.n, **common)
        factors = [float(f"{factor:.6g}") for factor in fitted.season[:, 0]]
        findings.overrides[f"{path}.seasonality"] = factors
    if fitted.growth is not None:
        findings.add(f"{path}.growth", fitted.growth, "a year", fitted.n, **common)
        findings.overrides[f"{path}.growth"] = float(f"{fitted.growth[0]:.6g}")
    came = first[first["joined"] >= log.begin]
    offices = came["office"].tolist() if "office" in came else None
    add_patterns(log, path, days, offices, fitted, reference, findings)
    if scenario is not None and inflow in scenario.inflows:
        # What the scenario says about season and growth no longer goes with the new rate.
        had = scenario.inflows[inflow]
        if fitted.season is None and had.seasonality is not None:
            findings.overrides[f"{path}.seasonality"] = [1.0] * 12
        if fitted.growth is None and had.growth:
            findings.overrides[f"{path}.growth"] = 0.0


# -- stages ---------------------------------------------------------------


def _stage(log: EventLog, stage: str, rows: pd.DataFrame, findings: Findings) -> None:
    settings = log.scenario.stages[stage] if log.scenario is not None else None
    fresh = rows[~rows["initial"] & ~rows["unseen"]]
    path = f"stages.{stage}"
    kind = settings.kind if settings is not None else _kind(rows)
    own = _visits_of(log, stage, rows)
    if own is not None and "outcome" in own:
        _of_another_kind(path, own, findings)
    if kind == "delay" and fresh.empty and rows["unseen"].all():
        findings.remarks.append(
            f"{path}.stay: it is always the first step, whose beginning is not known; not fitted"
        )
    elif kind == "delay":
        findings.add_durations(f"{path}.stay", _until_end(log, fresh, "joined", "ended"), "days")
    else:
        _work(log, stage, rows, own, findings)
        if kind == "caseworker" and (settings is None or settings.stay is not None):
            taken = fresh[fresh["assigned"].notna()]
            if len(taken) or not len(fresh):
                stay = _until_end(log, taken, "assigned", "served")
                findings.add_durations(f"{path}.stay", stay, "days")
            else:
                done = int(fresh["ended"].notna().sum())
                findings.remarks.append(
                    f"{path}.stay: the column assigned is missing or empty; it says when a "
                    f"caseworker took the case, from where a stay counts ({done} of {len(fresh)} "
                    "ended); not fitted"
                )
        elif own is not None and (settings is None or settings.n_visits is not None):
            _numbers(stage, own, findings)
        if own is not None and {"due", "ended"} <= set(own.columns):
            gaps = _gaps(log, own)
            if gaps.ended:
                findings.add_durations(f"{path}.gap", gaps, "days")
        _patience(log, f"{path}.patience", fresh, kind, findings)
    _routing(log, stage, rows, findings)


def _kind(rows: pd.DataFrame) -> str:
    """What a stage is by its rows; begun when it was joined, and by nobody, is a delay."""
    if "worker" in rows and rows["worker"].isna().all():
        known = rows["started"].notna()
        if (rows["started"] - rows["joined"])[known].abs().max() < _SAME:
            return "delay"
    if rows["assigned"].notna().any():
        return "caseworker"
    return "pooled" if rows["started"].notna().any() else "delay"


def _until_end(log: EventLog, rows: pd.DataFrame, since: str, until: str) -> Durations:
    ends = rows[until] if rows[until].notna().any() else rows["ended"]
    ended = ends.notna() & (rows["outcome"] != "left")
    seen = ends.fillna(rows["ended"]).fillna(log.end)
    return log.durations(rows[since], seen, ended)


def _visits_of(log: EventLog, stage: str, rows: pd.DataFrame) -> pd.DataFrame | None:
    """Visits of the stage with what is known of their stays, in order."""
    if log.visits is None:
        return None
    keys = ["case", "nth"]
    visits = log.visits[log.visits["stage"] == stage]
    if "nth" not in rows or "nth" not in visits:
        rows, visits = _numbered(rows, visits)
    known = rows[[*keys, "served", "outcome", "initial"]].rename(
        columns={"served": "stay_served", "outcome": "stay_outcome"}
    )
    known = known.assign(stay_ended=rows["ended"]).drop_duplicates(keys, keep="last")
    merged = visits.merge(known, on=keys, how="inner")
    order = [name for name in ("visit", "due", "started") if name in merged]
    merged = merged.sort_values([*keys, *order[:1]], kind="stable").reset_index(drop=True)
    # Visits that are missed are none of those that a stage needs.
    merged["counts"] = merged["outcome"] != "no_show" if "outcome" in merged else True
    groups = merged.groupby(keys, sort=False)
    merged["position"] = groups["counts"].cumsum().astype(int) - 1
    merged["is_last"] = ~merged.duplicated(keys, keep="last")
    if "due" in merged:
        merged["next_due"] = groups["due"].shift(-1)
    return merged


def _numbered(rows: pd.DataFrame, visits: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Stays and visits of a stage with the number of the stay among those of its case.

    A visit is of the last stay that its case had joined by that day; one without a time is of the
    last of all.
    """
    import pandas as pd

    rows = rows.sort_values("joined", kind="stable")
    rows = rows.assign(nth=rows.groupby("case", sort=False).cumcount() + 1)
    begun = rows[["case", "nth"]].assign(day=np.floor(rows["joined"].astype("float64")))
    times = [visits[name] for name in ("ended", "started", "due") if name in visits]
    day = pd.concat(times, axis=1).bfill(axis=1).iloc[:, 0] if times else np.inf
    placed = visits.drop(columns="nth", errors="ignore").assign(day=day, place=range(len(visits)))
    placed["day"] = placed["day"].astype("float64").fillna(np.inf)
    placed = pd.merge_asof(
        placed.sort_values("day", kind="stable"), begun.sort_values("day"), on="day", by="case"
    )
    visits = placed.sort_values("place").drop(columns=["day", "place"])
    return rows, visits.assign(nth=visits["nth"].fillna(1).astype("int64"))


def _work(
    log: EventLog, stage: str, rows: pd.DataFrame, own: pd.DataFrame | None, findings: Findings
) -> None:
    path = f"stages.{stage}.work"
    if own is not None and "hours" in own:
        for place, part in _worked(log, stage, own):
            values = part["hours"].to_numpy(dtype=np.float64)
            findings.add_durations(place, Durations.known(values), "h")
        return
    if "hours" not in rows:
        return
    if "visits_done" in rows and (rows["visits_done"] > 1).any():
        findings.remarks.append(f"{path}: hours of several visits together; give visits=")
        return
    values = rows.loc[rows["hours"].notna(), "hours"].to_numpy(dtype=np.float64)
    findings.add_durations(path, Durations.known(values), "h")


def _worked(log: EventLog, stage: str, own: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Visits that took hours, by the path of their law of work."""
    path, hours = f"stages.{stage}.work", own[own["hours"].notna()]
    if "outcome" in own:
        hours = hours[~hours["outcome"].isin(["no_show", "partner"])]
    settings = log.scenario.stages[stage] if log.scenario is not None else None
    if settings is None or not isinstance(settings.work, tuple):
        return [(path, hours)]
    last = len(settings.work) - 1
    is_plain = "visit" in hours and "outcome" not in hours
    number = (hours["visit"] - 1 if is_plain else hours["position"]).clip(0, last)
    return [(f"{path}.{place}", hours[number == place]) for place in range(last + 1)]


def _of_another_kind(path: str, own: pd.DataFrame, findings: Findings) -> None:
    """Shares of the visits that are missed, and that a partner does, by the column `outcome`."""
    counts = {name: int((own["outcome"] == name).sum()) for name in ("held", "no_show", "partner")}
    attended = counts["held"] + counts["no_show"]
    if counts["partner"]:
        total = attended + counts["partner"]
        share = proportion_interval(counts["partner"], total, confidence=findings.confidence)
        limits = (share.estimate, share.lower, share.upper)
        findings.add(f"{path}.partner", limits, "share", total)
        findings.overrides[f"{path}.partner"] = share.estimate
    if counts["no_show"]:
        share = proportion_interval(counts["no_show"], attended, confidence=findings.confidence)
        limits = (share.estimate, share.lower, share.upper)
        findings.add(f"{path}.no_show.share", limits, "share", attended)
        no_show: dict[str, Any] = {"share": min(share.estimate, 0.99)}
        lost = np.empty(0)
        if "hours" in own:
            lost = own.loc[own["outcome"] == "no_show", "hours"].dropna().to_numpy(dtype=np.float64)
        if len(lost) > 1:
            from scipy.special import ndtri

            mean, error = float(lost.mean()), float(lost.std(ddof=1)) / math.sqrt(len(lost))
            wide = float(ndtri(0.5 + findings.confidence / 2)) * error
            limits = (mean, max(0.0, mean - wide), mean + wide)
            findings.add(f"{path}.no_show.costs", limits, "h", len(lost))
            no_show["costs"] = f"{mean:.6g} h"
        findings.overrides[f"{path}.no_show"] = no_show


def _numbers(stage: str, own: pd.DataFrame, findings: Findings) -> None:
    """How many visits a stay takes, by the share that ends after each (Kaplan-Meier)."""
    if "ended" not in own:
        return
    done = own[own["ended"].notna() & own["counts"] & ~own["initial"]]
    finished = done["is_last"] & done["stay_served"].notna()
    if finished.sum() < FEWEST_ENDS:
        return
    number = done["position"].to_numpy() + 1
    top = int(number.max())
    at_risk = np.bincount(number, minlength=top + 1)[1:]
    ends = np.bincount(number[finished.to_numpy()], minlength=top + 1)[1:]
    survival = np.cumprod(np.concatenate([[1.0], 1 - ends / np.maximum(at_risk, 1)]))
    weight = survival[:-1] - survival[1:]
    weight[-1] += survival[-1]
    values = np.flatnonzero(weight > 0) + 1
    shares = weight[values - 1]
    mean = float(values @ shares)
    error = math.sqrt(float((values - mean) ** 2 @ shares) / int(finished.sum()))
    from scipy.special import ndtri

    wide = float(ndtri(0.5 + findings.confidence / 2)) * error
    path = f"stages.{stage}.visits"
    findings.add(
        path,
        (mean, mean - wide, mean + wide),
        "visits",
        int(finished.sum()),
        law="fixed" if len(values) == 1 else "empirical",
    )
    if len(values) == 1:
        findings.overrides[path] = int(values[0])
    else:
        findings.overrides[path] = {
            "law": "empirical",
            "values": [int(value) for value in values],
            "weights": [float(f"{share:.6g}") for share in shares],
        }


def _gaps(log: EventLog, own: pd.DataFrame) -> Durations:
    """From the end of a visit until the next one is due; cut off where the stay ended first."""
    done = own[own["ended"].notna()]
    follows = done["next_due"].notna()
    # After the last visit of a stay nothing is due any more, unless its time ended it later.
    over = ~follows & done["stay_served"].notna() & (done["stay_served"] <= done["ended"] + 1e-9)
    running = done[~over]
    until = running["next_due"].fillna(running["stay_served"]).fillna(running["stay_ended"])
    return log.durations(running["ended"], until.fillna(log.end), running["next_due"].notna())


def _patience(log: EventLog, path: str, rows: pd.DataFrame, kind: str, findings: Findings) -> None:
    """Patience from those who left; who was served, or still waits, is patient at least so long."""
    waiting = rows[rows["outcome"] != "turned_away"]
    left = waiting["outcome"] == "left"
    if not left.any():
        return
    served = waiting["assigned" if kind == "caseworker" else "started"]
    until = np.where(left, waiting["ended"], served.fillna(waiting["ended"]).fillna(log.end))
    data = log.durations(waiting["joined"], until, left)
    findings.add_durations(path, data, "days", _ONE_LAW)


def _routing(log: EventLog, stage: str, rows: pd.DataFrame, findings: Findings) -> None:
    completed = rows[rows["outcome"] == "completed"]
    if completed.empty:
        return
    onward = completed["following"].notna()
    counts = {str(name): int(n) for name, n in completed["following"].value_counts().items()}
    scenario = log.scenario
    default = scenario.next_of(stage) if scenario is not None else {}
    gone = completed[~onward]
    if "exit" in gone:
        exits = gone.loc[~gone["exit"].isin(EXITS), "exit"].dropna()
        counts.update({str(name): int(n) for name, n in exits.value_counts().items()})
    elif len(gone):
        names = [name for name in default if scenario and name not in scenario.stages]
        if len(names) > 1:
            findings.remarks.append(
                f"stages.{stage}.next: the log does not say by which exit a case left; give cases="
            )
            return
        counts[names[0] if names else "completed"] = len(gone)
    counts = {**dict.fromkeys(default, 0), **counts}
    if not sum(counts.values()):
        return
    shares = _shares(counts, f"stages.{stage}.next.{{}}", findings)
    findings.overrides[f"stages.{stage}.next"] = shares

"""How the cost of a replication grows, one thing at a time, as numbers and as small figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import capsim
from benchmarks import pathway
from benchmarks.rows import overload, time_of
from capsim.plan import compile_plan


class Growth(NamedTuple):
    """Cost against one quantity.

    Attributes
    ----------
    name : str
        Of the file.
    what, cost : str
        Labels of the axes.
    points : list of (float, float)
    """

    name: str
    what: str
    cost: str
    points: list[tuple[float, float]]


def per_replication(scenario: capsim.Scenario, unit: float = 1e3) -> float:
    """Median CPU milliseconds of a replication."""
    plan = compile_plan(scenario)
    once = time_of(plan, times=1)
    return time_of(plan, times=5, batch=max(1, round(0.05 / once))) * unit


def applicants(size: float) -> Growth:
    """More applicants, and staff in proportion."""
    points = []
    for per_year in (150, 500, 1_500, 5_000, 15_000, 50_000, 150_000):
        if per_year <= 150_000 * size:
            scenario = pathway.scenario((per_year, per_year * 28 // 100))
            points.append((float(per_year), per_replication(scenario)))
    return Growth("applicants", "applicants a year (staff in proportion)", "ms", points)


def backlog(size: float) -> list[Growth]:
    """A longer waiting list, in order of joining and of deadline: cost of an applicant."""
    found = []
    for discipline in ("fifo", "deadline"):
        points = []
        for waiting in (1_000, 3_000, 10_000, 30_000, 100_000):
            if waiting <= 100_000 * size:
                scenario = overload(waiting, discipline, patience="100 years")
                cost = per_replication(scenario, 1e6) / (3 * waiting)
                points.append((float(waiting), cost))
        name = f"waiting at the end, {discipline}"
        found.append(Growth("backlog", name, "us an applicant", points))
    return found


def workers(size: float) -> Growth:
    """The same applicants, more and more workers, each of them with fewer cases."""
    base = pathway.scenario("province")
    points = []
    for times in (1, 2, 4, 8, 16, 32):
        if times <= 32 * size:
            fte = {
                f"teams.{name}.fte": round(team.fte * times, 2) for name, team in base.teams.items()
            }
            total = sum(team.fte for team in base.teams.values()) * times
            points.append((round(total), per_replication(base.with_(fte))))
    return Growth("workers", "FTE for 5,000 applicants a year", "ms", points)


def horizon(size: float) -> Growth:
    """More years of the same office."""
    points = []
    for years in (1, 2, 5, 10, 20, 40):
        if years <= 40 * size:
            scenario = pathway.scenario("office").with_({"horizon": f"{years} years"})
            points.append((float(years), per_replication(scenario)))
    return Growth("horizon", "years of an office", "ms", points)


def measured(size: float) -> list[Growth]:
    """All curves."""
    return [applicants(size), *backlog(size), workers(size), horizon(size)]


def draw(curves: list[Growth], folder: Path) -> list[Path]:
    """A figure per name, on a logarithmic axis where costs grow much; equal numbers equal bytes."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in dict.fromkeys(curve.name for curve in curves):
        with matplotlib.rc_context({"svg.hashsalt": "capsim", "svg.fonttype": "none"}):
            figure = Figure(figsize=(4.2, 3.0), layout="constrained")
            FigureCanvasSVG(figure)
            axes: Any = figure.subplots()
            of_name = [curve for curve in curves if curve.name == name]
            for curve in of_name:
                label = curve.what.rpartition(", ")[2] if len(of_name) > 1 else None
                axes.plot(*zip(*curve.points, strict=True), "o-", ms=4, lw=1.2, label=label)
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter("{x:,.0f}")
            costs = [cost for curve in of_name for _, cost in curve.points]
            if max(costs) < 5 * min(costs):
                axes.set_ylim(0, 1.5 * max(costs))
            else:
                axes.set_yscale("log")
                axes.yaxis.set_major_formatter("{x:,g}")
                axes.yaxis.set_minor_formatter("")
            if len(of_name) > 1:
                axes.legend(frameon=False)
            axes.set_xlabel(of_name[0].what.partition(", ")[0])
            axes.set_ylabel(of_name[0].cost.replace("us", "µs"))
            axes.grid(alpha=0.3, lw=0.5)
            axes.spines[["top", "right"]].set_visible(False)
            path = folder / f"{name}.svg"
            figure.savefig(path, metadata={"Date": None})
            written.append(path)
    return written

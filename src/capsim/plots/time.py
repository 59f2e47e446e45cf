"""Queues and caseloads over time, with bands where several replications give them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num

from capsim.measures.labels import label
from capsim.plots import style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def queues(
    result: Any, *, every: str = "7 days", office: str = "all", ax: Axes | None = None
) -> Axes:
    """Axes with the number of people waiting at each stage, over time.

    Parameters
    ----------
    result : Run, Replications or DataFrame
        A run, several replications (mean with its 95 % pointwise band), or their ``series()``.
    every : str
        Width of the intervals over which the queue is averaged.
    office : str
        One office, or all of them together.
    ax : Axes, optional
        Where to draw; without it, a new figure.

    Returns
    -------
    Axes
        Its ``figure`` can be given to `capsim.plots.save`.

    Examples
    --------
    >>> import pandas as pd
    >>> series = pd.DataFrame({"day": [0.0, 7.0], "office": "all", "kind": "stage", "of": "intake",
    ...                        "measure": "waiting", "value": [3.0, 5.0]})
    >>> queues(series).get_ylabel()
    'people waiting'
    """
    rows = _rows(result, every, office, kind="stage", measure="waiting")
    ax = style.new_axes() if ax is None else style.dress(ax)
    _draw(ax, rows, result)
    ax.set_ylabel("people waiting", fontsize=style.FONT)
    style.title(ax, _with_office("People waiting at each stage", office))
    return ax


def caseload(
    result: Any,
    *,
    per: str = "worker",
    every: str = "7 days",
    office: str = "all",
    ax: Axes | None = None,
) -> Axes:
    """Axes with the open cases per worker of each team, over time.

    Parameters
    ----------
    result : Run, Replications or DataFrame
        A run, several replications (mean with its 95 % pointwise band), or their ``series()``.
    per : {"worker", "fte"}
        Open cases per employed worker, or weighted open cases per contract FTE; the second shows the
        caseload limits of the scenario as dashed lines.
    every : str
        Width of the intervals over which the caseload is averaged.
    office : str
        One office, or all of them together.
    ax : Axes, optional
        Where to draw; without it, a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If `per` is neither of the two.
    """
    if per not in ("worker", "fte"):
        raise ValueError(f"per ({per!r}) must be 'worker' or 'fte'")
    measure = f"caseload_per_{per}"
    rows = _rows(result, every, office, kind="team", measure=measure)
    ax = style.new_axes() if ax is None else style.dress(ax)
    limits = _limits(result, rows["of"].unique()) if per == "fte" else {}
    _draw(ax, rows, result, limits=limits)
    ax.set_ylabel(label(measure).unit, fontsize=style.FONT)
    style.title(ax, _with_office(f"Open {label(measure).unit}", office))
    return ax


def _with_office(text: str, office: str) -> str:
    return text if office == "all" else f"{text}, {office}"


def _rows(result: Any, every: str, office: str, *, kind: str, measure: str) -> pd.DataFrame:
    """Rows of one measure for one office, or for all offices together, as mean, lower and upper."""
    frame = result if hasattr(result, "columns") else result.series(every=every)
    rows = frame[(frame["kind"] == kind) & (frame["measure"] == measure)]
    offices = list(rows["office"].unique())
    if office == "all" and "all" not in offices and len(offices) == 1:
        office = offices[0]
    if office not in offices:
        known = ", ".join(map(repr, offices)) or f"none: it has no {measure}"
        raise ValueError(f"office: {office!r} is not in this series; it has {known}")
    rows = rows[rows["office"] == office]
    return rows.rename(columns={"value": "mean"}) if "mean" not in rows.columns else rows


def _draw(
    ax: Axes, rows: pd.DataFrame, result: Any, *, limits: dict[str, float] | None = None
) -> None:
    """One line for each stage or team, stepwise averages at the middle of their interval."""
    scenario = getattr(result, "scenario", None)
    start = getattr(scenario, "start", None)
    banded = "lower" in rows.columns and "upper" in rows.columns
    ends, last = [], 0.0
    for index, (name, line) in enumerate(rows.groupby("of", sort=False)):
        line = line.sort_values("day")
        step = line["day"].diff().median() if len(line) > 1 else 0.0
        x = _positions(line["day"].to_numpy() + step / 2, start)
        ink = style.colour(index)
        ax.plot(x, line["mean"], color=ink, linewidth=1.8, label=str(name), solid_capstyle="round")
        if banded:
            ax.fill_between(x, line["lower"], line["upper"], color=ink, alpha=0.18, linewidth=0)
        limit = (limits or {}).get(str(name))
        if limit is not None:
            ax.axhline(limit, color=ink, linewidth=1, linestyle=(0, (5, 3)))
        last = max(last, float(x[-1]))
        ends.append((str(name), float(line["mean"].iloc[-1]), ink))
    ax.set_ylim(bottom=0)
    ax.margins(x=0)
    if start is None:
        ax.set_xlabel("days since the start", fontsize=style.FONT)
    else:
        locator = AutoDateLocator(maxticks=9)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        _mark(ax, scenario, start)
    style.label_lines(ax, ends, x=last)


def _positions(days: Any, start: date | None) -> Any:
    return days if start is None else days + date2num(_midnight(start))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def _mark(ax: Axes, scenario: Any, start: date) -> None:
    """Shade the warm-up and mark the dates of waves, so that a bump has its cause beside it."""
    warm_up = _warm_up_days(scenario)
    if warm_up:
        first = _midnight(start)
        ax.axvspan(
            date2num(first), date2num(first + timedelta(days=warm_up)), color="#F1F1F1", zorder=0
        )
        _note(ax, date2num(first), "warm-up")
    dates = sorted(
        {
            wave.date
            for inflow in getattr(scenario, "inflows", {}).values()
            for wave in (getattr(inflow, "waves", None) or {}).values()
        }
    )
    for position, day in enumerate(dates):
        x = date2num(_midnight(day))
        ax.axvline(x, color=style.QUIET, linewidth=0.9, linestyle=(0, (1, 2)))
        if position == 0:
            _note(ax, x, "wave" if len(dates) == 1 else "waves")


def _note(ax: Axes, x: float, text: str) -> None:
    ax.annotate(
        text,
        (x, 1),
        xycoords=("data", "axes fraction"),
        xytext=(3, -2),
        textcoords="offset points",
        va="top",
        color=style.QUIET,
        fontsize=style.FONT - 2,
    )


def _warm_up_days(scenario: Any) -> float:
    warm_up = getattr(scenario, "warm_up", None)
    days = getattr(warm_up, "days", warm_up)
    return float(days) if isinstance(days, int | float) else 0.0


def _limits(result: Any, teams: Any) -> dict[str, float]:
    known = getattr(getattr(result, "scenario", None), "teams", {})
    limits = {str(team): getattr(known.get(team), "caseload_limit", None) for team in teams}
    return {team: float(limit) for team, limit in limits.items() if limit is not None}

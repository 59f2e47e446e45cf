"""The life of one case: a bar per stay, what it waited for, its visits and its terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from capsim.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from capsim.runs.run import AbstractRun

WAIT, WORK, LATE = "#BBBBBB", style.PALETTE[0], style.PALETTE[1]
"""Colours of waiting, of the stay from its first visit on, and of a term that was missed."""


def story(run: AbstractRun, case: str, *, ax: Axes | None = None) -> Axes:
    """The life of one case, from above to below.

    Parameters
    ----------
    run : Run
    case : str
        Name of the case, as in ``run.cases``.
    ax : Axes, optional
        Where to draw.

    Returns
    -------
    Axes
        Grey: waiting for a first visit, or for a caseworker. Blue: from then until the end. Ticks:
        visits. A line: the end of the term, orange where it was missed.

    Raises
    ------
    ValueError
        If there is no such case, or the run kept no tables.

    Examples
    --------
    >>> import capsim
    >>> run = capsim.simulate("one-office", seed=1, engine="simpy")
    >>> len(capsim.plots.story(run, run.cases["case"].iloc[-1]).patches) > 0
    True
    """
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num

    stays = style.part_of(run, "life", "a run")(case)
    if ax is None:
        ax = style.new_axes(height=0.9 + 0.45 * max(len(stays), 2))
    end = date2num(run.setting.first_date) + run.setting.n_days
    names = []
    for place, stay in enumerate(stays):
        at = {
            name: None if moment is None else date2num(moment.tz_localize(None))
            for name, moment in stay.when.items()
        }
        until = end if at["ended"] is None else at["ended"]
        begun = at["started"] if at["started"] is not None else until
        delay = at["started"] is None and not stay.visits and stay.row["outcome"] == "completed"
        if not delay and begun > at["joined"]:
            ax.barh(place, begun - at["joined"], left=at["joined"], height=0.5, color=WAIT)
        first = at["joined"] if delay else begun
        if until > first or (delay and until >= first):
            ax.barh(place, until - first, left=first, height=0.5, color=WORK, alpha=0.75)
        for visit in stay.visits:
            if visit["started"] == visit["started"]:
                moment = date2num(visit["started_at"].tz_localize(None))
                ax.plot([moment] * 2, [place - 0.25, place + 0.25], color=style.INK, linewidth=1)
        _term(ax, place, at["due"], stay.row["late"])
        names.append(_name(stay.row))
    ax.set_yticks(range(len(stays)), names)
    ax.invert_yaxis()
    ax.margins(x=0.03)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", color=style.GRID, linewidth=0.8)
    locator = AutoDateLocator()
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    style.title(ax, f"Case {case}: grey waits, ticks are visits".replace("$", r"\$"))
    return ax


def _term(ax: Axes, place: int, due: float | None, late: Any) -> None:
    if due is not None:
        colour = LATE if late is True else style.QUIET
        ax.plot([due, due], [place - 0.4, place + 0.4], color=colour, linewidth=2)
        ax.annotate(
            "term, missed" if late is True else "term",
            (due, place - 0.4),
            xytext=(2, 2),
            textcoords="offset points",
            fontsize=style.FONT - 2,
            color=colour,
        )


def _name(row: dict[str, Any]) -> str:
    name = str(row["stage"]).replace("$", r"\$")
    return f"{name} ({row['nth']})" if row["nth"] > 1 else name

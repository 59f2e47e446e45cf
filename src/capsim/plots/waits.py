"""How long people wait: the share that still waits after so many days."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.measures.kaplan_meier import survival
from capsim.plots import style
from capsim.scenario.tables.windows import ALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def waits(run: Any, of: str, *, window: str | None = None, ax: Axes | None = None) -> Axes:
    """Axes with the share of people who still wait at a stage, by days since they joined it.

    Of those who joined in a window, which the figure names. Whoever still waits at the end of the
    run, or left, counts as far as it was seen (Kaplan-Meier), and is a small mark on the curve. A
    deadline of the stage is a dashed line.

    Parameters
    ----------
    run : Run
        From `capsim.simulate` or `capsim.load_run`, with its tables.
    of : str
        A stage with a team.
    window : str, optional
        A window of the scenario, or "all"; default the one that the scenario means. Of a run that
        was loaded only "all" is known.
    ax : Axes, optional
        Where to draw; without it, a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If there is no such window, or nobody joined such a stage in it.

    Examples
    --------
    >>> import capsim
    >>> run = capsim.simulate("one-office", seed=1, engine="simpy")
    >>> waits(run, "intake").get_ylabel()
    '% still waiting'
    """
    stays, setting = style.part_of(run, "stays", "a run"), run.setting
    window, (first, end) = _window(run, window)
    rows = stays[(stays["stage"] == of) & (stays["outcome"] != "turned_away")]
    rows = rows[(rows["joined"] >= first) & (rows["joined"] < end)]
    if rows.empty:
        known = ", ".join(map(repr, dict.fromkeys(stays["stage"])))
        raise ValueError(
            f"of: nobody joined {of!r} in {style.said_window(window)}; stages are {known}"
        )
    seen = rows["started"].fillna(rows["ended"]).fillna(setting.n_days)
    lasted = (seen - rows["joined"]).to_numpy(dtype=np.float64)
    served = rows["started"].notna().to_numpy()
    times, share = survival(lasted, served)
    last = float(lasted.max())
    x, y = (
        np.array([0.0, *times, last]),
        100 * np.array([1.0, *share, share[-1] if len(share) else 1]),
    )
    ax = style.new_axes() if ax is None else style.dress(ax)
    ink = style.colour(0)
    ax.step(x, y, where="post", color=ink, linewidth=1.8, label=of)
    open_ones = np.sort(lasted[~served])
    heights = y[np.searchsorted(x[:-1], open_ones, side="right") - 1]
    ax.plot(open_ones, heights, "|", color=ink, markersize=7, label="_still waiting")
    allowed = (rows["due"] - rows["joined"]).dropna()
    if len(allowed) and allowed.max() - allowed.min() < 1:
        deadline = float(allowed.median())
        ax.axvline(deadline, color=style.QUIET, linewidth=1, linestyle=(0, (5, 3)))
        ax.annotate(
            f"deadline, {deadline:.0f} days",
            (deadline, 1),
            xycoords=("data", "axes fraction"),
            xytext=(3, -2),
            textcoords="offset points",
            va="top",
            color=style.QUIET,
            fontsize=style.FONT - 2,
        )
        last = max(last, 1.1 * deadline)
    ax.set_xlim(0, last or 1)
    ax.set_ylim(0, 100)
    ax.set_ylabel("% still waiting", fontsize=style.FONT)
    dates = [setting.first_date + timedelta(days=int(day)) for day in (first, end - 1)]
    ax.set_xlabel(
        f"days since joining; {len(rows)} people who joined {dates[0]} to {dates[1]}, "
        f"{len(open_ones)} not served in the run",
        fontsize=style.FONT - 1,
    )
    style.say_below(ax, [style.runs_of(run), style.said_window(window)], lines=3.4)
    style.title(ax, f"Waiting at {of}")
    return ax


def _window(run: Any, window: str | None) -> tuple[str, tuple[int, int]]:
    """Name, first day and end of the window that is meant."""
    setting = run.setting
    whole = (setting.warm_up_day, setting.cohort_end_day)
    if not hasattr(run, "log"):  # a run that was loaded knows no days of windows
        if window not in (None, ALL):
            raise ValueError(f"window = {window!r}: a run that was loaded knows {ALL!r} only")
        return ALL, whole
    scenario = run.log.plan.scenario
    name = scenario.window if window is None else window
    return name, whole if name == ALL else style.days_of(scenario, name)

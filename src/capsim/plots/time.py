"""Queues and caseloads over time, with bands where several replications give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num

from capsim.catalogue import measure_named
from capsim.plots import style
from capsim.plots.marks import Marks, mark

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from capsim.scenario import Scenario

HEADROOM = 1.08
"""Height left above the lines for what is written there."""


def queues(
    result: Any,
    *,
    of: str | None = None,
    office: str = "all",
    every: str = "7 days",
    scenario: Scenario | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Axes with the number of people waiting at each stage, over time.

    Parameters
    ----------
    result : Run, Replications, DataFrame, or a mapping of names to these
        A run, several replications (mean with its 95 % pointwise band), or their ``series()``. A
        mapping draws one line for each of its scenarios, of one stage.
    of : str, optional
        Only this stage; needed for a mapping.
    office : str
        One office, or all of them together.
    every : str
        Width of the intervals over which the queue is averaged. A last one that the end of the
        run cuts short is not drawn.
    scenario : Scenario, optional
        Gives a frame its dates, and a run its marks of waves; replications know theirs.
    ax : Axes, optional
        Where to draw; without it, a new figure.

    Returns
    -------
    Axes
        Its ``figure`` can be given to `capsim.plots.save`.

    Raises
    ------
    ValueError
        If there is nothing to draw of that stage or office.

    Examples
    --------
    >>> import pandas as pd
    >>> series = pd.DataFrame({"day": [0.0, 7.0], "office": "all", "kind": "stage", "of": "intake",
    ...                        "measure": "waiting", "value": [3.0, 5.0]})
    >>> queues(series).get_ylabel()
    'people waiting'
    """
    rows = _rows(result, "stage", "waiting", of=of, office=office, every=every)
    title = _heading("People waiting" if of else "People waiting at each stage", of, office)
    return _drawn(result, rows, scenario, every, title, "people waiting", ax)


def pending(
    result: Any,
    *,
    of: str | None = None,
    office: str = "all",
    every: str = "7 days",
    scenario: Scenario | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Axes with the number of people without a decision, over time.

    Everybody whose clock for the decision runs, in whatever stage: from the application until it is
    decided or they are gone. Who only waits for a first visit is in `queues`.

    Parameters
    ----------
    result : Run, Replications, DataFrame, or a mapping of names to these
        As in `queues`; a mapping has a line for each of its scenarios.
    of : str, optional
        The stage that decides, default the only one that does.
    office, every, scenario, ax
        As in `queues`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If no stage has a deadline or a decision, or several have and none is named.
    """
    if of is None and isinstance(result, Mapping):
        found = {name: _deciding(one, office, every) for name, one in result.items()}
        several = list(dict.fromkeys(stage for stages in found.values() for stage in stages))
        if len(several) > 1:
            raise ValueError(
                f"of: several stages decide, {', '.join(map(repr, several))}; name the one to draw"
            )
        of = several[0] if several else None
    rows = _rows(result, "stage", "pending", of=of, office=office, every=every)
    title = _heading("People without a decision", of, office)
    return _drawn(result, rows, scenario, every, title, "people without a decision", ax)


def _deciding(result: Any, office: str, every: str) -> list[str]:
    frame = _series(result, every, office)
    return list(frame.loc[frame["measure"] == "pending", "of"].unique())


def caseload(
    result: Any,
    *,
    of: str | None = None,
    per: str = "worker",
    office: str = "all",
    every: str = "7 days",
    scenario: Scenario | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Axes with the open cases per worker of each team, over time.

    Parameters
    ----------
    result : Run, Replications, DataFrame, or a mapping of names to these
        As in `queues`; a mapping has a line for each of its scenarios, of one team.
    of : str, optional
        Only this team; needed for a mapping.
    per : {"worker", "fte"}
        Open cases per employed worker, or weighted open cases per contract FTE; the second shows
        the caseload limits of the scenario as dashed lines.
    office, every, scenario, ax
        As in `queues`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If `per` is neither of the two, or there is nothing to draw of that team or office.
    """
    if per not in ("worker", "fte"):
        raise ValueError(f"per ({per!r}) must be 'worker' or 'fte'")
    measure = f"caseload_per_{per}"
    rows = _rows(result, "team", measure, of=of, office=office, every=every)
    unit = measure_named(measure).unit
    title = _heading(f"Open {unit}", of, office)
    return _drawn(result, rows, scenario, every, title, unit, ax, with_limits=per == "fte")


def _drawn(
    result: Any,
    rows: pd.DataFrame,
    scenario: Scenario | None,
    every: str,
    title: str,
    unit: str,
    ax: Axes | None,
    *,
    with_limits: bool = False,
) -> Axes:
    """One plot, or a panel for each scenario where there are too many for distinct colours."""
    names = list(rows["of"].unique())
    if isinstance(result, Mapping) and len(names) > style.MOST_LINES:
        if ax is not None:
            raise ValueError(
                f"ax: {len(names)} scenarios are drawn as small multiples, in a figure of their "
                f"own; leave ax out, or draw at most {style.MOST_LINES}"
            )
        return _panels(result, rows, scenario, every, title, with_limits)
    marks = Marks.of(result, scenario)
    ax = style.new_axes() if ax is None else style.dress(ax)
    limits = marks.limits if with_limits else {}
    _draw(ax, rows, marks, _means(result, every), limits=limits)
    style.say_below(ax, [style.runs_of(result)], at="left")
    ax.set_ylabel(unit, fontsize=style.FONT)
    style.title(ax, title)
    return ax


def _panels(
    result: Mapping[Any, Any],
    rows: pd.DataFrame,
    scenario: Scenario | None,
    every: str,
    title: str,
    with_limits: bool,
) -> Axes:
    """Small multiples: each scenario over the first one in grey, with the waves that it has."""
    names = list(result)
    panels = style.small_multiples(len(names))
    first = rows[rows["of"] == names[0]]
    for panel, name in zip(panels, names, strict=True):
        marks = Marks.of(result[name], scenario)
        limits = marks.limits if with_limits else {}
        _draw(panel, rows[rows["of"] == name], marks, "", limits=limits, in_panel=True)
        if name != names[0]:
            _behind(panel, first, marks)
        panel.set_title(str(name), loc="left", fontsize=style.FONT - 1, color=style.INK)
    top = max(float(rows[c].max()) for c in ("mean", "upper") if c in rows)
    panels[0].set_ylim(0, top * HEADROOM or 1)
    figure = panels[0].get_figure(root=True)
    assert figure is not None
    words = (_means(result, every), style.runs_of(result), f"grey: {names[0]}")
    said = "; ".join(text for text in words if text)
    figure.suptitle(f"{title}\n{said}", x=0.01, ha="left", fontsize=style.FONT)
    return panels[0]


def _behind(ax: Axes, line: pd.DataFrame, marks: Marks) -> None:
    line = line.sort_values("day")
    step = line["day"].diff().median() if len(line) > 1 else 0.0
    if marks.days is not None and _is_cut_short(line, step, marks.days):
        line = line.iloc[:-1]
    origin = 0.0 if marks.start is None else date2num(marks.start)
    x = line["day"].to_numpy() + step / 2 + origin
    ax.plot(x, line["mean"], color=style.QUIET, linewidth=1, alpha=0.7, zorder=1)


def _heading(text: str, of: str | None, office: str) -> str:
    return ", ".join([text, *([of] if of else []), *([office] if office != "all" else [])])


def _rows(
    result: Any, kind: str, measure: str, *, of: str | None, office: str, every: str
) -> pd.DataFrame:
    """Rows to draw, a line for each value of the column `of`, as mean and perhaps its band."""
    if isinstance(result, Mapping):
        import pandas as pd

        if of is None:
            raise ValueError("of: several scenarios are drawn for one stage or team; name it")
        parts = [
            _rows(one, kind, measure, of=of, office=office, every=every).assign(of=name)
            for name, one in result.items()
        ]
        return pd.concat(parts, ignore_index=True)
    frame = _series(result, every, office)
    rows = frame[(frame["kind"] == kind) & (frame["measure"] == measure)]
    for column, wanted in (("office", office), ("of", of)):
        there = list(rows[column].unique())
        if column == "office" and wanted == "all" and len(there) == 1:
            wanted = there[0]
        if wanted is None:
            continue
        if wanted not in there:
            known = ", ".join(map(repr, there)) or f"nothing: it has no {measure}"
            raise ValueError(f"{column}: {wanted!r} is not in this series, which has {known}")
        rows = rows[rows[column] == wanted]
    return rows if "mean" in rows.columns else rows.rename(columns={"value": "mean"})


def _series(result: Any, every: str, office: str) -> pd.DataFrame:
    frame: pd.DataFrame = result
    if not hasattr(result, "columns"):
        series = style.part_of(
            result, "series", "a run, replications, their series(), or a mapping of names to these"
        )
        # Bands of all 38 offices would be computed only to be thrown away.
        frame = series(every, office=office) if hasattr(result, "summary") else series(every)
    return frame


def _draw(
    ax: Axes,
    rows: pd.DataFrame,
    marks: Marks,
    means: str,
    *,
    limits: Mapping[str, float] | None = None,
    in_panel: bool = False,
) -> None:
    """One line for each stage, team or scenario: averages at the middle of their interval."""
    origin = 0.0 if marks.start is None else date2num(marks.start)
    banded = "lower" in rows.columns and "upper" in rows.columns
    ends, last = [], 0.0
    for index, (name, unsorted) in enumerate(rows.groupby("of", sort=False)):
        line = unsorted.sort_values("day")
        step = line["day"].diff().median() if len(line) > 1 else 0.0
        if marks.days is not None and _is_cut_short(line, step, marks.days):
            line = line.iloc[:-1]
        x = line["day"].to_numpy() + step / 2 + origin
        ink = style.colour(index)
        ax.plot(x, line["mean"], color=ink, ls=style.dashes(index), lw=1.8, label=str(name))
        if banded:
            ax.fill_between(x, line["lower"], line["upper"], color=ink, alpha=0.18, linewidth=0)
        limit = (limits or {}).get(str(name))
        if limit is not None:
            ax.axhline(limit, color=ink, linewidth=1, linestyle=(0, (5, 3)))
        last = max(last, float(x[-1]))
        ends.append((str(name), float(line["mean"].iloc[-1]), ink))
    ax.set_ylim(0, ax.get_ylim()[1] * (HEADROOM if marks.is_marked else 1))
    ax.set_xlim(origin, last)
    if marks.start is None:
        ax.set_xlabel("days since the start", fontsize=style.FONT)
    else:
        locator = AutoDateLocator(maxticks=4 if in_panel else 9)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        mark(ax, marks, marks.start, with_words=not in_panel)
    if in_panel:
        return
    style.say_below(ax, [means, "band: 95 % interval" if banded else ""])
    style.label_lines(ax, ends, x=last)


def _means(result: Any, every: str) -> str:
    """What a point is the mean of; a frame that was made elsewhere does not say."""
    parts = list(result.values()) if isinstance(result, Mapping) else [result]
    if any(hasattr(part, "columns") for part in parts):
        return ""
    return f"means of {every}"


def _is_cut_short(line: pd.DataFrame, step: float, days: int) -> bool:
    """Whether the run ends within the last interval: two days beside weeks would look like a jump.

    Months differ by a tenth, which is no cut.
    """
    return len(line) > 1 and days - float(line["day"].iloc[-1]) < 0.9 * step

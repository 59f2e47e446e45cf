"""How many workers are enough: cost against the measure, two teams at once, and staff over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.catalogue import measure_named
from capsim.catalogue.shown import axis_unit
from capsim.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MET, FAILS, UNDECIDED = style.PALETTE[2], style.PALETTE[1], style.PALETTE[5]
_WORDS = {"met": "meets all targets", "fails": "fails", "undecided": "too close to call"}
_OTHERS = {"fails": "fails another target", "undecided": "another target too close to call"}
_INKS = {"met": MET, "fails": FAILS, "undecided": UNDECIDED}
_MARKS = {"met": "o", "fails": "X", "undecided": "^"}
"""Shapes, for prints in grey."""


def frontier(result: Any, target: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Axes with what more staff buys: the measure of a target against the cost, with intervals.

    Every point is the most promising staffing of its cost; its colour says whether *all* targets
    are met there, and it is empty where that is due to another target. The line is the bound,
    the ring the staffing found.

    Parameters
    ----------
    result : Staffing
    target : str, optional
        One of the targets, as it was written; default the first.
    ax : Axes, optional

    Raises
    ------
    ValueError
        If the target is not one of the result.
    """
    chosen = _target(result, target)
    frame = result.frontier
    verdicts = _verdicts(frame, result.paths)
    own = frame[frame["target"] == chosen.text].reset_index(drop=True)
    own = own[np.isfinite(own["estimate"].astype(float))]
    words = measure_named(chosen.measure)
    percent = words.unit == "share" or chosen.often is not None
    scale = 100.0 if percent else 1.0
    ax = style.new_axes() if ax is None else style.dress(ax)
    cost, estimate = own["cost"].to_numpy(float), scale * own["estimate"].to_numpy(float)
    ax.plot(cost, estimate, color=style.QUIET, linewidth=1, zorder=1)
    seen: set[str] = set()
    for row, x, y in zip(own.to_dict("records"), cost, estimate, strict=True):
        verdict = verdicts[_key(row, result.paths)]
        low, high = scale * float(row["lower"]), scale * float(row["upper"])
        ax.plot([x, x], [low, high], color=_INKS[verdict], linewidth=1.8, zorder=2)
        text = _WORDS[verdict]
        if elsewhere := verdict != row["verdict"]:
            text = _OTHERS[verdict]
        ax.plot(
            [x],
            [y],
            _MARKS[verdict],
            color=_INKS[verdict],
            markerfacecolor="white" if elsewhere else _INKS[verdict],
            markersize=6,
            label=None if text in seen else text,
            zorder=3,
        )
        seen.add(text)
        if result.feasible and _key(row, result.paths) == tuple(result.staffing.values()):
            ax.plot([x], [y], "o", color=style.INK, markersize=11, fillstyle="none", zorder=4)
    bound = scale * (chosen.bound if chosen.often is None else chosen.often)
    ax.axhline(bound, color=style.INK, linewidth=1, linestyle=(0, (4, 3)))
    unit = "%" if percent else axis_unit(words.unit)
    title = words.title if chosen.often is None else f"{chosen.measure} kept, replications"
    ax.set_ylabel(f"{title} ({unit})", fontsize=style.FONT - 1)
    ax.set_xlabel("cost (FTE, unless costs were given)", fontsize=style.FONT - 1)
    ax.legend(fontsize=style.FONT - 2, frameon=False)
    n = own["n"].astype(int)
    runs = f"{n.min():,} to {n.max():,} replications each" if len(n) else ""
    style.say_below(ax, [runs, _window(result, chosen), "bar: interval of the mean"], lines=3.4)
    style.title(ax, f"What staff buys: {chosen.text}")
    return ax


def staffing_map(
    result: Any, x: str | None = None, y: str | None = None, *, ax: Axes | None = None
) -> Axes:
    """Axes with all staffings of two settings: which meet the targets, fail, or are open.

    What was tested bears a dot (filled: proven); the rest follows from it. The ring is the answer.
    Further settings stay at the values of the answer.

    Parameters
    ----------
    result : Staffing
        Of at least two settings.
    x, y : str, optional
        Dotted paths; default the first two.
    ax : Axes, optional

    Raises
    ------
    ValueError
        If there are no two settings, or a path was not varied.
    """
    style.part_of(result, "grid", "what find_staffing gave")
    paths = result.paths
    across, up = _two(paths, x, y)
    frame = result.grid
    for path in paths:
        if path not in (across, up):
            frame = frame[frame[path] == result.staffing[path]]
    columns, rows = list(dict.fromkeys(frame[across])), list(dict.fromkeys(frame[up]))
    colours = {"met": 1, "fails": 2, "undecided": 3, "open": 0}
    picture = np.zeros((len(rows), len(columns)))
    ax = style.new_axes(6.5, 5.0) if ax is None else style.dress(ax)
    ax.grid(visible=False)
    tested = {_key(row, paths): bool(row["proven"]) for row in result.evidence.to_dict("records")}
    for row in frame.to_dict("records"):
        place = columns.index(row[across]), rows.index(row[up])
        picture[place[1], place[0]] = colours[row["verdict"]]
        if row["tested"]:
            style_of_dot = "full" if tested[_key(row, paths)] else "none"
            ax.plot(*place, "o", color=style.INK, markersize=4, fillstyle=style_of_dot)
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    shades: list[str] = ["#F7F7F7", _light(MET, 0.2), _light(FAILS, 0.85), _light(UNDECIDED, 0.75)]
    ax.imshow(picture, origin="lower", aspect="auto", cmap=ListedColormap(shades), vmin=0, vmax=3)
    if result.feasible:
        place = columns.index(result.staffing[across]), rows.index(result.staffing[up])
        ax.plot(*place, "o", color=style.INK, markersize=12, fillstyle="none")
    for axis, values, path in ((ax.xaxis, columns, across), (ax.yaxis, rows, up)):
        step = max(1, len(values) // 12)
        axis.set_ticks(range(0, len(values), step), [str(v) for v in values[::step]])
        axis.set_label_text(path, fontsize=style.FONT - 1)
    names = ["not looked at", *(_WORDS[verdict] for verdict in ("met", "fails", "undecided"))]
    present = [k for k in range(4) if (picture == k).any()]
    ax.legend(
        handles=[Patch(color=shades[k], label=names[k]) for k in present],
        fontsize=style.FONT - 2,
        frameon=False,
        loc="upper left",
        bbox_to_anchor=(1.0, 1.0),
    )
    windows = dict.fromkeys(_window(result, target) for target in result.targets)
    said = [f"{result.effort.replications:,} replications in all", " and ".join(windows)]
    style.say_below(ax, said, lines=3.4)
    style.title(ax, "\n".join(target.text for target in result.targets))
    return ax


def profile(result: Any, *, ax: Axes | None = None) -> Axes:
    """Axes with the staff of a team over time, the need, and the constant staff that does as well.

    Parameters
    ----------
    result : Profile
        Of `capsim.experiments.staffing_profile`.
    ax : Axes, optional
    """
    frame = style.part_of(result, "table", "what staffing_profile gave")
    ax = style.new_axes() if ax is None else style.dress(ax)
    dates = [*frame["date"], result.scenario.last_day()]
    fte = frame["fte"].to_numpy(float)
    each = fte.max() / max(float(frame["workers"].max()), 1e-12)
    lines = [
        ("need", each * frame["load"].to_numpy(float), style.QUIET, 1.4, style.dashes(2)),
        ("theory (MOL)", each * frame["theory"].to_numpy(float), style.PALETTE[4], 1.4, "-"),
        ("profile", fte, style.PALETTE[0], 2.4, "-"),
    ]
    for name, values, ink, width, dashes in lines:
        steps = [*values, values[-1]]
        ax.step(
            dates, steps, where="post", color=ink, linewidth=width, linestyle=dashes, label=name
        )
    ax.axhline(
        result.constant_fte, color=style.PALETTE[1], linewidth=1.6, label="constant, as good"
    )
    ax.axhline(
        result.fte_mean,
        color=style.PALETTE[0],
        linewidth=1,
        linestyle=(0, (4, 3)),
        label="mean of the profile",
    )
    ax.set_ylim(bottom=0)
    ax.set_ylabel(f"FTE, team {result.team}", fontsize=style.FONT - 1)
    ax.legend(fontsize=style.FONT - 2, frameon=False, ncols=3)
    for text in ax.get_xticklabels():
        text.set_rotation(30)
    days = f"{result.scenario.start} to {result.scenario.last_day()}, the whole run"
    style.say_below(ax, [style.runs_of(result), days], lines=4.4)
    style.title(ax, f"Staff so that {100 * result.probability:g} % have to wait")
    return ax


def _target(result: Any, text: str | None) -> Any:
    targets = style.part_of(result, "targets", "what find_staffing gave")
    if text is None:
        return targets[0]
    for target in targets:
        if target.text == text.strip():
            return target
    known = ", ".join(repr(target.text) for target in targets)
    raise ValueError(f"target = {text!r} is not one of the result; it has {known}")


def _key(row: Any, paths: list[str]) -> tuple[Any, ...]:
    return tuple(row[path] for path in paths)


def _verdicts(frame: Any, paths: list[str]) -> dict[tuple[Any, ...], str]:
    """Whether all targets are met, by staffing."""
    found: dict[tuple[Any, ...], str] = {}
    rank = {"met": 0, "undecided": 1, "fails": 2}
    for row in frame.to_dict("records"):
        key = _key(row, paths)
        found[key] = max(found.get(key, "met"), row["verdict"], key=rank.__getitem__)
    return found


def _two(paths: list[str], x: str | None, y: str | None) -> tuple[str, str]:
    if len(paths) < 2:
        raise ValueError(f"result: only {paths[0]!r} was varied, and a map needs two settings")
    across = paths[0] if x is None else x
    up = next(path for path in paths if path != across) if y is None else y
    for name, path in (("x", across), ("y", up)):
        if path not in paths:
            raise ValueError(f"{name} = {path!r} was not varied; these were: {', '.join(paths)}")
    return across, up


def _window(result: Any, target: Any) -> str:
    """The window that a target is of: its own, or that of the scenario."""
    return style.said_window(target.selector.window or result.scenario.window)


def _light(ink: str, weight: float) -> str:
    """The colour, mixed with white; weights differ so that a print in grey tells them apart."""
    parts = (int(ink[k : k + 2], 16) for k in (1, 3, 5))
    return "#" + "".join(f"{round(weight * part + (1 - weight) * 255):02X}" for part in parts)

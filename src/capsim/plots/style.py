"""The look of every figure: one palette, direct labels, quiet axes.

Nothing here touches pyplot or the global settings of matplotlib, so a plot made in a thread, a
notebook or a command looks the same and leaves nothing behind. Each axes is dressed explicitly.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from capsim.scenario.errors import counted
from capsim.scenario.tables.windows import ALL

if TYPE_CHECKING:
    from capsim.scenario import Scenario

# Okabe and Ito, "Color universal design" (2008), without the yellow that disappears on paper.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#5B5B5B")
INK = "#222222"
QUIET = "#767676"
GRID = "#E4E4E4"
FONT = 10.0


class Picture(Figure):
    """A figure that notebooks show by themselves, without pyplot."""

    def draw(self, renderer: Any) -> None:
        """Draw it, with every text as it stands: a dollar sign in a name is no formula."""
        as_they_stand(self)
        super().draw(renderer)

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=110)
        return buffer.getvalue()


def as_they_stand(figure: Figure) -> None:
    """Let no text of a figure be read as a formula: names are those of the user."""
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        text.set_parse_math(False)


MOST_LINES = len(PALETTE)
"""Lines with colours of their own that fit into one plot."""


def small_multiples(count: int) -> list[Axes]:
    """So many dressed panels on a new figure, all with the same scales."""
    columns = min(4, math.ceil(math.sqrt(count)))
    rows = math.ceil(count / columns)
    figure = Picture(figsize=(2.7 * columns, 2.0 * rows + 0.5), layout="constrained")
    panels: list[Axes] = []
    for place in range(count):
        first = panels[0] if panels else None
        panel = figure.add_subplot(rows, columns, place + 1, sharex=first, sharey=first)
        panels.append(dress(panel))
    return panels


def say_below(
    ax: Axes, parts: Sequence[str], *, lines: float = 1.9, at: Literal["left", "right"] = "right"
) -> None:
    """What points and bands are, so many lines below the axis and out of the way."""
    ax.annotate(
        "; ".join(part for part in parts if part),
        (1 if at == "right" else 0, 0),
        xycoords="axes fraction",
        xytext=(0, -lines * FONT),
        textcoords="offset points",
        ha=at,
        va="top",
        color=QUIET,
        fontsize=FONT - 2,
    )


def runs_of(result: Any) -> str:
    """How many replications are behind a figure; empty where nobody knows.

    Examples
    --------
    >>> runs_of(3)
    ''
    """
    if isinstance(result, Mapping):
        said = dict.fromkeys(runs_of(one) for one in result.values())
        return " and ".join(text for text in said if text)
    if hasattr(result, "stays"):
        return "one run"
    n = getattr(result, "n", None)
    return "" if n is None or hasattr(result, "columns") else counted(int(n), "replication")


def rows_of(result: Any) -> str:
    """How many scenarios and replications are behind a figure of a design, and their window."""
    rows = len(result.design) if hasattr(result, "design") else getattr(result, "samples", None)
    if rows is None or hasattr(result, "columns"):
        return ""
    said = f"{rows:,} scenarios, {counted(int(result.replications), 'replication')} each"
    window = window_of(result)
    return f"{said}; {window}" if window else said


def window_of(result: Any) -> str:
    """The window that the measures of a figure are of, as its scenario means it."""
    scenarios = getattr(result, "scenarios", None)
    if not isinstance(scenarios, Mapping):
        scenarios = {"": getattr(result, "scenario", None)}
    names = dict.fromkeys(one.window for one in scenarios.values() if hasattr(one, "window"))
    if not names:
        return ""
    return " and ".join(map(said_window, names))


def said_window(name: str) -> str:
    """A window in words.

    Examples
    --------
    >>> said_window("all"), said_window("2026")
    ('all that is measured', "window '2026'")
    """
    return "all that is measured" if name == ALL else f"window {name!r}"


def days_of(scenario: Scenario, window: str) -> tuple[int, int]:
    """First day of a window of a scenario and the day after its last, of "all" to the horizon.

    Raises
    ------
    ValueError
        If the scenario has no such window.
    """
    if window == ALL:
        low = scenario.warm_up_days
        return low, max(scenario.horizon_days, low + 1)
    if window not in scenario.windows:
        known = ", ".join(map(repr, (ALL, *scenario.windows)))
        raise ValueError(f"window = {window!r}: the scenario has {known}")
    span = scenario.windows[window]
    return (span.from_ - scenario.start).days, (span.until - scenario.start).days


DASHES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))
"""How lines of a legend differ where colours are not seen."""


def dashes(index: int) -> Any:
    """Dashes of the line with this index, so that a print in grey tells lines apart."""
    return DASHES[index % len(DASHES)]


def colour(index: int) -> str:
    """Colour of the series with this index; the palette repeats after its last colour."""
    return PALETTE[index % len(PALETTE)]


def new_axes(width: float = 7.5, height: float = 4.0) -> Axes:
    """Single dressed axes on a new figure of `width` x `height` inches."""
    return dress(Picture(figsize=(width, height), layout="constrained").add_subplot())


def dress(ax: Axes) -> Axes:
    """The given axes with quiet spines, a light horizontal grid and readable labels."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(QUIET)
    ax.tick_params(colors=QUIET, labelcolor=INK, labelsize=FONT - 1, length=3)
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    return ax


def title(ax: Axes, text: str) -> None:
    """Set the title of the axes, left, in the words of what is seen."""
    ax.set_title(text, loc="left", fontsize=FONT + 1, color=INK, pad=10)


def label_lines(ax: Axes, ends: Sequence[tuple[str, float, str]], *, x: float) -> None:
    """Name lines at their right end instead of in a legend.

    Parameters
    ----------
    ax : Axes
        Its limits must be final: labels are moved apart in the heights they will be drawn at.
    ends : sequence of (text, y, colour)
        Name, last value and colour of each line.
    x : float
        Where the lines end, data coordinates.
    """
    low, high = ax.get_ylim()
    figure = ax.get_figure(root=True)
    inches = ax.get_position().height * figure.get_figheight() if figure is not None else 3.0
    gap = (high - low) * (FONT - 1) * 1.25 / 72 / max(inches, 0.5)
    order = sorted(range(len(ends)), key=lambda index: ends[index][1])
    heights = apart([ends[index][1] for index in order], gap, low, high)
    for index, height in zip(order, heights, strict=True):
        text, _, ink = ends[index]
        ax.annotate(
            text,
            (x, height),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            color=ink,
            fontsize=FONT - 1,
            annotation_clip=False,
        )


def apart(heights: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Heights at least `gap` apart, each as near as can be to where it was.

    Neighbours that would touch are spread around their common middle, so the names of three lines
    that end together stand around them and not above.

    Parameters
    ----------
    heights : sequence of float
        In rising order.
    gap, low, high : float
        Least distance, and the range to stay in (left upwards only if there is no room).

    Examples
    --------
    >>> apart([5.0, 5.0, 9.0], 2.0, 0.0, 10.0)
    [4.0, 6.0, 9.0]
    >>> apart([0.0, 0.0], 2.0, 0.0, 10.0)
    [0.0, 2.0]
    """
    groups: list[list[float]] = []  # of equally spaced names: number, lowest height
    for height in heights:
        groups.append([1, height])
        while len(groups) > 1 and groups[-1][1] < groups[-2][1] + gap * groups[-2][0]:
            upper, lower = groups.pop(), groups.pop()
            count = lower[0] + upper[0]
            # Least squares: the mean of where each member would put the lowest one.
            lowest = (lower[0] * lower[1] + upper[0] * (upper[1] - gap * lower[0])) / count
            groups.append([count, lowest])
    found = [lowest + gap * place for count, lowest in groups for place in range(int(count))]
    ceiling = high
    for index in reversed(range(len(found))):
        found[index] = min(found[index], ceiling)
        ceiling = found[index] - gap
    floor = low
    for index in range(len(found)):
        found[index] = max(found[index], floor)
        floor = found[index] + gap
    return found


def part_of(result: Any, name: str, wanted: str) -> Any:
    """An attribute of what is to be drawn.

    Raises
    ------
    ValueError
        If it has none of this name, because it is something else.

    Examples
    --------
    >>> part_of(3, "indices", "a sensitivity, or its indices")
    Traceback (most recent call last):
    ValueError: result = 3: cannot be drawn here; give a sensitivity, or its indices
    """
    if not hasattr(result, name):
        plain = isinstance(result, str | int | float | None)
        shown = repr(result) if plain else f"a {type(result).__name__}"
        raise ValueError(f"result = {shown}: cannot be drawn here; give {wanted}")
    return getattr(result, name)


def save(figure: Figure | Axes, path: str | os.PathLike[str]) -> list[Path]:
    """Write a figure as PNG (150 dots per inch) and SVG.

    The same figure gives the same bytes: identifiers in the SVG are fixed and no date is written.

    Parameters
    ----------
    figure : Figure or Axes
        What a plot function gave back, or its figure.
    path : path
        Where to write; the ending is replaced by ``.png`` and ``.svg``.

    Returns
    -------
    list of Path
        The two files.
    """
    if isinstance(figure, Axes):
        root = figure.get_figure(root=True)
        if root is None:
            raise ValueError("figure: these axes belong to no figure; pass the figure")
        figure = root
    as_they_stand(figure)
    base = Path(path)
    if base.suffix.lower() in (".png", ".svg"):
        base = base.with_suffix("")
    files = [base.parent / f"{base.name}.png", base.parent / f"{base.name}.svg"]
    nothing: dict[str, Any] = {"Date": None, "Creator": None}
    with rc_context({"svg.hashsalt": "capsim", "svg.fonttype": "path"}):
        figure.savefig(files[0], dpi=150, metadata={"Software": None})
        figure.savefig(files[1], metadata=nothing)
    return files

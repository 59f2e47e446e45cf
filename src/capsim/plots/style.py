"""The look of every figure: one palette, direct labels, quiet axes.

Nothing here touches pyplot or the global settings of matplotlib, so a plot made in a thread, a
notebook or a command looks the same and leaves nothing behind. Each axes is dressed explicitly.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito, "Color universal design" (2008), without the yellow that disappears on paper.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#5B5B5B")
INK = "#222222"
QUIET = "#767676"
GRID = "#E4E4E4"
FONT = 10.0


class Picture(Figure):
    """A figure that notebooks show by themselves, without pyplot."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=110)
        return buffer.getvalue()


def colour(index: int) -> str:
    """Colour of the series with this index; the palette repeats after its last colour."""
    return PALETTE[index % len(PALETTE)]


def new_axes(width: float = 7.5, height: float = 4.0) -> Axes:
    """Single dressed axes on a new figure of `width` x `height` inches."""
    return dress(Picture(figsize=(width, height), layout="constrained").add_subplot())


def dress(ax: Axes) -> Axes:
    """The same axes with quiet spines, a light horizontal grid and readable labels."""
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
    heights = [ends[index][1] for index in order]
    for index in range(1, len(heights)):
        heights[index] = max(heights[index], heights[index - 1] + gap)
    # What was pushed above the axes comes back down, as far as the others let it.
    ceiling = high
    for index in range(len(heights) - 1, -1, -1):
        heights[index] = min(heights[index], ceiling)
        ceiling = heights[index] - gap
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
    base = Path(path)
    if base.suffix.lower() in (".png", ".svg"):
        base = base.with_suffix("")
    files = [base.parent / f"{base.name}.png", base.parent / f"{base.name}.svg"]
    nothing: dict[str, Any] = {"Date": None, "Creator": None}
    with rc_context({"svg.hashsalt": "capsim", "svg.fonttype": "path"}):
        figure.savefig(files[0], dpi=150, metadata={"Software": None})
        figure.savefig(files[1], metadata=nothing)
    return files

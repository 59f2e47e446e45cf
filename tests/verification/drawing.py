"""Small drawings of simulated means over exact curves, as SVG text that is the same every time."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

WIDTH, HEIGHT = 460, 250
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 26, 36
COLOURS = ("#1b5e8c", "#b3541e", "#3f7d3a")


@dataclass(frozen=True)
class Line:
    """One exact curve and the simulated means beside it.

    Attributes
    ----------
    label : str
    times, exact, mean, error : (m,) float64
        The bars of the drawing are four standard errors long on either side.
    """

    label: str
    times: np.ndarray
    exact: np.ndarray
    mean: np.ndarray
    error: np.ndarray


def drawing(title: str, lines: list[Line], *, unit: str) -> str:
    """The text of an SVG file: exact curves as lines, simulated means as points with bars."""
    last = max(float(line.times[-1]) for line in lines)
    tops = [max(line.exact.max(), (line.mean + 4 * line.error).max()) for line in lines]
    most = float(max(tops)) * 1.05
    across, up = _ticks(last), _ticks(most)

    def x(time: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * time / last

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / most

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="11">',
        f"<title>{_text(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="15" font-size="12" fill="#222">{_text(title)}</text>',
    ]
    for tick in up:
        parts.append(
            f'<path d="M{LEFT} {y(tick):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
            f'<text x="{LEFT - 5}" y="{y(tick) + 4:.1f}" text-anchor="end" fill="#555">'
            f"{tick:g}</text>"
        )
    for tick in across:
        parts.append(
            f'<text x="{x(tick):.1f}" y="{HEIGHT - BOTTOM + 15}" text-anchor="middle" '
            f'fill="#555">{tick:g}</text>'
        )
    parts.append(
        f'<path d="M{LEFT} {HEIGHT - BOTTOM}H{WIDTH - RIGHT}" stroke="#555"/>'
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 5}" text-anchor="end" fill="#555">{_text(unit)}'
        "</text>"
    )
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        way = "L".join(
            f"{x(t):.1f} {y(v):.1f}" for t, v in zip(line.times, line.exact, strict=True)
        )
        parts.append(f'<path d="M{way}" fill="none" stroke="{colour}" stroke-width="1.3"/>')
        every = math.ceil(len(line.times) / 40)
        for t, mean, error in zip(
            line.times[::every], line.mean[::every], line.error[::every], strict=True
        ):
            low, high = y(max(mean - 4 * error, 0)), y(mean + 4 * error)
            parts.append(
                f'<path d="M{x(t):.1f} {low:.1f}V{high:.1f}" stroke="{colour}"/>'
                f'<circle cx="{x(t):.1f}" cy="{y(mean):.1f}" r="2" fill="{colour}"/>'
            )
        if len(lines) > 1:
            # In the row of the title, where no curve can run through the words.
            end = WIDTH - RIGHT - 90 * (len(lines) - 1 - number)
            parts.append(
                f'<text x="{end}" y="15" text-anchor="end" fill="{colour}">'
                f"{_text(line.label)}</text>"
            )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _ticks(most: float) -> list[float]:
    """Four to eight round numbers from 0 on."""
    rough = most / 5
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    return [step * number for number in range(int(most / step) + 1)]


def _text(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

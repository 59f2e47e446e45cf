"""How values, intervals and estimates are shown, in every table, figure and sentence.

A value stands in its unit, to the precision that a reader can use. What was not reached says so;
"-" is a value that does not exist, since nobody was there. The limits of an interval share a
unit, and "no interval" is that of a single replication.
"""

from __future__ import annotations

import math
import re
from datetime import date, timedelta

from capsim.catalogue.measures import Unit, measure_named

__all__ = [
    "axis_unit",
    "difference_interval",
    "estimate",
    "number",
    "shown",
    "shown_difference",
    "shown_interval",
    "title_with_unit",
]

MISSING = "-"
NOT_REACHED = "not reached"
NO_INTERVAL = "no interval"


def number(value: float, unit: Unit) -> str:
    """A value without its unit, but for the % of a share.

    Examples
    --------
    >>> number(0.0834, "share"), number(12.345, "days"), number(1234.5, "cases")
    ('8.3 %', '12.3', '1,234')
    >>> number(float("nan"), "days"), number(float("inf"), "days")
    ('-', 'not reached')
    """
    if math.isnan(value):
        return MISSING
    if value == math.inf:
        return NOT_REACHED
    if unit == "share":
        text = f"{100 * value:.1f} %"
    elif unit in ("ratio", ""):
        text = f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    elif unit == "day":
        text = f"{value:.0f}"
    elif unit == "money":
        text = f"{value:,.0f}"
    else:
        text = f"{value:.1f}" if abs(value) < 100 else f"{value:,.0f}"
    # What rounds to nothing has no direction.
    return re.sub(r"^-(0(\.0+)?)(?![\d.])", r"\1", text)


def shown(measure: str, value: float, start: date | None = None) -> str:
    """A value in its unit; days of the calendar as dates, where the first day is known.

    Examples
    --------
    >>> shown("wait_p90", 12.0), shown("wait_p90", math.inf), shown("late_share", 0.083)
    ('12.0 days', 'not reached', '8.3 %')
    >>> shown("clear_day", 100.0, date(2026, 1, 1))
    '2026-04-11'
    """
    unit = measure_named(measure).unit
    if unit == "day" and start is not None and math.isfinite(value):
        return (start + timedelta(days=int(value))).isoformat()
    text = number(value, unit)
    return f"{text} days" if unit == "days" and math.isfinite(value) else text


def shown_interval(measure: str, lower: float, upper: float, start: date | None = None) -> str:
    """An interval in the unit of its measure.

    Examples
    --------
    >>> shown_interval("wait_mean", 0.0, 24.8), shown_interval("utilization", 0.92, 1.0)
    ('0.0 to 24.8 days', '92.0 % to 100.0 %')
    >>> shown_interval("wait_p90", 8.0, math.inf), shown_interval("wait_p90", math.nan, math.nan)
    ('8.0 days to not reached', 'no interval')
    """
    if math.isnan(lower) or math.isnan(upper) or lower == -math.inf:
        return NO_INTERVAL
    if lower == math.inf:
        return NOT_REACHED
    first, last = shown(measure, lower, start), shown(measure, upper, start)
    if first.endswith(" days") and last.endswith(" days"):
        first = first.removesuffix(" days")
    return f"{first} to {last}"


def shown_difference(measure: str, value: float) -> str:
    """A difference of a measure: points for shares, days for dates, its unit for the rest.

    Examples
    --------
    >>> shown_difference("late_share", 0.083), shown_difference("clear_day", -12.0)
    ('8.3 pt', '-12 days')
    >>> shown_difference("wait_mean", 1.25), shown_difference("queue_peak", 30.0)
    ('1.2 days', '30.0')
    """
    unit = measure_named(measure).unit
    if not math.isfinite(value):
        return number(value, unit)
    if unit == "share":
        return number(100 * value, "cases") + " pt"
    return f"{number(value, unit)} days" if unit in ("days", "day") else number(value, unit)


def difference_interval(measure: str, lower: float, upper: float) -> str:
    """An interval of a difference.

    Examples
    --------
    >>> difference_interval("late_share", -0.01, 0.083), difference_interval("wait_mean", 1.0, 2.0)
    ('-1.0 to 8.3 pt', '1.0 to 2.0 days')
    """
    if math.isnan(lower) or math.isnan(upper) or lower == -math.inf:
        return NO_INTERVAL
    first, last = shown_difference(measure, lower), shown_difference(measure, upper)
    for unit in (" pt", " days"):
        if first.endswith(unit) and last.endswith(unit):
            first = first.removesuffix(unit)
    return f"{first} to {last}"


def title_with_unit(measure: str) -> str:
    """The title of a measure, with the unit that its cells do not show.

    Examples
    --------
    >>> title_with_unit("wait_mean"), title_with_unit("late_share")
    ('mean wait, days', 'decided late')
    """
    record = measure_named(measure)
    return f"{record.title}, days" if record.unit == "days" else record.title


def axis_unit(unit: Unit, *, of_differences: bool = False) -> str:
    """What numbers on an axis count, where shares are drawn in hundredths.

    Examples
    --------
    >>> axis_unit("share"), axis_unit("share", of_differences=True), axis_unit("days")
    ('%', 'percentage points', 'days')
    """
    if unit == "share":
        return "percentage points" if of_differences else "%"
    return unit or "its own unit"


def estimate(
    measure: str, middle: float, lower: float, upper: float, *, signed: bool = False
) -> str:
    """An estimate with the half-width of its interval, both to the same decimal.

    Days and cases stand without their unit, which the first column has; a signed share is counted
    in points of a hundred. Without a finite interval, as of one replication, the estimate alone.
    Where the limit of a measure cuts one side of the interval, the longer half counts.

    Examples
    --------
    >>> estimate("late_share", 0.2718, 0.2549, 0.2887)
    '27.2 ± 1.7 %'
    >>> estimate("arrivals", 22363.2, 22301.9, 22424.5)
    '22,363 ± 61'
    >>> estimate("contact_ratio", -0.139, -0.14671, -0.13129, signed=True)
    '-0.139 ± 0.008'
    """
    if not math.isfinite(middle):
        return shown(measure, middle)
    unit = measure_named(measure).unit
    half = max(upper - middle, middle - lower)
    if unit == "share":
        middle, half = 100 * middle, 100 * half
    places = _decimals(middle, half, unit)
    text = f"{middle:+,.{places}f}" if signed else f"{middle:,.{places}f}"
    if not text.strip("+-0."):
        text = text.lstrip("+-")  # what rounds to nothing has no direction
    spread = f"{half:,.{places}f}" if math.isfinite(half) else ""
    # "0.0 ± 0.0" would say the same twice.
    if spread and (text.strip("0.") or spread.strip("0.")):
        text += f" ± {spread}"
    if unit == "share":
        text += " pt" if signed else " %"
    return text


def _decimals(middle: float, half: float, unit: Unit) -> int:
    """Decimals that a reader can use: more of them for small ratios and measures of one's own."""
    if unit == "money":
        return 0
    if unit not in ("ratio", ""):
        return 0 if abs(middle) >= 100 and not 0 < half < 0.5 else 1
    scale = max(abs(middle), half if math.isfinite(half) else 0.0)
    return min(max(2 - math.floor(math.log10(scale)), 0), 12) if scale > 0 else 0

"""What stands behind a curve over time: the warm-up, and the dates of waves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from matplotlib.dates import date2num

from capsim.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from capsim.scenario import Scenario

__all__ = ["Marks", "mark"]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOST_DATES = 4


@dataclass(frozen=True)
class Marks:
    """What the axes need to know beside the series.

    Attributes
    ----------
    start : date or None
        First day; without it the axis counts days.
    days : int or None
        Length of the run, if it is known.
    warm_up_days : int
    waves : tuple of date
    limits : dict
        Caseload limit by team.
    marks : tuple of (dates, names, number)
        Of several scenarios: their waves, those who have just these, and the number of the first of
        them, by which it has its colour.
    several : int
        How many scenarios there are.
    """

    start: date | None = None
    days: int | None = None
    warm_up_days: int = 0
    waves: tuple[date, ...] = ()
    limits: Mapping[str, float] | None = None
    marks: tuple[tuple[tuple[date, ...], tuple[str, ...], int], ...] = ()
    several: int = 1

    def is_of_all(self, names: Sequence[str]) -> bool:
        """Whether these are all of the scenarios."""
        return len(names) == self.several

    @property
    def is_marked(self) -> bool:
        """Whether words stand at the top of the axes."""
        return self.start is not None and bool(self.waves or self.warm_up_days)

    @classmethod
    def of(cls, result: Any, scenario: Scenario | None) -> Marks:
        """Of a run, replications or a frame; of a mapping, that of its scenarios together."""
        if isinstance(result, Mapping):
            settings = [cls.of(one, scenario) for one in result.values()]
            groups: dict[tuple[date, ...], list[int]] = {}
            for number, one in enumerate(settings):
                if one.waves:
                    groups.setdefault(one.waves, []).append(number)
            names = [str(name) for name in result]
            first = settings[0]
            return cls(
                first.start,
                first.days,
                first.warm_up_days,
                tuple(sorted({day for waves in groups for day in waves})),
                several=len(names),
                marks=tuple(
                    (waves, tuple(names[k] for k in who), who[0]) for waves, who in groups.items()
                ),
            )
        scenario = scenario or getattr(result, "scenario", None)
        if scenario is None:
            setting = getattr(result, "setting", None)  # of a run
            if setting is None:
                return cls()
            start = date.fromisoformat(setting.start)
            return cls(start, setting.n_days, setting.warm_up_day)
        waves = sorted(
            {
                wave.date
                for inflow in scenario.inflows.values()
                for wave in (inflow.waves or {}).values()
                if inflow.take_up_of(wave) > 0 and wave.people > 0
            }
        )
        limits = {
            name: float(team.caseload_limit)
            for name, team in scenario.teams.items()
            if team.caseload_limit is not None
        }
        return cls(
            scenario.start, scenario.horizon_days, scenario.warm_up_days, tuple(waves), limits
        )


def mark(ax: Axes, marks: Marks, start: date, *, with_words: bool = True) -> None:
    """Shade the warm-up and mark the dates of waves, so that a bump has its cause beside it."""
    if marks.warm_up_days:
        first = date2num(start)
        ax.axvspan(
            first,
            date2num(start + timedelta(days=marks.warm_up_days)),
            color="#F1F1F1",
            zorder=0,
        )
        if with_words:
            _note(ax, first, "warm-up")
    if not marks.waves:
        return
    groups = marks.marks or ((marks.waves, (), 0),)
    everybody = len(groups) == 1
    for height, (waves, names, number) in enumerate(groups):
        ink = style.QUIET if everybody else style.colour(number)
        for day in waves:
            ax.axvline(date2num(day), color=ink, linewidth=0.9, linestyle=(0, (1, 2)))
        if with_words:
            # Beside the last mark, so that no mark crosses the words.
            whose = f" ({', '.join(names)})" if names and not marks.is_of_all(names) else ""
            _note(ax, date2num(marks.waves[-1]), _dates(waves) + whose, ink, height)


def _dates(waves: Sequence[date]) -> str:
    """Dates of the waves, or the first and the last of many.

    Examples
    --------
    >>> _dates([date(2026, 1, 1), date(2026, 3, 1)])
    'waves 1 Jan, 1 Mar 2026'
    """
    many = len(waves) > _MOST_DATES
    shown = [waves[0], waves[-1]] if many else list(waves)
    words = []
    for place, day in enumerate(shown):
        ends_year = place == len(shown) - 1 or shown[place + 1].year != day.year
        words.append(f"{day.day} {_MONTHS[day.month - 1]}" + (f" {day.year}" if ends_year else ""))
    if many:
        return f"{len(waves)} waves, {words[0]} to {words[1]}"
    return f"wave{'s' if len(words) > 1 else ''} {', '.join(words)}"


def _note(ax: Axes, x: float, text: str, ink: str = style.QUIET, height: int = 0) -> None:
    ax.annotate(
        text,
        (x, 1),
        xycoords=("data", "axes fraction"),
        xytext=(3, -2 - 1.2 * style.FONT * height),
        textcoords="offset points",
        va="top",
        color=ink,
        fontsize=style.FONT - 2,
    )

"""The life of one case in sentences: dates, who, how long it waited for what, when it was late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.kernels.codes import NONE
from capsim.log.facts import Setting
from capsim.runs.wall import Wall
from capsim.scenario.errors import nearest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Stay", "case_named", "stays_of", "story"]

_SHORT = 1 / 24
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Stay:
    """One stay of a case, times in days since the start of the run; NaN where it did not happen.

    Attributes
    ----------
    row : dict
        The row of `Run.stays`.
    visits : list of dict
        Its rows of `Run.visits`.
    when : dict
        Time on the clock of joined, assigned, started, served, ended and due; None if missing.
    """

    row: dict[str, Any]
    visits: list[dict[str, Any]]
    when: dict[str, Any]


def case_named(case: object, cases: pd.DataFrame) -> str:
    """The case, if there is one of this name.

    Raises
    ------
    ValueError
        If not.
    """
    known = cases["case"]
    name = str(case)
    if not (known == name).any():
        raise ValueError(
            f"case = {case!r}: there is no such case in this run; {nearest(name, known.head(2000))}"
            if len(known) < 2000
            else f"case = {case!r}: there is no such case in this run; look in run.cases['case']"
        )
    return name


def stays_of(case: str, setting: Setting, stays: pd.DataFrame, visits: pd.DataFrame) -> list[Stay]:
    """The stays of a case with their visits, in the order of its life."""
    wall = Wall.of(setting)
    own = stays[stays["case"] == case].sort_values("joined", kind="stable")
    done = visits[visits["case"] == case]
    columns = wall.stay_columns(own, done)
    columns["due"] = wall.seconds(setting.clock.ticks(own["due"].to_numpy(dtype=np.float64)))
    visit_times = {name: wall.times(part) for name, part in wall.visit_columns(done).items()}
    done = done.assign(**{f"{name}_at": part for name, part in visit_times.items()})
    found = []
    times = {name: wall.times(part) for name, part in columns.items()}
    for place, row in enumerate(_records(own)):
        mine = done[(done["stage"] == row["stage"]) & (done["nth"] == row["nth"])]
        when = {
            name: None if columns[name][place] == NONE else part[place]
            for name, part in times.items()
        }
        found.append(Stay(row, _records(mine), when))
    return found


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): cell for name, cell in row.items()} for row in frame.to_dict("records")]


def story(case: str, setting: Setting, cases: pd.DataFrame, stays: list[Stay]) -> str:
    """The life of a case, a paragraph per stay."""
    row = cases[cases["case"] == case].iloc[0]
    wall = Wall.of(setting)
    days = row[["applied", "left"]].to_numpy(dtype=np.float64)
    applied, left = wall.times(wall.seconds(setting.clock.ticks(days), ends=True))
    place = f" at {row['office']}" if len(setting.offices) > 1 else ""
    text = f"Case {case} "
    if row["applied"] == row["applied"]:
        text += f"applied{place} on {_date(applied)}."
    else:
        text += f"was there from the beginning{place}; when it applied is not known."
    lines = [text, *(_stay(stay) for stay in stays)]
    if row["exit"] == "open":
        last = wall.start + np.timedelta64(setting.n_days, "D")
        lines.append(f"It was still open when the run ended on {last.item()}.")
    else:
        ended = stays[-1].when["ended"] if stays else left
        lines.append(f"It left on {_date(ended)}: {row['exit']}.")
        if row["applied"] == row["applied"]:
            lines[-1] += f" From application to exit: {_long(row['left'] - row['applied'])}."
    return "\n".join(lines)


def _stay(stay: Stay) -> str:
    row, when = stay.row, stay.when
    again = f" (for the {_ordinal(int(row['nth']))} time)" if row["nth"] > 1 else ""
    parts = [f"{row['stage']}{again}: joined on {_date(when['joined'])}."]
    waited_from = row["joined"]
    in_a_place = when["started"] is not None and not stay.visits
    if in_a_place:
        parts.append(
            f"It waited {_long(row['started'] - waited_from)} for a place, and got one on "
            f"{_date(when['started'])}."
        )
    elif when["assigned"] is not None and row["assigned"] > row["joined"] - 1e-9:
        parts.append(
            f"It waited {_long(row['assigned'] - waited_from)} for a caseworker, and got "
            f"{row['worker']} on {_date(when['assigned'])}."
        )
        waited_from = row["assigned"]
    if when["started"] is not None and not in_a_place:
        first = next((v for v in stay.visits if v["started"] == v["started"]), None)
        who = f" with {first['worker']}" if first and isinstance(first["worker"], str) else ""
        parts.append(
            f"It waited {_long(row['started'] - waited_from)} for its first visit, "
            f"on {_date(when['started'])}{who}."
        )
    parts += _work(stay)
    end = when["ended"]
    served = row["served"] if row["served"] == row["served"] else None
    if end is None:
        parts.append("It did not end within the run." if when["started"] else _waiting(row))
    elif row["outcome"] == "left":
        parts.append(f"It gave up on {_date(end)}, after {_long(row['ended'] - row['joined'])}.")
    elif row["outcome"] == "turned_away":
        parts.append("It was turned away: there was no room.")
    else:
        if served is not None and row["ended"] - served > _SHORT:
            parts.append(
                f"The work was done on {_date(when['served'])}; it waited "
                f"{_long(row['ended'] - served)} for what ends the stage."
            )
        parts.append(f"It ended on {_date(end)}.")
        kept = row.get("released", row["ended"]) - row["ended"]
        if kept > _SHORT:
            parts.append(f"The place was kept {_long(kept)} longer, until the next stage began.")
    return " ".join([*parts, *_late(stay)])


def _waiting(row: dict[str, Any]) -> str:
    if row["assigned"] == row["assigned"]:
        return "It had no visit within the run."
    return "It was still waiting when the run ended."


def _work(stay: Stay) -> list[str]:
    done = [visit for visit in stay.visits if visit["ended"] == visit["ended"]]
    hours = sum(visit["hours"] for visit in done if visit["hours"] == visit["hours"])
    if not done:
        return []
    if len(done) == 1:
        one = done[0]
        until = f"{one['started_at']:%H:%M} to {one['ended_at']:%H:%M}"
        same = one["started_at"].date() == one["ended_at"].date()
        return [f"The visit held {hours:.2g} h of client work" + (f", {until}." if same else ".")]
    people = list(dict.fromkeys(v["worker"] for v in done if isinstance(v["worker"], str)))
    who = f" with {', '.join(people)}" if people else ""
    lapsed = int(stay.row["visits_lapsed"])
    more = f"; {lapsed} lapsed" if lapsed else ""
    return [
        f"{len(done)} visits{who}, {hours:.3g} h of client work, the last on "
        f"{_date(done[-1]['ended_at'])}{more}."
    ]


def _late(stay: Stay) -> list[str]:
    due = stay.when["due"]
    if due is None:
        return []
    late = stay.row["late"]
    if late is True or late is np.True_:
        at = stay.row["ended"] if stay.when["ended"] is not None else None
        by = f" by {_long(at - stay.row['due'])}" if at is not None and at > stay.row["due"] else ""
        return [f"The term ended on {_date(due)}: late{by}."]
    if late is False or late is np.False_:
        return [f"The term ended on {_date(due)}: in time."]
    return [f"The term ends on {_date(due)}."]


def _date(moment: Any) -> str:
    return f"{_DAYS[moment.weekday()]} {moment:%Y-%m-%d %H:%M}"


def _long(days: float) -> str:
    """A length of time in words.

    Examples
    --------
    >>> _long(0.0), _long(0.5), _long(12.34)
    ('no time', '0.5 days', '12.3 days')
    """
    if days < 0.005:
        return "no time"
    number = f"{days:.3g}" if days < 1000 else f"{days:,.0f}"
    return f"{number} day" + ("" if number == "1" else "s")


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number not in (11, 12, 13) else 0, "th")
    return f"{number}{ending}"

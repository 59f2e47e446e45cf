"""Every measure of a run and of its time series, as one record with all that is said of it.

Tables, plots, targets and messages take names, words, units and limits from here, so a quantity
is called the same everywhere. Where a measure applies, `capsim.catalogue.rows` decides by the
rule named in its record; what is computed, `capsim.measures.reference` defines.

To add a measure: its record here, its value in `capsim.measures.reference` (of a team in
`capsim.measures.teams`), and the same value, computed while a run goes, in
`capsim.kernels.measures`. The records of a kind stand in the order of the rows, which is that of
the columns in both.
"""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass, replace
from typing import Literal

__all__ = [
    "EXIT_MEASURES",
    "FIRST_LOOK",
    "HEADLINES",
    "MEASURES",
    "MONEY_MEASURES",
    "STAGE_MEASURES",
    "STAGE_SERIES",
    "TEAM_MEASURES",
    "TEAM_SERIES",
    "Measure",
    "Unit",
    "measure_named",
    "share_over",
]

Unit = Literal[
    "days", "cases", "share", "ratio", "cases per worker", "cases per FTE", "day", "money", ""
]

_SHARE = (0.0, 1.0)


@dataclass(frozen=True)
class Measure:
    """One measure of a stage or team.

    Attributes
    ----------
    name : str
        As frames and selectors have it.
    of : str
        What it is measured of, the `kind` of its rows: "stage", "team", "exit" or "money"; "run"
        for a measure of the user's own.
    title : str
        A name that a head of service understands.
    unit : str
        ``days`` are calendar days; ``share`` lies between 0 and 1; ``day`` is a calendar day
        counted from the start of the scenario; ``money`` are full units of the currency of the
        scenario; empty where only the user knows.
    explanation : str
        One sentence: what is measured, and where the number could mislead.
    formula : str
        What is computed, in words and signs: T is the length of the window, n the number who joined
        in it, i one of them. Of a series its explanation says it.
    applies : str
        Rule by which a stage or team has it, one of those in `capsim.catalogue.rows`. Of a series
        the run itself tells.
    limits : (float, float)
        Least and largest value that it can have.
    reached : str
        What NaN means in a run. "always": nobody was there. "by people": too many still waited,
        if anybody was there at all. "in time": it did not come before the end of the run. The
        latter two are later than all others, and never left out of a mean.
    more_staff : str
        What more staff does to it: "lowers" or "raises" it, "either" way, or "nothing".
    is_series : bool
        Whether it is one of the time series, not one of the measures of a run.
    of_people : bool
        Whether it is of the people who joined in a window, wherever they are followed to.
    whole_run : bool
        Whether it is told of the whole run only, in the window "all".
    """

    name: str
    of: str
    title: str
    unit: Unit
    explanation: str
    formula: str = ""
    applies: str = "always"
    limits: tuple[float, float] = (0.0, math.inf)
    reached: Literal["always", "by people", "in time"] = "always"
    more_staff: Literal["lowers", "raises", "either", "nothing"] = "lowers"
    is_series: bool = False
    of_people: bool = False
    whole_run: bool = False


_QUEUE_MEAN = Measure("queue_mean", "stage", "mean queue", "cases",
    "Cases waiting for a first visit, averaged over time.", applies="wait",
    formula="integral of waiting(t) / T")  # fmt: skip

_STAGES = (
    Measure("wait_mean", "stage", "mean wait", "days",
        "Waiting so far divided by everyone who joined; a lower bound while some still wait.",
        applies="wait", of_people=True,
        formula="sum of waited_i / n, waited_i = min(start_i or left_i, horizon) - joined_i"),
    Measure("wait_p50", "stage", "median wait", "days",
        "Half wait no longer; those still waiting are counted.", applies="wait",
        reached="by people", of_people=True,
        formula="least t with S(t) <= 1/2, S of Kaplan and Meier"),
    Measure("wait_p90", "stage", "nine in ten wait at most", "days",
        "Nine in ten wait no longer; those still waiting are counted.", applies="wait",
        reached="by people", of_people=True,
        formula="least t with S(t) <= 1/10, S of Kaplan and Meier"),
    Measure("wait_max", "stage", "longest wait", "days",
        "The longest single wait, unfinished ones included.", applies="wait", of_people=True,
        formula="max of waited_i"),
    Measure("wait_mean_finished", "stage", "mean wait of those served", "days",
        "Leaves out everyone who still waits, so it flatters a growing queue.", applies="wait",
        of_people=True,
        formula="sum of (start_i - joined_i) / started, over those started"),
    Measure("assignment_wait_mean", "stage", "mean wait for a worker", "days",
        "From joining until a worker takes the case.", applies="assignment", of_people=True,
        formula="sum of (min(assigned_i or left_i, horizon) - joined_i) / n"),
    Measure("contact_wait_mean", "stage", "mean delay of a contact", "days",
        "From the day a contact is due until it takes place.", applies="contact",
        formula="sum of (started_v - due_v) / visits due"),
    Measure("contact_ratio", "stage", "contact rhythm", "ratio",
        "1 is the planned rhythm of contacts, 0.5 is half of it.", applies="contact",
        limits=_SHARE, more_staff="raises",
        formula="sum of (gap + visit) / sum of (gap + contact wait + visit)"),
    _QUEUE_MEAN,
    Measure("queue_peak", "stage", "longest queue", "cases",
        "The most cases that waited at one time.", applies="wait",
        formula="max of waiting(t)"),
    Measure("in_stage_mean", "stage", "cases in the stage", "cases",
        "Waiting or in service, averaged over time.",
        formula="integral of open(t) / T"),
    Measure("stay_mean", "stage", "mean stay", "days", "Time in the stage, waiting included.",
        of_people=True,
        formula="sum of (min(ended_i, horizon) - joined_i) / n"),
    Measure("late_share", "stage", "decided late", "share",
        "Late among those whose deadline fell before the end of the run.", applies="late",
        limits=_SHARE, of_people=True,
        formula="late / (deadlines that expired by the horizon, of those who had not left)"),
    Measure("decision_days_mean", "stage", "application to decision", "days",
        "Mean over the decided cases only.", applies="decision", of_people=True,
        formula="sum of (decided_i - clock_i) / decided"),
    Measure("decision_days_p90", "stage", "nine in ten decided within", "days",
        "Nine in ten are decided within this time; undecided ones are counted.",
        applies="decision", reached="by people", of_people=True,
        formula="least t with S(t) <= 1/10, S of decided_i - clock_i"),
    Measure("dropout_share", "stage", "gave up waiting", "share",
        "Left the queue before being served.", applies="dropout", limits=_SHARE, of_people=True,
        formula="left / n"),
    Measure("turned_away_share", "stage", "turned away", "share", "Found no room in the queue.",
        applies="turned_away", limits=_SHARE, of_people=True,
        formula="turned away / n"),
    Measure("censored_share", "stage", "still waiting at the end", "share",
        "Joined, and not yet served when the run ended.", applies="wait", limits=_SHARE,
        of_people=True,
        formula="waiting at the horizon / n"),
    Measure("arrivals", "stage", "arrivals", "cases", "Cases that joined in the measured time.",
        more_staff="nothing", of_people=True,
        formula="n"),
    Measure("completed", "stage", "completed", "cases",
        "Cases that finished in the measured time.", more_staff="raises",
        formula="number of ended_i in the window"),
    Measure("no_shows", "stage", "missed appointments", "cases",
        "Visits to which nobody came, in the measured time.", applies="no_show",
        more_staff="nothing",
        formula="number of visits begun in the window to which nobody came"),
    Measure("clear_day", "stage", "backlog cleared", "day",
        "First day after the peak, up to the end of the run, with a queue as before the wave, or "
        "as is normal where there is none.",
        applies="wait", reached="in time", whole_run=True,
        formula="first d > peak: 7-day mean of waiting <= that of the 28 days before the wave"),
    Measure("pending_mean", "stage", "without a decision", "cases",
        "People whose clock for the decision runs, wherever they are, averaged over time.",
        applies="decision",
        formula="integral of pending(t) / T"),
    Measure("pending_peak", "stage", "most without a decision", "cases",
        "The highest daily mean of people without a decision.", applies="decision",
        formula="max over days d of the mean of pending on d"),
    Measure("pending_peak_day", "stage", "worst day", "day",
        "First day on which the most people were without a decision.", applies="decision",
        formula="first d with that mean"),
    Measure("blocked_mean", "stage", "mean time in a kept place", "days",
        "Done here, and in the place until the next stage takes the case on.", applies="kept",
        of_people=True,
        formula="sum of (released_i - ended_i) / n"),
)  # fmt: skip

_PER_WORKER = Measure("caseload_per_worker", "team", "caseload per worker", "cases per worker",
    "Open cases per employed worker, or per place, over time.",
    formula="integral of assigned(t) / integral of employed(t)")  # fmt: skip
_PER_FTE = Measure("caseload_per_fte", "team", "caseload per FTE", "cases per FTE",
    "Weighted open cases per contract FTE, over time.",
    formula="integral of weighted(t) / integral of FTE(t)")  # fmt: skip

_TEAMS = (
    _PER_WORKER,
    _PER_FTE,
    Measure("caseload_peak", "team", "highest caseload", "cases",
        "The most open cases that one worker, or the places of an office, held at one time.",
        applies="assignment",
        formula="max over workers and t of cases of that worker"),
    Measure("utilization", "team", "working hours used", "share",
        "Client hours worked among the client hours available; of places, the share taken.",
        limits=_SHARE,
        formula="client hours worked / client hours worked and idle"),
    replace(_QUEUE_MEAN, of="team", applies="always"),
)  # fmt: skip


def _series(of: str, name: str, title: str, explanation: str) -> Measure:
    return Measure(name, of, title, "cases", explanation, is_series=True)


def _levels(of: str) -> tuple[Measure, ...]:
    """The series that stages and teams have in common."""
    return (
        _series(of, "waiting", "waiting", "Joined and not yet started."),
        _series(of, "in_service", "in service", "In a visit, or in a place."),
        _series(of, "open", "open", "Joined and not ended."),
        _series(of, "unassigned", "without a worker", "Open, and assigned to nobody."),
    )


_EXITS = (
    Measure("exits", "exit", "left by this exit", "cases",
        "Cases that left the service by this exit.", more_staff="raises",
        formula="number of cases that left by it in the window"),
)  # fmt: skip

_MONEY = (
    Measure("cost_total", "money", "costs", "money",
        "Posts, late days, benefits and exits that have a price, in the measured time.",
        applies="costs", more_staff="either",
        formula="sum of price x quantity over posts, late days, open months and exits"),
    Measure("funding_total", "money", "funding", "money",
        "What all rules of funding pay in the measured time.", applies="funding",
        more_staff="either",
        formula="sum over rules of what each pays"),
    Measure("cost_per_case", "money", "costs for a case", "money",
        "All costs of the measured time over those who applied in it.", applies="costs",
        more_staff="either",
        formula="cost_total / cases that applied in the window"),
    Measure("funded_share", "money", "joined in time for the funding", "share",
        "Of those who joined what a rule of funding pays for, those who did in its window.",
        applies="windowed", limits=_SHARE, more_staff="either",
        formula="joined in the window of the rule / joined"),
)  # fmt: skip

_ASKED = (
    Measure("share_over", "stage", "waited longer", "share",
        "Waited longer than so many days; those still waiting are counted.", applies="wait",
        limits=_SHARE, of_people=True,
        formula="S(days), S of Kaplan and Meier"),
    Measure("level", "stage", "waiting on that day", "cases",
        "Cases waiting for a first visit, averaged over one day.", applies="wait",
        formula="integral of waiting(t) over the day / 1 day"),
    Measure("level_open", "stage", "open on that day", "cases",
        "Cases in the stage, averaged over one day.",
        formula="integral of open(t) over the day / 1 day"),
)  # fmt: skip

_ALL = (
    *_STAGES,
    *_TEAMS,
    *_EXITS,
    *_MONEY,
    *_ASKED,
    *_levels("stage"),
    _series("stage", "arrivals", "arrivals", "Cases that joined."),
    _series("stage", "exits", "ended", "Stays that ended."),
    _series(
        "stage",
        "blocked",
        "in a kept place",
        "Done here, and in the place until the next stage takes them on.",
    ),
    _series(
        "stage",
        "pending",
        "without a decision",
        "People whose clock for the decision runs, wherever they are.",
    ),
    _series("stage", "late_open", "open and late", "Open beyond their deadline."),
    *_levels("team"),
    replace(_PER_WORKER, is_series=True),
    replace(_PER_FTE, is_series=True),
    _series("team", "caseload_max", "highest caseload", "The most open cases of one worker."),
    replace(_TEAMS[3], name="busy_share", is_series=True),
)


def _records(of: str, *, series: bool = False) -> tuple[Measure, ...]:
    return tuple(
        one for one in _ALL if one.of == of and one.is_series == series and one not in _ASKED
    )


STAGE_MEASURES, TEAM_MEASURES = _records("stage"), _records("team")
EXIT_MEASURES = _records("exit")
MONEY_MEASURES = _records("money")
STAGE_SERIES, TEAM_SERIES = _records("stage", series=True), _records("team", series=True)

_NAMED = {one.name: one for one in reversed(_ALL)}

_OVER = re.compile(r"share_over_([0-9.e+]+)_days")

MEASURES = tuple(dict.fromkeys(one.name for one in _ALL if not one.is_series))
"""Every name of a measure once, in the order of tables."""

HEADLINES = (
    ("money", "cost_total"),
    ("money", "funding_total"),
    ("stage", "late_share"),
    ("stage", "wait_mean"),
    ("team", "caseload_per_worker"),
    ("team", "utilization"),
    ("stage", "wait_p90"),
    ("stage", "queue_peak"),
)
"""Kind and measure of what answers the first question, the most telling first."""

FIRST_LOOK = {
    "stage": (
        "arrivals",
        "wait_mean",
        "wait_p90",
        "censored_share",
        "dropout_share",
        "turned_away_share",
        "late_share",
        "decision_days_mean",
        "pending_peak",
        "contact_ratio",
        "queue_peak",
        "clear_day",
    ),
    "team": ("caseload_per_worker", "caseload_per_fte", "caseload_peak", "utilization"),
    "exit": (),
    "money": ("cost_total", "funding_total", "cost_per_case", "funded_share"),
}
"""What a table of one scenario shows of each stage and team, in this order."""


def share_over(days: float) -> str:
    """Name in frames of the share who waited longer than so many days.

    Examples
    --------
    >>> share_over(30), share_over(2.5)
    ('share_over_30_days', 'share_over_2.5_days')
    """
    return f"share_over_{days:g}_days"


@functools.lru_cache(maxsize=4096)
def measure_named(name: str) -> Measure:
    """The record of a measure; a researcher's own keeps its name, and has no unit and no limits.

    Examples
    --------
    >>> measure_named("late_share").title, measure_named("late_share").limits
    ('decided late', (0.0, 1.0))
    >>> measure_named("my_cost").title, measure_named("my_cost").limits
    ('my_cost', (-inf, inf))
    """
    own = Measure(name, "run", name, "", "A measure of your own.", limits=(-math.inf, math.inf))
    over = _OVER.fullmatch(name)
    if over:
        record = _NAMED["share_over"]
        return replace(record, name=name, title=f"waited longer than {over[1]} days")
    return _NAMED.get(name, own)

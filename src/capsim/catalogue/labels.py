"""What each measure is called in words, its unit, and what a reader should know about it.

Tables, plots and reports take their words from here, so a quantity has one name everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["days", "cases", "share", "ratio", "cases per worker", "cases per FTE", "day"]


@dataclass(frozen=True)
class Label:
    """The words for one measure.

    Attributes
    ----------
    title : str
        A name that a head of service understands.
    unit : str
        ``days`` are calendar days; ``share`` lies between 0 and 1; ``day`` is a calendar day
        counted from the start of the scenario.
    explanation : str
        One sentence: what is measured, and where the number could mislead.
    """

    title: str
    unit: Unit
    explanation: str


LABELS: dict[str, Label] = {
    "wait_mean": Label(
        "mean wait",
        "days",
        "Waiting so far divided by everyone who joined; a lower bound while some still wait.",
    ),
    "wait_p50": Label(
        "median wait", "days", "Half wait no longer; those still waiting are counted."
    ),
    "wait_p90": Label(
        "nine in ten wait at most",
        "days",
        "Nine in ten wait no longer; those still waiting are counted.",
    ),
    "wait_max": Label("longest wait", "days", "The longest single wait, unfinished ones included."),
    "wait_mean_finished": Label(
        "mean wait of those served",
        "days",
        "Leaves out everyone who still waits, so it flatters a growing queue.",
    ),
    "assignment_wait_mean": Label(
        "mean wait for a worker", "days", "From joining until a worker takes the case."
    ),
    "contact_wait_mean": Label(
        "mean delay of a contact", "days", "From the day a contact is due until it takes place."
    ),
    "contact_ratio": Label(
        "contact rhythm", "ratio", "1 is the planned rhythm of contacts, 0.5 is half of it."
    ),
    "queue_mean": Label(
        "mean queue", "cases", "Cases waiting for a first visit, averaged over time."
    ),
    "queue_peak": Label("longest queue", "cases", "The most cases that waited at one time."),
    "in_stage_mean": Label(
        "cases in the stage", "cases", "Waiting or in service, averaged over time."
    ),
    "stay_mean": Label("mean stay", "days", "Time in the stage, waiting included."),
    "late_share": Label(
        "decided late",
        "share",
        "Late among those whose deadline fell before the end of the run.",
    ),
    "decision_days_mean": Label(
        "application to decision", "days", "Mean over the decided cases only."
    ),
    "decision_days_p90": Label(
        "nine in ten decided within",
        "days",
        "Nine in ten are decided within this time; undecided ones are counted.",
    ),
    "dropout_share": Label("gave up waiting", "share", "Left the queue before being served."),
    "turned_away_share": Label("turned away", "share", "Found no room in the queue."),
    "censored_share": Label(
        "still waiting at the end", "share", "Joined, and not yet served when the run ended."
    ),
    "arrivals": Label("arrivals", "cases", "Cases that joined in the measured time."),
    "completed": Label("completed", "cases", "Cases that finished in the measured time."),
    "caseload_per_worker": Label(
        "caseload per worker", "cases per worker", "Open cases per employed worker, over time."
    ),
    "caseload_per_fte": Label(
        "caseload per FTE", "cases per FTE", "Weighted open cases per contract FTE, over time."
    ),
    "caseload_peak": Label(
        "highest caseload", "cases", "The most open cases that one worker held at one time."
    ),
    "utilization": Label(
        "working hours used", "share", "Client hours worked among the client hours available."
    ),
    "clear_day": Label(
        "backlog cleared",
        "day",
        "First day after the peak, up to the end of the run, with a queue as before the wave.",
    ),
}


def label(measure: str) -> Label:
    """Words for `measure`; a researcher's own measure keeps its name and has no unit.

    Examples
    --------
    >>> label("late_share").title
    'decided late'
    >>> label("my_cost").title
    'my_cost'
    """
    return LABELS.get(measure, Label(measure, "ratio", "A measure of your own."))


def show(value: float, unit: Unit) -> str:
    """Text of `value` in `unit`, to the precision that a reader can use.

    Examples
    --------
    >>> show(0.0834, "share"), show(12.345, "days"), show(1234.5, "cases")
    ('8.3 %', '12.3', '1,234')
    >>> show(float("nan"), "days"), show(float("inf"), "days")
    ('none', 'not reached')
    """
    if value != value:
        return "none"
    if value == float("inf"):
        return "not reached"
    if unit == "share":
        return f"{100 * value:.1f} %"
    if unit == "ratio":
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    if unit == "day":
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) < 100 else f"{value:,.0f}"

"""Targets of a staffing: what a measure must reach, with its unit, and what that means.

``"wait_p90[intake] <= 14 days"`` means that the *mean over replications* of the measure is at most
14 days: the wait that a planner should expect. With ``"... in 90 % of replications"`` it means that
at least nine futures in ten keep the bound, which also protects against the bad ones.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from capsim.catalogue import Selector, measure_named
from capsim.catalogue.shown import shown
from capsim.scenario.checks.spelling import habit_of

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["Target", "parse_targets"]

Operator = Literal["<=", ">="]

_SHAPE = re.compile(r"(.+?)\s*(<=|>=|≤|≥|<|>|==?)\s*([^<>=≤≥]+)", re.DOTALL)
_OFTEN = re.compile(r"(.+?)\s+in\s+(\S+)\s*(%?)\s+of\s+(?:all\s+|the\s+)?(?:replications|runs)\s*")
_NUMBER = re.compile(r"([+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*)")

_WORDS = {
    "share": ("", "%"),
    "cases": ("", "case", "cases"),
    "cases per worker": ("", "cases per worker", "case per worker", "cases"),
    "cases per FTE": ("", "cases per FTE", "case per FTE", "cases"),
    "ratio": ("",),
    "money": ("", "EUR", "euro", "euros"),
    "": ("",),
}
"""What may follow the number, by unit of the measure."""


FARTHEST = 6.0


@dataclass(frozen=True)
class Target:
    """A bound on a measure.

    Attributes
    ----------
    text : str
        As it was written.
    selector : Selector
        The measure.
    operator : {"<=", ">="}
    bound : float
        In the unit of the measure: calendar days, a share, cases, or the number of a day.
    often : float or None
        Share of the replications that must keep the bound; None: the mean over them must.

    Examples
    --------
    >>> target = Target.parse("late_share[investigation] <= 5 % in 90 % of replications")
    >>> target.bound, target.often
    (0.05, 0.9)
    """

    text: str
    selector: Selector
    operator: Operator
    bound: float
    often: float | None = None

    @classmethod
    def parse(cls, text: str, start: datetime.date | None = None) -> Target:
        """Target that a text denotes.

        Parameters
        ----------
        text : str
            Such as ``"wait_p90[intake] <= 14 days"``.
        start : date, optional
            First day of the scenario, for ``"clear_day[intake] <= 2026-09-01"``.

        Raises
        ------
        ValueError
            If it cannot be read, lacks its unit, or is one that more staff makes harder to meet.
        """
        if not isinstance(text, str):
            raise ValueError(
                f"target = {text!r} must be a text such as 'wait_p90[intake] <= 14 days'"
            )
        rest, often = text.strip(), None
        match = _OFTEN.fullmatch(rest)
        if match is not None:
            rest, often = match[1], _share(text, match[2] + match[3])
        shape = _SHAPE.fullmatch(rest)
        if shape is None:
            raise ValueError(
                f"target {text!r} cannot be read; write a measure, <= or >=, and a value with its "
                "unit, such as 'wait_p90[intake] <= 14 days'"
            )
        operator = {"≤": "<=", "≥": ">="}.get(shape[2], shape[2])
        if operator not in ("<=", ">="):
            remedy = {"<": "<=", ">": ">="}.get(shape[2], "one of them")
            raise ValueError(f"target {text!r}: {shape[2]!r} must be <= or >=; write {remedy}")
        selector = Selector.parse(shape[1])
        bound = _bound(text, selector.measure, shape[3].strip(), start)
        target = cls(text.strip(), selector, "<=" if operator == "<=" else ">=", bound, often)
        target._check_direction()
        return target

    def _check_direction(self) -> None:
        measure = self.selector.measure
        record = measure_named(measure)
        if record.more_staff == "nothing":
            raise ValueError(
                f"target {self.text!r}: staff does not change how many arrive; choose a measure of "
                "waits, lateness, queues or caseloads"
            )
        helped = ">=" if record.more_staff == "raises" else "<="
        if record.of == "run" or record.more_staff == "either":
            return
        if self.operator != helped:
            raise ValueError(
                f"target {self.text!r}: more staff makes it harder to meet, so there is no "
                f"smallest staffing; write {helped}, or sweep the staffing and read {measure} there"
            )

    @property
    def measure(self) -> str:
        """Name of the measure."""
        return self.selector.measure

    @property
    def sign(self) -> int:
        """1 if small values are good, -1 if large ones are."""
        return 1 if self.operator == "<=" else -1

    @property
    def is_share(self) -> bool:
        """Whether values lie between 0 and 1."""
        return measure_named(self.measure).limits == (0.0, 1.0)

    def columns(self, keys: pd.DataFrame) -> NDArray[np.int64]:
        """Rows of the keys that the values need: the measure, and who was there.

        Raises
        ------
        KeyError
            If the measure does not exist here.
        """
        row = self.selector.find(keys).index[0]
        place = [name for name in keys.columns if name != "measure"]
        same_place = (keys[place] == keys.loc[row, place]).all(axis=1)
        beside = (keys["measure"] == "stay_mean") & same_place
        return np.array([row, *(k for k in np.flatnonzero(beside) if k != row)], dtype=np.int64)

    def values(self, keys: pd.DataFrame, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """The measure in each replication, those in which nobody was seen left out.

        Parameters
        ----------
        keys : DataFrame
            The rows `columns`.
        matrix : (replications, rows) float64

        Returns
        -------
        (n,) float64
            Infinite where the measure was not reached.
        """
        from capsim.estimates.table import with_infinities

        values = with_infinities(keys.reset_index(drop=True), matrix)[:, 0]
        return values[~np.isnan(values)]

    def distance(self, value: float) -> float:
        """How far a value is from the bound, on a nearly straight scale; above 0 it fails."""
        if self.often is not None:
            return _clipped(_odds(self.often) - _odds(value))
        if math.isinf(value):
            return FARTHEST
        if self.is_share:
            return _clipped(self.sign * (_odds(value) - _odds(self.bound)))
        smallest = max(abs(self.bound), 1e-6) * 1e-3
        logs = math.log(max(value, smallest)) - math.log(max(self.bound, smallest))
        return _clipped(self.sign * logs)

    def shown(self, value: float) -> str:
        """A value in the unit of the target."""
        return shown(self.measure, value)


def parse_targets(target: str | Sequence[str], scenario: Scenario) -> tuple[Target, ...]:
    """The targets, each once.

    Raises
    ------
    ValueError
        If there is none, or one cannot be read.
    """
    texts = [target] if isinstance(target, str) else list(target)
    if not texts:
        raise ValueError("target: there is none; write 'late_share[investigation] <= 5 %'")
    return tuple(dict.fromkeys(Target.parse(text, scenario.start) for text in texts))


def _odds(share: float) -> float:
    share = min(max(share, 1e-4), 1 - 1e-4)
    return math.log(share / (1 - share))


def _clipped(value: float) -> float:
    return min(max(value, -FARTHEST), FARTHEST)


def _share(text: str, written: str) -> float:
    match = _NUMBER.fullmatch(written.strip())
    if match is None or match[2] not in ("", "%"):
        raise ValueError(f"target {text!r}: {written!r} must be a share, such as 90 % or 0.9")
    share = float(match[1]) / (100 if match[2] else 1)
    if not 0 < share < 1:
        raise ValueError(f"target {text!r}: {written!r} must lie between 0 and 1, or 0 and 100 %")
    return share


def _bound(text: str, measure: str, written: str, start: datetime.date | None) -> float:
    unit = measure_named(measure).unit
    if unit == "days":
        return _days(text, written)
    if unit == "day":
        try:
            date = datetime.date.fromisoformat(written)
        except ValueError:
            remedy = habit_of(written) or "write year-month-day, such as 2026-09-01"
            raise ValueError(f"target {text!r}: {written!r} must be a date; {remedy}") from None
        if start is None:
            raise ValueError(f"target {text!r}: a date needs the start of a scenario")
        return float((date - start).days)
    match = _NUMBER.fullmatch(written)
    words = _WORDS[unit]
    if match is None or match[2].strip() not in words:
        known = " or ".join(repr(f"{word}".strip()) for word in words if word) or "no unit"
        habit = habit_of(written)
        raise ValueError(
            f"target {text!r}: {written!r} must be a number, with {known}"
            + (f"; {habit}" if habit else "")
        )
    value = float(match[1]) / (100 if match[2] == "%" else 1)
    if unit == "share" and not 0 <= value <= 1:
        raise ValueError(f"target {text!r}: {written!r} must be a share; write 0.05 or 5 %")
    return value


def _days(text: str, written: str) -> float:
    from capsim.scenario.units import Duration

    try:
        duration = Duration.parse(written)
    except ValueError as error:
        context = getattr(error, "context", None) or {}
        rule, remedy = context.get("rule", str(error)), context.get("remedy", "")
        raise ValueError(f"target {text!r}: {written!r}: {rule}; {remedy}") from None
    if duration.is_workdays:
        raise ValueError(
            f"target {text!r}: waits are measured in calendar days; write {written!r} in days"
        )
    return duration.days

"""The measures of a run by name, where each applies, and how one of them is asked for.

Words and units are in `capsim.catalogue.labels`; what is computed, in `capsim.measures.reference`.
"""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

STAGE_MEASURES = {
    "wait_mean": "wait",
    "wait_p50": "wait",
    "wait_p90": "wait",
    "wait_max": "wait",
    "wait_mean_finished": "wait",
    "assignment_wait_mean": "assignment",
    "contact_wait_mean": "contact",
    "contact_ratio": "contact",
    "queue_mean": "wait",
    "queue_peak": "wait",
    "in_stage_mean": "always",
    "stay_mean": "always",
    "late_share": "late",
    "decision_days_mean": "decision",
    "decision_days_p90": "decision",
    "dropout_share": "dropout",
    "turned_away_share": "turned_away",
    "censored_share": "wait",
    "arrivals": "always",
    "completed": "always",
    "clear_day": "clear",
}
"""Measures of a stage, in their order, and the rule by which a stage has them:

wait: it has a team; assignment: cases stay with one worker; contact: more than one visit; late: a
deadline; decision: a deadline or a decision; dropout: patience; turned_away: limited room; clear:
it has a team and there are waves.
"""

TEAM_MEASURES = (
    "caseload_per_worker",
    "caseload_per_fte",
    "caseload_peak",
    "utilization",
    "queue_mean",
)
"""Measures of a team, in their order; `caseload_peak` where cases stay with one worker."""

MEASURES = (*STAGE_MEASURES, *TEAM_MEASURES[:-1])
"""Every name once, in the order of tables."""

UNBOUNDED = frozenset({"wait_p50", "wait_p90", "decision_days_p90", "clear_day"})
"""Measures that are NaN in a run in which they were not reached: never to be left out of a mean."""

SERIES_MEASURES = (
    "waiting",
    "in_service",
    "open",
    "unassigned",
    "caseload_per_worker",
    "caseload_per_fte",
    "caseload_max",
    "busy_share",
    "arrivals",
    "exits",
    "late_open",
)
"""Measures of the time series."""

_KNOWN = frozenset({*MEASURES, *SERIES_MEASURES})
_AT_MOST_ONE = frozenset(
    {
        "contact_ratio",
        "late_share",
        "dropout_share",
        "turned_away_share",
        "censored_share",
        "utilization",
        "busy_share",
    }
)

_SHAPE = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\[(.*)\])?\s*", re.DOTALL)
_PART = re.compile(r"""\s*(?:(\w+)\s*=\s*)?("[^"]*"|'[^']*'|[^,="'\[\]]+)\s*""")


def limits_of(measure: str) -> tuple[float, float]:
    """Least and largest value that a measure can have; a researcher's own one has no limits.

    Examples
    --------
    >>> limits_of("wait_mean"), limits_of("late_share"), limits_of("my_cost")
    ((0.0, inf), (0.0, 1.0), (-inf, inf))
    """
    if measure not in _KNOWN:
        return -math.inf, math.inf
    return 0.0, 1.0 if measure in _AT_MOST_ONE else math.inf


@dataclass(frozen=True)
class Selector:
    """One row of the measures: `measure[of, inflow=..., office=...]`.

    Attributes
    ----------
    measure : str
    of : str or None
        Stage or team; None where the measure has only one.
    inflow, office : str
        "all" for the aggregate.
    kind : str or None
        "stage" or "team"; None: the stage where both have that name.

    Examples
    --------
    >>> selector = Selector.parse("late_share[investigation, office=genk]")
    >>> selector.of, selector.inflow, selector.office
    ('investigation', 'all', 'genk')
    >>> str(selector)
    'late_share[investigation, office=genk]'
    """

    measure: str
    of: str | None = None
    inflow: str = "all"
    office: str = "all"
    kind: str | None = None

    @classmethod
    def parse(cls, text: str | Selector) -> Selector:
        """Selector that a text denotes.

        Raises
        ------
        ValueError
            If the text has another shape. Names are checked against a run in `find`.
        """
        if isinstance(text, Selector):
            return text
        shape = _SHAPE.fullmatch(text) if isinstance(text, str) else None
        if shape is None:
            raise ValueError(
                f"measure {text!r}: cannot be read; write measure[stage or team, inflow=..., "
                "office=...], such as late_share[investigation, office=genk]"
            )
        found: dict[str, str] = {}
        rest = shape[2]
        while rest is not None and rest.strip():
            part = _PART.match(rest)
            following = rest[part.end() :] if part else ""
            if part is None or (following and not following.startswith(",")):
                raise ValueError(
                    f"measure {text!r}: {rest.strip()!r} cannot be read; write name=value, names "
                    'with a comma or "=" in quotes'
                )
            key = part[1] or "of"
            if key not in ("of", "inflow", "office", "kind"):
                raise ValueError(
                    f"measure {text!r}: {key!r} is not a selector; use inflow=, office= or kind="
                )
            if key in found:
                raise ValueError(f"measure {text!r}: names {key!r} twice; write it once")
            found[key] = part[2].strip().strip("\"'")
            rest = following[1:]
        return cls(measure=shape[1], **found)

    def __str__(self) -> str:
        parts = [_quoted(self.of)] if self.of is not None else []
        parts += [
            f"{key}={_quoted(value)}"
            for key, value, default in (
                ("inflow", self.inflow, "all"),
                ("office", self.office, "all"),
                ("kind", self.kind, None),
            )
            if value is not None and value != default
        ]
        return f"{self.measure}[{', '.join(parts)}]" if parts else self.measure

    def find(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows of a frame with columns measure, kind, of, inflow, office that are meant.

        A frame of one run or a summary gives one row, the values of n replications give n.

        Raises
        ------
        KeyError
            If there is no such row, naming what there is; or if `of` is missing and needed.
        """
        rows = frame
        for key, value in (
            ("measure", self.measure),
            ("of", self.of),
            ("kind", self.kind),
            ("inflow", self.inflow),
            ("office", self.office),
        ):
            if value is None:
                continue
            there = [str(name) for name in rows[key].unique()]
            if value not in there:
                close = difflib.get_close_matches(value, there, n=1)
                hint = f"; did you mean {close[0]!r}?" if close else ""
                what = f"no {key} {value!r}, only"
                if key == "of":
                    what = f"no {self.measure} of {value!r}, only of"
                raise KeyError(f"measure {str(self)!r}: there is {what} {_listed(there)}{hint}")
            rows = rows[rows[key] == value]
        if self.kind is None and rows["kind"].nunique() > 1:
            rows = rows[rows["kind"] == "stage"]
        if rows["of"].nunique() > 1:
            raise KeyError(
                f"measure {str(self)!r}: say of what: "
                + _listed([f"{self.measure}[{name}]" for name in rows["of"].unique()])
            )
        return rows

    def value(self, frame: pd.DataFrame) -> float:
        """The value in a frame of one run."""
        return float(self.find(frame)["value"].iloc[0])


def _quoted(name: str | None) -> str:
    return str(name) if not re.search(r"""[,=\[\]]""", str(name)) else f'"{name}"'


def _listed(names: list[str]) -> str:
    shown = names[:12]
    return ", ".join(shown) + (f" and {len(names) - 12} more" if len(names) > 12 else "")

"""How one row of the measures is asked for: `measure[of, inflow=..., office=...]`."""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from capsim.catalogue.measures import share_over
from capsim.scenario.base import is_iso_date

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Selector"]

_SHAPE = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\[(.*)\])?\s*", re.DOTALL)
_PART = re.compile(r"""\s*(?:(\w+)\s*=\s*)?("[^"]*"|'[^']*'|[^,="'\[\]]+)\s*""")


@dataclass(frozen=True)
class Selector:
    """One row of the measures: `measure[of, inflow=..., office=...]`.

    Each field is a column of the frames, and a key between the brackets.

    Attributes
    ----------
    measure : str
    of : str or None
        Stage or team; None where the measure has only one.
    inflow, office : str
        "all" for the aggregate.
    window : str or None
        When was measured; None: the window that the scenario means, whose rows come first.
    kind : str or None
        "stage", "team" or "exit"; None: the stage where several have that name.
    on : str or None
        Of `level` and `level_open`: the day, such as 2026-12-31.
    days : float or None
        Of `share_over`: so many days.

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
    window: str | None = None
    kind: str | None = None
    on: str | None = None
    days: float | None = None

    def __post_init__(self) -> None:
        """Refuse a day or a number of days that is none, or that the measure does not take."""
        given = {"on": self.on, "days": self.days}
        for key, measures in _ASKED.items():
            if (self.measure in measures) != (given[key] is not None):
                needs = f"needs {key}=" if self.measure in measures else f"takes no {key}="
                raise ValueError(
                    f"measure {self.measure!r}: {needs}; write level[STAGE, on=2026-12-31] or "
                    "share_over[STAGE, days=30]"
                )
        if self.on is not None and not is_iso_date(self.on):
            raise ValueError(
                f"measure {self.measure!r}: on={self.on} is no date such as 2026-12-31"
            )
        if self.days is not None:
            try:
                number = float(self.days)
            except ValueError:
                number = math.nan
            if not 0 <= number < math.inf:
                raise ValueError(
                    f"measure {self.measure!r}: days={self.days} is no number of days; write 30"
                )
            object.__setattr__(self, "days", number)

    @property
    def in_frames(self) -> tuple[str, str | None]:
        """Measure and window as the columns of frames have them."""
        name = self.measure if self.days is None else share_over(self.days)
        return name, self.window if self.on is None else self.on

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
        found: dict[str, Any] = {}
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
            if key != "of" and key not in _KEYS:
                *some, last = (f"{name}=" for name in _KEYS)
                raise ValueError(
                    f"measure {text!r}: {key!r} is not a selector; use {', '.join(some)} or {last}"
                )
            if key in found:
                raise ValueError(f"measure {text!r}: names {key!r} twice; write it once")
            found[key] = part[2].strip().strip("\"'")
            rest = following[1:]
        return cls(measure=shape[1], **found)

    def __str__(self) -> str:
        parts = [_quoted(self.of)] if self.of is not None else []
        parts += [
            f"{key}={_quoted(_plain(getattr(self, key)))}"
            for key, default in _KEYS.items()
            if getattr(self, key) not in (None, default)
        ]
        return f"{self.measure}[{', '.join(parts)}]" if parts else self.measure

    def find(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows that are meant of a frame with the columns of measures.

        A frame of one run or a summary gives one row, the values of n replications give n.

        Raises
        ------
        KeyError
            If there is no such row, naming what there is; or if `of` is missing and needed.
        """
        rows = frame
        named = dict(zip(("measure", "window"), self.in_frames, strict=True))
        for key in ("measure", "of", "kind", "inflow", "office", "window"):
            value = named.get(key, getattr(self, key))
            if value is None:
                continue
            if key == "window" and key not in rows.columns:
                raise KeyError(f"measure {str(self)!r}: these values are of no window")
            there = [str(name) for name in rows[key].unique()]
            is_asked = self.on is not None or self.days is not None
            if value not in there and key in ("measure", "window") and is_asked:
                raise KeyError(
                    f"measure {str(self)!r} is measured only where it is asked for ahead: "
                    f"run the study with also=[{str(self)!r}]"
                )
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
        if named["window"] is None and "window" in rows.columns and len(rows):
            rows = rows[rows["window"] == rows["window"].iloc[0]]
        return rows

    def value(self, frame: pd.DataFrame) -> float:
        """The value in a frame of one run."""
        return float(self.find(frame)["value"].iloc[0])


_KEYS = {field.name: field.default for field in fields(Selector)[2:]}
"""What is written as key=value, and what is meant where it is not written."""


_ASKED = {"on": ("level", "level_open"), "days": ("share_over",)}
"""Which measures need which key; the kernel must know ahead of what is asked by them."""


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _quoted(name: str | None) -> str:
    return str(name) if not re.search(r"""[,=\[\]]""", str(name)) else f'"{name}"'


def _listed(names: list[str]) -> str:
    shown = names[:12]
    return ", ".join(shown) + (f" and {len(names) - 12} more" if len(names) > 12 else "")

"""How one row of the measures is asked for: `measure[of, inflow=..., office=...]`."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

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
    window: str | None = None
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
            f"{key}={_quoted(getattr(self, key))}"
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
        for key in ("measure", "of", "kind", "inflow", "office", "window"):
            value = getattr(self, key)
            if value is None:
                continue
            if key == "window" and key not in rows.columns:
                raise KeyError(f"measure {str(self)!r}: these values are of no window")
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
        if self.window is None and "window" in rows.columns and len(rows):
            rows = rows[rows["window"] == rows["window"].iloc[0]]
        return rows

    def value(self, frame: pd.DataFrame) -> float:
        """The value in a frame of one run."""
        return float(self.find(frame)["value"].iloc[0])


_KEYS = {field.name: field.default for field in fields(Selector)[2:]}
"""What is written as key=value, and what is meant where it is not written."""


def _quoted(name: str | None) -> str:
    return str(name) if not re.search(r"""[,=\[\]]""", str(name)) else f'"{name}"'


def _listed(names: list[str]) -> str:
    shown = names[:12]
    return ", ".join(shown) + (f" and {len(names) - 12} more" if len(names) > 12 else "")

"""Where a number comes from."""

from __future__ import annotations

from typing import Any, Literal

from capsim.scenario.base import Table

__all__ = ["CERTAINTIES", "Evidence"]

CERTAINTIES = ("stated", "official", "press", "claim", "derived", "recall", "assumption")


class Evidence(Table):
    """Source and certainty of one number of a scenario."""

    value: Any
    """The number as the source gives it."""
    source: str
    """Document, table, page or link."""
    certainty: Literal["stated", "official", "press", "claim", "derived", "recall", "assumption"]
    """How sure it is, from stated by those who ask to an assumption of ours."""
    note: str = ""
    """Why it was taken so."""

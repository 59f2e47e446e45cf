"""Offices: copies of every team, with shares of the inflow and settings of their own."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from capsim.scenario.base import NonNegative, Share, Table

__all__ = ["Office"]


class Office(Table):
    """One office."""

    share: Share
    """Share of the applicants, and of the FTE that is not given explicitly."""
    shares: dict[str, Share] = Field(default_factory=dict)
    """Share of the applicants of an inflow where it is another one, by inflow."""
    fte: dict[str, NonNegative] = Field(default_factory=dict)
    """FTE by team where it is not by share."""
    set: dict[str, Any] = Field(default_factory=dict)
    """Settings of this office: dotted path to value, for `stages.*`, `teams.*`, `inflows.*`."""

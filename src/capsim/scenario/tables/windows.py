"""Spans of the calendar in which is measured, by name."""

from __future__ import annotations

from pydantic import Field

from capsim.scenario.base import Date, Table

__all__ = ["ALL", "INITIAL", "RESERVED", "Window"]

ALL = "all"
"""The window of all that is measured: from the warm-up to the end, without the follow-up."""
INITIAL = "initial"
"""The window that holds the cases of the first day."""
RESERVED = (ALL, INITIAL)


class Window(Table):
    """A span of the calendar in which is measured."""

    from_: Date = Field(alias="from")
    """First day."""
    until: Date
    """The day after the last."""

"""What is written down during a run: one row a stay, a visit, and a place held."""

from __future__ import annotations

from dataclasses import dataclass, field

from capsim.kernels.codes import LATE_UNKNOWN, NONE, OUTCOME_OPEN, VISIT_OWN


@dataclass(slots=True)
class VisitRow:
    """A visit that fell due."""

    number: int
    due: int
    worker: int = -1
    begin: int = NONE
    end: int = NONE
    work: int = -1
    kind: int = VISIT_OWN
    duration: int = 0


@dataclass(slots=True)
class StayRow:
    """A case in a stage, from joining to leaving."""

    stage: int
    nth: int
    profile: int
    joined: int
    clock: int
    due: int
    assigned: int = NONE
    started: int = NONE
    served: int = NONE
    ended: int = NONE
    late: int = LATE_UNKNOWN
    outcome: int = OUTCOME_OPEN
    worker: int = -1
    done: int = 0
    lapsed: int = 0
    released: int = NONE
    visits: list[VisitRow] = field(default_factory=list)


@dataclass(slots=True)
class PlaceRow:
    """A place in the caseload of a worker, from the assignment until it is given back."""

    worker: int
    since: int
    until: int = NONE


@dataclass(slots=True)
class OrderRow:
    """An order of a trigger, from when it was given until it ended."""

    watch: int
    on: int
    off: int = NONE
    came: int = NONE
    went: int = NONE

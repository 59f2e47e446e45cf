"""Plans that react: extra staff while the list is long."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from capsim.scenario.base import Positive, Table
from capsim.scenario.errors import nearest, problem
from capsim.scenario.units import Duration

__all__ = ["QUANTITIES", "SIGNS", "Condition", "Extra", "Trigger", "condition_of"]

QUANTITIES = ("waiting", "open", "pending", "caseload_per_fte")
"""What a trigger looks at: of a stage, the last one of a team."""
SIGNS = (">", ">=", "<", "<=")
_PATTERN = re.compile(r"\s*(\w+)\s*\[\s*([\w-]+)\s*\]\s*(>=|<=|>|<)\s*(\d+\.?\d*|\.\d+)\s*")
_EXAMPLE = "write 'waiting[STAGE] > 60', say"


@dataclass(frozen=True)
class Condition:
    """What is compared on a Monday: a quantity of a stage or team, and a level.

    Examples
    --------
    >>> condition_of("waiting[intake] > 60")
    Condition(quantity='waiting', of='intake', sign='>', level=60.0)
    """

    quantity: str
    of: str
    sign: str
    level: float

    @property
    def is_of_team(self) -> bool:
        """Whether it is about a team."""
        return self.quantity == "caseload_per_fte"


def condition_of(text: str) -> Condition:
    """The condition that a text says.

    Raises
    ------
    PydanticCustomError
        If it says none.
    """
    found = _PATTERN.fullmatch(text)
    if found is None:
        raise problem("is no comparison of a count with a number", _EXAMPLE)
    quantity, of, sign, level = found.groups()
    if quantity not in QUANTITIES:
        raise problem(f"{quantity!r} is nothing that is counted", nearest(quantity, QUANTITIES))
    number = float(level)
    if number > 1e9:
        raise problem("no list is so long", "write a number up to 1000000000")
    return Condition(quantity, of, sign, number)


def _condition(text: str) -> str:
    condition_of(text)
    return text


ConditionText = Annotated[str, AfterValidator(_condition)]
"""A comparison such as "waiting[intake] > 60"."""


class Extra(Table):
    """Reserve staff: not there unless a trigger calls them."""

    team: str
    """Team that they join."""
    add: Positive
    """FTE, in seats of the team's `worker_fte`; in each office, but for `of_all`."""
    lead: Duration | None = None
    """Time from the order until they come, default none."""


class Trigger(Table):
    """A condition looked at every Monday, and extra staff while it asks for them."""

    when: ConditionText
    """What calls them, as in "waiting[intake] > 60"; also `open`, `pending`, `caseload_per_fte`."""
    for_: Duration | None = Field(None, alias="for")
    """How long it must have held, Monday after Monday, default on one Monday: three Mondays are
    two weeks."""
    until: ConditionText | None = None
    """What sends them home again, on the first Monday on which it holds; default nothing."""
    at_most: Duration | None = None
    """Time from the order after which they go whatever is counted, default no limit."""
    change: Extra
    """Who comes."""
    of_all: Annotated[bool, Field(strict=True)] = False
    """Count all offices together, and deal the seats by share; default each office by itself."""

    @property
    def mondays(self) -> int:
        """Mondays in a row on which the condition must hold."""
        return 1 if self.for_ is None else math.ceil(self.for_.exact_days / 7) + 1

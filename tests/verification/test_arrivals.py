"""How people come, against exact figures; and wrong models, which must fail."""

import pytest

from verification.arrivals import cases
from verification.case import Case
from verification.test_cases import agree, fails

CASES = cases()


@pytest.mark.parametrize("case", [case.quick() for case in CASES], ids=str)
def test_who_comes_agrees_with_theory(case: Case, record_property) -> None:
    """Groups, weeks that vary and weekdays, with a quarter of the replications."""
    agree(case, record_property)


@pytest.mark.parametrize(
    ("case", "name"),
    [pytest.param(case, name, id=f"{case}: {name}") for case in CASES for name in case.wrong],
)
def test_wrong_arrivals_are_noticed(case: Case, name: str, record_property) -> None:
    """The full form finds each model that is wrong on purpose."""
    fails(case, name, record_property)

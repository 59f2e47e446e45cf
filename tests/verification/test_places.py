"""Places against exact figures; and wrong models, which must fail."""

import pytest

from verification.case import Case
from verification.places import cases
from verification.test_cases import agree, fails

CASES = cases()


@pytest.mark.parametrize("case", [case.quick() for case in CASES], ids=str)
def test_places_agree_with_theory(case: Case, record_property) -> None:
    """Loss and delay, with a quarter of the replications."""
    agree(case, record_property)


@pytest.mark.parametrize(
    ("case", "name"),
    [pytest.param(case, name, id=f"{case}: {name}") for case in CASES for name in case.wrong],
)
def test_wrong_places_are_noticed(case: Case, name: str, record_property) -> None:
    """The full form finds each model that is wrong on purpose."""
    fails(case, name, record_property)

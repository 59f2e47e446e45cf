"""Every exact figure that a scenario can state, simulated; and wrong models, which must fail.

The small form of some cases is part of the default test run; all of them in full length are marked
thorough, and `make verify` writes docs/verification.md from them.
"""

from dataclasses import asdict

import pytest

from statistical import UnderpoweredError
from verification.case import Case, findings
from verification.catalogue import all_cases, quick_cases

QUICK = quick_cases()
ALL = all_cases()


def agree(case: Case, record_property) -> None:
    """Fail with every quantity that does not agree."""
    found, paths = findings(case)
    record_property("verification", [asdict(finding) for finding in found])
    record_property(
        "paths", {"case": case.name, "paths": [[p.mean.tolist(), p.error.tolist()] for p in paths]}
    )
    problems = [f"{finding.quantity}: {finding.problem}" for finding in found if finding.problem]
    assert not problems, "\n".join([case.name, *problems])


def fails(case: Case, name: str, record_property) -> None:
    """Fail if a model that is wrong on purpose passes."""
    found, _ = findings(case, case.wrong[name])
    seen = [finding.quantity for finding in found if finding.problem]
    record_property("wrong", {"case": case.name, "wrong": name, "seen": seen, "of": len(found)})
    assert seen, f"{case.name}: nobody noticed that the model is wrong ({name})"


@pytest.mark.parametrize("case", QUICK, ids=str)
def test_exact_figures_in_short(case, record_property):
    """Two fifths of the replications agree with theory, and would show three times the error."""
    agree(case, record_property)


@pytest.mark.thorough
@pytest.mark.parametrize("case", ALL, ids=str)
def test_exact_figures(case, record_property):
    """A simulated case agrees with theory in each of its quantities."""
    agree(case, record_property)


def _wrong(cases):
    return [
        pytest.param(case, name, id=f"{case.name}: {name}") for case in cases for name in case.wrong
    ]


@pytest.mark.parametrize(("case", "name"), _wrong(QUICK))
def test_wrong_models_fail_in_short(case, name, record_property):
    """Work 2 % longer, a worker fewer or a place more is noticed by the small form of a case."""
    fails(case, name, record_property)


@pytest.mark.thorough
@pytest.mark.parametrize(("case", "name"), _wrong(case for case in ALL if not case.is_quick))
def test_wrong_models_fail(case, name, record_property):
    """Work 2 % longer, a worker fewer or a place more is noticed by a case in full length."""
    fails(case, name, record_property)


def test_too_few_replications_are_no_verdict():
    """A case that cannot find the error it promises to find refuses to judge."""
    from dataclasses import replace

    case = replace(QUICK[0], n=12)
    with pytest.raises(UnderpoweredError):
        findings(case)


def test_every_case_has_a_name_of_its_own():
    """Names are the keys of the page, and the seeds."""
    names = [case.name for case in ALL]
    assert len(set(names)) == len(names)
    assert len({case.seed for case in ALL}) == len(names)


def test_every_team_case_has_a_planted_error():
    """Every case has at least one model that is wrong on purpose, unless another one stands in."""
    without = {case.name for case in ALL if not case.wrong}
    assert without <= {"caseload limit 10, 0.06 a day", "caseload limit 15, 0.05 a day"}

"""Every exact figure that a scenario can state, simulated; and wrong models, which must fail.

The small form of some cases is part of the default test run; all of them in full length are marked
thorough, and `make verify` writes docs/verification.md from them.
"""

from dataclasses import asdict, replace

import pytest

from verification.case import FEWEST, NO_VERDICT, Case, findings, stretched
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
    """A quarter of the replications agrees with theory, and would show three times the error."""
    agree(case, record_property)


@pytest.mark.thorough
@pytest.mark.parametrize("case", ALL, ids=str)
def test_exact_figures(case, record_property):
    """A simulated case agrees with theory in each of its quantities."""
    agree(case, record_property)


def _wrong(pairs):
    return [pytest.param(case, name, id=f"{case.name}: {name}") for case, name in pairs]


# The small form of a case meets the first of its wrong models, the others need the full form.
IN_SHORT = [(case, next(iter(case.wrong))) for case in QUICK]
IN_FULL = [
    (case, name)
    for case in ALL
    for place, name in enumerate(case.wrong)
    if place > 0 or not case.is_quick
]


@pytest.mark.parametrize(("case", "name"), _wrong(IN_SHORT))
def test_wrong_models_fail_in_short(case, name, record_property):
    """Work 2 % longer, say, is noticed by the small form of a case."""
    fails(case, name, record_property)


@pytest.mark.thorough
@pytest.mark.parametrize(("case", "name"), _wrong(IN_FULL))
def test_wrong_models_fail(case, name, record_property):
    """Work 2 % longer, a worker fewer or a place more is noticed by a third of the replications."""
    fails(replace(case, n=max(FEWEST, case.n // 3)), name, record_property)


def test_too_few_replications_are_no_verdict():
    """A case that cannot find the error it promises to find refuses to judge."""
    found, _ = findings(replace(QUICK[0], n=12))
    assert {finding.verdict for finding in found} >= {NO_VERDICT}
    assert all(finding.problem for finding in found if finding.verdict == NO_VERDICT)


def test_every_case_has_a_name_of_its_own():
    """Names are the keys of the page, and the seeds."""
    names = [case.name for case in ALL]
    assert len(set(names)) == len(names)
    assert len({case.seed for case in ALL}) == len(names)


def test_every_team_case_has_a_planted_error():
    """Work 2 % longer is among the wrong models of every team, and no case is without any."""
    for case in ALL:
        assert case.wrong, case.name
        if any("work" in stage for stage in case.tables["stages"].values()):
            assert stretched(case.tables) in case.wrong.values(), case.name


def test_a_planted_error_fails_the_check_of_the_case_itself():
    """The case that `make verify` runs turns red if its own scenario has 2 % more work."""
    case = QUICK[0]
    with pytest.raises(AssertionError, match="mean wait"):
        agree(replace(case, tables=stretched(case.tables)), lambda *_: None)

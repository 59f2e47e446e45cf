"""Every case of the verification suite, and the figures that no scenario can state."""

from __future__ import annotations

from functools import cache

from verification import (
    arrivals,
    caseloads,
    clocks_and_hiring,
    over_time,
    phenomena,
    places,
    queues,
)
from verification.case import Case

SECTIONS = {
    "Steady states": queues.cases,
    "Caseloads": caseloads.cases,
    "Paths over time": over_time.cases,
    "Phenomena": phenomena.cases,
    "Clocks and hiring": clocks_and_hiring.cases,
    "How people come": arrivals.cases,
    "Places": places.cases,
}

NOT_STATED = {
    "oracles/h_mt_m_ct, h3 from day 40 on": (
        "the oracle's cut of staff hands the visit in hand back to the queue; in capsim it is "
        "finished. The path up to the cut is compared above"
    ),
    "oracles/m_caseload_feedback, steady rows with beta 2": (
        "closing depends on the caseload of the whole team and happens in continuous time; in "
        "capsim a case closes at a contact, by its own worker's caseload. Most of these rows are a "
        "queue at its bound besides (197 of 200 places waiting). The same rule at the level of one "
        "worker is compared with a chain above, and docs/phenomena.md tells the collapse"
    ),
    "oracles/m_caseload_feedback, transients with beta 2": (
        "as above; docs/phenomena.md shows the nearest scenario beside the figures"
    ),
    "oracles/z_phenomena, staffing_rules with weekly changes": (
        "weekly cuts of staff hand visits back in the oracle. The rows with constant staff are "
        "compared above"
    ),
    "published/03, committed means": (
        "one run of 31 replications of another simulator; its interval for the wait (0.4653 to "
        "0.5117 min) misses the exact 0.5215, so the exact value is the target"
    ),
    "published/01, table 3 (partial pooling)": (
        "beds as a shared overflow: the occupancies are compared above, but which bed a patient "
        "takes is not a rule of the scenario language"
    ),
}


@cache
def cases() -> dict[str, tuple[Case, ...]]:
    """The cases by section."""
    return {section: tuple(make()) for section, make in SECTIONS.items()}


@cache
def all_cases() -> tuple[Case, ...]:
    """The cases in the order of the page."""
    return tuple(case for section in cases().values() for case in section)


def quick_cases() -> tuple[Case, ...]:
    """Those of the default test run, in their small form."""
    return tuple(case.quick() for case in all_cases() if case.is_quick)

"""Chooses the scenarios on which the mutants are examined: `python -m twins.choose [N]`.

Generated scenarios are tried in the order of their length. One is kept if it gives away a mutant
that fewer than `WITNESSES` kept ones do. Run it, with NUMBA_DISABLE_JIT=1, after adding a mutant
or changing the strategy; it rewrites `small.jsonl`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from contract.strategies import scenarios
from twins.mutants import MUTANTS, SMALL, Examination, Mutant, installed

RARE: dict[str, Any] = {
    "start": "2026-01-01",
    "horizon": "10 days",
    "calendar": {"hours_per_day": 0.01, "country": False},
    "teams": {"t0": {"fte": 1, "caseload_limit": 3}},
    "stages": {
        "s0": {
            "team": "t0",
            "caseworker": True,
            "visits": 2,
            "gap": "20 days",
            "work": "1 s",
            "patience": "2 days",
        }
    },
    "inflows": {
        "i0": {"case_weight": 2.5, "trace": {"when": [0.0, 0.1]}},
        "i1": {"case_weight": 0.5, "trace": {"when": [1.0]}},
    },
}
"""A heavy case at the head of the list loses patience, and the light one behind it has room."""

BURDENED: dict[str, Any] = {
    "start": "2026-01-01",
    "horizon": "10 days",
    "calendar": {"hours_per_day": 0.01, "country": False},
    "teams": {"t0": {"fte": 1}},
    "stages": {"s0": {"team": "t0", "work": "8 s", "visits": 2}},
    "inflows": {
        "i0": {
            "burden": {"law": "empirical", "values": [0.5, 2], "weights": [2, 1]},
            "trace": {
                "when": [0.0, 0.1, 0.2, 0.3, 1.0],
                "work": {"s0": [None, None, None, 0.002, 0.002]},
            },
        },
    },
}
"""Heavy and light cases, some with recorded work."""

MISSED: dict[str, Any] = {
    "start": "2026-01-01",
    "horizon": "20 days",
    "calendar": {"hours_per_day": 0.01, "country": False},
    "teams": {"t0": {"fte": 1}},
    "stages": {
        "s0": {
            "team": "t0",
            "work": ["8 s", "2 s"],
            "visits": 2,
            "gap": "1 day",
            "no_show": {"share": 0.5, "costs": "3 s"},
            "deadline": {"within": "2 days", "until": "start"},
        }
    },
    "inflows": {"i0": {"trace": {"when": [0.0, 0.1, 0.2, 0.3, 1.0]}}},
}
"""Half of the appointments are missed."""

PARTNERS: dict[str, Any] = {
    "start": "2026-01-01",
    "horizon": "20 days",
    "calendar": {"hours_per_day": 0.01, "country": False},
    "teams": {"t0": {"fte": 1, "caseload_limit": 3}},
    "stages": {
        "s0": {
            "team": "t0",
            "caseworker": True,
            "work": "8 s",
            "closing": {"probability": 0.4},
            "gap": "1 day",
            "partner": 0.5,
        }
    },
    "inflows": {"i0": {"trace": {"when": [0.0, 0.1, 0.2, 0.3, 1.0]}}},
}
"""A partner does half of the visits, and the last one may be a partner's."""

OVER_A_WEEKEND: dict[str, Any] = {
    "start": "2026-01-01",
    "horizon": "20 days",
    "calendar": {"hours_per_day": 0.01, "country": False},
    "teams": {"t0": {"fte": 2, "changes": {"less": {"at": "2026-01-05", "add": -1}}}},
    "stages": {"s0": {"team": "t0", "caseworker": True, "work": "72 s", "visits": 1}},
    "inflows": {
        "i0": {"trace": {"when": [0.0]}},
        "i1": {
            "trace": {"when": [0.1]},
            "stages": {"s0": {"visits": 2, "work": "8 s", "gap": "20 days"}},
        },
    },
    "windows": {"w": {"from": "2026-01-02", "until": "2026-01-04"}},
}
"""On Monday a case is handed over to a worker whose visit ended when Friday closed."""

PLACES: dict[str, Any] = {
    "start": "2026-01-01",
    "horizon": "20 days",
    "calendar": {"hours_per_day": 0.01, "country": False},
    "teams": {
        "t0": {
            "places": 3,
            "changes": {
                "cut": {"at": "2026-01-03", "add": -2},
                "none": {"at": "2026-01-08", "add": -1},
                "more": {"at": "2026-01-12", "add": 2},
            },
        }
    },
    "stages": {
        "s0": {"team": "t0", "stay": "3 days", "deadline": {"within": "2 days", "until": "start"}},
        "s1": {"team": "t0", "stay": "1 day", "priority": -1},
    },
    "initial": {"s0": {"cases": 2, "inflow": "i0"}},
    "inflows": {
        "i0": {"case_weight": 2.5, "trace": {"when": [0.0, 0.1, 0.2, 0.3, 1.0, 8.0]}},
        "i1": {"enter": "s1", "trace": {"when": [0.5, 1.0, 5.0]}},
    },
}
"""Heavy cases in places, of which some, and later all, are to go while they are taken."""

CALLED: dict[str, Any] = {
    "start": "2026-01-05",
    "horizon": "60 days",
    "calendar": {"hours_per_day": 0.01, "country": False},
    "teams": {
        "t0": {
            "fte": 0.8,
            "worker_fte": 0.2,
            "weekdays": ["wed"],
            "changes": {"less": {"at": "2026-01-12", "add": -0.2}},
        },
        "t1": {"fte": 1, "worker_fte": 0.5, "turnover": {"per_year": 9, "vacancy": "3 days"}},
    },
    "stages": {
        "s0": {"team": "t0", "work": "36 s", "next": {"done": 1}},
        "s1": {
            "team": "t1",
            "caseworker": True,
            "work": "18 s",
            "visits": 2,
            "gap": "6 days",
            "next": {"s2": 1},
        },
        "s2": {
            "stay": "5 days",
            "decision": {"every": "3 weeks", "first": "2026-01-16"},
        },
    },
    "inflows": {
        "i0": {"trace": {"when": [0.0] * 24, "office": ["a", "b"] * 12}},
        "i1": {"enter": "s1", "trace": {"when": [0.0, 4.0] * 6 + [28.0] * 6}},
    },
    "offices": {"a": {"share": 0.5}, "b": {"share": 0.5}},
    "costs": {"teams": {"t0": {"post": 100, "reserve": 300}, "t1": {"post": 100}}},
    "triggers": {
        "x0": {
            "when": "waiting[s0] > 2",
            "for": "1 week",
            "until": "open[s0] < 2",
            "change": {"team": "t0", "add": 0.2},
        },
        "x1": {
            "when": "pending[s2] > 3",
            "at_most": "3 days",
            "change": {"team": "t1", "add": 0.5},
        },
        "x2": {
            "when": "caseload_per_fte[t1] > 3",
            "until": "caseload_per_fte[t1] < 3",
            "of_all": True,
            "change": {"team": "t1", "add": 1, "lead": "4 days"},
        },
        "x3": {
            "when": "open[s1] > 5",
            "until": "open[s1] < 4",
            "change": {"team": "t0", "add": 0.2},
        },
        "x4": {
            "when": "caseload_per_fte[t0] > 26",
            "of_all": True,
            "change": {"team": "t0", "add": 0.4},
        },
    },
}
"""Plans that react to what each office, or all of them, have to do."""

AGAIN: dict[str, Any] = {
    "start": "2026-01-05",
    "horizon": "60 days",
    "calendar": {"hours_per_day": 0.01, "country": False},
    "teams": {"t0": {"fte": 0.5, "worker_fte": 0.5}, "t1": {"fte": 1}},
    "stages": {
        "s0": {"team": "t0", "work": "108 s", "next": {"done": 1}},
        "s1": {
            "team": "t1",
            "caseworker": True,
            "work": "36 s",
            "visits": 1,
            "deadline": {"within": "9 days", "until": "start"},
        },
    },
    "inflows": {
        "i0": {"trace": {"when": [0.0] * 12}},
        "i1": {"enter": "s1", "trace": {"when": [0.0] * 8}},
    },
    "triggers": {
        "x0": {
            "when": "waiting[s0] > 0",
            "at_most": "1 day",
            "change": {"team": "t0", "add": 0.5},
        },
        "x1": {
            "when": "waiting[s0] <= 9",
            "for": "1 week",
            "at_most": "3 days",
            "change": {"team": "t0", "add": 0.5},
        },
        "x2": {
            "when": "waiting[s0] > 3",
            "until": "waiting[s0] < 9",
            "change": {"team": "t0", "add": 0.5, "lead": "3 weeks"},
        },
        "x3": {
            "when": "pending[s1] > 2",
            "change": {"team": "t0", "add": 0.5},
        },
    },
}
"""Who is called again while the last visit goes on, and who never comes."""

FULL: dict[str, Any] = {
    "start": "2026-01-01",
    "horizon": "20 days",
    "calendar": {"hours_per_day": 0.01, "country": False},
    "teams": {"t0": {"fte": 1}, "t1": {"fte": 1, "discipline": "deadline"}},
    "stages": {
        "s0": {
            "team": "t0",
            "work": "30 s",
            "room": {"places": 2, "turn_away": "least_urgent"},
            "if_turned_away": "s1",
            "next": {"out": 1.0},
        },
        "s1": {
            "team": "t1",
            "work": "200 s",
            "room": {"places": 2, "turn_away": "least_urgent"},
            "deadline": "9 days",
            "if_turned_away": "gone",
        },
    },
    "initial": {"s0": {"cases": 3, "inflow": "i0"}},
    "inflows": {
        "i0": {"trace": {"when": [0.0, 0.1, 0.2, 0.3, 1.0]}},
        "i1": {
            "priority": -1,
            "trace": {"when": [0.15, 0.25, 0.35, 0.45, 0.5, 1.0, 1.1]},
            "stages": {"s1": {"deadline": "2 days"}},
        },
    },
}
"""Too many for two lists, of which one is by deadline: the least urgent have to go."""

KEPT: dict[str, Any] = {
    "start": "2026-01-01",
    "horizon": "40 days",
    "calendar": {"hours_per_day": 0.01, "country": False},
    "teams": {
        "t0": {
            "fte": 2,
            "caseload_limit": 1,
            "turnover": {"per_year": 40, "vacancy": "1 day"},
        },
        "t1": {"places": 1},
        "t2": {"places": 1},
    },
    "stages": {
        "s0": {"team": "t0", "caseworker": True, "visits": 1, "work": "5 s", "keep_place": True},
        "s1": {"team": "t1", "stay": "2 days", "keep_place": True, "patience": "5 days"},
        "s2": {"team": "t2", "stay": "3 days", "patience": "4 days"},
    },
    "inflows": {
        "i0": {"trace": {"when": [0.0, 0.1, 0.2, 0.3, 1.0, 1.1, 1.2, 8.0, 9.0]}},
        "i1": {"case_weight": 2.5, "trace": {"when": [0.5, 1.0, 5.0]}},
    },
}
"""Places that are kept, of caseworkers who leave and in two houses, until patience is over."""

STRAINED: dict[str, Any] = {
    "start": "2026-01-01",
    "horizon": "40 days",
    "calendar": {"hours_per_day": 0.01, "country": False},
    "teams": {
        "t0": {
            "fte": 2,
            "turnover": {
                "per_year": 40,
                "vacancy": "2 days",
                "load": {"norm": 1, "elasticity": 1},
            },
            "onboarding": {"length": "2 days", "rate": 0.5},
        }
    },
    "stages": {
        "s0": {"team": "t0", "caseworker": True, "visits": 3, "gap": "4 days", "work": "5 s"}
    },
    "inflows": {"i0": {"trace": {"when": [0.0, 0.1, 0.2, 0.3, 1.0, 1.1, 1.2, 8.0, 9.0, 20.0]}}},
}
"""Workers who leave because of their load, and whose cases then weigh on the others."""

TOGETHER: dict[str, Any] = {
    "start": "2026-01-01",
    "horizon": "20 days",
    "calendar": {"hours_per_day": 0.01, "country": False},
    "offices": {"a": {"share": 0.5}, "b": {"share": 0.5}},
    "teams": {"t0": {"fte": 2}},
    "stages": {"s0": {"team": "t0", "work": "72 s"}},
    "inflows": {
        "i0": {"trace": {"when": [0.0, 0.1, 0.2], "office": ["a", "a", "a"]}},
        "i1": {"trace": {"when": [0.0, 0.3, 5.0], "office": ["b", "b", "b"]}},
    },
    "windows": {"w": {"from": "2026-01-03", "until": "2026-01-04"}},
}
"""Two offices with teams of their own, and lists that are shorter from Monday's opening on."""

BY_HAND = (
    RARE,
    BURDENED,
    MISSED,
    PARTNERS,
    OVER_A_WEEKEND,
    PLACES,
    CALLED,
    AGAIN,
    FULL,
    KEPT,
    STRAINED,
    TOGETHER,
)
"""What the strategy meets too seldom."""

WITNESSES = 3
LONGEST = 120  # rows of stays and visits


def generated(n: int) -> list[dict[str, Any]]:
    """About n scenarios as plain data, in blocks of different seeds, short ones first."""
    from capsim.draws import deal
    from capsim.engines import reference
    from capsim.plan import compile_plan
    from capsim.scenario.files.writing import to_json

    found: dict[str, tuple[int, dict[str, Any]]] = {}

    def keep(number: int) -> Callable[[], None]:
        @seed(number)
        @settings(
            max_examples=12,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(scenarios())
        def check(scenario: Any) -> None:
            plan = compile_plan(scenario)
            log = reference.run(plan, deal(plan, number, 0))
            rows = len(log.stay_case) + len(log.visit_stay)
            if 0 < rows <= LONGEST:
                document = json.loads(to_json(scenario.to_dict()))
                text = json.dumps(document, sort_keys=True)
                found.setdefault(text, (rows, {"seed": number, "scenario": document}))

        return check

    number = 0
    while len(found) < n:
        number += 1
        keep(number)()
    return [entry for _, entry in sorted(found.values(), key=lambda pair: pair[0])]


def witnesses(examination: Examination, mutant: Mutant, enough: int) -> list[int]:
    """The first scenarios that give the mutant away."""
    found = []
    with installed(mutant):
        for number in range(len(examination.runs)):
            if examination.differences_in(number):
                found.append(number)
                if len(found) == enough:
                    break
    return found


def main(n: int) -> None:
    """Write the chosen scenarios."""
    entries = [*({"seed": 1, "scenario": one} for one in BY_HAND), *generated(n)]
    examination = Examination(entries)
    kept: dict[int, int] = {}
    for mutant in MUTANTS:
        found = witnesses(examination, mutant, WITNESSES)
        print(f"{len(found)} {mutant.name}: {found}", flush=True)
        for number in found:
            kept[number] = kept.get(number, 0) + 1
    order = sorted(kept, key=lambda number: (-kept[number], number))
    lines = [json.dumps(entries[number], separators=(",", ":")) for number in order]
    SMALL.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(order)} of {len(entries)} scenarios kept")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)

"""docs/phenomena.md: what the cases of policy say, in words and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from figures import oracle
from verification.case import Finding
from verification.phenomena import LATE


def stories(found: Mapping[str, list[Finding]], told: Mapping[str, Any]) -> str:
    """The page: exact and simulated figures of every story."""
    from verification.page import number, table

    def figures(case: str, quantity: str) -> tuple[str, str]:
        (finding,) = (one for one in found[case] if one.quantity == quantity)
        return number(finding.exact), number(finding.simulated)

    def both(case: str, quantity: str) -> str:
        exact, simulated = figures(case, quantity)
        return f"{exact} ({simulated})"

    phased = oracle("z_phenomena")["abrupt_vs_phased"]["rows"]
    late = "arrivals that wait more than 30 d"
    delays = oracle("z_phenomena")["hiring_vs_information_lead"]["rows"]
    peak = "peak of the mean queue"
    lines = [
        "# What a wave does to a service",
        "",
        "Written by `make verify`. Each figure is exact, with the simulated one in brackets; what "
        "cannot be had exactly is marked *simulated*. The scenarios are in "
        "`tests/verification/phenomena.py`, the judgement of every figure in "
        "[verification.md](verification.md).",
        "",
        "## Phasing lowers lateness more than the peak",
        "",
        "20 workers, 4.5 cases a day, four days of work each; 150 cases more come over some days. "
        "The team has room for half a case a day more than it gets, so that the wave is gone after "
        "300 days whatever its form. Spread over two months it still peaks nearly as high, but "
        "fewer than half as many wait longer than 30 days: a deadline is a threshold.",
        "",
        *table(
            [
                "150 cases over",
                "peak of the mean queue",
                "late (over 30 d)",
                "queue-days more",
            ],
            (
                [
                    f"{row['duration']} d",
                    both(f"150 cases over {row['duration']:g} d", peak),
                    both(f"150 cases over {row['duration']:g} d", late)
                    if row["duration"] <= 120
                    else number(LATE[row["duration"]]),
                    both(f"150 cases over {row['duration']:g} d", "queue-days more than without"),
                ]
                for row in phased
            ),
        ),
        "## A day of notice is worth a day of faster hiring",
        "",
        "The same team gets 6 cases a day from day 0 and eight workers more after D days, where D "
        "is what the lead of hiring exceeds the lead of information by. Lead and notice that grow "
        "by the same number of days give the same path, to the last integer "
        "(`test_phenomena.py`).",
        "",
        *table(
            ["D", "mean queue 5 d before they start", "queue-days in 600 d"],
            (
                [
                    f"{row['D']} d",
                    both(f"8 workers more after {row['D']:g} d", "E queue 5 d before they start")
                    if row["D"]
                    else "",
                    both(f"8 workers more after {row['D']:g} d", "queue-days in 600 d"),
                ]
                for row in delays
            ),
        ),
        "## Pooling",
        "",
        "38 offices with three workers and 0.65 cases a day each. To have fewer than 1 % wait "
        "more than 30 days the separate offices need 152 workers, one pool 100. A wave that hits "
        "all offices at once is another matter: pooling removes only what chance adds.",
        "",
        *table(
            ["organisation", "mean wait (d)", "P(wait)"],
            (
                [name, both(name, "mean wait"), both(name, "P(wait)")]
                for name in (
                    "38 offices, each for itself",
                    "6 offices that share their workers",
                    "38 offices that share their workers",
                )
            ),
        ),
        "## The wave arrives downstream",
        "",
        "Two cases a day in the long run, six for a month (day 60 to 90); 30 days of intake, then "
        "120 of guidance. Intake doubles and is back within 20 % of normal two months later. "
        "Guidance has its most cases 45 days after intake has, and half a year on it is still "
        "above normal: who hires for intake only moves the queue.",
        "",
        *table(
            ["day", "at intake", "in guidance"],
            (
                [
                    f"{t:g}",
                    both("downstream wave", f"E N({t:g}) intake"),
                    both("downstream wave", f"E N({t:g}) guidance"),
                ]
                for t in (60.0, 90.0, 120.0, 135.0, 150.0, 200.0, 300.0, 400.0)
            ),
        ),
        "## The deadline is a cliff",
        "",
        "20 workers, four days of work a case, late after 30 days. P(late) by load: 0.90: "
        "1.7 in ten million; 0.96: "
        f"{both('deadline cliff, load 0.96', 'P(wait > 30 d)')}; 0.99: 0.21. (The last one by "
        "theory alone: at that load a queue forgets its first day only after 22 years.)",
        "",
        "## Serving by deadline helps until there is too much",
        "",
        "A team of five, half of the cases due within 10 days, half within 60. *Simulated*: share "
        "of late starts in order of joining, and with the earliest deadline first.",
        "",
        *table(
            ["load", "order of joining", "earliest deadline first"],
            ([row[0], *(f"{value:.3f}" for value in row[1:])] for row in told["deadline"]["rows"]),
        ),
        "## Collapse under a growing caseload, and the limit that prevents it",
        "",
        "Five workers who keep up with 20 cases each; beyond that every contact closes fewer. A "
        "wave of 60 cases over 60 days. Without a limit the caseload does not come back in half of "
        "the runs; with 22 places a worker, and a waiting list, it does. The figures of the "
        "nearest exact model (closing at the level of the team, in continuous time) stand beside "
        "the *simulated* ones of capsim, in which contacts close cases and queue at a desk.",
        "",
        *table(
            [
                "day",
                "no feedback: model",
                "capsim",
                "no limit: model",
                "capsim",
                "limit of 22: model",
                "capsim",
            ],
            (
                [f"{row[0]:g}", *(f"{value:.1f}" for value in row[1:])]
                for row in told["collapse"]["rows"]
            ),
        ),
        f"Share of runs with more than 150 cases on day 720: {told['collapse']['without']:.2f} "
        f"without a limit, {told['collapse']['with']:.2f} with it.",
        "",
        "## Which lever",
        "",
        "Two caseworkers with five places each, 0.3 cases a day, a contact of a day, one fifth of "
        "them the last. A quarter more closings helps more than a quarter faster contacts.",
        "",
        *table(
            ["change", "mean wait for a place (d)", "mean time until closed (d)"],
            (
                [
                    name,
                    both(case, "mean wait for a place"),
                    both(case, "mean time until closed"),
                ]
                for name, case in (
                    ("none", "2 case managers, 5 places, 0.3 a day"),
                    ("contacts 25 % faster", "lever: mu +25%"),
                    ("closing 25 % more likely", "lever: p +25%"),
                    ("next contact 25 % sooner", "lever: gamma +25%"),
                    ("20 % fewer cases", "lever: lam -20%"),
                )
            ),
        ),
        "A limit only moves the waiting, from the contact to the list, as long as closing does not "
        "suffer from a large caseload:",
        "",
        *table(
            ["places", "mean wait for a place (d)", "mean time until closed (d)"],
            (
                [
                    str(places),
                    both(case, "mean wait for a place"),
                    both(case, "mean time until closed"),
                ]
                for places, case in (
                    *((m, f"limit curve: {m} places") for m in (3, 4)),
                    (5, "2 case managers, 5 places, 0.3 a day"),
                    *((m, f"limit curve: {m} places") for m in (6, 7, 8, 9)),
                )
            ),
        ),
    ]
    return "\n".join(lines).rstrip() + "\n"

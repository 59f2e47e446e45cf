"""Verdicts: never milder for more people, and behind a bottleneck only what it lets through."""

import datetime
import math
import time
from typing import Any

import pytest

from capsim.scenario import Scenario
from theory.verdict_scenarios import generated, rank, worse

MONTH = 30.4375


def service(**changes: Any) -> Scenario:
    """Two teams in a row, open day and night: ten a day, a day of work for each at each."""
    tables: dict[str, Any] = {
        "start": "2026-01-05",
        "horizon": "1 year",
        "calendar": {"kind": "continuous"},
        "teams": {"intake": {"fte": 5}, "guidance": {"fte": 4.9, "worker_fte": 0.98}},
        "stages": {
            "intake": {"team": "intake", "work": "24 h"},
            "guidance": {"team": "guidance", "work": "24 h"},
        },
        "inflows": {"x": {"rate": {"per_day": 10}}},
    }
    return Scenario(**{**tables, **changes})


def example(**changes: Any) -> Scenario:
    """The service of the README: one team for intake, investigation and guidance."""
    scenario = Scenario(
        start="2026-01-01",
        horizon="2 years",
        warm_up="3 months",
        inflows={"regular": {"rate": {"per_month": 24}}},
        initial={"guidance": {"cases": 211}},
        teams={
            "social": {
                "fte": 3.2,
                "worker_fte": 0.8,
                "client_share": 0.75,
                "absence": {"any": {"spells_per_year": 7, "length": "9 days"}},
            }
        },
        stages={
            "intake": {"team": "social", "work": "45 min"},
            "investigation": {
                "team": "social",
                "work": {"law": "lognormal", "mean": "3 h", "cv": 0.5},
                "decision": {"every": "28 days"},
                "deadline": "30 days",
                "next": {"guidance": 0.8, "refused": 0.2},
            },
            "guidance": {
                "team": "social",
                "caseworker": True,
                "stay": {"law": "exponential", "mean": "11 months"},
                "gap": "1 month",
                "work": "1 h",
            },
        },
    )
    return scenario.with_(changes) if changes else scenario


def test_a_bottleneck_passes_on_what_it_serves() -> None:
    """Ten a day, intake does 5 and guidance 4.9 of them: 152 a month wait there, 3 here."""
    description = service().describe()
    assert description["intake"].growth_per_month == pytest.approx(5 * MONTH)
    assert description["guidance"].growth_per_month == pytest.approx(0.1 * MONTH)
    assert description["guidance"].load_hours == pytest.approx(5 * 24 * MONTH)
    assert description.verdict == (
        "intake: does not clear (grows by 152 a month); "
        "guidance: does not clear (grows by 3.04 a month)"
    )
    # Of the seven workers of guidance five have work.
    wide = service(teams={"intake": {"fte": 5}, "guidance": {"fte": 7}}).describe()
    assert wide["guidance"].state == "stable"
    assert wide["guidance"].utilization == pytest.approx(5 / 7)
    assert wide.verdict == "intake: does not clear (grows by 152 a month)"


def test_growing_teams_are_named_in_the_order_of_the_pathway() -> None:
    """The order in which the teams are written does not matter."""
    teams = {"guidance": {"fte": 4}, "intake": {"fte": 5}}
    assert service(teams=teams).describe().verdict.startswith("intake: does not clear")


def test_meetings_are_a_bottleneck_too() -> None:
    """A committee decides 14 a week: two a day reach guidance, of the ten that apply."""
    stages = {
        "intake": {"team": "intake", "work": "1 h", "decision": {"every": "7 days", "places": 14}},
        "guidance": {"team": "guidance", "work": "24 h"},
    }
    description = service(stages=stages).describe()
    (meeting,) = description.meetings
    assert meeting.growth_per_month == pytest.approx(8 * MONTH, rel=0.01)
    assert description["guidance"].utilization == pytest.approx(2 / 4.9, rel=0.02)
    assert description.verdict.startswith("meetings of intake: does not clear (grows by")
    # A committee behind a full intake decides what intake sends: five a day of ten.
    stages["intake"].update(work="24 h", decision={"every": "7 days", "places": 37})
    behind = service(stages=stages).describe()
    assert behind.meetings[0].utilization == pytest.approx(35 / 37, rel=0.02)
    assert [row.stage for row in behind.meetings if row.state == "growing"] == []


def test_returns_to_a_full_team_share_its_hours() -> None:
    """A day at intake, twice with one half: entries e = 10 + 0.5 x 5, of which 5 are served."""
    stages = {
        "intake": {"team": "intake", "work": "24 h", "next": {"guidance": 0.5, "intake": 0.5}},
        "guidance": {"team": "guidance", "work": "24 h"},
    }
    description = service(stages=stages).describe()
    assert description["intake"].load_hours == pytest.approx(12.5 * 24 * MONTH)
    assert description["intake"].growth_per_month == pytest.approx(7.5 * MONTH)
    assert description["guidance"].utilization == pytest.approx(2.5 / 4.9)


def test_visits_that_lapse_are_no_growth() -> None:
    """A month of stay ends whether its visits took place or not; pooled work does grow."""
    stay = {"team": "guidance", "caseworker": True, "work": "24 h", "gap": "5 days"}
    stages = {"guidance": {**stay, "stay": "30 days"}}
    row = service(stages=stages).describe()["guidance"]
    assert row.utilization > 1
    assert (row.state, row.growth_per_month) == ("critical", 0)
    stages = {"guidance": {**stay, "visits": 5}}
    assert service(stages=stages).describe()["guidance"].state == "growing"
    # Served before intake, those visits leave it nothing; served after, intake has what it needs.
    both = {
        "intake": {"team": "guidance", "work": "2 h", "priority": 0},
        "guidance": {**stay, "stay": "30 days", "priority": 1},
    }
    assert service(stages=both).describe()["guidance"].state == "critical"
    both["intake"]["priority"] = 2
    assert service(stages=both).describe()["guidance"].state == "growing"


def test_a_larger_wave_never_gets_a_milder_verdict() -> None:
    """Up to any number of people, and those that clear late say so, with the date."""
    found = {}
    for people in (0, 150, 1000, 1500, 3000, 100_000):
        wave = {"a": {"date": "2026-03-01", "people": people}}
        description = example(**{"teams.social.fte": 4.8, "inflows.regular.waves": wave}).describe()
        found[people] = description
    ranks = [rank(description) for description in found.values()]
    assert ranks == sorted(ranks)
    assert found[150].verdict == "social: clears by 2026-08-29"
    late = found[1000]["social"].clear_date
    assert late.year == 2031
    assert found[1000].verdict == f"social: clears after the end of the run ({late})"
    assert found[100_000].verdict == (
        "social: clears after the end of the run (no date within a century)"
    )


def test_near_the_limit_a_wave_is_not_called_critical() -> None:
    """150 more in April on a service of 94 % use: a passing overload, and its date."""
    row = example(
        **{"inflows.regular.waves": {"a": {"date": "2026-04-01", "people": 150}}}
    ).describe()["social"]
    assert row.state == "clears_after_end"
    assert row.clear_date > datetime.date(2028, 1, 1)
    assert example().describe()["social"].state == "stable"


def test_the_last_backlog_counts() -> None:
    """A large wave that is gone in May and a small one in autumn: the date is the second's."""
    waves = {
        "a": {"date": "2026-02-01", "people": 200},
        "b": {"date": "2026-09-01", "people": 100},
    }
    inflows = {"x": {"rate": {"per_day": 2}, "waves": waves}}
    row = service(inflows=inflows, teams={"intake": {"fte": 4}, "guidance": {"fte": 40}})
    found = row.describe()["intake"]
    # Slack of two a day.
    assert abs((found.clear_date - datetime.date(2026, 10, 21)).days) <= 1
    assert found.queue_peak_date == datetime.date(2026, 2, 1)


SCENARIOS = 1100
PARTS = 4
LONG_PARTS = [pytest.param(part, marks=pytest.mark.thorough) for part in range(1, PARTS)]


@pytest.mark.parametrize("part", [0, *LONG_PARTS])
def test_worse_is_never_milder(part: int) -> None:
    """Of 1,100 generated services, a quarter of them in short, none is judged milder, or cleared
    earlier, when more people come, a team gets smaller or work takes longer.
    """
    states = set()
    for seed in range(part, SCENARIOS, PARTS):
        tables = generated(seed)
        way, changed = worse(tables, seed)
        before, after = Scenario(**tables).describe(), Scenario(**changed).describe()
        states.add(before.state)
        assert rank(after) >= rank(before), (seed, way, before.verdict, after.verdict)
    assert states == {"stable", "critical", "clears", "clears_after_end", "growing"}


def _seconds(stages: int) -> float:
    names = [f"s{k}" for k in range(stages)]
    tables = {
        name: {"team": f"t{k % 20}", "work": f"{1 + k % 7} h"} for k, name in enumerate(names)
    }
    tables[names[-1]]["next"] = {names[0]: 0.2, "done": 0.8}
    scenario = Scenario(
        start="2026-01-01",
        horizon="2 years",
        teams={f"t{k}": {"fte": 10} for k in range(20)},
        stages=tables,
        inflows={"a": {"rate": {"per_month": 5}, "waves": {}}},
    )
    best = math.inf
    for _ in range(3):
        begin = time.process_time()
        repr(scenario.describe())
        best = min(best, time.process_time() - begin)
    return best


def test_the_cost_of_a_verdict_grows_with_the_stages() -> None:
    """Ten times the stages, which lead back to the first, take about ten times as long."""
    _seconds(20)
    assert _seconds(1000) < 25 * _seconds(100)

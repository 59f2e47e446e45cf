"""The open cases that theory expects on the first day, against numbers worked by hand."""

import math
from typing import Any

import pandas as pd
import pytest

from capsim.scenario import Scenario
from capsim.theory.steady import normal_queues, steady_cases


def service(**changes: Any) -> Scenario:
    """One desk, and a team of caseworkers behind it, open day and night."""
    tables: dict[str, Any] = {
        "start": "2026-01-01",
        "horizon": "2 years",
        "calendar": {"kind": "continuous"},
        "teams": {"desk": {"fte": 20}, "guides": {"fte": 20}},
        "stages": {
            "intake": {"team": "desk", "work": "24 h", "next": {"guidance": 0.5, "refused": 0.5}},
            "guidance": {
                "team": "guides",
                "caseworker": True,
                "work": "1 h",
                "stay": "100 days",
                "gap": "10 days",
            },
        },
        "inflows": {"regular": {"rate": {"per_day": 4}}},
    }
    return Scenario(**{**tables, **changes})


def test_cases_are_entries_times_planned_days() -> None:
    """Four a day for a day at intake, half of them for 100 days in guidance."""
    rows = {row.stage: row for row in steady_cases(service())}
    assert rows["intake"].cases == pytest.approx(4)
    assert rows["guidance"].cases == pytest.approx(200)
    assert {row.state for row in rows.values()} == {"stable"}


def test_each_office_and_inflow_has_its_own() -> None:
    """Three quarters of 4 and of 2 a day live in one office, whose stays are twice as long."""
    offices = {
        "a": {"share": 0.75, "set": {"stages.guidance.stay": "200 days"}},
        "b": {"share": 0.25},
    }
    inflows = {"regular": {"rate": {"per_day": 4}}, "other": {"rate": {"per_day": 2}}}
    rows = {
        (row.office, row.stage, row.inflow): row.cases
        for row in steady_cases(service(offices=offices, inflows=inflows))
    }
    assert rows["a", "guidance", "regular"] == pytest.approx(0.75 * 2 * 200)
    assert rows["a", "guidance", "other"] == pytest.approx(0.75 * 1 * 200)
    assert rows["b", "guidance", "regular"] == pytest.approx(0.25 * 2 * 100)


def test_the_first_day_counts_not_the_last_year() -> None:
    """A rate that doubles later, a wave, and cases already there change nothing; nor does a
    hire after a year, without which intake would be full.
    """
    changed = service(
        teams={"desk": {"fte": 5}, "guides": {"fte": 20}},
        inflows={
            "regular": {
                "rate": {"steps": [["0 days", 4.0], ["365 days", 8.0]], "unit": "per_day"},
                "waves": {"first": {"date": "2026-03-01", "people": 5000}},
            }
        },
        initial={"guidance": {"cases": 3}},
    )
    assert [row.cases for row in steady_cases(changed)] == pytest.approx([4, 200])
    fewer = {"desk": {"fte": 3, "changes": {"more": {"at": "2027-01-01", "add": 9}}}}
    rows = steady_cases(service(teams={**fewer, "guides": {"fte": 20}}))
    assert rows[0].state == "growing"


def test_a_classical_queue_counts_those_who_wait() -> None:
    """Erlang C: 4.5 a day for five workers of one a day each: 11.362 in all, 6.862 waiting."""
    scenario = service(
        teams={"desk": {"fte": 5}},
        stages={"intake": {"team": "desk", "work": {"law": "exponential", "mean": "24 h"}}},
        inflows={"a": {"rate": {"per_day": 3}}, "b": {"rate": {"per_day": 1.5}}},
    )
    cases = [row.cases for row in steady_cases(scenario)]
    assert sum(cases) == pytest.approx(11.36244, abs=1e-4)
    assert cases[0] == pytest.approx(2 * cases[1])


def test_what_grows_has_no_number_and_what_is_behind_it_gets_what_it_serves() -> None:
    """Two workers serve half of the four a day, and half of those go on to guidance."""
    rows = steady_cases(service(teams={"desk": {"fte": 2}, "guides": {"fte": 20}}))
    assert (rows[0].state, rows[0].cases) == ("growing", math.inf)
    assert (rows[1].state, rows[1].cases) == ("stable", pytest.approx(100))


def test_a_bottleneck_of_meetings_or_places_passes_on_what_it_serves() -> None:
    """Seven files a week of 28 that come are decided; places for one case a day of the two."""
    stages = dict(service().to_dict()["stages"])
    stages["intake"] = {**stages["intake"], "decision": {"every": "7 days", "places": 7}}
    rows = steady_cases(service(stages=stages))
    assert rows[0].state == "growing"
    assert rows[1].cases == pytest.approx(50, rel=0.02)
    full = service(teams={"desk": {"fte": 20}, "guides": {"fte": 10, "caseload_limit": 10}})
    assert [row.state for row in steady_cases(full)] == ["stable", "growing"]


def test_visits_of_a_stay_lapse_and_never_grow() -> None:
    """Guidance asks 2 x 10 hours a day of a tenth of a worker: fewer visits, the same cases."""
    rows = steady_cases(service(teams={"desk": {"fte": 20}, "guides": {"fte": 0.1}}))
    assert (rows[1].state, rows[1].cases) == ("stable", pytest.approx(200))


def test_the_service_of_the_example_holds_223() -> None:
    """24 a month x 0.8 x 11 months in guidance, and some 12 before the committee."""
    social = {"fte": 3.2, "worker_fte": 0.8, "client_share": 0.75}
    scenario = Scenario(
        start="2026-01-01",
        horizon="2 years",
        teams={"social": social},
        stages={
            "intake": {"team": "social", "work": "45 min"},
            "investigation": {
                "team": "social",
                "work": "3 h",
                "decision": {"every": "28 days"},
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
        inflows={"regular": {"rate": {"per_month": 24}}},
    )
    rows = {row.stage: row.cases for row in steady_cases(scenario)}
    assert rows["guidance"] == pytest.approx(211.2)
    assert sum(rows.values()) == pytest.approx(223, abs=1)


def test_the_rows_are_a_table() -> None:
    """A frame has the columns in the order in which they are documented."""
    frame = pd.DataFrame(steady_cases(service()))
    assert list(frame) == ["office", "stage", "inflow", "cases", "state"]
    assert list(pd.DataFrame(normal_queues(service()))) == [
        *("office", "stage", "inflow", "queue", "state")
    ]


def test_normal_queues_are_those_of_erlang_c() -> None:
    """4.5 a day for five workers: 6.862 wait, split over inflows as they come; exactly so with
    exponential work, and for any other work as an approximation.
    """
    for work in ({"law": "exponential", "mean": "24 h"}, "24 h"):
        scenario = service(
            teams={"desk": {"fte": 5}},
            stages={"intake": {"team": "desk", "work": work}},
            inflows={"a": {"rate": {"per_day": 3}}, "b": {"rate": {"per_day": 1.5}}},
        )
        queues = [row.queue for row in normal_queues(scenario)]
        assert queues == pytest.approx([6.86244 * 2 / 3, 6.86244 / 3], abs=1e-4)


def test_the_weekend_waits_for_monday() -> None:
    """Seven a week with ample staff: those of a weekend wait a day on average, 2 x 1 / 7."""
    scenario = service(
        start="2026-01-05",
        horizon="364 days",
        calendar={"country": False},
        teams={"desk": {"fte": 500}},
        stages={"intake": {"team": "desk", "work": "1 h"}},
        inflows={"a": {"rate": {"per_day": 1}}},
    )
    assert normal_queues(scenario)[0].queue == pytest.approx(2 / 7)


def test_no_queue_is_normal_where_it_grows_and_places_make_one() -> None:
    """Two workers for four a day; behind them one a day for 100 days of 110 places waits a bit."""
    full = service(
        teams={"desk": {"fte": 2}, "guides": {"fte": 11, "caseload_limit": 10}},
    )
    intake, guidance = normal_queues(full)
    assert (intake.state, intake.queue) == ("growing", math.inf)
    assert guidance.state == "stable"
    assert 1 < guidance.queue < 10

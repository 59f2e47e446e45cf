"""Weeks of a forecast, by hand: who comes, waits, is undecided or late, and what each one has."""

import datetime

import numpy as np
import pytest

import capsim
from capsim.measures.weeks import week_rows, week_values
from capsim.scenario.tables.calendar import WEEKDAYS
from compiled_only import needs_compiler

MONDAY = datetime.date(2026, 1, 5)


@pytest.fixture(params=["simpy", pytest.param("compiled", marks=needs_compiler)])
def engine(request):
    """Name of the engine."""
    return request.param


def weeks(scenario, engine, days):
    """Values by (measure, of, office)."""
    log = capsim.simulate(scenario, seed=1, engine=engine).log
    rows = week_rows(log.plan)
    values = week_values(log, np.array(days))
    assert values.shape == (len(rows), len(days) - 1)
    return dict(zip(rows, values, strict=True))


def service(**changed):
    """A wait of ten days, then a file that takes a visit, decided within fourteen days."""
    return capsim.Scenario(
        **{
            "start": MONDAY,
            "horizon": "28 days",
            "calendar": {"hours_per_day": 24, "weekdays": list(WEEKDAYS)},
            "teams": {"desk": {"fte": 1}},
            "stages": {
                "talk": {"stay": "10 days"},
                "file": {
                    "team": "desk",
                    "work": "240 h",
                    "deadline": {"within": "14 days", "from": "talk", "until": "end"},
                },
            },
            "inflows": {"people": {"trace": [0, 0, 3.5]}},
            **changed,
        }
    )  # fmt: skip


def test_levels_by_hand(engine):
    """Three people, one desk, ten days of work each: every mean is a sum on the fingers."""
    # The first is served from day 10 to 20, the second until 30, the third waits from 13.5 on.
    found = weeks(service(), engine, [0, 7, 14, 21, 28])

    assert found["arrivals", "talk", "main"].tolist() == [3, 0, 0, 0]
    assert found["arrivals", "file", "all"].tolist() == [0, 3, 0, 0]
    assert ("waiting", "talk", "all") not in found
    waiting = [0, (4 + 0.5) / 7, (6 + 7) / 7, 1]
    assert found["waiting", "file", "all"] == pytest.approx(waiting)
    undecided = [(7 + 7 + 3.5) / 7, 3, (6 + 7 + 7) / 7, 2]
    assert found["pending", "file", "all"] == pytest.approx(undecided)
    # Days 0 and 3 end their terms at the end of days 14 and 17: on day 15 and on day 18.
    late = [0, 0, (5 + 6 + 3) / 7, 2]
    assert found["late", "file", "all"] == pytest.approx(late)
    files = [0, (4 + 4 + 0.5) / 7, (6 + 7 + 7) / 7, 2]
    assert found["caseload_per_worker", "desk", "main"] == pytest.approx(files)


def test_weeks_begin_where_they_are_asked_to(engine):
    """Days before the first week count in no week, and are none."""
    whole = weeks(service(), engine, [0, 7, 14, 21, 28])
    later = weeks(service(), engine, [14, 21, 28])

    for row, values in later.items():
        assert values == pytest.approx(whole[row][2:], nan_ok=True), row


def test_a_clock_that_stands_still_is_late_later(engine):
    """Papers are awaited for the first ten days: nobody is late before day 25."""
    stages = service().to_dict()["stages"]
    stages["talk"]["pauses_deadlines"] = True
    found = weeks(service(stages=stages), engine, [0, 7, 14, 21, 28])

    late = [0, 0, 0, (3 + 0) / 7]  # the second; the third on day 28, which is not simulated
    assert found["late", "file", "all"] == pytest.approx(late)


def test_who_is_found_behind_a_decision_has_it(engine):
    """A file open in guidance is not undecided, though it may come back to the beginning."""
    stages = service().to_dict()["stages"]
    stages["file"]["next"] = {"help": 1.0}
    stages["help"] = {"stay": "1 year", "next": {"talk": 1.0}}
    files = {"case": ["a", "b"], "stage": ["help", "talk"], "since": [-30, -30]}
    scenario = service(stages=stages, inflows={"people": {}}, initial={"files": files})
    found = weeks(scenario, engine, [0, 7])

    assert found["pending", "file", "all"].tolist() == [1]
    assert found["late", "file", "all"].tolist() == [1]
    measured = capsim.simulate(scenario, seed=1, engine=engine, detail="measures").measures()
    pending = measured.query("measure == 'pending_mean' and inflow == 'all' and office == 'all'")
    assert pending["value"].iloc[0] < 2


def test_workers_who_are_known_by_name(engine):
    """Each named worker has a row, with the cases of the list; others are in that of the team."""
    stages = {"help": {"team": "desk", "caseworker": True, "stay": "1 year", "work": "1 h",
                       "gap": "30 days"}}  # fmt: skip
    files = {"case": ["a", "b", "c"], "stage": ["help"] * 3, "since": [-9, -9, -9],
             "worker": ["Ann", "Bea", "Ann"], "visits_done": [1, 1, 1],
             "next_visit": [20, 20, 20]}  # fmt: skip
    scenario = service(
        stages=stages, teams={"desk": {"fte": 3}}, inflows={"people": {}}, initial={"files": files}
    )
    found = weeks(scenario, engine, [0, 7])

    assert found["caseload_per_worker", "main/desk/Ann", "main"].tolist() == [2]
    assert found["caseload_per_worker", "main/desk/Bea", "main"].tolist() == [1]
    assert found["caseload_per_worker", "desk", "all"].tolist() == [1]

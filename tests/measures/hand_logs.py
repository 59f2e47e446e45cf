"""A log written by hand, and the life of the five people in it.

Monday 2 March 2026, two weeks, ten office hours a day. A desk (one worker) does intakes, two guides
(half of their time reaches clients) have a caseload. Times are days: 1.2 is Tuesday's third hour.

c0  has been in guidance with guide 1 since before the first day, for how long is unknown. Second
    visit due 3.0 and done 3.0-3.1. Guide 1 leaves at 10.0: handed over, and assigned to guide 2 at
    11.0. Third visit due 10.5 while nobody has the case, done 11.2-11.3. Still open.
c1  applies 1.0, intake 1.2-1.4. Guidance from 1.4 with guide 1: visits due 1.4, done 1.5-1.6; due
    8.0, done 9.0-9.1, and closed.
c2  applies 4.5 (Friday), intake 4.9-5.0, closing time. Guidance: joins 5.0, assigned 7.0 to guide 2
    (Monday; nobody is assigned on a weekend), visits due 7.0, done 7.1-7.2; due 12.0, not done.
c3  applies 7.0 with the reform, gives up at 8.0.
c4  applies 7.0 with the reform, and still waits.

Guide 1 is absent on Wednesday (2.0 to 3.0). Guide 2 works half time from 7.0 on. The intake is to
begin within two days after that of application: c1 until 4.0, c2 until 7.0, c3 and c4 until 10.0.
"""

from __future__ import annotations

import numpy as np

from capsim.draws.luck import Luck
from capsim.kernels.codes import (
    BURDEN_UNIT,
    EVENT_ABSENT,
    EVENT_LEAVE,
    EVENT_RETURN,
    EVENT_SHORTENED,
    INITIAL_AGELESS,
    LATE_NO,
    LATE_UNKNOWN,
    LATE_YES,
    NEVER,
    NONE,
    OUTCOME_COMPLETED,
    OUTCOME_LEFT,
    OUTCOME_OPEN,
    STATE_PRESENT,
    VISIT_OWN,
)
from capsim.log import Log
from capsim.plan import Plan, compile_plan
from capsim.scenario import Scenario

H = 36_000
NO = None


def scenario(**changes: object) -> Scenario:
    """The scenario that the log is of."""
    return Scenario.model_validate(
        {
            "name": "by hand",
            "start": "2026-03-02",
            "horizon": "14 days",
            "calendar": {"hours_per_day": 10},
            "teams": {"desk": {"fte": 1}, "guides": {"fte": 2, "client_share": 0.5}},
            "stages": {
                "intake": {
                    "team": "desk",
                    "work": "1 h",
                    "patience": "1 day",
                    "room": 9,
                    "deadline": {"within": "2 days", "from": "intake", "until": "start"},
                },
                "guidance": {
                    "team": "guides",
                    "caseworker": True,
                    "visits": 3,
                    "work": "1 h",
                    "gap": "5 days",
                },
            },
            "inflows": {
                "regular": {"rate": {"per_month": 4}, "case_weight": 1.5},
                "reform": {"waves": {"march": {"date": "2026-03-09", "people": 2}}},
            },
            "initial": {"guidance": {"cases": 1, "inflow": "regular"}},
            **changes,
        }
    )


def ticks(*days: float | None) -> np.ndarray:
    """Calendar ticks of days; None: it did not happen."""
    return np.array([NONE if day is None else round(day * H) for day in days], dtype=np.int64)


def office(plan: Plan, *days: float | None) -> np.ndarray:
    """Office ticks of days on which the office is open."""
    result = []
    for instant in ticks(*days).tolist():
        day, second = divmod(instant, H)
        result.append(NONE if instant == NONE else int(plan.time.office_day[day]) * H + second)
    return np.array(result, dtype=np.int64)


def ints(*values: int) -> np.ndarray:
    """An int64 column."""
    return np.array(values, dtype=np.int64)


def hand_log(**changes: object) -> Log:
    """The log of the docstring; `changes` go to the scenario, such as warm_up="7 days"."""
    plan = compile_plan(scenario(**changes))
    one = np.ones(3, np.int64)
    none = ints(-1)
    luck = Luck(
        key=np.zeros(2, np.uint64),
        applied=np.append(ints(-1), ticks(1.0, 4.5, 7.0, 7.0)),
        join=np.append(ints(0), office(plan, 1.0, 4.5, 7.0, 7.0)),
        inflow=ints(0, 0, 0, 1, 1),
        office=ints(0, 0, 0, 0, 0),
        source=ints(0, 1, 1, 2, 2),
        index=ints(0, 0, 1, 0, 1),
        trace=ints(-1, -1, -1, -1, -1),
        initial=ints(INITIAL_AGELESS, 0, 0, 0, 0),
        burden=ints(*[BURDEN_UNIT] * 5),
        initial_gap=ints(3 * H),
        initial_stay=none,
        initial_visits=ints(2),
        initial_joined=ints(0),
        initial_done=ints(0),
        initial_due=none,
        initial_worker=none,
        worker_copy=ints(0, 1, 1),
        worker_seat=ints(1, 1, 2),
        worker_holder=one,
        worker_fte=1000 * one,
        worker_hours=1000 * one,
        worker_state=STATE_PRESENT * one,
        worker_rate=1000 * one,
        worker_hired=0 * one,
        worker_left=ints(NEVER, 10 * H, NEVER),
        worker_tenure=NEVER * one,
        roster_time=office(plan, 2.0, 3.0, 7.0, 10.0),
        roster_worker=ints(1, 1, 2, 1),
        roster_kind=ints(EVENT_ABSENT, EVENT_RETURN, EVENT_SHORTENED, EVENT_LEAVE),
        roster_value=ints(0, 0, 500, 0),
    )
    hour = 3600
    return Log(
        plan=plan,
        luck=luck,
        case_seen=ints(1, 1, 1, 1, 1),
        case_left=ticks(NO, 9.1, NO, 8.0, NO),
        case_exit=ints(-1, 0, -1, 1, -1),
        # c0 guidance; c1 intake, guidance; c2 intake, guidance; c3 intake; c4 intake
        stay_case=ints(0, 1, 1, 2, 2, 3, 4),
        stay_stage=ints(1, 0, 1, 0, 1, 0, 0),
        stay_nth=ints(1, 1, 1, 1, 1, 1, 1),
        stay_joined=ticks(0, 1.0, 1.4, 4.5, 5.0, 7.0, 7.0),
        stay_assigned=ticks(0, NO, 1.4, NO, 7.0, NO, NO),
        stay_started=ticks(3.0, 1.2, 1.5, 4.9, 7.1, NO, NO),
        stay_served=ticks(NO, 1.4, 9.1, 5.0, NO, NO, NO),
        stay_ended=ticks(NO, 1.4, 9.1, 5.0, NO, 8.0, NO),
        stay_clock=ticks(NO, 1.0, NO, 4.5, NO, 7.0, 7.0),
        stay_due=ticks(NO, 4.0, NO, 7.0, NO, 10.0, 10.0),
        stay_late=ints(
            LATE_UNKNOWN, LATE_NO, LATE_UNKNOWN, LATE_NO, LATE_UNKNOWN, LATE_UNKNOWN, LATE_YES
        ),
        stay_outcome=ints(
            OUTCOME_OPEN,
            OUTCOME_COMPLETED,
            OUTCOME_COMPLETED,
            OUTCOME_COMPLETED,
            OUTCOME_OPEN,
            OUTCOME_LEFT,
            OUTCOME_OPEN,
        ),
        stay_worker=ints(2, 0, 1, 0, 2, -1, -1),
        stay_visits=ints(2, 1, 2, 1, 1, 0, 0),
        stay_lapsed=ints(0, 0, 0, 0, 0, 0, 0),
        stay_released=np.full(7, NONE),
        visit_stay=ints(0, 0, 1, 2, 2, 3, 4, 4, 5, 6),
        visit_number=ints(2, 3, 1, 1, 2, 1, 1, 2, 1, 1),
        visit_worker=ints(1, 2, 0, 1, 1, 0, 2, 2, -1, -1),
        visit_due=ticks(3.0, 10.5, 1.0, 1.4, 8.0, 4.5, 7.0, 12.0, 7.0, 7.0),
        visit_begin=office(plan, 3.0, 11.2, 1.2, 1.5, 9.0, 4.9, 7.1, NO, NO, NO),
        # Friday's closing is the office instant that opens Monday, day 7.
        visit_end=office(plan, 3.1, 11.3, 1.4, 1.6, 9.1, 7.0, 7.2, NO, NO, NO),
        visit_kind=ints(*[VISIT_OWN] * 10),
        visit_work=ints(
            hour // 2, hour // 4, 2 * hour, hour // 2, hour // 2, hour, hour // 4, -1, -1, -1
        ),
        place_case=ints(0, 0, 1, 2),
        place_worker=ints(1, 2, 1, 2),
        place_from=ticks(0, 11.0, 1.4, 7.0),
        place_until=ticks(10.0, NO, 9.1, NO),
        worker_worked=ints(3 * hour, 3 * hour // 2, hour // 2),
        # free seconds times thousandths of FTE, client share and onboarding rate
        worker_idle=ints(
            97 * hour * 10**9,
            (70 - 3) * hour * 500 * 10**6,
            50 * hour * 500 * 10**6 + (50 - 2) * hour * 250 * 10**6,
        ),
        worker_visits=ints(2, 3, 2),
        worker_caseload=ints(0, round(17.7 * H), 10 * H),
        worker_caseload_max=ints(0, 2, 2),
    )

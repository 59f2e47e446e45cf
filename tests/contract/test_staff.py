"""Rules 11 and 19 to 21: absence, leaving, hand-over, hiring and cuts."""

import capsim
from contract.timetable import ABSENT, HIRE, LEAVE, RETURN, at, office, rows, with_roster


def caseworker(**settings):
    """A stage of team t with one caseworker a case; visits of 1 h."""
    return {"team": "t", "caseworker": True, "work": "1 h"} | settings


def hours(*values):
    """A trace of applicants at Monday's opening with these hours of work per visit in `s`."""
    return {"trace": {"when": [0] * len(values), "work": {"s": list(values)}}}


def test_cases_of_a_worker_who_leaves_are_handed_over_at_once(engine):
    """A cut on Tuesday removes the highest seat; its case is visited by the other worker.

    Cases 0 and 1 go to workers 1 and 2; second visits are due on Wednesday 1 h, for both. Worker
    2 goes on Tuesday. On Wednesday worker 1 visits case 0, then case 1. `assigned` stays the
    first one.
    """
    scenario = office(
        {"s": caseworker(visits=2, gap="2 days")},
        {"a": [0, 0]},
        team={"fte": 2, "changes": {"cut": {"at": "2026-01-06", "add": -1}}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "case visit worker due started") == [
        ("a 0", 1, "t/1", at(0), at(0)),
        ("a 0", 2, "t/1", at(2, 1), at(2, 1)),
        ("a 1", 1, "t/2", at(0), at(0)),
        ("a 1", 2, "t/1", at(2, 1), at(2, 2)),
    ]
    assert rows(run.stays, "case assigned worker") == [("a 0", 0.0, "t/1"), ("a 1", 0.0, "t/1")]
    assert rows(run.workers, "worker left") == [("t/1", None), ("t/2", 1.0)]


def test_a_visit_in_hand_is_finished_and_the_case_handed_over_then(engine):
    """A worker whose employment ends during a visit finishes it, and starts no other.

    Worker 2's visit of case 1 lasts 12 h, until Tuesday 4 h; employment ends on Tuesday's
    opening. Its case 3, on the desk, is handed over on Tuesday's opening and visited by worker 1
    there; case 1 at the end of its visit: its second visit is due a day later, Wednesday 4 h.
    """
    scenario = office(
        {"s": caseworker(visits=2, gap="1 day")},
        {"a": hours(8, 12, 1, 1)},
        team={"fte": 2, "changes": {"cut": {"at": "2026-01-06", "add": -1}}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "case worker due started ended", visit=1) == [
        ("a 0", "t/1", at(0), at(0), at(1)),
        ("a 1", "t/2", at(0), at(0), at(1, 4)),
        ("a 2", "t/1", at(0), at(1), at(1, 1)),
        ("a 3", "t/1", at(0), at(1, 1), at(1, 2)),
    ]
    second = rows(run.visits, "worker due", visit=2, case="a/trace/1")
    assert second == [("t/1", at(2, 4))]
    assert rows(run.workers, "worker visits") == [("t/1", 7), ("t/2", 1)]


def test_a_case_in_mid_visit_is_handed_over_even_if_the_worker_is_back(engine):
    """Marked at the beginning of a long absence, handed over when the visit ends.

    Worker 1 visits case 0 for 12 h, until Tuesday 4 h, and is absent from Monday 4 h to Tuesday's
    opening. The place is given back on Tuesday 4 h and a new one taken, with worker 1 again:
    loads 0 and 1.
    """
    scenario = office(
        {"s": caseworker(visits=2, gap="1 day")}, {"a": hours(12, 1)}, team={"fte": 2}
    )
    run = with_roster(scenario, engine, (at(0, 4), 0, ABSENT, 1), (at(1), 0, RETURN, 0))
    places = [
        (int(case), int(worker), since / 28800)
        for case, worker, since in zip(
            run.log.place_case, run.log.place_worker, run.log.place_from, strict=True
        )
    ]
    assert places == [(0, 0, 0.0), (0, 0, at(1, 4)), (1, 1, 0.0)]
    assert rows(run.visits, "case worker started ended", visit=2) == [
        ("a 0", "t/1", at(2, 4), at(3, 8)),
        ("a 1", "t/2", at(1, 1), at(1, 2)),
    ]


def test_handed_over_cases_are_assigned_before_new_ones(engine):
    """One who lost the worker on Tuesday gets a place before one who has waited since Monday.

    Limit 1, two workers. Case 2 joins on Monday 1 h and waits. Worker 2 goes on Tuesday: case 1 is
    handed over. Case 0 closes on Tuesday 4 h: case 1 gets the place, and case 2 when case 1 closes.
    Case 1's second visit was due on Tuesday 1 h, and is done from 4 to 5 h.
    """
    scenario = office(
        {"s": caseworker(visits=2, gap="1 day")},
        {
            "a": {"trace": {"when": [0], "work": {"s": [2]}}},
            "b": [0, at(0, 1)],
        },
        team={
            "fte": 2,
            "caseload_limit": 1,
            "changes": {"cut": {"at": "2026-01-06", "add": -1}},
        },
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case assigned ended") == [
        ("a 0", at(0), at(1, 4)),
        ("b 0", at(0), at(1, 5)),
        ("b 1", at(1, 5), at(2, 7)),
    ]
    assert rows(run.visits, "visit worker due started", case="b/trace/0") == [
        (1, "t/2", at(0), at(0)),
        (2, "t/1", at(1, 1), at(1, 4)),
    ]


def test_a_waiting_visit_joins_the_new_desk_at_its_end(engine):
    """A visit that waited on the desk of one who goes waits behind those already on the new desk.

    Cases 0, 2 and 4 have worker 1, cases 1 and 3 worker 2, all at 0. Worker 2 visits case 1 for
    16 h and goes for long at 2 h: case 3, whose visit waits since 0, joins worker 1's desk behind
    case 4.
    """
    scenario = office({"s": caseworker(visits=1)}, {"a": hours(1, 16, 1, 1, 1)}, team={"fte": 2})
    run = with_roster(scenario, engine, (at(0, 2), 1, ABSENT, 1))
    assert rows(run.visits, "case worker due started") == [
        ("a 0", "t/1", 0.0, at(0, 0)),
        ("a 1", "t/2", 0.0, at(0, 0)),
        ("a 2", "t/1", 0.0, at(0, 1)),
        ("a 3", "t/1", 0.0, at(0, 3)),
        ("a 4", "t/1", 0.0, at(0, 2)),
    ]


def test_cases_are_handed_over_in_case_order(engine):
    """The case that applied first is assigned first, though its worker had it later.

    Case late 0 is first in case order, but spends six calendar hours (two of the office) in
    `before`; soon 0 is visited Monday 0 to 1 h, late 0 from 2 to 3 h, both due again a day later.
    The worker goes on Tuesday 0 h, the next one is hired on Wednesday: late 0 is assigned first,
    joins the desk first and is visited first.
    """
    scenario = office(
        {"before": {"stay": "6 h", "next": {"s": 1.0}}, "s": caseworker(visits=2, gap="1 day")},
        {"late": [0], "soon": {"trace": [0], "enter": "s"}},
        team={"fte": 2},
    )
    run = with_roster(scenario, engine, (at(1), 0, LEAVE, 0), (at(2), 1, HIRE, 0), out=(1,))
    assert rows(run.visits, "case visit worker due started") == [
        ("late 0", 1, "t/1", at(0, 2), at(0, 2)),
        ("late 0", 2, "t/2", at(1, 3), at(2, 0)),
        ("soon 0", 1, "t/1", at(0, 0), at(0, 0)),
        ("soon 0", 2, "t/2", at(1, 1), at(2, 1)),
    ]


def test_a_short_absence_leaves_the_desk_waiting(engine):
    """A visit due on Wednesday waits for the own worker, who returns on Thursday.

    The colleague is free all the time, and gets the new case that comes meanwhile.
    """
    scenario = office({"s": caseworker(visits=2, gap="2 days")}, {"a": [0, 1]}, team={"fte": 2})
    run = with_roster(scenario, engine, (at(1), 0, ABSENT, 0), (at(3), 0, RETURN, 0))
    assert rows(run.visits, "case visit worker due started") == [
        ("a 0", 1, "t/1", at(0), at(0)),
        ("a 0", 2, "t/1", at(2, 1), at(3)),
        ("a 1", 1, "t/2", at(1), at(1)),
        ("a 1", 2, "t/2", at(3, 1), at(3, 1)),
    ]


def test_a_long_absence_hands_the_cases_over(engine):
    """The same absence, handed over: the colleague does the visit when it is due."""
    scenario = office({"s": caseworker(visits=2, gap="2 days")}, {"a": [0]}, team={"fte": 2})
    run = with_roster(scenario, engine, (at(1), 0, ABSENT, 1), (at(3), 0, RETURN, 0))
    assert rows(run.visits, "visit worker due started") == [
        (1, "t/1", at(0), at(0)),
        (2, "t/2", at(2, 1), at(2, 1)),
    ]


def test_a_vacancy_is_waited_out_without_losing_patience(engine):
    """Nobody is there from Tuesday to Thursday: the case waits, and its due visit too.

    Patience of one day ended with the assignment. The second visit is due on Wednesday 1 h, while
    the case has no worker; the new one, hired on Thursday, is assigned and visits it at once.
    """
    scenario = office(
        {"s": caseworker(visits=2, gap="2 days", patience="1 day")}, {"a": [0]}, team={"fte": 2}
    )
    run = with_roster(scenario, engine, (at(1), 0, LEAVE, 0), (at(3), 1, HIRE, 0), out=(1,))
    assert rows(run.visits, "visit worker due started") == [
        (1, "t/1", at(0), at(0)),
        (2, "t/2", at(2, 1), at(3)),
    ]
    assert rows(run.stays, "assigned outcome") == [(at(0), "completed")]


def test_a_stay_ends_while_the_case_has_no_worker(engine):
    """The stay of three days runs on after the worker left, and its due visit lapses.

    From Monday's opening to Thursday's; the worker leaves on Tuesday, the visit was due on
    Wednesday 1 h.
    """
    scenario = office({"s": caseworker(stay="3 days", gap="2 days")}, {"a": [0]})
    run = with_roster(scenario, engine, (at(1), 0, LEAVE, 0))
    assert rows(run.stays, "ended visits_done visits_lapsed worker") == [(at(3), 1, 1, "t/1")]


def test_a_file_that_waits_for_a_meeting_is_handed_over_without_a_visit(engine):
    """It takes a place with the colleague, and is decided there.

    Limit 1, two workers. Case 0's visit is over on Monday 1 h, the meeting is on Friday. Worker 1
    leaves on Tuesday: case 0 goes to worker 2, so that case 1, who comes on Wednesday, has to
    wait for Friday.
    """
    scenario = office(
        {"s": caseworker(visits=1, decision={"dates": ["2026-01-09", "2026-01-16"]})},
        {"a": [0, 2]},
        team={"fte": 2, "caseload_limit": 1},
    )
    run = with_roster(scenario, engine, (at(1), 0, LEAVE, 0))
    assert rows(run.stays, "case assigned served ended worker visits_done") == [
        ("a 0", at(0), at(0, 1), at(4), "t/2", 1),
        ("a 1", at(4), at(4, 1), at(11), "t/2", 1),
    ]


def test_a_file_without_a_worker_leaves_the_list_when_it_is_decided(engine):
    """Nobody is there any more: the meeting decides all the same.

    The worker leaves on Tuesday; case 0 waits in the list of the unassigned, is decided on
    Wednesday, and the new worker of Thursday gets case 1, who came on Tuesday.
    """
    scenario = office(
        {"s": caseworker(visits=1, decision={"dates": ["2026-01-07", "2026-01-14"]})},
        {"a": [0, 1]},
        team={"fte": 2, "caseload_limit": 1},
    )
    run = with_roster(scenario, engine, (at(1), 0, LEAVE, 0), (at(3), 1, HIRE, 0), out=(1,))
    assert rows(run.stays, "case assigned ended worker") == [
        ("a 0", at(0), at(2), "t/1"),
        ("a 1", at(3), at(9), "t/2"),
    ]


def test_a_case_marked_in_its_last_visit_is_handed_over_to_wait_for_its_meeting(engine):
    """The place is given back at the visit's end, and another one taken until the meeting.

    Limit 1, two workers. Case 0's only visit lasts from Monday to Tuesday 4 h; worker 1 goes for
    long on Monday 4 h. From Tuesday 4 h until the meeting of Friday worker 2 has the case, so
    that case 1, who comes on Wednesday, is assigned on Friday.
    """
    scenario = office(
        {"s": caseworker(visits=1, decision={"dates": ["2026-01-09", "2026-01-16"]})},
        {"a": {"trace": {"when": [0, 2], "work": {"s": [12, 1]}}}},
        team={"fte": 2, "caseload_limit": 1},
    )
    run = with_roster(scenario, engine, (at(0, 4), 0, ABSENT, 1))
    assert rows(run.stays, "case assigned served ended worker") == [
        ("a 0", at(0), at(1, 4), at(4), "t/2"),
        ("a 1", at(4), at(4, 1), at(11), "t/2"),
    ]


def test_nothing_is_assigned_to_the_absent(engine):
    """A case that comes during the absence of the only worker is assigned at the return."""
    scenario = office({"s": caseworker(visits=1)}, {"a": [1]})
    run = with_roster(scenario, engine, (at(2), 0, RETURN, 0), absent=(0,))
    assert rows(run.stays, "joined assigned started") == [(at(1), at(2), at(2))]


def test_an_absence_does_not_interrupt_a_visit(engine):
    """A visit of 12 h goes on through an absence that begins four hours after it.

    It ends on Tuesday 4 h. The next applicant is visited at the return, Wednesday's opening.
    """
    scenario = office({"s": {"team": "t", "work": "12 h"}}, {"a": [0, 0]})
    run = with_roster(scenario, engine, (at(0, 4), 0, ABSENT, 0), (at(2), 0, RETURN, 0))
    assert rows(run.visits, "started ended") == [(at(0), at(1, 4)), (at(2), at(3, 4))]


def test_one_who_returns_during_the_visit_is_free_from_its_end(engine):
    """Who has been free longest counts from the last visit's end, when the return was earlier.

    Worker 1 visits from 0 to 4 h, and was absent from 1 to 2 h; worker 2 visits until 3 h. At 5 h
    worker 2 is taken.
    """
    scenario = office(
        {"s": {"team": "t", "work": "1 h"}},
        {"a": {"trace": {"when": [0, 0, at(0, 5)], "work": {"s": [4, 3, 1]}}}},
        team={"fte": 2},
    )
    run = with_roster(scenario, engine, (at(0, 1), 0, ABSENT, 0), (at(0, 2), 0, RETURN, 0))
    assert rows(run.visits, "worker started") == [
        ("t/1", at(0, 0)),
        ("t/2", at(0, 0)),
        ("t/2", at(0, 5)),
    ]


def test_a_fractional_cut_shortens_the_highest_seat_that_stays(engine):
    """Of two full-time workers a cut of 1.5 leaves one at half time, from Tuesday on.

    Two applicants on Tuesday: both wait for worker 1, each visit of 1 h takes two. The visit that
    worker 1 began on Monday 7 h keeps its length of two hours.
    """
    scenario = office(
        {"s": {"team": "t", "work": "1 h"}},
        {"a": {"trace": {"when": [at(0, 7), 1, 1], "work": {"s": [2, 1, 1]}}}},
        team={"fte": 2, "changes": {"cut": {"at": "2026-01-06", "add": -1.5}}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "worker started ended") == [
        ("t/1", at(0, 7), at(1, 1)),
        ("t/1", at(1, 1), at(1, 3)),
        ("t/1", at(1, 3), at(1, 5)),
    ]


def test_seats_added_work_from_their_day_on(engine):
    """Decided before the start, with a lead time: `add` of 1.5 makes two seats of three quarters.

    Decided on the 2nd, lead of five days: the 7th, Wednesday. Three applicants on Tuesday's
    opening, 8 h of work each: one is visited on Tuesday, two wait for Wednesday; then worker 1 is
    free at the same instant, and the roster comes first: workers 2 and 3 take them, at three
    quarters of the speed.
    """
    scenario = office(
        {"s": {"team": "t", "work": "6 h"}},
        {"a": {"trace": {"when": [1, 1, 1], "work": {"s": [8, 6, 6]}}}},
        team={
            "changes": {"more": {"decided": "2026-01-02", "lead": "5 days", "add": 1.5}},
        },
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "worker started ended") == [
        ("t/1", at(1), at(2)),
        ("t/2", at(2), at(2, 8)),
        ("t/3", at(2), at(2, 8)),
    ]


def test_onboarding_ends(engine):
    """A worker hired on Tuesday works at half speed until Thursday, and then like the others.

    Two visits of 2 h of work on Tuesday, by workers 1 and 2 (free since the start, and since the
    hire), and two on Thursday.
    """
    scenario = office(
        {"s": {"team": "t", "work": "2 h"}},
        {"a": [1, 1, 3, 3]},
        team={
            "changes": {"more": {"at": "2026-01-06", "add": 1}},
            "onboarding": {"length": "2 days", "rate": 0.5},
        },
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "worker started ended") == [
        ("t/1", at(1), at(1, 2)),
        ("t/2", at(1), at(1, 4)),
        ("t/1", at(3), at(3, 2)),
        ("t/2", at(3), at(3, 2)),
    ]


def test_accounts_of_a_worker(engine):
    """Hours worked and available, visits and caseload, of a week with one absence.

    Client share 0.5. Case 0: 2 h of work on Monday, taking 4 h; second visit due on Wednesday 4
    h. The worker is absent all Tuesday. Worked 4 h; available: four days of 4 client hours. Open
    cases: from Monday 0 to Wednesday 8 h, 3 days of 7.
    """
    scenario = office(
        {"s": caseworker(visits=2, gap="2 days", work="2 h")},
        {"a": [0]},
        team={"client_share": 0.5},
        horizon="1 week",
    )
    run = with_roster(scenario, engine, (at(1), 0, ABSENT, 0), (at(2), 0, RETURN, 0))
    columns = "hours_worked hours_available visits caseload_mean caseload_max"
    (row,) = rows(run.workers, columns)
    assert row == (4.0, 16.0, 2, 3 / 7, 1)

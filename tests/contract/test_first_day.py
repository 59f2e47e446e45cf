"""Rule 26: who is in the service on the first day, who has a caseworker then, and who waits."""

import pytest

import capsim
from contract.timetable import HIRE, at, office, rows, with_roster

CONTINUOUS = {"calendar": {"kind": "continuous"}}


def caseworker(**settings):
    """A caseworker stage of team t with visits of 1 h."""
    return {"team": "t", "caseworker": True, "work": "1 h"} | settings


def people(cases, **settings):
    """So many initial cases in stage s."""
    return {"s": {"cases": cases} | settings}


def value(run, measure):
    """A measure of stage s, of all inflows and offices."""
    chosen = "of == 's' and inflow == 'all' and office == 'all' and window == 'all'"
    found = run.measures().query(chosen)
    return found.set_index("measure")["value"][measure]


def over_days(run, measure):
    """A series of stage s, day by day."""
    frame = run.series("1 day")
    chosen = (frame["of"] == "s") & (frame["office"] == "all") & (frame["measure"] == measure)
    return frame[chosen]["value"].tolist()


def test_who_finds_no_place_waits_and_has_never_been_visited(engine):
    """Limit 1, two visits each: the second case gets the place of the first, and visits 1 and 2.

    The first has had visit 1 before, and visit 2 from 0 to 1 h. The applicant of 0 comes last.
    Both have been in the stage since they applied, ten days before the start.
    """
    scenario = office(
        {"s": caseworker(visits=2)},
        {"a": [0]},
        team={"fte": 1, "caseload_limit": 1},
        initial=people(2, age="10 days"),
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case joined assigned started ended") == [
        ("a s/0", -10.0, 0.0, 0.0, at(0, 1)),
        ("a s/1", -10.0, at(0, 1), at(0, 1), at(0, 3)),
        ("a 0", 0.0, at(0, 3), at(0, 3), at(0, 5)),
    ]
    assert rows(run.visits, "case visit due started") == [
        ("a s/0", 2, 0.0, 0.0),
        ("a s/1", 1, at(0, 1), at(0, 1)),
        ("a s/1", 2, at(0, 2), at(0, 2)),
        ("a 0", 1, at(0, 3), at(0, 3)),
        ("a 0", 2, at(0, 4), at(0, 4)),
    ]


def test_the_remaining_stay_begins_at_assignment(engine):
    """Days and nights open, limit 1: each stay is as long as it is where everyone has a place."""
    settings = {
        "stages": {"s": caseworker(stay="50 days", gap="10 days")},
        "inflows": {"a": {"rate": {"per_day": 0}}},
        "initial": people(3),
        "horizon": "1 year",
    }
    free = office(**settings, **CONTINUOUS)
    ends = capsim.simulate(free, seed=3, engine=engine).stays["ended"].tolist()
    tight = office(**settings, **CONTINUOUS, team={"fte": 1, "caseload_limit": 1})
    stays = capsim.simulate(tight, seed=3, engine=engine).stays
    assert stays["assigned"].tolist() == [0.0, ends[0], ends[0] + ends[1]]
    assert (stays["ended"] - stays["assigned"]).tolist() == pytest.approx(ends)
    assert all(0 < end < 50 for end in ends)


def test_fifty_of_sixty_wait_for_ten_places(engine):
    """They wait from the first instant and all sixty are late: 30 days to a visit passed long ago.

    In the whole run's own measures they are only in the queue: they joined before it.
    """
    scenario = office(
        {
            "s": caseworker(
                stay="50 days",
                gap="10 days",
                deadline={"within": "30 days", "until": "start"},
            )
        },
        {"a": {"rate": {"per_day": 0.0001}}},
        team={"fte": 1, "caseload_limit": 10},
        initial=people(60, age="100 days"),
        horizon="200 days",
        **CONTINUOUS,
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert value(run, "queue_peak") == 50
    assert (run.stays["joined"] == -100).all()
    assert (run.stays["assigned"] == 0).sum() == 10
    assert run.stays["late"].tolist() == [True] * 60
    assert value(run, "arrivals") == 0
    for measure in ("unassigned", "waiting", "late_open"):
        assert 49 < over_days(run, measure)[0] <= 60, measure
    assert 49 < over_days(run, "waiting")[0] <= 50


def test_behind_a_list_everyone_waits_for_a_first_visit(engine):
    """They come out of the list at the first instant: ten are assigned, and one is seen at once."""
    scenario = office(
        {
            "list": {"stay": "0 days"},
            "s": caseworker(
                stay="50 days",
                gap="10 days",
                deadline={"within": "30 days", "until": "start"},
            ),
        },
        {"a": {"rate": {"per_day": 0.0001}}},
        team={"fte": 1, "caseload_limit": 10},
        initial={"list": {"cases": 60, "age": "100 days"}},
        horizon="200 days",
        **CONTINUOUS,
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert value(run, "queue_peak") == 59
    stays = run.stays[run.stays["stage"] == "s"]
    assert (stays["assigned"] < 0.01).sum() == 10
    assert stays["late"].tolist() == [True] * 60


def test_initial_cases_do_not_lose_patience_for_a_caseworker(engine):
    """The applicant of 0 leaves after a day; the case before it stays, and is taken on Thursday."""
    scenario = office(
        {"s": caseworker(visits=1, work="24 h", patience="1 day")},
        {"a": [0]},
        team={"fte": 1, "caseload_limit": 1},
        initial=people(2),
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case assigned outcome") == [
        ("a s/0", 0.0, "completed"),
        ("a s/1", at(3), "completed"),
        ("a 0", None, "left"),
    ]


def test_a_worker_of_the_first_instant_has_had_the_case(engine):
    """Whoever is hired at the first instant takes a case whose next visit is number 2.

    One hired an hour later takes one that has never been visited.
    """
    scenario = office(
        {"s": caseworker(visits=2, work="2 h")},
        {"a": {"rate": {"per_day": 0}}},
        team={"fte": 3, "caseload_limit": 1},
        initial=people(3),
    )
    run = with_roster(scenario, engine, (0, 1, HIRE, 0), (at(0, 1), 2, HIRE, 0), out=(1, 2))
    assert rows(run.visits, "case visit worker due") == [
        ("a s/0", 2, "t/1", 0.0),
        ("a s/1", 2, "t/2", 0.0),
        ("a s/2", 1, "t/3", at(0, 1)),
        ("a s/2", 2, "t/3", at(0, 3)),
    ]


def test_those_of_a_closed_first_day_have_their_place_from_its_end(engine):
    """From Saturday on: at Monday's opening one is assigned, and never queued."""
    scenario = office(
        {"s": caseworker(visits=1, work="8 h")},
        {"a": {"rate": {"per_day": 0}}},
        team={"fte": 1, "caseload_limit": 1},
        initial=people(2),
        start="2026-01-03",
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case joined assigned started") == [
        ("a s/0", 0.0, 2.0, 2.0),
        ("a s/1", 0.0, at(2, 8), 3.0),
    ]
    assert over_days(run, "waiting")[:4] == [1.0, 1.0, 1.0, 0.0]


def test_pooled_cases_have_waited_since_they_applied(engine):
    """The first waited ten days before the start, which is in no wait of the run itself.

    Two visits of 1 h each, one worker, in the order of joining: every other wait takes an hour.
    """
    scenario = office(
        {"s": {"team": "t", "work": "1 h", "visits": 2}},
        {"a": [0]},
        initial=people(1, age="10 days"),
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case joined started") == [("a s/0", -10.0, 0.0), ("a 0", 0.0, at(0, 1))]
    assert rows(run.visits, "case visit due started") == [
        ("a s/0", 1, -10.0, 0.0),
        ("a s/0", 2, at(0, 1), at(0, 2)),
        ("a 0", 1, 0.0, at(0, 1)),
        ("a 0", 2, at(0, 2), at(0, 3)),
    ]
    assert value(run, "wait_mean") == at(0, 1)
    assert value(run, "contact_wait_mean") == at(0, 1)

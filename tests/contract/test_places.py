"""Rule 41: places, such as beds and rooms, in which people stay without visits."""

import pytest

import capsim
from contract.timetable import office, rows


def homes(stage, inflows, *, team=None, **others):
    """A service with one stage of places: two of them, unless the team says otherwise."""
    teams = {"homes": {"places": 2} | (team or {})}
    return office({"home": {"team": "homes"} | stage}, inflows, teams=teams, **others)


def measure(run, name, of):
    """A measure over all inflows and offices."""
    frame = run.measures()
    kept = frame[(frame.measure == name) & (frame.of == of) & (frame.office == "all")]
    return float(kept[kept.inflow == "all"].value.iloc[0])


def test_a_stay_in_a_place_by_hand(engine):
    """Two places for five days: the third waits for the first to leave, on a Monday.

    The stay of Monday, day 0, ends with five calendar days on Saturday, and so at the opening of
    Monday, day 7; that of day 2, 4 h is over at 4 h of day 7. Nights and weekends count as taken:
    7 + (7.5 - 2.5) + (14 - 7) + (14 - 7.5) of 56 days of places in four weeks.
    """
    run = capsim.simulate(
        homes({"stay": "5 days"}, {"a": [0.0, 2.5, 3.0, 4.0]}), seed=1, engine=engine
    )
    assert rows(run.stays, "case joined assigned started served ended visits_done worker") == [
        ("a 0", 0.0, 0.0, 0.0, 7.0, 7.0, 0, "homes/1"),
        ("a 1", 2.5, 2.5, 2.5, 7.5, 7.5, 0, "homes/1"),
        ("a 2", 3.0, 7.0, 7.0, 14.0, 14.0, 0, "homes/1"),
        ("a 3", 4.0, 7.5, 7.5, 14.0, 14.0, 0, "homes/1"),
    ]
    assert len(run.visits) == 0
    taken = (7 + 5 + 7 + 6.5) / 56
    for name in ("utilization", "caseload_per_worker", "caseload_per_fte"):
        assert measure(run, name, "homes") == pytest.approx(taken)
    assert measure(run, "caseload_peak", "homes") == 2
    assert measure(run, "wait_mean", "home") == pytest.approx((4 + 3.5) / 4)
    assert rows(run.workers, "worker fte hours_worked hours_available visits caseload_max") == [
        ("homes/1", 2.0, 0.0, 0.0, 0, 2)
    ]
    series = run.series("7 days")
    first = series[(series.kind == "team") & (series.office == "all") & (series.day == 0.0)]
    week = dict(zip(first.measure, first.value, strict=True))
    assert week["busy_share"] == pytest.approx((7 + 4.5) / 14)
    assert week["in_service"] == pytest.approx((7 + 4.5) / 7)


def test_a_cut_waits_until_places_are_free(engine):
    """Two of three places go on day 1 while three are taken: the next gets one when one is left.

    They are free on days 7, 8 and 9, so that the case of day 2 comes in on day 9, when the last of
    the three leaves. Until then as many places are there as are taken: all of them, then one.
    """
    run = capsim.simulate(
        homes(
            {"stay": "7 days"},
            {"a": {"trace": {"when": [0.0, 0.0, 0.0, 2.0], "stay": {"home": [7, 8, 9, 19]}}}},
            team={"places": 3, "changes": {"cut": {"at": "2026-01-06", "add": -2}}},
        ),
        seed=1,
        engine=engine,
    )
    assert rows(run.stays, "assigned ended") == [(0.0, 7.0), (0.0, 8.0), (0.0, 9.0), (9.0, None)]
    assert measure(run, "utilization", "homes") == pytest.approx(1.0)
    assert measure(run, "caseload_per_fte", "homes") == pytest.approx((24 + 19) / (3 + 27))


def test_places_that_come_later_and_none_at_first(engine):
    """No place until day 7, then two, and none from day 14 on: whoever is in one stays."""
    changes = {"first": {"at": "2026-01-12", "add": 2}, "shut": {"at": "2026-01-19", "add": -2}}
    run = capsim.simulate(
        homes(
            {"stay": "10 days"},
            {"a": [0.0, 1.0, 2.0]},
            team={"places": 0, "changes": changes},
        ),
        seed=1,
        engine=engine,
    )
    assert rows(run.stays, "assigned ended") == [(7.0, 17.0), (7.0, 17.0), (None, None)]


def test_priority_of_the_stage_comes_before_that_of_the_inflow(engine):
    """One place, three stages and inflows: the urgent stage first, in it the urgent inflow."""
    scenario = office(
        {
            "usual": {"team": "homes", "stay": "1 day", "next": {"out": 1.0}},
            "urgent": {"team": "homes", "stay": "1 day", "priority": -1, "next": {"out": 1.0}},
        },
        {
            "a": {"trace": [0.0, 0.25]},
            "b": {"trace": [0.5], "enter": "urgent", "priority": 1},
            "c": {"trace": [0.75], "enter": "urgent"},
            "d": {"trace": [0.75], "priority": -1},
        },
        teams={"homes": {"places": 1}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    order = sorted(rows(run.stays, "assigned case"))
    assert [case for _, case in order] == ["a 0", "c 0", "b 0", "d 0", "a 1"]


def test_room_and_patience_are_those_of_any_list(engine):
    """One place: one may wait, the next is turned away, and who waits leaves after two days."""
    run = capsim.simulate(
        homes(
            {"stay": "4 days", "room": 1, "patience": "2 days", "if_left": "other"},
            {"a": [0.0, 0.5, 1.0, 3.0]},
            team={"places": 1},
        ),
        seed=1,
        engine=engine,
    )
    assert rows(run.stays, "case assigned ended outcome") == [
        ("a 0", 0.0, 4.0, "completed"),
        ("a 1", None, 2.5, "left"),
        ("a 2", None, 1.0, "turned_away"),
        ("a 3", 4.0, 8.0, "completed"),
    ]


def test_a_place_is_kept_for_the_next_stage_of_the_same_homes(engine):
    """Who moves on within the homes keeps the place, before whoever waits for one."""
    scenario = office(
        {
            "crisis": {"team": "homes", "stay": "2 days"},
            "home": {"team": "homes", "stay": "4 days"},
        },
        {"a": [0.0, 0.5]},
        teams={"homes": {"places": 1}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case stage joined assigned started ended") == [
        ("a 0", "crisis", 0.0, 0.0, 0.0, 2.0),
        ("a 0", "home", 2.0, 2.0, 2.0, 7.0),
        ("a 1", "crisis", 0.5, 7.0, 7.0, 9.0),
        ("a 1", "home", 9.0, 9.0, 9.0, 14.0),
    ]


def test_a_heavy_case_takes_one_place(engine):
    """A weight of 2.5 fills caseloads, not places: two cases are in two places."""
    run = capsim.simulate(
        homes({"stay": "2 days"}, {"a": {"trace": [0.0, 0.0, 0.0], "case_weight": 2.5}}),
        seed=1,
        engine=engine,
    )
    assert rows(run.stays, "assigned") == [(0.0,), (0.0,), (2.0,)]


def test_whole_places_go_to_the_offices(engine):
    """Five places by shares of 0.5, 0.3 and 0.2: three, one and one; two more: one and one."""
    offices = {"o": {"share": 0.5}, "p": {"share": 0.3}, "q": {"share": 0.2}}
    when = {"when": [0.0] * 15, "office": ["o"] * 5 + ["p"] * 5 + ["q"] * 5}
    run = capsim.simulate(
        homes(
            {"stay": "20 days"},
            {"a": {"trace": when}},
            team={"places": 5, "changes": {"more": {"at": "2026-01-12", "add": 2}}},
            offices=offices,
        ),
        seed=1,
        engine=engine,
    )
    placed = run.stays.dropna(subset=["assigned"])
    first = placed[placed.assigned == 0].office.value_counts().to_dict()
    later = placed[placed.assigned == 7].office.value_counts().to_dict()
    assert (first, later) == ({"o": 3, "p": 1, "q": 1}, {"o": 1, "p": 1})


def test_initial_cases_are_in_the_places_when_the_run_opens(engine):
    """Three for two places: two have had theirs before, the third gets one when one is free."""
    run = capsim.simulate(
        homes({"stay": "4 days"}, {"a": [0.5]}, initial={"home": {"cases": 3}}),
        seed=1,
        engine=engine,
    )
    first, second, third, new = rows(run.stays, "case assigned started ended")
    for _case, assigned, started, ended in (first, second):
        assert (assigned, started) == (0.0, 0.0)
        assert 0 < ended <= 4.0
    assert third[1] == min(first[3], second[3])
    assert third[1] < third[3] <= third[1] + 4 + 3
    assert new[1] == max(first[3], second[3]) or new[1] == third[3]

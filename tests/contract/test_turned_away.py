"""Rule 45: the least urgent of those who wait is turned away, instead of the last who came."""

import capsim
from contract.timetable import at, office, rows

DESK = {
    "s": {
        "team": "t",
        "work": "4 h",
        "room": {"places": 2, "turn_away": "least_urgent"},
        "if_turned_away": "other",
        "next": {"done": 1.0},
    },
    "other": {"stay": "1 day", "next": {"gone": 1.0}},
}
CLERK = DESK["s"]


def turned_away(run):
    """Case and instant of everyone who was turned away, and where they were next."""
    return rows(run.stays, "case ended", outcome="turned_away")


def test_the_last_in_the_order_of_the_queue_goes(engine):
    """Room for two: when the urgent one comes third, the last of the others goes, not the urgent.

    The next of the others finds two before it, and goes itself.
    """
    run = capsim.simulate(
        office(
            DESK,
            {
                "a": [0.0, at(0, 1), at(0, 2), at(0, 3.5)],
                "u": {"trace": [at(0, 3)], "priority": -1},
            },
        ),
        seed=1,
        engine=engine,
    )
    assert turned_away(run) == [("a 2", at(0, 3)), ("a 3", at(0, 3.5))]
    assert rows(run.stays, "case started", stage="s", outcome="completed") == [
        ("a 0", 0.0),
        ("a 1", 1.0),
        ("u 0", at(0, 4)),
    ]
    assert rows(run.stays, "case joined", stage="other") == [
        ("a 2", at(0, 3)), ("a 3", at(0, 3.5)),
    ]  # fmt: skip


def test_without_it_the_last_who_came_goes(engine):
    """The same with a bare number: the urgent one finds no room."""
    run = capsim.simulate(
        office(
            DESK | {"s": CLERK | {"room": 2}},
            {"a": [0.0, at(0, 1), at(0, 2)], "u": {"trace": [at(0, 3)], "priority": -1}},
        ),
        seed=1,
        engine=engine,
    )
    assert turned_away(run) == [("u 0", at(0, 3))]


def test_the_latest_deadline_goes_in_a_queue_by_deadline(engine):
    """Due after one, nine and five days: who has nine goes, wherever in the heap; then a later."""
    days = {"a": 9, "b": 5, "c": 1, "d": 7}
    run = capsim.simulate(
        office(
            {"s": CLERK | {"room": {"places": 2, "turn_away": "least_urgent"}}}
            | {"other": DESK["other"]},
            {
                name: {
                    "trace": [0.0, at(0, 1)] if name == "a" else [at(0, 2 + 0.1 * number)],
                    "stages": {"s": {"deadline": f"{days[name]} days"}},
                }
                for number, name in enumerate(days)
            },
            team={"discipline": "deadline"},
        ),
        seed=1,
        engine=engine,
    )
    gone = turned_away(run)
    assert [case for case, _ in gone] == ["a 1", "d 0"]
    assert [case for case, _ in sorted(rows(run.stays, "case started", outcome="completed",
                                            stage="s"), key=lambda row: row[1])] == [
        "a 0", "c 0", "b 0",
    ]  # fmt: skip


def test_who_waits_for_a_caseworker_goes_by_the_order_of_the_list(engine):
    """One place in the caseload, room for one: the second gives way to the urgent one."""
    stage = {"caseworker": True, "visits": 1, "room": {"places": 1, "turn_away": "least_urgent"}}
    run = capsim.simulate(
        office(
            DESK | {"s": CLERK | stage},
            {"a": [0.0, at(0, 1)], "u": {"trace": [at(0, 2)], "priority": -1}},
            team={"caseload_limit": 1},
        ),
        seed=1,
        engine=engine,
    )
    assert turned_away(run) == [("a 1", at(0, 2))]
    assert rows(run.stays, "case assigned", outcome="completed", stage="s") == [
        ("a 0", 0.0), ("u 0", at(0, 4)),
    ]  # fmt: skip


def test_initial_cases_and_inflows_without_room_stay(engine):
    """Who was there on the first day, and whose inflow knows no limit, is not turned away.

    Two initial cases, of whom one is in service, and one of `b` wait when `a` comes: of the
    three who wait only `a` may go.
    """
    here = {"s": {"team": "t", "work": "4 h"}, "other": DESK["other"]}
    limited = {"room": {"places": 2, "turn_away": "least_urgent"}, "if_turned_away": "other"}
    run = capsim.simulate(
        office(
            here,
            {
                "a": {"trace": [at(0, 2)], "stages": {"s": limited}, "priority": -1},
                "b": {"trace": [at(0, 1)]},
            },
            initial={"s": {"cases": 2, "inflow": "a"}},
        ),
        seed=1,
        engine=engine,
    )
    assert turned_away(run) == [("a 0", at(0, 2))]


def test_who_goes_is_judged_where_it_comes(engine):
    """The least urgent of one desk goes on to another, where it is the least urgent again."""
    full = {"places": 1, "turn_away": "least_urgent"}
    stages = {
        "s": CLERK | {"room": full, "if_turned_away": "r"},
        "r": {"team": "r", "work": "30 h", "room": full, "if_turned_away": "nowhere",
              "next": {"done": 1.0}},
    }  # fmt: skip
    run = capsim.simulate(
        office(
            stages,
            {
                "a": [0.0, at(0, 1)],
                "u": {"trace": [at(0, 2)], "priority": -1},
                "r": {"trace": [0.0, at(0, 1)], "enter": "r"},
            },
            teams={"t": {"fte": 1}, "r": {"fte": 1}},
        ),
        seed=1,
        engine=engine,
    )
    assert rows(run.stays, "case stage ended", outcome="turned_away") == [
        ("a 1", "s", at(0, 2)), ("a 1", "r", at(0, 2)),
    ]  # fmt: skip


def test_who_was_handed_over_in_another_stage_is_new_in_this_one(engine):
    """Only hand-overs of the stage itself protect: one decided in the list of `q` goes from `r`.

    Its caseworker left on Tuesday; on Wednesday the meeting sends it to `r`, whose only place is
    taken and where `r 1` has waited since Monday.
    """
    manager = {"caseworker": True, "visits": 1}
    full = {"room": {"places": 1, "turn_away": "least_urgent"}, "if_turned_away": "nowhere"}
    meeting = {"every": "1 week", "first": "2026-01-07"}
    stages = {
        "q": {"team": "t", "work": "4 h", "decision": meeting, "next": {"r": 1.0}} | manager,
        "r": {"team": "r", "work": "30 h", "next": {"done": 1.0}} | manager | full,
    }
    cut = {"cut": {"at": "2026-01-06", "add": -1}}
    run = capsim.simulate(
        office(
            stages,
            {
                "h": {"trace": [0.0], "enter": "q"},
                "r": {"trace": [0.0, at(0, 1)], "enter": "r"},
            },
            teams={"t": {"fte": 1, "changes": cut}, "r": {"fte": 1, "caseload_limit": 1}},
        ),
        seed=1,
        engine=engine,
    )
    assert rows(run.stays, "case stage joined ended outcome", case="h/trace/0") == [
        ("h 0", "q", 0.0, 2.0, "completed"), ("h 0", "r", 2.0, 2.0, "turned_away"),
    ]  # fmt: skip
    assert rows(run.stays, "case assigned", outcome="completed", stage="r") == [
        ("r 0", 0.0), ("r 1", at(3, 6)),
    ]  # fmt: skip

"""Rules 39 and 40: posts that are filled late or never, and workers who work on some weekdays."""

import numpy as np
import pytest

import capsim
from capsim.draws import deal
from capsim.plan import compile_plan
from contract.timetable import at, office, rows

STAGE = {"s": {"team": "t", "work": "1 h"}}
THREE_DAYS = {"fte": 0.6, "worker_fte": 0.6, "weekdays": ["mon", "tue", "wed"]}


def test_full_days_on_three_days_a_week(engine):
    """0.6 FTE on three of five days: an hour takes an hour, and who comes on Thursday waits.

    Wednesday's last visit, from 7 h for 2 h, goes on when the worker is off duty: until Thursday
    at 1 h. Three days of eight hours in four weeks are 96 hours, and one of them is worked on
    Thursday.
    """
    scenario = office(
        STAGE,
        {"a": {"trace": {"when": [0.0, at(2, 7), 3.0, 4.0], "work": {"s": [1, 2, 1, 1]}}}},
        team=THREE_DAYS,
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case started ended") == [
        ("a 0", 0.0, at(0, 1)),
        ("a 1", at(2, 7), at(3, 1)),
        ("a 2", 7.0, at(7, 1)),
        ("a 3", at(7, 1), at(7, 2)),
    ]
    assert rows(run.workers, "fte hours_worked hours_available") == [(0.6, 5.0, 97.0)]


def test_without_weekdays_the_same_contract_works_every_day_more_slowly(engine):
    """0.6 FTE every day: an hour takes 1 h 40 min, on Thursday too."""
    team = {name: value for name, value in THREE_DAYS.items() if name != "weekdays"}
    run = capsim.simulate(office(STAGE, {"a": [3.0]}, team=team), seed=1, engine=engine)
    assert rows(run.stays, "started ended") == [(3.0, pytest.approx(at(3, 5 / 3)))]


def test_lists_of_days_are_dealt_to_the_seats_in_turn(engine):
    """Seats 1 and 3 work Monday to Wednesday, seat 2 Wednesday to Friday, at 0.6 FTE each.

    On Monday, day 0, cases go to seats 1 and 3; on Friday, day 4, both to seat 2.
    """
    scenario = office(
        STAGE,
        {"a": [0.0, 0.0, 4.0, 4.0]},
        team={
            "fte": 1.8,
            "worker_fte": 0.6,
            "weekdays": [["mon", "tue", "wed"], ["wed", "thu", "fri"]],
        },
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "worker started") == [
        ("t/1", 0.0), ("t/3", 0.0), ("t/2", 4.0), ("t/2", at(4, 1)),
    ]  # fmt: skip


def test_off_duty_a_worker_is_assigned_cases_and_visits_them_when_back(engine):
    """The case of Thursday has a caseworker at once, and its first visit on Monday."""
    scenario = office(
        {"s": {"team": "t", "caseworker": True, "work": "1 h", "visits": 1}},
        {"a": [3.0]},
        team=THREE_DAYS,
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "assigned started") == [(3.0, 7.0)]


def test_a_run_that_starts_off_duty_starts_nothing(engine):
    """Working on Thursday and Friday only: three cases of Monday wait until Thursday."""
    scenario = office(
        STAGE,
        {"a": [0.0]},
        team={"fte": 0.4, "worker_fte": 0.4, "weekdays": ["thu", "fri"]},
        initial={"s": {"cases": 2}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "started") == [(3.0,), (at(3, 1),), (at(3, 2),)]


def test_a_new_contract_changes_the_hours_of_a_day(engine):
    """0.6 FTE on three days, cut to 0.3 on day 7: half days, so an hour takes two."""
    scenario = office(
        STAGE,
        {"a": [0.0, 7.0]},
        team=THREE_DAYS | {"changes": {"less": {"at": "2026-01-12", "add": -0.3}}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "started ended") == [(0.0, at(0, 1)), (7.0, at(7, 2))]


def test_a_server_of_three_days_a_week_is_the_queue_of_an_independent_list(engine):
    """Three hundred cases at random: each starts when the one before is done, on a working day.

    The list is made by hand below, in hours of the server's own days.
    """
    n, rng = 300, np.random.default_rng(5)
    when = np.sort(rng.uniform(0, 350, n))
    work = rng.uniform(0.5, 4.5, n)
    scenario = office(
        STAGE,
        {"a": {"trace": {"when": when.tolist(), "work": {"s": work.tolist()}}}},
        team=THREE_DAYS,
        horizon="80 weeks",
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    free, expected = 0.0, []
    for applied, hours in zip(when, work, strict=True):
        day = int(applied)
        # Office days: Monday to Friday; of these the server starts on the first three.
        week, weekday = divmod(day, 7)
        arrived = 40 * week + (8 * weekday + 8 * (applied - day) if weekday < 5 else 40)
        begin = max(arrived, free)
        if begin % 40 >= 24:
            begin = 40 * (begin // 40 + 1)
        free = begin + hours
        expected.append(begin // 40 * 7 + begin % 40 // 8 + begin % 8 / 8)
    assert len(run.stays) == n
    assert np.allclose(run.stays.started.astype(float), expected, atol=3 * n / 28_800)


def filled(change, n=60, n_runs=40, **others):
    """Days on which posts are filled, of n runs, and their number in all of them."""
    scenario = office(
        STAGE, {"a": [0.0]}, team={"fte": 1, "changes": {"c": change | {"add": n}}}, **others
    )
    plan = compile_plan(scenario)
    found = []
    for replication in range(n_runs):
        luck = deal(plan, 7, replication)
        found += (luck.worker_hired[luck.worker_seat > 1] / plan.time.day_ticks).tolist()
    return np.array(found), n * n_runs


def test_posts_are_filled_by_their_law_over_time():
    """Of 2,400 posts filled x F(t) are there on day t: off by five standard errors once in a
    million.
    """
    lead = {"law": "exponential", "mean": "10 days"}
    days, n = filled({"decided": "2026-01-05", "lead": lead, "filled": 0.8})
    for day in (2.0, 10.0, 25.0):
        expected = 0.8 * -np.expm1(-day / 10)
        error = np.sqrt(expected * (1 - expected) / n)
        assert abs((days <= day).sum() / n - expected) < 5 * error


def test_a_decision_before_the_start_leaves_the_posts_already_filled():
    """Decided ten days before the start: 1 - exp(-1) of them are there from the first instant."""
    lead = {"law": "exponential", "mean": "10 days"}
    days, n = filled({"decided": "2025-12-26", "lead": lead})
    share, expected = (days == 0).sum() / n, -np.expm1(-1.0)
    assert abs(share - expected) < 5 * np.sqrt(expected * (1 - expected) / n)


def test_a_law_in_workdays_counts_those_before_the_start():
    """Ten workdays, all alike, decided a week before Monday the 5th: five are over on day 0."""
    lead = {"law": "fixed", "mean": "9 workdays", "plus": "1 workdays"}
    days, n = filled({"decided": "2025-12-29", "lead": lead}, n_runs=1)
    assert days.tolist() == [7.0] * n


def test_the_description_knows_how_many_posts_are_filled():
    """Half of ten posts, after an exponential lead of 10 days: 5 (1 - e^-t/10) FTE on day t."""
    lead = {"law": "exponential", "mean": "10 days"}
    change = {"decided": "2026-01-05", "lead": lead, "filled": 0.5, "add": 10}
    scenario = office(STAGE, {"a": [0.0]}, team={"fte": 1, "changes": {"c": change}})
    from capsim.theory.supply import supplies

    _, (supply,) = supplies(scenario)
    days = np.arange(28) + 0.5
    assert np.allclose(supply.fte, 1 + 5 * -np.expm1(-days / 10), atol=0.05)


def test_cuts_take_the_highest_posts_filled_or_not(engine):
    """Two posts that nobody fills are cut again: the first worker stays."""
    changes = {
        "more": {"decided": "2026-01-05", "add": 2, "filled": 0.0},
        "less": {"at": "2026-01-07", "add": -2},
    }
    scenario = office(STAGE, {"a": [4.0]}, team={"changes": changes})
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.workers, "worker left") == [("t/1", None)]
    assert rows(run.stays, "worker") == [("t/1",)]


def test_a_change_is_dealt_among_its_offices_only():
    """Three posts for b and c, by their shares of 0.2 and 0.1; one for a without a share."""
    shares = {"a": 0.7, "b": 0.2, "c": 0.1, "d": 0.0}
    for offices, expected in ((["b", "c"], "bbc"), (["d"], "ddd"), (None, "aab")):
        change = {"at": "2026-01-06", "add": 3} | ({"offices": offices} if offices else {})
        scenario = office(
            STAGE,
            {"x": [0.0]},
            team={"fte": 3, "changes": {"c": change}},
            offices={
                name: {"share": share, "fte": {"t": 1 if share else 0}}
                for name, share in shares.items()
            },
        )
        plan = compile_plan(scenario)
        added = plan.staff.seat_copy[plan.staff.seat_from > 0]
        assert "".join(plan.copy_names[copy] for copy in added) == expected


LATE = {"decided": "2026-01-06", "add": 1}
DRAWN = {"law": "exponential", "mean": "3 days"}


@pytest.mark.parametrize(
    ("team", "message"),
    [
        ({"weekdays": ["mon", "tue", "wed"]}, "write worker_fte = 0.6 or less, or more days"),
        (THREE_DAYS | {"weekdays": []}, "teams.t.weekdays = []: needs at least one day"),
        (THREE_DAYS | {"weekdays": ["mon", "munday"]}, "teams.t.weekdays.1 = 'munday': must be"),
        (THREE_DAYS | {"weekdays": ["mon", "tue", "sat"]}, "weekdays = 'sat': the service is"),
        (THREE_DAYS | {"weekdays": [["mon", "mon", "tue"]]}, "weekdays.0 = 'mon': stands there"),
        ({"changes": {"c": LATE | {"filled": 1.2}}}, "changes.c.filled = 1.2: must be at most 1"),
        ({"changes": {"c": LATE | {"filled": "all"}}}, "changes.c.filled = 'all': "),
        ({"changes": {"c": LATE | {"add": -1, "filled": 0.2}}}, "c.filled = 0.2: only posts that"),
        ({"changes": {"c": LATE | {"add": -1, "lead": DRAWN}}}, "only posts that are added take"),
        ({"changes": {"c": LATE | {"lead": "soon"}}}, "changes.c.lead = 'soon': is not a duration"),
        (
            {"changes": {"c": {"at": "2026-01-06", "add": 1, "lead": DRAWN}}},
            "lead belongs to decided; remove it",
        ),
        ({"changes": {"c": LATE | {"offices": ["genk"]}}}, "offices.0 = 'genk': there is no such"),
        ({"changes": {"c": LATE | {"offices": []}}}, "c.offices = []: needs at least one office"),
        ({"changes": {"c": LATE | {"offices": "main"}}}, "c.offices = 'main': must be a list"),
    ],
)
def test_what_cannot_be_is_refused_by_path_with_a_remedy(team, message):
    """Three wrong values for each new field."""
    with pytest.raises(capsim.ScenarioError) as error:
        office(STAGE, {"a": [0.0]}, team=team)
    assert message in str(error.value)
    assert "; " in str(error.value)

"""Rules 42 to 44: plans that react. Day 0 is a Monday; a visit takes a day of one worker."""

import pytest

import capsim
from contract.timetable import CALENDAR, at, office, rows

A_DAY = {"s": {"team": "t", "work": "8 h"}}


def trigger(when, team="t", add=1, lead=None, **more):
    """A trigger "x"."""
    change = {"team": team, "add": add} | ({} if lead is None else {"lead": lead})
    return {"triggers": {"x": {"when": when, "change": change, **more}}}


def reacted(engine, n, plan, stages=A_DAY, **others):
    """A run of six weeks in which n people apply at the first instant."""
    scenario = office(stages, {"a": [0.0] * n}, horizon="6 weeks", **{**plan, **others})
    return capsim.simulate(scenario, seed=1, engine=engine)


def orders(run):
    """The orders of a run."""
    return rows(run.triggers, "name office on off")


def test_two_mondays_a_lead_and_until(engine):
    """On the Mondays 7 and 14 there wait 15 and 10; the reserve comes on day 21, and goes on 28.

    Twenty visits of a day: one a day until day 21, then two; who is hired then takes the next one
    before the visit that ends at that instant. On day 0 nobody has applied yet when it is counted.
    """
    plan = trigger("waiting[s] > 9", lead="1 week", until="waiting[s] < 3", **{"for": "1 week"})
    run = reacted(engine, 20, plan)
    assert orders(run) == [("x", "main", 14.0, 28.0)]
    days = [7.0 * (i // 5) + i % 5 for i in range(15)] + [21.0, 21.0, 22.0, 22.0, 23.0]
    assert rows(run.stays, "started") == [(day,) for day in days]
    assert rows(run.workers, "worker hired left visits") == [
        ("t/1", 0.0, None, 17), ("t/2", 21.0, 28.0, 3),
    ]  # fmt: skip


def test_the_reserve_counts_as_staff_while_it_is_there(engine):
    """In the week from day 21 on the open cases are shared by two workers, before by one."""
    plan = trigger("waiting[s] > 9", lead="1 week", until="waiting[s] < 3", **{"for": "1 week"})
    series = reacted(engine, 20, plan).series("7 days").query("office == 'all'")
    value = series[series["kind"] == "team"].set_index(["measure", "day"])["value"]
    for day, workers in ((14.0, 1), (21.0, 2)):
        assert value["caseload_per_worker", day] * workers == pytest.approx(value["open", day])
        assert value["caseload_per_fte", day] * workers == pytest.approx(value["open", day])


def test_at_most_and_anew(engine):
    """Who is called on day 7 for three days goes on day 10, in whatever is counted then.

    The last visit, of day 9, is finished. On day 14 there wait 25 - 5 - 8 = 12: an order again.
    """
    run = reacted(engine, 25, trigger("waiting[s] > 9", at_most="3 days"))
    assert orders(run) == [("x", "main", 7.0, 10.0), ("x", "main", 14.0, 17.0)]
    assert rows(run.visits, "started", worker="main/t/2") == [
        (7.0,), (8.0,), (9.0,), (14.0,), (15.0,), (16.0,),
    ]  # fmt: skip
    assert rows(run.workers, "hired left", worker="main/t/2") == [(7.0, 17.0)]


@pytest.mark.parametrize(
    ("prices", "expected"),
    [({"post": 365_000}, {"teams.t.post": 48_000.0}),
     ({"post": 365_000, "reserve": 730_000},
      {"teams.t.post": 42_000.0, "teams.t.reserve": 12_000.0})],
)  # fmt: skip
def test_the_reserve_costs_while_it_is_there(engine, prices, expected):
    """Six weeks of a post at 1,000 a day, and six days of the reserve, so too or at its price."""
    plan = trigger("waiting[s] > 9", at_most="3 days")
    money = reacted(engine, 25, plan, costs={"teams": {"t": prices}}).money("1 year")
    money = money[(money["office"] == "all") & (money["inflow"] == "all")]
    found = {row.item: row.amount for row in money.itertuples() if row.item.startswith("teams")}
    assert found == pytest.approx(expected)


def test_an_order_that_ends_before_anybody_comes(engine):
    """Ordered on day 7 with a lead of two weeks; on day 14 nobody waits any more."""
    run = reacted(engine, 8, trigger("waiting[s] > 2", lead="2 weeks", until="waiting[s] < 1"))
    assert orders(run) == [("x", "main", 7.0, 14.0)]
    assert rows(run.workers, "worker") == [("t/1",)]


def test_an_order_that_goes_on(engine):
    """Without `until` and `at_most` the reserve stays; the order has no end."""
    run = reacted(engine, 8, trigger("waiting[s] >= 3"))
    assert orders(run) == [("x", "main", 7.0, None)]
    assert rows(run.workers, "worker hired left") == [("t/1", 0.0, None), ("t/2", 7.0, None)]


def test_the_count_starts_again_when_a_monday_misses(engine):
    """`<= 5` for two weeks: 15, 10 and 5 wait on the Mondays from 7 on, and nobody from 28 on.

    Day 0 counts, nobody being there yet; day 7 does not. So it holds on days 21 and 28.
    """
    plan = trigger("waiting[s] <= 5", **{"for": "1 week"})
    assert orders(reacted(engine, 20, plan)) == [("x", "main", 28.0, None)]


def test_closed_mondays_are_counted_when_the_office_opens(engine):
    """Day 7 is a holiday: counted on day 8. Days 7 to 14 closed: both Mondays on day 15."""
    one = {"calendar": CALENDAR | {"closed": ["2026-01-12"]}}
    run = reacted(engine, 20, trigger("waiting[s] > 9"), **one)
    assert orders(run)[0][:3] == ("x", "main", 8.0)
    days = [f"2026-01-{day}" for day in range(12, 20)]
    long = {"calendar": CALENDAR | {"closed": days}}
    run = reacted(engine, 20, trigger("waiting[s] > 9", **{"for": "1 week"}), **long)
    assert orders(run) == [("x", "main", 15.0, None)]


def test_counted_before_everything_else_of_the_instant(engine):
    """Ten people of Monday 7, at its opening, are not there yet: counted on day 14, when 5 wait."""
    scenario = office(A_DAY, {"a": [7.0] * 10}, horizon="6 weeks", **trigger("waiting[s] > 4"))
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert orders(run) == [("x", "main", 14.0, None)]


def test_the_reserve_hands_over_when_it_goes(engine):
    """A caseload of one: b is assigned to the reserve on day 7, handed over on day 9.

    a has its second and last visit at 10 days and 1 h, and leaves room for b an hour later, whose
    second visit is due at 17 days and 1 h.
    """
    stages = {"s": {"team": "t", "caseworker": True, "work": "1 h", "visits": 2, "gap": "10 days"}}
    run = reacted(
        engine,
        2,
        trigger("waiting[s] > 0", at_most="2 days"),
        stages,
        team={"caseload_limit": 1},
    )
    assert orders(run) == [("x", "main", 7.0, 9.0)]
    assert rows(run.visits, "case worker started") == [
        ("a 0", "t/1", 0.0), ("a 0", "t/1", at(10, 1)),
        ("a 1", "t/2", 7.0), ("a 1", "t/1", at(17, 1)),
    ]  # fmt: skip
    assert rows(run.workers, "caseload_mean", worker="main/t/2") == [(1.0,)]


def test_theory_says_that_it_counts_no_reserve():
    """An overload that a plan may meet is told as one of the usual staff."""
    from capsim.runs.verdict import verdict_line

    plan = trigger("waiting[s] > 9")
    busy = office(A_DAY, {"a": {"rate": {"per_day": 1}}}, horizon="1 year", **plan)
    assert "by theory without chance or reserves, for which nobody leaves" in verdict_line(busy)


OFFICES = {"offices": {"a": {"share": 0.5}, "b": {"share": 0.5}}}
SIX_IN_A = {"a": {"trace": {"when": [0.0] * 6, "office": ["a"] * 6}}}


@pytest.mark.parametrize(
    ("more", "office_told", "hired"),
    [({}, "a", ["a/t/1", "a/t/2", "b/t/1"]),
     ({"of_all": True}, "all", ["a/t/1", "a/t/2", "b/t/1", "b/t/2"])],
)  # fmt: skip
def test_each_office_by_itself_or_all_together(engine, more, office_told, hired):
    """One waits in office a on day 7: its own reserve of one, or a seat for each of the offices."""
    plan = trigger("waiting[s] > 0", add=2 if more else 1, until="waiting[s] < 1", **more)
    scenario = office(A_DAY, SIX_IN_A, teams={"t": {"fte": 2}}, **plan, **OFFICES)
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert orders(run) == [("x", office_told, 7.0, 14.0)]
    assert list(run.workers["worker"]) == hired


def test_a_shared_team_is_called_on_the_count_of_its_offices(engine):
    """A team for both offices: one order, told under the name of the cluster."""
    scenario = office(
        A_DAY,
        SIX_IN_A,
        teams={"t": {"fte": 1, "shared": True}},
        **trigger("waiting[s] > 0"),
        **OFFICES,
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert orders(run) == [("x", "a+b", 7.0, None)]


def test_caseload_per_fte_counts_the_reserve(engine):
    """Three cases of one FTE call on day 7; with two FTE there are 1.5 a head, and they go."""
    stages = {"s": {"team": "t", "caseworker": True, "work": "1 h", "visits": 2, "gap": "90 days"}}
    plan = trigger("caseload_per_fte[t] > 2", until="caseload_per_fte[t] <= 1.5")
    run = reacted(engine, 3, plan, stages)
    assert orders(run) == [
        ("x", "main", 7.0, 14.0), ("x", "main", 21.0, 28.0), ("x", "main", 35.0, None),
    ]  # fmt: skip


def test_caseload_of_a_team_without_caseworkers(engine):
    """Eight of twelve cases of weight 0.5 are open on day 7: the fifth visit ends at that instant.

    They weigh 4 for one FTE, which is at least 4 and not more.
    """
    inflow = {"trace": {"when": [0.0] * 12}, "case_weight": 0.5}
    for sign, expected in ((">", []), (">=", [("x", "main", 7.0, None)])):
        plan = trigger(f"caseload_per_fte[t] {sign} 4")
        scenario = office(A_DAY, {"a": inflow}, horizon="6 weeks", **plan)
        run = capsim.simulate(scenario, seed=1, engine=engine)
        assert orders(run) == expected


@pytest.mark.parametrize("quantity", ["pending", "open"])
def test_people_without_a_decision(engine, quantity):
    """Nobody waits for a visit, but four files wait for the meeting of day 9."""
    stages = {
        "s": {
            "team": "t",
            "work": "1 h",
            "decision": {"dates": ["2026-01-14"]},
            "next": {"after": 1.0},
        },
        "after": {"stay": "3 weeks"},
    }
    plan = trigger(f"{quantity}[s] > 3", until=f"{quantity}[s] < 1")
    assert orders(reacted(engine, 4, plan, stages)) == [("x", "main", 7.0, 14.0)]
    assert not orders(reacted(engine, 4, trigger(f"{quantity}[s] > 4"), stages))


def test_pending_runs_through_other_stages(engine):
    """The clock for the decision runs from the application on, also at the desk before it.

    On day 7 five of eight have been at the desk, and none is decided; the meeting of day 9 decides
    on five of them, so on day 14 three are pending.
    """
    stages = {
        "s": {"team": "t", "work": "8 h"},
        "d": {"stay": "1 day", "decision": {"dates": ["2026-01-14"]}},
    }
    plan = trigger("pending[d] > 7", until="pending[d] < 8")
    assert orders(reacted(engine, 8, plan, stages)) == [("x", "main", 7.0, 14.0)]
    assert not orders(reacted(engine, 8, trigger("pending[d] > 8"), stages))


def test_the_reserve_has_working_days(engine):
    """Called on Monday 7, seat 2 works on Wednesdays only, as seat 1 does."""
    run = reacted(
        engine,
        5,
        trigger("waiting[s] > 0", add=0.2),
        team={"fte": 0.2, "worker_fte": 0.2, "weekdays": ["wed"]},
    )
    assert orders(run) == [("x", "main", 7.0, None)]
    assert rows(run.stays, "started") == [(2.0,), (9.0,), (9.0,), (16.0,), (16.0,)]


def test_a_cut_takes_no_reserve(engine):
    """Two seats; the reserve is seat 3. On day 8 a cut takes seat 2."""
    run = reacted(
        engine,
        20,
        trigger("waiting[s] > 0"),
        team={"fte": 2, "changes": {"less": {"at": "2026-01-13", "add": -1}}},
    )
    assert rows(run.workers, "worker hired left") == [
        ("t/1", 0.0, None), ("t/2", 0.0, 8.0), ("t/3", 7.0, None),
    ]  # fmt: skip


def test_called_again_during_the_last_visit(engine):
    """A visit of 24 h goes on while the reserve is sent home on day 8 and called again on day 14.

    It begins on day 7 and takes six office days at half time, so it ends with day 14. Nothing else
    starts before that, and nothing after it as long as the reserve is away.
    """
    stages = {"s": {"team": "t", "work": "24 h"}}
    run = reacted(
        engine,
        8,
        trigger("waiting[s] > 0", add=0.5, at_most="1 day"),
        stages,
        team={"worker_fte": 0.5, "fte": 0.5},
    )
    assert orders(run)[:2] == [("x", "main", 7.0, 8.0), ("x", "main", 14.0, 15.0)]
    mine = rows(run.visits, "started ended", worker="main/t/2")
    assert mine[:2] == [(7.0, at(14, 8)), (21.0, at(28, 8))]

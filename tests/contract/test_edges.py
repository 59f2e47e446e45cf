"""Rules 9 and 25 to 27: the first instant, the horizon, offices, and the rules of a user."""

import gc

import pytest

import capsim
from contract.timetable import at, office, rows


def stage(**settings):
    """A pooled stage of team t with visits of 1 h."""
    return {"team": "t", "work": "1 h"} | settings


def caseworker(**settings):
    """A stage of team t with one caseworker a case; visits of 1 h."""
    return {"team": "t", "caseworker": True, "work": "1 h"} | settings


# -- the first instant ---------------------------------------------------------------------------


def test_initial_cases_queue_before_the_first_applicant_with_fresh_patience(engine):
    """Two initial cases are served before the applicant of 0; the third loses patience on Tuesday.

    One worker, visits of 4 h: Monday 0 h and 4 h; the third would be Tuesday's opening, where the
    end of the visit comes before the end of patience, so three are served and the fourth leaves,
    as does the applicant.
    """
    scenario = office(
        {"s": stage(work="4 h", patience="1 day")},
        {"a": [0]},
        initial={"s": {"cases": 4, "age": "12 days"}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case joined started ended outcome") == [
        ("a s/0", -12.0, at(0, 0), at(0, 4), "completed"),
        ("a s/1", -12.0, at(0, 4), at(1), "completed"),
        ("a s/2", -12.0, at(1), at(1, 4), "completed"),
        ("a s/3", -12.0, None, at(1), "left"),
        ("a 0", 0.0, None, at(1), "left"),
    ]
    assert rows(run.cases, "applied") == [(-12.0,)] * 4 + [(0.0,)]


def test_initial_cases_are_not_turned_away_but_take_room(engine):
    """Room 1, three initial cases: two of them wait, so the applicants of 0 and of 1 h go.

    Visits of 1 h. At 1 h the second one is being visited (its end has rank 1), one waits, and the
    applicant would make two.
    """
    scenario = office({"s": stage(room=1)}, {"a": [0, at(0, 1)]}, initial={"s": {"cases": 3}})
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case started outcome") == [
        ("a s/0", at(0, 0), "completed"),
        ("a s/1", at(0, 1), "completed"),
        ("a s/2", at(0, 2), "completed"),
        ("a 0", None, "turned_away"),
        ("a 1", None, "turned_away"),
    ]


def test_an_initial_case_that_comes_to_another_stage_needs_room(engine):
    """Exempt where it was found, an initial case is turned away like anyone where it goes next.

    The only worker is busy for the whole time when the case comes out of the delay, whenever that
    is.
    """
    scenario = office(
        {"before": {"stay": "10 days", "next": {"s": 1.0}}, "s": stage(work="400 h", room=0)},
        {"a": {"trace": [0], "enter": "s"}},
        initial={"before": {"cases": 1}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case stage outcome") == [
        ("a before/0", "before", "completed"),
        ("a before/0", "s", "turned_away"),
        ("a 0", "s", "open"),
    ]


def test_initial_cases_of_a_caseworker_come_handed_over_with_their_second_visit(engine):
    """They are assigned by load at the start, before the applicant of 0, and visit number 2 is due.

    Two workers, limit 1. Without a gap the visits are due at once. The residual of a single visit
    is one.
    """
    scenario = office(
        {"s": caseworker(visits=1)},
        {"a": [0]},
        team={"fte": 2, "caseload_limit": 1},
        initial={"s": {"cases": 2}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "case visit worker due started ended") == [
        ("a s/0", 2, "t/1", 0.0, at(0, 0), at(0, 1)),
        ("a s/1", 2, "t/2", 0.0, at(0, 0), at(0, 1)),
        ("a 0", 1, "t/1", at(0, 1), at(0, 1), at(0, 2)),
    ]


def test_initial_cases_without_age_have_no_deadline_until_they_return(engine):
    """Deadline of one day from `s`. No due date at first; the return on Wednesday 1 h starts one.

    The case with an age of 12 days was due 11 days before the start, and is late.
    """
    scenario = office(
        {
            "s": stage(deadline="1 day", next={"away": 1.0}),
            "away": {"stay": "2 days", "next": {"s": 1.0}},
        },
        {"a": {"rate": {"per_day": 0}}, "b": {"rate": {"per_day": 0}}},
        initial={"s": {"cases": 1}},
        horizon="4 days",
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "nth joined due late", stage="s") == [
        (1, 0.0, None, None),
        (2, at(2, 1), 4.0, False),
    ]
    aged = scenario.with_({"initial.s.age": "12 days"})
    run = capsim.simulate(aged, seed=1, engine=engine)
    assert rows(run.stays, "nth due late", stage="s") == [(1, -10.0, True), (2, 4.0, False)]


def test_an_initial_case_that_enters_an_earlier_stage_has_returned(engine):
    """Found in `later`, it starts a new clock when it enters `s`, the first time in the run."""
    scenario = office(
        {
            "s": stage(deadline="1 day", next={"out": 1.0}),
            "later": stage(next={"s": 1.0}),
        },
        {"a": {"rate": {"per_day": 0}}},
        initial={"later": {"cases": 1, "age": "12 days"}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "stage nth due late") == [
        ("later", 1, None, None),
        ("s", 1, 2.0, False),
    ]


# -- the horizon ---------------------------------------------------------------------------------


def test_the_horizon_is_exclusive(engine):
    """What would end or arrive at the end of the run does not; what waits there has its rows.

    One week, so 40 office hours from Monday. Case 0's visit of 40 h would end at Friday's
    closing, which is the end: it is open, with all its hours worked. Case 1's visit never starts.
    The applicant of Saturday would join beyond the horizon and is no case of the run.
    """
    scenario = office({"s": stage(work="40 h")}, {"a": [0, 1, 5.5]}, horizon="1 week")
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "case worker started ended hours") == [
        ("a 0", "t/1", 0.0, None, 40.0),
        ("a 1", None, None, None, None),
    ]
    assert rows(run.stays, "case started ended outcome") == [
        ("a 0", 0.0, None, "open"),
        ("a 1", None, None, "open"),
    ]
    assert rows(run.cases, "case left exit") == [("a 0", None, "open"), ("a 1", None, "open")]
    assert rows(run.workers, "hours_worked hours_available visits") == [(40.0, 40.0, 0)]


# -- offices -------------------------------------------------------------------------------------

TWO = {"x": {"share": 0.5}, "y": {"share": 0.5}}


def at_offices(*names):
    """Applicants of Monday's opening at these offices."""
    return {"trace": {"when": [0.0] * len(names), "office": list(names)}}


def test_each_office_has_its_own_copy_of_a_team(engine):
    """Two applicants in x wait for each other, the one in y does not wait for them."""
    scenario = office(
        {"s": stage()}, {"a": at_offices("x", "x", "y")}, team={"fte": 2}, offices=TWO
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "case office worker started") == [
        ("a 0", "x", "x/t/1", at(0, 0)),
        ("a 1", "x", "x/t/1", at(0, 1)),
        ("a 2", "y", "y/t/1", at(0, 0)),
    ]


def test_a_shared_team_serves_all_offices_in_one_queue(engine):
    """The same with a shared team: its two workers take the three in case order."""
    scenario = office(
        {"s": stage()},
        {"a": at_offices("x", "x", "y")},
        team={"fte": 2, "shared": True},
        offices=TWO,
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "case office worker started") == [
        ("a 0", "x", "x+y/t/1", at(0, 0)),
        ("a 1", "x", "x+y/t/2", at(0, 0)),
        ("a 2", "y", "x+y/t/1", at(0, 1)),
    ]


def test_offices_have_their_own_meetings_and_settings(engine):
    """Meetings on Tuesday and Wednesday; explicit staff of 1 and 2 in the two offices."""
    scenario = office(
        {"s": stage(decision={"dates": ["2026-01-06"], "places": 1})},
        {"a": at_offices("x", "x", "y", "y")},
        team={"fte": 3},
        offices={
            "x": {"share": 0.5, "fte": {"t": 1}},
            "y": {
                "share": 0.5,
                "set": {"stages.s.decision": {"dates": ["2026-01-07", "2026-01-08"], "places": 1}},
            },
        },
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case worker served ended") == [
        ("a 0", "x/t/1", at(0, 1), at(1)),
        ("a 1", "x/t/1", at(0, 2), None),
        ("a 2", "y/t/1", at(0, 1), at(2)),
        ("a 3", "y/t/2", at(0, 1), at(3)),
    ]


# -- rules of the user -----------------------------------------------------------------------------


def test_a_rule_of_the_user_assigns():
    """The case goes to the worker of highest seat with room; None keeps it waiting.

    Limit 1, two workers. The rule refuses inflow b until Tuesday: b 0, at the head, blocks a 1.
    """

    def assign(team, case, workers):
        if case.inflow == "b" and team.day < 1:
            return None
        return workers[-1]

    scenario = office(
        {"s": caseworker(visits=2, gap="9 days")},
        {"a": [0, at(0, 2), 1], "b": {"trace": [at(0, 1)]}},
        team={"fte": 3},
    )
    run = capsim.simulate(scenario, seed=1, assign=assign)
    assert rows(run.stays, "case assigned worker") == [
        ("a 0", 0.0, "t/3"),
        ("b 0", 1.0, "t/3"),
        ("a 1", 1.0, "t/3"),
        ("a 2", 1.0, "t/3"),
    ]


def test_a_rule_of_the_user_chooses_the_next_visit():
    """Last come, first served: the latest joiner of the queue is taken at 1 h."""
    scenario = office({"s": stage()}, {"a": [0, at(0, 0.25), at(0, 0.5)]})
    run = capsim.simulate(
        scenario,
        seed=1,
        choose=lambda team, entries: max(entries, key=lambda entry: entry.case.joined),
    )
    assert rows(run.visits, "case started") == [
        ("a 0", at(0, 0)),
        ("a 1", at(0, 2)),
        ("a 2", at(0, 1)),
    ]


def test_rules_that_repeat_the_contract_change_nothing():
    """`assign` by load and `choose` of the first entry give what the contract gives."""
    scenario = office(
        {
            "p": stage(visits=2, gap="1 day"),
            "c": caseworker(visits=3, gap="2 days"),
        },
        {"a": [0, 0, at(0, 1), at(0, 1), 1, 1, 2]},
        team={"fte": 3, "caseload_limit": 2},
    )
    plain = capsim.simulate(scenario, seed=1, engine="simpy")
    ruled = capsim.simulate(
        scenario,
        seed=1,
        assign=lambda team, case, workers: min(workers, key=lambda worker: worker.load),
        choose=lambda team, entries: entries[0],
    )
    assert plain.visits.equals(ruled.visits)


def test_what_a_rule_gives_back_must_have_been_shown():
    """Another object than those shown is an error that says so."""
    scenario = office({"s": stage()}, {"a": [0]})
    with pytest.raises(ValueError, match="which is not among the entries it was shown"):
        capsim.simulate(scenario, seed=1, choose=lambda team, entries: "the first")


@pytest.mark.parametrize("before", [True, False])
def test_the_reference_leaves_garbage_only_while_it_runs(monkeypatch, before):
    """It is collected as before after a run and after a failure, and where rules of a user run."""
    from capsim.engines.reference.service import Service

    meanwhile = []

    def choose(team, entries):
        meanwhile.append(gc.isenabled())
        return entries[0]

    def fail(service):
        meanwhile.append(gc.isenabled())
        raise ZeroDivisionError

    scenario = office({"s": stage()}, {"a": [0]})
    was = gc.isenabled()
    try:
        (gc.enable if before else gc.disable)()
        capsim.simulate(scenario, seed=1, choose=choose)
        assert (meanwhile, gc.isenabled()) == ([before], before)
        monkeypatch.setattr(Service, "run", fail)
        with pytest.raises(ZeroDivisionError):
            capsim.simulate(scenario, seed=1, engine="simpy")
        assert (meanwhile[1:], gc.isenabled()) == ([False], before)
    finally:
        (gc.enable if was else gc.disable)()


def test_engine_and_detail_must_exist():
    """Unknown names are refused with the choices, and rules are refused by the compiled engine."""
    scenario = office({"s": stage()}, {"a": [0]})
    with pytest.raises(ValueError, match="choose one of 'auto', 'compiled', 'simpy'"):
        capsim.simulate(scenario, seed=1, engine="fast")
    with pytest.raises(ValueError, match="must be one of 'full', 'measures'"):
        capsim.simulate(scenario, seed=1, detail="all")
    with pytest.raises(ValueError, match="Python functions"):
        capsim.simulate(scenario, seed=1, engine="compiled", choose=lambda team, entries: None)


def test_provenance_tells_how_to_get_the_same_numbers(engine):
    """Scenario, overrides, seed, replication, engine and versions are there."""
    scenario = office({"s": stage()}, {"a": [0]}).with_({"teams.t.fte": 2})
    run = capsim.simulate(scenario, seed=5, replication=3, engine=engine)
    told = run.provenance
    assert told["scenario_hash"] == scenario.hash
    assert told["overrides"] == {"teams.t.fte": 2}
    assert (told["seed"], told["replication"], told["engine"]) == (5, 3, engine)
    assert set(told["versions"]) == {"capsim", "python", "numpy", "numba", "simpy"}
    assert told["run_time"] > 0

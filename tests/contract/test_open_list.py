"""Rule 26, in a list: what is known of each open case holds, and the rest is drawn given it."""

import pytest

import capsim
from contract.timetable import at, office, rows

CONTINUOUS = {"calendar": {"kind": "continuous"}}
NOBODY = {"a": {"rate": {"per_day": 0}}}


def caseworker(**settings):
    """A caseworker stage of team t with visits of 1 h."""
    return {"team": "t", "caseworker": True, "work": "1 h"} | settings


def listed(**columns):
    """Open cases A, B, ... in stage s, a list for each column."""
    n = len(columns["since"])
    names = [chr(ord("A") + k) for k in range(n)]
    return {"files": {"case": names, "stage": ["s"] * n} | columns}


def run(engine, stage, initial, *, inflows=NOBODY, seed=1, **others):
    """A run of one stage s with a list."""
    scenario = office({"s": stage}, inflows, initial=initial, **others)
    return capsim.simulate(scenario, seed=seed, engine=engine)


def test_a_worker_keeps_the_case_and_the_rhythm(engine):
    """Ann and Bea have seats 1 and 2. A is due on Monday, C comes on Wednesday.

    B was never visited: Bea sees it at once, before her next appointment.
    """
    result = run(
        engine,
        caseworker(visits=3, gap="3 days"),
        listed(
            since=[-30, -20, -10],
            worker=["Bea", "Bea", "Ann"],
            visits_done=[2, 0, 1],
            last_visit=["2026-01-02", None, "2026-01-01"],
            next_visit=[None, None, "2026-01-07"],
        ),
        team={"fte": 2},
    )
    assert rows(result.visits, "case visit worker due started") == [
        ("A", 3, "t/Bea", 0.0, 0.0),
        ("B", 1, "t/Bea", 0.0, at(0, 1)),
        ("B", 2, "t/Bea", at(3, 2), at(3, 2)),
        ("B", 3, "t/Bea", at(7, 0), at(7, 0)),
        ("C", 2, "t/Ann", 2.0, 2.0),
        ("C", 3, "t/Ann", at(7, 0), at(7, 0)),
    ]
    assert rows(result.stays, "case joined assigned started") == [
        ("A", -30.0, 0.0, 0.0),
        ("B", -20.0, 0.0, at(0, 1)),
        ("C", -10.0, 0.0, 2.0),
    ]


def test_a_first_visit_by_appointment_ranks_as_one(engine):
    """Returning clients first: while Ann is with A, B (visit 1) and C (visit 2) wait; C is next."""
    result = run(
        engine,
        caseworker(visits=2, gap="30 days"),
        listed(since=[-9, -8, -7], worker=["Ann"] * 3, visits_done=[1, 0, 1], next_visit=[2] * 3),
        team={"fte": 1, "discipline": "returning_first"},
    )
    assert rows(result.visits, "case visit due started") == [
        ("A", 2, 2.0, 2.0),
        ("B", 1, 2.0, at(2, 2)),
        ("C", 2, 2.0, at(2, 1)),
    ]


def test_a_worker_keeps_cases_above_the_limit(engine):
    """Limit 1, and the list says that Ann has two: the third waits until both are done."""
    result = run(
        engine,
        caseworker(visits=1),
        listed(since=[-3, -2, -1], worker=["Ann", "Ann", None], visits_done=[0, 0, 0]),
        team={"fte": 1, "caseload_limit": 1},
    )
    assert rows(result.stays, "case assigned ended") == [
        ("A", 0.0, at(0, 1)),
        ("B", 0.0, at(0, 2)),
        ("C", at(0, 2), at(0, 3)),
    ]


def test_who_was_handed_over_waits_before_the_new_ones(engine):
    """One place: B joined first and is new, then A has visit 2, due since the opening, and then 0.

    A file of the list comes before the applicant of the first day, as those handed over do.
    """
    result = run(
        engine,
        caseworker(visits=2, gap="1 day"),
        listed(since=[-5, -9], visits_done=[1, 0], last_visit=[-1, None]),
        inflows={"a": [0]},
        team={"fte": 1, "caseload_limit": 1},
    )
    assert rows(result.stays, "case joined assigned started") == [
        ("B", -9.0, 0.0, 0.0),
        ("A", -5.0, at(1, 2), at(1, 2)),
        ("a 0", 0.0, at(1, 3), at(1, 3)),
    ]
    assert rows(result.visits, "case visit due started") == [
        ("B", 1, 0.0, 0.0),
        ("B", 2, at(1, 1), at(1, 1)),
        ("A", 2, 0.0, at(1, 2)),
        ("a 0", 1, at(1, 3), at(1, 3)),
        ("a 0", 2, at(2, 4), at(2, 4)),
    ]


def test_a_worker_who_is_named_is_there_on_the_first_day(engine):
    """Posts are vacant half of the time, and yet Ann has A at the opening in each of 12 runs.

    So has Cas, whom the list of workers names. Of the two posts without a name some are vacant.
    """
    team = {
        "fte": 4,
        "workers": {"name": ["Cas"], "fte": [1]},
        "turnover": {"per_year": 12, "vacancy": "30 days"},
    }
    initial = listed(since=[-9], worker=["Ann"], visits_done=[1], next_visit=[0])
    there = []
    for seed in range(12):
        result = run(engine, caseworker(visits=2, gap="1 day"), initial, team=team, seed=seed)
        assert rows(result.stays, "case assigned worker") == [("A", 0.0, "t/Ann")]
        employed = result.workers.query("hired == 0")["worker"].tolist()
        assert {"main/t/Ann", "main/t/Cas"} <= set(employed)
        there.append(len(employed))
    assert min(there) < 4


def test_a_post_that_may_not_be_filled_is_when_its_holder_is_named(engine):
    """Nine posts of the first day of which none is ever filled, but for Ann's."""
    changes = {"m": {"at": "2026-01-05", "add": 9, "filled": 0.0001}}
    result = run(
        engine,
        caseworker(visits=2, gap="1 day"),
        listed(since=[-9, -9], worker=["1", "Ann"], visits_done=[1, 1], next_visit=[0, 0]),
        team={"fte": 1, "changes": changes},
    )
    assert rows(result.stays, "case assigned worker") == [("A", 0.0, "t/1"), ("B", 0.0, "t/Ann")]
    assert result.workers["worker"].tolist() == ["main/t/1", "main/t/Ann"]


def test_pooled_cases_queue_by_since(engine):
    """C joined first and has an appointment after two visits; then B, then A: 1 h each."""
    result = run(
        engine,
        {"team": "t", "work": "1 h", "visits": 3, "gap": "2 days"},
        listed(since=[-2, -3, -9], visits_done=[0, None, 2], next_visit=[None, None, -1]),
    )
    first = result.visits.drop_duplicates("case")
    assert rows(first, "case visit due started") == [
        ("C", 3, 0.0, at(0, 2)),
        ("B", 1, -3.0, 0.0),
        ("A", 1, -2.0, at(0, 1)),
    ]
    assert rows(result.stays, "case joined") == [("C", -9.0), ("B", -3.0), ("A", -2.0)]


def test_ties_go_by_row_and_deadlines_count_from_the_application(engine):
    """Both joined at the same moment, and A's application is older: due 20 days after each."""
    result = run(
        engine,
        {"team": "t", "work": "1 h", "deadline": {"within": "20 days"}},
        listed(since=[-1, -1], applied=[-30, None], inflow=["b", "a"]),
        inflows=NOBODY | {"b": {"rate": {"per_day": 0}}},
    )
    assert rows(result.stays, "case started due late") == [
        ("A", 0.0, -9.0, True),
        ("B", at(0, 1), 20.0, False),
    ]
    assert rows(result.cases, "case inflow applied") == [("A", "b", -30.0), ("B", "a", -1.0)]


def test_what_has_lasted_longer_than_its_law_ends_at_once(engine):
    """A delay of 10 days that began 12, 9 and 4 days ago has 0, 1 and 6 left."""
    result = run(engine, {"stay": "10 days"}, listed(since=[-12, -9, -4]), **CONTINUOUS)
    ended = result.stays["ended"].tolist()
    assert ended[0] < 1e-4
    assert ended[1:] == [1.0, 6.0]


def listed_many(n, since):
    """So many cases in stage s, all since then."""
    names = [f"c{k}" for k in range(n)]
    return {"files": {"case": names, "stage": ["s"] * n, "since": [since] * n}}


def test_visits_to_come_are_drawn_given_those_done(engine):
    """1, 2 or 6 visits: after two there are four more to come, after one one or five."""
    law = {"law": "empirical", "values": [1, 2, 6]}
    columns = {"worker": ["Ann"] * 3, "visits_done": [2, 1, 9], "last_visit": [-1] * 3}
    counts = set()
    for seed in range(8):
        result = run(engine, caseworker(visits=law), listed(since=[-30] * 3, **columns), seed=seed)
        done = result.stays.set_index("case")["visits_done"]
        assert done["A"] == 4
        assert done["C"] == 1  # more than the law allows: one more
        counts.add(int(done["B"]))
    assert counts == {1, 5}


def test_luck_hangs_on_the_name(engine):
    """Another order of the rows, and one row more, change nothing for a case without a team."""
    law = {"stay": {"law": "exponential", "mean": "40 days"}}
    one = run(engine, law, listed(since=[-5, -9]), horizon="5 years")
    names = ["X", "B", "A"]
    table = {"case": names, "stage": ["s"] * 3, "since": [-2, -9, -5]}
    two = run(engine, law, {"files": table}, horizon="5 years")
    ends = one.stays.set_index("case")["ended"]
    assert two.stays.set_index("case")["ended"][["A", "B"]].tolist() == ends[["A", "B"]].tolist()


def test_the_observed_number_is_open(engine):
    """At the opening and at the first instant all are there, beside counts for another stage."""
    stages = {"s": caseworker(stay="60 days", gap="10 days"), "after": {"stay": "30 days"}}
    initial = listed_many(25, -10.0) | {"after": {"cases": 7, "age": "50 days"}}
    scenario = office(stages, NOBODY, initial=initial, team={"fte": 2})
    result = capsim.simulate(scenario, seed=1, engine=engine)
    assert len(result.stays.query("joined < 0 and stage == 's'")) == 25
    found = result.series("1 day").query("day == 0 and measure == 'open' and office == 'all'")
    assert 24 < dict(zip(found["of"], found["value"], strict=True))["s"] <= 25


def test_the_window_of_the_first_day_counts_them(engine):
    """In the window "initial" the wait of B began 20 days before; A has been visited."""
    result = run(
        engine,
        caseworker(visits=2, gap="3 days"),
        listed(since=[-30, -20], worker=["Ann", None], visits_done=[1, 0]),
    )
    found = result.measures().query("of == 's' and inflow == 'all' and office == 'all'")
    found = found[found["window"] == "initial"]
    values = found.set_index("measure")["value"]
    assert values["arrivals"] == 2
    assert values["wait_mean"] == pytest.approx(20, abs=0.2)

"""Rule 46: who is done keeps the place until the next stage takes the case on."""

import pytest

import capsim
from contract.timetable import HIRE, LEAVE, at, office, rows, with_roster


def tandem(*, keep=True, second=None):
    """A shelter of one place for two days, then a home of one place for three."""
    return office(
        {
            "shelter": {"team": "shelter", "stay": "2 days", "keep_place": keep},
            "home": {"team": "home", "stay": "3 days", "next": {"out": 1.0}} | (second or {}),
        },
        {"a": [0.0, 0.0, 0.0]},
        teams={"shelter": {"places": 1}, "home": {"places": 1}},
    )


def measure(run, name, of):
    """A measure over all inflows and offices."""
    frame = run.measures()
    kept = frame[(frame.measure == name) & (frame.of == of) & (frame.office == "all")]
    return float(kept[kept.inflow == "all"].value.iloc[0])


def test_who_finds_no_home_stays_in_the_shelter(engine):
    """The second is done on day 4, and in the shelter until the home is free.

    Case 0 is in the shelter on days 0 to 2, in the home until Saturday, and so until day 7. Case 1
    comes in on day 2 and is done on day 4, but moves on day 7 only, when case 2 comes in, which is
    done on day 9 and moves on day 10: blocked for 3 days and 1 day in three stays.
    """
    run = capsim.simulate(tandem(), seed=1, engine=engine)
    assert rows(run.stays, "case stage joined assigned ended released") == [
        ("a 0", "shelter", 0.0, 0.0, 2.0, 2.0),
        ("a 0", "home", 2.0, 2.0, 7.0, None),
        ("a 1", "shelter", 0.0, 2.0, 4.0, 7.0),
        ("a 1", "home", 4.0, 7.0, 10.0, None),
        ("a 2", "shelter", 0.0, 7.0, 9.0, 10.0),
        ("a 2", "home", 9.0, 10.0, 14.0, None),
    ]
    told = run.story("a/trace/1")
    assert "It waited 2 days for a place, and got one on Wednesday 2026-01-07" in told
    assert "The place was kept 3 days longer, until the next stage began." in told
    assert "visit" not in told
    assert measure(run, "blocked_mean", "shelter") == pytest.approx(4 / 3)
    assert measure(run, "utilization", "shelter") == pytest.approx(10 / 28)
    series = run.series("7 days")
    kept = series[(series.measure == "blocked") & (series.office == "all")]
    assert kept.value.tolist() == pytest.approx([3 / 7, 1 / 7, 0, 0])
    waiting = series[(series.measure == "unassigned") & (series.of == "home")]
    waiting = waiting[(waiting.office == "all") & (waiting.kind == "stage")]
    assert waiting.value.tolist() == pytest.approx([3 / 7, 1 / 7, 0, 0])


def test_without_it_the_place_is_free_at_once(engine):
    """The same shelter takes the next case when the stay is over, and tells of no kept places."""
    run = capsim.simulate(tandem(keep=False), seed=1, engine=engine)
    assert rows(run.stays, "assigned ended", stage="shelter") == [
        (0.0, 2.0), (2.0, 4.0), (4.0, 7.0),
    ]  # fmt: skip
    assert "released" not in run.stays.columns
    assert "blocked_mean" not in set(run.measures().measure)


def test_a_chain_of_kept_places_moves_in_one_instant(engine):
    """Three houses of one place: when the last is free, all move up at that instant."""
    stay = {"stay": "1 day", "keep_place": True}
    scenario = office(
        {
            "one": {"team": "one"} | stay,
            "two": {"team": "two"} | stay,
            "three": {"team": "three", "stay": "9 days"},
        },
        {"a": [0.0, 0.0, 0.0, 0.0]},
        teams={name: {"places": 1} for name in ("one", "two", "three")},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    moved = {case: [] for case in ("a/trace/1", "a/trace/2", "a/trace/3")}
    for case, found in moved.items():
        found += rows(run.stays, "stage assigned", case=case)
    assert moved["a/trace/1"] == [("one", 1.0), ("two", 2.0), ("three", 11.0)]
    assert moved["a/trace/2"] == [("one", 2.0), ("two", 11.0), ("three", 21.0)]
    assert moved["a/trace/3"] == [("one", 11.0), ("two", 21.0), ("three", None)]


def test_the_intake_worker_keeps_the_case_until_guidance_takes_over(engine):
    """A caseload of one at intake: the third is seen when the second has a guide."""
    scenario = office(
        {
            "intake": {
                "team": "t", "caseworker": True, "work": "2 h", "visits": 1, "keep_place": True,
            },
            "guidance": {"team": "g", "caseworker": True, "work": "1 h", "visits": 2,
                         "gap": "1 day"},
        },
        {"a": [0.0, 0.0, 0.0]},
        teams={"t": {"fte": 1, "caseload_limit": 1}, "g": {"fte": 1, "caseload_limit": 1}},
    )  # fmt: skip
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case assigned started ended released", stage="intake") == [
        ("a 0", 0.0, 0.0, at(0, 2), at(0, 2)),
        ("a 1", at(0, 2), at(0, 2), at(0, 4), at(1, 4)),
        ("a 2", at(1, 4), at(1, 4), at(1, 6), at(2, 6)),
    ]


def test_a_place_is_kept_until_the_first_visit_of_a_pooled_stage(engine):
    """The clerk is busy from 3 h to 6 h: the place in the shelter is free then, not before."""
    scenario = office(
        {
            "shelter": {"team": "shelter", "stay": "0.5 days", "keep_place": True},
            "desk": {"team": "t", "work": "3 h"},
        },
        {"a": [0.0, 0.0], "b": {"trace": [at(0, 3)], "enter": "desk"}},
        teams={"shelter": {"places": 1}, "t": {"fte": 1}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case assigned ended released", stage="shelter") == [
        ("a 0", 0.0, at(0, 4), at(0, 6)), ("a 1", at(0, 6), at(1, 2), at(1, 2)),
    ]  # fmt: skip


def test_who_leaves_the_list_leaves_the_place(engine):
    """Patience of a day: the second gives up list and shelter on day 7, the third on day 10."""
    run = capsim.simulate(
        tandem(second={"patience": "1 day", "stay": "20 days"}), seed=1, engine=engine
    )
    assert rows(run.stays, "case assigned ended released", stage="shelter") == [
        ("a 0", 0.0, 2.0, 2.0), ("a 1", 2.0, 4.0, 7.0), ("a 2", 7.0, 9.0, 10.0),
    ]  # fmt: skip
    assert rows(run.stays, "case ended", outcome="left") == [("a 1", 7.0), ("a 2", 10.0)]


def test_who_is_turned_away_leaves_the_place_at_once(engine):
    """No room on the list of the home: nothing is kept."""
    run = capsim.simulate(tandem(second={"room": 0, "stay": "20 days"}), seed=1, engine=engine)
    assert rows(run.stays, "assigned ended released", stage="shelter") == [
        (0.0, 2.0, 2.0), (2.0, 4.0, 4.0), (4.0, 7.0, 7.0),
    ]  # fmt: skip


def test_nothing_is_kept_for_an_exit_or_a_delay(engine):
    """The place is given back where nobody has to be waited for."""
    scenario = office(
        {
            "shelter": {"team": "shelter", "stay": "2 days", "keep_place": True},
            "pause": {"stay": "5 days", "next": {"out": 1.0}},
        },
        {"a": [0.0, 0.0]},
        teams={"shelter": {"places": 1}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "assigned ended released", stage="shelter") == [
        (0.0, 2.0, None), (2.0, 4.0, None),
    ]  # fmt: skip
    assert measure(run, "blocked_mean", "shelter") == 0


def test_a_worker_who_leaves_keeps_nobody(engine):
    """The case goes on waiting for guidance, without the place at intake, and is not handed over.

    The worker of intake leaves on day 3; the guide comes on day 7.
    """
    scenario = office(
        {
            "intake": {
                "team": "t", "caseworker": True, "work": "2 h", "visits": 1, "keep_place": True,
            },
            "guidance": {"team": "g", "caseworker": True, "work": "1 h", "visits": 1},
        },
        {"a": [0.0]},
        teams={"t": {"fte": 1}, "g": {"fte": 1}},
    )  # fmt: skip
    run = with_roster(scenario, engine, (3.0, 0, LEAVE, 0), (7.0, 1, HIRE, 0), out=(1,))
    assert rows(run.stays, "stage assigned started ended released") == [
        ("intake", 0.0, 0.0, at(0, 2), 3.0), ("guidance", 7.0, 7.0, at(7, 1), None),
    ]  # fmt: skip

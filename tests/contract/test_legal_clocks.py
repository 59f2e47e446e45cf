"""Rules 29 to 31: clocks that continue or stand still, and meetings that are not held."""

import datetime

import pytest

import capsim
from contract.timetable import at, office, rows

FOREVER = "50 days"


def back_once(deadline, **others):
    """Intake of an hour; the first time to a stage of three days and back, then a file of two.

    The way back is forced by who is who: inflow a goes back always, so it never gets to the file,
    and inflow b never does. Case a is sent on by its second stage.
    """
    return office(
        {
            "intake": {"team": "t", "work": "1 h", "next": {"again": 1.0}},
            "again": {"stay": "3 days", "next": {"intake": 0.5, "file": 0.5}},
            "file": {"stay": "2 days", "deadline": deadline, "next": {"out": 1.0}},
        },
        {"a": [0.0] * 12},
        horizon=FOREVER,
        **others,
    )


@pytest.mark.parametrize("on_return", ["restart", "continue", None])
def test_a_return_restarts_the_clock_or_lets_it_continue(engine, on_return):
    """With "continue" the clock of everyone is the application; else the last return to intake.

    A due of 4 days is the end of the fourth day after the clock's own.
    """
    deadline = {"within": "4 days"} | ({"on_return": on_return} if on_return else {})
    run = capsim.simulate(back_once(deadline), seed=1, engine=engine)
    stays = run.stays
    file = stays[stays.stage == "file"]
    entries = stays[stays.stage == "intake"].groupby("case", observed=True).joined
    last, first = entries.max(), entries.min()
    came_back = file.case.map(last).astype(float) > 0
    assert came_back.any()
    assert not came_back.all()
    start = file.case.map(first if on_return == "continue" else last).astype(float)
    assert (file.due == start // 1 + 5).all()
    done = file[file.ended.notna()]
    assert (done.late == (done.ended >= done.due)).all()
    measures = run.measures()
    row = (measures.measure == "decision_days_mean") & (measures.of == "file")
    took = (done.ended - start[done.index]).mean()
    assert measures[row].value.iloc[0] == pytest.approx(took)


def test_clocks_of_both_kinds_run_side_by_side(engine):
    """Two stages count from intake, one anew and one from the first time."""
    scenario = office(
        {
            "intake": {"team": "t", "work": "1 h", "next": {"again": 1.0}},
            "again": {"stay": "3 days", "next": {"intake": 0.5, "file": 0.5}},
            "file": {"stay": "1 day", "deadline": "9 days"},
            "board": {
                "stay": "1 day",
                "deadline": {"within": "9 days", "from": "intake", "on_return": "continue"},
                "next": {"out": 1.0},
            },
        },
        {"a": [0.0] * 8},
        horizon=FOREVER,
    )
    run = capsim.simulate(scenario, seed=2, engine=engine)
    stays = run.stays
    assert (stays[stays.stage == "board"].due == 10).all()
    assert (stays[stays.stage == "file"].due > 10).any()


def test_an_initial_case_of_unknown_age_gets_its_clock_at_its_first_return(engine):
    """Found in `again` on day 0 without age, back at intake on day 3, and on day 6 once more.

    Those who come back twice keep the clock of day 3 where it continues.
    """
    scenario = back_once(
        {"within": "4 days", "on_return": "continue"}, initial={"again": {"cases": 12}}
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    stays = run.stays[run.stays.case.str.contains("initial")]
    entries = stays[stays.stage == "intake"].groupby("case", observed=True).joined
    assert (entries.count() > 1).any()
    file = stays[stays.stage == "file"]
    first = file.case.map(entries.min()).astype(float)
    assert file.due.isna().any()
    assert ((file.due == first // 1 + 5) | (file.due.isna() & first.isna())).all()


def test_clocks_stand_still_while_papers_are_awaited(engine):
    """Applied on day 0 at 2 h; intake 2 to 3 h; papers for 3 days; decided after 4 more days.

    Due in 5 days: the end of day 5. The papers move it by exactly three days, to the end of day 8,
    and day 7 at 3 h is in time. `decision_days` counts all the time, 7 days and an hour. Without
    the pause the same case is late.
    """
    for pauses, due, late in ((True, 9.0, False), (False, 6.0, True)):
        scenario = office(
            {
                "intake": {"team": "t", "work": "1 h"},
                "papers": {"stay": "3 days", "pauses_deadlines": pauses},
                "decide": {"stay": "4 days", "deadline": "5 days"},
            },
            {"a": [at(0, 2)]},
        )
        run = capsim.simulate(scenario, seed=1, engine=engine)
        assert rows(run.stays, "due ended late", stage="decide") == [(due, at(7, 3), late)]
        measures = run.measures()
        row = (measures.measure == "decision_days_mean") & (measures.of == "decide")
        assert measures[row].value.iloc[0] == pytest.approx(7 + 1 / 8)


def test_a_pause_moves_a_due_to_the_tick_and_includes_what_follows_the_stay(engine):
    """A stay of half a day from 1 h ends at 5 h: the due moves by half a day, to noon.

    Papers from day 4, a Friday, for 2 days end at the opening of Monday: by three days less 1 h.
    """

    def due(when, stay, within):
        scenario = office(
            {
                "intake": {"team": "t", "work": "1 h"},
                "papers": {"stay": stay, "pauses_deadlines": True},
                "decide": {"stay": "1 day", "deadline": within},
            },
            {"a": [when]},
        )
        run = capsim.simulate(scenario, seed=1, engine=engine)
        return rows(run.stays, "joined due", stage="decide")

    assert due(0.0, "12 h", "5 days") == [(at(0, 5), at(6, 4))]
    assert due(0.0, "12 h", "5 workdays") == [(at(0, 5), at(8, 4))]
    assert due(0.0, "12 h", "30 h") == [(at(0, 5), 0.5 + 30 / 24)]
    assert due(4.0, "2 days", "5 days") == [(at(7), 10 + 3 - 1 / 8)]


def test_a_clock_that_starts_anew_has_not_stood_still(engine):
    """Papers, then intake again: a clock that restarts forgets the pause, one that continues not.

    Every case of inflow a goes intake, papers (2 days), intake, file. Intake takes 1 h.
    """
    for on_return, moved in (("restart", 0), ("continue", 2)):
        scenario = office(
            {
                "intake": {"team": "t", "work": "1 h", "next": {"papers": 0.5, "file": 0.5}},
                "papers": {"stay": "2 days", "pauses_deadlines": True, "next": {"intake": 1.0}},
                "file": {
                    "stay": "1 day",
                    "deadline": {"within": "5 days", "on_return": on_return},
                    "next": {"out": 1.0},
                },
            },
            {"a": [0.0] * 16},
            team={"fte": 16},
            horizon=FOREVER,
        )
        run = capsim.simulate(scenario, seed=1, engine=engine)
        stays = run.stays
        file = stays[stays.stage == "file"]
        pauses = stays[stays.stage == "papers"].groupby("case", observed=True).size()
        n_pauses = file.case.map(pauses).astype(float).fillna(0)
        assert (n_pauses == 1).any()
        last_return = stays[stays.stage == "intake"].groupby("case", observed=True).joined.max()
        start = 0 if moved else file.case.map(last_return).astype(float)
        stood = 0.0
        if moved:
            papers = stays[stays.stage == "papers"]
            spent = (papers.ended - papers.joined).groupby(papers.case, observed=True).sum()
            stood = file.case.map(spent).astype(float).fillna(0)
        assert (file.due == start // 1 + 6 + stood).all()


def test_a_meeting_on_a_closed_day_of_the_board_is_not_held(engine):
    """Daily meetings but for day 1, and from day 2 until day 4 (exclusive): decided on day 4."""
    closed = ["2026-01-06", {"from": "2026-01-07", "until": "2026-01-09"}]
    scenario = office(
        {"s": {"team": "t", "work": "1 h", "decision": {"every": "1 day", "closed": closed}}},
        {"a": [0.0, 4.0]},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case served ended") == [("a 0", at(0, 1), 4.0), ("a 1", at(4, 1), 7.0)]


def test_it_is_judged_on_the_day_on_which_it_would_be_held(engine):
    """Saturday's meeting moves to Monday, which is closed to it: there is none before Sunday's.

    The series meets on Saturdays; Saturday itself being closed changes nothing.
    """
    for closed, held in (("2026-01-10", 7.0), ("2026-01-12", 14.0)):
        decision = {"every": "1 week", "first": "2026-01-10", "closed": closed}
        scenario = office({"s": {"team": "t", "work": "1 h", "decision": decision}}, {"a": [0.0]})
        run = capsim.simulate(scenario, seed=1, engine=engine)
        assert rows(run.stays, "ended") == [(held,)]


def test_a_rhythm_in_workdays_and_dates_have_closed_days_too(engine):
    """Every second workday from day 0: days 0, 2, 4; day 2 is closed. And of two dates one."""
    every = {"every": "2 workdays", "closed": [datetime.date(2026, 1, 7)]}
    dates = {"dates": ["2026-01-07", "2026-01-09"], "closed": "2026-01-07"}
    for decision in (every, dates):
        scenario = office({"s": {"team": "t", "work": "1 h", "decision": decision}}, {"a": [0.0]})
        run = capsim.simulate(scenario, seed=1, engine=engine)
        assert rows(run.stays, "ended") == [(4.0,)]


START = {
    "intake": {"team": "t", "work": "1 h"},
    "papers": {"stay": "3 days"},
    "decide": {"stay": "1 day", "deadline": "5 days"},
}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("intake.pauses_deadlines", True, "stages.intake.pauses_deadlines = True: clocks stand"),
        ("papers.pauses_deadlines", "yes", "stages.papers.pauses_deadlines = 'yes': must be true"),
        ("decide.pauses_deadlines", True, "stages.decide.deadline = '5 days': no deadline can"),
        ("decide.deadline", {"within": "5 days", "on_return": "again"}, "known: restart, continue"),
        ("decide.deadline", {"within": "5 days", "on_return": True}, "must be 'restart' or"),
        ("decide.deadline", {"on_return": "continue"}, "deadline.within: is missing"),
        ("decide.decision", {"every": "1 day", "closed": [3]}, "closed.0 = 3: is not a date"),
        ("decide.decision", {"every": "1 day", "closed": "august"}, "closed = 'august': is not a"),
        (
            "decide.decision",
            {"every": "1 day", "closed": [{"from": "2026-08-02", "until": "2026-08-02"}]},
            "closed.0.until = '2026-08-02': must lie after from",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_path_with_a_remedy(path, value, message):
    """Three wrong values for each new field."""
    stage, field = path.split(".")
    stages = START | {stage: START[stage] | {field: value}}
    with pytest.raises(capsim.ScenarioError) as error:
        office(stages, {"a": [0.0]})
    assert message in str(error.value)
    assert "; " in str(error.value)

"""Costs and funding of services small enough to be worked out on paper, on both engines."""

import datetime

import pytest

import capsim

ENGINES = ("simpy", "compiled")


@pytest.fixture(params=ENGINES)
def engine(request):
    """Either engine."""
    return request.param


def coming(arrivals):
    """An inflow of cases at the beginning of days since the start; nobody if there are none."""
    return {"trace": list(arrivals)} if arrivals else {"rate": {"per_day": 0}}


def pause(arrivals, stay="20 days", **more):
    """Cases that join a delay at midnight of days of 2026 (or of `start`), and stay so long."""
    return capsim.Scenario(
        **{
            "start": "2026-01-01",
            "horizon": "1 year",
            "calendar": {"kind": "continuous"},
            "stages": {"guidance": {"stay": stay, "next": {"work": 1.0}}},
            "inflows": {"regular": coming(arrivals)},
            **more,
        }
    )


def told(scenario, engine, every="1 year", **where):
    """Amounts by period and item, of everybody unless something else is asked for."""
    frame = capsim.simulate(scenario, seed=1, engine=engine).money(every)
    for column, name in {"office": "all", "inflow": "all", **where}.items():
        frame = frame[frame[column] == name]
    return {(row.period, row.item): row.amount for row in frame.itertuples()}


def days_of(start, *dates):
    """Days from the start to dates, written as in ISO."""
    first = datetime.date.fromisoformat(start)
    return [(datetime.date.fromisoformat(date) - first).days for date in dates]


BENEFIT = {"stages": {"guidance": {"open_month": 1_240}}}
OPEN_MONTH = "stages.guidance.open_month"


def test_a_benefit_is_paid_by_the_days_of_each_month(engine):
    """From 21 January for 20 days: 11 of the 31 days of January, 9 of the 28 of February."""
    found = told(pause([20], costs=BENEFIT), engine, "1 month")

    assert found["2026-01", OPEN_MONTH] == pytest.approx(1_240 * 11 / 31, rel=1e-12)
    assert found["2026-02", OPEN_MONTH] == pytest.approx(1_240 * 9 / 28, rel=1e-12)
    assert found["2026-03", OPEN_MONTH] == 0
    assert found["all", "all"] == pytest.approx(1_240 * (11 / 31 + 9 / 28), rel=1e-12)


def test_february_of_a_leap_year_has_29_days(engine):
    """From 20 February 2028 for 20 days: 10 of 29 days, and 10 of 31."""
    start = "2028-01-01"
    scenario = pause(days_of(start, "2028-02-20"), start=start, costs=BENEFIT)
    found = told(scenario, engine, "1 month")

    assert found["2028-02", OPEN_MONTH] == pytest.approx(1_240 * 10 / 29, rel=1e-12)
    assert found["2028-03", OPEN_MONTH] == pytest.approx(1_240 * 10 / 31, rel=1e-12)


def test_a_file_is_funded_by_the_days_of_each_year(engine):
    """From 22 December 2027 for 20 days: 10 days over 365, then 10 over the 366 of 2028."""
    start = "2027-01-01"
    rule = {"per_file": {"kind": "open", "stage": "guidance", "per_year": 366}}
    scenario = pause(days_of(start, "2027-12-22"), start=start, horizon="2 years", funding=rule)
    found = told(scenario, engine)

    assert found["2027", "per_file"] == pytest.approx(366 * 10 / 365, rel=1e-12)
    assert found["2028", "per_file"] == pytest.approx(10, rel=1e-12)


def test_who_comes_on_the_last_day_costs_that_day(engine):
    """Joined on 31 December: one day of a month of 31, and of a year of 365."""
    rule = {"per_file": {"kind": "open", "stage": "guidance", "per_year": 730}}
    found = told(pause([364], costs=BENEFIT, funding=rule), engine)

    assert found["2026", OPEN_MONTH] == pytest.approx(40, rel=1e-12)
    assert found["2026", "per_file"] == pytest.approx(2, rel=1e-12)


def test_a_window_of_joining_begins_with_its_first_day_and_ends_before_its_last(engine):
    """Of those who join on 31 May, 1 June, 30 June and 1 July two are in June."""
    dates = days_of("2026-01-01", "2026-05-31", "2026-06-01", "2026-06-30", "2026-07-01")
    june = {"from": "2026-06-01", "until": "2026-07-01"}
    rule = {"june": {"kind": "open", "stage": "guidance", "per_year": 365, "joined": june}}
    scenario = pause(dates, funding=rule)
    run = capsim.simulate(scenario, seed=1, engine=engine)
    measures = run.measures().set_index("measure")["value"]

    assert told(scenario, engine)["2026", "june"] == pytest.approx(40, rel=1e-12)
    assert measures["funded_share"] == 0.5


def test_an_initial_case_without_a_date_joined_at_none(engine):
    """A rule with a window leaves it out, one without pays for it from the first day."""
    rules = {
        "all": {"kind": "open", "stage": "guidance", "per_year": 365},
        "before": {"kind": "open", "stage": "guidance", "per_year": 365,
                   "joined": {"until": "2026-07-01"}},
    }  # fmt: skip
    scenario = pause([], funding={"any": rules["all"], "before": rules["before"]},
                     initial={"guidance": {"cases": 1}})  # fmt: skip
    stays = capsim.simulate(scenario, seed=1, engine=engine).stays
    found = told(scenario, engine)

    assert found["2026", "any"] == pytest.approx(stays["ended"].iloc[0], abs=1e-3)
    assert found["2026", "before"] == 0


def test_an_initial_case_with_a_date_joined_then(engine):
    """Two years from joining 700 days before the start end 30 days after it, a leap year aside."""
    rule = {"kind": "open", "stage": "guidance", "per_year": 365}
    scenario = pause(
        [],
        stay="10000 days",
        funding={
            "two_years": {**rule, "years": 2},
            "after": {**rule, "joined": {"from": "2024-02-01"}},
            "too_late": {**rule, "joined": {"from": "2024-02-03"}},
        },
        initial={"guidance": {"cases": 1, "age": "699 days"}},
    )
    found = told(scenario, engine)

    # 699 days before 1 January 2026 is 2 February 2024; two years later it is 2 February 2026.
    assert found["2026", "two_years"] == pytest.approx(32, rel=1e-12)
    assert found["2026", "after"] == pytest.approx(365, rel=1e-12)
    assert found["2026", "too_late"] == 0


def test_years_are_those_of_the_calendar(engine):
    """A year from 29 February 2028 is over on 28 February 2029."""
    start = "2028-01-01"
    rule = {"one": {"kind": "open", "stage": "guidance", "per_year": 365, "years": 1}}
    scenario = pause(days_of(start, "2028-02-29"), "3 years", start=start, horizon="3 years",
                     funding=rule)  # fmt: skip
    found = told(scenario, engine)

    assert found["2028", "one"] == pytest.approx(365 * 307 / 366, rel=1e-12)
    assert found["2029", "one"] == pytest.approx(31 + 27, rel=1e-12)


def test_shares_of_a_benefit_step_with_each_anniversary_and_the_last_repeats(engine):
    """From 1 July: all of half a year and half a year, then 0.5 twice, of 1,240 a month."""
    rule = {"back": {"kind": "cost", "of": "open_month", "shares": [1.0, 0.5]}}
    scenario = pause([181], "4 years", horizon="3 years", costs=BENEFIT, funding=rule)
    found = told(scenario, engine)

    assert found["2026", OPEN_MONTH] == pytest.approx(6 * 1_240, rel=1e-12)
    assert found["2026", "back"] == pytest.approx(6 * 1_240, rel=1e-12)
    assert found["2027", "back"] == pytest.approx((6 + 3) * 1_240, rel=1e-12)
    assert found["2028", "back"] == pytest.approx(6 * 1_240, rel=1e-12)


def test_shares_may_step_by_quarter_and_end(engine):
    """All of January to March, half of April to June, nothing later."""
    rule = {"back": {"kind": "cost", "of": "open_month", "stage": "guidance",
                     "shares": [1.0, 0.5], "per": "quarter", "years": 0.5}}  # fmt: skip
    scenario = pause([0], "2 years", costs=BENEFIT, funding=rule)
    found = told(scenario, engine, "1 quarter")

    assert [found[f"2026-Q{k}", "back"] for k in (1, 2, 3)] == pytest.approx([3_720, 1_860, 0])


def test_an_exit_costs_on_its_day_and_pays_after_a_while(engine):
    """Left on 21 January: the cost is of January, the premium, of which 0.6 holds, of July."""
    scenario = pause(
        [0, 180],
        costs={"exits": {"work": 10}},
        funding={"premium": {"kind": "exit", "exit": "work", "amount": 1_000,
                             "at_least": "6 months", "share_kept": 0.6}},
    )  # fmt: skip
    found = told(scenario, engine, "1 month")

    assert (found["2026-01", "exits.work"], found["2026-07", "exits.work"]) == (10, 10)
    assert found["2026-07", "premium"] == pytest.approx(600, rel=1e-12)
    # Whoever left on 20 July would be paid for in 2027, which is not simulated.
    assert found["all", "premium"] == pytest.approx(600, rel=1e-12)


def test_a_time_in_days_is_counted_in_days(engine):
    """30 days after 21 January is 20 February."""
    rule = {"kind": "exit", "exit": "work", "amount": 7, "at_least": "30 days"}
    found = told(pause([0], funding={"premium": rule}), engine, "1 month")

    assert (found["2026-01", "premium"], found["2026-02", "premium"]) == (0, 7)


def late(arrivals, work, deadline="10 days", **more):
    """One worker day and night: each case takes so many hours, one after the other."""
    return capsim.Scenario(
        **{
            "start": "2026-01-01",
            "horizon": "60 days",
            "calendar": {"kind": "continuous"},
            "teams": {"desk": {"fte": 1}},
            "stages": {"inquiry": {"team": "desk", "work": work, "deadline": deadline}},
            "inflows": {"regular": coming(arrivals)},
            "costs": {"stages": {"inquiry": {"late_day": 35}}},
            **more,
        }
    )


LATE_DAY = "stages.inquiry.late_day"


def test_a_late_day_counts_from_the_first_one_begun(engine):
    """Until the end of 11 January; decided after 264, 265, 288 and 289 hours: 1, 1, 2 and 2 days.

    The deadline ends with its day, so a decision at midnight is told of the next day.
    """
    days = {}
    for hours in (263, 264, 265, 288, 289):
        found = told(late([0], f"{hours} h"), engine)
        days[hours] = found["2026", LATE_DAY] / 35

    # Closing time belongs to the day that closes: at 264 hours exactly nobody is late.
    assert days == {263: 0, 264: 0, 265: 1, 288: 2, 289: 2}


def test_each_late_day_is_of_the_date_on_which_it_begins(engine):
    """A deadline at 18:00 of 31 January: days begin at 18:00, the first of them in January."""
    scenario = late([0], "792 h", deadline="738 h")
    found = told(scenario, engine, "1 month")

    # Decided on 3 February at 0:00, 54 hours late: days begun on 31 January, 1 and 2 February.
    assert (found["2026-01", LATE_DAY], found["2026-02", LATE_DAY]) == (35, 70)


def test_one_decision_costs_no_more_than_the_most(engine):
    """20 days late at 35 cost 80 at most: 35 on the first two days, 10 on the third."""
    prices = {"stages": {"inquiry": {"late_day": 35, "late_most": 80}}}
    scenario = late([0], "731 h", costs=prices)
    found = told(scenario, engine, "1 week")

    assert found["all", LATE_DAY] == pytest.approx(80, rel=1e-12)
    # The deadline ends on Sunday 11 January 2026, so all three lie in the week after it.
    assert found["2026-W03", LATE_DAY] == pytest.approx(80, rel=1e-12)


def test_who_is_undecided_costs_the_days_begun_so_far(engine):
    """60 days, a deadline of 10: 49 days have begun since the end of 11 January."""
    found = told(late([0], "5000 h"), engine)

    assert found["2026", LATE_DAY] == 49 * 35


def test_what_was_late_before_the_run_uses_up_the_most(engine):
    """Joined 20 days before the start, due 10 days before it: one of 11 paid days is left."""
    prices = {"stages": {"inquiry": {"late_day": 10, "late_most": 110}}}
    scenario = late([], "5000 h", costs=prices,
                    initial={"inquiry": {"cases": 1, "age": "20 days"}})  # fmt: skip
    found = told(scenario, engine)

    # Late from 23 December on: nine days before 1 January, two of the eleven after.
    assert found["2026", LATE_DAY] == 20


def test_a_deadline_for_the_first_visit_ends_with_it(engine):
    """The second waits 20 days for a start that was due in 10: late from 12 to 20 January."""
    deadline = {"within": "10 days", "until": "start"}
    scenario = late([0, 0], "480 h", deadline=deadline)
    found = told(scenario, engine)

    assert found["2026", LATE_DAY] == 10 * 35


def test_an_inflow_has_its_own_price(engine):
    """A price of an inflow replaces the general one; what it does not name stays."""
    costs = {
        "stages": {"guidance": {"open_month": 310}},
        "exits": {"work": 5},
        "per_inflow": {"reform": {"stages": {"guidance": {"open_month": 620}}}},
    }
    inflows = {"regular": {"trace": [0]}, "reform": {"trace": [0]}}
    scenario = pause([], "31 days", inflows=inflows, costs=costs)

    assert told(scenario, engine, inflow="regular")["2026", OPEN_MONTH] == pytest.approx(310)
    assert told(scenario, engine, inflow="reform")["2026", OPEN_MONTH] == pytest.approx(620)
    assert told(scenario, engine, inflow="reform")["2026", "exits.work"] == 5


def staffed(**team):
    """A team without anything to do."""
    return capsim.Scenario(
        start="2026-01-01",
        horizon="2 years",
        warm_up="1 month",
        teams={"social": {"fte": 2, **team}},
        stages={"intake": {"team": "social", "work": "1 h"}},
        inflows={"regular": coming([])},
        costs={"teams": {"social": {"post": 73_000}}},
    )


def test_posts_cost_by_the_days_of_employment_and_their_fte(engine):
    """2 FTE in 2026; from 2 July 2027 (183 days) on one and a half less."""
    change = {"cut": {"at": "2027-07-02", "add": -1.5}}
    found = told(staffed(changes=change), engine)
    measures = capsim.simulate(staffed(), seed=1, engine=engine).measures()

    assert found["2026", "teams.social.post"] == pytest.approx(146_000, rel=1e-12)
    assert found["2027", "teams.social.post"] == pytest.approx(
        200 * (2 * 182 + 0.5 * 183), rel=1e-12
    )
    # The measure leaves out the warm-up, money by period does not.
    total = measures.set_index("measure")["value"]["cost_total"]
    assert total == pytest.approx(200 * 2 * (730 - 31), rel=1e-12)


def test_vacancies_cost_nothing(engine):
    """What posts cost is what the table of workers says that they were there."""
    scenario = staffed(turnover={"per_year": 2, "vacancy": "60 days"})
    run = capsim.simulate(scenario, seed=3, engine=engine)
    workers = run.workers
    there = workers["left"].fillna(730) - workers["hired"]
    frame = run.money()
    whole = frame[(frame[["period", "office", "inflow"]] == "all").all(axis=1)]

    assert len(workers) > 4
    assert whole["amount"].iloc[0] == pytest.approx(200 * float((there * workers["fte"]).sum()))
    assert whole["posts"].iloc[0] == pytest.approx(float((there * workers["fte"]).sum()) / 365)


def test_cost_per_case_is_over_those_who_applied_in_the_window(engine):
    """One benefit of 620 in January, three applications up to 1 March, one of them before."""
    scenario = pause(
        [0, 31, 58, 80],
        "15.5 days",
        costs=BENEFIT,
        windows={"spring": {"from": "2026-02-01", "until": "2026-03-01"}},
        window="spring",
    )
    measures = capsim.simulate(scenario, seed=1, engine=engine).measures()
    spring = measures[measures["window"] == "spring"].set_index("measure")["value"]

    # 15.5 days from 1 February, one from 28 February.
    assert spring["cost_total"] == pytest.approx(1_240 * 16.5 / 28, rel=1e-12)
    assert spring["cost_per_case"] == pytest.approx(1_240 * 16.5 / 28 / 2, rel=1e-12)

"""`Scenario.describe` against numbers worked by hand."""

import datetime
import math
from typing import Any

import pytest

from capsim.scenario import Scenario
from capsim.theory.describe import Description, describe

MONTH = 30.4375


def always_open(**changes: Any) -> Scenario:
    """A service that is open day and night, so that a worker has 24 hours a day."""
    tables: dict[str, Any] = {
        "start": "2026-01-01",
        "horizon": "2 years",
        "calendar": {"kind": "continuous"},
        "teams": {"desk": {"fte": 2}},
        "stages": {"intake": {"team": "desk", "work": "24 h"}},
        "inflows": {"regular": {"rate": {"per_day": 1}}},
    }
    return Scenario(**{**tables, **changes})


def office(**changes: Any) -> Scenario:
    """An office of weekdays without holidays: 261 open days in each of 2026 and 2027."""
    calendar = {"country": False, "hours_per_day": 8}
    return always_open(calendar=calendar, **changes)


def test_one_desk() -> None:
    """One case of 24 hours a day for two workers of 24 hours: half used, one case in service."""
    row = always_open().describe()["desk"]
    assert row.load_hours == pytest.approx(24 * MONTH)
    assert row.available_hours == pytest.approx(48 * MONTH)
    assert row.utilization == pytest.approx(0.5)
    assert row.open_cases == pytest.approx(1)
    assert (row.state, row.verdict, row.binding) == ("stable", "stable", "hours")
    assert math.isnan(row.places)


def test_hours_come_from_the_calendar_and_the_client_share() -> None:
    """2 FTE x 0.75 x 8 h x 261 open days of 365."""
    row = office(teams={"desk": {"fte": 2, "client_share": 0.75}}).describe()["desk"]
    assert row.available_hours == pytest.approx(2 * 0.75 * 8 * 261 / 365 * MONTH)


def test_public_holidays_are_not_worked() -> None:
    """Belgium has ten public holidays; in 2027 seven of them fall on weekdays."""
    row = always_open(calendar={"hours_per_day": 8}).describe()["desk"]
    assert row.available_hours == pytest.approx(2 * 8 * (261 - 7) / 365 * MONTH)


def test_season_and_growth_of_the_last_year() -> None:
    """Twice the rate in half of the months, and 10 % growth a year."""
    inflow = {"rate": {"per_day": 1}, "seasonality": [2, 1] * 6, "growth": 0.1}
    scenario = always_open(inflows={"regular": inflow}, horizon="1 year")
    days = [
        (2 if (datetime.date(2026, 1, 1) + datetime.timedelta(d)).month % 2 else 1)
        * 1.1 ** (d / 365.25)
        for d in range(365)
    ]
    row = scenario.describe()["desk"]
    assert row.load_hours == pytest.approx(24 * sum(days) / 365 * MONTH)


def test_steps_of_a_rate_and_a_trace_count_with_their_last_year() -> None:
    """A rate that doubles after a year; and a record of 73 applications in the second year."""
    rate = {"steps": [["0 days", 1.0], ["365 days", 2.0]], "unit": "per_day"}
    days = [365.0 + 5 * k for k in range(73)]
    scenario = always_open(
        teams={"desk": {"fte": 9}}, inflows={"a": {"rate": rate}, "b": {"trace": days}}
    )
    loads = scenario.describe().loads().set_index("inflow")
    assert loads.cases["a"] == pytest.approx(2 * MONTH)
    assert loads.cases["b"] == pytest.approx(0.2 * MONTH)


def test_returns_are_solved_with_the_traffic_equations() -> None:
    """A fifth comes back after half a year: 1 / 0.8 visits to intake for each applicant."""
    stages = {
        "intake": {"team": "desk", "work": "24 h", "next": {"away": 0.2, "done": 0.8}},
        "away": {"stay": "180 days", "next": {"intake": 1.0}},
    }
    description = always_open(stages=stages).describe()
    assert description["desk"].load_hours == pytest.approx(24 / 0.8 * MONTH)
    loads = description.loads().set_index("stage")
    assert loads.cases["away"] == pytest.approx(0.25 * MONTH)
    assert loads.in_stage["away"] == pytest.approx(0.25 * 180)


def test_people_who_never_leave_grow_without_end() -> None:
    """A loop without exit has no steady state, and the description says so."""
    stages = {
        "intake": {"team": "desk", "work": "1 h", "next": {"away": 1.0}},
        "away": {"stay": "30 days", "next": {"intake": 1.0}},
    }
    row = always_open(stages=stages).describe()["desk"]
    assert row.state == "growing"
    assert math.isinf(row.growth_per_month)
    assert row.verdict == "does not clear (grows without end: cases never leave)"


@pytest.mark.parametrize(
    ("stage", "visits", "hours"),
    [
        ({"visits": 3, "work": ["2 h", "1 h"]}, 3, 4),
        ({"visits": {"law": "geometric", "mean": 4}, "work": "2 h"}, 4, 8),
        ({"caseworker": True, "visits": 2, "work": "1 h", "gap": "5 days"}, 2, 2),
        ({"caseworker": True, "closing": {"probability": 0.1}, "work": "1 h"}, 10, 10),
        (
            {"caseworker": True, "closing": {"probability": 0.5}, "work": ["3 h", "1 h"]},
            2,
            4,
        ),
        # Fixed stay of 95 days, a visit of one hour every 10 days: at 0, 10.04, ... 90.4.
        ({"caseworker": True, "stay": "95 days", "gap": "10 days", "work": "1 h"}, 10, 10),
    ],
)
def test_visits_and_hours_of_a_case(stage: dict[str, Any], visits: float, hours: float) -> None:
    """Each way of ending a stage, with its mean number of visits and client hours."""
    scenario = always_open(stages={"work": {"team": "desk", **stage}})
    row = scenario.describe().loads().iloc[0]
    assert row.visits == pytest.approx(visits, rel=1e-3)
    assert row.hours == pytest.approx(hours, rel=1e-3)


@pytest.mark.parametrize(
    ("stage", "visits", "hours"),
    [
        # Of N held visits each needs 1 / 0.8 appointments, and a quarter of a missed one.
        ({"visits": 3, "work": "2 h"}, 3 / 0.8, 3 * (2 + 0.25)),
        ({"visits": 2, "work": ["3 h", "1 h"]}, 2 / 0.8, 3 + 1 + 2 * 0.25),
        ({"caseworker": True, "closing": {"probability": 0.2}, "gap": "10 days", "work": "2 h"},
         5 / 0.8, 5 * 2.25),
        ({"caseworker": True, "stay": "95 days", "gap": "10 days", "work": "1 h"},
         10, 10 * (0.8 * 1 + 0.2 * 1)),
        # Half of all by a partner: 0.5 + 0.5 x 0.8 = 0.9 of the appointments count.
        ({"caseworker": True, "visits": 3, "gap": "1 day", "work": "2 h", "partner": 0.5},
         3 / 0.9, 3 / 0.9 * 0.5 * (0.8 * 2 + 0.2 * 1)),
    ],
)  # fmt: skip
def test_missed_visits_cost_hours_and_a_partners_do_not(
    stage: dict[str, Any], visits: float, hours: float
) -> None:
    """One in five appointments is missed and costs an hour; appointments and hours of a case."""
    stage = {"team": "desk", "no_show": {"share": 0.2, "costs": "1 h"}, **stage}
    row = always_open(stages={"work": stage}).describe().loads().iloc[0]
    assert row.visits == pytest.approx(visits, rel=1e-3)
    assert row.hours == pytest.approx(hours, rel=1e-3)


def test_visits_in_an_exponential_stay() -> None:
    """Exponential stay and gap: one visit, and as many more as gaps end before it: 1 + S / G."""
    stage = {
        "team": "desk",
        "caseworker": True,
        "stay": {"law": "exponential", "mean": "300 days"},
        "gap": {"law": "exponential", "mean": "30 days"},
        "work": "1 s",
    }
    row = always_open(stages={"guidance": stage}).describe().loads().iloc[0]
    assert row.visits == pytest.approx(11, rel=2e-3)


def test_places_by_littles_law() -> None:
    """Two cases a day that stay 100 days: 200 open cases for 4 x 60 places."""
    stage = {
        "team": "desk",
        "caseworker": True,
        "stay": {"law": "gamma", "mean": "100 days", "cv": 0.5},
        "gap": "50 days",
        "work": "1 h",
    }
    scenario = always_open(
        teams={"desk": {"fte": 4, "caseload_limit": 60}},
        stages={"guidance": stage},
        inflows={"regular": {"rate": {"per_day": 2}}},
    )
    row = scenario.describe()["desk"]
    assert row.open_cases == pytest.approx(200)
    assert row.places == pytest.approx(240)
    assert row.places_utilization == pytest.approx(200 / 240)
    assert (row.binding, row.state) == ("places", "stable")

    heavy = scenario.with_({"inflows.regular.case_weight": 1.5}).describe()["desk"]
    assert heavy.places_utilization == pytest.approx(300 / 240)

    few = scenario.with_({"teams.desk.caseload_limit": 40}).describe()["desk"]
    assert few.state == "growing"
    assert few.binding == "places"
    assert few.utilization < 0.1
    # 160 places of 100 days take 1.6 cases a day of the 2 that come.
    assert few.growth_per_month == pytest.approx(0.4 * MONTH)


def test_a_case_that_continues_in_its_team_takes_one_place() -> None:
    """Two caseworker stages of one team: places for both stays, one case that joins."""
    stage = {"team": "desk", "caseworker": True, "stay": "50 days", "gap": "20 days"}
    scenario = always_open(
        teams={"desk": {"fte": 1, "caseload_limit": 80}},
        stages={"first": {**stage, "work": "1 min"}, "second": {**stage, "work": "1 min"}},
    )
    row = scenario.describe()["desk"]
    assert row.places_utilization == pytest.approx(100 / 80)
    assert row.growth_per_month == pytest.approx(0.2 * MONTH)


def test_overload_grows_and_has_no_steady_state() -> None:
    """60 hours asked of 48 a day: a fifth of the cases is left over."""
    row = always_open(stages={"intake": {"team": "desk", "work": "60 h"}}).describe()["desk"]
    assert row.state == "growing"
    assert row.growth_per_month == pytest.approx(0.2 * MONTH)
    assert row.verdict == "does not clear (grows by 6.09 a month)"
    assert math.isnan(row.queue_peak)
    assert row.clear_date is None


def test_a_load_of_exactly_one_is_not_stable() -> None:
    """48 hours asked of 48."""
    row = always_open(stages={"intake": {"team": "desk", "work": "48 h"}}).describe()["desk"]
    assert row.state == "critical"
    assert row.utilization == pytest.approx(1)


def test_near_full_is_critical() -> None:
    """96 % used is critical, 94 % is not."""
    for hours, state in ((46.08, "critical"), (45.12, "stable")):
        scenario = always_open(stages={"intake": {"team": "desk", "work": f"{hours} h"}})
        assert scenario.describe()["desk"].state == state


def test_impatience_does_not_hide_an_overload() -> None:
    """The queue grows unless people leave: the verdict says both."""
    stage = {"team": "desk", "work": "60 h", "patience": "30 days"}
    row = always_open(stages={"intake": stage}).describe()["desk"]
    assert row.verdict == "does not clear (grows by 6.09 a month unless they leave)"


def test_a_wave_clears_when_the_slack_has_worked_it_off() -> None:
    """100 people of 24 hours on 1 February with 24 hours of slack a day: 100 days."""
    inflows = {
        "regular": {"rate": {"per_day": 1}},
        "reform": {"take_up": 0.5, "waves": {"first": {"date": "2026-02-01", "people": 200}}},
    }
    scenario = always_open(inflows=inflows)
    row = scenario.describe()["desk"]
    assert row.once_hours == pytest.approx(2400, rel=1e-6)
    assert row.state == "clears"
    assert row.utilization == pytest.approx(0.5)
    assert row.queue_peak == pytest.approx(99, abs=1)
    assert row.queue_peak_date == datetime.date(2026, 2, 1)
    assert abs((row.clear_date - datetime.date(2026, 5, 12)).days) <= 1
    assert row.verdict == f"clears by {row.clear_date.isoformat()}"

    # Spread over 60 days it peaks at 100 - 60 cases, and clears on the same day.
    phased = scenario.with_({"inflows.reform.waves.first.over": "60 days"}).describe()["desk"]
    assert phased.queue_peak == pytest.approx(40, abs=1)
    assert abs((phased.clear_date - row.clear_date).days) <= 1


def test_a_wave_below_capacity_is_no_backlog() -> None:
    """100 people over 200 days ask half of the slack."""
    wave = {"date": "2026-02-01", "people": 100, "over": "200 days"}
    inflows = {"regular": {"rate": {"per_day": 1}}, "reform": {"waves": {"first": wave}}}
    row = always_open(inflows=inflows).describe()["desk"]
    assert (row.state, row.queue_peak, row.clear_date) == ("stable", 0, None)


def test_a_wave_reaches_the_next_stage_when_the_first_lets_it_go() -> None:
    """Ninety days of delay between intake and guidance: that peak comes ninety days later."""
    scenario = always_open(
        teams={"desk": {"fte": 9}, "guides": {"fte": 2}},
        stages={
            "intake": {"team": "desk", "work": "1 h"},
            "pause": {"stay": "90 days"},
            "guidance": {"team": "guides", "work": "24 h"},
        },
        inflows={
            "regular": {"rate": {"per_day": 1}},
            "reform": {"waves": {"first": {"date": "2026-02-01", "people": 100}}},
        },
    )
    row = scenario.describe()["guides"]
    late = datetime.date(2026, 2, 1) + datetime.timedelta(days=90)
    assert abs((row.queue_peak_date - late).days) <= 1
    assert abs((row.clear_date - late).days - 100) <= 2


def test_a_lag_spreads_a_wave() -> None:
    """All hours of the wave are still asked, but the backlog is smaller."""
    wave = {"first": {"date": "2026-02-01", "people": 100}}
    lag = {"law": "exponential", "mean": "20 days"}
    inflows = {"regular": {"rate": {"per_day": 1}}, "reform": {"waves": wave, "lag": lag}}
    row = always_open(inflows=inflows).describe()["desk"]
    assert row.once_hours == pytest.approx(2400, rel=1e-4)
    # They come at more than the slack of one a day for 20 ln 5 days: 80 people by then.
    assert row.queue_peak == pytest.approx(80 - 20 * math.log(5), abs=1)


def test_cases_already_there_are_a_backlog() -> None:
    """50 cases at intake on the first day and a slack of one a day: 50 days."""
    row = always_open(initial={"intake": {"cases": 50}}).describe()["desk"]
    assert row.once_hours == pytest.approx(50 * 24, rel=1e-6)
    assert abs((row.clear_date - datetime.date(2026, 2, 20)).days) <= 1


def test_a_caseload_in_equilibrium_stays_there() -> None:
    """200 cases found in guidance are what 2 a day for 100 days keep up: all places but 1 used."""
    stage = {
        "team": "desk",
        "caseworker": True,
        "stay": {"law": "gamma", "mean": "100 days", "cv": 0.5},
        "gap": "50 days",
        "work": "1 h",
    }
    scenario = always_open(
        teams={"desk": {"fte": 1, "caseload_limit": 215}},
        stages={"guidance": stage},
        inflows={"regular": {"rate": {"per_day": 2}}},
        initial={"guidance": {"cases": 200}},
    )
    assert scenario.describe()["desk"].state == "stable"
    crowded = scenario.with_({"initial.guidance.cases": 400}).describe()["desk"]
    # 200 too many, each with 100 x (1 + 0.5^2) / 2 days to go, on 15 places to spare: 833 days.
    assert crowded.state == "clears_after_end"
    assert (crowded.clear_date - datetime.date(2026, 1, 1)).days == pytest.approx(833, abs=8)
    # Half of the 215 leave in 100 ln 2 days when two a day come: some 185 wait at first.
    assert crowded.queue_peak == pytest.approx(185, abs=3)
    assert crowded.queue_peak_date == datetime.date(2026, 1, 1)


def test_late_hires_let_a_queue_build_up_for_the_delay() -> None:
    """Inflow above capacity until two workers come after 60 days: excess x delay, then cleared."""
    scenario = always_open(
        teams={"desk": {"fte": 2, "changes": {"more": {"at": "2026-03-02", "add": 2}}}},
        inflows={"regular": {"rate": {"per_day": 3}}},
    )
    row = scenario.describe()["desk"]
    assert row.utilization == pytest.approx(0.75)
    assert row.queue_peak == pytest.approx(60, abs=1)
    assert row.queue_peak_date == datetime.date(2026, 3, 1)
    # 60 cases at a slack of one a day.
    assert abs((row.clear_date - datetime.date(2026, 5, 1)).days) <= 1


def test_turnover_absence_and_onboarding_cost_hours() -> None:
    """The long-run shares of filled posts, presence and newcomers, as in `theory.workforce`."""
    team = {
        "fte": 10,
        "turnover": {"per_year": 0.2, "vacancy": "6 months"},
        "absence": {"leave": {"spells_per_year": 2, "length": "36.525 days"}},
        "onboarding": {"length": "3 months", "rate": 0.5},
        "caseload_limit": 10,
    }
    row = always_open(teams={"desk": team}).describe()["desk"]
    filled = 10 / 1.1 * (1 - 0.5 * (1 - math.exp(-0.2 / 4)))
    assert row.fte == pytest.approx(10)
    assert row.available_hours == pytest.approx(filled / 1.2 * 24 * MONTH, rel=1e-3)
    assert row.places == pytest.approx(10 * filled, rel=1e-3)


def test_offices_and_their_sum() -> None:
    """Shares of the inflow and of the FTE, explicit FTE, and the verdict of separate copies."""
    scenario = always_open(
        teams={"desk": {"fte": 4}},
        inflows={"regular": {"rate": {"per_day": 3}}},
        offices={
            "genk": {"share": 0.5, "fte": {"desk": 1}},
            "as": {"share": 0.25},
            "bree": {"share": 0.25},
        },
    )
    description = scenario.describe()
    genk = description["desk@genk"]
    assert genk.utilization == pytest.approx(1.5)
    assert genk.growth_per_month == pytest.approx(0.5 * MONTH)
    assert description["desk@as"].fte == pytest.approx(1.5)
    assert description["desk@as"].state == "stable"
    # Together they have enough hours, and yet the one office grows.
    both = description["desk"]
    assert (both.office, both.utilization) == ("all", pytest.approx(0.75))
    assert both.state == "growing"
    assert both.growth_per_month == pytest.approx(0.5 * MONTH)
    assert description.verdict == "desk: does not clear (grows by 15.2 a month)"

    shared = scenario.with_({"teams.desk.shared": True}).describe()
    assert [row.office for row in shared.teams] == ["genk+as+bree"]
    assert shared["desk"].state == "stable"


def test_the_settings_of_an_office_count() -> None:
    """One of two offices takes twice the work."""
    scenario = always_open(
        offices={"a": {"share": 0.5, "set": {"stages.intake.work": "48 h"}}, "b": {"share": 0.5}}
    )
    description = scenario.describe()
    assert description["desk@a"].utilization == pytest.approx(1)
    assert description["desk@b"].utilization == pytest.approx(0.5)


def test_an_inflow_has_its_own_work() -> None:
    """Overrides of a stage by an inflow, in the table of loads and in the sum."""
    scenario = always_open(
        inflows={
            "regular": {"rate": {"per_day": 1}},
            "debts": {"rate": {"per_day": 0.5}, "stages": {"intake": {"work": "12 h"}}},
        }
    )
    description = scenario.describe()
    assert description["desk"].load_hours == pytest.approx((24 + 6) * MONTH)
    assert description.loads().set_index("inflow").hours.to_dict() == {"regular": 24, "debts": 12}


def test_meetings_can_be_what_binds() -> None:
    """Two files a day for ten places a week: four too many a week."""
    stage = {"team": "desk", "work": "1 h", "decision": {"every": "7 days", "places": 10}}
    scenario = always_open(stages={"intake": stage}, inflows={"a": {"rate": {"per_day": 2}}})
    description = scenario.describe()
    (meeting,) = description.meetings
    assert meeting.utilization == pytest.approx(1.4, rel=0.02)
    assert meeting.growth_per_month == pytest.approx(4 / 7 * MONTH, rel=0.05)
    assert description["desk"].state == "stable"
    assert description.state == "growing"
    assert description.verdict.startswith("meetings of intake: does not clear (grows by")

    wide = scenario.with_({"stages.intake.decision.places": 20}).describe()
    assert wide.state == "stable"
    # Half of the interval between meetings is part of the time in the stage.
    assert wide.loads().days[0] == pytest.approx(3.5 + 1 / 24, rel=0.02)


def test_heavy_caseloads_close_less_and_settle() -> None:
    """Closing p (n / norm)^e with e = -0.5: the caseload that keeps itself up."""
    stage = {
        "team": "desk",
        "caseworker": True,
        "work": "1 s",
        "gap": "10 days",
        "closing": {"probability": 0.1, "norm": 50, "elasticity": -0.5},
    }
    scenario = always_open(teams={"desk": {"fte": 1}}, stages={"guidance": stage})
    row = scenario.describe()["desk"]
    # n = 10 (1 / p(n) - 1) with p(n) = 0.1 (50 / n)^0.5.
    n = row.open_cases
    assert n > 100
    assert n == pytest.approx(10 * (1 / (0.1 * (50 / n) ** 0.5) - 1), rel=1e-4)
    light = scenario.with_({"stages.guidance.closing.norm": 200}).describe()["desk"]
    assert light.open_cases == pytest.approx(90, rel=1e-3)

    collapsing = scenario.with_({"stages.guidance.closing.elasticity": -1.2}).describe()["desk"]
    assert collapsing.state == "growing"


def test_a_team_without_work_is_stable() -> None:
    """Nothing is asked of it."""
    idle = always_open(teams={"desk": {"fte": 2}, "spare": {"fte": 1}}).describe()
    assert (idle["spare"].utilization, idle["spare"].state) == (0, "stable")


def test_the_description_shows_itself() -> None:
    """Text, HTML and frames carry the same rows."""
    description = always_open().describe()
    assert isinstance(description, Description)
    lines = repr(description).splitlines()
    assert lines[0].split()[:3] == ["team", "office", "FTE"]
    assert lines[1].split() == [
        *("desk", "main", "2", "730.5", "1461.0", "50", "%", "1.0", "-", "-", "stable")
    ]
    assert "<td>desk</td>" in description._repr_html_()
    frame = description.to_frame()
    assert frame.loc[0, "utilization"] == pytest.approx(0.5)
    assert frame.loc[0, "verdict"] == "stable"
    with pytest.raises(KeyError, match="there are desk@main"):
        description["nobody"]


def test_many_offices_are_summed_up_and_the_worst_are_shown() -> None:
    """Forty offices: at most twelve rows, the overloaded one among them, and a count."""
    offices = {f"o{k}": {"share": 0.025, "fte": {"desk": 0.05 * 40}} for k in range(40)}
    offices["o17"]["fte"] = {"desk": 0.5}
    scenario = always_open(
        teams={"desk": {"fte": 78.5}}, offices=offices, inflows={"a": {"rate": {"per_day": 30}}}
    )
    text = repr(describe(scenario))
    assert len(text.splitlines()) <= 15
    assert "o17" in text
    assert "of 40 teams in offices: 1 growing, 39 stable" in text


def test_growth_of_work_and_laws_in_workdays() -> None:
    """Work that grows by half a year counts with the middle of the last year; workdays are 7/5."""
    law = {"law": "exponential", "mean": "24 h", "growth": 0.5}
    row = always_open(stages={"intake": {"team": "desk", "work": law}}).describe()["desk"]
    assert row.load_hours == pytest.approx(24 * 1.5 ** (547.5 / 365.25) * MONTH)
    loads = office(stages={"pause": {"stay": "10 workdays"}}, teams={}).describe().loads()
    assert loads.days[0] == pytest.approx(14)

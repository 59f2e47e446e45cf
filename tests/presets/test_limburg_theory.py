"""What theory and arithmetic say of the demands: phasing, notice, and the dates of January 2026."""

import datetime

import numpy as np
import pytest

import capsim
from capsim import theory
from capsim.scenario import Scenario
from capsim.scenario.units import days
from presets.preset_runs import limburg, outcome
from verification.writing import always_open, exponential, hours

BEFORE = 120
"""Days of ordinary applications before the wave."""
POSTS = 34
ORDINARY = 578 / 30.4375
"""Applications a day without the reform."""
CAPACITY = ORDINARY / 0.88
"""Applications a day that the posts can decide."""
APPLICANTS = 1524
START = datetime.date(2026, 1, 1)
N = 100


def desk(length, more_a_day, until, changes=None):
    """The applications of the province at one desk: so many more a day for some days."""
    team = {"fte": POSTS, "changes": changes or {}}
    steps = [["0 days", ORDINARY], [f"{BEFORE} days", ORDINARY + more_a_day]]
    return Scenario(
        **always_open(
            length=length,
            teams={"desk": team},
            stages={"desk": {"team": "desk", "work": exponential(hours(POSTS / CAPACITY))}},
            inflows={
                "regular": {
                    "rate": {"unit": "per_day", "steps": [*steps, [f"{until} days", ORDINARY]]}
                }
            },
            initial={"desk": {"cases": 30}},
        )
    )


def waiting(scenario, day):
    """Mean of those who wait on a day, over N runs, and its standard error."""
    on = (scenario.start + datetime.timedelta(days=day)).isoformat()
    selector = f"level[desk, on={on}]"
    found = capsim.replicate(scenario, n=N, seed=1, jobs=1, also=[selector])
    values = found.values(selector)["value"].to_numpy()
    return values.mean(), values.std(ddof=1) / np.sqrt(N)


@pytest.mark.parametrize("spread", [30, 90, 181])
def test_phasing_agrees_with_the_fluid_limit_above_a_load_of_1_2(spread):
    """The queue at the end of a wave of 1,524 within 5 % of the flow that fits no more.

    Loads of 3.2, 1.7 and 1.3. The standard error is below 1.5 %: wrong in less than one in a
    thousand seeds. (Over a year the load is 1.07, where chance counts.)
    """
    more = APPLICANTS / spread
    assert (ORDINARY + more) / CAPACITY > 1.2
    path = theory.fluid(
        theory.steps((0, ORDINARY + more), (spread, ORDINARY)),
        CAPACITY / POSTS,
        POSTS,
        range(spread + 30),
        initial=0.88 * POSTS,
    )
    mean, error = waiting(desk(BEFORE + spread + 30, more, BEFORE + spread), BEFORE + spread)

    assert error < 0.015 * path.queue_peak
    assert mean == pytest.approx(path.queue_peak, rel=0.05)


@pytest.mark.parametrize("lead_beyond_notice", [60, 120])
def test_notice_agrees_with_the_fluid_limit_above_a_load_of_1_2(lead_beyond_notice):
    """A wave that lasts, at a load of 1.3: who waits when the posts come is what came meanwhile.

    Posts decided at the announcement are there so many days after the date as the lead exceeds the
    notice. Within 5 %; the standard error is below 1.7 %.
    """
    more = 1.3 * CAPACITY - ORDINARY
    change = {
        "decided": (START + datetime.timedelta(days=BEFORE - 30)).isoformat(),
        "lead": f"{30 + lead_beyond_notice} days",
        "add": 12,
    }
    scenario = desk(BEFORE + 160, more, BEFORE + 159, {"more": change})
    assert scenario.start == START
    mean, error = waiting(scenario, BEFORE + lead_beyond_notice)
    # The few idle posts of the ordinary load fill first: 0.12 x 34.
    exact = (0.3 * CAPACITY) * lead_beyond_notice - 0.12 * POSTS

    assert error < 0.017 * exact
    assert mean == pytest.approx(exact, rel=0.05)


def noticed(notice, lead):
    """The variant `informed` with so many days of notice, and so many until the posts are there."""
    changes = {
        "inflows.reform.waves.first.notice": f"{notice} days",
        "teams.social.changes.structural.lead": f"{lead} days",
        "name": "noticed",  # not one of those that get the windows of the whole run
        "horizon": "18 months",
        "windows": None,
        "window": "all",
    }
    return limburg("informed").with_(changes)


def test_a_day_of_notice_is_a_day_of_lead_in_the_province():
    """Both longer by 45 days: every measure of every office is equal; one of them alone: not.

    The posts are there on a Thursday; a day more of notice makes it Wednesday.
    """
    first, both, alone = (outcome(noticed(*pair), 1) for pair in ((93, 120), (138, 165), (94, 120)))

    assert first.keys() == both.keys()
    assert all(np.array_equal(first[key], both[key], equal_nan=True) for key in first)
    assert not all(np.array_equal(first[key], alone[key], equal_nan=True) for key in first)


def test_what_others_hire_is_a_post_for_100_or_150_people():
    """28 and 42 posts are the 4,232 people of the letter over 150 and over 100."""
    for variant, per in (("structural-28", 150), ("structural-42", 100)):
        posts = limburg(variant).teams["social"].changes["structural"].add
        assert posts == round(4232 / per)


def test_the_same_money_is_ten_posts_whatever_it_is_paid_for():
    """By outflow and by file, the rule pays ten posts in 2027 without the reform, within a tenth.

    Means of 2 runs; the standard error is below 2 %.
    """
    for variant in ("funded-by-outflow", "funded-per-file"):
        calm = limburg(variant).with_({"inflows.reform.take_up": 0})
        frame = capsim.replicate(calm, n=2, seed=1, jobs=1).money()
        mine = frame[(frame["item"] == "posts") & (frame["office"] == "all")]
        paid = mine[(mine["inflow"] == "all") & (mine["period"].astype(str) == "2027")]["posts"]
        assert paid.item() == pytest.approx(10, rel=0.1)


def test_phasing_leaves_the_window_of_the_doubled_subsidy():
    """As announced most join in time, phased over a year few; a window moved along keeps them.

    Means of 2 runs, whose standard errors are below 2 points.
    """
    shares = {
        name: outcome(limburg(name), 2)[
            "funded_share", "money", "doubled", "all", "all", "all"
        ].mean()
        for name in ("announced", "phased", "phased-window-moved")
    }
    assert shares["phased"] < 0.5 * shares["announced"]
    assert shares["phased-window-moved"] > 0.9 * shares["announced"]


def test_the_first_wave_meets_the_readings_of_january():
    """By 16 January 21 % of those hit have come (Brussels-City: 26 %), of 134 in Riemst 132 are."""
    reform = limburg("announced").inflows["reform"]
    wave = reform.waves["first"]
    come = reform.take_up * wave.lag.cdf(15 + wave.ahead.days, days)
    people = sum(one.people for one in limburg("later-waves").inflows["reform"].waves.values())

    assert 0.20 < come < 0.33
    assert people * limburg().offices["riemst"].share == pytest.approx(134, abs=3)

"""Windows: every number of one against the tables of the run, and Kaplan-Meier within them."""

import datetime

import numpy as np
import pandas as pd
import pytest

import capsim
from capsim.catalogue import Selector, measure_keys
from capsim.engines import DETAILS
from capsim.measures import measure_values
from capsim.plan.windows import Ask

SPAN = {"from": "2026-03-02", "until": "2026-05-04"}


def service(**more):
    """A list before caseworkers, a rush in spring, and deadlines that some overrun."""
    return capsim.Scenario(
        **{
            "start": "2026-01-01",
            "horizon": "9 months",
            "warm_up": "1 month",
            "teams": {
                "desk": {"fte": 1, "worker_fte": 1},
                "guides": {"fte": 2, "worker_fte": 1, "caseload_limit": 6},
            },
            "stages": {
                "intake": {"team": "desk", "work": "6 h", "patience": "100 days",
                           "deadline": "30 days"},
                "guidance": {"team": "guides", "caseworker": True, "visits": 10, "work": "2 h",
                             "gap": "14 days"},
            },
            "inflows": {
                "regular": {"rate": {"per_month": 14}},
                "reform": {"waves": {"rush": {"date": "2026-03-09", "people": 30,
                                              "over": "2 weeks"}}},
            },
            "windows": {"spring": SPAN},
            "window": "spring",
            **more,
        }
    )  # fmt: skip


def mean_overlap(start, stop, low, high):
    """Mean number, over [low, high), of the intervals that are running."""
    stop = stop.fillna(np.inf).clip(upper=high)
    return (stop - start.clip(lower=low)).clip(lower=0).sum() / (high - low)


@pytest.fixture(
    params=[(e, d) for e in ("auto", "simpy") for d in DETAILS], ids="-".join, scope="module"
)
def runs(request):
    """A run with tables, and the measures of one of either engine and level of detail."""
    engine, detail = request.param
    full = capsim.simulate(service(), seed=5, engine=engine)
    return full, capsim.simulate(service(), seed=5, engine=engine, detail=detail).measures()


def test_people_of_a_window_are_those_who_joined_in_it(runs):
    """Counts, shares, means and lateness against plain pandas over the stays of the run."""
    run, measures = runs
    first = datetime.date(2026, 1, 1)
    low, high = ((datetime.date.fromisoformat(SPAN[key]) - first).days for key in ("from", "until"))
    end = float(run.setting.n_days)
    stays = run.stays[run.stays["stage"] == "intake"]
    mine = stays[(stays["joined"] >= low) & (stays["joined"] < high)]
    wait_end = mine["started"].fillna(mine["ended"]).fillna(end)
    waited = wait_end - mine["joined"]
    judged = mine[(mine["due"] <= end) & mine["late"].notna()]
    done = stays[(stays["outcome"] == "completed") & (stays["ended"] >= low)]
    expected = {
        "arrivals": len(mine),
        "wait_mean": waited.mean(),
        "wait_max": waited.max(),
        "dropout_share": (mine["outcome"] == "left").mean(),
        "late_share": judged["late"].mean(),
        "stay_mean": (mine["ended"].fillna(end) - mine["joined"]).mean(),
        "completed": (done["ended"] < high).sum(),
        "in_stage_mean": mean_overlap(stays["joined"], stays["ended"], low, high),
        "queue_mean": mean_overlap(
            stays["joined"], stays["started"].fillna(stays["ended"]), low, high
        ),
    }
    for name, value in expected.items():
        found = Selector.parse(f"{name}[intake]").value(measures)
        assert found == pytest.approx(value, rel=1e-9), name
        again = Selector.parse(f"{name}[intake, window=spring]").value(measures)
        assert again == found
    everything = Selector.parse("arrivals[intake, window=all]").value(measures)
    assert everything > expected["arrivals"]


def test_kaplan_meier_within_a_window(runs):
    """The median of the waits of those who joined in it, those who still wait as censored."""
    run, measures = runs
    stays = run.stays[(run.stays["stage"] == "guidance")]
    mine = stays[(stays["joined"] >= 60) & (stays["joined"] < 123)].assign(
        end=lambda s: s["started"].fillna(s["ended"]).fillna(run.setting.n_days)
    )
    waits = pd.DataFrame({"wait": mine["end"] - mine["joined"],
                          "over": mine["started"].notna() | mine["ended"].notna()})  # fmt: skip
    left, median = 1.0, np.nan
    for wait in np.sort(waits.loc[waits["over"], "wait"].unique()):
        ends = (waits["over"] & (waits["wait"] == wait)).sum()
        left *= 1 - ends / (waits["wait"] >= wait).sum()
        if np.isnan(median) and left <= 0.5 + 1e-9:
            median = wait
    assert (~waits["over"]).any()
    found = Selector.parse("wait_p50[guidance]").value(measures)
    assert found == pytest.approx(median, rel=1e-9, nan_ok=True)


def test_teams_in_a_window(runs):
    """Hours and caseloads of a window against the visits and places that fall into it."""
    run, measures = runs
    series = run.series("1 day")
    series = series[(series["day"] >= 60) & (series["day"] < 123) & (series["office"] == "all")]
    guides = series[series["of"] == "guides"]
    per_worker = guides.loc[guides["measure"] == "caseload_per_worker", "value"].mean()
    found = Selector.parse("caseload_per_worker[guides]").value(measures)
    assert found == pytest.approx(per_worker, rel=1e-9)
    most = guides.loc[guides["measure"] == "caseload_max", "value"].max()
    assert Selector.parse("caseload_peak[guides]").value(measures) == most


def test_what_a_study_asks_for_besides(runs):
    """Levels on a day, shares that waited longer, exits, and people without a decision."""
    run, _ = runs
    ask = Ask(by="1 month", days=("2026-04-01",), shares=(("intake", 30.0),))
    measures = measure_keys(run.log.plan, ask).frame(measure_values(run.log, ask))
    stays, cases = run.stays, run.cases
    mine = stays[stays["stage"] == "intake"]
    wait_end = mine["started"].fillna(mine["ended"])
    assert value_of("level[intake, on=2026-04-01]", measures) == pytest.approx(
        mean_overlap(mine["joined"], wait_end, 90, 91), rel=1e-9
    )
    assert value_of("level_open[intake, on=2026-04-01]", measures) == pytest.approx(
        mean_overlap(mine["joined"], mine["ended"], 90, 91), rel=1e-9
    )
    april = mine[(mine["joined"] >= 90) & (mine["joined"] < 120)]
    waited = april["started"].fillna(april["ended"])
    assert waited.notna().all()
    over = (waited - april["joined"] > 30).mean()
    assert 0 < over < 1
    found = value_of("share_over[intake, days=30, window=2026-04]", measures)
    assert found == pytest.approx(over, rel=1e-9)
    gone = cases[(cases["left"] >= 90) & (cases["left"] < 120)]
    for way, number in gone["exit"].value_counts().items():
        assert value_of(f"exits[{way}, window=2026-04]", measures) == number
        ours = (gone["exit"].eq(way) & gone["inflow"].eq("reform")).sum()
        if ours:
            assert value_of(f"exits[{way}, inflow=reform, window=2026-04]", measures) == ours
    decided = cases["case"].map(mine.set_index("case")["ended"])
    daily = [mean_overlap(cases["applied"], decided, day, day + 1) for day in range(90, 120)]
    for name, expected in (
        ("pending_mean", np.mean(daily)),
        ("pending_peak", max(daily)),
        ("pending_peak_day", 90 + int(np.argmax(daily))),
    ):
        found = value_of(f"{name}[intake, window=2026-04]", measures)
        assert found == pytest.approx(expected, rel=1e-9), name


def value_of(selector, measures):
    """The value that a selector means."""
    return Selector.parse(selector).value(measures)


def test_the_rows_of_the_window_that_is_meant_come_first():
    """A selector without a window, a heading and a table take the window of the scenario."""
    run = capsim.simulate(service(), seed=5, engine="simpy", detail="measures")
    frame = run.measures()
    assert list(frame.columns) == ["measure", "kind", "of", "inflow", "office", "window", "value"]
    assert list(frame["window"].unique()) == ["spring", "all"]
    assert set(frame.loc[frame["measure"] == "clear_day", "window"]) == {"all"}
    assert "window 'spring'" in repr(run)


def test_windows_change_no_number_of_the_whole_run():
    """The window "all" of a scenario with windows is that of the scenario without."""
    with_windows = capsim.simulate(service(), seed=5).measures()
    plain = capsim.simulate(service(windows={}, window="all"), seed=5).measures()
    same = with_windows[with_windows["window"] == "all"].reset_index(drop=True)
    pd.testing.assert_frame_equal(same, plain)


@pytest.mark.parametrize("engine", ["auto", "simpy"])
def test_the_window_of_the_first_day_holds_the_initial_cases(engine):
    """Sixty came 100 days ago, ten have a place: sixty are late, and fifty have waited so long."""
    scenario = capsim.Scenario(
        start="2026-01-05",
        horizon="200 days",
        calendar={"kind": "continuous"},
        teams={"g": {"fte": 1, "worker_fte": 1, "caseload_limit": 10}},
        stages={
            "guidance": {
                "team": "g", "caseworker": True, "stay": "50 days", "gap": "10 days",
                "work": "1 h", "deadline": {"within": "30 days", "until": "start"},
            }
        },
        inflows={"x": {"rate": {"per_day": 0.0001}}},
        initial={"guidance": {"cases": 60, "age": "100 days"}},
    )  # fmt: skip
    run = capsim.simulate(scenario, seed=1, engine=engine)
    mine = run.stays[run.stays["joined"] == -100]
    waited = mine[mine["assigned"] != 0]
    wait = waited["started"].fillna(200) - waited["joined"]

    def value(name):
        return Selector.parse(f"{name}[guidance, window=initial]").value(run.measures())

    assert value("arrivals") == len(mine) == 60
    assert value("late_share") == mine["late"].mean() == 1
    assert len(waited) == 50
    assert value("wait_mean") == pytest.approx(wait.mean(), rel=1e-12)
    assert value("wait_max") == pytest.approx(wait.max(), rel=1e-12)
    in_time = run.measures().query("window == 'initial' and measure == 'queue_mean'")
    assert in_time.empty


@pytest.mark.parametrize(
    ("windows", "window", "said"),
    [
        ({"a": {"from": "2026-01-15", "until": "2026-03-01"}}, "a", "windows.a.from"),
        ({"a": {"from": "2026-03-01", "until": "2027-03-01"}}, "a", "windows.a.until"),
        ({"a": {"from": "2026-03-01", "until": "2026-03-01"}}, "a", "must lie after"),
        ({"all": SPAN}, "all", "reserved"),
        ({"initial": SPAN}, "all", "reserved"),
        ({"spring": SPAN}, "sprong", "did you mean 'spring'"),
    ],
)
def test_windows_that_cannot_be_meant_are_mistakes(windows, window, said):
    """Outside the measured time, empty, reserved, or not there."""
    with pytest.raises(capsim.ScenarioError, match=said):
        service(windows=windows, window=window)


def test_a_window_whose_people_are_hardly_followed_is_warned_about():
    """Half of those who apply in the last month have less time than the deadline."""
    late = {"end": {"from": "2026-09-01", "until": "2026-10-01"}}
    assert any("windows.end" in line for line in service(windows=late, window="all").check())
    assert not any("windows" in line for line in service().check())

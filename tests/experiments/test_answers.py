"""Small inputs on which a first answer once misled, each with its right value."""

import datetime
from pathlib import Path

import numpy as np
import pytest

import capsim
from capsim.theory.description import ORDER
from capsim.theory.steady import normal_queues
from experiments.small import service

INPUTS = Path(__file__).parents[1] / "inputs"
EXAMPLE = Path(__file__).parents[2] / "examples" / "service.toml"


def of(name):
    return capsim.load(INPUTS / f"{name}.toml")


# -- the first day --


@pytest.mark.parametrize("engine", ["simpy", "auto"])
def test_initial_cases_beyond_the_places_wait(engine):
    """Sixty for ten places: fifty wait on day 0, all sixty are late, in the window `initial`."""
    run = capsim.simulate(of("places_on_day_0"), seed=1, engine=engine)
    day = run.series("1 day")
    first = day[(day["day"] == 0) & (day["office"] == "all") & (day["of"] == "guidance")]
    measures = dict(zip(first["measure"], first["value"], strict=False))
    frame = run.measures()
    peak = frame[(frame["measure"] == "queue_peak") & (frame["inflow"] == "all")]["value"]
    initial = frame[(frame["measure"] == "late_share") & (frame["window"] == "initial")]

    assert measures["unassigned"] == pytest.approx(50, abs=0.5)
    assert peak.iloc[0] == 50
    assert set(initial["value"]) == {1.0}
    assert (run.stays["late"].head(60) == True).all()  # noqa: E712, missing values are not late


@pytest.mark.parametrize("engine", ["simpy", "auto"])
def test_behind_a_list_nobody_had_a_place(engine):
    """One is seen at once, 59 wait for a first visit, fifty of them without a worker; all late."""
    run = capsim.simulate(of("places_behind_a_list"), seed=1, engine=engine)
    frame = run.measures()
    whole = frame[(frame["of"] == "guidance") & (frame["inflow"] == "all")]
    guidance = run.stays[run.stays["stage"] == "guidance"]

    assert whole[whole["measure"] == "queue_peak"]["value"].iloc[0] == 59
    assert int((guidance["assigned"].fillna(1e9) > 1).sum()) == 50
    assert guidance["late"].all()


# -- loops to where a clock starts --


@pytest.mark.parametrize("engine", ["simpy", "auto"])
def test_a_file_booked_again_keeps_its_clock(engine):
    """Days to a decision are 15 + 20 B with B geometric of mean 1: half are late, the mean is 35.

    400 files: standard deviations 0.025 and 1.4; within five of them, false alarm below 1e-5.
    """
    path = "stages.investigation.deadline"
    kept = of("booked_again").with_({path: {"within": "30 days", "on_return": "continue"}})
    study = capsim.replicate(kept, n=1, seed=1, engine=engine, jobs=1)
    late = study.values("late_share[investigation]")["value"].iloc[0]
    mean = study.values("decision_days_mean[investigation]")["value"].iloc[0]

    assert late == pytest.approx(0.5, abs=0.13)
    assert mean == pytest.approx(35, abs=7)
    assert any("on_return" in line for line in of("booked_again").check())
    assert not any("on_return" in line for line in kept.check())


# -- verdicts --


def test_a_bottleneck_passes_on_what_it_serves():
    """Intake grows by 152 a month and guidance by 3; with seven posts guidance is stable."""
    found = {row.team: row for row in of("behind_a_bottleneck").describe().teams}
    more = {row.team: row for row in of("behind_a_bottleneck").with_({"teams.guidance.fte": 7})
            .describe().teams}  # fmt: skip

    assert found["intake"].growth_per_month == pytest.approx(152.2, abs=0.5)
    assert found["guidance"].growth_per_month == pytest.approx(3.04, abs=0.1)
    assert more["intake"].state == "growing"
    assert more["guidance"].state == "stable"


def test_more_people_are_never_a_milder_verdict():
    """150 to 5,000 more in March: states only get worse, and what clears after the end is said."""
    wave = "inflows.regular.waves.a"
    states, dates = [], []
    for people in (150, 500, 1000, 1500, 5000):
        scenario = capsim.load(EXAMPLE).with_(
            {"teams.social.fte": 4.8, wave: {"date": "2026-03-01", "people": people}}
        )
        description = scenario.describe()
        states.append(ORDER.index(description.state))
        dates.append(description["social"].clear_date)

    assert states == sorted(states, reverse=True)
    assert dates == sorted(dates)
    assert "clears after the end of the run" in description.verdict


def test_a_service_measured_while_it_fills_says_so():
    """Without its initial cases the example is warned about; as many as are steady end it."""
    empty = capsim.load(EXAMPLE).with_({"initial": None})
    full = capsim.load(EXAMPLE).with_({"initial": {"guidance": {"cases": "steady"}}})

    assert any("measured while the service fills" in line for line in empty.check())
    assert not any("measured while the service fills" in line for line in full.check())
    assert full.initial_cases()[0].cases == pytest.approx(211, rel=0.1)


# -- gone by when --


def cleared_by_hand(run, scenario):
    """The first day after the peak of the weekly mean queue on which it is a normal one."""
    stays = run.stays
    start = stays["joined"].clip(lower=0).to_numpy()
    end = stays["started"].fillna(run.setting.n_days).to_numpy()
    days = np.arange(run.setting.n_days)[:, None]
    daily = (np.minimum(end, days + 1) - np.maximum(start, days)).clip(min=0).sum(axis=1)
    weekly = np.array([daily[max(0, d - 6) : d + 1].mean() for d in range(len(daily))])
    peak = int(weekly.argmax())
    normal = sum(row.queue for row in normal_queues(scenario))
    return peak + 1 + int(np.flatnonzero(weekly[peak + 1 :] <= normal)[0])


@pytest.mark.parametrize("engine", ["simpy", "auto"])
@pytest.mark.parametrize("fte", [2, 3])
def test_a_backlog_without_a_wave_is_gone_on_a_day(engine, fte):
    """`clear_day` of who waits on the first day, from the stays alone, in Python and in pandas."""
    scenario = of("backlog_gone_by").with_({"teams.theatre.fte": fte})
    run = capsim.simulate(scenario, seed=1, engine=engine)
    rows = run.measures().query("measure == 'clear_day' and inflow == 'all'")
    # Sixty or ninety a week less the thirty who come, from 1,200 on: 40 or 20 weeks.
    right = {2: 7 * 40, 3: 7 * 20}[fte]

    assert set(rows["value"]) == {cleared_by_hand(run, scenario)}
    assert rows["value"].iloc[0] == pytest.approx(right, abs=12)


@pytest.mark.parametrize("engine", ["simpy", "auto"])
def test_what_grows_is_never_gone(engine):
    """Where theory says that the queue grows there is no normal one, and no such day."""
    growing = of("backlog_gone_by").with_({"teams.theatre.fte": 0.5})
    study = capsim.replicate(growing, n=2, seed=1, engine=engine, jobs=1)

    assert study.values("clear_day[list]")["value"].isna().all()
    assert str(study.cleared()) == "in 0 of 2 runs by 2027-01-03"


@pytest.mark.parametrize(
    ("target", "fte"),
    [("clear_day[list] <= 2026-11-15", 2), ("level[list, on=2026-07-06] <= 390", 2.25)],
)
def test_staff_for_a_list_that_is_gone_or_short_by_a_date(target, fte):
    """30 + 1200 / 40 = 60 a week have it gone in October, 30 + (1200 - 390) / 26 = 61 at 390.

    Two posts do sixty a week.
    """
    found = capsim.find_staffing(
        of("backlog_gone_by"), {"teams.theatre.fte": (1.5, 2.5, 0.25)}, target, seed=1, jobs=1,
        max_replications=60, frontier=0,
    )  # fmt: skip
    assert found.staffing == {"teams.theatre.fte": fte}


def test_when_it_is_gone_is_told_as_a_date(tmp_path):
    """In the print, beside the verdict of theory, and in CSV; nowhere where there is no backlog."""
    study = capsim.replicate(of("backlog_gone_by"), n=3, seed=1, jobs=1, engine="simpy")
    study.to_csv(tmp_path / "values.csv")
    days = study.values("clear_day[list]")["value"]
    middle = datetime.date(2026, 1, 5) + datetime.timedelta(days=int(sorted(days)[1]))
    calm = capsim.replicate(service(), n=3, seed=1, jobs=1, engine="simpy")

    assert f"backlog cleared (median, in 3 of 3 runs)  {middle}" in repr(study)
    assert "simulated: in 3 of 3 runs by 2027-01-03" in repr(study)
    assert f",{middle}\n" in (tmp_path / "values.csv").read_text(encoding="utf-8")
    assert "backlog cleared" not in repr(calm)
    assert calm.cleared() is None


# -- what comes first --


def test_what_guidance_changes_comes_first():
    """A sweep over the staff of guidance shows guidance, and no row that is always the same."""
    scenario = service(**{"teams.guidance.fte": 1.5})
    table = capsim.sweep(
        scenario, {"teams.guidance.fte": [1.2, 2]}, n=3, seed=1, jobs=1, engine="simpy"
    ).table()

    assert {place for _, place, _ in table.keys} == {"guidance"}

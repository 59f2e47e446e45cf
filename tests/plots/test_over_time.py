"""Figures over time: who is without a decision, periods, flows, many scenarios, and whose marks."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

import capsim
from capsim import plots
from capsim.plots import style
from experiments.small import service

FAST = {"n": 3, "seed": 3, "jobs": 1, "engine": "simpy"}


@pytest.fixture(scope="module")
def study():
    """Three replications by month, with weekly series."""
    return capsim.replicate(service(), **FAST, series="7 days", by="1 month")


def texts(figure):
    return [text.get_text() for text in figure.findobj(lambda one: hasattr(one, "get_text"))]


def lines(ax):
    return {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}


def test_who_is_pending_is_a_series():
    """Its mean over a month is `pending_mean` of that month, for each office and all of them."""
    offices = {"north": {"share": 0.6}, "south": {"share": 0.4}}
    run = capsim.simulate(service(offices=offices), seed=3, engine="simpy")
    series = run.series("calendar month").query("measure == 'pending'")
    months = run.by("pending_mean[intake]", every="1 month")
    assert list(series[series["office"] == "all"]["value"]) == pytest.approx(list(months["value"]))
    by_office = series.pivot(index="day", columns="office", values="value")
    assert np.allclose(by_office["north"] + by_office["south"], by_office["all"])
    assert set(series["of"]) == {"intake"}


def test_a_stored_run_has_the_same_series(tmp_path):
    """Who was pending is kept with the tables of a run."""
    run = capsim.simulate(service(), seed=3, engine="simpy")
    run.save(tmp_path / "run", format="csv")
    again = capsim.load_run(tmp_path / "run").series("7 days")
    pd.testing.assert_frame_equal(again, run.series("7 days"))


def test_pending_draws_the_series(study):
    """One line, the only stage that decides, with its band; how many runs is said."""
    ax = plots.pending(study)
    drawn = lines(ax)["intake"].get_ydata()
    series = study.series("7 days", office="all").query("measure == 'pending'")
    assert list(drawn) == pytest.approx(list(series["mean"][: len(drawn)]))
    assert ax.get_ylabel() == "people without a decision"
    assert any("3 replications" in text for text in texts(ax.figure))
    with pytest.raises(ValueError, match="has no pending"):
        plots.pending(
            capsim.simulate(service(**{"stages.intake.deadline": None}), seed=1, engine="simpy")
        )


def test_months_are_steps(study):
    """Each month from its first to its last day at its mean, the band between its limits."""
    ax = plots.by_period(study, "late_share[intake]")
    rows = study.by("late_share[intake]")
    (line,) = ax.lines
    assert list(line.get_ydata()[:-1]) == pytest.approx(list(100 * rows["mean"]))
    assert list(line.get_xdata()) == [
        *(pd.Timestamp(day).toordinal() - 719163 for day in rows["from"]),
        pd.Timestamp(rows["until"].iloc[-1]).toordinal() - 719163,
    ]
    assert ax.get_ylabel() == "%"
    assert any("3 replications" in text for text in texts(ax.figure))


def many(count):
    """So many scenarios of different staff."""
    return {f"plan {k}": service(**{"teams.guidance.fte": 1 + k / 10}) for k in range(count)}


def test_up_to_seven_scenarios_have_colours_of_their_own():
    """In one plot; with more of them each has a panel, with the first one behind it in grey."""
    runs = {name: capsim.simulate(s, seed=3, engine="simpy") for name, s in many(8).items()}
    some = dict(list(runs.items())[:7])
    ax = plots.queues(some, of="guidance")
    assert len({line.get_color() for line in lines(ax).values()}) == 7
    assert ax.figure.axes == [ax]

    panels = plots.queues(runs, of="guidance").figure.axes
    assert [panel.get_title(loc="left") for panel in panels] == list(runs)
    assert len({panel.get_ylim() for panel in panels}) == 1
    first = lines(panels[0])["plan 0"].get_ydata()
    assert all(any(np.array_equal(line.get_ydata(), first) for line in p.lines) for p in panels)
    with pytest.raises(ValueError, match="small multiples"):
        plots.queues(runs, of="guidance", ax=ax)


def test_periods_of_many_scenarios_are_small_multiples():
    """A panel for each of eight, a line for each of two."""
    eight = capsim.compare(many(8), n=2, seed=3, jobs=1, engine="simpy", by="1 month")
    two = capsim.compare(many(2), n=2, seed=3, jobs=1, engine="simpy", by="1 month")
    assert len(plots.by_period(eight, "wait_mean[guidance]").figure.axes) == 8
    assert len(plots.by_period(two, "wait_mean[guidance]").lines) == 2


def test_marks_of_waves_belong_to_their_scenario():
    """Two scenarios with waves of their own have marks in their colours, named with them."""
    first, second = (
        service(**{"inflows.regular.waves.a": {"date": day, "people": 5}})
        for day in ("2026-02-02", "2026-03-02")
    )
    runs = {
        name: capsim.replicate(s, n=2, seed=3, jobs=1, engine="simpy")
        for name, s in {"calm": service(), "early": first, "late": second}.items()
    }
    ax = plots.queues(runs, of="intake")
    drawn = lines(ax)
    marks = [line for line in ax.lines if line.get_label().startswith("_")]
    assert [mark.get_color() for mark in marks] == [style.colour(1), style.colour(2)]
    assert drawn["early"].get_color() == style.colour(1)
    said = texts(ax.figure)
    assert "wave 2 Feb 2026 (early)" in said
    assert "wave 2 Mar 2026 (late)" in said
    alone = plots.queues({k: runs[k] for k in ("calm", "early")}, of="intake")
    assert [m.get_color() for m in alone.lines if m.get_label().startswith("_")] == [style.QUIET]


def test_the_pathway_of_a_result_counts_people():
    """People a year from stage to stage and to exits, as stays tell; a team has its size once."""
    scenario = service(**{"teams": {"desk": {"fte": 3}}, "stages.intake.team": "desk",
                          "stages.guidance.team": "desk", "warm_up": "1 month",
                          "stages.intake.next": {"guidance": 0.7, "refused": 0.3}})  # fmt: skip
    run = capsim.simulate(scenario, seed=3, engine="simpy")
    stays = run.stays[(run.stays["stage"] == "intake") & (run.stays["ended"] >= 31)]
    guidance = set(run.stays.loc[run.stays["stage"] == "guidance", "case"])
    went = Counter("guidance" if case in guidance else "refused" for case in stays["case"])
    years = (90 - 31) / 365.25

    said = texts(plots.pathway(run).figure)
    assert f"{went['guidance'] / years:,.0f}" in said
    assert f"refused\n{went['refused'] / years:,.0f}" in said
    assert sum("3 FTE" in text for text in said) == 1
    assert any("people a year, all that is measured, one run" in text for text in said)
    study = capsim.replicate(scenario, **FAST)
    assert any("mean of 3 runs" in text for text in texts(plots.pathway(study).figure))


def test_figures_of_measures_say_their_window_and_runs():
    """A comparison names the window that its scenarios mean, and how many replications."""
    spring = {"windows.spring": {"from": "2026-02-01", "until": "2026-03-01"}, "window": "spring"}
    result = capsim.compare(
        {"a": service(**spring), "b": service(**spring, **{"teams.intake.fte": 2})}, **FAST
    )
    said = texts(plots.measures(result).figure)
    assert any("3 replications; window 'spring'" in text for text in said)

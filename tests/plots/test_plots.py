"""Figures show the frames that they are given."""

import inspect
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import capsim
from capsim import plots
from capsim.plots.pathway import destinations

DAYS = np.array([0.0, 7.0, 14.0])


def series(of, values, *, kind="stage", measure="waiting", office="all", half=None):
    frame = pd.DataFrame(
        {"day": DAYS, "office": office, "kind": kind, "of": of, "measure": measure}
    )
    if half is None:
        return frame.assign(value=values)
    values = np.asarray(values, dtype=float)
    return frame.assign(mean=values, lower=values - half, upper=values + half)


@pytest.fixture(scope="module")
def scenario():
    return capsim.Scenario(
        name="small",
        start="2026-01-01",
        horizon="21 days",
        warm_up="5 days",
        teams={"desk": {"fte": 2, "caseload_limit": 40}},
        stages={
            "intake": {
                "team": "desk",
                "work": "1 h",
                "patience": "30 days",
                "next": {"pause": 0.75, "refused": 0.25},
            },
            "pause": {"stay": "10 days", "next": {"intake": 0.1, "done": 0.9}},
        },
        inflows={
            "regular": {"rate": {"per_month": 30}},
            "reform": {"waves": {"first": {"date": "2026-01-10", "people": 5}}},
        },
    )


@pytest.fixture(scope="module")
def run(scenario):
    return capsim.simulate(scenario, seed=1, engine="simpy")


def lines(ax):
    return {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_queues_draws_one_line_for_each_stage():
    """Each stage is a line of its averages, at the middle of each interval, with its name."""
    frame = pd.concat([series("intake", [3, 5, 4]), series("guidance", [0, 1, 2])])

    ax = plots.queues(frame)

    assert list(lines(ax)) == ["intake", "guidance"]
    assert list(lines(ax)["intake"].get_ydata()) == [3, 5, 4]
    assert list(lines(ax)["intake"].get_xdata()) == [3.5, 10.5, 17.5]
    assert {"intake", "guidance"} <= set(texts(ax))


def test_queues_shows_the_band_of_replications():
    """The band of a frame with lower and upper reaches from the one to the other."""
    ax = plots.queues(series("intake", [3.0, 5.0, 4.0], half=0.5))

    (band,) = ax.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (2.5, 5.5)


def test_what_is_drawn_is_said_below(run):
    """Of what a point is the mean, where that is known; what the band is, where there is one."""
    assert "means of 5 days" in texts(plots.queues(run, every="5 days"))
    assert "means of 7 days" in texts(plots.caseload(run))
    assert "band: 95 % interval" in texts(plots.queues(series("intake", [3.0, 5.0, 4.0], half=0.5)))
    assert not [text for text in texts(plots.queues(series("intake", [3, 5, 4]))) if "mean" in text]


def test_queues_of_several_scenarios_has_a_line_for_each():
    """A mapping of scenarios draws one stage, a line for each scenario."""
    ax = plots.queues(
        {"now": series("intake", [3, 5, 4]), "more": series("intake", [1, 1, 1])}, of="intake"
    )

    assert list(lines(ax)) == ["now", "more"]


def test_queues_of_several_scenarios_needs_a_stage():
    """Several scenarios of several stages in one picture could not be read."""
    with pytest.raises(ValueError, match="of: several scenarios"):
        plots.queues({"now": series("intake", [1, 1, 1])})


def test_queues_takes_one_office():
    """One office is drawn alone and named in the title."""
    frame = pd.concat(
        [series("intake", [3, 5, 4], office="genk"), series("intake", [9, 9, 9], office="all")]
    )

    ax = plots.queues(frame, office="genk")

    assert list(lines(ax)["intake"].get_ydata()) == [3, 5, 4]
    assert ax.get_title(loc="left").endswith("genk")


def test_an_office_that_is_not_there_is_named():
    """A misspelt office is refused with the known ones."""
    with pytest.raises(ValueError, match="office: 'gent' is not in this series, which has 'genk'"):
        plots.queues(series("intake", [1, 1, 1], office="genk"), office="gent")


def test_a_run_is_drawn_on_dates_with_its_warm_up(run):
    """A run knows its first day: the axis has dates and the warm-up is shaded."""
    from matplotlib.dates import date2num

    ax = plots.queues(run)

    assert ax.get_xlim()[0] == date2num(run.log.plan.scenario.start)
    assert "warm-up" in texts(ax)


def test_waves_are_marked_where_the_scenario_is_known(run, scenario):
    """With the scenario, the dates of waves are marked."""
    assert "wave 10 Jan 2026" in texts(plots.queues(run, scenario=scenario))
    nobody = scenario.with_({"inflows.reform.take_up": 0})
    assert not any("wave" in text for text in texts(plots.queues(run, scenario=nobody)))
    assert "wave" not in texts(plots.queues(run))


def test_waves_say_whose_they_are(scenario):
    """Beside a scenario without waves, the mark names the one that has them."""
    calm = scenario.with_({"inflows.reform.take_up": 0})
    both = {
        name: capsim.replicate(one, n=2, seed=1, engine="simpy", jobs=1, series="7 days")
        for name, one in (("calm", calm), ("reform", scenario))
    }
    assert "wave 10 Jan 2026 (reform)" in texts(plots.queues(both, of="intake"))
    assert "wave 10 Jan 2026" in texts(plots.queues({"a": both["reform"]}, of="intake"))


def test_waits_fall_as_kaplan_and_meier_say(run):
    """The curve is the survival of the waits in the measured time, open ones counted."""
    stays = run.stays
    rows = stays[(stays["stage"] == "intake") & stays["joined"].between(5, 20.999)]
    line = lines(plots.waits(run, "intake"))["intake"]
    served = rows[rows["started"].notna()]
    wait = float((served["started"] - served["joined"]).min())
    gone = int((served["started"] - served["joined"] == wait).sum())

    assert line.get_ydata()[0] == 100
    assert line.get_ydata()[1] == pytest.approx(100 * (1 - gone / len(rows)))
    assert np.all(np.diff(line.get_ydata()) <= 1e-9)
    with pytest.raises(ValueError, match="nobody joined 'desk'"):
        plots.waits(run, "desk")


def test_waits_are_of_the_window_that_is_meant(scenario):
    """Its name and its people stand below; another one can be asked for, an unknown one is told."""
    first, last = scenario.start + timedelta(days=8), scenario.start + timedelta(days=15)
    named = scenario.with_({"windows.week": {"from": first, "until": last}, "window": "week"})
    run = capsim.simulate(named, seed=1, engine="simpy")
    joined = run.stays[run.stays["stage"] == "intake"]["joined"]
    ax = plots.waits(run, "intake")
    assert f"; {joined.between(8, 14.99999).sum()} people who joined" in ax.get_xlabel()
    assert "one run; window 'week'" in texts(ax)
    assert "one run; all that is measured" in texts(plots.waits(run, "intake", window="all"))
    with pytest.raises(ValueError, match=r"window = 'month': the scenario has 'all', 'week'"):
        plots.waits(run, "intake", window="month")


def test_plots_offers_functions_only():
    """What a reader finds there draws something, or saves it."""
    assert dir(plots) == sorted(plots.__all__)
    assert all(inspect.isfunction(getattr(plots, name)) for name in dir(plots))


def test_names_of_others_are_only_texts(scenario, tmp_path):
    """Half a formula is drawn as it stands, an escape sequence is written out."""
    odd = scenario.with_({"name": "\x1b[31m $\\frac{"})
    files = plots.save(plots.pathway(odd), tmp_path / "odd")

    assert odd.label == "\\x1b[31m $\\frac{"
    assert all(b"\x1b" not in path.read_bytes() for path in files[1:])
    assert plots.pathway(odd).figure._repr_png_().startswith(b"\x89PNG")
    assert "\x1b" not in repr(capsim.replicate(odd, n=1, seed=1, engine="simpy", jobs=1))


def test_caseload_per_fte_shows_the_limit(scenario):
    """Caseloads in the unit of the limit come with the limit as a dashed line."""
    frame = series("desk", [10, 20, 30], kind="team", measure="caseload_per_fte")

    ax = plots.caseload(frame, per="fte", scenario=scenario)

    assert [40, 40] in [list(line.get_ydata()) for line in ax.lines]


def test_caseload_refuses_another_unit():
    """A misspelt unit is refused with the known ones."""
    with pytest.raises(ValueError, match="per \\('worked'\\) must be 'worker' or 'fte'"):
        plots.caseload(series("desk", [1, 1, 1]), per="worked")


def differences():
    rows = [
        ("late_share", "stage", "intake", 0.10, 0.08, 0.12),
        ("wait_mean", "stage", "intake", -3.0, -3.5, -2.5),
    ]
    frame = pd.DataFrame(rows, columns=["measure", "kind", "of", "difference", "lower", "upper"])
    return frame.assign(scenario="more", baseline="now", inflow="all", office="all")


def test_measures_has_a_panel_for_each_unit():
    """Shares and days do not share an axis; shares are drawn in percentage points."""
    first, second = plots.measures(differences()).figure.axes

    assert first.get_xlabel() == "percentage points"
    assert list(first.lines[1].get_xdata()) == [8.0, 12.0]
    assert second.get_xlabel() == "days"
    assert list(second.lines[1].get_xdata()) == [-3.5, -2.5]


def test_measures_draws_one_unit_on_given_axes():
    """Axes of one's own take measures of one unit, and refuse several."""
    ax = Figure().add_subplot()

    assert plots.measures(differences(), ["wait_mean"], ax=ax) is ax
    with pytest.raises(ValueError, match="ax: one panel cannot show"):
        plots.measures(differences(), ax=ax)


def test_measures_that_were_not_compared_are_named():
    """Asking for a measure that is not there says which ones are."""
    with pytest.raises(ValueError, match="compared were 'late_share', 'wait_mean'"):
        plots.measures(differences(), ["utilization"])


def test_pathway_names_stages_teams_shares_and_exits(scenario):
    """The picture has every stage, team size, share, exit and inflow in it."""
    words = " ".join(texts(plots.pathway(scenario)))

    for expected in ("intake", "pause", "desk, 2 FTE", "75 %", "refused\n25 %", "left", "regular"):
        assert expected in words


def test_destinations_fill_in_the_default(scenario):
    """A stage that says nothing leads to the following one, the last to completed."""
    plain = scenario.with_({"stages.intake.next": None, "stages.pause.next": None})

    assert destinations(plain, "intake") == {"pause": 1.0}
    assert destinations(plain, "pause") == {"completed": 1.0}


def test_given_axes_are_used_and_returned(run):
    """A plot goes where it is told to."""
    ax = Figure().add_subplot()

    assert plots.queues(run, ax=ax) is ax


def test_saved_figures_are_the_same_bytes(tmp_path, run):
    """Two figures of one run give the same PNG and SVG, byte for byte, and the SVG has no date."""
    first = plots.save(plots.queues(run), tmp_path / "first")
    second = plots.save(plots.queues(run).figure, tmp_path / "second.png")

    assert [path.name for path in first] == ["first.png", "first.svg"]
    assert [a.read_bytes() == b.read_bytes() for a, b in zip(first, second, strict=True)] == [
        True,
        True,
    ]
    assert "dc:date" not in first[1].read_text(encoding="utf-8")


def test_a_figure_shows_itself_in_a_notebook(run):
    """Without pyplot nobody shows the figure, so it knows how to."""
    assert plots.queues(run).figure._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize(("horizon", "drawn"), [("21 days", 3), ("23 days", 3), ("28 days", 4)])
def test_an_interval_cut_short_is_not_drawn(scenario, horizon, drawn):
    """Two days at the end beside weeks are left out; whole weeks are all there."""
    longer = scenario.with_({"horizon": horizon})
    ax = plots.queues(capsim.simulate(longer, seed=1, engine="simpy"))

    assert len(lines(ax)["intake"].get_xdata()) == drawn


def test_months_are_all_drawn(scenario):
    """February is shorter than other months, but not cut."""
    until_march = scenario.with_({"horizon": "2 months"})
    run = capsim.simulate(until_march, seed=1, engine="simpy")

    ax = plots.queues(run, every="1 month")

    assert len(lines(ax)["intake"].get_xdata()) == 2


def test_a_scenario_has_one_colour_in_all_figures(scenario):
    """Also where the baseline is not the first, differences have the colours of the queues."""
    more = scenario.with_({"teams.desk.fte": 1})
    scenarios = {"few": more, "now": scenario, "slow": more.with_({"stages.intake.work": "2 h"})}
    many = {"n": 2, "seed": 1, "engine": "simpy", "jobs": 1}
    comparison = capsim.compare(scenarios, baseline="now", **many)

    over_time = plots.queues(
        {name: capsim.simulate(one, seed=1, engine="simpy") for name, one in scenarios.items()},
        of="intake",
    )
    differences = plots.measures(comparison, ["utilization"])

    inks = {text.get_text(): text.get_color() for text in differences.texts}
    for name in ("few", "slow"):
        assert inks[name] == lines(over_time)[name].get_color()


@pytest.mark.parametrize(
    "name",
    [
        "queues",
        "caseload",
        "measures",
        "pathway",
        "tornado",
        "morris",
        "sobol",
        "uncertainty",
        "frontier",
        "staffing_map",
        "profile",
    ],
)
def test_what_cannot_be_drawn_is_refused_with_what_could(name):
    """A number is nothing to draw, for no figure: the message says what is."""
    with pytest.raises(ValueError, match=r"^(result|scenario) = 3: .*(give|must be) a? ?\w+"):
        getattr(plots, name)(3)


def test_a_pathway_can_be_of_a_preset():
    """A name is enough."""
    assert plots.pathway("one-office").get_title(loc="left").startswith("one-office")

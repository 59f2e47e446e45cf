"""Services that are not Limburg: short, in order, the same on both engines, as their page says."""

import re
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pytest

import capsim
from presets.preset_runs import preset

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "src" / "capsim" / "scenario" / "presets"
PAGE = (ROOT / "docs" / "services.md").read_text(encoding="utf-8")
N, SEED = 60, 1

STATES = {
    "belgian-asylum": {
        None: "clears_after_end",
        "as-registered": "clears_after_end",
        "as-the-first-year": "clears_after_end",
        "fewer-officers": "clears_after_end",
    },
    "dutch-benefits": {None: "stable", "one-worker-fewer": "growing"},
    "english-homelessness": {None: "critical", "fewer-homes": "growing"},
    "us-child-protection": {None: "stable", "turnover": "critical"},
    "youth-care": {None: "stable", "nobody-found": "stable"},
}
COUNTS = {
    "december-2016": 14815,
    "april-2017": 12714,
    "september-2017": 9267,
    "december-2017": 7279,
    "july-2018": 4612,
}
"""Files without a decision, as the Belgian office counted them."""

ROW = re.compile(r"^\| `([\w-]+)` \| (?:`([\w-]+)`|as it is) \| `([^`]+)` \| ([^|]+) \|", re.M)
ROWS = [(name, variant or None, what, told) for name, variant, what, told in ROW.findall(PAGE)]


def scenario_of(name, variant):
    return preset(name) if variant is None else preset(name).variant(variant)


@lru_cache
def study(name, variant):
    return capsim.replicate(scenario_of(name, variant), n=N, seed=SEED, jobs=1)


def told(interval):
    """An estimate with its interval as the page writes it: below 1 two figures, then three."""

    def number(value):
        return f"{value:,.0f}" if value >= 100 else f"{value:.{2 if value < 1 else 3}g}"

    return f"{number(interval.estimate)} ({number(interval.lower)} to {number(interval.upper)})"


@pytest.mark.parametrize("name", STATES)
def test_a_service_fits_in_sixty_lines(name):
    """Without evidence it is shorter than sixty lines, and its variants are those of the page."""
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    service = text.split("\n# Where each number comes from", 1)[0]
    assert len(service.splitlines()) < 60
    assert set(preset(name).variants) == STATES[name].keys() - {None}
    assert f"## `{name}`" in PAGE


@pytest.mark.parametrize(
    ("name", "variant"), [(name, variant) for name in STATES for variant in STATES[name]]
)
def test_it_is_in_order_and_theory_says_what_the_page_says(name, variant):
    """No warning, and the verdict before any run is the expected one."""
    scenario = scenario_of(name, variant)
    assert scenario.check() == []
    assert scenario.describe().state == STATES[name][variant]


@pytest.mark.parametrize("name", STATES)
def test_both_engines_tell_the_same_story(name):
    """The first months of each service, stay by stay."""
    short = preset(name).with_(
        {"horizon": "60 days", "warm_up": "0 days", "windows": None, "window": "all"}
        if preset(name).windows
        else {"horizon": "60 days", "warm_up": "0 days"}
    )
    stays = [capsim.simulate(short, seed=SEED, engine=one).stays for one in ("simpy", "compiled")]
    pd.testing.assert_frame_equal(*stays)
    assert len(stays[0]) > 50


@pytest.mark.parametrize(
    ("name", "variant", "what", "answer"), ROWS, ids=lambda value: str(value).split(" ")[0]
)
def test_the_page_tells_what_comes_out(name, variant, what, answer):
    """Each answer of docs/services.md is that of the preset, with its interval."""
    assert told(study(name, variant).interval(what)) == answer


def test_the_page_answers_for_every_service_and_variant():
    """No preset of another service, and no variant of one, is without an answer."""
    assert {(name, variant) for name, variant, _, _ in ROWS} == {
        (name, variant) for name in STATES for variant in STATES[name]
    }


def test_the_drain_of_the_asylum_office_is_that_of_its_counts():
    """Arrivals rounded to tens and 1,840 decisions a month give every count within a hundred.

    A hundred is the rounding of the first count, 18,300. The standard error of a mean of 60 runs is
    below 35.
    """
    means = {
        window: study("belgian-asylum", None)
        .interval(f"in_stage_mean[decision, window={window}]")
        .estimate
        for window in COUNTS
    }
    assert {
        window: count for window, count in COUNTS.items() if abs(means[window] - count) > 100
    } == {}


def test_the_first_year_of_the_drain_does_not_foretell_the_second():
    """Going on as until April 2017 misses July 2018 by a third, and registrations miss by 1,000."""

    def at(variant, window):
        what = f"in_stage_mean[decision, window={window}]"
        return study("belgian-asylum", variant).interval(what).estimate

    assert abs(at("as-the-first-year", "april-2017") - COUNTS["april-2017"]) < 100
    assert 1.25 < at("as-the-first-year", "july-2018") / COUNTS["july-2018"] < 1.4
    misses = [at("as-registered", window) - count for window, count in COUNTS.items()]
    assert -2000 < min(misses) < max(misses) < -800


def test_who_finds_no_home_stays_in_the_temporary_place():
    """A fifth fewer homes: places are kept for more than three times as long, and fill."""
    before, after = (study("english-homelessness", one) for one in (None, "fewer-homes"))
    for what in ("blocked_mean[temporary]", "utilization[shelter]"):
        assert after.interval(what).estimate > 3 * before.interval(what).estimate


def test_the_eight_weeks_of_the_young_run_from_their_application():
    """The four weeks of search and the time for papers are not counted.

    A decision is due 84 days after a report of somebody young, and the days until the office opens
    again: four at most.
    """
    run = capsim.simulate(preset("dutch-benefits"), seed=SEED)
    cases = run.cases.set_index("case")
    decided = run.stays.query("stage == 'decision'").dropna(subset=["due"])
    papers = decided["case"].isin(run.stays.query("stage == 'papers'")["case"])
    young = (decided["case"].map(cases["inflow"]) == "young").to_numpy()
    term = (decided["due"] - decided["case"].map(cases["applied"])).to_numpy()
    assert term[~young & ~papers].max() <= 57
    assert 83.9 <= term[young & ~papers].min() <= term[young & ~papers].max() <= 89
    assert term[~young & papers].mean() > 65


def test_the_plan_of_youth_care_is_called_and_its_clock_stands_still():
    """Its reserve is called in two years, and eight weeks are longer for who waits for papers."""
    run = capsim.simulate(preset("youth-care"), seed=SEED, engine="simpy")
    assert (run.triggers["name"] == "escalation").any()
    guided = run.stays.query("stage == 'guidance'").dropna(subset=["due"])
    with_papers = guided["case"].isin(run.stays.query("stage == 'papers'")["case"])
    applied = run.cases.set_index("case")["applied"][guided["case"]].to_numpy()
    moved = (guided["due"] - applied).to_numpy()
    assert moved[~with_papers].max() <= 57 < moved[with_papers].mean()

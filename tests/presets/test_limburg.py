"""The province: what is asked of it, what holds without the reform, and the order of the variants.

Bands are those of docs/limburg-model.md. The seed is fixed, so a test either fails always or never;
the stated error rates are those under a new seed or a change that reshuffles the luck.
"""

import itertools

import numpy as np
import pytest

import capsim
from capsim.draws import deal
from capsim.plan import compile_plan
from capsim.scenario.tables.copies import copies_of_team, fte_by_copy
from presets.preset_runs import limburg, outcome, preset, values

PEOPLE = 4232
STOCK = 5031
WAVES = ("announced", "abrupt", "phased")
SMALL, LARGE = "28 days", "7 days"


def offices_meeting_every(rhythm):
    key = "stages.investigation.decision.every"
    return [name for name, office in preset("limburg").offices.items() if office.set[key] == rhythm]


def late_share(offices, n):
    """Late share of a group of offices: their own, weighted by their completed files."""
    files = np.array(
        [values(limburg(), n, "completed", "investigation", office=o) for o in offices]
    )
    late = np.array(
        [values(limburg(), n, "late_share", "investigation", office=o) for o in offices]
    )
    return (np.nan_to_num(late) * files).sum(axis=0) / files.sum(axis=0)


# -- the file ---------------------------------------------------------------


def test_loads_without_warnings():
    """The preset and each of its variants are in order."""
    scenario = limburg()
    assert scenario.check() == []
    for name in scenario.variants:
        assert scenario.variant(name).check() == []


def test_measures_the_three_years_and_means_that_of_the_waves():
    """2026, 2027 and 2028 are windows, 2026 is meant where none is named, in every variant.

    `all` is the three years together, so people are counted in one of them each.
    """
    scenario = limburg()
    years = {name: (one.from_.year, one.until.year) for name, one in scenario.windows.items()}
    assert years == {"2026": (2026, 2027), "2027": (2027, 2028), "2028": (2028, 2029)}
    assert {scenario.window} | {limburg(name).window for name in scenario.variants} == {"2026"}
    study = capsim.replicate(limburg("announced"), n=2, seed=1)
    meant = study.values("late_share[investigation]")
    assert set(meant["window"]) == {"2026"}
    assert "window '2026': 2026-01-01 to 2026-12-31" in repr(study)

    def joined(window):
        return values(limburg("announced"), 4, "arrivals", "investigation", window=window)

    assert np.array_equal(sum(joined(str(year)) for year in (2026, 2027, 2028)), joined("all"))


def test_the_calm_years_do_not_hide_the_wave():
    """In 2026 the legal dates are late by more than three times what 2028 is, and than no reform.

    Means of 4 runs; the standard error of one is below 0.02, and the ratios are above 3.
    """
    late = {
        (variant, year): values(
            limburg(variant), 4, "late_share", "investigation", window=year
        ).mean()
        for variant in (None, "announced", "late-staff", "phased")
        for year in ("2026", "2028")
    }
    assert late["announced", "2026"] > 2 * late["announced", "2028"]
    assert late["announced", "2026"] > 3 * late[None, "2026"]
    assert late["phased", "2026"] < late["late-staff", "2026"] < late["announced", "2026"]


def test_has_the_38_offices_by_population():
    """38 offices whose shares are the populations, to five digits."""
    offices = preset("limburg").offices
    assert len(offices) == 38
    assert sum(office.share for office in offices.values()) == pytest.approx(1, abs=1e-12)
    assert offices["genk"].share == pytest.approx(66447 / 877370, abs=1e-5)
    assert offices["herstappe"].share == pytest.approx(79 / 877370, abs=1e-5)


def test_meetings_follow_the_size():
    """Weekly in two offices, fortnightly in 15, every four weeks in 21."""
    assert [len(offices_meeting_every(f"{days} days")) for days in (7, 14, 28)] == [2, 15, 21]
    assert set(offices_meeting_every(LARGE)) == {"genk", "hasselt"}


def test_herstappe_is_served_by_its_neighbour():
    """Its applicants have a team of real size and its own committee; nobody has 0.007 of a post."""
    scenario = limburg()
    copy = "tongeren-borgloon+herstappe"
    assert copies_of_team(scenario, "social")[copy] == ("tongeren-borgloon", "herstappe")
    assert min(fte_by_copy(scenario, "social").values()) > 0.3
    applications = values(scenario, 20, "arrivals", "intake", office="herstappe")
    assert 0 < applications.mean() / 3 < 2  # a year


def test_describe_calls_it_stable():
    """The theory sees hours for what the province without the reform asks, in every office."""
    description = limburg().describe()
    assert description.state == "stable"
    assert 0.85 < description["social"].utilization < 0.92


def test_thorough_work_with_the_posts_of_lean_work_grows():
    """Thorough task hours do not fit into 74 posts: never a steady state, no reform needed."""
    scenario = limburg("thorough").with_({"teams.social.fte": 74, "inflows.reform.take_up": 0})
    assert scenario.describe().state == "growing"
    assert limburg("thorough").with_({"inflows.reform.take_up": 0}).describe().state == "stable"


# -- the people of the reform ---------------------------------------------------------------


@pytest.mark.parametrize("variant", [None, *WAVES])
def test_waves_sum_to_the_people_of_the_letter(variant):
    """All variants are about the same 4,232 people."""
    waves = limburg(variant).inflows["reform"].waves
    assert sum(wave.people for wave in waves.values()) == PEOPLE
    assert [wave.people for wave in waves.values()] == [580, 1771, 1881]


def test_the_same_people_apply_whatever_the_dates():
    """About 36 % of them, in every variant the same ones at the same offices."""

    def applicants(variant):
        plan = compile_plan(limburg(variant))
        luck = deal(plan, 1, 0)
        mine = luck.inflow == list(plan.inflows).index("reform")
        return set(
            zip(
                luck.source[mine].tolist(),
                luck.index[mine].tolist(),
                luck.office[mine].tolist(),
                strict=True,
            )
        )

    found = [applicants(variant) for variant in WAVES]
    assert found[0] == found[1] == found[2]
    # Binomial: standard deviation 31, so 5 of them (false alarm below 1e-6).
    assert abs(len(found[0]) - 0.36 * PEOPLE) < 5 * np.sqrt(PEOPLE * 0.36 * 0.64)


@pytest.mark.parametrize("variant", WAVES)
def test_nobody_applying_is_no_reform_exactly(variant):
    """With take-up 0 every measure of a variant equals that of the base, to the last bit."""
    scenario = limburg(variant).with_({"inflows.reform.take_up": 0})
    found, base = outcome(scenario, 1), outcome(limburg(), 1)
    assert found.keys() == base.keys()
    assert np.array_equal(list(found.values()), list(base.values()), equal_nan=True)


def test_base_is_the_province_without_the_reform():
    """Taking the inflow of the reform out of the file changes no measure of anyone else."""
    without = {"inflows.reform": None, "funding.doubled": None, "funding.reimbursed": None}
    found, base = outcome(limburg().with_(without), 1), outcome(limburg(), 1)
    shared = [key for key in found if key[3] == "all" and key[0] != "clear_day"]
    assert len(shared) > 500
    assert np.array_equal(
        [found[key] for key in shared], [base[key] for key in shared], equal_nan=True
    )


# -- without the reform ---------------------------------------------------------------

BASE = {
    ("utilization", "social"): (0.85, 0.92),
    ("in_stage_mean", "guidance"): (0.97 * STOCK, 1.03 * STOCK),
    ("caseload_per_fte", "social"): (64, 76),
    ("contact_ratio", "guidance"): (0.84, 0.95),
    ("late_share", "investigation"): (0.06, 0.18),
    ("decision_days_mean", "investigation"): (20, 26),
    ("decision_days_p90", "investigation"): (28, 38),
    ("dropout_share", "intake"): (0.005, 0.025),
}


def test_base_bands():
    """Means of 20 runs lie in the bands, by at least three standard errors.

    So a change that only reshuffles the luck fails with a chance below 0.002 per band.
    """
    outside = {}
    for (measure, of), (low, high) in BASE.items():
        found = values(limburg(), 20, measure, of)
        error = found.std(ddof=1) / np.sqrt(20)
        if not low + 3 * error < found.mean() < high - 3 * error:
            outside[measure] = (found.mean(), error)
    assert outside == {}


def test_bands_are_narrow_enough_to_notice():
    """Five posts fewer (7 %), or closing a tenth less often, leave the bands."""
    for path, value in (("teams.social.fte", 69), ("stages.guidance.closing.probability", 0.09)):
        scenario = limburg().with_({path: value})
        outside = [
            measure
            for (measure, of), (low, high) in BASE.items()
            if not low < values(scenario, 4, measure, of).mean() < high
        ]
        assert outside, path


def test_base_flows_obey_little():
    """510 new and about 68 returning applications a month; 457 grants, 5,031 / 11 months."""
    months = 36.0
    # Standard errors of the means of 20 runs: 0.9 and 0.8 a month.
    assert values(limburg(), 20, "arrivals", "intake").mean() / months == pytest.approx(578, abs=6)
    assert values(limburg(), 20, "arrivals", "guidance").mean() / months == pytest.approx(
        STOCK / 11, abs=6
    )


def test_stock_stays_near_the_letter():
    """January 2026, December 2028 and each year between are within 3 % of 5,031, and 3 % of 1.

    Standard error of a mean of 20 runs: 14 cases; the nearest lies 60 cases inside.
    """
    means = {
        window: values(limburg(), 20, "in_stage_mean", "guidance", window=window).mean()
        for window in ("january", "2026", "2027", "2028", "december")
    }
    assert {name: mean for name, mean in means.items() if abs(mean / STOCK - 1) > 0.03} == {}
    assert 0.97 < means["december"] / means["january"] < 1.03


def test_small_offices_are_late_for_their_calendar():
    """Offices with a meeting every four weeks are late by 0.18-0.38, weekly ones hardly ever."""
    small = late_share(offices_meeting_every(SMALL), 20)
    large = late_share(offices_meeting_every(LARGE), 20)
    assert 0.18 < small.mean() < 0.38
    assert large.mean() < 0.04


# -- the variants ---------------------------------------------------------------


def test_order_of_the_variants():
    """On the same luck, 2026-2028: each step of these chains is more than three errors apart.

    Paired differences of 6 runs; the closest pair (abrupt and announced) differs by 0.02 with a
    standard error of 0.005.
    """

    def late(variant):
        return values(limburg(variant), 6, "late_share", "investigation")

    chains = [
        (None, "phased", "announced", "abrupt"),
        ("together", "structural-staff", "late-staff", "announced"),
        ("together", "phased"),
        ("informed-early", "announced"),
    ]
    close = {}
    for chain in chains:
        for better, worse in itertools.pairwise(chain):
            difference = late(worse) - late(better)
            ratio = difference.mean() / (difference.std(ddof=1) / np.sqrt(6))
            if ratio < 3:
                close[better, worse] = ratio
    assert close == {}

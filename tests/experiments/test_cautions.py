"""What results say of themselves: overloads, too few replications, limits of what can be."""

import numpy as np
import pandas as pd
import pytest

import capsim
from capsim.estimates import paired_differences, summary

BUSY = capsim.Scenario(
    name="busy",
    start="2026-01-05",
    horizon="3 months",
    teams={"desk": {"fte": 1}},
    stages={"intake": {"team": "desk", "work": "2 h", "deadline": "5 days"}},
    inflows={"regular": {"rate": {"per_month": 200}}},
)
CALM = BUSY.with_({"inflows.regular.rate.per_month": 20})
ONE = {"seed": 1, "engine": "simpy"}
MANY = {**ONE, "n": 3, "jobs": 1}


def shown(result):
    """Text and HTML of a result."""
    return repr(result), result._repr_html_()


@pytest.mark.parametrize(
    "make",
    [
        lambda scenario: capsim.simulate(scenario, **ONE),
        lambda scenario: capsim.replicate(scenario, **MANY),
        lambda scenario: capsim.compare({"calm": CALM, "other": scenario}, **MANY),
        lambda scenario: capsim.sweep(scenario, [{"follow_up": "0 days"}], **MANY),
    ],
    ids=["simulate", "replicate", "compare", "sweep"],
)
def test_every_result_says_that_a_service_is_overloaded(make):
    """An overload stands in text and HTML of every result, and of no result without one."""
    for text in shown(make(BUSY)):
        assert "OVERLOAD: desk: does not clear (grows by" in text
        assert "no steady state" in text
    for text in shown(make(CALM)):
        assert "OVERLOAD" not in text


def test_a_stored_run_keeps_the_verdict(tmp_path):
    """A run that is read back says of its overload what it said when it was made."""
    run = capsim.simulate(BUSY, **ONE)
    run.save(tmp_path / "run", format="csv")

    assert capsim.load_run(tmp_path / "run").verdict == run.verdict != ""


def test_results_say_when_replications_are_few():
    """Three replications come with a warning, one with another, twelve with none."""
    of = {n: repr(capsim.replicate(CALM, **{**MANY, "n": n})) for n in (1, 3, 12)}

    assert "Only one replication" in of[1]
    assert "Only 3 replications" in of[3]
    assert "Only" not in of[12]


def test_one_of_a_thing_is_not_several():
    """One point and one replication stand in the heading without an s, two with it."""
    points = [{"follow_up": "0 days"}, {"follow_up": "1 day"}]

    one = repr(capsim.sweep(CALM, points[:1], **{**MANY, "n": 1})).partition("\n")[0]
    two = repr(capsim.sweep(CALM, points, **{**MANY, "n": 2})).partition("\n")[0]

    assert one.startswith("1 point of 'busy' on the same luck: 1 replication each")
    assert two.startswith("2 points of 'busy' on the same luck: 2 replications each")


def test_results_say_which_time_is_measured():
    """The period stands above the table, and who is judged where a follow-up cuts it."""
    followed = CALM.with_({"warm_up": "1 month", "follow_up": "10 days"})

    text = repr(capsim.replicate(followed, **MANY))

    assert "measured 2026-02-05 to 2026-04-04" in text
    assert "joined up to 2026-03-25" in text


def table(measure, values, other=0.0):
    """Long values of one measure in replications 0, 1, ..."""
    return pd.DataFrame(
        {"replication": range(len(values)), "measure": measure, "kind": "stage", "of": "intake"}
        | {"inflow": "all", "office": "all", "value": np.asarray(values) + other}
    )


@pytest.mark.parametrize(
    ("measure", "values", "limits"),
    [
        ("wait_mean", [0.0, 0.0, 10.0], (0.0, None)),
        ("queue_peak", [1.0, 90.0], (0.0, None)),
        ("late_share", [1.0, 1.0, 0.6], (None, 1.0)),
        ("late_share", [0.0, 1.0], (0.0, 1.0)),
        ("contact_ratio", [1.0, 1.0, 1.0, 0.9], (None, 1.0)),
    ],
)
def test_intervals_end_where_a_measure_does(measure, values, limits):
    """Few values give an interval beyond what can be: that side is cut, the other is Student's.

    Or farther, on the side of the longer tail.
    """
    from scipy import stats

    row = summary(table(measure, values)).iloc[0]

    n = len(values)
    half = stats.t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n)
    for name, wanted in zip(("lower", "upper"), limits, strict=True):
        if wanted is None:
            assert abs(row[name] - np.mean(values)) > half
        else:
            assert row[name] == wanted


def test_a_measure_of_ones_own_has_no_limits():
    """A balance may be negative, and so may its interval."""
    row = summary(table("balance", [0.0, 0.0, 10.0])).iloc[0]

    assert row["lower"] < 0


def test_differences_may_be_negative_but_not_beyond_a_whole_share():
    """A difference of waits may fall below zero, one of shares lies between -1 and 1."""
    waits = paired_differences(
        {"a": table("wait_mean", [0.0, 9.0, 3.0]), "b": table("wait_mean", [0.0, 1.0, 2.0])}
    ).iloc[0]
    shares = paired_differences(
        {"a": table("late_share", [0.0] * 3), "b": table("late_share", [1.0, 1.0, 0.8])}
    ).iloc[0]

    assert waits["lower"] < 0
    assert shares["upper"] == 1.0
    assert shares["lower"] > -1.0


def test_bands_of_a_queue_do_not_fall_below_zero():
    """Where two runs differ much, the band around a short queue ends at nobody waiting."""
    series = capsim.replicate(CALM, **{**MANY, "n": 2}, series="7 days").series("7 days")

    waiting = series[(series["measure"] == "waiting") & (series["kind"] == "stage")]
    half = waiting["upper"] - waiting["mean"]
    assert (half > waiting["mean"]).any(), "no band would have gone below zero"
    assert (waiting[["lower", "lower_all"]] >= 0).all().all()


def test_a_summary_has_the_unit_of_each_measure():
    """Days, cases and shares are told apart; a measure of one's own has no unit."""
    own = {"closed": lambda run: float(len(run.cases))}
    frame = capsim.replicate(CALM, **MANY, measures=own).summary()

    units = frame.drop_duplicates("measure").set_index("measure")["unit"]
    assert units[["wait_mean", "queue_peak", "late_share", "closed"]].to_list() == [
        "days",
        "cases",
        "share",
        "",
    ]
    assert list(frame.columns)[-2:] == ["n", "unit"]

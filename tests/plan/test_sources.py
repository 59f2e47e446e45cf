"""Where applicants come from, as tables."""

import numpy as np
import pytest

from capsim.kernels.codes import SOURCE_INITIAL, SOURCE_RATE, SOURCE_TRACE, SOURCE_WAVE
from capsim.plan import compile_plan
from capsim.plan.hashes import name_hash
from capsim.scenario import Trace

H = 27_360


def expected_arrivals(plan, source):
    """Integral of the rate of a source."""
    tables = plan.arrivals
    first, last = tables.source_first[source], tables.source_last[source]
    return float(tables.segment_rate[first:last] @ np.diff(tables.segment_start[first : last + 1]))


def test_order_and_names_of_sources(build):
    """Initial cases in the order of the stages, then each inflow's rate, trace and waves."""
    plan = compile_plan(
        build(
            stages={
                "intake": {"team": "desk", "work": "1 h"},
                "away": {"stay": "3 days"},
            },
            inflows={
                "x": {"rate": {"per_day": 1}, "trace": [3.5], "enter": "away"},
                "y": {
                    "take_up": 0.4,
                    "lag": "2 days",
                    "waves": {
                        "january": {"date": "2026-01-10", "people": 50},
                        "spread": {"date": "2026-01-01", "people": 7, "over": "10 days"},
                        "office": {"date": "2026-01-05", "people": 7, "over": "5 workdays"},
                    },
                },
            },
            initial={
                "away": {"cases": 4, "inflow": "y"},
                "intake": {"cases": 2, "age": {"law": "exponential", "mean": "3 days"}},
            },
        )
    )
    tables = plan.arrivals

    assert tables.source_kind.tolist() == [SOURCE_INITIAL] * 2 + [
        SOURCE_RATE, SOURCE_TRACE, *[SOURCE_WAVE] * 3,
    ]  # fmt: skip
    assert plan.source_names == (
        "initial/intake", "initial/away", "rate", "trace", "january", "spread", "office",
    )  # fmt: skip
    assert tables.source_inflow.tolist() == [0, 1, 0, 0, 1, 1, 1]
    assert tables.source_entry.tolist() == [0, 1, 1, 1, 0, 0, 0]
    assert tables.source_n.tolist() == [2, 4, -1, 1, 50, 7, 7]
    assert tables.source_hash[1] == name_hash("y/initial/away")
    assert tables.source_hash[4] == name_hash("y/january")
    # Saturday the 10th is served on Monday the 12th, New Year on Friday the 2nd.
    assert tables.source_first[4:].tolist() == [11 * H, H, 4 * H]
    assert tables.source_last[4:].tolist() == [0, 10 * H, -5 * H]
    assert tables.source_take_up[4:].tolist() == [0.4] * 3
    assert plan.laws.value[tables.source_lag[4:]].tolist() == [2 * H] * 3
    assert tables.source_lag[:4].tolist() == [-1] * 4
    assert tables.source_first[1] == -1
    assert tables.source_first[0] >= 0


def test_steps_months_and_growth(build):
    """Half a year of steps from 2 to 4 a day at day 90, July and August at half."""
    months = [1, 1, 1, 1, 1, 1, 0.5, 0.5, 1, 1, 1, 1]
    rate = {"steps": [["0 days", 2.0], ["90 days", 4.0]], "unit": "per_day"}
    plan = compile_plan(
        build(
            horizon="1 year",
            inflows={"x": {"rate": rate, "seasonality": months}, "y": {"rate": rate}},
        )
    )

    assert expected_arrivals(plan, 0) == pytest.approx(90 * 2 + (365 - 90 - 62) * 4 + 62 * 2)
    assert expected_arrivals(plan, 1) == pytest.approx(90 * 2 + 275 * 4)
    assert plan.arrivals.source_last[1] - plan.arrivals.source_first[1] == 2


def test_a_rate_that_begins_later(build):
    """Nothing before the first step."""
    rate = {"steps": [["10 days", 2.0]], "unit": "per_day"}
    plan = compile_plan(build(inflows={"x": {"rate": rate}}))

    assert plan.arrivals.segment_start.tolist() == [0, 10 * H, 31 * H]
    assert (plan.arrivals.segment_rate * H).tolist() == [0, 2, 0]


def test_growth_of_a_rate(build):
    """In four years at 10 % the mean rate is (1.1^4 - 1) / (4 log 1.1) times the first one."""
    plan = compile_plan(
        build(horizon="4 years", inflows={"x": {"rate": {"per_day": 3}, "growth": 0.1}})
    )
    expected = 3 * 1461 * (1.1**4 - 1) / (4 * np.log(1.1))

    assert expected_arrivals(plan, 0) == pytest.approx(expected, rel=2e-4)


def test_trace(build):
    """Rows outside the horizon are left out but keep their numbers; own values stand by row."""
    trace = Trace(
        when=(-1.0, 2.25, 40.0, "2026-01-10"),
        office=("b", None, "a", "b"),
        work={"intake": (None, 1.5, None, None)},
        patience={"intake": (None, None, 3.0, 2.0)},
    )
    plan = compile_plan(
        build(
            offices={"a": {"share": 0.5}, "b": {"share": 0.5}},
            inflows={"x": {"trace": trace.model_dump()}, "y": {"trace": [0.5]}},
        )
    )
    tables = plan.arrivals

    assert tables.trace_applied.tolist() == [2 * H + H // 4, 11 * H, H // 2]
    assert tables.trace_index.tolist() == [1, 3, 0]
    assert tables.trace_office.tolist() == [-1, 1, -1]
    assert tables.trace_row.tolist() == [0, 1, -1]
    assert tables.trace_work.tolist() == [[5400], [-1]]
    assert tables.trace_patience.tolist() == [[-1], [2 * H]]
    assert tables.trace_stay.tolist() == [[-1], [-1]]
    assert tables.source_first.tolist() == [0, 2]
    assert tables.source_last.tolist() == [2, 3]
    assert tables.source_n.tolist() == [2, 1]


def test_office_shares_end_at_one(build):
    """Ten shares of 0.1 sum to less than 1 in floating point; the last threshold is exactly 1."""
    plan = compile_plan(
        build(teams={"desk": {"fte": 10}}, offices={f"o{i}": {"share": 0.1} for i in range(10)})
    )

    assert plan.arrivals.office_upto[0, -1] == 1.0
    assert plan.arrivals.office_upto[0, :2] == pytest.approx([0.1, 0.2])


def test_weekday_factors_have_mean_one(build):
    """Three a week, all on Monday and Tuesday, two to one; January 2026 begins on a Thursday."""
    plan = compile_plan(
        build(inflows={"x": {"rate": {"per_week": 3}, "weekdays": [4, 2, 0, 0, 0, 0, 0]}})
    )
    tables = plan.arrivals
    by_day = (tables.segment_rate * H)[:31]
    assert by_day[:7] == pytest.approx([0, 0, 0, 0, 2, 1, 0])
    assert expected_arrivals(plan, 0) == pytest.approx(4 * 3)


def test_counts_are_spread_over_their_period(build):
    """31 in January are one a day; of 28 in four weeks from the 29th of December 25 remain."""
    plan = compile_plan(build(inflows={"x": {"counts": {"2026-01": 31}}}))
    assert plan.source_names == ("counts",)
    assert (plan.arrivals.segment_rate * H).tolist() == pytest.approx([1, 0])
    weeks = {f"2026-W{week:02}": 7 for week in range(1, 5)}
    plan = compile_plan(build(inflows={"x": {"counts": weeks}}))
    assert expected_arrivals(plan, 0) == pytest.approx(25)
    outside = {"2025-11": 30, "2026-01": 31, "2026-05": 31}
    for weekdays in (None, [1, 1, 1, 1, 1, 0, 0]):
        for exact in (False, True):
            inflow = {"counts": outside, "weekdays": weekdays, "counts_exact": exact}
            plan = compile_plan(build(inflows={"x": inflow}))
            assert len(plan.source_names) == 1
            assert expected_arrivals(plan, 0) == pytest.approx(1 if exact else 31)
    shaped = {"counts": {"2026-01": 8}, "weekdays": [1, 0, 0, 0, 0, 0, 0]}
    plan = compile_plan(build(inflows={"x": shaped}))
    assert np.unique((plan.arrivals.segment_rate * H).round(9)).tolist() == [0, 2]


def test_a_week_has_the_shape_of_its_expectation(build):
    """Variance over mean 3 at 14 a week is shape 7, also in the weeks that the run cuts."""
    inflow = {"rate": {"per_week": 14}, "dispersion": 3}
    tables = compile_plan(build(inflows={"x": inflow})).arrivals
    assert (tables.segment_start / H).tolist() == [0, 4, 11, 18, 25, 31]
    assert np.diff(tables.segment_week)[:4].tolist() == [1] * 4
    assert tables.segment_shape[:5] == pytest.approx([7] * 5)
    steps = {"steps": [["2026-01-01", 7], ["2026-01-12", 14]], "unit": "per_week"}
    tables = compile_plan(build(inflows={"x": {"rate": steps, "dispersion": 1.5}})).arrivals
    assert tables.segment_shape[:5] == pytest.approx([14, 14, 28, 28, 28])


def test_a_group_divides_the_rate(build):
    """Six people a day in groups of mean 1.5 are four groups."""
    inflow = {"rate": {"per_day": 6}, "together": {"law": "geometric", "mean": 1.5}}
    tables = compile_plan(build(inflows={"x": inflow})).arrivals
    assert tables.segment_rate[0] * H == pytest.approx(4)
    assert tables.source_group[0] >= 0


def test_shares_of_an_inflow_leave_the_others_their_proportions(build):
    """Of y the first has 0.4; the others share 0.6 as 3 to 1."""
    offices = {"a": {"share": 0.2, "shares": {"y": 0.4}}, "b": {"share": 0.6}, "c": {"share": 0.2}}
    inflows = {name: {"rate": {"per_day": 1}} for name in ("x", "y")}
    plan = compile_plan(build(teams={"desk": {"fte": 3}}, offices=offices, inflows=inflows))
    assert plan.arrivals.office_upto == pytest.approx(np.array([[0.2, 0.8, 1], [0.4, 0.85, 1]]))
